"""Drawn sheets: marks lie where the form says, the tag decodes, KPU's own page coincides."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from tpsbox.errors import EnvironmentFault, InputError
from tpsbox.forms.drawing import page_marks, render_page, write_page
from tpsbox.forms.elements import corner_squares
from tpsbox.forms.library import load_form
from tpsbox.forms.marks import Words
from tpsbox.forms.model import Form, Rect

DPI = 100
SCALE = DPI / 25.4
ROOT = Path(__file__).resolve().parents[2]
KPU = ROOT.parent / "shared" / "forms" / "ppwp-2024" / "C.HASIL-PPWP.pdf"


def grey(form: Form, page: int, dpi: int = DPI) -> np.ndarray:
    return render_page(form, page, dpi)[:, :, 0]


def mean(image: np.ndarray, x: float, y: float, w: float, h: float) -> float:
    """Mean brightness of a rectangle in mm."""
    x1, y1, x2, y2 = (round(v * SCALE) for v in (x, y, x + w, y + h))
    return float(image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)].mean())


def outline(image: np.ndarray, box: Rect, stroke: float) -> list[float]:
    """Darkest brightness within 0.5 mm across each edge's middle, for top, right, foot, left."""
    reach = 0.5
    x, y = box.center
    right, bottom = box.x + box.w, box.y + box.h
    strips = (
        Rect(x - 2, box.y - reach, 4, 2 * reach),
        Rect(right - reach, y - 2, 2 * reach, 4),
        Rect(x - 2, bottom - reach, 4, 2 * reach),
        Rect(box.x - reach, y - 2, 2 * reach, 4),
    )
    return [mean(image, s.x, s.y, s.w, s.h) for s in strips]


def check_marks(image: np.ndarray, form: Form, number: int) -> None:
    """Frames, bubbles and corner squares are dark where the form says, and white beside it."""
    for square in corner_squares(form.fiducials):
        inner = square.grow(-0.5)
        assert mean(image, inner.x, inner.y, inner.w, inner.h) < 70
        if form.fiducials.kind == "square":
            continue
        beside = Rect(square.x + square.w + 0.5, square.y, square.w - 1, square.h - 0.5)
        assert mean(image, beside.x, beside.y, beside.w, beside.h) > 200
    for field in form.page(number).fields:
        for box in field.boxes:
            assert max(outline(image, box, form.stroke)) < 150, (field.name, box)
            inner = box.grow(-1.5)
            assert mean(image, inner.x, inner.y, inner.w, inner.h) > 225
        if field.bubbles:
            for x, y in (center for column in field.bubbles.columns for center in column):
                assert on_ring(image, x, y, field.bubbles.diameter) < 190, field.name


def on_ring(image: np.ndarray, x: float, y: float, diameter: float) -> float:
    """Mean over 24 directions of the darkest pixel within 0.5 mm of the circle."""
    darkest = []
    for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        radii = diameter / 2 + np.linspace(-0.5, 0.5, 9)
        columns = np.rint((x + radii * np.cos(angle)) * SCALE - 0.5).astype(int)
        rows = np.rint((y + radii * np.sin(angle)) * SCALE - 0.5).astype(int)
        darkest.append(image[rows, columns].min())
    return float(np.mean(darkest))


SHEETS = [
    ("ppwp-2024", 3, 1),
    ("ppwp-2024", 3, 2),
    ("ppwp-2024", 3, 3),
    ("kwk-2024-gubernur", 2, 2),
    ("kwk-2024-gubernur", 4, 2),
    ("kwk-2024-bupati", 5, 2),
    ("kwk-2024-bupati", 6, 2),
]


@pytest.mark.parametrize(("name", "paslon", "number"), SHEETS)
def test_marks_lie_where_the_form_says(name, paslon, number):
    form = load_form(name, paslon=paslon)
    check_marks(grey(form, number), form, number)


@pytest.mark.parametrize(("name", "paslon", "number"), SHEETS)
def test_tag_decodes_where_it_is_printed(name, paslon, number):
    form = load_form(name, paslon=paslon)
    tag = form.page(number).tag
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36H10)
    corners, ids, _ = cv2.aruco.ArucoDetector(family).detectMarkers(grey(form, number))
    assert ids.ravel().tolist() == [tag.id]
    # Printed upside down, the tag's own first corner is the lower right one on the sheet.
    turned = tag.rect.corners[2:] + tag.rect.corners[:2]
    assert np.abs(corners[0][0] / SCALE - np.array(turned)).max() < 0.5


@pytest.mark.parametrize("number", [1, 2])
def test_sheet_of_2019_has_squares_and_joined_boxes(number):
    form = load_form("c1-ppwp-2019")
    image = render_page(form, number, 200)[:, :, 0]
    for square in corner_squares(form.fiducials):
        x, y = (round(v * 200 / 25.4) for v in square.center)
        assert image[y - 5 : y + 5, x - 5 : x + 5].max() == 0
    for field in form.page(number).fields:
        for box in field.boxes:
            x, y = (round(v * 200 / 25.4) for v in (box.x, box.center[1]))
            assert image[y, x - 4 : x + 5].min() < 50, field.name


@pytest.mark.skipif(
    not KPU.exists() or not shutil.which("pdftoppm"), reason="KPU's drawing or pdftoppm is not here"
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_kpu_draws_its_marks_within_half_a_millimetre(number, tmp_path):
    page = ["-f", str(number), "-l", str(number), "-singlefile"]
    command = ["pdftoppm", "-gray", "-png", "-r", str(DPI), *page, KPU, tmp_path / "kpu"]
    subprocess.run(command, check=True, timeout=60)
    kpu = cv2.imread(str(tmp_path / "kpu.png"), cv2.IMREAD_GRAYSCALE)
    form = load_form("ppwp-2024")
    check_marks(kpu, form, number)
    own = grey(form, number)
    for field in form.page(number).fields:
        if field.tally:
            grid = field.tally.grid
            for row in range(1, field.tally.rows):
                y = grid.y + row * grid.h / field.tally.rows
                for image in (own, kpu):
                    assert mean(image, grid.x + 5, y - 0.5, 10, 1) < 245, (field.name, row)


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm is not here")
def test_pdf_and_png_show_the_same_sheet(tmp_path):
    form = load_form("kwk-2024-bupati", paslon=5)
    write_page(form, 2, DPI, tmp_path / "sheet.pdf", names=["Ana - Budi", "Čaka Žarko"])
    command = ["pdftoppm", "-gray", "-png", "-singlefile", "-r", str(DPI)]
    subprocess.run([*command, tmp_path / "sheet.pdf", tmp_path / "pdf"], check=True, timeout=60)
    check_marks(cv2.imread(str(tmp_path / "pdf.png"), cv2.IMREAD_GRAYSCALE), form, 2)
    write_page(form, 2, DPI, tmp_path / "sheet.png")
    png = cv2.imread(str(tmp_path / "sheet.png"))
    assert np.array_equal(png, render_page(form, 2, DPI))


def test_names_are_printed_in_block_and_witness_cell():
    form = load_form("kwk-2024-gubernur", paslon=2)
    marks = page_marks(form, 2, ["Ana - Budi", "Cici - Dodi"])
    words = [mark.text for mark in marks if isinstance(mark, Words)]
    assert words.count("Budi") == 2
    assert not [text for text in words if "Nama pasangan" in text]


def test_long_labels_from_an_election_keep_out_of_the_boxes():
    rows = ("pengguna_dpt", "pengguna_dptb", "pengguna_total", "surat_suara_diterima")
    labels = tuple((row, "PENGGUNA HAK PILIH " * 6) for row in rows)
    form = load_form("ppwp-2024", labels=labels)
    image = grey(form, 1)
    check_marks(image, form, 1)
    for field in form.page(1).fields:
        beside = field.boxes[0]
        assert mean(image, beside.x - 5, beside.y, 3, beside.h) > 250, field.name


def test_wrong_requests_are_refused(tmp_path):
    form = load_form("ppwp-2024")
    with pytest.raises(InputError, match="pages 1 to 3, not 4"):
        render_page(form, 4, 40)
    for dpi in (19, 601):
        with pytest.raises(InputError, match="between 20 and 600"):
            render_page(form, 1, dpi)
    with pytest.raises(InputError, match=r"\.png or \.pdf"):
        write_page(form, 1, 40, tmp_path / "sheet.gif")
    with pytest.raises(EnvironmentFault, match="cannot write"):
        write_page(form, 1, 20, tmp_path / "missing" / "sheet.png")
    with pytest.raises(EnvironmentFault, match="cannot write"):
        write_page(form, 1, 20, tmp_path / "missing" / "sheet.pdf")
