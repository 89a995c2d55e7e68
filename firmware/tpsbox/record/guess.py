"""Which number of a form to state next, and what it probably is, from those already stated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from tpsbox.forms.model import Form, Rule
from tpsbox.forms.rules import with_reserve
from tpsbox.record import likely

HIGHEST = 999
"""The boxes of a form hold three digits."""

COLUMNS = {"l": 1, "p": 1, "j": 2}
"""The columns of a row and how large their numbers are beside each other: J is L and P."""


class Guess(NamedTuple):
    """What a number probably is (0 to 999), and the name of the spread about such a guess."""

    number: int
    spread: str


class Guesser:
    """Takes the fields of one contest in turn and guesses the number of each.

    `earlier` are the numbers known from earlier contests of the same TPS, by name of field. `sure`
    and `unsure` name the fields of this contest that have a number; all others have none.
    """

    def __init__(
        self,
        form: Form,
        earlier: Mapping[str, int],
        sure: Collection[str],
        unsure: Collection[str],
    ) -> None:
        self.known: dict[str, int] = {}
        self._form = form
        self._earlier = earlier
        self._sure = sure
        self._unsure = unsure
        self._left = [field.name for field in form.fields]
        self._within_reach: set[str] = set()
        self._rules: dict[str, list[Rule]] = {name: [] for name in self._left}
        self._unknown = {rule.name: len(rule.fields) for rule in form.rules}
        for rule in form.rules:
            for name in rule.fields:
                self._rules[name].append(rule)
        self._rare = {
            name: start for name in self._left for start in likely.RARE if name.startswith(start)
        }
        rows = (_grid(name)[0] for name in self._left if name not in self._rare)
        self._rows = list(dict.fromkeys(row for row in rows if row))

    def next(self) -> tuple[str, Guess] | None:
        """The field whose turn it is and a guess at it; None once no numbers are left.

        What a rule gives comes first, with or without a number. Then come the numbers that are
        sure, the rare ones before the others, and then those that are unsure in the same way.
        """
        sure = [name for name in self._left if name in self._sure]
        group = sure or [name for name in self._left if name in self._unsure]
        if not group:
            return None
        for name in self._left:
            number = self._by_rule(name) if name in self._within_reach else None
            if number is not None:
                unsure = name in self._unsure
                return name, Guess(number, likely.RULE_UNSURE if unsure else likely.RULE)
        name = next((name for name in group if name in self._rare), group[0])
        return name, self._without_rule(name)

    def settle(self, name: str, guess: Guess, number: int | None) -> None:
        """Go on from a field: its number is known now.

        What a rule gives counts for more than a number of which the machine was not sure.
        """
        if number is None or guess.spread == likely.RULE_UNSURE:
            number = guess.number
        self.known[name] = number
        self._left.remove(name)
        for rule in self._rules[name]:
            self._unknown[rule.name] -= 1
            if self._unknown[rule.name] == 1:
                self._within_reach.update(rule.fields)

    def _by_rule(self, name: str) -> int | None:
        """What the first rule says that lacks this number alone, if a field can hold that."""
        for rule in self._rules[name]:
            if self._unknown[rule.name] == 1:
                number = self._given(rule, name)
                if number is not None and 0 <= number <= HIGHEST:
                    return number
        return None

    def _given(self, rule: Rule, name: str) -> int | None:
        parts = sum(self.known.get(part, 0) for part in rule.parts)
        if rule.relation == "sum":
            return parts if name == rule.total else self.known[rule.total] - parts
        if rule.relation == "reserve" and name == rule.total:
            return with_reserve(parts, self._form.reserve_percent)
        return None

    def _without_rule(self, name: str) -> Guess:
        if name in self._earlier and not name.startswith(likely.OWN):
            return Guess(self._earlier[name], likely.SAME)
        if name in self._rare:
            return Guess(0, self._rare[name])
        return self._shared_out(name) or self._in_grid(name)

    def _shared_out(self, name: str) -> Guess | None:
        """An even part of what is left of the first known total that this is a part of."""
        for rule in self._rules[name]:
            total = self.known.get(rule.total)
            if rule.relation == "sum" and total is not None:
                left = total - sum(self.known.get(part, 0) for part in rule.parts)
                unknown = sum(part not in self.known for part in rule.parts)
                return Guess(max(left, 0) // unknown, likely.SHARED_OUT)
        return None

    def _in_grid(self, name: str) -> Guess:
        """From the other columns of the row and from the row above."""
        row, column = _grid(name)
        size = COLUMNS.get(column, 2)
        at = self._rows.index(row) if row in self._rows else 0
        above = self._rows[at - 1] if at else ""
        over = self.known.get(f"{above}_{column}")
        for other, other_size in COLUMNS.items():
            beside = self.known.get(f"{row}_{other}")
            corner = self.known.get(f"{above}_{other}")
            if beside is not None and over is not None and corner:
                return Guess(min(over * beside // corner, HIGHEST), likely.PROPORTION)
            if beside is not None:
                return Guess(min(beside * size // other_size, HIGHEST), likely.BESIDE)
        if over is not None:
            return Guess(over * 7 // 10, likely.TURNOUT)
        return Guess(min(self._form.limit * 2 * size // 5, HIGHEST), likely.ANY)


def _grid(name: str) -> tuple[str, str]:
    """Row and column of a field; both empty if its name names no column."""
    row, _, column = name.rpartition("_")
    return (row, column) if column in COLUMNS else ("", "")
