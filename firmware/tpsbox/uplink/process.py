"""The process that carries: keeps the best link open that can be had, and carries on it.

Links are opened on a thread beside, one at a time: while a modem dials or joins, the link that is
open goes on. No fault of a link ends the process; only a store that cannot be written does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from random import SystemRandom

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.links.port import LinkFault, StopLink
from tpsbox.record.enrolment import Enrolment
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.store import Store
from tpsbox.uplink.carrier import Carrier
from tpsbox.uplink.linkfile import load_link_file
from tpsbox.uplink.roster import Candidate, Roster
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
) -> None:
    """Carry the outbox of the store in `folder` until `stop` is set.

    Raises:
        EnvironmentFault: the store cannot be opened or written.
    """
    with Store(folder, clock=clock, random=random) as store:
        uplink = Uplink(store, stop, clock, random, links)
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
    ) -> None:
        self._store = store
        self._stop = stop
        self._clock = clock
        self._random = random
        self._links = links
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
            enrolment = self._store.identity.enrolment() if setup[0] is not None else None
            roster = None if enrolment is None else self._roster(enrolment)
            if roster is None or not roster.candidates:
                if enrolment is None:
                    self._store.links.set(self._first, LinkCondition.UNENROLLED)
                while self._setup() == setup and not self._stop.wait(TICK):
                    pass
                continue
            with Shift(self._store, roster, self._clock) as shift:
                while self._setup() == setup and not self._stop.is_set():
                    shift.turn(TICK)

    def _setup(self) -> Setup:
        files = []
        for path in sorted(self._store.folder.glob("*.toml")):
            with suppress(FileNotFoundError):  # it was there a moment ago
                status = path.stat()
                files.append((path.name, status.st_mtime_ns, status.st_size))
        return self._store.identity.enrolled_at(), tuple(files)

    def _roster(self, enrolment: Enrolment) -> Roster:
        try:
            file = load_link_file(self._store.folder, tuple(self._links))
        except InputError as error:
            self._cannot(self._first, error)
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


class Shift:
    """The time between two changes of the setup: one link open at most, one being opened."""

    def __init__(self, store: Store, roster: Roster, clock: Callable[[], float]) -> None:
        self._store = store
        self._roster = roster
        self._clock = clock
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="link")
        self._opening: tuple[Candidate, Future[None]] | None = None
        self._current: Candidate | None = None
        self._carrier: Carrier | None = None
        self._newest = store.outbox.last_sequence()

    def turn(self, timeout: float) -> None:
        """Look after an attempt, begin one if it is time, and carry for `timeout` seconds.

        Raises:
            EnvironmentFault: the store cannot be written.
        """
        self._look_after_attempt()
        self._attempt()
        if self._current is not None and self._carrier is not None:
            self._carry(self._current, self._carrier, timeout)
        elif self._opening is not None:
            wait([self._opening[1]], timeout)
        else:
            time.sleep(timeout)

    def _attempt(self) -> None:
        newest = self._store.outbox.last_sequence()
        if newest != self._newest:
            self._newest = newest
            self._roster.hurry()
        if self._opening is not None:
            return
        result_due = self._store.outbox.due_result(self._clock()) is not None
        candidate = self._roster.pick(time.monotonic(), self._current, result_due)
        if candidate is None:
            return
        if candidate.failures == 0:
            self._note(candidate, LinkCondition.CONNECTING)
        self._opening = candidate, self._beside.submit(_open, candidate)

    def _look_after_attempt(self) -> None:
        if self._opening is None or not self._opening[1].done():
            return
        (candidate, attempt), self._opening = self._opening, None
        try:
            attempt.result()
        except LinkFault as fault:
            self._fault(candidate, fault)
        else:
            self._change_to(candidate)

    def _change_to(self, candidate: Candidate) -> None:
        left = self._current
        if left is not None:
            log.info("%s takes over from %s", candidate.name, left.name)
            self._beside.submit(left.link.close)
            self._note(left, LinkCondition.READY)
        # What is on its way on the other link may be answered there, and nobody would hear it.
        self._store.outbox.recall(taken=left is not None)
        self._current = candidate
        self._carrier = Carrier(self._store, candidate.link, self._clock)
        self._note(candidate, LinkCondition.ONLINE)

    def _carry(self, candidate: Candidate, carrier: Carrier, timeout: float) -> None:
        try:
            if carrier.turn(timeout):
                candidate.failures = 0
        except LinkFault as fault:
            self._current = self._carrier = None
            self._store.outbox.recall()
            self._beside.submit(candidate.link.close)
            self._fault(candidate, fault)
        else:
            present = carrier.accepting
            self._note(candidate, LinkCondition.ONLINE if present else LinkCondition.CENTRE_AWAY)

    def _fault(self, candidate: Candidate, fault: LinkFault) -> None:
        if isinstance(fault, StopLink):
            candidate.stopped = True
            log.error("%s: %s", candidate.name, fault)
            self._note(candidate, LinkCondition.STOPPED, str(fault))
        else:
            self._roster.failed(candidate, time.monotonic())
            log.warning("%s: %s", candidate.name, fault)
            self._note(candidate, LinkCondition.WAITING, str(fault))

    def _note(self, candidate: Candidate, state: LinkCondition, error: str = "") -> None:
        self._store.links.set(candidate.name, state, error)

    def __enter__(self) -> Shift:
        return self

    def __exit__(self, *_: object) -> None:
        """Close every link; one that is being opened is waited for."""
        if self._opening is not None:
            wait([self._opening[1]])
        for candidate in self._roster.candidates:
            self._beside.submit(candidate.link.close)
        self._beside.shutdown(wait=True)


def _open(candidate: Candidate) -> None:
    try:
        candidate.link.open()
    except BaseException:
        candidate.link.close()
        raise
