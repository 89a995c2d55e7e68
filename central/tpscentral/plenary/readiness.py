"""Whether a region's contest can be locked, and what still has to be done."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection, select

from tpscentral.levels import Level
from tpscentral.locking import locks_that_hold, newest_lock
from tpscentral.plenary.acts import UNCHANGING
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.recap import Recap
from tpscentral.plenary.recapping import make_recap
from tpscentral.plenary.said import RefusedError
from tpscentral.rollup import rollup
from tpscentral.schema import acts, standings
from tpscentral.standing import DECIDED

SHOWN = 200
"""TPS named at most: who has so many undecided goes back to the worklist."""


class Readiness(msgspec.Struct, frozen=True):
    """What still stands between a region and its lock; all empty means nothing.

    `undecided` and `flagged` are TPS, `not_handed_up` regions below that are not locked and taken
    over, `unexplained` regions below whose totals changed without any act of a plenary above.
    """

    undecided: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()
    not_handed_up: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Nothing is in the way."""
        return not (self.undecided or self.flagged or self.not_handed_up or self.unexplained)


def readiness(desk: Desk, region: str, contest: str) -> Readiness:
    """What is still to be done before a region's contest can be locked.

    Raises:
        ForbiddenError: the account may not look there.
        RefusedError, InputError: as `make_recap`.
    """
    return readiness_of(desk.connection, make_recap(desk, region, contest))


def readiness_of(connection: Connection, recap: Recap) -> Readiness:
    """The same for a recap that was just made."""
    columns, contest = standings.c, recap.contest
    # Sums are quick; the TPS themselves are looked for only where there are any.
    sums = rollup(connection, recap.region, contest)
    decided = sum(sums.states.get(state, 0) for state in DECIDED)
    below = [] if recap.level == Level.KECAMATAN else [column.kode for column in recap.columns]
    locked = locks_that_hold(connection, below, contest) if below else {}
    taken = {kode for kode, lock in locked.items() if lock.taken_at is not None}
    changed = [column.kode for column in recap.corrected_above]
    return Readiness(
        _named(connection, recap, columns.state.not_in(DECIDED)) if decided < sums.total else (),
        _named(connection, recap, columns.flagged > 0) if sums.flagged else (),
        tuple(kode for kode in below if kode not in taken),
        tuple(kode for kode in changed if not _explained(connection, kode, contest)),
    )


def _named(connection: Connection, recap: Recap, which: ColumnElement[bool]) -> tuple[str, ...]:
    columns = standings.c
    here = columns.kecamatan.between(recap.region, recap.region.ljust(6, "9"))
    query = select(columns.tps).where(columns.contest == recap.contest, here, which)
    return tuple(connection.scalars(query.order_by(columns.kecamatan, columns.tps).limit(SHOWN)))


def require_ready(found: Readiness) -> None:
    """Do nothing if nothing is in the way.

    Raises:
        RefusedError: something is; the message names the first of it.
    """
    told = (
        (found.undecided, "TPS belum diperiksa"),
        (found.flagged, "TPS dengan hasil terlambat belum diputuskan"),
        (found.not_handed_up, "wilayah di bawahnya belum dikunci dan diambil alih"),
        (found.unexplained, "wilayah di bawahnya berubah tanpa pembetulan yang tercatat"),
    )
    for kodes, words in told:
        if kodes:
            least = "paling sedikit " if len(kodes) == SHOWN else ""
            raise RefusedError(f"Belum bisa dikunci: {least}{len(kodes)} {words} ({kodes[0]}).")


def _explained(connection: Connection, kode: str, contest: str) -> bool:
    """Whether a plenary above has changed any TPS of a region since that was locked."""
    lock = newest_lock(connection, kode, contest)
    above = [level.value for level in Level if level.digits < len(kode)]
    columns = acts.c
    mine = (columns.contest == contest) & columns.tps.startswith(kode)
    later = mine & columns.level.in_(above) & (columns.at >= (lock.at if lock else 0))
    changing = select(columns.n).where(later, columns.kind.not_in(UNCHANGING))
    return connection.scalar(changing.limit(1)) is not None
