"""The boxes of a region: how many are heard of, and which have gone silent."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, func, select

from tpscentral.schema import enrolments, results, statuses

SHOWN = 50


class BoxCounts(msgspec.Struct, frozen=True):
    """Boxes of a region; `silent` were never connected by themselves."""

    enrolled: int
    online: int
    lost: int

    @property
    def silent(self) -> int:
        """Enrolled, and never heard of on MQTT: by radio, by stick, or not at all."""
        return max(0, self.enrolled - self.online - self.lost)


class MissingBox(msgspec.Struct, frozen=True):
    """A box that was connected and is not: since when, and its last result, unix seconds."""

    tps: str
    lost_at: int
    last_result: int | None


def box_counts(connection: Connection, region: str) -> BoxCounts:
    """How many boxes a region has, "" for all."""
    first, last = region.ljust(13, "0"), region.ljust(13, "9")
    enrolled = select(func.count(enrolments.c.tps.distinct())).where(
        enrolments.c.tps.between(first, last)
    )
    words = select(statuses.c.word, func.count()).where(statuses.c.tps.between(first, last))
    found = {row[0]: row[1] for row in connection.execute(words.group_by(statuses.c.word))}
    return BoxCounts(connection.scalar(enrolled) or 0, found.get("online", 0), found.get("lost", 0))


def missing_boxes(connection: Connection, region: str) -> tuple[MissingBox, ...]:
    """Boxes that have gone silent, the longest first; at most `SHOWN`."""
    first, last = region.ljust(13, "0"), region.ljust(13, "9")
    newest = (
        select(func.max(results.c.received_at))
        .where(results.c.tps == statuses.c.tps)
        .scalar_subquery()
    )
    query = (
        select(statuses.c.tps, statuses.c.changed_at, newest)
        .where(statuses.c.tps.between(first, last), statuses.c.word == "lost")
        .order_by(statuses.c.changed_at)
        .limit(SHOWN)
    )
    return tuple(MissingBox(*row) for row in connection.execute(query))
