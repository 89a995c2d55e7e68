"""Accounts: made, invited by a one-time link, disabled; never deleted: the journal names them.

The functions work on a connection that may write, and write each change to the journal; `by` is who
does it. They do not ask whether that account may: the pages and commands do. Refusals are in
Indonesian, since administrators read them on their page.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Update, insert, select, update
from tpsbox.errors import AnswerError, InputError

from tpscentral.people import journal, sessions
from tpscentral.people.roles import Account, Role, check_role_region
from tpscentral.people.wording import clean
from tpscentral.schema import accounts

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
NAME_LETTERS = 120
INVITED_DAYS = 7
_DAY = 24 * 3600


class NewAccount(msgspec.Struct, frozen=True):
    """An account to be made."""

    username: str
    name: str
    role: Role
    region: str


class Listed(msgspec.Struct, frozen=True):
    """An account as its administrator sees it. Times in seconds since 1970, 0 for never."""

    account: Account
    ready: bool
    invited_until: int
    locked_until: int
    disabled: bool


class Invitation(msgspec.Struct, frozen=True):
    """A one-time link's token, which is shown once and kept nowhere, and until when it holds."""

    username: str
    token: str
    until: int

    @property
    def path(self) -> str:
        """The address below the centre's own."""
        return f"/undangan/{self.token}"


def check_new(new: NewAccount) -> NewAccount:
    """The account as it will be kept.

    Raises:
        InputError: its username, name or region cannot be.
    """
    if not USERNAME.fullmatch(new.username):
        raise InputError(
            f"{new.username[:20]!r}: nama pengguna: 3 sampai 64 huruf kecil, angka, . _ -"
        )
    check_role_region(new.role, new.region)
    name = clean(new.name, NAME_LETTERS)
    if not name:
        raise InputError(f"{new.username}: namanya kosong")
    return msgspec.structs.replace(new, name=name)


def create(connection: Connection, new: NewAccount, now: int, by: str = journal.SYSTEM) -> None:
    """Make an account, which nobody can use before it is invited or given a password.

    Raises:
        InputError: its words cannot be.
        AnswerError: there is one of that username.
    """
    new = check_new(new)
    if load(connection, new.username) is not None:
        raise AnswerError(f"{new.username}: akun dengan nama ini sudah ada")
    connection.execute(
        insert(accounts).values(
            username=new.username, name=new.name, role=new.role.value, region=new.region,
            created_at=now,
        )
    )  # fmt: skip
    words = f"{new.role} {new.region}: {new.name}".replace(" :", ":")
    journal.write(connection, by, "akun-baru", new.username, words, now)


def invite(
    connection: Connection, username: str, now: int, by: str = journal.SYSTEM,
    days: int = INVITED_DAYS,
) -> Invitation:  # fmt: skip
    """A new one-time link. Whatever the account had to come in with no longer works.

    Raises:
        AnswerError: there is no such account.
    """
    token = secrets.token_urlsafe(32)
    until = now + days * _DAY
    _change(
        connection, username,
        password=None, totp=None, failures=0, locked_until=0,
        invitation=invitation_key(token), invited_until=until,
    )  # fmt: skip
    sessions.end_all(connection, username)
    journal.write(connection, by, "undangan", username, f"berlaku {days} hari", now)
    return Invitation(username, token, until)


def invited(connection: Connection, token: str, now: int) -> Account | None:
    """Whose one-time link it is; None if it is nobody's, was used, or is too old."""
    mine = accounts.c.invitation == invitation_key(token)
    row = connection.execute(select(accounts).where(mine, accounts.c.disabled == 0)).one_or_none()
    if row is None or row.invited_until is None or row.invited_until <= now:
        return None
    return _account(row)


def set_up(
    connection: Connection, token: str, password: str, totp: tuple[bytes, int] | None, now: int
) -> Account | None:
    """Use a one-time link up; None if somebody else was quicker or it no longer holds.

    `password` is the hash; `totp` is the sealed secret and the step of the code that proved it.
    """
    account = invited(connection, token, now)
    mine = accounts.c.invitation == invitation_key(token)
    sealed, step = totp or (None, 0)
    done = connection.execute(
        update(accounts)
        .where(mine)
        .values(
            password=password, totp=sealed, totp_step=step, invitation=None, invited_until=None,
            failures=0, locked_until=0,
        )
    )  # fmt: skip
    if account is None or done.rowcount != 1:
        return None
    journal.write(connection, account.username, "akun-siap", account.username, "", now)
    return account


def set_password(connection: Connection, username: str, password: str) -> None:
    """Give an account a password's hash; what else it comes in with stays as it is.

    Raises:
        AnswerError: there is no such account.
    """
    _change(connection, username, password=password, failures=0, locked_until=0)


def disable(connection: Connection, username: str, now: int, by: str = journal.SYSTEM) -> None:
    """Let nobody in with this account any more, and end its sessions.

    Raises:
        AnswerError: there is no such account.
    """
    _change(connection, username, disabled=1, invitation=None, invited_until=None)
    sessions.end_all(connection, username)
    journal.write(connection, by, "akun-tutup", username, "", now)


def enable(connection: Connection, username: str, now: int, by: str = journal.SYSTEM) -> None:
    """Let an account that was disabled in again, with what it had.

    Raises:
        AnswerError: there is no such account.
    """
    _change(connection, username, disabled=0, failures=0, locked_until=0)
    journal.write(connection, by, "akun-buka", username, "", now)


def load(connection: Connection, username: str) -> Listed | None:
    """One account, None if there is none of that name."""
    query = select(accounts).where(accounts.c.username == username)
    row = connection.execute(query).one_or_none()
    return None if row is None else _listed(row)


def listing(
    connection: Connection, *, after: str = "", region: str = "", limit: int = 200
) -> list[Listed]:
    """Accounts by username, those behind `after`; with a region only those bound to it or in it."""
    query = select(accounts).where(accounts.c.username > after).order_by(accounts.c.username)
    if region:
        query = query.where(accounts.c.region.like(region + "%"))
    return [_listed(row) for row in connection.execute(query.limit(limit))]


def invitation_key(token: str) -> str:
    """The SHA-256 of a one-time link's token, as the database keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def _change(connection: Connection, username: str, **values: Any) -> None:
    statement: Update = update(accounts).where(accounts.c.username == username).values(**values)
    if connection.execute(statement).rowcount != 1:
        raise AnswerError(f"{username[:64]}: tidak ada akun dengan nama ini")


def _account(row: Row[Any]) -> Account:
    return Account(row.username, row.name, Role(row.role), row.region)


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        _account(row),
        row.password is not None,
        row.invited_until or 0,
        row.locked_until,
        bool(row.disabled),
    )
