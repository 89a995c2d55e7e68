"""How the evening of every TPS goes: when it has counted, how its result comes, what goes wrong.

Published: 70 of 551 TPS of Kotabaru and two of its 22 kecamatan have no good signal; 5 of its TPS
had sent nothing on the morning after; in the Pemilu 2024 some TPS sent a sheet again days later.
Assumed: half of the TPS without signal have a LoRa gateway in reach, the others send from where
there is a network or bring a stick; one result in ten is corrected and sent again; one box in a
hundred is replaced on the evening; one in three hundred states two things under one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal, NamedTuple

from tpscentral.outcome import Via

WEAK, OFFLINE = 70 / 551, 2 / 22
"""Shares of TPS with a poor signal and of kecamatan without a network."""
SILENT = 5 / 551
"""Share of TPS from which nothing comes."""
AGAIN, REPLACED, TWICE = 0.1, 0.01, 0.003
"""Shares that send a second result, of another box, or two under one number."""
HOUR = 3600
COUNTED = (2.5 * HOUR, 9.0 * HOUR)
"""Seconds after the polls close (13.00) between which TPS have counted; most at about 18.00."""

Kind = Literal["result", "again", "replaced", "twice"]


class Sending(NamedTuple):
    """One result on its way; times in seconds after the polls have closed."""

    arrives: float
    tps: str
    kind: Kind
    stated: float
    via: Via


def plan_day(tps: Sequence[str], dice: Random) -> list[Sending]:
    """All that arrives in a region on the day and the night after, in the order of arrival."""
    offline = _offline({kode[:6] for kode in tps}, dice)
    silent = set(dice.sample(list(tps), round(SILENT * len(tps))))
    sent: list[Sending] = []
    for kode in tps:
        if kode not in silent:
            sent += _evening(kode, kode[:6] in offline, dice)
    return sorted(sent)


def _offline(kecamatan: set[str], dice: Random) -> set[str]:
    return set(dice.sample(sorted(kecamatan), round(OFFLINE * len(kecamatan))))


def _evening(tps: str, offline: bool, dice: Random) -> list[Sending]:
    counted = dice.triangular(COUNTED[0], COUNTED[1], 5 * HOUR)
    via, late = _way(offline, dice)
    sent = [Sending(counted + late, tps, "result", counted, via)]
    if dice.random() < AGAIN:
        sent.append(_more(sent[0], "again", dice))
    if dice.random() < REPLACED:
        sent.append(_more(sent[0], "replaced", dice))
    if dice.random() < TWICE:
        sent.append(_more(sent[0], "twice", dice))
    return sent


def _more(first: Sending, kind: Kind, dice: Random) -> Sending:
    """The same way again, some time later."""
    later = dice.uniform(0.2 * HOUR, 2 * HOUR)
    return first._replace(arrives=first.arrives + later, kind=kind, stated=first.stated + later)


def _way(offline: bool, dice: Random) -> tuple[Via, float]:
    """The link, and how many seconds after the statement the result is at the centre."""
    if offline:
        return "bundle", dice.uniform(2 * HOUR, 10 * HOUR)
    if dice.random() >= WEAK:
        return "mqtt", dice.expovariate(1 / 60)
    lot = dice.random()
    if lot < 0.5:
        return "lorawan", dice.expovariate(1 / 300)
    if lot < 0.85:
        return "mqtt", dice.uniform(HOUR, 12 * HOUR)
    return "bundle", dice.uniform(3 * HOUR, 12 * HOUR)
