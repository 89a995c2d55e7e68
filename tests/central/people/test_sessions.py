"""A session holds for its time and its account, and for nobody who only reads the database."""

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, select
from tpscentral.people import accounts, sessions
from tpscentral.people.accounts import NewAccount
from tpscentral.people.roles import Role
from tpscentral.people.sessions import ABSOLUTE, HALF_WAY, IDLE
from tpscentral.schema import accounts as account_table
from tpscentral.schema import journal, metadata
from tpscentral.schema import sessions as table

NOW = 1_732_700_000
STAGES = st.sampled_from(["full", "password"])


def opened():
    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=[account_table, journal, table])
    connection = engine.connect()
    for name in ("ppk.a", "ppk.b"):
        accounts.create(connection, NewAccount(name, name, Role.PPK, "630204"), NOW)
    return connection


@given(st.lists(st.integers(0, 2 * IDLE), max_size=40), STAGES)
@settings(max_examples=60, deadline=None)
def test_it_holds_until_a_limit_is_reached_and_never_after(pauses, stage):
    connection = opened()
    token = sessions.start(connection, "ppk.a", stage, NOW)
    now = seen = noted = NOW
    for pause in pauses:
        now += pause
        session = sessions.find(connection, token, now)
        longest = ABSOLUTE if stage == "full" else HALF_WAY
        assert (session is not None) == (now - noted < IDLE and now - NOW < longest)
        if session is None:
            # Nothing brings it back.
            assert sessions.find(connection, token, now + 1) is None
            break
        if session.due(now):
            sessions.note(connection, session, now)
            noted = now
        seen = now
        # What is not noted is never more than a minute behind.
        assert seen - noted < 60
    connection.close()


def test_the_token_is_not_in_the_database():
    connection = opened()
    token = sessions.start(connection, "ppk.a", "full", NOW)
    assert token not in map(str, connection.execute(select(table)).one())
    assert sessions.find(connection, token, NOW).account.username == "ppk.a"
    for other in ("", token[:-1], token + "x", sessions.key_of(token)):
        assert sessions.find(connection, other, NOW) is None


def test_sessions_end_with_their_account_and_spare_the_one_in_use():
    connection = opened()
    first, second = (sessions.start(connection, "ppk.a", "full", NOW) for _ in range(2))
    other = sessions.start(connection, "ppk.b", "full", NOW)
    assert sessions.end_all(connection, "ppk.a", but=sessions.key_of(first)) == 1
    assert sessions.find(connection, first, NOW) and not sessions.find(connection, second, NOW)
    accounts.disable(connection, "ppk.a", NOW)
    assert sessions.find(connection, first, NOW) is None
    assert sessions.find(connection, other, NOW)


@given(
    st.lists(st.tuples(STAGES, st.integers(0, ABSOLUTE + 100), st.integers(0, IDLE)), max_size=6)
)
@settings(max_examples=40, deadline=None)
def test_sweeping_forgets_what_has_run_out_and_only_that(made):
    connection = opened()
    now, holding = NOW + ABSOLUTE + 200, 0
    for stage, age, idle in made:
        token = sessions.start(connection, "ppk.a", stage, now - age)
        session = sessions.find(connection, token, now - age)
        sessions.note(connection, session, max(now - idle, now - age))
        holding += sessions.find(connection, token, now) is not None
    sessions.sweep(connection, now)
    assert connection.scalar(select(func.count()).select_from(table)) == holding
    connection.close()


def test_a_clock_that_was_set_back_ends_nothing():
    connection = opened()
    token = sessions.start(connection, "ppk.a", "full", NOW)
    assert sessions.find(connection, token, NOW - 86400)
