"""One link open at most, one being opened beside it, from one change of the setup to the next.

Links are opened on a thread beside, one at a time: while a modem dials or joins, the link that is
open goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from tpsbox.links.port import LinkFault, StopLink
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.store import Store
from tpsbox.uplink.carrier import Carrier
from tpsbox.uplink.roster import Candidate, Roster

log = logging.getLogger(__name__)


class Shift:
    """Carries a store's outbox on the candidates of a roster; to be used as a context."""

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
