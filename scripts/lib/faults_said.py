"""What a box has said it keeps, held against its store after a cut."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence

from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store


def missing(store: Store, said: Sequence[str]) -> list[str]:
    """The lines that do not hold any more, and a line for whatever is there by half or twice."""
    wrong = [line for line in said if not _CHECKS[line.split()[0]](store, *line.split()[1:])]
    wrong += [f"a leftover: {path.name}" for path in store.folder.rglob("*.part")]
    for path in store.photos.folder.rglob("*.jpg"):
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
            wrong.append(f"a photo by half: {path.name}")
    wrong += [
        f"sheet {sheet.id} without its photo"
        for sheet in store.sheets.list()
        if not store.photos.has(sheet.photo)
    ]
    numbers = Counter((result.epoch, result.number) for result in store.results.list())
    wrong += [f"number {number} used twice" for number, uses in numbers.items() if uses > 1]
    queued = {item.id for item in store.outbox.list()}
    wrong += [f"result {r.id.hex()} not queued" for r in store.results.list() if r.id not in queued]
    if store.identity.exists():
        store.events.verify()
    return wrong


def _result(store: Store, id: str) -> bool:
    return any(result.id.hex() == id for result in store.results.list())


def _stored(store: Store, id: str) -> bool:
    item = store.outbox.get(bytes.fromhex(id))
    return item is not None and item.state is ItemState.STORED


_CHECKS: dict[str, Callable[..., bool]] = {
    "key": lambda s, key: s.identity.exists() and s.identity.request().public_key == key,
    "enrolled": lambda s: s.identity.enrolment() is not None,
    "photo": lambda s, sha: s.photos.has(sha),
    "sheet": lambda s, id, sha: s.sheets.get(int(id)).photo == sha,
    "reading": lambda s, id, page: s.sheets.get(int(id)).page == int(page),
    "word": lambda s, id: any(word.id == int(id) for word in s.words.list()),
    "number": lambda s, number: True,
    "result": _result,
    "event": lambda s, n: s.events.head()[0] >= int(n),
    "stored": _stored,
}
