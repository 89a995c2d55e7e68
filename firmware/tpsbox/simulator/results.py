"""Results of a Pilkada as TPS may state them, simulated after published figures.

Published: 468 voters a TPS on average (203.66 million voters, 435,296 TPS, Pilkada 2024); how many
regions had 2 to 6 paslon (KPU's candidate lists of 2024); arithmetic broken on 8 to 10 % of sheets
(candidates against valid votes 8.2 %, users against votes 9.8 % of 376 TPS in Sirekap's public data
of 2024). Assumed: turnout of 69 % and its scatter, few voters from elsewhere, 4 % invalid votes,
both elections with the very same voters in two TPS of three. A reader leaves 5 % of the fields
unsure (one guess in five of these wrong or missing), officers correct 5 %, and confirm one sheet in
eight as a whole; all else is accepted.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache
from random import Random

import msgspec

from tpsbox.forms.election import Contest, Election, Paslon, load_election
from tpsbox.forms.model import Form
from tpsbox.forms.rules import with_reserve
from tpsbox.record.statement import Clock, ContestResult, State, Statement, Value

GUBERNUR = {2: 17, 3: 11, 4: 8, 5: 1}
BUPATI = {2: 220, 3: 148, 4: 98, 5: 38, 6: 4}
"""Provinces and regions by their number of paslon."""

BROKEN = 0.09
UNSURE = CORRECTED = 0.05
CONFIRMED_SHEET = 0.12
COUNTING_HOURS = (6, 18)
"""UTC: from one o'clock in the west to one at night in the middle of the country."""

Numbers = dict[str, int]


@cache
def election(gubernur: int, bupati: int) -> Election:
    """Kotabaru's election with so many paslon."""
    plain = load_election("pilkada-2024-kotabaru")

    def contest(key: str, paslon: int) -> Contest:
        pairs = tuple(Paslon(nomor, f"Paslon {nomor}") for nomor in range(1, paslon + 1))
        return msgspec.structs.replace(plain.contest_of(key), paslon=pairs)

    contests = (contest("gubernur", gubernur), contest("bupati", bupati))
    return msgspec.structs.replace(plain, contest=contests)


def any_election(dice: Random) -> Election:
    """An election with as many paslon as there were."""
    pick = [dice.choices([*table], [*table.values()])[0] for table in (GUBERNUR, BUPATI)]
    return election(*pick)


def realistic(chosen: Election, dice: Random) -> Statement:
    """What a TPS of this election may state."""
    contests = realistic_contests(chosen, dice)
    day = datetime.fromisoformat(chosen.date).replace(tzinfo=UTC).timestamp()
    seconds = dice.randrange(*(3600 * hour for hour in COUNTING_HOURS))
    return Statement(
        package=chosen.package,
        tps=dice.choice(chosen.all_tps()),
        epoch=1,
        number=dice.choice((1, 1, 2, 2, 3, 4)),
        time=int(day) + seconds,
        clock=Clock.SYSTEM,
        contests=contests,
        root=dice.randbytes(16),
    )


def realistic_contests(chosen: Election, dice: Random) -> tuple[ContestResult, ...]:
    """The numbers of all contests of one TPS, as written and read; one in eleven breaks a rule."""
    forms = chosen.forms
    numbers = count(list(forms.values()), dice)
    if dice.random() < BROKEN:
        index = dice.randrange(len(numbers))
        break_a_rule(numbers[index], list(forms.values())[index], dice)
    return tuple(
        ContestResult(key, True, stated(form, said, dice))
        for (key, form), said in zip(forms.items(), numbers, strict=True)
    )


def count(forms: list[Form], dice: Random) -> list[Numbers]:
    """Numbers of all contests of one TPS that add up."""
    voters = round(min(600, max(60, dice.gauss(468, 90))))
    men = _some(voters, min(0.6, max(0.4, dice.gauss(0.5, 0.025))), dice)
    turnout = min(0.97, max(0.3, dice.gauss(0.69, 0.09)))
    base: Numbers = {"pemilih_dpt_l": men, "pemilih_dpt_p": voters - men}
    for sex, more in (("l", 0.0), ("p", dice.gauss(0.02, 0.025))):
        came = min(0.98, max(0.2, turnout + more))
        base[f"pengguna_dpt_{sex}"] = _some(base[f"pemilih_dpt_{sex}"], came, dice)
        base[f"pengguna_dptb_{sex}"] = _few(0.6, 0.5, dice)
        base[f"pengguna_non_dpt_{sex}"] = _few(2.5, 0.8, dice)
        base[f"disabilitas_{sex}"] = _few(1.2, 0.6, dice)
    found = []
    same_voters = dice.random() < 0.65
    for index, form in enumerate(forms):
        if index and not same_voters:
            base = _others(base, dice)
        found.append(_contest(form, base, dice))
    return found


def _others(base: Numbers, dice: Random) -> Numbers:
    """The voters of the second contest where they are not quite those of the first."""
    changed = dict(base)
    for name, odds, steps in (
        ("pengguna_dptb", 0.5, (-2, -1, -1)),
        ("pengguna_dpt", 0.5, (-2, -1, -1, 1)),
        ("pengguna_non_dpt", 0.2, (-1, 1)),
    ):
        for sex in "lp":
            if dice.random() < odds:
                field = f"{name}_{sex}"
                changed[field] = max(0, changed[field] + dice.choice(steps))
    return changed


def _contest(form: Form, base: Numbers, dice: Random) -> Numbers:
    said = dict(base)
    kinds = ("pengguna_dpt", "pengguna_dptb", "pengguna_non_dpt")
    for sex in "lp":
        said[f"pengguna_total_{sex}"] = sum(said[f"{kind}_{sex}"] for kind in kinds)
    for row in ("pemilih_dpt", *kinds, "pengguna_total", "disabilitas"):
        said[f"{row}_j"] = said[f"{row}_l"] + said[f"{row}_p"]
    used = said["pengguna_total_j"]
    received = with_reserve(said["pemilih_dpt_j"], form.reserve_percent)
    if dice.random() < 0.05:
        received += dice.choice((-10, -2, -1, 1, 2, 5))
    received = max(received, used)
    spoiled = min(received - used, _few(0.6, 0.5, dice))
    invalid = min(used, _few(0.04 * used, 3, dice))
    said |= {
        "surat_suara_diterima": received,
        "surat_suara_digunakan": used,
        "surat_suara_dikembalikan": spoiled,
        "surat_suara_tidak_digunakan": received - used - spoiled,
        "suara_sah": used - invalid,
        "suara_tidak_sah": invalid,
        "suara_total": used,
    }
    return said | _votes(form.paslon, used - invalid, dice)


def _votes(paslon: int, votes: int, dice: Random) -> Numbers:
    shares = [dice.gammavariate(2.5, 1) for _ in range(paslon)]
    found: Numbers = {}
    for index, share in enumerate(shares, 1):
        part = votes if index == paslon else _some(votes, share / sum(shares[index - 1 :]), dice)
        found[f"paslon_{index}"] = part
        votes -= part
    return found


def break_a_rule(said: Numbers, form: Form, dice: Random) -> None:
    """Make one number wrong on paper, or the votes other than the voters."""
    paslon = f"paslon_{dice.randint(1, form.paslon)}"
    kind = dice.random()
    if kind < 0.45:
        more = dice.choice((-10, -3, -2, -1, 1, 2, 3, 10))
        if said[paslon] + more >= 0:
            for name in (paslon, "suara_sah", "suara_total"):
                said[name] += more
        return
    name = paslon if kind < 0.8 else dice.choice([field.name for field in form.fields])
    said[name] = slip(said[name], dice)


def slip(number: int, dice: Random) -> int:
    """Another number in its place: miscounted by a few, or one digit wrong."""
    if dice.random() < 0.5:
        return max(0, min(999, number + dice.choice((-10, -5, -3, -2, -1, 1, 2, 3, 5, 10))))
    digits = list(f"{number:03d}")
    digits[dice.randrange(3)] = str(dice.randrange(10))
    return int("".join(digits))


def stated(form: Form, said: Numbers, dice: Random) -> tuple[Value, ...]:
    """What reader and officers make of the numbers."""
    found = []
    for page in form.pages:
        confirmed = dice.random() < CONFIRMED_SHEET
        for field in page.fields:
            number = said[field.name]
            lot = dice.random()
            if lot < CORRECTED:
                found.append(Value(State.CORRECTED, number))
            elif lot < CORRECTED + UNSURE:
                found.append(_unsure(number, dice))
            else:
                found.append(Value(State.CONFIRMED if confirmed else State.ACCEPTED, number))
    return tuple(found)


def _unsure(number: int, dice: Random) -> Value:
    lot = dice.random()
    if lot < 0.07:
        return Value(State.UNSURE)
    return Value(State.UNSURE, slip(number, dice) if lot < 0.2 else number)


def _some(of: int, share: float, dice: Random) -> int:
    """So many of `of`, each with odds `share`, by the normal law."""
    return max(0, min(of, round(dice.gauss(of * share, math.sqrt(of * share * (1 - share))))))


def _few(mean: float, shape: float, dice: Random) -> int:
    """A small count: Poisson, with a mean that differs from TPS to TPS."""
    if mean == 0:
        return 0
    limit, product, found = math.exp(-dice.gammavariate(shape, mean / shape)), dice.random(), 0
    while product > limit:
        product *= dice.random()
        found += 1
    return found
