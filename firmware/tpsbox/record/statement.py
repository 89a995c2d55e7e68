"""The statement of a TPS as compact canonical bytes: exactly one spelling for each statement.

The layout is specified in docs/wire.md. Which values follow each other is not written into the
bytes: both sides take it from the election that the package id names.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from tpsbox.errors import InputError
from tpsbox.forms.election import Contest, Election
from tpsbox.record.bits import BitReader, BitWriter

VERSION = 1
RESULT_CONTEXT = b"tps-box/result/1\0"
"""Stands before the statement in what is signed, so that the key's other signatures differ."""

STATEMENT_LIMIT = 4000
"""Bytes; a statement of 360 values takes under 700."""

NUMBER_LIMIT = 999
"""The boxes of a form hold three digits."""

PACKAGE_BYTES = 4
ROOT_BYTES = 16
TPS_DIGITS = 13


class State(IntEnum):
    """How a number came to be."""

    ABSENT = 0
    """Nothing is stated: null, which is not zero."""
    ACCEPTED = 1
    """Read by the machine, inside the error bound."""
    CONFIRMED = 2
    """A person looked and said "sesuai"."""
    CORRECTED = 3
    """A person typed it."""
    UNSURE = 4
    """The machine's best guess: carried and shown, never summed."""


SUMMED = frozenset({State.ACCEPTED, State.CONFIRMED, State.CORRECTED})
"""The states whose numbers may enter a total."""

_OPTIONAL = frozenset({State.CONFIRMED, State.UNSURE})
"""States that a bit follows which says whether there is a number."""


class Clock(IntEnum):
    """Where the time of a statement comes from, the least trusted first."""

    NONE = 0
    SAVED = 1
    RTC = 2
    SYSTEM = 3
    NETWORK = 4


class Value(msgspec.Struct, frozen=True):
    """One field: its state and its number, 0 to 999.

    The number is None if the state is ABSENT, may be None if it is CONFIRMED (a person says the
    field is empty) or UNSURE (there is no guess), and is given otherwise.
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


def encode_statement(statement: Statement, election: Election) -> bytes:
    """The canonical bytes of a statement of this election.

    Raises:
        InputError: something in it is out of range or does not fit the election.
    """
    if statement.package != election.package:
        raise InputError(_wrong_package(statement.package, election))
    out = BitWriter()
    out.put(VERSION, 8, "version")
    out.put(int.from_bytes(statement.package, "big"), 8 * PACKAGE_BYTES, "package")
    out.put(int(check_tps(statement.tps)), 44, "TPS")
    out.put(_at_least_one(statement.epoch, "epoch"), 8, "epoch")
    out.put(_at_least_one(statement.number, "number"), 16, "number")
    out.put(statement.time, 32, "time")
    out.put(_clock(statement.clock), 3, "clock")
    if len(statement.root) != ROOT_BYTES:
        raise InputError(f"root: {ROOT_BYTES} bytes are needed, not {len(statement.root)}")
    out.put(int.from_bytes(statement.root, "big"), 8 * ROOT_BYTES, "root")
    keys = [contest.key for contest in election.contest]
    if [result.key for result in statement.contests] != keys:
        raise InputError(f"statement must hold the contests {', '.join(keys)} in this order")
    for contest, result in zip(election.contest, statement.contests, strict=True):
        _put_contest(out, result, len(election.form_of(contest.key).fields))
    data = out.to_bytes()
    if len(data) > STATEMENT_LIMIT:
        raise InputError(f"statement: larger than {STATEMENT_LIMIT} bytes")
    return data


def decode_statement(data: bytes, election: Election) -> Statement:
    """The statement in canonical bytes of this election.

    Raises:
        InputError: any byte or bit is not as `encode_statement` would have written it.
    """
    package = peek_package(data)
    if package != election.package:
        raise InputError(_wrong_package(package, election))
    bits = BitReader(data[1 + PACKAGE_BYTES :])
    tps = check_tps(f"{bits.take(44, 'TPS'):0{TPS_DIGITS}d}")
    epoch = _at_least_one(bits.take(8, "epoch"), "epoch")
    number = _at_least_one(bits.take(16, "number"), "number")
    time = bits.take(32, "time")
    clock = _clock(bits.take(3, "clock"))
    root = bits.take(8 * ROOT_BYTES, "root").to_bytes(ROOT_BYTES, "big")
    contests = tuple(_take_contest(bits, contest, election) for contest in election.contest)
    bits.finish()
    return Statement(package, tps, epoch, number, time, clock, contests, root)


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


def _put_contest(out: BitWriter, result: ContestResult, fields: int) -> None:
    if len(result.values) != fields:
        raise InputError(f"contest {result.key}: {len(result.values)} values, not {fields}")
    out.put(int(result.closed), 1, "closed")
    for index, value in enumerate(result.values, 1):
        what = f"contest {result.key}, value {index}"
        state = _state(value.state, what)
        out.put(state, 3, what)
        if state in _OPTIONAL:
            out.put(int(value.number is not None), 1, what)
        elif (value.number is None) != (state is State.ABSENT):
            raise InputError(f"{what}: {state.name} with number {value.number}")
        if value.number is not None:
            out.put(_number(value.number, what), 10, what)


def _take_contest(bits: BitReader, contest: Contest, election: Election) -> ContestResult:
    closed = bool(bits.take(1, f"contest {contest.key}"))
    fields = election.form_of(contest.key).fields
    values = tuple(_take_value(bits, f"contest {contest.key}, {field.name}") for field in fields)
    return ContestResult(contest.key, closed, values)


def _take_value(bits: BitReader, what: str) -> Value:
    state = _state(bits.take(3, what), what)
    if state is State.ABSENT or (state in _OPTIONAL and not bits.take(1, what)):
        return Value(state)
    return Value(state, _number(bits.take(10, what), what))


def _state(state: int, what: str) -> State:
    try:
        return State(state)
    except ValueError as error:
        raise InputError(f"{what}: {state} is no state") from error


def _clock(clock: int) -> Clock:
    try:
        return Clock(clock)
    except ValueError as error:
        raise InputError(f"clock: {clock} is no clock quality") from error


def _number(number: int, what: str) -> int:
    if not 0 <= number <= NUMBER_LIMIT:
        raise InputError(f"{what}: {number} is not 0 to {NUMBER_LIMIT}")
    return number


def _at_least_one(value: int, what: str) -> int:
    if value < 1:
        raise InputError(f"{what}: {value}, but it counts from 1")
    return value


def _wrong_package(package: bytes, election: Election) -> str:
    return (
        f"statement of election package {package.hex()}, "
        f"but {election.name} is {election.package.hex()}"
    )
