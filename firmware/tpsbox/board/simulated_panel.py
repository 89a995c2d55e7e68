"""Lights, buzzer and supply of the simulated board."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from tpsbox.board.notices import Notice
from tpsbox.board.ports import Buzzer, Lights, Power
from tpsbox.board.signals import Shown
from tpsbox.board.sounds import Sound
from tpsbox.board.spool import append_line, put
from tpsbox.board.spooled import quiet_faults
from tpsbox.errors import EnvironmentFault


class SimulatedLights(Lights):
    """Writes what is shown into two files; the self-test is the first line."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        with suppress(EnvironmentFault):  # a full disk shows later, and must not end the box
            self.show(Shown(notice=Notice.SELF_TEST))

    def show(self, shown: Shown) -> None:
        """See `Lights.show`."""
        line = msgspec.json.encode({"time": self._clock(), **shown.described()})
        append_line(self._folder / "lights.jsonl", line)
        put(self._folder / "lights.json", line + b"\n")

    def failed(self) -> tuple[str, ...]:
        """See `Lights.failed`."""
        return quiet_faults(self._folder).lights

    def close(self) -> None:
        """All lights go off with the program."""
        (self._folder / "lights.json").unlink(missing_ok=True)


class SimulatedBuzzer(Buzzer):
    """Writes down what is heard."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._path = folder / "sounds.jsonl"
        self._clock = clock

    def play(self, sound: Sound) -> None:
        """See `Buzzer.play`."""
        append_line(self._path, msgspec.json.encode({"time": self._clock(), "sound": sound}))

    def close(self) -> None:
        """See `Buzzer.close`."""


class SimulatedPower(Power):
    """Writes down when it is switched off; the program ends then, as if the power had gone."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock

    def weak(self) -> bool:
        """See `Power.weak`."""
        return quiet_faults(self._folder).weak_power

    def off(self) -> float:
        """See `Power.off`."""
        append_line(self._folder / "power.jsonl", msgspec.json.encode({"off": self._clock()}))
        return 0.0
