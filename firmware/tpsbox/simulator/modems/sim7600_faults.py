"""What goes wrong with a simulated SIM7600, and when: `3:busy`, `1-2:no-service`.

The number counts connections to the broker for the first group, and publishes for all others, each
from 1 and over the life of the simulator.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from tpsbox.errors import UsageError


class ModemFault(StrEnum):
    """One thing that goes wrong."""

    NO_SERVICE = "no-service"
    """There is no mobile network while the connection is being prepared."""
    REFUSED = "refused"
    """The broker closes the connection at once."""
    BUSY = "busy"
    """The modem says that it is busy."""
    NOT_PUBLISHED = "not-published"
    """The modem says that publishing failed, without a reason."""
    ACK_LOST = "ack-lost"
    """The broker has the message; the modem says that nothing came back in time."""
    LINK_LOST = "link-lost"
    """The connection to the broker dies under the publish."""
    NETWORK_LOST = "network-lost"
    """The mobile network goes, and the modem's MQTT with it."""
    RESET = "reset"
    """The modem starts anew in the middle: no final line, then the lines of a start."""
    GARBAGE = "garbage"
    """Noise before and between the lines."""
    SPLIT_LINES = "split-lines"
    """Lines come in two parts with a pause between."""
    CHATTER = "chatter"
    """Lines that nobody asked for stand between those of the command."""
    AGAIN = "again"
    """The last message comes once more, in the middle of the publish."""
    UNPLUGGED = "unplugged"
    """The cable is pulled out in the middle, and put back after 10 s."""


AT_CONNECTION = frozenset({ModemFault.NO_SERVICE, ModemFault.REFUSED})


class _Entry(msgspec.Struct, frozen=True):
    first: int
    last: int
    kind: ModemFault


class ModemFaults:
    """Counts connections and publishes, and says what is wrong with each."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """`texts`: each `N:kind` or `N-M:kind`.

        Raises:
            UsageError: one is not.
        """
        self._entries = tuple(_parse(text) for text in texts)
        self._connections = 1
        self._publishes = 0

    @property
    def at_connection(self) -> frozenset[ModemFault]:
        """What is wrong with the connection that is being prepared."""
        return self._at(self._connections) & AT_CONNECTION

    def connected(self) -> None:
        """A connection was tried."""
        self._connections += 1

    def at_publish(self) -> frozenset[ModemFault]:
        """What is wrong with the publish that begins."""
        self._publishes += 1
        return self._at(self._publishes) - AT_CONNECTION

    def _at(self, number: int) -> frozenset[ModemFault]:
        return frozenset(e.kind for e in self._entries if e.first <= number <= e.last)


def _parse(text: str) -> _Entry:
    match = re.fullmatch(r"(\d{1,6})(?:-(\d{1,6}))?:([a-z-]+)", text)
    kinds = ", ".join(ModemFault)
    if match is None or match[3] not in tuple(ModemFault):
        raise UsageError(f"fault {text!r}: write 3:busy or 2-4:busy; kinds: {kinds}")
    first = int(match[1])
    last = int(match[2] or first)
    if not 1 <= first <= last:
        raise UsageError(f"fault {text!r}: numbers count from 1 upwards")
    return _Entry(first, last, ModemFault(match[3]))
