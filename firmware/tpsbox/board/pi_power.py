"""The supply of a Pi: whether it is weak, and how the machine is switched off."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tpsbox.board.ports import Power
from tpsbox.errors import EnvironmentFault

THROTTLED = "devices/platform/soc/soc:firmware/get_throttled"
"""Hexadecimal; bit 0: under-voltage at this moment (Raspberry Pi documentation, vcgencmd)."""
VOLT_ALARM = "class/hwmon/hwmon*/in0_lcrit_alarm"
"""1 at under-voltage, by the driver rpi_volt (kernel documentation, raspberrypi-hwmon)."""
OFF = ("systemctl", "poweroff", "--no-wall", "--no-block", "--no-ask-password")
"""By logind; a polkit rule allows it to the user of this program."""
ASK_SECONDS = 10.0
OFF_SECONDS = 90.0
"""systemd's own limit for stopping a unit; it ends this one long before."""


class PiPower(Power):
    """Read from the firmware, switched off by systemd."""

    def __init__(self, sys: Path = Path("/sys"), off: tuple[str, ...] = OFF) -> None:
        """`sys` is where the kernel's sysfs is, `off` the command that switches off."""
        self._sys = sys
        self._off = off

    def weak(self) -> bool:
        """See `Power.weak`. A computer that does not say counts as well supplied."""
        words = _word(self._sys / THROTTLED)
        try:
            return bool(int(words, 16) & 1)
        except ValueError:
            return any(_word(path) == "1" for path in self._sys.glob(VOLT_ALARM))

    def off(self) -> float:
        """See `Power.off`."""
        try:
            answer = subprocess.run(
                self._off, stdin=subprocess.DEVNULL, capture_output=True, timeout=ASK_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EnvironmentFault(f"power off: {error}") from error
        if answer.returncode:
            why = answer.stderr.decode(errors="replace").strip().replace("\n", " ")[:200]
            raise EnvironmentFault(f"power off refused: {why or answer.returncode}")
        return OFF_SECONDS


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
