"""One uplink a box: the lock that says whether it runs, and so whether links are as they said."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from tpsbox.store.linkstate import LinkCondition, LinkState
from tpsbox.store.lock import hold, holder_says
from tpsbox.store.store import Store

LOCK = "uplink.lock"


def uplink_lock(data: Path) -> AbstractContextManager[int]:
    """Hold it while the uplink runs: two of them would throw each other off the broker.

    Raises:
        AnswerError: another uplink runs on this folder.
        EnvironmentFault: the folder cannot be used.
    """
    return hold(data / LOCK, f"{data}: an uplink runs on this folder already; stop that one")


def uplink_runs(data: Path) -> bool:
    """Whether an uplink holds the lock of that folder."""
    return holder_says(data / LOCK) is not None


def links_now(store: Store) -> tuple[LinkState, ...]:
    """Every link that ever ran, by name; where the uplink ended without a word, off since 0."""
    links = store.links.list()
    if uplink_runs(store.folder):
        return links
    return tuple(link if link.state is LinkCondition.OFF else _off(link) for link in links)


def _off(link: LinkState) -> LinkState:
    return msgspec.structs.replace(link, state=LinkCondition.OFF, since=0.0)
