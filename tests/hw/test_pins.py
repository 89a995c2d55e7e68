"""The firmware uses the pins that the wiring table names."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tpsbox.board import pins

TABLE = tomllib.loads(
    (Path(__file__).resolve().parents[2] / "hw" / "pins.toml").read_text(encoding="utf-8")
)


def test_the_firmware_and_the_wiring_agree():
    assert TABLE["button"]["bcm"] == pins.BUTTON_PIN
    assert TABLE["attachment_button"]["bcm"] == pins.ATTACHMENT_PIN
    lights = {name: row["bcm"] for name, row in TABLE["light"].items()}
    assert lights == {light.value: pin for light, pin in pins.LIGHT_PINS.items()}
    others = (pins.LAMP_PIN, pins.BUZZER_PIN, pins.POWER_OFF_PIN)
    assert others == tuple(TABLE[name]["bcm"] for name in ("lamp", "buzzer", "power_off"))
