"""Looks after what fails without a press: supply, clock, lights, room on the disk."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from tpsbox.board.notices import Notice
from tpsbox.board.ports import Board
from tpsbox.kiosk.clock import BoxClock

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""Between two looks."""
CALM_SECONDS = 60.0
"""So long a problem must be away before it counts as over: one that comes and goes is one."""
LEAST_FREE = 200 * 10**6
"""Bytes free on the disk below which people are warned: some thirty photos."""

LIGHT_WORDS = {"camera": "kamera", "tick": "centang", "cloud": "awan", "lamp": "sorot"}


class Problem(msgspec.Struct, frozen=True):
    """Something wrong: a code for programs, a line for people, since when (unix seconds)."""

    code: str
    text: str
    since: float


class Watch:
    """Knows which problems there are now; each is logged when it begins and when it is over."""

    def __init__(
        self,
        board: Board,
        clock: BoxClock,
        folder: Path,
        monotonic: Callable[[], float],
        note: Callable[[str, Problem], None],
    ) -> None:
        """`note` gets "problem" or "problem_over" with each that begins or ends."""
        self._monotonic = monotonic
        self._clock = clock
        self._note = note
        self._found: dict[Notice, Problem] = {}
        self._seen_at: dict[Notice, float] = {}
        self._look_at = monotonic()
        self._looks: dict[Notice, Callable[[], str]] = {
            Notice.POWER: lambda: weak_power(board),
            Notice.CLOCK: lambda: wrong_clock(clock),
            Notice.LIGHT: lambda: dark_lights(board),
            Notice.STORAGE: lambda: little_room(folder),
        }

    @property
    def notices(self) -> frozenset[Notice]:
        """What all three lights have to warn of."""
        return frozenset(self._found)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The same in words, the most urgent first."""
        return tuple(self._found[notice] for notice in Notice if notice in self._found)

    def look(self) -> None:
        """Look again, if it is time to."""
        now = self._monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        for notice, look in self._looks.items():
            try:
                text = look()
            except Exception as fault:  # what cannot be looked at is a problem, not the end
                text = f"{notice}: {fault}"
            self._take_in(notice, text, now)

    def _take_in(self, notice: Notice, text: str, now: float) -> None:
        if text:
            self._seen_at[notice] = now
            if notice not in self._found:
                problem = Problem(notice.value, text, self._clock.now())
                self._found[notice] = problem
                log.warning("%s", text)
                self._note("problem", problem)
            # "sisa 85 MB" would be wrong a minute later.
            self._found[notice] = msgspec.structs.replace(self._found[notice], text=text)
        elif notice in self._found and now - self._seen_at[notice] >= CALM_SECONDS:
            problem = self._found.pop(notice)
            log.info("over: %s", problem.text)
            self._note("problem_over", problem)


def weak_power(board: Board) -> str:
    """What to say of the supply; nothing if it is well."""
    return "Listrik terlalu lemah. Pakai adaptor dan kabel yang asli." if board.power.weak() else ""


def wrong_clock(clock: BoxClock) -> str:
    """What to say of the clock."""
    if not clock.wrong:
        return ""
    shown = time.strftime("%d-%m-%Y", time.gmtime(max(0.0, clock.now())))
    return f"Jam kotak salah ({shown}). Setel jam; hasil mencatat bahwa waktunya tidak pasti."


def dark_lights(board: Board) -> str:
    """What to say of the lights."""
    names = ", ".join(LIGHT_WORDS.get(name, name) for name in board.lights.failed())
    return f"Lampu {names} tidak menyala. Periksa kabel dan lampunya." if names else ""


def little_room(folder: Path) -> str:
    """What to say of the disk under a folder."""
    disk = os.statvfs(folder)
    if disk.f_flag & os.ST_RDONLY:
        return "Penyimpanan terkunci (hanya baca). Periksa kartunya."
    free = disk.f_bavail * disk.f_frsize
    if free < LEAST_FREE:
        return f"Penyimpanan hampir penuh: sisa {free // 10**6} MB. Kosongkan."
    return ""
