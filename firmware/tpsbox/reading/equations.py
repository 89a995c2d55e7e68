"""What the equations of a form make of its numbers, and which of them do not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tpsbox.forms.model import Rule
from tpsbox.forms.rules import check_rule
from tpsbox.reading.bounds import GUESSED, SOFT_GIVEN_UP, Bounds
from tpsbox.reading.costs import Costs
from tpsbox.reading.joint import Solution, TooOpenError, solve
from tpsbox.reading.slips import only_misread


@dataclass
class Outcome:
    """What the equations gave, by field.

    `solved`: a solution to be taken. `guessed`: one that is only a guess, because an equation of
    the field does not hold as written. `broken`: as guessed, but with nothing to offer. `hard`:
    the fields in hard equations that hold. `unmet`: the hard ones that do not.
    """

    solved: dict[str, Solution] = field(default_factory=dict)
    guessed: dict[str, Solution] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    hard: set[str] = field(default_factory=set)
    unmet: list[Rule] = field(default_factory=list)


def solve_equations(costs: Mapping[str, Costs], rules: Sequence[Rule], bounds: Bounds) -> Outcome:
    """Solve each group of connected equations; `rules` are sums over fields in `costs`.

    Where a group needs a correction dearer than `given_up`, or `misread` where no officer slips
    so, the equations that the numbers break as written are named and left out: the officers may
    have slipped there. What the others say still counts. A correction up to GUESSED is offered as
    a guess. Soft equations come last, and without the numbers that are only guessed; they are
    left out as soon as they ask for more than SOFT_GIVEN_UP.
    """
    outcome = Outcome()
    holding: list[Rule] = []
    for group in connected([rule for rule in rules if rule.hard]):
        holding += _solve_group(group, costs, bounds, outcome)
    outcome.hard = {name for rule in holding for name in rule.fields}
    mended, written = outcome.guessed, as_written(costs)
    outcome.guessed = _unsettled(mended, outcome, written, bounds)
    soft = [
        rule for rule in rules if not rule.hard and not outcome.guessed.keys() & set(rule.fields)
    ]
    for group in connected([*holding, *soft]):
        _add_soft(group, costs, bounds, outcome)
    # The soft ones may have moved a number that was settled before.
    outcome.guessed = _unsettled(mended, outcome, written, bounds)
    for name in outcome.guessed.keys() | outcome.broken:
        outcome.solved.pop(name, None)
    return outcome


def _unsettled(
    mended: Mapping[str, Solution],
    outcome: Outcome,
    written: Mapping[str, int],
    bounds: Bounds,
) -> dict[str, Solution]:
    """The guesses that the equations which hold do not confirm.

    Where an equation does not hold, either a number was misread, and `mended` is what was written,
    or the officers slipped, and what the other equations say is. A number on which both agree is
    settled either way. Where more than one number was misread, so may this one be.
    """
    return {
        name: guess
        for name, guess in mended.items()
        if name not in outcome.solved
        or outcome.solved[name].values[name] != guess.values[name]
        or guess.lead(name) < bounds.runner_up
        or sum(written[other] != value for other, value in guess.values.items()) > 1
    }


def _solve_group(
    group: Sequence[Rule], costs: Mapping[str, Costs], bounds: Bounds, outcome: Outcome
) -> list[Rule]:
    """Solve hard equations that hang together; those that hold are returned."""
    kept = list(group)
    while kept:
        names = {name for rule in kept for name in rule.fields}
        solution = _within({name: costs[name] for name in names}, kept, bounds)
        plain = as_written({name: costs[name] for name in names})
        if solution is not None and solution.cost <= _most_given_up(plain, solution, kept, bounds):
            outcome.solved |= dict.fromkeys(names, solution)
            break
        wrong = [rule for rule in kept if check_rule(rule, plain, 0.0) is False] or kept
        doubtful = {name for rule in wrong for name in rule.fields}
        if solution is None:
            outcome.broken |= doubtful
        else:
            outcome.guessed |= dict.fromkeys(doubtful, solution)
        outcome.unmet += wrong
        kept = [rule for rule in kept if rule not in wrong]
    return kept


def _most_given_up(
    plain: Mapping[str, int], solution: Solution, sums: Sequence[Rule], bounds: Bounds
) -> float:
    return bounds.misread if only_misread(plain, solution.values, sums) else bounds.given_up


def _add_soft(
    group: Sequence[Rule], costs: Mapping[str, Costs], bounds: Bounds, outcome: Outcome
) -> None:
    """Solve a group again with its soft equations, as many of them as hold."""
    kept = list(group)
    while any(not rule.hard for rule in kept):
        names = {name for rule in kept for name in rule.fields}
        before = {id(s): s.cost for n, s in outcome.solved.items() if n in names}
        budget = sum(before.values()) + SOFT_GIVEN_UP
        try:
            solution = solve({n: costs[n] for n in names}, kept, budget, bounds.held)
        except TooOpenError:
            return
        if solution is not None:
            outcome.solved |= dict.fromkeys(names, solution)
            return
        settled = as_settled(costs, outcome)
        kept = [rule for rule in kept if rule.hard or check_rule(rule, settled, 0.0) is True]


def as_written(costs: Mapping[str, Costs]) -> dict[str, int]:
    """The likeliest value of every field, whatever the equations say."""
    return {name: int(cost.argmin()) for name, cost in costs.items()}


def as_settled(costs: Mapping[str, Costs], outcome: Outcome) -> dict[str, int]:
    """The value of every field: the one that the equations settle, or the likeliest."""
    solved = {name: solution.values[name] for name, solution in outcome.solved.items()}
    return as_written(costs) | solved


def asked_for(rule: Rule, name: str, numbers: Mapping[str, int]) -> int:
    """What a field of a sum must be for it to hold with the other numbers."""
    others = sum(numbers[part] for part in rule.parts if part != name)
    return others if name == rule.total else numbers[rule.total] - others


def _within(costs: Mapping[str, Costs], rules: Sequence[Rule], bounds: Bounds) -> Solution | None:
    for budget in (bounds.given_up, bounds.misread, GUESSED):
        try:
            solution = solve(costs, rules, budget, bounds.runner_up)
        except TooOpenError:
            return None
        if solution is not None:
            return solution
    return None


def connected(rules: Sequence[Rule]) -> list[list[Rule]]:
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
