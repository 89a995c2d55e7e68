"""Where scenarios are played: a guest that is fresh for each, and a centre of its own beside it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from kiosk_samples import PPWP, TPS, photo
from tpsbox.errors import EnvironmentFault

from emulate import scenarios
from emulate.bench import PICTURE, Bench
from emulate.guest import UNITS, Guest
from emulate.host import do, say
from emulate.image import Image
from emulate.machine import Machine, key
from emulate.outside import Outside
from emulate.scenarios import Played

FRESH = "fresh"
"""The moment when a box that was just made serves and waits for its first press."""

LINES, KERNEL_LINES = 300, 20
"""Of a guest in which a scenario failed: a crash names every thread, one of them alone matters."""


class Stage:
    """Boots once and remembers, for later runs too; `with` it, so that all is ended."""

    def __init__(self, folder: Path, built: Image) -> None:
        self.folder = folder
        self._kept = built.disk.with_suffix(f".fresh-{key()}")
        disk = self._kept if self._kept.exists() else None
        self.machine = Machine(folder, built, disk)
        self._count = 0

    def __enter__(self) -> Stage:
        try:
            if not self._kept.exists():
                self._make_fresh()
        except BaseException:
            self.machine.cut()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.machine.cut()

    def play(self, name: str) -> Played:
        """A scenario on a fresh box."""
        outside = self.fresh()
        try:
            text = scenarios.found()[name].read_text()
            row = scenarios.play(name, text, Bench(self.machine, outside), self.note)
            if row.result == "failed" and self.machine.on:
                self._note_log()
            return row
        finally:
            outside.close()

    def note(self, words: str) -> None:
        """Write down what is being done, and when it began."""
        with (self.folder / "steps.log").open("a") as log:
            log.write(f"{time.strftime('%H:%M:%S')} {words}\n")

    def _note_log(self) -> None:
        """What kiosk and kernel said last, before their guest is put back."""
        with suppress(EnvironmentFault):
            said = self.machine.agent.log(0)[-LINES:]
            for line in [*said, *self.machine.agent.call("dmesg").splitlines()[-KERNEL_LINES:]]:
                self.note(f"    {line}")

    def fresh(self) -> Outside:
        """The box as it was when new, and a new centre for it."""
        self._count += 1
        folder = self.folder / f"outside-{self._count}"
        folder.mkdir()
        outside = Outside(folder, PPWP)
        self.machine.return_to(FRESH)
        return outside

    def _make_fresh(self) -> None:
        say("booting the guest")
        self.machine.power_on()
        guest = Guest(self.machine)
        say(f"it answers after {self.machine.booted_in:.0f} s; making a box of it")
        self.machine.agent.put(PICTURE, photo("blank"))
        guest.tpsbox("init", "--tps", TPS, "--election", PPWP, "--board", "pi")
        self.machine.agent.call("systemctl", "start", *UNITS, timeout=400)
        guest.await_serving()
        guest.status()  # so that the moment has it loaded
        self.machine.remember(FRESH)
        self.machine.quit()
        aside = self._kept.with_suffix(".new-fresh")
        do(["cp", "--sparse=always", self.machine.disk, aside])
        aside.replace(self._kept)
