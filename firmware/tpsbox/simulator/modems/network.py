"""The simulated network server: counts frames, keeps downlinks until the box has spoken."""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Protocol

import msgspec

from tpsbox.errors import EnvironmentFault


class Uplink(msgspec.Struct, frozen=True):
    """A frame as the network got it; port 0 and no data for an empty one."""

    dev_eui: str
    counter: int
    port: int
    data: bytes
    confirmed: bool
    data_rate: int


class Queued(msgspec.Struct, frozen=True):
    """A downlink as an application hands it in."""

    port: int
    data: bytes


class Sink(Protocol):
    """Where frames go and downlinks come from."""

    def joined(self, dev_eui: str) -> None:
        """A device has a new session."""

    def uplink(self, uplink: Uplink) -> None:
        """A frame has arrived."""

    def downlinks(self) -> list[Queued]:
        """What applications have handed in since the last call."""

    def transmitted(self, dev_eui: str) -> None:
        """A gateway has sent a downlink."""

    def close(self) -> None:
        """No more frames."""


class Network:
    """One device's side of a network server; at most one downlink goes out a frame."""

    def __init__(self, sink: Sink, dev_eui: str) -> None:
        self._sink = sink
        self._dev_eui = dev_eui
        self._counter = 0
        self._queue: deque[Queued] = deque()
        self._lock = threading.Lock()

    def join(self) -> None:
        """A new session: counters start again."""
        self._counter = 0
        self._sink.joined(self._dev_eui)

    def uplink(self, port: int, data: bytes, confirmed: bool, data_rate: int) -> None:
        """A frame arrives."""
        self._sink.uplink(Uplink(self._dev_eui, self._counter, port, data, confirmed, data_rate))
        self._counter += 1

    def answer(self) -> tuple[Queued | None, bool]:
        """The downlink for the receive window that opens, and whether more wait."""
        with self._lock:
            self._queue.extend(self._sink.downlinks())
            queued = self._queue.popleft() if self._queue else None
            more = bool(self._queue)
        if queued is not None:
            self._sink.transmitted(self._dev_eui)
        return queued, more


class _DownLine(msgspec.Struct):
    """A line of `down.jsonl`."""

    fPort: Annotated[int, msgspec.Meta(ge=1, le=223)]  # noqa: N815
    data: Annotated[str, msgspec.Meta(max_length=400)]


class FolderSink:
    """Frames as lines of JSON in `up.jsonl`, downlinks from lines added to `down.jsonl`."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, made if it is not there.

        Raises:
            EnvironmentFault: it cannot be written.
        """
        self._up = folder / "up.jsonl"
        self._down = folder / "down.jsonl"
        self._read = 0
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._up.touch()
            self._down.touch()
        except OSError as error:
            reason = (error.strerror or "cannot be used").lower()
            raise EnvironmentFault(f"{folder}: {reason}") from error

    def joined(self, dev_eui: str) -> None:
        """Add a line with the event `join`."""
        self._add({"event": "join", "time": now(), "devEui": dev_eui})

    def uplink(self, uplink: Uplink) -> None:
        """Add a line with the event `up`."""
        self._add(
            {
                "event": "up",
                "time": now(),
                "devEui": uplink.dev_eui,
                "fCnt": uplink.counter,
                "fPort": uplink.port,
                "confirmed": uplink.confirmed,
                "dr": uplink.data_rate,
                "data": base64.b64encode(uplink.data).decode(),
            }
        )

    def downlinks(self) -> list[Queued]:
        """The whole lines since the last call; what is no downlink is passed over."""
        with self._down.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        whole, _, _ = text.rpartition(b"\n")
        self._read += len(whole) + 1 if whole else 0
        found: list[Queued] = []
        for line in whole.splitlines():
            try:
                parsed = msgspec.json.decode(line, type=_DownLine)
                found.append(Queued(parsed.fPort, base64.b64decode(parsed.data, validate=True)))
            except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError):
                continue
        return found

    def transmitted(self, dev_eui: str) -> None:
        """Add a line with the event `txack`."""
        self._add({"event": "txack", "time": now(), "devEui": dev_eui})

    def close(self) -> None:
        """Nothing is open."""

    def _add(self, line: dict[str, object]) -> None:
        with self._up.open("a") as file:
            file.write(json.dumps(line) + "\n")


def now() -> str:
    """The time as events give it."""
    return datetime.now(UTC).isoformat()
