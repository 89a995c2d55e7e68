"""Sessions: a cookie with a random token, of which the database keeps only the hash."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from tpscentral.people.roles import Account, Role
from tpscentral.schema import accounts, sessions

IDLE = 30 * 60
"""Seconds without a request after which a session ends."""
ABSOLUTE = 12 * 3600
"""Seconds after which it ends in any case."""
HALF_WAY = 5 * 60
"""Seconds within which the code must follow the password."""
_NOTED_EVERY = 60  # seconds between two notes of when it was last seen: not every request writes

Stage = Literal["password", "full"]


class Session(msgspec.Struct, frozen=True):
    """A session and whose it is. `key` is its row: the SHA-256 of the cookie's token."""

    key: str
    account: Account
    stage: Stage
    csrf: str
    created_at: int
    seen_at: int

    def ended(self, now: int) -> bool:
        """Whether it has run out; a clock that was set back ends nothing."""
        longest = ABSOLUTE if self.stage == "full" else HALF_WAY
        return now - self.seen_at >= IDLE or now - self.created_at >= longest

    def due(self, now: int) -> bool:
        """Whether it is time to note that it is in use."""
        return now - self.seen_at >= _NOTED_EVERY


def start(connection: Connection, username: str, stage: Stage, now: int) -> str:
    """A new session; the result is the token for the cookie, 43 letters."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(sessions).values(
            token=key_of(token), username=username, stage=stage, csrf=secrets.token_urlsafe(32),
            created_at=now, seen_at=now,
        )
    )  # fmt: skip
    return token


def find(connection: Connection, token: str, now: int) -> Session | None:
    """The session of a cookie; None if there is none, it has run out, or the account may not."""
    key = key_of(token)
    joined = sessions.join(accounts, sessions.c.username == accounts.c.username)
    query = select(
        sessions, accounts.c.name, accounts.c.role, accounts.c.region, accounts.c.disabled
    )
    row = connection.execute(query.select_from(joined).where(sessions.c.token == key)).one_or_none()
    if row is None or row.disabled:
        return None
    session = _session(row)
    return None if session.ended(now) else session


def note(connection: Connection, session: Session, now: int) -> None:
    """Note that the session was used."""
    mine = sessions.c.token == session.key
    connection.execute(update(sessions).where(mine, sessions.c.seen_at < now).values(seen_at=now))


def end(connection: Connection, key: str) -> None:
    """End one session."""
    connection.execute(delete(sessions).where(sessions.c.token == key))


def end_all(connection: Connection, username: str, but: str = "") -> int:
    """End all sessions of an account, except the one with the key `but`; how many there were."""
    mine = (sessions.c.username == username) & (sessions.c.token != but)
    return connection.execute(delete(sessions).where(mine)).rowcount


def end_half_way(connection: Connection, username: str) -> None:
    """End those of an account's sessions that still wait for the code."""
    mine = (sessions.c.username == username) & (sessions.c.stage == "password")
    connection.execute(delete(sessions).where(mine))


def sweep(connection: Connection, now: int) -> None:
    """Forget sessions that have run out."""
    old = (sessions.c.seen_at <= now - IDLE) | (sessions.c.created_at <= now - ABSOLUTE)
    half = (sessions.c.stage == "password") & (sessions.c.created_at <= now - HALF_WAY)
    # What another sweeps at this moment is left to it: nobody waits for anybody.
    mine = select(sessions.c.token).where(old | half).with_for_update(skip_locked=True)
    connection.execute(delete(sessions).where(sessions.c.token.in_(mine)))


def key_of(token: str) -> str:
    """The row of a cookie's token. A token is 32 random bytes: a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _session(row: Row[Any]) -> Session:
    account = Account(row.username, row.name, Role(row.role), row.region)
    return Session(row.token, account, row.stage, row.csrf, row.created_at, row.seen_at)
