"""Whether a rule of a form holds for given numbers, in whole numbers throughout."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from tpsbox.forms.model import Rule


def check_rule(rule: Rule, values: Mapping[str, int | None], reserve_percent: float) -> bool | None:
    """True if the rule holds, False if it is broken, None if a number of it is not known.

    `values` gives the number of each field by name; a missing name is not known, and null is not
    zero. `reserve_percent` is the share of reserve ballots, 2.0 or 2.5 in the KPU's decrees.
    """
    total = values.get(rule.total)
    parts = [values.get(name) for name in rule.parts]
    known = [part for part in parts if part is not None]
    if total is None or len(known) < len(parts):
        return None
    match rule.relation:
        case "sum":
            return total == sum(known)
        case "at_most":
            return sum(known) <= total
        case "reserve":
            return total == with_reserve(sum(known), reserve_percent)


def with_reserve(voters: int, percent: float) -> int:
    """Ballots for so many voters: one each and `percent` of reserve, rounded up to a whole one."""
    # str() gives the decimal that the file states: 2.1, not the binary number next to it.
    share = Fraction(str(percent)) / 100
    return voters + -(-voters * share.numerator // share.denominator)
