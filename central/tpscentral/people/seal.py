"""The centre's own sealing key: what lies in the database is of no use without its folder."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tpsbox.errors import EnvironmentFault, InputError

from tpscentral.folder import write_private

SEAL_FILE = "seal.key"
SEAL_BYTES = 32
_NONCE = 12  # NIST SP 800-38D: the length at which GCM takes a nonce as it is


class Seal:
    """Seals small secrets, and marks what the centre itself has handed out."""

    def __init__(self, secret: bytes) -> None:
        """`secret`: 32 random bytes; a key for each purpose is derived from them."""
        self._aead = AESGCM(_derive(secret, b"tpscentral sealed secrets"))
        self._mark = _derive(secret, b"tpscentral marks")

    def close(self, data: bytes, about: str) -> bytes:
        """`data` sealed: it opens again only with the same `about`, such as whose it is."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, data, about.encode())

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed.

        Raises:
            InputError: it was sealed with another key or about something else, or was changed.
        """
        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
        except (InvalidTag, ValueError) as error:
            raise InputError("seal: it was not sealed with this key, or was changed") from error

    def mark(self, text: str) -> str:
        """64 hex digits that only this centre can make of a text."""
        return hmac.new(self._mark, text.encode(), hashlib.sha256).hexdigest()


def load_seal(keys: Path) -> Seal:
    """The seal of a centre, from its folder of keys; made when there is none yet.

    Raises:
        EnvironmentFault: it cannot be read or written.
        InputError: it is not 32 bytes.
    """
    path = keys / SEAL_FILE
    try:
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
    except OSError as error:
        raise EnvironmentFault(f"{path}: {error.strerror}") from error
    if len(secret) != SEAL_BYTES:
        raise InputError(f"{path}: not a key of {SEAL_BYTES} bytes; put it back from the copy")
    return Seal(secret)


def _make(path: Path) -> None:
    # Whole under another name first: a second process takes all of it or makes none.
    part = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    write_private(part, os.urandom(SEAL_BYTES))
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return
    finally:
        part.unlink()


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret)
