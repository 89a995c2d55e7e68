"""Every form for every number of candidates: nothing overlaps, all lies inside the corner marks."""

from __future__ import annotations

from itertools import combinations

import pytest
from tpsbox.errors import InputError
from tpsbox.forms.elements import corner_squares
from tpsbox.forms.library import form_names, load_form
from tpsbox.forms.model import Form, Page, Rect
from tpsbox.forms.plano import heading_places

RANGES = {
    "c1-ppwp-2019": (2, 2),
    "kwk-2024-bupati": (2, 6),
    "kwk-2024-gubernur": (2, 6),
    "ppwp-2024": (3, 3),
}
PAGES = [
    (name, paslon, page)
    for name, (fewest, most) in RANGES.items()
    for paslon in range(fewest, most + 1)
    for page in range(1, len(load_form(name, paslon=paslon).pages) + 1)
]


def places(form: Form, page: Page) -> dict[str, Rect]:
    """Everything on a page that a camera reads, by a name for the failure message."""
    found = {f"corner {n}": square for n, square in enumerate(corner_squares(form.fiducials))}
    if page.tag:
        found["tag"] = page.tag.rect
    for field in page.fields:
        found |= {f"{field.name} box {n}": box for n, box in enumerate(field.boxes)}
        if field.tally:
            found[f"{field.name} tally"] = field.tally.grid
            for row, boxes in enumerate(field.tally.row_sums):
                found |= {f"{field.name} row {row} total {n}": b for n, b in enumerate(boxes)}
        if field.bubbles:
            radius = field.bubbles.diameter / 2
            for column, centers in enumerate(field.bubbles.columns):
                for digit, (x, y) in enumerate(centers):
                    square = Rect(x - radius, y - radius, 2 * radius, 2 * radius)
                    found[f"{field.name} bubble {column}.{digit}"] = square
    return found


def overlap(a: Rect, b: Rect, slack: float) -> bool:
    return (
        min(a.x + a.w, b.x + b.w) - max(a.x, b.x) > slack
        and min(a.y + a.h, b.y + b.h) - max(a.y, b.y) > slack
    )


def test_the_shipped_forms_are_the_tested_ones():
    assert set(form_names()) == set(RANGES)
    for name, (fewest, most) in RANGES.items():
        for count in (fewest - 1, most + 1):
            with pytest.raises(InputError, match=f"{fewest} to {most} paslon"):
                load_form(name, paslon=count)


@pytest.mark.parametrize(("name", "paslon", "number"), PAGES)
def test_nothing_overlaps_and_all_lies_inside_the_corner_marks(name, paslon, number):
    form = load_form(name, paslon=paslon)
    page = form.page(number)
    found = places(form, page)
    # Boxes of one number may share an edge, as on the sheet of 2019.
    slack = 0.1
    clashes = [
        (a, b)
        for (a, first), (b, second) in combinations(found.items(), 2)
        if overlap(first, second, slack)
    ]
    assert clashes == []
    (left, top), _, (right, bottom), _ = form.fiducials.points
    for what, rect in found.items():
        if not what.startswith("corner"):
            assert left < rect.x and rect.x + rect.w < right, what
            assert top < rect.y and rect.y + rect.h < bottom, what
    width, height = form.sheet
    for square in corner_squares(form.fiducials):
        assert square.x > 0 and square.x + square.w < width
        assert square.y > 0 and square.y + square.h < height


@pytest.mark.parametrize(("name", "paslon", "number"), PAGES)
def test_handwriting_has_its_own_place(name, paslon, number):
    form = load_form(name, paslon=paslon)
    page = form.page(number)
    written = {"heading": page.heading}
    if page.signatures:
        written["signatures"] = page.signatures
    for what, area in written.items():
        clashes = [n for n, rect in places(form, page).items() if overlap(area, rect, 0.1)]
        assert clashes == [], what
    if page.tag:
        for place in heading_places(page).values():
            assert page.heading.x <= place.x and page.heading.y <= place.y
            assert place.x + place.w <= page.heading.x + page.heading.w
            assert place.y + place.h <= page.heading.y + page.heading.h


@pytest.mark.parametrize("paslon", range(2, 7))
def test_pilkada_grids_hold_600_votes_and_fields_are_those_of_the_pemilu(paslon):
    form = load_form("kwk-2024-gubernur", paslon=paslon)
    assert [f.tally.capacity for f in form.fields if f.tally] == [600] * (paslon + 1)
    others = {f.name for f in load_form("ppwp-2024").fields if not f.name.startswith("paslon_")}
    assert {f.name for f in form.fields} - others == {f"paslon_{n}" for n in range(1, paslon + 1)}
    assert (form.limit, form.reserve_percent) == (600, 2.5)
    total = next(rule for rule in form.rules if rule.name == "R3")
    assert total.parts == tuple(f"paslon_{n}" for n in range(1, paslon + 1))


def test_bupati_differs_from_gubernur_by_words_and_tags_alone():
    gubernur, bupati = (load_form(f"kwk-2024-{n}", paslon=4) for n in ("gubernur", "bupati"))
    assert gubernur.fields == bupati.fields
    assert gubernur.rules == bupati.rules
    tags = [[page.tag.id for page in form.pages if page.tag] for form in (gubernur, bupati)]
    assert tags == [[201, 202, 203], [301, 302, 303]]
    assert "own geometry" in gubernur.source and gubernur.source == bupati.source


def test_labels_reach_fields_and_printed_texts():
    words = (("pengguna_dptb", "Pemilih pindahan (DPPh)"),)
    form = load_form("kwk-2024-bupati", paslon=3, labels=words, reserve_percent=2.5)
    assert form.field("pengguna_dptb_l").label == "Pemilih pindahan (DPPh) L"
    printed = [text.text for page in form.pages for text in page.texts]
    assert "2. Pemilih pindahan (DPPh)" in printed
    assert any("cadangan 2,5% dari DPT" in text for text in printed)
    assert "(IV.1 + IV.2 + IV.3)" in printed
    assert not [text for text in printed if "{" in text]
    with pytest.raises(InputError, match="pengguna_dptc"):
        load_form("kwk-2024-bupati", labels=(("pengguna_dptc", "x"),))
