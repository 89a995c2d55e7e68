"""The most probable numbers of a sheet under its sums, by exact search within a budget.

Each field has a cost for every value: how much less likely it is than the field's best, in nats.
A solution keeps all sums; its cost is the sum over its fields. Solutions dearer than the budget
are of no interest: a sheet that needs one does not add up as written, and must be shown so,
never repaired. Within the budget the search is exhaustive, so it misses no better solution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tpsbox.forms.model import Rule
from tpsbox.reading.costs import Costs

NODES = 120_000
"""Steps after which a search is given up: so many readings are open that nothing is certain."""


class TooOpenError(Exception):
    """The readings leave so much open that the search would not end."""


@dataclass
class Solution:
    """The best assignment, its cost, and per field the least cost of any other value of it.

    `others[name]` is infinite where no solution within budget and margin gives another value.
    `weights[name]` sums exp(-cost) by value over all solutions seen.
    """

    values: dict[str, int]
    cost: float
    others: dict[str, float] = field(default_factory=dict)
    weights: dict[str, dict[int, float]] = field(default_factory=dict)

    def lead(self, name: str) -> float:
        """How far (nats) the runner-up with another value of this field is behind."""
        return self.others[name] - self.cost

    def share(self, name: str) -> float:
        """The part of all probability seen that agrees on this value: 0 to 1, to six places."""
        weights = self.weights[name]
        # Summed in another order the parts of one value may come out a hair above the whole.
        return round(min(weights[self.values[name]] / sum(weights.values()), 1.0), 6)


def solve(
    costs: Mapping[str, Costs], rules: Sequence[Rule], budget: float, margin: float
) -> Solution | None:
    """The cheapest assignment that keeps all `sum` rules, if it costs at most `budget` nats.

    All solutions up to `margin` nats above it are visited too, to know what the runner-up is.
    `rules` may only name fields in `costs`. None if no solution is within the budget.

    Raises:
        TooOpenError: too many readings are possible.
    """
    search = _Search(costs, rules, budget, margin)
    search.run()
    return search.solution()


class _Search:
    def __init__(
        self, costs: Mapping[str, Costs], rules: Sequence[Rule], budget: float, margin: float
    ) -> None:
        self.costs = costs
        self.rules = rules
        self.budget = budget
        self.margin = margin
        self.order = _order(list(costs), rules)
        place = {name: index for index, name in enumerate(self.order)}
        # A rule is settled by the last of its fields in the order.
        self.closing: list[list[Rule]] = [[] for _ in self.order]
        for rule in rules:
            self.closing[max(place[name] for name in rule.fields)].append(rule)
        self.choices = [self._cheap(costs[name]) for name in self.order]
        self.found: list[tuple[float, tuple[int, ...]]] = []
        self.best = float("inf")
        self.steps = 0
        self.values: dict[str, int] = {}

    def _cheap(self, cost: Costs) -> list[tuple[int, float]]:
        affordable = np.flatnonzero(cost <= self.budget + self.margin)
        ranked = affordable[np.argsort(cost[affordable], kind="stable")]
        return [(int(value), float(cost[value])) for value in ranked]

    def run(self) -> None:
        self._descend(0, 0.0)

    def _limit(self) -> float:
        return min(self.budget, self.best) + self.margin

    def _descend(self, depth: int, cost: float) -> None:
        if depth == len(self.order):
            self.best = min(self.best, cost)
            self.found.append((cost, tuple(self.values[name] for name in self.order)))
            return
        name = self.order[depth]
        for value, extra in self._options(depth, name):
            self.steps += 1
            if self.steps > NODES:
                raise TooOpenError
            if cost + extra > self._limit():
                break
            self.values[name] = value
            if all(self._holds(rule) for rule in self.closing[depth]):
                self._descend(depth + 1, cost + extra)
        self.values.pop(name, None)

    def _options(self, depth: int, name: str) -> list[tuple[int, float]]:
        """The field's choices; only one where a rule leaves no freedom."""
        for rule in self.closing[depth]:
            total = self.values.get(rule.total)
            known = sum(self.values[part] for part in rule.parts if part != name)
            forced = known if rule.total == name else (total or 0) - known
            cost = self.costs[name]
            if not 0 <= forced < len(cost):
                return []
            return [(forced, float(cost[forced]))]
        return self.choices[depth]

    def _holds(self, rule: Rule) -> bool:
        return self.values[rule.total] == sum(self.values[part] for part in rule.parts)

    def solution(self) -> Solution | None:
        if self.best > self.budget:
            return None
        kept = [(cost, values) for cost, values in self.found if cost <= self.best + self.margin]
        cost, values = min(kept)
        solution = Solution(dict(zip(self.order, values, strict=True)), cost)
        for index, name in enumerate(self.order):
            others = [c for c, v in kept if v[index] != values[index]]
            solution.others[name] = min(others, default=float("inf"))
            weights: dict[int, float] = {}
            for c, v in kept:
                weights[v[index]] = weights.get(v[index], 0.0) + float(np.exp(self.best - c))
            solution.weights[name] = weights
        return solution


def _order(names: Sequence[str], rules: Sequence[Rule]) -> list[str]:
    """Fields in an order that settles rules early: next is what closes the most open rule."""
    order: list[str] = []
    left = set(names)
    while left:
        opened = [
            (sum(name in left for name in rule.fields), rule)
            for rule in rules
            if any(name in left for name in rule.fields)
        ]
        if not opened:
            order += sorted(left)
            break
        rule = min(opened, key=lambda pair: pair[0])[1]
        for name in [*rule.parts, rule.total]:
            if name in left:
                order.append(name)
                left.remove(name)
    return order
