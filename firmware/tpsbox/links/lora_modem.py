"""What a LoRaWAN modem can be asked, whatever it is: one transaction at a time, all bounded."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

import msgspec


class Outcome(Enum):
    """What became of a frame."""

    DELIVERED = "delivered"
    """The network acknowledged it, which says nothing about the centre."""
    UNKNOWN = "unknown"
    """It was on the air, and nobody said that it arrived."""
    REFUSED = "refused"
    """It was not sent; it may be after a while."""
    BUSY = "busy"
    """It was not sent: the modem is at something else."""
    TOO_LONG = "too long"
    """It was not sent: at this data rate, or beside waiting MAC commands, it does not fit."""
    NOT_JOINED = "not joined"
    """It was not sent: the modem has no session."""


class Sent(msgspec.Struct, frozen=True):
    """An outcome; `wait` in seconds if it was refused; `more`: the network has more for us."""

    outcome: Outcome
    wait: float = 0.0
    more: bool = False


class Downlink(msgspec.Struct, frozen=True):
    """What came from the network."""

    port: int
    data: bytes


class Patience(msgspec.Struct, frozen=True):
    """Seconds after which silence counts as an answer."""

    reply: float = 3.0
    """To a command that needs no radio."""
    join: float = 20.0
    """Request, 6 s until the second window, accept; the RAK3172 waits up to 8 s before."""
    send: float = 60.0
    """Two tries with up to 10 s between them, at the slowest data rate and with late windows."""


class LoraModem(Protocol):
    """A modem on its port. Every call may raise WaitForNetwork: the modem is gone or silent."""

    def open(self) -> None:
        """Take the port and set the modem up.

        Raises:
            StopLink: it refuses a setting, or this user may not use the port.
        """

    def join(self) -> None:
        """Get a new session (OTAA): an old one may be unknown to the network by now.

        Raises:
            WaitForNetwork: there is no network here, or not yet.
        """

    def set_rate(self, data_rate: int) -> None:
        """Send the following frames at this data rate (AS923: 0 to 5)."""

    def max_length(self) -> int:
        """How many bytes the next frame may hold."""

    def send(self, port: int, data: bytes, confirmed: bool) -> Sent:
        """Send a frame and wait until its receive windows are over."""

    def nudge(self) -> Sent:
        """Send the smallest possible frame, so that the network can say what it has for us."""

    def listen(self) -> None:
        """Take in what the modem said unasked."""

    def downlinks(self) -> tuple[Downlink, ...]:
        """What came since the last call."""

    def network_time(self) -> float | None:
        """The network's time in unix seconds, None until it has told."""

    def close(self) -> None:
        """Give the port back; never raises."""
