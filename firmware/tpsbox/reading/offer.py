"""What a person is offered in place of a number that its sum contradicts.

It comes after everything that is accepted, and changes nothing of that: a guess that agrees with
other numbers proves nothing, it only saves typing where the person sees that it is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from tpsbox.forms.model import Rule
from tpsbox.forms.rules import check_rule
from tpsbox.reading.bounds import GUESSED, Bounds
from tpsbox.reading.costs import Costs
from tpsbox.reading.equations import as_written, connected
from tpsbox.reading.joint import Solution, TooOpenError, solve
from tpsbox.reading.result import Doubt, FieldReading

MOVABLE = 7.0
"""Most nats by which an offer may differ from what a number looks like: one in a thousand. Clear
writing is offered as it stands, whatever the sums say."""

ASKED = frozenset({Doubt.BY_RULE, Doubt.RULE_BROKEN})


def with_offers(
    fields: Mapping[str, FieldReading],
    costs: Mapping[str, Costs],
    sums: Sequence[Rule],
    bounds: Bounds,
) -> dict[str, FieldReading]:
    """The readings, with guesses that also fit what the soft ones of `sums` tell.

    A total struck out on one sheet mostly stands unharmed on another: 224 + 7 = 231 voters. The
    accepted numbers are taken as they are. A guess may cost GUESSED for every sum that does not
    hold as written; where none is found the values stay.
    """
    offered = dict(fields)
    asked = {name for name, field in fields.items() if ASKED & set(field.reasons)}
    for group in connected([rule for rule in sums if asked & set(rule.fields)]):
        names = {name for rule in group for name in rule.fields}
        known = {name: _open(fields[name], costs[name]) for name in names}
        written = as_written(known)
        broken = sum(check_rule(rule, written, 0.0) is False for rule in group)
        try:
            solution = solve(known, group, GUESSED * broken, bounds.runner_up)
        except TooOpenError:
            continue
        if solution is not None:
            offered |= {name: _offer(name, fields[name], solution) for name in names & asked}
    return offered


def _open(field: FieldReading, costs: Costs) -> Costs:
    """What a number costs here: one that is accepted has no other value."""
    if field.status != "accepted" or field.value is None:
        return np.where(costs <= MOVABLE, costs, np.inf)
    pinned = np.full(len(costs), np.inf)
    pinned[field.value] = 0.0
    return pinned


def _offer(name: str, field: FieldReading, solution: Solution) -> FieldReading:
    value = solution.values[name]
    if value == field.value:
        return field
    return msgspec.structs.replace(
        field,
        value=value,
        confidence=solution.share(name),
        reasons=tuple(dict.fromkeys((Doubt.BY_RULE, *field.reasons))),
    )
