"""Many accounts at once, from a table that the KPU's own office keeps (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sqlalchemy import Connection
from tpsbox.errors import InputError, TpsError

from tpscentral.people import journal
from tpscentral.people.accounts import (
    INVITED_DAYS,
    Invitation,
    NewAccount,
    check_new,
    create,
    invite,
)
from tpscentral.people.roles import Role

COLUMNS = ("username", "nama", "peran", "wilayah")
CSV_LIMIT = 4 * 1024 * 1024
"""Bytes: all PPK of Indonesia, 7,277 kecamatan, take a tenth of it."""
ROLE_WORDS = {
    "ppk": Role.PPK,
    "kabupaten": Role.KABUPATEN,
    "provinsi": Role.PROVINSI,
    "pengamat": Role.OBSERVER,
    "admin": Role.ADMIN,
}
"""Roles as people write them."""


def parse_accounts(data: bytes) -> list[NewAccount]:
    """The accounts of a table with the columns username, nama, peran, wilayah.

    Comma or semicolon between columns, UTF-8 with or without a byte order mark, as spreadsheets
    write it.

    Raises:
        InputError: a line cannot be used; which one and why.
    """
    if len(data) > CSV_LIMIT:
        raise InputError(f"berkas akun lebih besar dari {CSV_LIMIT // 1024 // 1024} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("berkas akun bukan UTF-8; simpan sebagai CSV UTF-8") from error
    first = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",", strict=True)
    found: dict[str, NewAccount] = {}
    try:
        header = tuple(cell.strip().casefold() for cell in next(rows, []))
        if header != COLUMNS:
            raise InputError(f"baris pertama harus: {','.join(COLUMNS)}")
        for row in rows:
            if any(cell.strip() for cell in row):
                new = _at_line(rows.line_num, row)
                if new.username in found:
                    raise InputError(f"baris {rows.line_num}: {new.username} ada dua kali")
                found[new.username] = new
    except csv.Error as error:
        raise InputError(f"baris {rows.line_num}: tanda kutip atau pemisah tidak benar") from error
    if not found:
        raise InputError("tidak ada akun di bawah baris pertama")
    return list(found.values())


def import_accounts(
    connection: Connection, new: Sequence[NewAccount], now: int, by: str = journal.SYSTEM,
    days: int = INVITED_DAYS,
) -> list[Invitation]:  # fmt: skip
    """Make all of them and a one-time link for each, or none.

    Raises:
        AnswerError: one of the usernames is taken.
    """
    for account in new:
        create(connection, account, now, by)
    return [invite(connection, account.username, now, by, days) for account in new]


def links_csv(invitations: Sequence[Invitation], base: str) -> str:
    """The table of links to hand out: username and address, below `base`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("username", "tautan"))
    writer.writerows((i.username, base.rstrip("/") + i.path) for i in invitations)
    return out.getvalue()


def role_of(word: str) -> Role:
    """The role that people call so.

    Raises:
        InputError: none is.
    """
    role = ROLE_WORDS.get(word.strip().casefold())
    if role is None:
        raise InputError(f"{word[:20]!r}: peran harus salah satu dari {', '.join(ROLE_WORDS)}")
    return role


def _at_line(line: int, row: Sequence[str]) -> NewAccount:
    try:
        if len(row) != len(COLUMNS):
            raise InputError(f"ada {len(row)} kolom, seharusnya {len(COLUMNS)}")
        username, name, role, region = (cell.strip() for cell in row)
        return check_new(NewAccount(username, name, role_of(role), region))
    except TpsError as error:
        raise InputError(f"baris {line}: {error}") from error
