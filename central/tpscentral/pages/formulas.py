"""Rules of a form as people read them: in labels, in numbers, and whether they hold."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from tpsbox.forms.election import Contest
from tpsbox.forms.model import Form, Rule
from tpsbox.forms.rules import check_rule

from tpscentral.standing import Stated
from tpscentral.words import EMPTY

_SIGNS = {"sum": "=", "at_most": "≥", "reserve": "="}
_BROKEN_SIGNS = {"sum": "≠", "at_most": "<", "reserve": "≠"}


class RuleShown(msgspec.Struct, frozen=True):
    """A rule; `holds` is None while a number of it is not sure."""

    name: str
    formula: str
    numbers: str
    holds: bool | None
    hard: bool
    fields: tuple[str, ...]


def labels_of(contest: Contest, form: Form) -> dict[str, str]:
    """The label of each field; a candidate's is named with the candidate."""
    names = {f"paslon_{paslon.nomor}": paslon.nama for paslon in contest.paslon}
    return {
        field.name: f"{field.label}: {names[field.name]}" if field.name in names else field.label
        for field in form.fields
    }


def rules_shown(form: Form, numbers: Mapping[str, Stated]) -> tuple[RuleShown, ...]:
    """Every rule of the form under these numbers, those that are broken first."""
    known = {name: stated.number for name, stated in numbers.items() if stated.summed}
    found = [
        _rule(rule, form, numbers, check_rule(rule, known, form.reserve_percent))
        for rule in form.rules
    ]
    return tuple(sorted(found, key=lambda rule: rule.holds is not False))


def _rule(rule: Rule, form: Form, numbers: Mapping[str, Stated], holds: bool | None) -> RuleShown:
    labels = [form.field(name).label for name in rule.parts]
    parts = [shown(numbers.get(name)) for name in rule.parts]
    sign = (_BROKEN_SIGNS if holds is False else _SIGNS)[rule.relation]
    total = form.field(rule.total).label
    return RuleShown(
        name=rule.name,
        formula=f"{total} {_SIGNS[rule.relation]} {_sum(labels, rule, form)}",
        numbers=f"{shown(numbers.get(rule.total))} {sign} {_sum(parts, rule, form)}",
        holds=holds,
        hard=rule.hard,
        fields=rule.fields,
    )


def _sum(parts: list[str], rule: Rule, form: Form) -> str:
    share = f"{form.reserve_percent:g}".replace(".", ",")
    reserve = [f"cadangan {share}%"] if rule.relation == "reserve" else []
    return " + ".join([*parts, *reserve])


def shown(stated: Stated | None) -> str:
    """A number in words, with its doubt."""
    if stated is None or stated.number is None:
        return EMPTY
    return str(stated.number) if stated.summed else f"{stated.number} (ragu)"
