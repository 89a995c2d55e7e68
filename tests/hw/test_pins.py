"""The firmware uses the pins that the wiring table names."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tpsbox.board import pins

TABLE = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "hw" / "pins.toml").read_text(encoding="utf-8")
)
HEADER = {17: 11, 27: 13, 22: 15, 23: 16, 24: 18, 25: 22, 12: 32, 26: 37}
"""BCM number to place on the 40-pin header (Raspberry Pi documentation, GPIO pinout)."""


def test_the_firmware_and_the_wiring_agree():
    assert TABLE["button"]["bcm"] == pins.BUTTON_PIN
    assert TABLE["attachment_button"]["bcm"] == pins.ATTACHMENT_PIN
    lights = {name: row["bcm"] for name, row in TABLE["light"].items()}
    assert lights == {light.value: pin for light, pin in pins.LIGHT_PINS.items()}
    others = (pins.LAMP_PIN, pins.BUZZER_PIN, pins.POWER_OFF_PIN)
    assert others == tuple(TABLE[name]["bcm"] for name in ("lamp", "buzzer", "power_off"))


def test_header_places_are_right_and_no_pin_is_used_twice():
    names = ("button", "attachment_button", "lamp", "buzzer", "power_off")
    rows = [*(TABLE[name] for name in names), *TABLE["light"].values()]
    assert all(HEADER[row["bcm"]] == row["header"] for row in rows)
    places = [row["header"] for row in rows] + [TABLE["ground"]["header"]]
    assert len(set(places)) == len(places)
