"""What a carried bundle holds, in plain words: read from the front, entry by entry."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Annotated, BinaryIO, Literal, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.errors import InputError
from tpsbox.verify.describe import RECORD_LIMIT, Description

BUNDLE_START = b"PK\3\4"
"""The first bytes of every ZIP file that holds something."""

LARGEST, MOST_ENTRIES = 2_000_000_000, 6002
_LIMITS = {"record": RECORD_LIMIT, "evidence": 64 * 1024, "photo": 16_000_000, "receipt": 256}
_MANIFEST_LIMITS = {"manifest.json": 2_000_000, "manifest.sig": 64}
_PATHS = {
    "record": "records/{}.bin",
    "evidence": "evidence/{}.cbor",
    "photo": "photos/{}.jpg",
    "receipt": "receipts/{}.bin",
}
_WORDS = {"record": "hasil", "evidence": "bukti", "photo": "foto", "receipt": "tanda terima"}

_HEAD = struct.Struct("<4s5H3L2H")
_LISTED = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
"""APPNOTE.TXT 6.3.10: sections 4.3.7, 4.3.12 and 4.3.16."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["record", "evidence", "photo", "receipt"]
    name: str
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
    size: Annotated[int, msgspec.Meta(ge=1)]


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    tps: Annotated[str, msgspec.Meta(pattern="^[0-9]{13}$", max_length=13)]
    package: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$", max_length=8)]
    epoch: Annotated[int, msgspec.Meta(ge=1, le=255)]
    number: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    entries: tuple[_Entry, ...]


class _File(NamedTuple):
    name: str
    offset: int
    size: int
    checksum: int


def describe_bundle(
    stream: BinaryIO, record: Callable[[bytes], Description], key: bytes | None = None
) -> Description:
    """What a bundle says; `record` describes each record in it, the last of which is shown.

    `key` is the box's raw Ed25519 key, 32 bytes. It holds if the manifest and every record do.

    Raises:
        InputError: it is no bundle, cut off or altered.
        OSError: the file cannot be read.
    """
    walk = _Walk(stream)
    data, signature = walk.take("manifest.json"), walk.take("manifest.sig")
    manifest = _manifest(data)
    newest = Description((), None)
    answers = [_signed(key, signature, data)]
    for entry in manifest.entries:
        body = walk.take(entry.name, entry.size)
        if hashlib.sha256(body).hexdigest() != entry.sha256:
            raise InputError(f"not a bundle, or altered: {entry.name} has another hash")
        if entry.kind == "record":
            newest = record(body)
            answers.append(newest.holds)
    walk.finish()
    holds = None if key is None else all(answers)
    return Description((*_summary(manifest, answers[0]), "", *newest.lines), holds)


def _summary(manifest: _Manifest, holds: bool | None) -> Iterator[str]:
    kinds: list[str] = [entry.kind for entry in manifest.entries]
    yield f"Bungkusan TPS {manifest.tps}, kotak ke-{manifest.epoch}"
    yield "Isi: " + ", ".join(f"{kinds.count(kind)} {words}" for kind, words in _WORDS.items())
    yield "Semua isi utuh menurut daftarnya."
    words = {True: "cocok", False: "TIDAK cocok", None: "BELUM DIPERIKSA, karena tidak ada kunci"}
    yield f"Tanda tangan daftar: {words[holds]}."


def _manifest(data: bytes) -> _Manifest:
    try:
        manifest = msgspec.json.decode(data, type=_Manifest)
        plain = json.dumps(json.loads(data), sort_keys=True, separators=(",", ":"))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InputError(f"not a bundle: its manifest is not as specified ({error})") from error
    if plain.encode() != data or manifest.tps.endswith("000"):
        raise InputError("not a bundle: its manifest is not in canonical form")
    names = {entry.name for entry in manifest.entries}
    held = {entry.sha256 for entry in manifest.entries if entry.kind != "receipt"}
    if len(names) != len(manifest.entries):
        raise InputError("not a bundle: its manifest names an entry twice")
    answered = {_PATHS["receipt"].format(sha) for sha in held}
    for entry in manifest.entries:
        right = {_PATHS[entry.kind].format(entry.sha256)}
        named = entry.name in (answered if entry.kind == "receipt" else right)
        if not named or entry.size > _LIMITS[entry.kind]:
            raise InputError(f"not a bundle: {entry.name[:80]!r} is too large or wrongly named")
    return manifest


def _signed(key: bytes | None, signature: bytes, manifest: bytes) -> bool | None:
    if key is None:
        return None
    try:
        message = b"tps-box/bundle/1\0" + manifest
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


class _Walk:
    """Goes through a ZIP file from its first byte to its last, and allows for nothing else."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        size = stream.seek(0, 2)
        stream.seek(0)
        if size > LARGEST:
            raise InputError(f"not a bundle: larger than {LARGEST} bytes")
        self._offset = 0
        self._files: list[_File] = []

    def take(self, name: str, size: int | None = None) -> bytes:
        """The content of the next entry, which must have this name and size."""
        mark, _, flags, method, _, _, checksum, packed, plain, length, extra = _HEAD.unpack(
            self._bytes(_HEAD.size)
        )
        if mark != BUNDLE_START or (flags, method, extra) != (0, 0, 0) or packed != plain:
            raise InputError(f"not a bundle: no plain entry {name} where it should be")
        limit = _MANIFEST_LIMITS[name] if size is None else size
        named = length == len(name) and self._bytes(length) == name.encode()
        if not named or plain > limit or size not in (None, plain):
            raise InputError(f"not a bundle: {name} is missing, or of another size")
        body = self._bytes(plain)
        if zlib.crc32(body) != checksum:
            raise InputError(f"not a bundle, or altered: {name} is damaged")
        self._files.append(_File(name, self._offset, plain, checksum))
        self._offset += _HEAD.size + length + plain
        return body

    def finish(self) -> None:
        """Check that the directory lists these entries, and that nothing follows it."""
        if len(self._files) > MOST_ENTRIES:
            raise InputError("not a bundle: it has too many entries")
        for file in self._files:
            listed = _LISTED.unpack(self._bytes(_LISTED.size))
            mark, _, _, flags, method, _, _, checksum, packed, plain, length = listed[:11]
            extra, comment, disk, _, _, offset = listed[11:]
            name = self._bytes(length) if length == len(file.name) else b""
            found = (mark, name, offset, plain, checksum)
            expected = (b"PK\1\2", file.name.encode(), file.offset, file.size, file.checksum)
            other = (flags, method, packed - plain, extra, comment, disk)
            if found != expected or any(other):
                raise InputError("not a bundle: its directory lists other entries")
        count, length = len(self._files), sum(_LISTED.size + len(f.name) for f in self._files)
        end = _END.pack(b"PK\5\6", 0, 0, count, count, length, self._offset, 0)
        if self._bytes(_END.size) != end or self._stream.read(1):
            raise InputError("not a bundle: its end is not as specified")

    def _bytes(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) != count:
            raise InputError("not a bundle: it is cut off")
        return data
