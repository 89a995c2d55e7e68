"""The journal tells whether any row of it was changed, taken out or slipped in."""

import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, text, update
from tpsbox.errors import EnvironmentFault, InputError
from tpscentral.people.journal import (
    FIRST,
    Break,
    Head,
    entries,
    head,
    holds,
    newest,
    verify,
    write,
)
from tpscentral.schema import journal

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
ROWS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8)


@pytest.fixture
def loose():
    """A journal whose database lets everything happen: the chain alone must show it."""
    engine = create_engine("sqlite://")
    journal.create(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def fill(connection, rows):
    connection.execute(delete(journal))
    for n, (target, detail) in enumerate(rows):
        write(connection, "ppk.630204", "lihat", target, detail, 1_700_000_000 + n)


def some(function):
    quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    return quick(function)


@some
@given(rows=ROWS)
def test_what_was_written_verifies_up_to_the_head(loose, rows):
    fill(loose, rows)
    assert verify(loose) == head(loose)
    assert head(loose).n == len(rows)
    assert [(entry.target, entry.detail) for entry in entries(loose)] == rows


@some
@given(rows=ROWS, data=st.data(), column=st.sampled_from(["account", "action", "target", "detail"]))
def test_a_changed_row_is_named(loose, rows, data, column):
    fill(loose, rows)
    n = data.draw(st.integers(1, len(rows)))
    loose.execute(update(journal).where(journal.c.n == n).values({column: journal.c[column] + "x"}))
    assert verify(loose) == Break(n, "was changed after it was written")


@some
@given(rows=ROWS, data=st.data())
def test_a_row_that_was_taken_out_is_named(loose, rows, data):
    fill(loose, [*rows, ("last", "")])
    n = data.draw(st.integers(1, len(rows)))
    loose.execute(delete(journal).where(journal.c.n == n))
    broken = verify(loose)
    assert isinstance(broken, Break) and broken.n == n


@some
@given(rows=ROWS, data=st.data())
def test_a_row_hashed_anew_breaks_the_next(loose, rows, data):
    fill(loose, [*rows, ("last", "")])
    n = data.draw(st.integers(1, len(rows)))
    row = loose.execute(journal.select().where(journal.c.n == n)).one()
    forged = [n, row.at, row.account, row.action, row.target, "forged", row.before]
    loose.execute(
        update(journal).where(journal.c.n == n).values(detail="forged", hash=documented(forged))
    )
    assert verify(loose) == Break(n + 1, "does not follow from the row before it")


def documented(values):
    """The hash as the documentation gives it, made by other means than the journal's own."""
    plain = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def test_the_hash_is_the_documented_one(loose):
    first = write(loose, "admin", "masuk", "admin", "é – ✓", 5)
    assert first == Head(1, documented([1, 5, "admin", "masuk", "admin", "é – ✓", FIRST]))
    assert head(loose) == first


def test_an_empty_journal_has_the_head_zero(loose):
    assert verify(loose) == head(loose) == Head(0, FIRST)


def test_a_head_from_the_minutes_holds_until_its_row_is_another(loose):
    fill(loose, [("a", ""), ("b", ""), ("c", "")])
    kept = [Head(0, FIRST), *(Head(entry.n, entry.hash) for entry in entries(loose))]
    assert all(holds(loose, known) for known in kept)
    # Whoever can write the table can cut it off and chain it anew: the minutes show it.
    loose.execute(delete(journal).where(journal.c.n >= 2))
    write(loose, "x", "lihat", "B", "", 5)
    assert verify(loose) == head(loose)
    assert [holds(loose, known) for known in kept] == [True, True, False, False]


def test_nothing_is_cut_off_to_fit(loose):
    with pytest.raises(InputError, match="longer than 80 letters"):
        write(loose, "admin", "lihat", "x" * 81, "", 5)
    assert head(loose).n == 0


def test_officers_find_what_is_about_their_region(loose):
    for target in ("6302042001001", "630204", "6302", "630304", "ppk.630204", "6302050000001"):
        write(loose, "x", "lihat", target, "", 5)
    assert [e.target for e in newest(loose, region="630204")] == ["630204", "6302042001001"]
    assert [e.n for e in newest(loose, region="6302")] == [6, 3, 2, 1]
    assert [e.n for e in newest(loose, limit=2)] == [6, 5]
    assert [e.n for e in newest(loose, below=5, limit=2)] == [4, 3]


def test_the_database_itself_refuses_to_change_or_delete(centre):
    with centre.database.write() as connection:
        write(connection, "admin", "masuk", "admin", "", 5)
    for change in ("UPDATE journal SET detail = 'x'", "DELETE FROM journal"):
        with (
            pytest.raises(EnvironmentFault, match="only added to"),
            centre.database.write() as connection,
        ):
            connection.execute(text(change))
