"""What became of one thing that a box sent."""

from __future__ import annotations

from typing import Literal

import msgspec
from sqlalchemy import delete, func, insert, select
from tpsbox.errors import AnswerError
from tpsbox.record.receipt import ReceiptKind

from tpscentral.database import Database
from tpscentral.schema import enrolments, refusals

REFUSALS_KEPT = 100
"""The newest of each TPS are kept, so that one box cannot fill the disk or hide another's."""


RefusalCode = Literal["malformed", "signature", "tps", "enrolment", "election", "content", "room"]
"""Kinds of refusal, each with Indonesian words on the pages."""


class RefusalError(AnswerError):
    """An item that is not taken: which kind of refusal, and why in one line."""

    def __init__(self, code: RefusalCode, reason: str) -> None:
        """`reason` may hold words that a box has sent."""
        super().__init__(reason)
        self.code: RefusalCode = code


class Outcome(msgspec.Struct, frozen=True):
    """The answer to an item: `receipt` None means that none is sent; `note` is for the log."""

    receipt: ReceiptKind | None
    id: bytes
    note: str


def refuse(
    database: Database, tps: str, kind: str, id: bytes, refusal: RefusalError, now: int
) -> Outcome:
    """Record a refusal; a receipt of it goes to an enrolled TPS only.

    Raises:
        EnvironmentFault: the database cannot take it.
    """
    # Part of a reason may be a box's own text: it must stay one line wherever it is shown.
    line = "".join(letter if letter.isprintable() else "?" for letter in str(refusal))[:300]
    table = refusals.c
    with database.write() as connection:
        connection.execute(
            insert(refusals).values(
                tps=tps, kind=kind, id=id.hex(), code=refusal.code, reason=line, refused_at=now
            )
        )
        kept = (
            select(table.n).where(table.tps == tps).order_by(table.n.desc()).limit(REFUSALS_KEPT)
        ).subquery()
        oldest = connection.scalar(select(func.min(kept.c.n)))
        connection.execute(delete(refusals).where(table.tps == tps, table.n < oldest))
        boxes = select(func.count()).where(enrolments.c.tps == tps)
        enrolled = bool(connection.scalar(boxes))
    return Outcome(ReceiptKind.REFUSED if enrolled else None, id, f"refused: {line}")
