"""The process that carries: reads how the box is set up, and carries until that changes.

No fault of a link ends it; only a store that cannot be written does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.notify import Alive, silent
from tpsbox.store.linkstate import LINK_WORDS, LinkCondition
from tpsbox.store.store import Store
from tpsbox.uplink.linkfile import load_link_file
from tpsbox.uplink.lock import uplink_lock
from tpsbox.uplink.roster import Candidate, Roster
from tpsbox.uplink.shift import Shift
from tpsbox.uplink.table import LINKS, MakeLink

log = logging.getLogger(__name__)

TICK = 0.2
"""Seconds between looks at the store: how long a new item waits at most."""

_RANDOM = SystemRandom()

Setup = tuple[int | None, tuple[tuple[str, int, int], ...]]
"""Time of the enrolment; name, time and size of each file that sets links up."""


def run(
    folder: Path,
    stop: threading.Event,
    *,
    clock: Callable[[], float] = time.time,
    random: Callable[[], float] = _RANDOM.random,
    links: Mapping[str, MakeLink] = LINKS,
    alive: Alive = silent,
) -> None:
    """Carry the outbox of the store in `folder` until `stop` is set; `alive` in every turn.

    Raises:
        AnswerError: another uplink carries it.
        EnvironmentFault: the store cannot be opened or written.
    """
    with Store(folder, clock=clock, random=random) as store, uplink_lock(folder):
        uplink = Uplink(store, stop, clock, random, links, alive)
        try:
            uplink.run()
        finally:
            for state in store.links.list():
                store.links.set(state.name, LinkCondition.OFF)


class Uplink:
    """The process over the time of several enrolments and settings."""

    def __init__(
        self,
        store: Store,
        stop: threading.Event,
        clock: Callable[[], float],
        random: Callable[[], float],
        links: Mapping[str, MakeLink],
        alive: Alive,
    ) -> None:
        self._store = store
        self._stop = stop
        self._clock = clock
        self._random = random
        self._links = links
        self._alive = alive
        self._first = next(iter(links))

    def run(self) -> None:
        """Carry until stopped.

        Raises:
            EnvironmentFault: the store cannot be written.
        """
        while not self._stop.is_set():
            setup = self._setup()
            for state in self._store.links.list():
                self._store.links.set(state.name, LinkCondition.OFF)
            roster = None if setup[0] is None else self._roster()
            if roster is None or not roster.candidates:
                if roster is None:
                    self._store.links.set(self._first, LinkCondition.UNENROLLED)
                while self._setup() == setup and not self._stop.wait(TICK):
                    self._alive(self._status)
                continue
            with Shift(self._store, roster, self._clock) as shift:
                while self._setup() == setup and not self._stop.is_set():
                    shift.turn(TICK)
                    self._alive(self._status)

    def _status(self) -> str:
        links = (f"{link.name}: {LINK_WORDS[link.state]}" for link in self._store.links.list())
        return ", ".join(links) + "."

    def _setup(self) -> Setup:
        files = []
        for path in sorted(self._store.folder.glob("*.toml")):
            with suppress(FileNotFoundError):  # it was there a moment ago
                status = path.stat()
                files.append((path.name, status.st_mtime_ns, status.st_size))
        return self._store.identity.enrolled_at(), tuple(files)

    def _roster(self) -> Roster:
        try:
            enrolment = self._store.identity.enrolment()
            file = load_link_file(self._store.folder, tuple(self._links))
        except InputError as error:
            self._cannot(self._first, error)
            return Roster((), self._random)
        if enrolment is None:  # taken away a moment ago, which is the next setup
            return Roster((), self._random)
        candidates = []
        for name in file.order or self._links:
            try:
                link = self._links[name](self._store, enrolment, file)
            except (InputError, AnswerError, EnvironmentFault) as error:
                self._cannot(name, error)
                continue
            if link is not None:
                candidates.append(Candidate(name, link))
                self._store.links.set(name, LinkCondition.READY)
        return Roster(candidates, self._random)

    def _cannot(self, name: str, error: Exception) -> None:
        log.error("%s: %s", name, error)
        self._store.links.set(name, LinkCondition.STOPPED, str(error))
