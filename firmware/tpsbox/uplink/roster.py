"""Which link to try next: in their order, each with a back-off of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tpsbox.links.port import Link
from tpsbox.store.backoff import FIRST_WAIT, wait_after
from tpsbox.uplink.carrier import RESULTS_ALONE


@dataclass
class Candidate:
    """A link of this box; times in monotonic seconds, `failures` in a row since it last worked."""

    name: str
    link: Link
    failures: int = 0
    failed_at: float = 0.0
    next_at: float = 0.0
    stopped: bool = False
    """A person has to act before it is tried again."""

    @property
    def narrow(self) -> bool:
        """Whether it is for results alone: where there are none, it is not opened."""
        return self.link.carries <= RESULTS_ALONE


class Roster:
    """The candidates, the preferred one first. `random` gives numbers from 0 to 1."""

    def __init__(self, candidates: Sequence[Candidate], random: Callable[[], float]) -> None:
        self.candidates = tuple(candidates)
        self._random = random

    def pick(self, now: float, current: Candidate | None, result_due: bool) -> Candidate | None:
        """What to try now: only what is preferred to the `current` link, if one is open.

        The one with the fewest failures goes first, so that a link which never opens cannot keep
        the later ones from their turn.
        """
        above = self.candidates[: self.candidates.index(current)] if current else self.candidates
        due = [
            candidate
            for candidate in above
            if not candidate.stopped
            and candidate.next_at <= now
            and (result_due or not candidate.narrow)
        ]
        return min(due, key=lambda candidate: candidate.failures, default=None)

    def failed(self, candidate: Candidate, now: float) -> None:
        """It did not open, or was lost: it waits, longer each time until something gets through."""
        candidate.failures += 1
        candidate.failed_at = now
        candidate.next_at = now + wait_after(candidate.failures, self._random)

    def hurry(self) -> None:
        """Something new is to be sent: no link waits longer than the shortest wait."""
        for candidate in self.candidates:
            candidate.next_at = min(candidate.next_at, candidate.failed_at + FIRST_WAIT)
