"""What every link can do, whatever it is made of, and what its errors ask for.

A link moves bytes and brings verified receipts back. It keeps nothing: what is not answered when
it closes is the outbox's to send again.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

import msgspec

from tpsbox.errors import EnvironmentFault
from tpsbox.record.receipt import ReceiptKind
from tpsbox.store.outbox import ItemKind


class LinkFault(EnvironmentFault):
    """Something went wrong with a link; the class says what to do about it."""


class RetryLater(LinkFault):
    """This item did not get through: send it again after a while. The link is well."""


class WaitForNetwork(LinkFault):
    """The link is closed: open it again after a while."""


class ClockSuspect(WaitForNetwork):
    """A certificate is not valid at this box's time, so the clock is wrong: set it, try again."""


class StopLink(LinkFault):
    """Trying again cannot help until a person has changed something."""


class Parcel(msgspec.Struct, frozen=True):
    """What to send: `id` is the SHA-256 of `body` (32 bytes)."""

    id: bytes
    kind: ItemKind
    body: bytes


class Taken(msgspec.Struct, frozen=True):
    """The next hop has the item, which says nothing about the centre."""

    id: bytes


class Moved(msgspec.Struct, frozen=True):
    """The next hop has a part of the item: the link is well, and there is more to come."""

    id: bytes


class Failed(msgspec.Struct, frozen=True):
    """The next hop did not take the item."""

    id: bytes
    fault: RetryLater


class Answered(msgspec.Struct, frozen=True):
    """The centre's receipt for the item, verified with its key against the whole id.

    `receipt` is the signed one, or the short one of a radio.
    """

    id: bytes
    kind: ReceiptKind
    receipt: bytes


class Dropped(msgspec.Struct, frozen=True):
    """Something came in that proves nothing, such as a receipt with a wrong signature."""

    reason: str


class CentreSays(msgspec.Struct, frozen=True):
    """Whether the centre takes anything in, where a link can tell."""

    accepting: bool


LinkEvent = Taken | Moved | Failed | Answered | Dropped | CentreSays

EVERYTHING = frozenset(ItemKind)
"""What a wide link carries."""


class Link(Protocol):
    """One way to the centre, used by one thread at a time."""

    @property
    def carries(self) -> frozenset[ItemKind]:
        """What it may be given: `EVERYTHING`, or results alone where bytes are dear."""

    @property
    def in_flight(self) -> Set[bytes]:
        """Ids that were sent and are neither taken nor failed."""

    @property
    def room(self) -> int:
        """How many parcels the link takes now; 0 while the centre takes nothing in."""

    def open(self) -> None:
        """Reach the next hop and make sure that receipts can come in.

        Raises:
            WaitForNetwork: it cannot be reached now.
            StopLink: it never will be without a person.
        """

    def send(self, parcel: Parcel) -> None:
        """Take a parcel on its way.

        Raises:
            RetryLater: this parcel cannot go now.
            WaitForNetwork: the link is closed.
        """

    def poll(self, timeout: float) -> tuple[LinkEvent, ...]:
        """Work for up to `timeout` seconds and tell what happened, at once if anything did.

        Raises:
            WaitForNetwork: the link was lost.
        """

    def close(self) -> None:
        """Leave; never raises."""
