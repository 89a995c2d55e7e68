"""What a fault loop is judged by: lost, doubled, lights ahead of the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store

_DUE = (ItemState.QUEUED, ItemState.HANDED, ItemState.BROKER_ACK)


@dataclass
class Tally:
    """One row. `done`: what was done how often, in words; `notes`: what a person should know.

    `waiting`: items that boxes were still to send when time was up, which are not lost.
    """

    done: str = ""
    lost: int = 0
    doubled: int = 0
    ahead: int = 0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was lost or doubled, no light was ahead, and all was sent."""
        return not (self.lost or self.doubled or self.ahead or self.waiting)

    def compare(
        self, kept: Iterable[bytes], held: Iterable[bytes], waiting: Iterable[bytes] = ()
    ) -> None:
        """Count by content: `kept` is what boxes have signed and kept, `held` the centre's rows.

        `waiting` is the part of `kept` that boxes will send again. What the centre holds and no
        box has kept counts as doubled too.
        """
        wanted, found = set(kept), Counter(held)
        missing = wanted - found.keys()
        self.waiting += len(missing & set(waiting))
        self.lost += len(missing - set(waiting))
        self.doubled += found.total() - len(wanted & found.keys())


def contents_of(store: Store, *, due: bool = False) -> list[bytes]:
    """The bytes of every item of a box's outbox, or of those alone that it will send (again)."""
    return [
        item.body if item.body is not None else store.photos.read(item.id.hex())
        for item in store.outbox.list()
        if not due or item.state in _DUE
    ]


def shown_stored(store: Store) -> set[bytes]:
    """The ids of which this box says that the centre has them."""
    return {item.id for item in store.outbox.list() if item.state is ItemState.STORED}
