"""Row totals and tally marks of photographed sheets, each read for itself, kept and handed on."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest
from filled import Filled
from tpsbox.reading.model import load_model
from tpsbox.reading.read import ReadSheet, read_alone, read_together, read_witnesses
from tpsbox.reading.stored import pack, unpack
from tpsbox.simulator.fill import Style
from tpsbox.vision.photo import decode_photo, load_photo
from tpsbox.vision.sheet import find_sheet

PPWP = Filled("ppwp-2024", 3)
FLAT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@cache
def witnesses(page: int, fault: str | None = None, blank: bool = False) -> ReadSheet:
    style = Style(faults={"paslon_2": fault}) if fault else None
    photo = PPWP.shoot_blank(page) if blank else PPWP.shoot(page, style)
    sheet = find_sheet(decode_photo(photo.jpeg, "test"), [PPWP.form])
    return read_witnesses(sheet, load_model())


def near(tally, value: int) -> bool:
    return tally.count is not None and abs(tally.count - value) <= 3 * tally.spread


@pytest.mark.parametrize("page", [2, 3])
def test_rows_and_marks_count_what_the_boxes_say(page):
    seen = witnesses(page).witnesses
    values = PPWP.values
    named = {f.name for f in PPWP.form.page(page).fields if f.tally}
    assert seen.row_sums.keys() == seen.tallies.keys() == named
    for name in named:
        assert near(seen.tallies[name], values[name])
        assert seen.row_sums[name].best in (values[name], None)
    assert any(sums.best is not None for sums in seen.row_sums.values())


@pytest.mark.parametrize("page", [2, 3])
def test_a_blank_sheet_counts_nothing(page):
    seen = witnesses(page, blank=True).witnesses
    assert {tally.count for tally in seen.tallies.values()} == {None}
    assert {sums.best for sums in seen.row_sums.values()} == {None}
    assert all(sums.empty > 0.9 for sums in seen.row_sums.values())


def test_a_slip_in_one_place_is_seen_in_that_place_alone():
    value = PPWP.values["paslon_2"]
    copied = witnesses(2, "row_sum").witnesses
    assert copied.row_sums["paslon_2"].values[value] < 0.1
    assert near(copied.tallies["paslon_2"], value)
    struck = witnesses(2, "tally_struck").witnesses
    assert struck.tallies["paslon_2"].spread > 2
    assert struck.tallies["paslon_1"].spread < 2


def test_fields_tell_what_was_seen():
    field = read_alone(witnesses(2)).fields["paslon_1"]
    kept = witnesses(2).witnesses
    assert field.row_sums == kept.row_sums["paslon_1"].marks
    assert field.tally.count == kept.tallies["paslon_1"].count
    plain = msgspec.to_builtins(field)
    assert plain["tally"].keys() == {"count", "spread"}
    first = read_alone(witnesses(3)).fields["suara_sah"]
    assert (first.row_sums, first.tally) == (None, None)


def test_together_every_sheet_brings_its_own():
    reading = read_together([witnesses(3), witnesses(2)])
    named = {name for name, field in reading.fields.items() if field.tally is not None}
    assert named == {"paslon_1", "paslon_2", "paslon_3", "suara_tidak_sah"}


def test_what_is_stored_comes_back():
    sheet = witnesses(2)
    again = unpack(pack(sheet, FLAT), PPWP.form).witnesses
    assert again.tallies == sheet.witnesses.tallies
    for name, sums in sheet.witnesses.row_sums.items():
        assert again.row_sums[name].marks == sums.marks
        assert again.row_sums[name].best == sums.best
        assert abs(again.row_sums[name].values - sums.values).max() < 1e-3


def test_bytes_stored_before_there_were_rows_and_tallies_are_read():
    plain = msgspec.json.decode(pack(witnesses(2), FLAT))
    del plain["rows"], plain["tallies"]
    again = unpack(msgspec.json.encode(plain), PPWP.form).witnesses
    assert (again.row_sums, again.tallies) == ({}, {})
    assert again.odds.keys() == witnesses(2).witnesses.odds.keys()


@pytest.mark.parametrize("name", ["halaman2-a.jpg", "halaman2-b.jpg", "halaman3-a.jpg"])
def test_grids_without_marks_on_real_photos_count_nothing(shared, name):
    photo = load_photo(shared / "photos" / "ppwp-2024" / name)
    seen = read_witnesses(find_sheet(photo, [PPWP.form]), load_model()).witnesses
    assert {tally.count for tally in seen.tallies.values()} == {None}
    assert {sums.best for sums in seen.row_sums.values()} == {None}
