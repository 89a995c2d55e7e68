"""Fault loops between boxes and centre: broker killed, centre killed, a bad network."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random

from faults_centre import Held, new_centre
from faults_count import Tally
from faults_fleet import Fleet, watch
from faults_network import BAD, CENTRE_ADDRESS, Namespaces
from faults_programs import (
    LIB,
    Program,
    broker_program,
    ingest_program,
    listens,
    wait_for,
)
from ports import free_port

BOXES = 40
KILL_EVERY = 10.0
"""Seconds from one kill of the broker to the next."""
COMMITS = 60
"""A centre lives for so many commits at most."""


def broker(folder: Path, records: int, seconds: float) -> Tally:
    """The broker is killed every ten seconds while the boxes send `records` results."""
    setting = _Setting(folder, min(BOXES, records), records)
    killer = _Killer(setting.broker)
    with setting:
        setting.ingest.start()
        took = watch(setting.fleet, seconds, killer.turn)
    done = f"{killer.kills} kills of the broker, one every {KILL_EVERY:.0f} s"
    return setting.tally(f"{done}; {records} results in {took:.0f} s")


def centre(folder: Path, records: int, kills: int, seconds: float, seed: int) -> Tally:
    """The centre is killed `kills` times between the commit of an item and its receipt."""
    setting = _Setting(folder, min(BOXES, records), records)
    mortal = _Mortal(setting, kills, Random(seed), records)
    with setting:
        mortal.turn()
        took = watch(setting.fleet, seconds, mortal.turn)
        mortal.last.stop()
    done = f"{mortal.kills} kills between commit and receipt"
    return setting.tally(f"{done}; {records} results in {took:.0f} s")


def network(folder: Path, records: int, seconds: float, seed: int) -> Tally:
    """Box and centre in namespaces of their own, with a bad line between them."""
    with Namespaces(folder / "relay.log", seed) as spaces:
        setting = _Setting(folder, 1, records, spaces)
        with setting:
            setting.ingest.start()
            took = watch(setting.fleet, seconds, spaces.relay.check)
        return setting.tally(f"{BAD}; {records} results in {took:.0f} s; {spaces.counts()}")


class _Setting:
    """A centre, a fleet of boxes, and the programs between them; to be used as a context."""

    def __init__(
        self, folder: Path, boxes: int, records: int, spaces: Namespaces | None = None
    ) -> None:
        self.host = CENTRE_ADDRESS if spaces else "127.0.0.1"
        self.port = free_port()
        self.root = new_centre(folder, self.host, self.port).root
        self.folder = folder
        self.centre = Held(self.root)
        self.fleet = Fleet(self.centre, folder, boxes, records)
        at_centre = spaces.at_centre if spaces else ()
        self.broker = broker_program(self.root, folder / "broker.log", at_centre)
        self.ingest = ingest_program(self.root, folder / "ingest.log", at_centre)
        self._uplinks = self.fleet.uplinks(spaces.at_box if spaces else ())
        self._near = spaces is None
        self._notes: list[str] = []

    def __enter__(self) -> _Setting:
        self.broker.start()
        if self._near:
            wait_for("the broker", lambda: listens(self.host, self.port))
        for uplinks in self._uplinks:
            uplinks.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.fleet.look()
        dead = [program for program in self._uplinks if not program.running]
        self._notes += [f"uplinks ended by themselves, {program.end()}" for program in dead]
        for program in (*self._uplinks, self.ingest, self.broker):
            program.stop()

    def tally(self, done: str) -> Tally:
        """The row, counted at the centre's database."""
        tally = Tally(done, notes=self._notes)
        self.fleet.count(tally)
        self.centre.close()
        return tally


class _Killer:
    """Kills the broker whenever it is time, and starts it again at once."""

    def __init__(self, broker: Program) -> None:
        self._broker = broker
        self.kills = 0
        self._next = time.monotonic() + KILL_EVERY

    def turn(self) -> None:
        """Kill it if it is time."""
        if time.monotonic() >= self._next:
            self._broker.kill()
            self.kills += 1
            self._next = time.monotonic() + KILL_EVERY
            self._broker.start()


class _Mortal:
    """One centre after another that ends itself after a commit, and at last one that lives on."""

    def __init__(self, setting: _Setting, kills: int, dice: Random, records: int) -> None:
        self._setting = setting
        self._left = kills
        self._dice = dice
        # The kills are to be over before the results are.
        self._most = max(1, min(COMMITS, records // (kills + 1)))
        self.kills = 0
        self.last = setting.ingest

    def turn(self) -> None:
        """Start the next one once the one before is dead."""
        if self.last.running:
            return
        self.kills += self.last.killed
        if self._left:
            self._left -= 1
            self.last = self._mortal(self._dice.randint(1, self._most))
        else:
            self.last = self._setting.ingest
        self.last.start()

    def _mortal(self, commits: int) -> Program:
        root = self._setting.root
        command = (sys.executable, LIB / "faults_ingest.py", root, commits)
        return Program(command, self._setting.folder / "ingest.log")
