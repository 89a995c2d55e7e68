"""How far a TPS is, counted from what stands for it; and the rules of a form, one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from tpsbox.forms.model import Form, Rule
from tpsbox.forms.rules import check_rule
from tpsbox.record.statement import SUMMED, ContestResult, Value

from tpscentral.standing import Standing
from tpscentral.views import Counts


def summarise(standings: Collection[Standing]) -> Counts:
    """Count over all contests of a TPS."""
    states = Counter(stated.state for one in standings for stated in one.numbers.values())
    return Counts(
        closed=sum(one.closed for one in standings),
        contests=len(standings),
        absent=states["absent"],
        accepted=states["accepted"],
        confirmed=states["confirmed"],
        corrected=states["corrected"],
        unsure=states["unsure"],
        broken=sum(len(one.broken) for one in standings),
    )


def values_by_field(contest: ContestResult, form: Form) -> dict[str, Value]:
    """The values of a contest by the names of the form's fields."""
    return {f.name: value for f, value in zip(form.fields, contest.values, strict=True)}


def check_rules(form: Form, values: Mapping[str, Value]) -> list[tuple[Rule, bool | None]]:
    """Each rule of the form with whether it holds; a number that is unsure is not known."""
    known = {name: value.number for name, value in values.items() if value.state in SUMMED}
    return [(rule, check_rule(rule, known, form.reserve_percent)) for rule in form.rules]
