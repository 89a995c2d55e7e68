"""What a record states about a contest, in the words of `tpscentral.standing`."""

from __future__ import annotations

from typing import cast

from tpsbox.forms.model import Form
from tpsbox.record.statement import Clock, ContestResult, Statement

from tpscentral.outcome import Via
from tpscentral.standing import Cara, Numbers, Stated, StateWord

AT_ONCE = 30 * 60
"""Seconds from a statement to its arrival, up to which the TPS had a network then."""


def stated_numbers(result: ContestResult, form: Form) -> Numbers:
    """The numbers of a contest by the names of its form's fields."""
    return {
        field.name: Stated(value.number, cast(StateWord, value.state.name.lower()))
        for field, value in zip(form.fields, result.values, strict=True)
    }


def says_nothing(result: ContestResult) -> bool:
    """Whether the box has not yet begun with this contest."""
    return not result.closed and all(value.state.name == "ABSENT" for value in result.values)


def cara_of(via: Via, received_at: int, statement: Statement) -> Cara:
    """How a result came, by the link on which it came first and the time that it states.

    A box without a network has nobody to set its clock. So a time that is unknown, or only what
    was saved before the last power cut, says that the TPS had no network when it made the
    statement: it came later.
    """
    if via == "bundle":
        return "kecamatan"
    if via == "lorawan":
        return "radio"
    if statement.time == 0 or statement.clock in (Clock.NONE, Clock.SAVED):
        return "tertunda"
    return "online" if received_at - statement.time <= AT_ONCE else "tertunda"
