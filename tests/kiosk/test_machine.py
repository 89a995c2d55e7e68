"""The table: every pair is there, and what people can do works from every state at rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.kiosk.machine import ARMED_SECONDS, AT_REST, TABLE, Action, Event, Machine, State

PEOPLE = (Event.PRESS, Event.PRESS_ATTACHMENT, Event.HOLD, Event.LONG_HOLD)
BUSY = (State.CAPTURING, State.CLOSING)
RESTING = [state for state in State if state in AT_REST]
FAULTS = {
    Event.CAMERA_FAILED: State.CAMERA_FAULT,
    Event.DISK_FAILED: State.DISK_FAULT,
    Event.FAILED: State.FAULT,
}

WAY_TO = {
    State.READY: (),
    State.CAPTURING: (Event.PRESS,),
    State.CLOSING: (Event.HOLD,),
    State.REFUSED: (Event.UNREADABLE,),
    State.ARMED: (Event.HOLD, Event.INCOMPLETE),
    State.HELD_BACK: (Event.HOLD, Event.UNENROLLED),
    State.CAMERA_FAULT: (Event.CAMERA_FAILED,),
    State.DISK_FAULT: (Event.DISK_FAILED,),
    State.FAULT: (Event.FAILED,),
    State.STUCK: (Event.BUTTON_STUCK,),
    State.SHUTTING_DOWN: (Event.LONG_HOLD,),
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
    if action is Action.SHUT_DOWN:
        assert event is Event.LONG_HOLD and machine.state is State.SHUTTING_DOWN
    if action is Action.REPORT:
        assert machine.state is State.FAULT


def test_the_table_has_no_other_rows():
    assert set(TABLE) == set(State)
    assert all(set(row) == set(Event) for row in TABLE.values())


def test_a_state_waits_for_people_works_or_is_the_end():
    assert set(State) == {*AT_REST, *BUSY, State.SHUTTING_DOWN}


@pytest.mark.parametrize("state", RESTING, ids=lambda state: state.name)
def test_from_every_state_at_rest_a_press_takes_and_a_hold_closes(state: State):
    assert machine_in(state).step(Event.PRESS) is Action.TAKE_SHEET
    assert machine_in(state).step(Event.PRESS_ATTACHMENT) is Action.TAKE_ATTACHMENT
    expected = Action.CLOSE_ALL if state is State.ARMED else Action.CLOSE_COMPLETE
    assert machine_in(state).step(Event.HOLD) is expected
    assert machine_in(state).step(Event.LONG_HOLD) is Action.SHUT_DOWN


@pytest.mark.parametrize("event", FAULTS, ids=lambda event: event.name)
@pytest.mark.parametrize("state", [*RESTING, *BUSY], ids=lambda state: state.name)
def test_a_failure_shows_in_every_state(state: State, event: Event):
    machine = machine_in(state)
    machine.step(event)
    assert machine.state is FAULTS[event]


@pytest.mark.parametrize(
    ("state", "over"),
    [
        (State.CAMERA_FAULT, Event.CAMERA_BACK),
        (State.DISK_FAULT, Event.DISK_BACK),
        (State.STUCK, Event.BUTTON_FREE),
    ],
)
def test_what_can_end_by_itself_ends_by_its_own_event_alone(state: State, over: Event):
    ends = {event for event in Event if TABLE[state][event][0] is State.READY}
    assert ends == {over}


@pytest.mark.parametrize("state", RESTING, ids=lambda state: state.name)
def test_a_stuck_button_shows_whatever_was_shown_before(state: State):
    machine = machine_in(state)
    machine.step(Event.BUTTON_STUCK)
    assert machine.state is State.STUCK


def test_nothing_leads_out_of_shutting_down():
    machine = machine_in(State.SHUTTING_DOWN)
    assert {machine.step(event) for event in Event} == {Action.NONE}
    assert machine.state is State.SHUTTING_DOWN


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


@given(st.lists(st.sampled_from([e for e in Event if e is not Event.LONG_HOLD]), max_size=40))
def test_whatever_happens_a_press_is_soon_taken_again(events: list[Event]):
    machine = Machine(lambda: 0.0)
    for event in events:
        machine.step(event)
    if machine.state in BUSY:
        machine.step(Event.FAILED)
    assert machine.step(Event.PRESS) is Action.TAKE_SHEET
