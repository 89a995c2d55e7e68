"""Notes of many threads: each is on the disk when its writer goes on, and the chain holds."""

import threading

import pytest
from tpsbox.errors import EnvironmentFault, InputError
from tpscentral.people import journal, noting
from tpscentral.people.journal import Note
from tpscentral.people.noting import Notes
from web_visitor import until


def note(words):
    return Note(5, "ppk.a", "lihat", words, "")


def test_many_at_once_are_all_kept_in_one_chain(centre):
    notes, missing = Notes(centre.database), []

    def write(who):
        for number in range(5):
            words = f"{who}/{number}"
            notes.add(note(words))
            with centre.database.read() as connection:
                if words not in {entry.target for entry in journal.newest(connection)}:
                    missing.append(words)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missing == []
    with centre.database.read() as connection:
        assert journal.verify(connection) == journal.head(connection)
        assert sorted(e.target for e in journal.entries(connection)) == sorted(
            f"{who}/{number}" for who in range(6) for number in range(5)
        )


def test_those_who_wait_share_a_transaction(centre, monkeypatch):
    notes, batches = Notes(centre.database), []
    first_in, go_on = threading.Event(), threading.Event()
    write_all = journal.write_all

    def slow(connection, rows):
        batches.append(len(rows))
        first_in.set()
        assert go_on.wait(20)
        return write_all(connection, rows)

    monkeypatch.setattr(noting, "write_all", slow)
    threads = [threading.Thread(target=notes.add, args=(note(str(n)),)) for n in range(5)]
    threads[0].start()
    assert first_in.wait(20)
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(notes._pending) == 4)
    go_on.set()
    for thread in threads:
        thread.join()
    assert batches == [1, 4]


def test_who_waits_for_a_fault_is_told(centre, monkeypatch):
    notes = Notes(centre.database)
    with pytest.raises(InputError, match="longer than"):
        notes.add(note("x" * 81))

    def full(_connection, _rows):
        raise EnvironmentFault("disk full")

    monkeypatch.setattr(noting, "write_all", full)
    with pytest.raises(EnvironmentFault):
        notes.add(note("x"))
    monkeypatch.undo()
    notes.add(note("goes on"))
    with centre.database.read() as connection:
        assert [entry.target for entry in journal.entries(connection)] == ["goes on"]
