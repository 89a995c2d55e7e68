"""The table: every pair is there, and what people can do works from every state at rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.kiosk.machine import ARMED_SECONDS, TABLE, Action, Event, Machine, State

PEOPLE = (Event.PRESS, Event.PRESS_ATTACHMENT, Event.HOLD)
BUSY = (State.CAPTURING, State.CLOSING)
AT_REST = tuple(state for state in State if state not in BUSY)

WAY_TO = {
    State.READY: (),
    State.CAPTURING: (Event.PRESS,),
    State.CLOSING: (Event.HOLD,),
    State.REFUSED: (Event.UNREADABLE,),
    State.ARMED: (Event.HOLD, Event.INCOMPLETE),
    State.HELD_BACK: (Event.HOLD, Event.UNENROLLED),
    State.FAULT: (Event.FAILED,),
}


def machine_in(state: State, clock: list[float] | None = None) -> Machine:
    now = clock or [0.0]
    machine = Machine(lambda: now[0])
    for event in WAY_TO[state]:
        machine.step(event)
    assert machine.state is state
    return machine


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
@pytest.mark.parametrize("event", Event, ids=lambda event: event.name)
def test_every_pair_is_defined_and_leads_on(state: State, event: Event):
    machine = machine_in(state)
    action = machine.step(event)
    assert (machine.state, action) == TABLE[state][event]
    # An action is only asked for by what people do, and never twice at once.
    if action in (Action.TAKE_SHEET, Action.TAKE_ATTACHMENT):
        assert event in PEOPLE and state in AT_REST and machine.state is State.CAPTURING
    if action in (Action.CLOSE_COMPLETE, Action.CLOSE_ALL):
        assert event is Event.HOLD and state in AT_REST and machine.state is State.CLOSING
    if action is Action.REPORT:
        assert machine.state is State.FAULT


def test_the_table_has_no_other_rows():
    assert set(TABLE) == set(State)
    assert all(set(row) == set(Event) for row in TABLE.values())


@pytest.mark.parametrize("state", AT_REST, ids=lambda state: state.name)
def test_from_every_state_at_rest_a_press_takes_and_a_hold_closes(state: State):
    assert machine_in(state).step(Event.PRESS) is Action.TAKE_SHEET
    assert machine_in(state).step(Event.PRESS_ATTACHMENT) is Action.TAKE_ATTACHMENT
    expected = Action.CLOSE_ALL if state is State.ARMED else Action.CLOSE_COMPLETE
    assert machine_in(state).step(Event.HOLD) is expected


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_a_failure_shows_in_every_state(state: State):
    machine = machine_in(state)
    machine.step(Event.FAILED)
    assert machine.state is State.FAULT


def test_only_a_hold_in_time_is_the_second_one():
    now = [100.0]
    machine = machine_in(State.ARMED, now)
    now[0] += ARMED_SECONDS - 0.1
    machine.step(Event.READ)  # reading beside it gives no more time
    assert not machine.time_up()
    now[0] += 0.1
    assert machine.time_up()
    machine.step(Event.TIME_UP)
    assert machine.state is State.READY
    assert machine.step(Event.HOLD) is Action.CLOSE_COMPLETE


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_whatever_happens_a_press_is_soon_taken_again(events: list[Event]):
    machine = Machine(lambda: 0.0)
    for event in events:
        machine.step(event)
    if machine.state in BUSY:
        machine.step(Event.FAILED)
    assert machine.step(Event.PRESS) is Action.TAKE_SHEET
