"""Counts a statement once: contests closed, fields by state, rules that do not hold."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from tpsbox.forms.election import Election
from tpsbox.forms.model import Form, Rule
from tpsbox.forms.rules import check_rule
from tpsbox.record.statement import SUMMED, ContestResult, State, Statement, Value


class Summary(msgspec.Struct, frozen=True):
    """How far a TPS is; all are counts."""

    closed: int
    contests: int
    absent: int
    accepted: int
    confirmed: int
    corrected: int
    unsure: int
    broken: int


def summarise(statement: Statement, election: Election) -> Summary:
    """Count what a statement of this election holds."""
    states = [value.state for contest in statement.contests for value in contest.values]
    broken = 0
    for contest in statement.contests:
        form = election.form_of(contest.key)
        checks = check_rules(form, values_by_field(contest, form))
        broken += sum(holds is False for _, holds in checks)
    return Summary(
        closed=sum(contest.closed for contest in statement.contests),
        contests=len(statement.contests),
        absent=states.count(State.ABSENT),
        accepted=states.count(State.ACCEPTED),
        confirmed=states.count(State.CONFIRMED),
        corrected=states.count(State.CORRECTED),
        unsure=states.count(State.UNSURE),
        broken=broken,
    )


def values_by_field(contest: ContestResult, form: Form) -> dict[str, Value]:
    """The values of a contest by the names of the form's fields."""
    return {f.name: value for f, value in zip(form.fields, contest.values, strict=True)}


def check_rules(form: Form, values: Mapping[str, Value]) -> list[tuple[Rule, bool | None]]:
    """Each rule of the form with whether it holds; a number that is unsure is not known."""
    known = {name: value.number for name, value in values.items() if value.state in SUMMED}
    return [(rule, check_rule(rule, known, form.reserve_percent)) for rule in form.rules]
