"""Everything that a box has for the centre, as one signed file on a stick."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.record.bundle import (
    BUNDLE_SUFFIX,
    Bundle,
    Entry,
    EntryKind,
    Manifest,
    bundle_name,
    entry,
    write_bundle,
)
from tpsbox.store.files import TEMP_SUFFIX, Disk, disk_faults, put_stream
from tpsbox.store.outbox import Item, ItemKind
from tpsbox.store.store import Store

_KINDS: dict[ItemKind, EntryKind] = {
    ItemKind.RESULT: "record",
    ItemKind.EVIDENCE: "evidence",
    ItemKind.PHOTO: "photo",
}


class Exported(msgspec.Struct, frozen=True):
    """What lies on the stick now.

    `left_out` are photos (SHA-256 in hex) that this box's own disk does not give back.
    """

    path: Path
    size: int
    records: int
    evidence: int
    photos: int
    receipts: int
    left_out: tuple[str, ...]


def export(store: Store, folder: Path, disk: Disk | None = None) -> Exported:
    """Write this box's bundle into `folder`; it is read back and verified before it has its name.

    It replaces an older one of this box, and only after it is on the medium. What another box of
    this TPS has written stays.

    Raises:
        AnswerError: there is no result yet.
        InputError: it would be larger than a bundle may be.
        EnvironmentFault: no such folder, or the stick is full, gone or broken; nothing is lost.
    """
    disk = disk or Disk()
    newest = store.results.newest()
    if newest is None:
        raise AnswerError("export: there is no result yet; hold the button first")
    if not folder.is_dir():
        raise EnvironmentFault(f"{folder}: no such folder; is the stick in?")
    owner = store.identity.owner()
    bodies, left_out = _contents(store)
    entries = tuple(one for one, _ in bodies)
    manifest = Manifest(1, owner.tps, owner.package, newest.epoch, newest.number, entries)
    mine = f"tps-{owner.tps}-{newest.epoch}-"
    path = folder / bundle_name(owner.tps, newest.epoch, newest.number)
    try:
        _sweep(folder, mine)
        _put(store, disk, path, manifest, {one.name: body for one, body in bodies})
        _drop_older(disk, folder, mine, newest.number)
        with disk_faults(path):
            size = path.stat().st_size
    except EnvironmentFault as fault:
        raise EnvironmentFault(f"{fault}; nothing in this box is lost") from fault
    return _summary(path, size, manifest, left_out)


def _put(store: Store, disk: Disk, path: Path, manifest: Manifest, held: dict[str, bytes]) -> None:
    """Write the bundle; photos, too large to be `held`, are read one by one."""
    key = store.identity.signing_key()

    def body(one: Entry) -> bytes:
        return store.photos.read(one.sha256) if one.kind == "photo" else held[one.name]

    def check(stream: BinaryIO) -> bool:
        try:
            found = Bundle(stream)
            found.verify(key.public_key())
            return found.manifest == manifest and all(map(found.read, manifest.entries))
        except (InputError, AnswerError):
            return False

    put_stream(disk, path, lambda stream: write_bundle(stream, manifest, key, body), check)


def _contents(store: Store) -> tuple[list[tuple[Entry, bytes]], tuple[str, ...]]:
    """The entries with their bytes (none for photos, which are read one by one), and lost photos.

    A photo that the card does not give back must not keep the result from going.
    """
    bodies: list[tuple[Entry, bytes]] = []
    left_out = []
    items = store.outbox.list()
    for kind in ItemKind:
        for item in items:
            if item.kind is kind:
                size = _size(store, item)
                if size:
                    one = entry(_KINDS[kind], item.id.hex(), size)
                    bodies.append((one, item.body or b""))
                else:
                    left_out.append(item.id.hex())
    bodies += _receipts(items, set(left_out))
    return bodies, tuple(left_out)


def _size(store: Store, item: Item) -> int:
    if item.body is not None:
        return len(item.body)
    try:
        return len(store.photos.read(item.id.hex()))
    except (AnswerError, EnvironmentFault):
        return 0


def _receipts(items: tuple[Item, ...], left_out: set[str]) -> Iterator[tuple[Entry, bytes]]:
    for item in items:
        if item.receipt and item.id.hex() not in left_out:
            sha = hashlib.sha256(item.receipt).hexdigest()
            yield entry("receipt", sha, len(item.receipt), item.id.hex()), item.receipt


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what this box once left half written there, as by a stick that was pulled out."""
    with disk_faults(folder):
        for path in folder.glob(f"{prefix}*{BUNDLE_SUFFIX}.*{TEMP_SUFFIX}"):
            path.unlink(missing_ok=True)


def _drop_older(disk: Disk, folder: Path, mine: str, number: int) -> None:
    """Remove older bundles of this box: it forgets nothing, so the newest holds all of theirs."""
    with disk_faults(folder):
        for path in folder.glob(f"{mine}*{BUNDLE_SUFFIX}"):
            older = re.fullmatch(rf"{mine}([0-9]{{1,5}}){re.escape(BUNDLE_SUFFIX)}", path.name)
            if older and int(older[1]) < number:
                path.unlink(missing_ok=True)
        disk.sync_folder(folder)


def _summary(path: Path, size: int, manifest: Manifest, left_out: tuple[str, ...]) -> Exported:
    kinds = [one.kind for one in manifest.entries]
    return Exported(
        path,
        size,
        records=kinds.count("record"),
        evidence=kinds.count("evidence"),
        photos=kinds.count("photo"),
        receipts=kinds.count("receipt"),
        left_out=left_out,
    )
