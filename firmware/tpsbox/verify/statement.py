"""Reads a statement, by "The statement" of docs/wire.md, and checks that it is spelled so."""

from __future__ import annotations

import calendar
from datetime import date
from typing import NamedTuple

from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.verify import tables
from tpsbox.verify.tape import Tape
from tpsbox.verify.turns import Turns

HEAD_BYTES = 1 + 4 + 16
LIMIT = 4000
VERSION = 2

Kinds = dict[str, int]
Numbers = dict[str, int]


class Contest(NamedTuple):
    """`kinds` of all fields by name; `numbers` of those that have one."""

    closed: bool
    kinds: Kinds
    numbers: Numbers


class Said(NamedTuple):
    """What a statement says, besides package and root; `time` is 0 if it is unknown."""

    tps: int
    epoch: int
    number: int
    time: int
    clock: int
    contests: dict[str, Contest]


def read_statement(data: bytes, election: Election) -> Said:
    """What these bytes say.

    Raises:
        InputError: they are no statement of this election, or not in its one spelling.
    """
    if not HEAD_BYTES <= len(data) <= LIMIT or data[0] != VERSION:
        raise InputError(f"not a statement of version {VERSION}")
    if data[1:5] != election.package:
        raise InputError(
            f"statement of election package {data[1:5].hex()}, "
            f"but {election.name} is {election.package.hex()}"
        )
    coded = data[HEAD_BYTES:]
    tape = Tape(coded)
    blank = {
        key: Contest(False, {field.name: 0 for field in form.fields}, {})
        for key, form in election.forms.items()
    }
    said = go_through(tape, election, Said(1, 1, 1, 0, 0, blank), tape.one_of(tables.FORM, 0))
    if tape.rest or write_coded(said, election) != coded:
        raise InputError("these bytes are not the one spelling of a statement")
    return said


def write_coded(said: Said, election: Election) -> bytes:
    """The coded part of a statement: the shorter of its two forms.

    Raises:
        InputError: the time cannot be written.
    """
    if not 0 <= said.time < 1 << 32:
        raise InputError(f"time {said.time} is not one of 32 bits")
    both = []
    for form in (0, 1):
        tape = Tape()
        tape.one_of(tables.FORM, form)
        go_through(tape, election, said, form)
        both.append(tape.written())
    return min(both, key=len)


def go_through(tape: Tape, election: Election, said: Said, form: int) -> Said:
    """Every symbol after that of the form: `said` is put on the tape, or read off it.

    Raises:
        InputError: the date of the election is none.
    """
    tps = _tps(tape, election, said.tps)
    later = tape.one_of(tables.EPOCH, int(said.epoch != 1))
    epoch = tape.alike(254, said.epoch - 2) + 2 if later else 1
    highest = 1 << tape.one_of(tables.NUMBER_LENGTH, said.number.bit_length() - 1)
    number = highest + tape.alike(highest, said.number - highest)
    time = _time(tape, election, said.time)
    clock = tape.one_of(tables.CLOCK, said.clock)
    values = _Values(tape, election)
    contests = {}
    for key, told in said.contests.items():
        closed = bool(tape.one_of(tables.CLOSED, int(told.closed)))
        read = values.plain if form else values.modelled
        contests[key] = read(key, Contest(closed, told.kinds, told.numbers))
    return Said(tps, epoch, number, time, clock, contests)


def _tps(tape: Tape, election: Election, told: int) -> int:
    listed = [int(kode) for kode in election.all_tps()]
    if listed:
        at = listed.index(told) if told in listed else None
        if tape.one_of(tables.LISTED, int(at is None)) == 0:
            return listed[tape.alike(len(listed), at or 0)]
    desa, last = divmod(told, 1000)
    return tape.alike(10**10, desa) * 1000 + tape.alike(999, last - 1) + 1


def _time(tape: Tape, election: Election, told: int) -> int:
    try:
        midnight = calendar.timegm(date.fromisoformat(election.date).timetuple())
    except ValueError as error:
        raise InputError(f"election {election.name}: {election.date} is no date") from error
    that_day = 0 <= told - midnight < 1 << 17
    how = tape.one_of(tables.TIME, 0 if told == 0 else 1 if that_day else 2)
    if how == 0:
        return 0
    return (
        midnight + tape.alike(1 << 17, told - midnight) if how == 1 else tape.alike(1 << 32, told)
    )


class _Values:
    """The values of all contests: weights grow and numbers stay known from one to the next."""

    def __init__(self, tape: Tape, election: Election) -> None:
        self._tape = tape
        self._election = election
        self._kinds = [list(weights) for weights in tables.KIND_WEIGHTS]
        self._sides = {name: list(spread[:3]) for name, spread in tables.SPREADS.items()}
        self._known: Numbers = {}

    def plain(self, key: str, told: Contest) -> Contest:
        kinds: Kinds = {}
        numbers: Numbers = {}
        for name, kind in told.kinds.items():
            if tables.HAS_NUMBER[kind]:
                symbol = 4 + 1000 * (kind - 1) + told.numbers[name]
            else:
                symbol = tables.EMPTY_KINDS.index(kind)
            symbol = self._tape.alike(4004, symbol)
            if symbol < 4:
                kinds[name] = tables.EMPTY_KINDS[symbol]
            else:
                kinds[name] = (symbol - 4) // 1000 + 1
                numbers[name] = (symbol - 4) % 1000
        return Contest(told.closed, kinds, numbers)

    def modelled(self, key: str, told: Contest) -> Contest:
        form = self._election.form_of(key)
        kinds: Kinds = {}
        for page in form.pages:
            base = tables.NO_BASE if told.closed else tables.ABSENT
            for field in page.fields:
                told_kind = told.kinds[field.name]
                kind = self._tape.growing(self._kinds[base], told_kind, frozenset())
                kinds[field.name] = kind
                if base == tables.NO_BASE or kind <= tables.CONFIRMED:
                    base = tables.STATE_OF_KIND[kind]
        turns = Turns(form, kinds, self._known)
        numbers: Numbers = {}
        while (turn := turns.next()) is not None:
            name, guess, spread = turn
            turns.known[name] = guess
            if tables.HAS_NUMBER[kinds[name]]:
                numbers[name] = self._number(guess, spread, told.numbers.get(name, 0))
                if spread != "rule, unsure":
                    turns.known[name] = numbers[name]
        self._known |= turns.known
        return Contest(told.closed, kinds, numbers)

    def _number(self, guess: int, spread: str, told: int) -> int:
        without = frozenset(s for s, no in ((1, guess == 999), (2, guess == 0)) if no)
        told_side = 0 if told == guess else 1 if told > guess else 2
        side = self._tape.growing(self._sides[spread], told_side, without)
        share, least = tables.SPREADS[spread][3:]
        scale = guess * share // 16 + least
        if side == 1:
            return guess + 1 + self._tape.distance(999 - guess, scale, told - guess - 1)
        if side == 2:
            return guess - 1 - self._tape.distance(guess, scale, guess - 1 - told)
        return guess
