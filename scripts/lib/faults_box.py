"""Fault loops at one box: random power cuts, kill -9 at every step, and calls that fail."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

from faults_centre import Held, new_centre, tps_code
from faults_count import Tally, contents_of
from faults_disk import CutDisk
from faults_evening import Evening
from faults_said import missing
from store_faults import Cut, FaultyDisk
from tpsbox.errors import EnvironmentFault, TpsError
from tpsbox.links.port import WaitForNetwork

CALLS_TO_CUT = 50
"""A cut comes within so many calls; an evening makes about 75."""
NEVER = 10**9
AHEAD = 2
"""Exit code of a box that showed something as stored too early."""
ATTEMPTS = 3
"""How often a box is tried with a disk that fails at every n-th call before the disk is mended."""


class Loop:
    """One centre, and one box after another that has its evening there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        new_centre(folder)
        self.centre = Held(folder / "centre")
        self.tally = Tally()
        self.boxes = 0
        self.sent: list[bytes] = []

    def next_evening(self) -> tuple[Evening, Path]:
        """A box that nobody has touched."""
        self.boxes += 1
        return Evening(self.centre, tps_code(self.boxes)), self.folder / f"box-{self.boxes}"

    def check(self, evening: Evening, box: Path, said: list[str]) -> None:
        """Look into a box after something went wrong."""
        try:
            with evening.open(folder=box, sweep=True) as store:
                wrong = missing(store, said)
                evening.look(store)
        except TpsError as error:
            wrong = [f"the store: {error}"]
        self.tally.lost += len(wrong)
        self.tally.notes += wrong[:3]

    def finish(self, evening: Evening, box: Path, said: list[str]) -> None:
        """Let the evening end without a fault, then look and put the box away."""
        evening.step = lambda: None
        try:
            with evening.open(folder=box, sweep=True) as store:
                evening.go_on(store, said.append)
                wrong = missing(store, said)
                self.sent += contents_of(store)
        except TpsError as error:
            wrong = [f"a box that cannot go on: {error}"]
        self.tally.lost += len(wrong)
        self.tally.notes += wrong[:3]
        self.tally.ahead += len(evening.ahead)
        shutil.rmtree(box)

    def result(self, done: str) -> Tally:
        """The row, after a last count at the centre."""
        self.tally.done = f"{done}; {len(self.sent)} items of {self.boxes} boxes"
        self.tally.compare(self.sent, self.centre.contents())
        self.tally.doubled += self.centre.numbers_used_twice()
        self.centre.close()
        return self.tally


def cuts(folder: Path, count: int, seconds: float, seed: int) -> Tally:
    """`count` power cuts at random calls, each of which loses any part of what was unsynced.

    No more boxes are begun after some seconds.
    """
    loop, dice, made = Loop(folder), Random(seed), 0
    end = time.monotonic() + seconds
    while made < count and time.monotonic() < end:
        evening, box = loop.next_evening()
        said: list[str] = []
        while made < count:
            medium = folder / f"medium-{made}"
            disk = CutDisk(dice.randint(1, CALLS_TO_CUT), box, medium, dice)
            try:
                with evening.open(folder=box, disk=disk, sweep=True) as store:
                    evening.go_on(store, said.append)
                break
            except Cut:
                made += 1
                shutil.rmtree(box, ignore_errors=True)
                box = medium
                loop.check(evening, box, said)
            except TpsError:
                break  # a disk that only loses power faults nothing: the end will tell
        loop.finish(evening, box, said)
    return loop.result(f"{made} cuts at random calls")


def kills(folder: Path) -> Tally:
    """kill -9 of the box at its n-th step, for every n until an evening goes through."""
    loop = Loop(folder)
    for n in range(1, NEVER):
        evening, box = loop.next_evening()
        killed, said = _run_and_kill(loop, evening, box, n)
        if killed:
            loop.check(evening, box, said)
        loop.finish(evening, box, said)
        if not killed:
            break
    return loop.result(f"kill -9 at each of {n - 1} steps")


def nth(folder: Path) -> Tally:
    """Every n-th call to disk or centre fails, for every n until no call fails any more."""
    loop, failures = Loop(folder), 0
    for n in range(1, NEVER):
        evening, box = loop.next_evening()
        disk = EveryNth(n)
        evening.step = disk.lose_link
        said: list[str] = []
        for _ in range(ATTEMPTS):
            _attempt(evening, box, disk, said)
            loop.check(evening, box, said)
        failures += disk.failed
        loop.finish(evening, box, said)
        if not disk.failed:
            break
    return loop.result(f"every n-th call for n = 1 to {n - 1}: {failures} failures")


class EveryNth(FaultyDisk):
    """Each n-th call fails: the disk is full, or the link is gone."""

    def __init__(self, n: int) -> None:
        self._n, self._calls, self.failed = n, 0, 0

    def step(self) -> None:
        """A call to the disk."""
        if self._fails():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def lose_link(self) -> None:
        """A call to the centre."""
        if self._fails():
            raise WaitForNetwork("the link is gone")

    def _fails(self) -> bool:
        self._calls += 1
        fails = self._calls % self._n == 0
        self.failed += fails
        return fails


def _attempt(evening: Evening, box: Path, disk: EveryNth, said: list[str]) -> None:
    """Let the people try until the disk stops them; the store itself must say so clearly."""
    try:
        store = evening.open(folder=box, disk=disk)
    except EnvironmentFault:
        return
    with store:
        try:
            evening.go_on(store, said.append)
        except EnvironmentFault:
            return


def _run_and_kill(loop: Loop, evening: Evening, box: Path, n: int) -> tuple[bool, list[str]]:
    """Whether a process died at its n-th step by SIGKILL, and what it had said by then."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _child(loop.centre.folder.root, evening.tps, box, n, writer)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read().splitlines()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == AHEAD:
        loop.tally.ahead += 1
    elif code not in (0, -signal.SIGKILL):
        loop.tally.notes.append(f"step {n}: the box ended with {code}")
        loop.tally.lost += 1
    return code == -signal.SIGKILL, said


def _child(centre: Path, tps: str, box: Path, n: int, out: int) -> None:
    """One evening in this process, which ends itself at its n-th step."""
    disk = FaultyDisk(n, lambda: os.kill(os.getpid(), signal.SIGKILL))
    try:
        evening = Evening(Held(centre), tps, disk.step)
        with evening.open(folder=box, disk=disk, sweep=True) as store:
            evening.go_on(store, _speak_to(out))
        os._exit(AHEAD if evening.ahead else 0)
    except BaseException:
        os._exit(1)


def _speak_to(out: int) -> Callable[[str], None]:
    def say(line: str) -> None:
        os.write(out, f"{line}\n".encode())

    return say
