"""Passwords: which are good enough, and how they are kept."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY
from tpsbox.errors import EnvironmentFault, InputError

LEAST = 12
"""Letters at least; length is what counts, so no rule asks for digits or signs (NIST 800-63B)."""
MOST = 128
_LETTERS_LEAST = 5
# A check takes 64 MiB: so many run at once, and the others wait for their turn. They wait in
# threads that pages need too, so only so many may.
_AT_ONCE = threading.BoundedSemaphore(2)
_IN_ALL = threading.BoundedSemaphore(20)
# Of those with 12 letters and more, what is tried first; also with digits or signs around it.
_COMMON = (
    "adminadmin", "bismillah", "indonesia", "indonesiaraya", "jakarta", "katasandi", "kpu",
    "kotabaru", "merdeka", "pancasila", "password", "passwordpassword", "pemilihan", "pemilu",
    "pilkada", "qwerty", "qwertyuiop", "qwertyuiopasdf", "rahasia", "rahasiasekali", "sayangku",
    "sirekap", "sirekapweb", "abcdefghijkl", "iloveyou", "letmein", "welcome", "asdfghjkl",
)  # fmt: skip

# RFC 9106, section 4, second recommended option: 3 passes over 64 MiB in 4 lanes.
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


class CrowdedError(EnvironmentFault):
    """Too many passwords are being checked; in Indonesian, for the page."""


def check_password(password: str, username: str) -> None:
    """Do nothing if the password is good enough for an account.

    Raises:
        InputError: it is not; why, in Indonesian, for the page.
    """
    if len(password) < LEAST:
        raise InputError(f"Sandi terlalu pendek: paling sedikit {LEAST} huruf atau angka.")
    if len(password) > MOST:
        raise InputError(f"Sandi terlalu panjang: paling banyak {MOST} huruf.")
    folded = password.casefold()
    if username.casefold() in folded:
        raise InputError("Sandi tidak boleh memuat nama pengguna.")
    core = "".join(letter for letter in folded if letter.isalpha())
    if len(set(folded)) < _LETTERS_LEAST or not core or core in _COMMON:
        raise InputError("Sandi ini mudah ditebak. Pakai beberapa kata yang tidak berhubungan.")


def hash_password(password: str) -> str:
    """The password as it is kept: argon2id, about 0.1 s of both cores.

    Raises:
        CrowdedError: too many are being checked already.
    """
    with _turn():
        return _hasher.hash(_bytes(password))


def password_fits(kept: str | None, password: str) -> bool:
    """Whether it is the password; the same work is done when there is none to compare with.

    Raises:
        CrowdedError: too many are being checked already.
    """
    with _turn():
        try:
            # One letter too many costs nothing; a megabyte of them would.
            return _hasher.verify(kept or _nobodys(), _bytes(password[: MOST + 1])) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def _turn() -> Iterator[None]:
    if not _IN_ALL.acquire(blocking=False):
        raise CrowdedError("Terlalu banyak orang masuk bersamaan. Coba lagi sebentar lagi.")
    try:
        with _AT_ONCE:
            yield
    finally:
        _IN_ALL.release()


_nobody: list[str] = []


def _nobodys() -> str:
    # Made when first needed: a command that asks no password does not pay for it.
    if not _nobody:
        _nobody.append(_hasher.hash(secrets.token_bytes(32)))
    return _nobody[0]


def _bytes(password: str) -> bytes:
    # One keyboard composes é and another does not: both mean the same password.
    return unicodedata.normalize("NFC", password).encode()
