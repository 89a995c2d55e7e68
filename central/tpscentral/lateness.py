"""Whether a result of a box comes too late to count by itself: an officer must decide then."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select
from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.record.signing import split_result
from tpsbox.record.statement import ContestResult, decode_statement

from tpscentral.locking import locked_above
from tpscentral.psu import Psu
from tpscentral.schema import acts, enrolments, locks, results
from tpscentral.standing import DECIDED, Standing

DECIDING = ("correct", "take", "leave", "typed", "none")
"""Acts after which an officer's word stands, also where the TPS was reopened since."""


class Lateness:
    """Looks up once what officers have done about some TPS, which mostly is nothing."""

    def __init__(
        self,
        connection: Connection,
        elections: Mapping[bytes, Election],
        standings: Collection[Standing],
    ) -> None:
        """Everything is read in the transaction that holds these standings."""
        self._connection = connection
        self._elections = elections
        around = {one.tps[:digits] for one in standings for digits in (2, 4, 6)}
        locked = select(locks.c.region).where(locks.c.region.in_(around)).limit(1)
        self._any_lock = connection.scalar(locked) is not None
        mine = acts.c.tps.in_({one.tps for one in standings})
        columns = (acts.c.tps, acts.c.contest, acts.c.kind, acts.c.at)
        self._acts: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for row in connection.execute(select(*columns).where(mine).order_by(acts.c.n)):
            self._acts.setdefault((row.tps, row.contest), []).append((row.kind, row.at))

    def is_late(self, standing: Standing, epoch: int) -> bool:
        """Whether a result of the box of that epoch must wait for an officer."""
        if standing.state in DECIDED or standing.source == "typed":
            return True
        if self._any_lock and locked_above(self._connection, standing.tps, standing.contest):
            return True
        done = self._acts.get((standing.tps, standing.contest), [])
        anew = [n for n, (kind, _) in enumerate(done) if kind == "psu"]
        if Psu(standing.psu).voids and anew:
            # The box of before may send again what was set aside: one enrolled since may not.
            if self._enrolled_at(standing.tps, epoch) < done[anew[-1]][1]:
                return True
            done = done[anew[-1] :]
        return any(kind in DECIDING for kind, _ in done)

    def says_the_same(self, standing: Standing, result: ContestResult) -> bool:
        """Whether the box said so already: each of its results repeats all that it has stated."""
        before = select(results.c.record, results.c.package).where(results.c.id == standing.result)
        row = self._connection.execute(before).one_or_none()
        election = self._elections.get(bytes.fromhex(row.package)) if row else None
        if row is None or election is None:
            return False
        try:
            statement = decode_statement(split_result(row.record)[0], election)
        except InputError:
            return False
        return result in statement.contests

    def _enrolled_at(self, tps: str, epoch: int) -> int:
        mine = (enrolments.c.tps == tps) & (enrolments.c.epoch == epoch)
        return self._connection.scalar(select(enrolments.c.enrolled_at).where(mine)) or 0
