"""What a box has stated about a contest, read from the record that it signed."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select
from tpsbox.errors import InputError
from tpsbox.record.signing import split_result
from tpsbox.record.statement import Statement, decode_statement

from tpscentral.folder import Folder
from tpscentral.plenary.said import RefusedError
from tpscentral.schema import results
from tpscentral.standing import Cara, Numbers
from tpscentral.stated import cara_of, stated_numbers


class BoxResult(NamedTuple):
    """A contest in a record: whether all its sheets were in, and its numbers."""

    closed: bool
    numbers: Numbers
    statement: Statement
    cara: Cara
    received_at: int


def box_result(connection: Connection, folder: Folder, id: str, contest: str) -> BoxResult:
    """What the record of that id (hex) states about a contest.

    Raises:
        RefusedError: there is no such record, or it cannot be read.
    """
    row = connection.execute(select(results).where(results.c.id == id)).one_or_none()
    election = folder.elections.get(bytes.fromhex(row.package)) if row else None
    if row is None or election is None:
        raise RefusedError("Hasil kotak ini tidak ada di pusat.")
    try:
        statement = decode_statement(split_result(row.record)[0], election)
        form = election.form_of(contest)
    except (InputError, KeyError) as error:
        raise RefusedError("Hasil kotak ini tidak bisa dibaca.") from error
    mine = next(result for result in statement.contests if result.key == contest)
    cara = cara_of(row.via, row.received_at, statement)
    return BoxResult(mine.closed, stated_numbers(mine, form), statement, cara, row.received_at)
