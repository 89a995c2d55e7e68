"""The statement of a TPS as compact canonical bytes: exactly one spelling for each statement.

The layout is specified in docs/wire.md. Which values follow each other is not written into the
bytes: both sides take it from the election that the package id names.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.record import likely
from tpsbox.record.coder import Coder, Reader, Writer, choose
from tpsbox.record.guess import HIGHEST
from tpsbox.record.header import Header, code_header
from tpsbox.record.values import NOTHING, Cell, Kind, Model, code_plain

VERSION = 2
RESULT_CONTEXT = b"tps-box/result/1\0"
"""Stands before the statement in what is signed, so that the key's other signatures differ."""

STATEMENT_LIMIT = 4000
"""Bytes; a statement of 360 values that nothing predicts takes under 600."""

NUMBER_LIMIT = HIGHEST
PACKAGE_BYTES = 4
ROOT_BYTES = 16
TPS_DIGITS = 13

_HEAD_BYTES = 1 + PACKAGE_BYTES + ROOT_BYTES
_MODELLED, _PLAIN = 0, 1


class State(IntEnum):
    """How a number came to be."""

    ABSENT = 0
    """Nothing is stated: null, which is not zero."""
    ACCEPTED = 1
    """Read by the machine, inside the error bound."""
    CONFIRMED = 2
    """A person looked and said "sesuai"."""
    CORRECTED = 3
    """A person typed it, or said that the field is empty."""
    UNSURE = 4
    """The machine's best guess: carried and shown, never summed."""


SUMMED = frozenset({State.ACCEPTED, State.CONFIRMED, State.CORRECTED})
"""The states whose numbers may enter a total."""


class Clock(IntEnum):
    """Where the time of a statement comes from, the least trusted first."""

    NONE = 0
    SAVED = 1
    RTC = 2
    SYSTEM = 3
    NETWORK = 4


class Value(msgspec.Struct, frozen=True):
    """One field: its state and its number, 0 to 999.

    The number is None if the state is ABSENT, may be None if it is CONFIRMED or CORRECTED (a
    person says the field is empty) or UNSURE (there is no guess), and is given if it is ACCEPTED.
    """

    state: State
    number: int | None = None


class ContestResult(msgspec.Struct, frozen=True):
    """One contest: closed once all its sheets are in; values in the order of its form's fields."""

    key: str
    closed: bool
    values: tuple[Value, ...]


class Statement(msgspec.Struct, frozen=True):
    """Everything a TPS states so far.

    `package` 4 bytes, `tps` 13 digits, `epoch` 1..255 (which box of this TPS), `number` 1..65535
    (counts up within an epoch), `time` in unix seconds (0 = unknown), `contests` all contests in
    the election's order, `root` 16 bytes of the tree over the evidence.
    """

    package: bytes
    tps: str
    epoch: int
    number: int
    time: int
    clock: Clock
    contests: tuple[ContestResult, ...]
    root: bytes


_KINDS = {
    (State.ABSENT, False): Kind.ABSENT,
    (State.ACCEPTED, True): Kind.ACCEPTED,
    (State.CONFIRMED, True): Kind.CONFIRMED,
    (State.CORRECTED, True): Kind.CORRECTED,
    (State.UNSURE, True): Kind.UNSURE,
    (State.CONFIRMED, False): Kind.CONFIRMED_EMPTY,
    (State.CORRECTED, False): Kind.CORRECTED_EMPTY,
    (State.UNSURE, False): Kind.UNSURE_EMPTY,
}
"""By state and whether there is a number."""

_STATES = {kind: key for key, kind in _KINDS.items()}


def encode_statement(statement: Statement, election: Election) -> bytes:
    """The canonical bytes of a statement of this election.

    Raises:
        InputError: something in it is out of range or does not fit the election.
    """
    if statement.package != election.package:
        raise InputError(_wrong_package(statement.package, election))
    if len(statement.root) != ROOT_BYTES:
        raise InputError(f"root: {ROOT_BYTES} bytes are needed, not {len(statement.root)}")
    header = _header(statement)
    contests = _cells(statement.contests, election)
    modelled, plain = (_body(header, contests, election, f) for f in (_MODELLED, _PLAIN))
    body = plain if len(plain) < len(modelled) else modelled
    data = bytes([VERSION]) + statement.package + statement.root + body
    if len(data) > STATEMENT_LIMIT:
        raise InputError(f"statement: larger than {STATEMENT_LIMIT} bytes")
    return data


def decode_statement(data: bytes, election: Election) -> Statement:
    """The statement in canonical bytes of this election.

    Raises:
        InputError: any byte is not as `encode_statement` would have written it.
    """
    package = peek_package(data)
    if package != election.package:
        raise InputError(_wrong_package(package, election))
    if len(data) < _HEAD_BYTES:
        raise InputError(f"statement of {len(data)} bytes: too short")
    reader = Reader(data[_HEAD_BYTES:])
    form = choose(reader, likely.FORMS)
    header = code_header(reader, election, Header())
    blank = [(False, [NOTHING] * len(election.form_of(c.key).fields)) for c in election.contest]
    contests = _code_contests(reader, election, form, blank)
    reader.finish()
    statement = Statement(
        package=package,
        tps=f"{header.tps:0{TPS_DIGITS}d}",
        epoch=header.epoch,
        number=header.number,
        time=header.time,
        clock=Clock(header.clock),
        contests=_results(contests, election),
        root=data[1 + PACKAGE_BYTES : _HEAD_BYTES],
    )
    if encode_statement(statement, election) != data:
        raise InputError("statement: not the one spelling that it has")
    return statement


def peek_header(data: bytes, election: Election) -> Header:
    """Who states it and when, without looking at any value: for those who have millions to sort.

    The election is the one that `peek_package` names. Any bytes give a header: only one that is
    signed by the box it names means something, and what follows it may still be no statement.

    Raises:
        InputError: too short to be a statement.
    """
    if len(data) < _HEAD_BYTES:
        raise InputError(f"statement of {len(data)} bytes: too short")
    reader = Reader(data[_HEAD_BYTES:])
    choose(reader, likely.FORMS)
    return code_header(reader, election, Header())


def peek_package(data: bytes) -> bytes:
    """The package id of an encoded statement (or record), to find its election.

    Raises:
        InputError: not a statement of this version.
    """
    if len(data) <= PACKAGE_BYTES:
        raise InputError(f"statement of {len(data)} bytes: too short")
    if len(data) > STATEMENT_LIMIT:
        raise InputError(f"statement: larger than {STATEMENT_LIMIT} bytes")
    if data[0] != VERSION:
        raise InputError(f"statement of version {data[0]}: this program knows {VERSION}")
    return data[1 : 1 + PACKAGE_BYTES]


def check_tps(kode: str) -> str:
    """The code itself, if it can be a TPS: 13 digits, the last three not 000.

    Raises:
        InputError: it cannot.
    """
    digits = len(kode) == TPS_DIGITS and kode.isascii() and kode.isdigit()
    if not digits or kode.endswith("000"):
        raise InputError(f"TPS code {kode[:20]!r}: 13 digits are needed, as in 6302042001001")
    return kode


Contest = tuple[bool, list[Cell]]
"""Closed, and the cells of its form's fields."""


def _body(header: Header, contests: list[Contest], election: Election, form: int) -> bytes:
    out = Writer()
    choose(out, likely.FORMS, form)
    code_header(out, election, header)
    _code_contests(out, election, form, contests)
    return out.to_bytes()


def _code_contests(
    coder: Coder, election: Election, form: int, contests: list[Contest]
) -> list[Contest]:
    model = Model()
    found: list[Contest] = []
    for contest, (said, cells) in zip(election.contest, contests, strict=True):
        closed = bool(choose(coder, likely.CLOSED, int(said)))
        if form == _PLAIN:
            found.append((closed, code_plain(coder, cells)))
        else:
            found.append((closed, model.code(coder, election.form_of(contest.key), closed, cells)))
    return found


def _header(statement: Statement) -> Header:
    for value, least, most, what in (
        (statement.epoch, 1, 255, "epoch"),
        (statement.number, 1, 65535, "number"),
        (statement.time, 0, 2**32 - 1, "time"),
        (statement.clock, 0, max(Clock), "clock"),
    ):
        if not least <= value <= most:
            raise InputError(f"{what}: {value} is not {least} to {most}")
    return Header(
        tps=int(check_tps(statement.tps)),
        epoch=statement.epoch,
        number=statement.number,
        time=statement.time,
        clock=statement.clock,
    )


def _cells(results: tuple[ContestResult, ...], election: Election) -> list[Contest]:
    keys = [contest.key for contest in election.contest]
    if [result.key for result in results] != keys:
        raise InputError(f"statement must hold the contests {', '.join(keys)} in this order")
    contests: list[Contest] = []
    for result in results:
        fields = len(election.form_of(result.key).fields)
        if len(result.values) != fields:
            raise InputError(f"contest {result.key}: {len(result.values)} values, not {fields}")
        cells = [
            _cell(value, f"contest {result.key}, value {index}")
            for index, value in enumerate(result.values, 1)
        ]
        contests.append((result.closed, cells))
    return contests


def _cell(value: Value, what: str) -> Cell:
    kind = _KINDS.get((value.state, value.number is not None))
    if kind is None:
        raise InputError(f"{what}: state {int(value.state)} with number {value.number}")
    if value.number is not None and not 0 <= value.number <= NUMBER_LIMIT:
        raise InputError(f"{what}: {value.number} is not 0 to {NUMBER_LIMIT}")
    return kind, value.number or 0


def _results(contests: list[Contest], election: Election) -> tuple[ContestResult, ...]:
    return tuple(
        ContestResult(contest.key, closed, tuple(_value(cell) for cell in cells))
        for contest, (closed, cells) in zip(election.contest, contests, strict=True)
    )


def _value(cell: Cell) -> Value:
    state, given = _STATES[cell[0]]
    return Value(state, cell[1] if given else None)


def _wrong_package(package: bytes, election: Election) -> str:
    return (
        f"statement of election package {package.hex()}, "
        f"but {election.name} is {election.package.hex()}"
    )
