"""Whole sheets: drawn, filled with known digits, photographed, read."""

from __future__ import annotations

import msgspec
import pytest
from filled import Filled
from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpsbox.forms.library import load_form, load_layouts
from tpsbox.reading.model import load_model
from tpsbox.reading.read import read_alone, read_together, read_witnesses
from tpsbox.reading.result import Doubt
from tpsbox.reading.stored import pack, unpack
from tpsbox.simulator.fill import Style
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.sheet import find_sheet

PLANO = [
    ("ppwp-2024", 3),
    ("kwk-2024-gubernur", 2),
    ("kwk-2024-bupati", 3),
    ("kwk-2024-bupati", 4),
    ("kwk-2024-gubernur", 5),
    ("kwk-2024-bupati", 6),
]


def witnesses(photo, form):
    sheet = find_sheet(decode_photo(photo.jpeg, "test"), [form])
    return read_witnesses(sheet, load_model())


@pytest.mark.parametrize(("name", "paslon"), PLANO)
@pytest.mark.parametrize("page", [1, 2, 3])
def test_what_was_written_comes_back(name, paslon, page):
    """Tilted, turned, unevenly lit and curled; right in every number."""
    filled = Filled(name, paslon)
    photo = filled.shoot(
        page, tilt_deg=15, tilt_to_deg=40 * page, rotation_deg=70 * page, light=0.45, blur=0.5
    )
    reading = read_alone(witnesses(photo, filled.form))
    values = filled.values
    assert {n: f.value for n, f in reading.fields.items()} == {n: values[n] for n in reading.fields}
    accepted = sum(field.status == "accepted" for field in reading.fields.values())
    assert accepted >= 0.8 * len(reading.fields)


@pytest.mark.parametrize("page", [1, 2, 3])
def test_an_empty_sheet_yields_no_number(ppwp, page):
    reading = read_alone(witnesses(ppwp.shoot_blank(page), ppwp.form))
    assert {field.value for field in reading.fields.values()} == {None}
    assert {field.status for field in reading.fields.values()} == {"review"}
    assert {check.holds for check in reading.checks} <= {None}


@pytest.mark.parametrize("leading", ["X", "0", "-", "empty"])
def test_leading_boxes_in_every_habit(leading):
    filled = Filled("kwk-2024-bupati", 3)
    photo = filled.shoot(3, Style(leading=leading))
    reading = read_alone(witnesses(photo, filled.form))
    values = filled.values
    for name, field in reading.fields.items():
        assert field.value == values[name] or field.status == "review"


@pytest.mark.parametrize("fault", ["bubble", "struck", "lined", "overwritten", "empty"])
def test_faults_of_the_writer_are_never_accepted(ppwp, fault):
    photo = ppwp.shoot(2, Style(faults={"paslon_2": fault}))
    reading = read_alone(witnesses(photo, ppwp.form))
    field = reading.fields["paslon_2"]
    assert field.status == "review" or (
        fault == "overwritten" and field.value == ppwp.values["paslon_2"]
    )
    if fault == "empty":
        assert field.value is None
    assert reading.fields["paslon_1"].value == ppwp.values["paslon_1"]


@pytest.mark.parametrize("page", [1, 2, 3])
def test_digits_that_slanting_lines_undo_are_no_number(ppwp, page):
    """Through the last box of every number; a 4 and a 0 under such lines once read as they were."""
    names = [field.name for field in ppwp.form.page(page).fields]
    photo = ppwp.shoot(page, Style(faults=dict.fromkeys(names, "struck")))
    read = witnesses(photo, ppwp.form)
    assert {name: odds.best for name, odds in read.witnesses.odds.items()} == dict.fromkeys(names)
    assert {field.status for field in read_alone(read).fields.values()} == {"review"}


@pytest.mark.parametrize("page", [1, 2, 3])
def test_numbers_under_one_line_are_for_a_person(ppwp, page):
    """Their bubbles still say the old number: 7 of 63 such numbers were once accepted."""
    names = [field.name for field in ppwp.form.page(page).fields]
    read = witnesses(ppwp.shoot(page, Style(faults=dict.fromkeys(names, "lined"))), ppwp.form)
    unread = [name for name, odds in read.witnesses.odds.items() if odds.best is None]
    assert len(unread) >= 0.9 * len(names)
    assert {field.status for field in read_alone(read).fields.values()} == {"review"}


def test_three_sheets_together_check_the_rules_across_them(ppwp):
    sheets = [witnesses(ppwp.shoot(page), ppwp.form) for page in (3, 1, 2)]
    reading = read_together(sheets)
    assert {name: field.value for name, field in reading.fields.items()} == ppwp.values
    assert all(check.holds for check in reading.checks if check.hard)
    assert len(reading.checks) == len(ppwp.form.rules)


def test_a_page_twice_with_another_number_is_for_a_person(ppwp):
    first = witnesses(ppwp.shoot(2), ppwp.form)
    again = witnesses(ppwp.shoot(2, Style(faults={"paslon_3": "empty"})), ppwp.form)
    reading = read_together([first, again])
    assert Doubt.SHEETS_DIFFER in reading.fields["paslon_3"].reasons
    assert Doubt.SHEETS_DIFFER not in reading.fields["paslon_1"].reasons


def test_a_page_with_other_candidates_is_for_a_person():
    two, four = (Filled("kwk-2024-gubernur", paslon) for paslon in (2, 4))
    reading = read_together([witnesses(each.shoot(2), each.form) for each in (two, four)])
    for name in ("paslon_3", "paslon_4"):
        assert Doubt.SHEETS_DIFFER in reading.fields[name].reasons


def test_a_stored_sheet_is_decided_as_before(ppwp):
    sheet = witnesses(ppwp.shoot(2), ppwp.form)
    kept = pack(sheet, (1.0,) * 9)
    again = unpack(kept, ppwp.form)
    before, after = read_alone(sheet), read_alone(again)
    assert {n: (f.value, f.raw, f.status) for n, f in before.fields.items()} == {
        n: (f.value, f.raw, f.status) for n, f in after.fields.items()
    }
    assert pack(again, (1.0,) * 9) == kept


def test_stored_bytes_of_another_form_are_refused(ppwp):
    kept = pack(witnesses(ppwp.shoot(2), ppwp.form), (1.0,) * 9)
    with pytest.raises(InputError, match="not of page 2"):
        unpack(kept, load_form("kwk-2024-bupati", paslon=6))


@pytest.mark.parametrize(
    ("digits", "marks", "line"),
    [([1, 2], "12", "not of page 2"), ([1, 77, 3], "1?3", "77|<= 9"), ([1, 2, 3], "1", "page 2")],
)
def test_stored_bubbles_that_fit_no_field_are_refused(ppwp, digits, marks, line):
    kept = msgspec.json.decode(pack(witnesses(ppwp.shoot(2), ppwp.form), (1.0,) * 9))
    kept["bubbles"]["paslon_1"] = {"digits": digits, "marks": marks, "clear": True}
    with pytest.raises(InputError, match=line):
        unpack(msgspec.json.encode(kept), ppwp.form)


@settings(max_examples=50)
@given(data=st.binary(max_size=200))
def test_any_stored_bytes_are_read_or_refused(data):
    with pytest.raises(InputError):
        unpack(data, load_form("ppwp-2024"))


@pytest.mark.parametrize("paslon", [2, 5])
def test_the_print_tells_how_many_candidates_a_sheet_has(paslon):
    """One tag serves 2 to 6 candidates; asked for all of them, the layout that fits is read."""
    filled = Filled("kwk-2024-bupati", paslon)
    forms = load_layouts("kwk-2024-bupati")
    sheet = find_sheet(decode_photo(filled.shoot(2).jpeg, "test"), forms)
    assert sheet.form.paslon == paslon
