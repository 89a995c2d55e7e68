"""The bill of materials adds up, the battery's arithmetic is right, prices are marked."""

from __future__ import annotations

import csv
import io
import re

import pytest
from tpshw import bom, power, tables

PARTS = tables.parts()


def test_every_part_says_where_its_price_and_its_watts_come_from():
    for key, part in PARTS.part.items():
        assert (part.price.usd is None) != (part.price.idr is None), key
        assert re.match(r"recalled|Raspberry Pi documentation", part.basis), key
        assert (part.watts is None) == (not part.watts_from), key
        assert part.second, key


def test_each_choice_has_one_default():
    choices = {part.choice for part in PARTS.part.values() if part.choice}
    assert choices == {"computer", "camera"}
    for choice in choices:
        assert [p.default for p in PARTS.part.values() if p.choice == choice].count(True) == 1


def test_the_counted_rows_of_the_csv_add_up_to_the_total():
    rows = list(csv.DictReader(io.StringIO(bom.as_csv(PARTS))))
    assert [row["part"] for row in rows] == list(PARTS.part)
    counted = sum(int(row["rupiah"]) for row in rows if row["counted"] == "yes")
    assert counted == bom.total(PARTS)
    assert f"**{counted:,}**" in bom.as_markdown(PARTS)
    for row in rows:
        rate = PARTS.prices.idr_per_usd if row["currency"] == "USD" else 1
        assert int(row["rupiah"]) == round(float(row["price"]) * rate * float(row["quantity"]))


def test_another_camera_changes_the_total_by_its_price_alone():
    parts = PARTS.part
    difference = bom.rupiah(parts["hq"], PARTS) - bom.rupiah(parts["cm3"], PARTS)
    assert bom.total(PARTS, camera="hq") - bom.total(PARTS) == difference


def test_power_of_a_state_is_the_sum_of_its_parts():
    found = power.budget(PARTS, "pi5")
    parts = PARTS.part
    together = [parts[key].watts for key in ("pi5", "cm3", "cellular", "lorawan")]
    assert found.watts["transmit"] == pytest.approx(sum(w.transmit for w in together if w))
    assert found.watts["idle"] == pytest.approx(sum(w.idle for w in together if w))


def test_hours_are_usable_energy_over_power():
    battery = PARTS.battery
    assert battery.usable == battery.watt_hours * battery.efficiency * battery.worn
    for found in power.budgets(PARTS):
        for state, watts in found.watts.items():
            assert found.hours[state] * watts == pytest.approx(battery.usable)
        assert found.night_hours * found.mean == pytest.approx(battery.usable)
        assert found.night_share * found.night_hours == pytest.approx(PARTS.night.hours)


def test_a_night_by_hand():
    found = power.budget(PARTS, "pi4")
    night, seconds = PARTS.night, PARTS.part["pi4"].read_seconds or 0
    reading, sending = night.photos * seconds / 3600, night.transmit_minutes / 60
    waiting = night.hours - reading - sending
    lamp = night.photos * night.lamp_seconds_per_photo / 3600 * 2 * 5
    states = zip(power.STATES, (waiting, reading, sending), strict=True)
    energy = sum(found.watts[state] * hours for state, hours in states) + lamp
    assert found.mean == pytest.approx(energy / night.hours)


def test_the_default_box_lasts_the_night_on_its_battery_and_within_its_supply():
    found = power.budget(PARTS, "pi4")
    assert found.night_hours >= PARTS.night.hours
    assert found.usb_fits
    assert found.together <= PARTS.battery.total_amperes
    assert all(b.peak <= PARTS.battery.port_amperes for b in power.budgets(PARTS))
    assert power.lamp_amperes(PARTS) <= PARTS.battery.port_amperes
    assert PARTS.battery.watt_hours < 100  # more may not travel in a cabin


def test_a_pi_5_asks_for_more_than_the_battery_and_its_ports_give():
    found = power.budget(PARTS, "pi5")
    assert not found.usb_fits
    assert found.together > PARTS.battery.total_amperes
    assert found.night_hours < PARTS.night.hours
