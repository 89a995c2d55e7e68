"""Decides what is accepted and what a person must see, from all witnesses under the rules.

Two guards stand before every number that an equation decided: how much likelihood the correction
gave up (else the writers' own slips would be repaired in silence: 68 to 79 % of them, measured;
`slips.py` tells what they slip by), and how far the runner-up is behind. Beside a sum that does not
hold, a number stands if it is the same whether another was misread or the officers slipped
(`equations.py`). A number that no equation settles must lead by more. Then every other writing of a
number may object (`dissent.py`), and the numbers are held against each other (`agreement.py`).
Guesses for a person come last (`offer.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tpsbox.forms.model import Form, Rule
from tpsbox.forms.rules import check_rule, with_reserve
from tpsbox.reading.agreement import agree
from tpsbox.reading.bounds import (
    DASH_DOUBT,
    DEFAULT_BOUND,
    LEGIBLE,
    MOST_LEAD,
    SLIP_COST,
    SOFT_WORTH,
    STANDS_OUT,
    STRUCK_OUT,
    SURELY_BLANK,
    WITNESS_CAP,
    Bounds,
    bounds_for,
)
from tpsbox.reading.costs import Costs, box_costs, field_costs
from tpsbox.reading.dissent import bubble_doubts, count_doubts
from tpsbox.reading.equations import (
    Outcome,
    as_settled,
    as_written,
    asked_for,
    solve_equations,
)
from tpsbox.reading.joint import Solution
from tpsbox.reading.number import OTHER, NumberOdds
from tpsbox.reading.offer import with_offers
from tpsbox.reading.result import Check, Doubt, FieldReading, SheetReading, TallyCount
from tpsbox.reading.witnesses import Witnesses


def decide(
    form: Form, witnesses: Witnesses, rules: Sequence[Rule], bound: float = DEFAULT_BOUND
) -> SheetReading:
    """Decide all fields of `witnesses` under the `rules` among them; every rule is checked.

    `bound` is the error rate of accepted numbers.

    Raises:
        UsageError: a bound lower than any that was measured.
    """
    bounds = bounds_for(bound)
    speaking = [name for name, odds in witnesses.odds.items() if odds.says_something]
    costs = {name: field_costs(name, witnesses, WITNESS_CAP) for name in speaking}
    usable = [r for r in rules if r.relation == "sum" and costs.keys() >= set(r.fields)]
    outcome = solve_equations(costs, usable, bounds)
    held = _held(form, costs, rules, outcome)
    full = {name: field_costs(name, witnesses) for name in speaking}
    case = _Case(form, witnesses, costs, full, as_written(costs), usable, outcome, held)
    fields = {name: _decide_field(name, case, bounds) for name in witnesses.odds}
    firm = [rule for rule in rules if rule.relation != "reserve"]
    fields = agree(fields, firm, _leaning(case, bounds))
    fields = with_offers(fields, costs, usable, bounds)
    return SheetReading(fields, checks_of(form, rules, fields))


def checks_of(
    form: Form, rules: Sequence[Rule], fields: Mapping[str, FieldReading]
) -> tuple[Check, ...]:
    """Every rule over the fields' values, best guesses included."""
    values = {name: reading.value for name, reading in fields.items()}
    return tuple(
        Check(rule.name, check_rule(rule, values, form.reserve_percent), rule.fields, rule.hard)
        for rule in rules
    )


@dataclass(frozen=True)
class _Case:
    """What is known of a sheet or a set.

    `full`: as `costs`, with the other witnesses not capped. `written`: the likeliest number of
    every field by itself; `sums`: equations between numbers that are there; `held`: soft ones
    that hold, by field.
    """

    form: Form
    witnesses: Witnesses
    costs: Mapping[str, Costs]
    full: Mapping[str, Costs]
    written: Mapping[str, int]
    sums: Sequence[Rule]
    outcome: Outcome
    held: Mapping[str, int]


def _held(
    form: Form, costs: Mapping[str, Costs], rules: Sequence[Rule], outcome: Outcome
) -> Mapping[str, int]:
    """Soft equations that hold, by field: misread numbers hardly agree by chance.

    To agree with a number that is only guessed says nothing.
    """
    settled = as_settled(costs, outcome)
    unsure = outcome.guessed.keys() | outcome.broken
    return Counter(
        name
        for rule in rules
        if not rule.hard
        and rule.relation != "at_most"
        and not unsure & set(rule.fields)
        and check_rule(rule, settled, form.reserve_percent) is True
        for name in rule.fields
    )


def _decide_field(name: str, case: _Case, bounds: Bounds) -> FieldReading:
    odds = case.witnesses.odds[name]
    value, lead, doubts = _value_of(name, case, bounds)
    settled = name in case.outcome.solved
    if odds.best is None and not (settled and _legible(odds, value)):
        empty = odds.empty > odds.nonsense or not odds.marks.strip("_")
        doubts.insert(0, Doubt.EMPTY if empty else Doubt.ILLEGIBLE)
    if _maybe_empty(name, value, case):
        doubts.append(Doubt.MAYBE_EMPTY)
    doubts += _alike(name, value, case, bounds)
    if name in case.witnesses.differ:
        doubts.append(Doubt.SHEETS_DIFFER)
    if value is not None and value > with_reserve(case.form.limit, case.form.reserve_percent):
        doubts.append(Doubt.OVER_LIMIT)
    bubbles = case.witnesses.bubbles.get(name)
    rows = case.witnesses.row_sums.get(name)
    tally = case.witnesses.tallies.get(name)
    doubts += bubble_doubts(bubbles, value)
    doubts += count_doubts(rows, tally, value)
    return FieldReading(
        value=value,
        raw=odds.marks,
        status="review" if doubts else "accepted",
        confidence=_confidence(name, value, case),
        lead=round(min(lead, MOST_LEAD), 2),
        reasons=tuple(dict.fromkeys(doubts)),
        bubbles=None if bubbles is None else bubbles.marks,
        row_sums=None if rows is None else rows.marks,
        tally=None if tally is None else TallyCount(tally.count, tally.spread),
    )


def _value_of(name: str, case: _Case, bounds: Bounds) -> tuple[int | None, float, list[Doubt]]:
    """The value, its lead in nats, and what speaks against taking it."""
    odds, costs = case.witnesses.odds[name], case.costs.get(name)
    if costs is None:
        return None, 0.0, []
    if name in case.outcome.broken:
        written = None if odds.best is None else int(box_costs(odds).argmin())
        return written, 0.0, [Doubt.RULE_BROKEN]
    guess = case.outcome.guessed.get(name)
    if guess is not None:
        lead = _lead_of_guess(name, guess, case)
        sure = guess.lead(name) >= bounds.runner_up and lead >= bounds.alone
        return guess.values[name], lead, [] if sure else [Doubt.BY_RULE]
    solution = case.outcome.solved.get(name)
    if solution is None:
        full = case.full[name]
        likeliest = int(full.argmin())
        lead = _by_itself(name, likeliest, case)
        sure = 1 / float(np.exp(-full).sum()) * (1 - odds.nonsense) > STANDS_OUT
        doubts = [] if sure and lead >= bounds.alone else [Doubt.LOW_CONFIDENCE]
        return likeliest if sure else None, lead, doubts
    lead = solution.lead(name)
    short = [Doubt.AMBIGUOUS] if lead < bounds.runner_up else []
    if name in case.outcome.hard:
        return solution.values[name], lead, short
    # Only soft equations settle it: were they broken, the number would stand by its own.
    lead = min(lead, _by_itself(name, solution.values[name], case))
    weak = [Doubt.LOW_CONFIDENCE] if lead < bounds.held else []
    return solution.values[name], lead, short or weak


def _by_itself(name: str, value: int, case: _Case) -> float:
    """The lead of a value by its own writings and the soft equations that hold."""
    full = case.full[name]
    return float(np.partition(full, 1)[1] - full[value]) + case.held.get(name, 0) * SOFT_WORTH


def _lead_of_guess(name: str, guess: Solution, case: _Case) -> float:
    """The lead of a number that the guess leaves as it was written, else 0.

    The cheaper the guess, the more it tells that the number it moved was misread and that the
    others of the sum are right.
    """
    value = guess.values[name]
    if value != case.written[name]:
        return 0.0
    return _by_itself(name, value, case) + max(SLIP_COST - guess.cost, 0.0)


def _maybe_empty(name: str, value: int | None, case: _Case) -> bool:
    """Whether an empty box before the digits may have held one."""
    odds = case.witnesses.odds[name]
    if "_" in odds.front.lstrip("_"):  # nobody leaves a box empty behind one that is filled
        return True
    if value is not None and odds.dash_doubt(value) > DASH_DOUBT:
        return True
    # Within an equation a digit lost from the front would break the sum, unless that was mended.
    if name in case.outcome.solved:
        return _lost_in_front(name, value, case)
    return odds.blank_lead < SURELY_BLANK


def _alike(name: str, value: int | None, case: _Case, bounds: Bounds) -> list[Doubt]:
    """Whether a total and a part of it may both have been misread in the same way.

    A hand whose 5 looks like a 3 writes both so, and a faint pen loses the 1 of both: 75 + 110 =
    185 and 73 + 110 = 183. The sum holds either way, and both errors are as likely as one of them.
    """
    solved, odds = case.outcome.solved, case.witnesses.odds
    if value is None or name not in solved:
        return []
    mine = odds[name].others(value, bounds.runner_up)
    shared = {
        both
        for other in (_bound_to(name, case) if mine else ())
        if other in solved
        for both in mine & odds[other].others(solved[other].values[other], bounds.runner_up)
    }
    doubts = [Doubt.MAYBE_EMPTY if mark == "_" else Doubt.AMBIGUOUS for _, mark, _ in shared]
    return sorted(set(doubts))


def _bound_to(name: str, case: _Case) -> set[str]:
    """Numbers that no sum tells from this one: total or part of it in every sum of either.

    A sum that does not hold tells nothing.
    """
    sums = [rule for rule in case.sums if rule not in case.outcome.unmet]
    mine = [rule for rule in sums if name in rule.fields]
    return {
        other
        for rule in mine[:1]
        for other in (rule.parts if name == rule.total else (rule.total,))
        if mine == [rule for rule in sums if other in rule.fields]
        and all(rule.total in (name, other) for rule in mine)
    }


def _lost_in_front(name: str, value: int | None, case: _Case) -> bool:
    """Whether a sum asks for a digit in an empty leading box, with the other numbers as written.

    The equations may have moved one of those instead, for a digit that is gone costs them more.
    """
    odds = case.witnesses.odds[name]
    if value is None or "_" not in odds.front:
        return False
    asked = [asked_for(rule, name, case.written) for rule in case.sums if name in rule.fields]
    size = 10 ** (len(odds.marks) - len(odds.front))
    return any(size <= n < len(odds.values) and n % size == value for n in asked)


def _leaning(case: _Case, bounds: Bounds) -> dict[str, Doubt]:
    """Settled numbers that are only as sure as the others of their sums, and what is doubtful."""
    outcome, odds = case.outcome, case.witnesses.odds
    soft = outcome.solved.keys() - outcome.hard
    unsure = {
        name
        for name, solution in outcome.solved.items()
        if _by_itself(name, solution.values[name], case) < bounds.alone
    }
    empty = [name for name in outcome.solved if "_" in odds[name].front]
    doubts = dict.fromkeys(soft | unsure, Doubt.LOW_CONFIDENCE)
    return doubts | dict.fromkeys(empty, Doubt.MAYBE_EMPTY)


def _legible(odds: NumberOdds, value: int | None) -> bool:
    """Whether the boxes can be read as the value that an equation gives them."""
    struck_out = float(odds.boxes[:, OTHER].max()) >= STRUCK_OUT
    return value is not None and not struck_out and float(odds.values[value]) >= LEGIBLE


def _confidence(name: str, value: int | None, case: _Case) -> float:
    """The probability (0 to 1) of the value, by the equations if they settle it."""
    if value is None:
        return 0.0
    outcome = case.outcome
    solution = outcome.guessed.get(name) or outcome.solved.get(name)
    if solution is not None and solution.values[name] == value:
        return solution.share(name)
    likely = np.exp(-case.costs[name])
    written = 1.0 - case.witnesses.odds[name].nonsense
    return round(float(likely[value] / likely.sum()) * min(1.0, written), 6)
