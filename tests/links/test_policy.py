"""Which link when: the order, the way back to a better link, and what may never wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from memory_link import PATIENCE, SwitchedLink
from mqtt_broker import wait_for
from tpsbox.errors import InputError
from tpsbox.links.port import EVERYTHING
from tpsbox.store.linkstate import LinkCondition
from tpsbox.store.outbox import ItemKind, ItemState
from tpsbox.uplink import roster
from tpsbox.uplink.linkfile import LinkFile, MqttTable
from tpsbox.uplink.process import run
from tpsbox.uplink.roster import Candidate, Roster
from tpsbox.uplink.table import LINKS

FREE_PORT = 1


@pytest.fixture
def box(enrol):
    return enrol(FREE_PORT)


@pytest.fixture
def wide() -> SwitchedLink:
    return SwitchedLink()


@pytest.fixture
def narrow() -> SwitchedLink:
    return SwitchedLink(narrow=True)


def make_narrow(narrow):
    """As a modem's: its settings may be wrong."""

    def made(store, _enrolment, _file):
        text = store.folder / "lorawan.toml"
        if text.exists() and text.read_text() == "wrong":
            raise InputError(f"{text}: wrong")
        return narrow

    return made


@pytest.fixture
def uplink(data, box, clock, wide, narrow, monkeypatch) -> Iterator[None]:
    """The process on two links in memory, a call starts it; waits between tries are short."""
    monkeypatch.setattr(roster, "wait_after", lambda *_: 0.05)
    stop = threading.Event()
    links = {"mqtt": lambda *_: wide, "lorawan": make_narrow(narrow)}
    settings = {"clock": clock, "random": lambda: 0.0, "links": links}
    thread = threading.Thread(target=run, args=(data, stop), kwargs=settings)
    yield thread.start
    stop.set()
    wide.hanging.set()
    if thread.ident is not None:
        thread.join(PATIENCE)
    assert not thread.is_alive() and not wide.is_open and not narrow.is_open


@pytest.fixture
def add(box):
    def added(photos: int = 0) -> bytes:
        number = box.results.reserve(1)
        kept = [box.photos.keep(f"{number} {photo}".encode()) for photo in range(photos)]
        record = f"record {number}".encode()
        return box.results.add_result(record, number=number, epoch=1, evidence=[], photos=kept)

    return added


def condition(box, name: str) -> LinkCondition | None:
    state = box.links.get(name)
    return state.state if state else None


def test_the_first_link_that_opens_is_used_and_no_other(box, add, wide, narrow, uplink):
    add(photos=2)
    uplink()
    wait_for(lambda: {i.state for i in box.outbox.list()} == {ItemState.STORED}, "every receipt")
    assert wide.kinds == ["result", "photo", "photo"]
    assert narrow.opened == 0
    assert condition(box, "mqtt") is LinkCondition.ONLINE
    assert condition(box, "lorawan") is LinkCondition.READY


def test_a_narrow_link_is_opened_for_a_result_and_left_for_a_wider_one(
    box, add, wide, narrow, uplink
):
    wide.up = False
    uplink()
    wait_for(lambda: wide.opened >= 3, "tries without a result")
    assert narrow.opened == 0, "there was nothing to be sent on it"
    id = add(photos=1)
    wait_for(lambda: box.outbox.get(id).state is ItemState.STORED, "the short receipt")
    assert narrow.kinds == ["result"]
    assert condition(box, "lorawan") is LinkCondition.ONLINE
    assert box.links.get("mqtt").error == "no network here"
    wide.up = True
    wait_for(lambda: {i.state for i in box.outbox.list()} == {ItemState.STORED}, "the photo")
    wait_for(lambda: box.outbox.unsigned() == (), "the signed receipt")
    assert wide.kinds == ["photo", "result"]
    wait_for(lambda: not narrow.is_open, "the narrow link to be left")
    assert condition(box, "lorawan") is LinkCondition.READY
    assert (condition(box, "mqtt"), box.links.get("mqtt").error) == (LinkCondition.ONLINE, "")


def test_what_is_on_its_way_on_the_narrow_link_goes_again_on_the_wide_one(
    box, add, wide, narrow, uplink
):
    wide.up = narrow.answering = False
    id = add()
    uplink()
    wait_for(lambda: narrow.kinds == ["result"], "the result on the narrow link")
    assert box.outbox.get(id).state is not ItemState.STORED
    wide.up = True
    wait_for(lambda: box.outbox.get(id).state is ItemState.STORED, "the receipt")
    assert wide.kinds == ["result"]


def test_a_link_that_hangs_while_it_opens_stops_no_other(box, add, wide, narrow, uplink):
    wide.up = False
    first = add()
    uplink()
    wait_for(lambda: box.outbox.get(first).state is ItemState.STORED, "the first")
    wide.hanging.clear()
    tries = wide.opened
    wait_for(lambda: wide.opened > tries, "the wide link to hang")
    second = add()
    wait_for(lambda: box.outbox.get(second).state is ItemState.STORED, "the second")
    assert narrow.kinds == ["result"] * 2


def test_a_link_that_is_lost_gives_way_to_the_next(box, add, wide, narrow, uplink):
    uplink()
    wait_for(lambda: wide.is_open, "the wide link")
    wide.answering = False
    id = add()
    wait_for(lambda: wide.kinds == ["result"], "the result on the wide link")
    wide.up = False
    wait_for(lambda: box.outbox.get(id).state is ItemState.STORED, "the short receipt")
    assert narrow.kinds == ["result"]


def test_wrong_settings_stop_one_link_until_they_are_right(box, add, wide, narrow, uplink, data):
    (data / "lorawan.toml").write_text("wrong")
    wide.up = False
    id = add()
    uplink()
    wait_for(lambda: wide.opened > 1, "tries of the other")
    assert condition(box, "lorawan") is LinkCondition.STOPPED
    assert "lorawan.toml: wrong" in box.links.get("lorawan").error
    (data / "lorawan.toml").write_text("right now")
    wait_for(lambda: box.outbox.get(id).state is ItemState.STORED, "the receipt")


def test_the_order_is_that_of_the_file(box, add, wide, narrow, uplink, data):
    (data / "links.toml").write_text('order = ["lorawan"]\n')
    id = add()
    uplink()
    wait_for(lambda: box.outbox.get(id).state is ItemState.STORED, "the receipt")
    assert (wide.opened, narrow.kinds) == (0, ["result"])
    (data / "links.toml").write_text('order = ["mqtt", "lorawan"]\n')
    wait_for(lambda: condition(box, "mqtt") is LinkCondition.ONLINE, "the wide link")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('order = ["radio"]', "no link 'radio'"),
        ('order = ["mqtt", "mqtt"]', "twice"),
        ("order = []", "length >= 1"),
        ("[mqtt]\nchunk_bytes = 100", "chunk_bytes"),
        ("speed = 1", "speed"),
        ("order", "links.toml"),
    ],
)
def test_a_wrong_file_of_links_is_one_line_in_the_status(box, uplink, data, wide, text, why):
    (data / "links.toml").write_text(text)
    uplink()
    wait_for(lambda: condition(box, "mqtt") is LinkCondition.STOPPED, "the fault")
    error = box.links.get("mqtt").error
    assert why in error and "links.toml" in error and "\n" not in error
    (data / "links.toml").unlink()
    wait_for(lambda: wide.is_open, "the link")


def test_a_damaged_enrolment_is_shown_until_it_is_put_right(box, uplink, data, wide):
    path = data / "identity" / "enrolment.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    uplink()
    wait_for(lambda: condition(box, "mqtt") is LinkCondition.STOPPED, "the fault")
    assert "enrolment" in box.links.get("mqtt").error
    assert wide.opened == 0
    path.write_bytes(whole)
    wait_for(lambda: wide.is_open, "the link")


def test_a_modem_is_offered_where_it_is_set_up(box, data):
    def offered() -> dict[str, frozenset[ItemKind]]:
        made = {
            name: make(box, box.identity.enrolment(), LinkFile(mqtt=MqttTable(4096)))
            for name, make in LINKS.items()
        }
        return {name: link.carries for name, link in made.items() if link is not None}

    assert offered() == {"mqtt": EVERYTHING}
    (data / "lorawan.key").write_text("0123456789abcdef0123456789abcdee")
    (data / "lorawan.key").chmod(0o600)
    (data / "lorawan.toml").write_text(
        'port = "/dev/ttyUSB0"\nmodem = "rak3172"\njoin_eui = "70B3D57ED0000001"\n'
        'app_key_file = "lorawan.key"\n'
    )
    assert offered() == {"mqtt": EVERYTHING, "lorawan": frozenset({ItemKind.RESULT})}
    assert list(LINKS) == ["mqtt", "sim7600", "lorawan"], "the widest first"


def test_links_take_turns_so_that_none_keeps_another_from_its_own():
    candidates = [Candidate(name, SwitchedLink()) for name in "abc"]
    links = Roster(candidates, lambda: 0.0)
    tried = []
    for second in range(0, 6000, 600):
        candidate = links.pick(float(second), None, True)
        tried.append(candidate.name)
        links.failed(candidate, float(second))
    assert tried == ["a", "b", "c"] * 3 + ["a"]


def test_a_roster_waits_longer_each_time_and_hurries_for_something_new():
    candidate = Candidate("a", SwitchedLink())
    links = Roster([candidate], lambda: 1.0)
    waits = []
    for _ in range(9):
        links.failed(candidate, 1000.0)
        waits.append(candidate.next_at - 1000.0)
    assert waits == [4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert links.pick(1002.0, None, True) is None
    links.hurry()
    assert links.pick(1002.0, None, True) is candidate


def test_only_what_is_preferred_is_tried_beside_an_open_link():
    a, b = Candidate("a", SwitchedLink()), Candidate("b", SwitchedLink(narrow=True))
    links = Roster([a, b], lambda: 0.0)
    assert links.pick(0.0, a, True) is None
    assert links.pick(0.0, b, True) is a
    a.stopped = True
    assert links.pick(0.0, b, True) is None
    assert links.pick(0.0, None, True) is b
    assert links.pick(0.0, None, False) is None
