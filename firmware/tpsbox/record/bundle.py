"""The carried bundle: all that a box has for the centre, in one ZIP file signed by the box.

The container is bound as tightly as its content: entries stored one behind the other in the order
of the manifest, and not a byte besides. So the size of the file bounds the work, and what the
manifest does not name cannot be in it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Annotated, BinaryIO, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tpsbox.errors import AnswerError, InputError
from tpsbox.record.chunks import PHOTO_LIMIT
from tpsbox.record.evidence import EVIDENCE_LIMIT
from tpsbox.record.signing import RECORD_LIMIT, SIGNATURE_BYTES
from tpsbox.record.statement import check_tps

BUNDLE_CONTEXT = b"tps-box/bundle/1\0"
BUNDLE_SUFFIX = ".tpsbundle"
BUNDLE_LIMIT = 2_000_000_000
"""Bytes: 700 photos. FAT32 takes 4 GiB, and zipfile begins its 64-bit extension at 2 GiB."""

ENTRIES_LIMIT = 6000
"""The centre takes 1000 records, sheets and photos of a TPS; each may have its receipt."""
MANIFEST_LIMIT = 2_000_000
NAME_LIMIT = 80

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"

_END = struct.Struct("<4s4H2LH")
"""A ZIP's last 22 bytes: mark, this disk, first disk, entries here, entries, bytes of the
directory, its offset, bytes of comment (APPNOTE.TXT 6.3.10, section 4.3.16)."""
_LOCAL_HEADER, _DIRECTORY_HEADER, _ZIP64_LOCATOR = 30, 46, 20
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)

EntryKind = Literal["record", "evidence", "photo", "receipt"]

_PLACES: dict[EntryKind, tuple[str, str, int]] = {
    "record": ("records", "bin", RECORD_LIMIT),
    "evidence": ("evidence", "cbor", EVIDENCE_LIMIT),
    "photo": ("photos", "jpg", PHOTO_LIMIT),
    "receipt": ("receipts", "bin", 256),
}
"""Folder, suffix and most bytes of each kind."""

Sha = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a bundle: `sha256` in hex of its `size` bytes.

    It is named by that hash; a receipt by the id of the item that it answers.
    """

    kind: EntryKind
    name: Annotated[str, msgspec.Meta(max_length=NAME_LIMIT)]
    sha256: Sha
    size: Annotated[int, msgspec.Meta(ge=1, le=PHOTO_LIMIT)]


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a bundle holds; `epoch` is that of the box whose key signs it.

    `number` is that of its newest record; `package` the election's, 8 hex digits.
    """

    version: Literal[1]
    tps: str
    package: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$", max_length=8)]
    epoch: Annotated[int, msgspec.Meta(ge=1, le=255)]
    number: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    entries: Annotated[tuple[Entry, ...], msgspec.Meta(max_length=ENTRIES_LIMIT)]


def entry(kind: EntryKind, sha: str, size: int, named: str | None = None) -> Entry:
    """An entry of that content (hex); `named` is the item's id where the content's is another."""
    return Entry(kind, _place(kind, named or sha), sha, size)


def bundle_name(tps: str, epoch: int, number: int) -> str:
    """The file name of a bundle, fit for FAT32."""
    return f"tps-{check_tps(tps)}-{epoch}-{number}{BUNDLE_SUFFIX}"


def write_bundle(
    out: BinaryIO, manifest: Manifest, key: Ed25519PrivateKey, body: Callable[[Entry], bytes]
) -> None:
    """Write a bundle; the same content gives the same bytes. `body` gives what an entry names.

    Raises:
        InputError: it is larger than a bundle may be.
    """
    data = _spell(manifest)
    if len(manifest.entries) > ENTRIES_LIMIT or len(data) > MANIFEST_LIMIT:
        raise InputError(f"bundle: it would hold more than {ENTRIES_LIMIT} entries")
    sizes = [len(data), SIGNATURE_BYTES, *(entry.size for entry in manifest.entries)]
    if sum(sizes) + 300 * len(sizes) > BUNDLE_LIMIT:
        raise InputError(f"bundle: larger than {BUNDLE_LIMIT} bytes")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_stored(MANIFEST), data)
        archive.writestr(_stored(SIGNATURE), key.sign(BUNDLE_CONTEXT + data))
        for entry in manifest.entries:
            archive.writestr(_stored(entry.name), body(entry))


def _stored(name: str) -> zipfile.ZipInfo:
    """The head of a file: no clock in it, and readable for who unpacks it."""
    info = zipfile.ZipInfo(name, _FIRST_DAY)
    info.create_system, info.external_attr = 3, 0o100644 << 16
    return info


class Bundle:
    """A bundle whose shape is as specified; `verify` says whose it is, `read` checks each file."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read and check container and manifest; `stream` must stay open.

        Raises:
            InputError: it is no bundle, cut off, or holds what its manifest does not name.
            OSError: the file cannot be read.
        """
        length = _check_end(stream)
        try:
            self._archive = zipfile.ZipFile(stream)
            files = self._archive.infolist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise InputError(f"bundle: not the ZIP file that is expected ({error})") from error
        _check_layout(files, length)
        self._files = {file.filename: file for file in files}
        self._manifest = self._content(MANIFEST, MANIFEST_LIMIT)
        self._signature = self._content(SIGNATURE, SIGNATURE_BYTES)
        self.manifest = _parse(self._manifest)
        _check_entries(self.manifest, files)

    def verify(self, key: Ed25519PublicKey) -> None:
        """Check that this key signed the manifest.

        Raises:
            AnswerError: it did not.
        """
        try:
            key.verify(self._signature, BUNDLE_CONTEXT + self._manifest)
        except InvalidSignature as error:
            raise AnswerError("bundle: the signature is not from the key of this box") from error

    def read(self, entry: Entry) -> bytes:
        """The bytes of an entry of the manifest, checked against its hash.

        Raises:
            InputError: they are damaged.
            OSError: the file cannot be read.
        """
        body = self._content(entry.name, entry.size)
        if not hmac.compare_digest(hashlib.sha256(body).hexdigest(), entry.sha256):
            raise InputError(f"bundle: {entry.name} is damaged")
        return body

    def _content(self, name: str, limit: int) -> bytes:
        file = self._files.get(name)
        if file is None or file.file_size > limit:
            raise InputError(f"bundle: {name} is missing or too large")
        try:
            return self._archive.read(file)
        except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError, struct.error) as error:
            raise InputError(f"bundle: {name} is damaged") from error


def _check_end(stream: BinaryIO) -> int:
    """Check the last record before anything is believed; where the directory begins."""
    size = stream.seek(0, 2)
    if not _END.size + _ZIP64_LOCATOR <= size <= BUNDLE_LIMIT:
        raise InputError(f"bundle of {size} bytes: too short, or above {BUNDLE_LIMIT}")
    stream.seek(size - _END.size - _ZIP64_LOCATOR)
    tail = stream.read(_END.size + _ZIP64_LOCATOR)
    end = tail[_ZIP64_LOCATOR:]
    mark, this, first, here, entries, length, start, comment = _END.unpack(end)
    if mark != b"PK\5\6":
        raise InputError("bundle: not a ZIP file, or cut off")
    plain = (this, first, comment) == (0, 0, 0) and not tail.startswith(b"PK\6\7")
    fits = here == entries <= ENTRIES_LIMIT + 2 and start + length + _END.size == size
    if not plain or not fits or length > entries * (_DIRECTORY_HEADER + NAME_LIMIT):
        raise InputError("bundle: the directory of the ZIP file is not as expected")
    return int(start)


def _check_layout(files: list[zipfile.ZipInfo], length: int) -> None:
    """Stored entries without any extras fill the file up to the directory, each after the last."""
    offset = 0
    for file in files:
        plain = file.compress_type == zipfile.ZIP_STORED and file.compress_size == file.file_size
        if not plain or file.flag_bits or file.extra or file.comment:
            raise InputError(f"bundle: {file.filename[:80]!r} is not simply stored")
        if file.header_offset != offset or file.filename != file.orig_filename:
            raise InputError("bundle: its entries are not one behind the other")
        offset += _LOCAL_HEADER + len(file.filename) + file.file_size
    if offset != length:
        raise InputError("bundle: it holds more than its entries")


def _parse(data: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"bundle: manifest: {error}") from error
    check_tps(manifest.tps)
    if _spell(manifest) != data:
        raise InputError("bundle: the manifest is not in canonical form")
    return manifest


def _check_entries(manifest: Manifest, files: list[zipfile.ZipInfo]) -> None:
    names = [entry.name for entry in manifest.entries]
    if [MANIFEST, SIGNATURE, *names] != [file.filename for file in files]:
        raise InputError("bundle: its entries are not those of the manifest")
    if len(set(names)) != len(names):
        raise InputError("bundle: an entry is there twice")
    held = {entry.sha256 for entry in manifest.entries if entry.kind != "receipt"}
    for entry, file in zip(manifest.entries, files[2:], strict=True):
        sha = re.sub(r".*/|\..*", "", entry.name) if entry.kind == "receipt" else entry.sha256
        if entry.name != _place(entry.kind, sha) or sha not in held:
            raise InputError(f"bundle: {entry.name!r} is not named by its content")
        if entry.size != file.file_size or entry.size > _PLACES[entry.kind][2]:
            raise InputError(f"bundle: {entry.name} has another size than stated, or is too large")


def _place(kind: EntryKind, sha: str) -> str:
    folder, suffix, _ = _PLACES[kind]
    return f"{folder}/{sha}.{suffix}"


def _spell(manifest: Manifest) -> bytes:
    return msgspec.json.encode(manifest, order="sorted")
