"""Coming in: password, then code; what fails is counted, and too much of it locks an account out.

To whoever tries, every refusal looks the same and takes the same work, so that nobody learns which
accounts there are. The journal says why.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select, update
from tpsbox.errors import InputError

from tpscentral.database import Database
from tpscentral.people import journal, sessions
from tpscentral.people.passwords import password_fits
from tpscentral.people.seal import Seal
from tpscentral.people.sessions import Session
from tpscentral.people.totp import matching_step
from tpscentral.schema import accounts

FAILURES = 5
"""Wrong passwords and codes in a row after which an account is locked out."""
LOCKED_OUT = 15 * 60
"""Seconds of a lock-out."""
FAILED = "masuk-gagal"
ENTERED = "masuk"


def enter(
    database: Database, username: str, password: str, now: int, *, training: bool
) -> str | None:
    """The token of a new session for the right password, None for everything else.

    The session still waits for the code, except in a training centre, which asks for none.
    """
    kept = _kept(database, username)
    # Outside of any transaction: nobody waits for the database while argon2 works.
    fits = password_fits(kept, password)
    with database.write() as connection:
        row = _row(connection, username, lock=True)
        if row is None:
            journal.write(connection, journal.SYSTEM, FAILED, "?", "tidak dikenal", now)
            return None
        if not _may_try(connection, row, now):
            return None
        if not fits or row.password != kept:
            _count_failure(connection, row, "sandi salah", now)
            return None
        sessions.sweep(connection, now)
        if training:
            return _start(connection, username, now)
        if row.totp is None:
            _note(connection, row, "belum ada kode pengaman", now)
            return None
        return sessions.start(connection, username, "password", now)


def confirm(database: Database, seal: Seal, session: Session, code: str, now: int) -> str | None:
    """The token of a full session for the right code, in place of one that waits for it.

    Raises:
        InputError: the account's secret was sealed with another key.
    """
    username = session.account.username
    with database.write() as connection:
        row = _row(connection, username, lock=True)
        if row is None or row.totp is None or not _may_try(connection, row, now):
            return None
        step = matching_step(open_secret(seal, row), code, now)
        if step is None or step <= row.totp_step:
            used = step is not None
            _count_failure(connection, row, "kode sudah dipakai" if used else "kode salah", now)
            return None
        mine = accounts.c.username == username
        connection.execute(update(accounts).where(mine).values(totp_step=step))
        # A new token: whoever knew the old one is not let in with this code.
        sessions.end(connection, session.key)
        return _start(connection, username, now)


def leave(database: Database, session: Session, now: int) -> None:
    """End a session."""
    with database.write() as connection:
        sessions.end(connection, session.key)
        name = session.account.username
        journal.write(connection, name, "keluar", name, "", now)


def knows_password(database: Database, username: str, password: str, now: int) -> bool:
    """Whether it is the password of somebody who is in; wrong ones count towards the lock-out."""
    kept = _kept(database, username)
    fits = password_fits(kept, password)
    with database.write() as connection:
        row = _row(connection, username, lock=True)
        if row is None or not _may_try(connection, row, now):
            return False
        if not fits or row.password != kept:
            _count_failure(connection, row, "sandi lama salah", now)
            return False
        return True


def open_secret(seal: Seal, row: Row[Any]) -> str:
    """The TOTP secret of an account's row.

    Raises:
        InputError: it was sealed with another key.
    """
    try:
        return seal.open(row.totp, row.username).decode()
    except InputError as error:
        raise InputError(
            f"{row.username}: its code was sealed with another key; give it a new one-time link"
        ) from error


def _start(connection: Connection, username: str, now: int) -> str:
    mine = accounts.c.username == username
    connection.execute(update(accounts).where(mine).values(failures=0, locked_until=0))
    token = sessions.start(connection, username, "full", now)
    journal.write(connection, username, ENTERED, username, "", now)
    return token


def _may_try(connection: Connection, row: Row[Any], now: int) -> bool:
    if row.disabled:
        _note(connection, row, "akun ditutup", now)
    elif row.locked_until > now:
        _note(connection, row, "akun terkunci", now)
    else:
        return True
    return False


def _count_failure(connection: Connection, row: Row[Any], why: str, now: int) -> None:
    failures, until = row.failures + 1, row.locked_until
    if failures >= FAILURES:
        failures, until, why = 0, now + LOCKED_OUT, f"{why}; akun terkunci {LOCKED_OUT // 60} menit"
        # The half-open sessions too: each would be a further try at the code.
        sessions.end_half_way(connection, row.username)
    mine = accounts.c.username == row.username
    connection.execute(update(accounts).where(mine).values(failures=failures, locked_until=until))
    _note(connection, row, why, now)


def _note(connection: Connection, row: Row[Any], why: str, now: int) -> None:
    journal.write(connection, row.username, FAILED, row.username, why, now)


def _kept(database: Database, username: str) -> str | None:
    with database.read() as connection:
        row = _row(connection, username)
    return None if row is None else row.password


def _row(connection: Connection, username: str, *, lock: bool = False) -> Row[Any] | None:
    query = select(accounts).where(accounts.c.username == username)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()
