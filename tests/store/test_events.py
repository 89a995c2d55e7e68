import hashlib
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.errors import AnswerError
from tpsbox.store.store import DATABASE, Store

TPS = "6302042001001"


@pytest.fixture
def log(store):
    store.identity.create(TPS, "uji", b"\x01\x02\x03\x04")
    return store.events


def test_the_log_begins_with_the_tps(store):
    with pytest.raises(AnswerError, match="no TPS yet"):
        store.events.add("start")
    store.identity.create(TPS, "uji", b"\x01\x02\x03\x04")
    genesis = hashlib.sha256(b"tps-box/events/1\0" + TPS.encode()).digest()
    assert store.events.head() == (0, genesis)


def test_a_row_is_bound_to_the_one_before(log):
    first = log.add("start", {"version": "1", "cold": True})
    second = log.add("press")
    text = b'[1,1700000000.0,"start","{\\"cold\\":true,\\"version\\":\\"1\\"}"]'
    genesis = hashlib.sha256(b"tps-box/events/1\0" + TPS.encode()).digest()
    assert first.hash == hashlib.sha256(genesis + text).digest()
    assert second.hash == hashlib.sha256(first.hash + b'[2,1700000000.0,"press","{}"]').digest()
    assert log.head() == (2, second.hash)
    assert log.verify() == 2
    assert log.list() == (first, second)
    assert log.list(after=1) == (second,)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET time = time + 1 WHERE n = 2",
        "UPDATE events SET name = 'other' WHERE n = 2",
        """UPDATE events SET data = '{"a":2}' WHERE n = 2""",
        "UPDATE events SET hash = zeroblob(32) WHERE n = 2",
        "UPDATE events SET previous = zeroblob(32) WHERE n = 2",
        "DELETE FROM events WHERE n = 2",
    ],
)
def test_any_change_shows_and_names_the_row(store, log, change):
    for count in range(3):
        log.add("press", {"a": count})
    assert log.verify() == 3
    with sqlite3.connect(store.folder / DATABASE) as plain:
        plain.execute("DROP TRIGGER events_kept")
        plain.execute("DROP TRIGGER events_fixed")
        plain.execute(change)
    plain.close()
    with pytest.raises(AnswerError, match="row 2 was changed"):
        log.verify()


def test_the_log_of_another_tps_does_not_pass(store, log):
    log.add("start")
    (store.identity.folder / "identity.json").write_text(
        '{"version":1,"tps":"6302042001002","election":"uji","package":"01020304"}'
    )
    with pytest.raises(AnswerError, match="row 1"):
        log.verify()


SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20)


@settings(deadline=None, max_examples=25)
@given(
    rows=st.lists(
        st.tuples(
            st.floats(0, 4e9), st.text(max_size=20), st.dictionaries(st.text(max_size=9), SCALARS)
        ),
        max_size=5,
    )
)
def test_whatever_is_logged_verifies_after_reopening(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("log")
    times = iter([time for time, _, _ in rows])
    with Store(folder, clock=lambda: next(times)) as store:
        store.identity.create(TPS, "uji", b"\x01\x02\x03\x04")
        for _, name, data in rows:
            store.events.add(name, data)
    with Store(folder) as store:
        assert store.events.verify() == len(rows)
        assert [(e.time, e.name, e.data) for e in store.events.list()] == rows
