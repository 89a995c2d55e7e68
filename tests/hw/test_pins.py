"""The firmware uses the pins that the wiring table names."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tpsbox.board import pi

TABLE = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "hw" / "pins.toml").read_text(encoding="utf-8")
)
HEADER = {17: 11, 27: 13, 22: 15, 23: 16, 24: 18}
"""BCM number to place on the 40-pin header (Raspberry Pi documentation, GPIO pinout)."""


def test_the_firmware_and_the_wiring_agree():
    assert TABLE["button"]["bcm"] == pi.BUTTON_PIN
    assert TABLE["attachment_button"]["bcm"] == pi.ATTACHMENT_PIN
    lights = {name: row["bcm"] for name, row in TABLE["light"].items()}
    assert lights == {light.value: pin for light, pin in pi.LIGHT_PINS.items()}


def test_header_places_are_right_and_no_pin_is_used_twice():
    rows = [TABLE["button"], TABLE["attachment_button"], *TABLE["light"].values()]
    assert all(HEADER[row["bcm"]] == row["header"] for row in rows)
    places = [row["header"] for row in rows] + [TABLE["ground"]["header"]]
    assert len(set(places)) == len(places)
