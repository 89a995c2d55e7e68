"""Coming in, by many at the same time: what counts once counts once, on either database."""

import threading

import pyotp
import pytest
from argon2 import PasswordHasher
from tpscentral.database import Database
from tpscentral.people import accounts, entering, journal, passwords, sessions
from tpscentral.people.accounts import NewAccount
from tpscentral.people.entering import FAILURES, LOCKED_OUT
from tpscentral.people.passwords import hash_password
from tpscentral.people.roles import Role
from tpscentral.people.seal import Seal

NOW = 1_732_700_000
PASSWORD = "empat kuda lari pagi"
NAME = "ppk.630204"
SECRET = pyotp.random_base32(32)
SEAL = Seal(bytes(32))


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", quick)
    monkeypatch.setattr(passwords, "_nobody", [])


@pytest.fixture
def database(centre):
    """The centre's database, with an account that is ready."""
    with centre.database.write() as connection:
        accounts.create(connection, NewAccount(NAME, "Ani", Role.PPK, "630204"), NOW)
        token = accounts.invite(connection, NAME, NOW).token
        sealed = SEAL.close(SECRET.encode(), NAME)
        assert accounts.set_up(connection, token, hash_password(PASSWORD), (sealed, 0), NOW)
    return centre.database


def at_once(count, work):
    """What `work(n)` gave in so many threads that begin together."""
    begin, results = threading.Barrier(count), [None] * count

    def run(n):
        begin.wait()
        results[n] = work(n)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def details(database):
    with database.read() as connection:
        return [entry.detail for entry in journal.entries(connection)]


def half_way(database):
    token = entering.enter(database, NAME, PASSWORD, NOW, training=False)
    with database.read() as connection:
        return sessions.find(connection, token, NOW)


def test_guesses_at_once_are_counted_one_by_one(database):
    def guess(n):
        return entering.enter(database, NAME, f"salah sekali {n}", NOW, training=True)

    assert at_once(FAILURES + 4, guess) == [None] * (FAILURES + 4)
    assert details(database).count("sandi salah") == FAILURES - 1
    assert sum("akun terkunci 15 menit" in words for words in details(database)) == 1
    assert details(database).count("akun terkunci") == 4
    assert entering.enter(database, NAME, PASSWORD, NOW + LOCKED_OUT - 1, training=True) is None
    assert entering.enter(database, NAME, PASSWORD, NOW + LOCKED_OUT, training=True)


def test_one_code_lets_one_in(database):
    halves = [half_way(database) for _ in range(4)]
    code = pyotp.TOTP(SECRET).at(NOW)
    tokens = at_once(4, lambda n: entering.confirm(database, SEAL, halves[n], code, NOW))
    assert sum(token is not None for token in tokens) == 1
    assert details(database).count("kode sudah dipakai") == 3


def test_one_link_sets_up_one_account(database):
    with database.write() as connection:
        token = accounts.invite(connection, NAME, NOW).token

    def use(n):
        with database.write() as connection:
            return accounts.set_up(connection, token, f"hash {n}", None, NOW)

    assert sum(account is not None for account in at_once(4, use)) == 1


def test_failures_before_and_after_a_full_entry(database):
    """Only a full entry clears the count: the password alone does not."""
    for _ in range(FAILURES - 1):
        assert entering.enter(database, NAME, "salah sekali", NOW, training=False) is None
    session = half_way(database)
    code = pyotp.TOTP(SECRET).at(NOW)
    assert entering.confirm(database, SEAL, session, code, NOW)
    for _ in range(FAILURES - 1):
        assert entering.enter(database, NAME, "salah sekali", NOW, training=False) is None
    session = half_way(database)
    assert entering.confirm(database, SEAL, session, "000000", NOW) is None
    # That was the fifth: even a good code is too late, and the half session is gone.
    later = pyotp.TOTP(SECRET).at(NOW + 30)
    assert entering.confirm(database, SEAL, session, later, NOW + 30) is None
    with database.read() as connection:
        assert accounts.load(connection, NAME).locked_until == NOW + LOCKED_OUT


def test_many_writers_of_the_journal_make_one_chain(centre):
    """Several processes write, each with its own connections to the database."""
    others = [Database(centre.folder.database) for _ in range(3)]

    def write(n):
        for number in range(6):
            with others[n % 3].write() as connection:
                journal.write(connection, "x", "lihat", f"{n}/{number}", "", NOW)

    at_once(6, write)
    for other in others:
        other.close()
    with centre.database.read() as connection:
        assert journal.verify(connection) == journal.head(connection)
        assert journal.head(connection).n == 36


def test_what_is_undone_leaves_no_row(centre):
    class LaterError(Exception):
        pass

    with pytest.raises(LaterError), centre.database.write() as connection:
        journal.write(connection, "x", "koreksi", "6302042001001", "", NOW)
        raise LaterError
    with centre.database.write() as connection:
        journal.write(connection, "x", "koreksi", "6302042001002", "", NOW)
    with centre.database.read() as connection:
        assert journal.verify(connection) == journal.head(connection)
        assert journal.head(connection).n == 1
