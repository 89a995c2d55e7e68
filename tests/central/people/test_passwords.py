"""Passwords are kept as argon2id; codes hold for their time alone; seals open for their owner."""

import threading

import pyotp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tpsbox.errors import InputError
from tpscentral.people import passwords
from tpscentral.people.passwords import CrowdedError, check_password, hash_password, password_fits
from tpscentral.people.seal import SEAL_FILE, Seal, load_seal
from tpscentral.people.totp import STEP_SECONDS, matching_step, new_secret, qr_svg
from web_visitor import until

SEAL = Seal(bytes(range(32)))
SECRET = pyotp.random_base32(32)


def test_a_password_is_kept_as_rfc_9106_recommends_and_fits_itself_alone():
    kept = hash_password("empat kuda lari pagi")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert password_fits(kept, "empat kuda lari pagi")
    assert not password_fits(kept, "empat kuda lari pagi ")


def test_nobodys_password_takes_the_same_work_and_never_fits(monkeypatch):
    checked = []

    class Counting:
        def hash(self, _password):
            return "nobody's"

        def verify(self, kept, password):
            checked.append((kept, password))
            return True

    monkeypatch.setattr(passwords, "_hasher", Counting())
    monkeypatch.setattr(passwords, "_nobody", [])
    assert not password_fits(None, "apa saja")
    assert checked == [("nobody's", b"apa saja")]


def test_a_hash_that_is_none_fits_nothing():
    assert not password_fits("not a hash", "apa saja")


def test_a_megabyte_is_not_hashed(monkeypatch):
    lengths = []

    class Measuring:
        def verify(self, _kept, password):
            lengths.append(len(password))
            return False

    monkeypatch.setattr(passwords, "_hasher", Measuring())
    assert not password_fits("kept", "a" * 1_000_000)
    assert lengths == [passwords.MOST + 1]


@given(st.text(max_size=11))
def test_short_ones_are_refused(password):
    with pytest.raises(InputError, match="terlalu pendek"):
        check_password(password, "ppk.630204")


@pytest.mark.parametrize(
    "password",
    ["Indonesia2024", "pilkada-2024!", "QWERTYuiop12", "111111111111", "abababababab"],
)
def test_the_commonest_are_refused(password):
    with pytest.raises(InputError, match="mudah ditebak"):
        check_password(password, "ppk.630204")


@pytest.mark.parametrize(
    "password", ["empat kuda lari pagi", "sepeda biru di pasar", "k8#Fq!zLw2@p"]
)
def test_good_ones_are_taken(password):
    check_password(password, "ppk.630204")


@given(st.integers(0, 2**33), st.integers(-5, 5), st.integers(0, STEP_SECONDS - 1))
@settings(max_examples=60)
def test_a_code_counts_for_its_step_and_the_one_on_either_side(step, away, within):
    code = pyotp.TOTP(SECRET).generate_otp(step + 10)
    now = (step + 10 + away) * STEP_SECONDS + within
    expected = step + 10 if abs(away) <= 1 else None
    found = matching_step(SECRET, code, now)
    # Two steps may share a code by chance, one in a million.
    assert found == expected or (found and pyotp.TOTP(SECRET).generate_otp(found) == code)


def test_rfc_6238_gives_the_codes():
    # Appendix B, SHA-1: the last six of its eight digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for time, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert matching_step(secret, code, time) == time // 30


def test_secrets_are_new_and_long_enough():
    first, second = new_secret(), new_secret()
    assert first != second and len(first) * 5 >= 160


def test_the_picture_is_an_element_without_style_or_script():
    svg = qr_svg(SECRET, "ppk.630204")
    assert svg.startswith("<svg ") and "style=" not in svg and "<script" not in svg


@given(st.binary(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_a_seal_opens_for_what_it_is_about(data, about, other):
    sealed = SEAL.close(data, about)
    assert SEAL.open(sealed, about) == data
    if other != about:
        with pytest.raises(InputError):
            SEAL.open(sealed, other)
    with pytest.raises(InputError):
        Seal(bytes(32)).open(sealed, about)


@given(st.binary(max_size=60))
def test_what_was_never_sealed_does_not_open(junk):
    with pytest.raises(InputError):
        SEAL.open(junk, "x")


def test_the_same_twice_is_sealed_differently():
    assert SEAL.close(b"x", "y") != SEAL.close(b"x", "y")


def test_the_key_is_made_once_and_private(tmp_path):
    first = load_seal(tmp_path)
    assert load_seal(tmp_path).mark("x") == first.mark("x")
    assert (tmp_path / SEAL_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [SEAL_FILE]
    (tmp_path / SEAL_FILE).write_bytes(b"short")
    with pytest.raises(InputError, match="32 bytes"):
        load_seal(tmp_path)


def test_a_crowd_is_sent_away_before_it_takes_all_threads(monkeypatch):
    monkeypatch.setattr(passwords, "_IN_ALL", threading.BoundedSemaphore(3))
    inside, go_on = threading.Semaphore(0), threading.Event()

    class Slow:
        def verify(self, _kept, _password):
            inside.release()
            return go_on.wait(20)

    monkeypatch.setattr(passwords, "_hasher", Slow())
    fits = []
    threads = [
        threading.Thread(target=lambda: fits.append(password_fits("kept", "x"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    assert inside.acquire(timeout=20) and inside.acquire(timeout=20)
    until(lambda: passwords._IN_ALL._value == 0)
    with pytest.raises(CrowdedError, match="Coba lagi"):
        password_fits("kept", "x")
    go_on.set()
    for thread in threads:
        thread.join()
    assert fits == [True] * 3 and password_fits("kept", "x")
