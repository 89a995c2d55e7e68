"""The lights are a pure function; each says the worst of what it speaks of."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tpsbox.board.notices import Notice
from tpsbox.board.signals import Light, Shown, Signal
from tpsbox.kiosk.lights import WHOLE, Holdings, holdings, signals
from tpsbox.kiosk.machine import State
from tpsbox.record.statement import Clock
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store

DONE = Holdings(photos=3, sheets=3, result=ItemState.STORED)


def change(**changes: object) -> Holdings:
    return msgspec.structs.replace(DONE, **changes)


CASES = [
    (State.READY, Holdings(), Shown()),
    (State.READY, DONE, Shown(Signal.KEPT, Signal.SURE, Signal.STORED)),
    (State.CAPTURING, DONE, Shown(Signal.TAKING, Signal.SURE, Signal.STORED)),
    (State.REFUSED, DONE, Shown(Signal.REFUSED, Signal.SURE, Signal.STORED)),
    (State.CAMERA_FAULT, DONE, Shown(Signal.FAULT, Signal.SURE, Signal.STORED)),
    (State.DISK_FAULT, DONE, Shown(Signal.DISK, Signal.SURE, Signal.STORED)),
    (State.FAULT, DONE, Shown(Signal.FAILED, Signal.SURE, Signal.STORED)),
    (State.STUCK, DONE, Shown(Signal.KEPT, Signal.SURE, Signal.STORED, Notice.STUCK)),
    (
        State.SHUTTING_DOWN,
        DONE,
        Shown(Signal.KEPT, Signal.SURE, Signal.STORED, Notice.SHUTTING_DOWN),
    ),
    (State.ARMED, DONE, Shown(Signal.KEPT, Signal.INCOMPLETE, Signal.STORED)),
    (State.HELD_BACK, DONE, Shown(Signal.KEPT, Signal.SURE, Signal.TROUBLE)),
    (State.READY, change(unread=1, doubtful=1), Shown(Signal.KEPT, Signal.READING, Signal.STORED)),
    (State.READY, change(doubtful=1), Shown(Signal.KEPT, Signal.DOUBT, Signal.STORED)),
    (State.READY, change(missing=2), Shown(Signal.KEPT, Signal.MORE_SHEETS, Signal.STORED)),
    (
        State.READY,
        change(missing=2, doubtful=1),
        Shown(Signal.KEPT, Signal.DOUBT, Signal.STORED),
    ),
    (State.READY, change(waiting=1), Shown(Signal.KEPT, Signal.SURE, Signal.REST_WAITING)),
    (State.READY, change(trouble=True), Shown(Signal.KEPT, Signal.SURE, Signal.TROUBLE)),
    *(
        (State.READY, change(result=state, waiting=2), Shown(Signal.KEPT, Signal.SURE, cloud))
        for state, cloud in (
            (None, Signal.NO_RESULT),
            (ItemState.QUEUED, Signal.WAITING),
            (ItemState.HANDED, Signal.WAITING),
            (ItemState.BROKER_ACK, Signal.WAITING),
            (ItemState.AT_KECAMATAN, Signal.AT_KECAMATAN),
        )
    ),
]


@pytest.mark.parametrize(("state", "held", "shown"), CASES)
def test_what_is_shown(state: State, held: Holdings, shown: Shown):
    assert signals(state, held) == shown


@given(
    st.sampled_from(State),
    st.builds(
        Holdings,
        photos=st.integers(0, 3),
        unread=st.integers(0, 2),
        sheets=st.integers(0, 3),
        doubtful=st.integers(0, 2),
        missing=st.integers(0, 3),
        result=st.none() | st.sampled_from(ItemState),
        waiting=st.integers(0, 2),
        trouble=st.booleans(),
    ),
)
def test_a_steady_light_never_hides_anything(state: State, held: Holdings):
    shown = signals(state, held)
    assert [s.light for s in (shown.camera, shown.tick, shown.cloud)] == list(Light)
    if shown.tick is Signal.SURE:
        assert held.sheets and not (held.doubtful or held.unread or held.missing)
    if shown.cloud is Signal.STORED:
        assert held.result is ItemState.STORED and not held.waiting and not held.trouble
    if shown.cloud is Signal.AT_KECAMATAN:
        assert held.result is ItemState.AT_KECAMATAN and not held.trouble


@given(st.sampled_from(State), st.sets(st.sampled_from(Notice)))
def test_of_several_notices_the_most_urgent_is_shown(state: State, warnings: set[Notice]):
    shown = signals(state, DONE, warnings)
    if state in WHOLE:
        assert shown.notice is WHOLE[state]
    else:
        order = list(Notice)
        assert shown.notice == min(warnings, key=order.index, default=None)


def test_a_stopped_link_and_refused_evidence_are_trouble(tmp_path):
    with Store(tmp_path) as store:
        assert not holdings(store, ()).trouble
        store.links.set("mqtt", LinkCondition.WAITING, "no network")
        assert not holdings(store, ()).trouble
        store.links.set("mqtt", LinkCondition.STOPPED, "certificate")
        assert holdings(store, ()).trouble
        store.links.set("lorawan", LinkCondition.OFF)
        assert holdings(store, ()).trouble
        store.links.set("lorawan", LinkCondition.READY)
        assert not holdings(store, ()).trouble, "results still have a way"
        store.links.set("lorawan", LinkCondition.STOPPED, "no key")
        assert holdings(store, ()).trouble


def test_refused_photos_are_no_photos_in_hand(tmp_path):
    with Store(tmp_path) as store:
        sheet = store.sheets.add_photo("ab" * 32, 1.0, Clock.RTC)
        assert (holdings(store, ()).photos, holdings(store, ()).unread) == (1, 1)
        store.sheets.reject(sheet, "blurred")
        assert (holdings(store, ()).photos, holdings(store, ()).unread) == (0, 0)
