"""What a person is offered in place of a number that its sum contradicts.

It comes after everything that is accepted, and changes nothing of that: a guess that agrees with
other numbers proves nothing, it only saves typing where the person sees that it is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from tpsbox.forms.model import Rule
from tpsbox.reading.bounds import GUESSED, Bounds
from tpsbox.reading.costs import Costs
from tpsbox.reading.equations import connected
from tpsbox.reading.joint import TooOpenError, solve
from tpsbox.reading.result import Doubt, FieldReading


def with_offers(
    fields: Mapping[str, FieldReading],
    costs: Mapping[str, Costs],
    sums: Sequence[Rule],
    bounds: Bounds,
) -> dict[str, FieldReading]:
    """The readings, with guesses that also fit what the soft ones of `sums` tell.

    A total struck out on one sheet mostly stands unharmed on another: 224 + 7 = 231 voters. The
    accepted numbers are taken as they are. Without a solution within GUESSED the guesses stay.
    """
    offered = dict(fields)
    guessed = {name for name, field in fields.items() if Doubt.BY_RULE in field.reasons}
    for group in connected([rule for rule in sums if guessed & set(rule.fields)]):
        names = {name for rule in group for name in rule.fields}
        open_costs = {name: _open(fields[name], costs[name]) for name in names}
        try:
            solution = solve(open_costs, group, GUESSED, bounds.runner_up)
        except TooOpenError:
            continue
        if solution is None:
            continue
        for name in names & guessed:
            offered[name] = msgspec.structs.replace(
                fields[name],
                value=solution.values[name],
                confidence=round(min(solution.share(name), 1.0), 6),
            )
    return offered


def _open(field: FieldReading, costs: Costs) -> Costs:
    """What a number costs here: one that is accepted has no other value."""
    if field.status != "accepted" or field.value is None:
        return costs
    pinned = np.full(len(costs), np.inf)
    pinned[field.value] = 0.0
    return pinned
