"""Whose turn it is and what is guessed, by "Modelled values" of docs/wire.md."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from tpsbox.forms.model import Form, Rule
from tpsbox.verify.tables import HAS_NUMBER, RARE_WEIGHTS, UNSURE

Turn = tuple[str, int, str]
"""Field, guess, spread."""


class Turns:
    """The fields of one contest; `earlier` is known from contests before, `known` from this one."""

    def __init__(self, form: Form, kinds: dict[str, int], earlier: dict[str, int]) -> None:
        self.known: dict[str, int] = {}
        self._form = form
        self._kinds = kinds
        self._earlier = earlier
        self._rows: list[str] = []
        for name in kinds:
            row, _ = row_and_column(name)
            if row and row not in self._rows and rare(name) is None:
                self._rows.append(row)

    def next(self) -> Turn | None:
        """The next turn, None once no number is open."""
        is_open = [name for name in self._kinds if name not in self.known]
        numbers = [name for name in is_open if HAS_NUMBER[self._kinds[name]]]
        if not numbers:
            return None
        for name in is_open:
            given = self._rule_gives(name)
            if given is not None:
                doubt = self._kinds[name] == UNSURE
                return name, given, "rule, unsure" if doubt else "rule"
        group = [n for n in numbers if self._kinds[n] != UNSURE] or numbers
        name = next((n for n in group if rare(n) is not None), group[0])
        return (name, *self._guess(name))

    def _rule_gives(self, name: str) -> int | None:
        for rule in self._form.rules:
            if name not in rule.fields or rule.relation == "at_most":
                continue
            if any(other != name and other not in self.known for other in rule.fields):
                continue
            number = self._apply(rule, name)
            if number is not None and 0 <= number <= 999:
                return number
        return None

    def _apply(self, rule: Rule, name: str) -> int | None:
        known = [self.known[part] for part in rule.parts if part != name]
        if rule.relation == "sum":
            return sum(known) if name == rule.total else self.known[rule.total] - sum(known)
        if name != rule.total:
            return None
        share = Fraction(str(self._form.reserve_percent)) / 100
        return sum(known) + ceil(sum(known) * share)

    def _guess(self, name: str) -> tuple[int, str]:
        own = name.startswith(("paslon_", "suara_"))
        if name in self._earlier and not own:
            return self._earlier[name], "same"
        rare_spread = rare(name)
        if rare_spread is not None:
            return 0, rare_spread
        for rule in self._form.rules:
            if rule.relation == "sum" and name in rule.parts and rule.total in self.known:
                parts = [part for part in rule.parts if part in self.known]
                left = self.known[rule.total] - sum(self.known[part] for part in parts)
                return max(0, left // (len(rule.parts) - len(parts))), "shared out"
        return self._by_neighbours(name)

    def _by_neighbours(self, name: str) -> tuple[int, str]:
        row, column = row_and_column(name)
        if not row:
            return min(999, self._form.limit * 4 // 5), "any"
        at = self._rows.index(row)
        above = self._rows[at - 1] if at else None
        here_above = self.known.get(f"{above}_{column}")
        beside = next((c for c in "lpj" if f"{row}_{c}" in self.known), None)
        if beside is None:
            if here_above is not None:
                return here_above * 7 // 10, "turnout"
            return min(999, self._form.limit * (4 if column == "j" else 2) // 5), "any"
        number = self.known[f"{row}_{beside}"]
        corner = self.known.get(f"{above}_{beside}")
        if here_above is not None and corner:
            return min(999, here_above * number // corner), "proportion"
        if column == "j":
            number *= 2
        elif beside == "j":
            number //= 2
        return min(999, number), "beside"


def row_and_column(name: str) -> tuple[str, str]:
    """As in pengguna_dpt and l; two empty texts for a field of no row."""
    return (name[:-2], name[-1]) if name[-2:] in ("_l", "_p", "_j") else ("", "")


def rare(name: str) -> str | None:
    """The spread of a rare field."""
    return next((start for start in RARE_WEIGHTS if name.startswith(start)), None)
