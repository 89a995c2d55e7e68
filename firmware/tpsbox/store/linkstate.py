"""How each link is: written by the process that carries, shown by status page and lights."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from tpsbox.store.db import Database


class LinkCondition(StrEnum):
    """What a link is doing."""

    OFF = "off"
    """The carrying process is not running."""
    UNENROLLED = "unenrolled"
    READY = "ready"
    """It could be opened, and need not be."""
    CONNECTING = "connecting"
    ONLINE = "online"
    CENTRE_AWAY = "centre_away"
    """It is open, and the centre takes nothing in."""
    WAITING = "waiting"
    """It failed and tries again by itself."""
    STOPPED = "stopped"
    """It failed and a person has to act."""


LINK_WORDS = {
    LinkCondition.OFF: "tidak berjalan",
    LinkCondition.UNENROLLED: "belum terdaftar",
    LinkCondition.READY: "siap, belum diperlukan",
    LinkCondition.CONNECTING: "sedang menyambung",
    LinkCondition.ONLINE: "tersambung",
    LinkCondition.CENTRE_AWAY: "tersambung, pusat belum menerima",
    LinkCondition.WAITING: "terputus, dicoba lagi",
    LinkCondition.STOPPED: "berhenti, hubungi petugas",
}
"""What people are told."""


class LinkState(msgspec.Struct, frozen=True):
    """A link's condition since when (unix seconds), and its last error, empty if none."""

    name: str
    state: LinkCondition
    since: float
    error: str


class LinkStates:
    """One row a link."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def set(self, name: str, state: LinkCondition, error: str = "") -> None:
        """Note the condition; nothing is written when it is the same as before.

        Raises:
            EnvironmentFault: the disk does not take it.
        """
        old = self.get(name)
        if old is not None and (old.state, old.error) == (state, error):
            return
        with self._db.transaction() as connection:
            connection.execute(
                "INSERT INTO links (name, state, since, error) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET"
                " state = excluded.state, since = excluded.since, error = excluded.error",
                (name, state.value, self._clock(), error),
            )

    def get(self, name: str) -> LinkState | None:
        """The condition of that link, None if it never ran."""
        rows = self._db.query("SELECT * FROM links WHERE name = ?", (name,))
        return msgspec.convert(dict(rows[0]), LinkState) if rows else None

    def list(self) -> tuple[LinkState, ...]:
        """Every link that ever ran, by name."""
        rows = self._db.query("SELECT * FROM links ORDER BY name")
        return tuple(msgspec.convert(dict(row), LinkState) for row in rows)
