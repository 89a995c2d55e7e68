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


Via = Literal["mqtt", "lorawan", "bundle"]
"""The links on which records arrive; a record is the same bytes on each."""


class RecordName(msgspec.Struct, frozen=True):
    """Which record of which box: TPS (13 digits), epoch and number."""

    tps: str
    epoch: int
    number: int


class RefusalError(AnswerError):
    """An item that is not taken: which kind of refusal, and why in one line."""

    def __init__(self, code: RefusalCode, reason: str, signed: RecordName | None = None) -> None:
        """`reason` may hold words that a box has sent.

        `signed` names a record that was refused although an enrolled box has signed it.
        """
        super().__init__(reason)
        self.code: RefusalCode = code
        self.signed = signed


class Outcome(msgspec.Struct, frozen=True):
    """The answer to an item: `receipt` None means that none is sent; `note` is for the log.

    `record` names the record that was kept, and is None for other items; `missing` is the bitmap
    of what is missing of a photo.
    """

    receipt: ReceiptKind | None
    id: bytes
    note: str
    record: RecordName | None = None
    missing: bytes | None = None


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
