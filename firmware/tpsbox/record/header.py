"""Who states it and when, as symbols of the coder: TPS, epoch, number, time and clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.record import likely
from tpsbox.record.coder import Coder, choose, uniform

DAY_BITS = 17
"""Seconds from 0.00 UTC of the election's date: 36 hours, so until the evening after."""

_TPS_IN_DESA = 999
_DESA = 10**10


class Header(NamedTuple):
    """As in `Statement`, with the TPS as a number of 13 digits and the clock as a number."""

    tps: int = 0
    epoch: int = 1
    number: int = 1
    time: int = 0
    clock: int = 0


def code_header(coder: Coder, election: Election, header: Header) -> Header:
    """Code a header; a reader's value may be out of its range or spelled in a second way.

    Raises:
        InputError: the date of the election is none.
    """
    return Header(
        tps=_tps(coder, election, header.tps),
        epoch=_epoch(coder, header.epoch),
        number=_number(coder, header.number),
        time=_time(coder, _midnight(election), header.time),
        clock=choose(coder, likely.CLOCKS, header.clock),
    )


def _tps(coder: Coder, election: Election, tps: int) -> int:
    """By its place in the election's list of TPS; in full if it is not in it."""
    kecamatan = election.region.kecamatan if election.region else ()
    desas = [(int(desa.kode) * 1000, desa.tps) for one in kecamatan for desa in one.desa]
    if desas:
        place = _place(desas, tps)
        if choose(coder, likely.TPS_LISTED, int(place is None)) == 0:
            return _listed(desas, uniform(coder, sum(count for _, count in desas), place or 0))
    desa = uniform(coder, _DESA, tps // 1000)
    return desa * 1000 + uniform(coder, _TPS_IN_DESA, tps % 1000 - 1) + 1


def _place(desas: list[tuple[int, int]], tps: int) -> int | None:
    before = 0
    for start, count in desas:
        if 1 <= tps - start <= count:
            return before + tps - start - 1
        before += count
    return None


def _listed(desas: list[tuple[int, int]], place: int) -> int:
    for start, count in desas:
        if place < count:
            return start + place + 1
        place -= count
    raise IndexError(place)


def _epoch(coder: Coder, epoch: int) -> int:
    if choose(coder, likely.EPOCHS, int(epoch > 1)) == 0:
        return 1
    return uniform(coder, 254, epoch - 2) + 2


def _number(coder: Coder, number: int) -> int:
    half = 1 << choose(coder, likely.NUMBER_BITS, number.bit_length() - 1)
    return half + uniform(coder, half, number - half)


def _time(coder: Coder, midnight: int, time: int) -> int:
    since = time - midnight
    near = 0 <= since < 1 << DAY_BITS
    kind = choose(coder, likely.TIMES, 0 if time == 0 else 1 if near else 2)
    if kind == 0:
        return 0
    if kind == 1:
        return midnight + uniform(coder, 1 << DAY_BITS, since)
    return uniform(coder, 1 << 32, time)


def _midnight(election: Election) -> int:
    try:
        day = date.fromisoformat(election.date)
        return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    except ValueError as error:
        raise InputError(f"election {election.name}: {election.date} is no date") from error
