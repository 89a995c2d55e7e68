"""Pins are what they are called, none is used twice, and the drawing joins what the table says."""

from __future__ import annotations

import msgspec
import pytest
from tpshw import header, tables, wiring

LINES = tables.pins()
WIRING = tables.wiring()


def test_header_numbers_match_the_pins_and_no_place_is_used_twice():
    for name, line in LINES.items():
        if line.bcm is not None:
            assert header.kind(line.header) == "gpio", name
            assert header.BCM_AT[line.header] == line.bcm, name
    places = [line.header for line in LINES.values()]
    assert len(set(places)) == len(places)


def test_ground_and_supplies_are_where_they_are_called():
    kinds = {name: header.kind(line.header) for name, line in LINES.items() if line.bcm is None}
    assert kinds == {"ground": "ground", "supply": "5 V", "clock_supply": "3.3 V"}


def test_the_header_is_a_whole_one():
    assert sorted(header.BCM_AT.values()) == list(range(28))
    kinds = [header.kind(place) for place in range(1, 41)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "gpio": 26, "reserved": 2, "ground": 8, "5 V": 2, "3.3 V": 2,
    }  # fmt: skip
    with pytest.raises(ValueError, match="1 to 40"):
        header.kind(41)


def test_every_line_is_wired_and_every_wire_has_its_line_and_its_place():
    fed = {feed.line for feed in WIRING.feed}
    assert {wire.line for wire in WIRING.wire} == set(LINES) | fed
    ends = [wire.to for wire in WIRING.wire] + [feed.start for feed in WIRING.feed]
    known = [f"{name}.{pin}" for name, c in WIRING.connector.items() for pin in c.pins]
    assert sorted(ends) == sorted(known)


def test_every_connector_is_a_part_of_the_list():
    parts = tables.parts().part
    assert all(connector.part in parts for connector in WIRING.connector.values())


def test_the_drawing_joins_what_the_table_says():
    found = wiring.nets(wiring.document(LINES, WIRING))
    wanted = {
        (f"J8.{LINES[wire.line].header}", wire.to) for wire in WIRING.wire if wire.line in LINES
    }
    wanted |= {
        (feed.start, wire.to)
        for feed in WIRING.feed
        for wire in WIRING.wire
        if wire.line == feed.line
    }
    assert found == wanted
    assert ("J8.15", "D1.anode") in found
    assert ("X2.5 V", "E1.plus") in found
    assert ("X2.0 V", "D1.cathode") in found  # one ground


def test_the_nets_of_a_drawing_with_a_swapped_wire_are_others():
    document = wiring.document(LINES, WIRING)
    right = wiring.nets(document)
    ribbon = document["connections"][0][-1][wiring.BOARD]
    ribbon[0], ribbon[1] = ribbon[1], ribbon[0]
    assert wiring.nets(document) != right


def test_lights_have_a_resistor_each():
    over = [wire.over for wire in WIRING.wire if wire.line.startswith("light.")]
    assert over == ["330 ohm"] * 3


def test_each_supply_reaches_only_what_it_is_for():
    found = wiring.nets(wiring.document(LINES, WIRING))
    fed = {
        source: {end for s, end in found if s == source} for source in ("J8.4", "J8.1", "X2.5 V")
    }
    assert fed == {"J8.4": {"BZ1.plus"}, "J8.1": {"U1.VCC"}, "X2.5 V": {"E1.plus"}}


def test_a_slip_of_the_pen_in_a_table_is_named():
    with pytest.raises(msgspec.ValidationError, match="headr"):
        tables.decode(b'headr = 3\nheader = 3\nto = "x"', tables.Line)
    with pytest.raises(msgspec.ValidationError, match="<= 40"):
        tables.decode(b'header = 41\nto = "x"', tables.Line)
