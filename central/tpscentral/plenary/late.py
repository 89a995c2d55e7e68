"""Results that came after a correction or a lock: an officer takes them or leaves them."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, update

from tpscentral.plenary.acts import Act, Doing, do
from tpscentral.plenary.desk import Desk, Work, open_work
from tpscentral.plenary.readings import box_result
from tpscentral.plenary.said import RefusedError
from tpscentral.schema import late_results
from tpscentral.standing import Standing, broken_rules, untouched_state

WAITING, TAKEN, LEFT = "waiting", "taken", "left"


def decide_late(
    desk: Desk,
    result: str,
    contest: str,
    *,
    take: bool,
    version: int,
    reason: str,
    reference: str | None = None,
) -> Act:
    """Take a late result (its id in hex) in place of what counts, or leave it aside.

    A result that was taken must be checked anew. What counted before stays in the act.

    Raises:
        RefusedError: no such result waits, it cannot be read, or a lock is in the way.
        InputError: no reason, or a result is taken above the kecamatan without a reference.
        ForbiddenError, OvertakenError: as `open_work`.
    """
    late = _waiting(desk.connection, result, contest)
    work = open_work(desk, late.tps, contest, version)
    after = _taken(work, result) if take else work.standing
    after = msgspec.structs.replace(after, flagged=_others(desk.connection, late))
    doing = Doing("take" if take else "leave", reason, reference, late=result)
    act = do(work, after, doing)
    mine = (late_results.c.result == result) & (late_results.c.contest == contest)
    decided = {"decision": TAKEN if take else LEFT, "act": act.n}
    desk.connection.execute(update(late_results).where(mine).values(**decided))
    return act


def _waiting(connection: Connection, result: str, contest: str) -> Row[Any]:
    mine = (late_results.c.result == result) & (late_results.c.contest == contest)
    late = connection.execute(select(late_results).where(mine)).one_or_none()
    if late is None or late.decision != WAITING:
        raise RefusedError("Tidak ada hasil terlambat ini yang menunggu keputusan.")
    return late


def _others(connection: Connection, late: Row[Any]) -> int:
    """How many other late results of the same TPS and contest still wait."""
    table = late_results.c
    mine = (table.tps == late.tps) & (table.contest == late.contest)
    others = mine & (table.decision == WAITING) & (table.result != late.result)
    return connection.scalar(select(func.count()).select_from(late_results).where(others)) or 0


def _taken(work: Work, result: str) -> Standing:
    desk, standing, form = work.desk, work.standing, work.form
    box = box_result(desk.connection, desk.folder, result, standing.contest)
    return msgspec.structs.replace(
        standing,
        state=untouched_state(form, box.numbers, closed=box.closed),
        source="box",
        result=result,
        closed=box.closed,
        numbers=box.numbers,
        broken=broken_rules(form, box.numbers),
        cara=box.cara,
        arrived_at=box.received_at,
    )
