"""Decides what is accepted and what a person must see, from all witnesses under the rules.

Two guards stand before every number that a rule decided: how much likelihood the correction gave
up (else the writers' own slips would be repaired in silence: 68 to 79 % of them, measured), and
how far the runner-up is behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tpsbox.forms.model import Form, Rule
from tpsbox.forms.rules import check_rule, with_reserve
from tpsbox.reading.bubbles import BubbleReading
from tpsbox.reading.joint import Costs, Solution, TooOpenError, solve
from tpsbox.reading.number import NumberOdds
from tpsbox.reading.result import Check, Doubt, FieldReading, SheetReading
from tpsbox.reading.witnesses import Witnesses

GIVEN_UP = 4.0
"""Most nats a solution may cost against the boxes alone."""
GUESSED = 7.5
"""Most nats of a solution offered as a guess; a clear digit costs 8 or more and is not moved."""
RUNNER_UP = 6.0
"""Least nats between the best solution and one that gives the field another value."""
ALONE = 0.985
"""Least probability of a number that neither a rule nor bubbles confirm; three boxes read without
any doubt come to 0.994."""
STATED_TOO = 0.60
"""Least probability, by its boxes alone, of a number that its bubbles state too, digit by digit:
they are read by other means, so that both err alike only if the officers did."""
SECONDED = 0.90
"""Least probability, by its boxes alone, of a number that takes part in an equation that holds.

An equation may settle a number that is less sure, but only if all its other numbers reach this:
a hand whose 9 looks like 0 is misread alike in every box, and then even wrong sums agree."""
SURELY_BLANK = 0.98
"""Least probability of a leading box to count as empty: a lost thin 1 looks the same."""


def decide(form: Form, witnesses: Witnesses, rules: Sequence[Rule]) -> SheetReading:
    """Decide all fields of `witnesses` under the `rules` among them; every rule is checked."""
    written = {name: odds for name, odds in witnesses.odds.items() if odds.says_something}
    usable = [
        rule
        for rule in rules
        if rule.hard and rule.relation == "sum" and written.keys() >= set(rule.fields)
    ]
    outcome = _solve(written, usable)
    outcome.supported = _supported(form, witnesses, rules)
    fields = {name: _decide_field(form, name, witnesses, outcome) for name in witnesses.odds}
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


@dataclass
class _Outcome:
    """What the rules gave.

    `solved`: a solution by field. `broken`: fields whose rules do not add up as written.
    `guessed`: fields of a solution that is only a guess. `settled`: fields in an equation whose
    other numbers are all sure by themselves. `supported`: fields that take part in a
    soft equation which holds as written.
    """

    solved: dict[str, Solution]
    broken: set[str]
    guessed: set[str]
    settled: set[str] = field(default_factory=set)
    supported: set[str] = field(default_factory=set)


def _supported(form: Form, witnesses: Witnesses, rules: Sequence[Rule]) -> set[str]:
    """Fields of soft equations that hold as written: misread numbers hardly agree by chance."""
    plain = {name: odds.best for name, odds in witnesses.odds.items()}
    return {
        name
        for rule in rules
        if not rule.hard
        and rule.relation != "at_most"
        and check_rule(rule, plain, form.reserve_percent) is True
        for name in rule.fields
    }


def _costs(odds: NumberOdds) -> Costs:
    nats = -np.log(np.maximum(odds.guess, 1e-30))
    return np.asarray(nats - nats.min(), dtype=np.float64)


def _solve(written: Mapping[str, NumberOdds], rules: Sequence[Rule]) -> _Outcome:
    """Solve each group of connected rules.

    A group that cannot be solved within GIVEN_UP, but within GUESSED, gets its values as a guess
    for a person to confirm. Where not even that is possible, the rules that the numbers break as
    written are named and left out, and what the others say still counts.
    """
    costs = {name: _costs(odds) for name, odds in written.items()}
    plain = {name: odds.best for name, odds in written.items()}
    outcome = _Outcome({}, set(), set())
    for group in _connected(rules):
        kept = list(group)
        while kept:
            names = {name for rule in kept for name in rule.fields}
            solution = _within({name: costs[name] for name in names}, kept)
            if solution is not None:
                outcome.solved |= dict.fromkeys(names, solution)
                outcome.settled |= _settled(kept, solution, written)
                if solution.cost > GIVEN_UP:
                    outcome.guessed |= names
                break
            wrong = [rule for rule in kept if check_rule(rule, plain, 0.0) is False]
            outcome.broken |= {name for rule in wrong or kept for name in rule.fields}
            kept = [rule for rule in kept if rule not in wrong] if wrong else []
    return outcome


def _settled(
    rules: Sequence[Rule], solution: Solution, written: Mapping[str, NumberOdds]
) -> set[str]:
    """Fields in an equation whose other numbers are each read with SECONDED or more."""
    sure = {
        name for name, value in solution.values.items() if written[name].values[value] >= SECONDED
    }
    return {name for rule in rules for name in rule.fields if sure >= set(rule.fields) - {name}}


def _within(costs: Mapping[str, Costs], rules: Sequence[Rule]) -> Solution | None:
    for budget in (GIVEN_UP, GUESSED):
        try:
            solution = solve(costs, rules, budget, RUNNER_UP)
        except TooOpenError:
            return None
        if solution is not None:
            return solution
    return None


def _connected(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Rules that share fields, directly or through others."""
    groups: list[tuple[set[str], list[Rule]]] = []
    for rule in rules:
        names, members = set(rule.fields), [rule]
        apart = []
        for other_names, other_members in groups:
            if names & other_names:
                names |= other_names
                members = other_members + members
            else:
                apart.append((other_names, other_members))
        groups = [*apart, (names, members)]
    return [members for _, members in groups]


def _decide_field(form: Form, name: str, witnesses: Witnesses, outcome: _Outcome) -> FieldReading:
    odds = witnesses.odds[name]
    bubbles = witnesses.bubbles.get(name)
    solution = outcome.solved.get(name)
    doubts: list[Doubt] = []
    if odds.best is None:
        empty = odds.empty > odds.nonsense or not odds.marks.strip("_")
        doubts.append(Doubt.EMPTY if empty else Doubt.ILLEGIBLE)
    if name in outcome.broken:
        doubts.append(Doubt.RULE_BROKEN)
    if solution is not None:
        value: int | None = solution.values[name]
        confidence = solution.share(name)
        if name in outcome.guessed:
            doubts.append(Doubt.BY_RULE)
        elif solution.lead(name) < RUNNER_UP:
            doubts.append(Doubt.AMBIGUOUS)
    else:
        value = odds.best if odds.best is not None else _guess(odds)
        confidence = float(odds.values[value]) if value is not None else 0.0
    if odds.blank_lead < SURELY_BLANK:
        doubts.append(Doubt.MAYBE_EMPTY)
    stated = _judge_bubbles(bubbles, value, doubts)
    if value is not None:
        seconded = solution is not None or name in outcome.supported
        bound = STATED_TOO if stated else SECONDED if seconded else ALONE
        if name not in outcome.settled and float(odds.values[value]) < bound:
            doubts.append(Doubt.LOW_CONFIDENCE)
        if value > with_reserve(form.limit, form.reserve_percent):
            doubts.append(Doubt.OVER_LIMIT)
    return FieldReading(
        value=value,
        raw=odds.marks,
        status="review" if doubts else "accepted",
        confidence=round(min(confidence, 1.0), 6),
        reasons=tuple(dict.fromkeys(doubts)),
        bubbles=None if bubbles is None else bubbles.marks,
    )


def _guess(odds: NumberOdds) -> int | None:
    """The best guess at marks that make no clear number: only where one value stands out."""
    if not odds.says_something:
        return None
    return odds.likeliest if odds.values[odds.likeliest] > 0.2 else None


def _judge_bubbles(bubbles: BubbleReading | None, value: int | None, doubts: list[Doubt]) -> bool:
    """Whether the bubbles state the value too; if they say anything else, that is a doubt."""
    if bubbles is None:
        return False
    if not bubbles.clear:
        doubts.append(Doubt.BUBBLES_UNCLEAR)
        return False
    if value is None:
        if any(digit is not None for digit in bubbles.digits):
            doubts.append(Doubt.BUBBLES_DISAGREE)
        return False
    # A crossed or empty leading box has no bubble or bubble 0: both are the digit 0.
    stated = tuple(digit or 0 for digit in bubbles.digits)
    wanted = tuple(int(digit) for digit in str(value).zfill(len(stated)))
    nothing = value > 0 and all(digit is None for digit in bubbles.digits)
    if stated != wanted or nothing:
        doubts.append(Doubt.BUBBLES_DISAGREE)
        return False
    return True
