"""Every printed part is one sound body, fits the printer, and no part runs into another.

Needs the CAD library (hw/requirements.txt): `scripts/drawings --check` runs it in its own place.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

pytest.importorskip("build123d", reason="no CAD library here: scripts/drawings --check has it")

from tpshw import assembly
from tpshw.assembly import PRINTED, Design, placed, printed

MESHES = Path(__file__).resolve().parents[2] / "hw" / "made" / "stl"


@pytest.fixture(scope="module")
def parts():
    return printed()


def test_every_printed_part_is_one_sound_body_that_fits_the_bed(parts):
    assert set(parts) == set(PRINTED)
    bed = Design().stand.joint.bed
    for name, solid in parts.items():
        assert len(solid.solids()) == 1, name
        assert solid.is_valid, name
        size = solid.bounding_box().size
        assert max(size.X, size.Y, size.Z) <= bed, name


def test_every_printed_part_has_its_mesh():
    assert {path.stem for path in MESHES.glob("*.stl")} == set(PRINTED)


@pytest.mark.parametrize(
    ("camera", "computer", "sheet"),
    [
        ("cm3", "pi4", "plano"),
        ("cm3", "pi5", "a4"),
        ("cm3wide", "pi4", "plano"),
        ("cm3wide", "zero2w", "a4"),
        ("hq", "pi4", "plano"),
    ],
)
def test_nothing_runs_into_anything(camera, computer, sheet):
    assert _collisions(placed(Design(camera, computer, sheet))) == []


def test_a_part_moved_into_the_wall_is_found():
    solids = placed(Design())
    solids["powerbank"] = solids["powerbank"].moved(assembly.Pos(0, 6, 0))
    assert [set(pair) for pair in _collisions(solids)] == [{"box_body", "powerbank"}]


def test_all_that_belongs_in_the_box_is_inside_it():
    design = Design()
    solids = placed(design)
    inside = solids["box_body"].bounding_box()
    lid = solids["box_lid"].bounding_box()
    for name in design.stand.box.place:
        part = solids[name].bounding_box()
        assert inside.min.X < part.min.X < part.max.X < inside.max.X, name
        assert lid.max.Y < part.min.Y < part.max.Y < inside.max.Y, name
        assert inside.min.Z < part.min.Z < part.max.Z < inside.max.Z, name


def test_the_lens_of_the_solids_is_at_the_distance_of_the_optics():
    for camera in ("cm3", "cm3wide", "hq"):
        design = Design(camera)
        lens = placed(design)["camera"].bounding_box().min.Z
        assert lens == pytest.approx(design.view.distance, abs=0.01)


def _collisions(solids):
    found = []
    for first, second in combinations(solids, 2):
        if not _near(solids[first].bounding_box(), solids[second].bounding_box()):
            continue
        shared = solids[first].intersect(solids[second])
        pieces = shared if isinstance(shared, list) else [shared] if shared else []
        if sum(piece.volume for piece in pieces) > 0.01:
            found.append((first, second))
    return found


def _near(one, other):
    return all(
        getattr(one.min, axis) < getattr(other.max, axis)
        and getattr(other.min, axis) < getattr(one.max, axis)
        for axis in "XYZ"
    )
