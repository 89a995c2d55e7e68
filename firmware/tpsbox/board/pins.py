"""The pins of the board, by BCM number: the copy of hw/pins.toml that the firmware carries.

hw/pins.toml is the table that people edit; tests check that this file says the same.
"""

from __future__ import annotations

from tpsbox.board.signals import Light

BUTTON_PIN = 17
ATTACHMENT_PIN = 27
LIGHT_PINS = {Light.CAMERA: 22, Light.TICK: 23, Light.CLOUD: 24}
LAMP_PIN = 25
BUZZER_PIN = 12
POWER_OFF_PIN = 26
"""The kernel's own (overlay gpio-poweroff); the firmware never touches it."""
