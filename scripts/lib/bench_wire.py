"""How long a signed result is: realistic ones, hard ones and ones without any sense.

Every result is written, its length taken, and read back by the product; every hundredth also by the
second reader of docs/wire.md, which must find the same.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from random import Random

import msgspec
from tpsbox.forms.election import Election
from tpsbox.record.signing import SIGNATURE_BYTES
from tpsbox.record.statement import (
    Clock,
    ContestResult,
    State,
    Statement,
    Value,
    decode_statement,
    encode_statement,
)
from tpsbox.simulator.results import any_election, election, realistic
from tpsbox.verify.statement import read_statement

FRAME = 115
"""Bytes of the largest payload at DR3 of AS923, the usual limit without dwell time."""

LARGEST = 222
"""Bytes of the largest payload that all LoRaWAN regions and gateways carry."""

Made = tuple[Election, Statement]
Values = tuple[Value, ...]


@dataclass
class Row:
    """One kind of result: lengths of records in bytes, times in milliseconds for each result."""

    results: int
    fits: float
    median: int
    p99: int
    longest: int
    packed_median: int
    read_back: int
    encode_ms: float
    decode_ms: float


def main() -> int:
    """Print a table, or one JSON object; 1 if a result did not come back or is too long."""
    parser = argparse.ArgumentParser(prog="scripts/bench wire")
    parser.add_argument("--count", type=int, default=10_000, help="realistic results (10000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    dice = Random(chosen.seed)
    few = max(100, chosen.count // 20)
    rows = {
        name: measure(make, dice, chosen.count if name == "realistic" else few)
        for name, make in KINDS.items()
    }
    if chosen.json:
        print(json.dumps({name: asdict(row) for name, row in rows.items()}))
    else:
        for line in table(rows):
            print(line)
    return 0 if max(row.longest for row in rows.values()) <= LARGEST else 1


def measure(make: Callable[[Random], Made], dice: Random, count: int) -> Row:
    """Write `count` results.

    Raises:
        AssertionError: one did not come back as it was.
    """
    lengths, packed, encoding, decoding, back = [], [], 0.0, 0.0, 0
    for index in range(count):
        chosen, statement = make(dice)
        start = time.process_time()
        data = encode_statement(statement, chosen)
        encoding += time.process_time() - start
        lengths.append(len(data) + SIGNATURE_BYTES)
        packed.append(packed_bytes(statement) + SIGNATURE_BYTES)
        start = time.process_time()
        assert decode_statement(data, chosen) == statement
        decoding += time.process_time() - start
        back += 1
        if index % 100 == 0:
            assert read_by_the_other(data, chosen) == [c.values for c in statement.contests]
    lengths.sort()
    return Row(
        results=count,
        fits=sum(length <= FRAME for length in lengths) / count,
        median=lengths[count // 2],
        p99=lengths[99 * count // 100],
        longest=lengths[-1],
        packed_median=sorted(packed)[count // 2],
        read_back=back,
        encode_ms=round(1000 * encoding / count, 1),
        decode_ms=round(1000 * decoding / back, 1),
    )


def packed_bytes(statement: Statement) -> int:
    """The bytes of a statement whose values stand side by side: 3 bits of state, 10 of number."""
    bits = 8 + 32 + 44 + 8 + 16 + 32 + 3 + 128
    for contest in statement.contests:
        bits += 1 + sum(3 + 10 * (value.number is not None) for value in contest.values)
        bits += sum(value.state not in (State.ABSENT, State.ACCEPTED) for value in contest.values)
    return -(-bits // 8)


def read_by_the_other(data: bytes, chosen: Election) -> list[Values]:
    """The values as the second reader finds them."""
    states = (*State, State.CONFIRMED, State.CORRECTED, State.UNSURE)
    said = read_statement(data, chosen)
    return [
        tuple(
            Value(states[kind], contest.numbers.get(name)) for name, kind in contest.kinds.items()
        )
        for contest in said.contests.values()
    ]


def _realistic(dice: Random) -> Made:
    chosen = any_election(dice)
    return chosen, realistic(chosen, dice)


def _many_paslon(dice: Random) -> Made:
    chosen = election(5, 6)
    return chosen, realistic(chosen, dice)


def _elsewhere(dice: Random) -> Made:
    """A TPS that the election does not list, on another day, from a replaced box."""
    chosen, statement = _realistic(dice)
    return chosen, msgspec.structs.replace(
        statement,
        tps=f"{dice.randrange(10**10):010d}{dice.randint(1, 999):03d}",
        time=dice.randrange(1, 2**32),
        epoch=dice.randint(2, 255),
        number=dice.randint(1, 65535),
        clock=dice.choice(list(Clock)),
    )


def _typed(dice: Random) -> Made:
    """All typed by hand, since the camera failed."""
    chosen, statement = _realistic(dice)

    def typed(values: Values) -> Values:
        return tuple(Value(State.CORRECTED, value.number) for value in values)

    return chosen, _changed(statement, typed)


def _nonsense(dice: Random) -> Made:
    """Any state and number, in the largest election of two contests."""
    chosen, statement = election(5, 6), _elsewhere(dice)[1]

    def anything(count: int) -> Values:
        return tuple(_any_value(dice) for _ in range(count))

    contests = tuple(
        ContestResult(key, dice.random() < 0.5, anything(len(form.fields)))
        for key, form in chosen.forms.items()
    )
    return chosen, msgspec.structs.replace(statement, package=chosen.package, contests=contests)


def _any_value(dice: Random) -> Value:
    state = dice.choice(list(State))
    if state is State.ABSENT or (state is not State.ACCEPTED and dice.random() < 0.2):
        return Value(state)
    return Value(state, dice.randrange(1000))


def _changed(statement: Statement, change: Callable[[Values], Values]) -> Statement:
    contests = tuple(
        ContestResult(contest.key, contest.closed, change(contest.values))
        for contest in statement.contests
    )
    return msgspec.structs.replace(statement, contests=contests)


KINDS: dict[str, Callable[[Random], Made]] = {
    "realistic": _realistic,
    "5 and 6 paslon": _many_paslon,
    "TPS not listed, any time": _elsewhere,
    "all typed": _typed,
    "without sense": _nonsense,
}


def table(rows: dict[str, Row]) -> Iterator[str]:
    """Lines for people."""
    yield (
        f"{'record, bytes':26}{'results':>8}{'<= ' + str(FRAME):>9}{'median':>8}{'p99':>5}"
        f"{'max':>5}{'packed':>8}{'read back':>11}{'write ms':>10}{'read ms':>9}"
    )
    for name, row in rows.items():
        yield (
            f"{name:26}{row.results:8}{row.fits:9.2%}{row.median:8}{row.p99:5}{row.longest:5}"
            f"{row.packed_median:8}{row.read_back:11}{row.encode_ms:10}{row.decode_ms:9}"
        )


if __name__ == "__main__":
    raise SystemExit(main())
