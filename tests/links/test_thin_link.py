"""A link as thin as a village's: slow, or silently dead."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time

import msgspec
import pytest
from mqtt_broker import wait_for
from tpsbox.links import mqtt, mqttpipe, mqttsettings
from tpsbox.links.mqtt import MqttLink
from tpsbox.links.mqttsettings import settings_of
from tpsbox.links.port import (
    Answered,
    Dropped,
    Failed,
    LinkEvent,
    Moved,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.chunks import CHUNK_BYTES
from tpsbox.record.receipt import ReceiptKind, make_receipt
from tpsbox.store.outbox import ItemKind

STORED = ReceiptKind.STORED
RESULT = hashlib.sha256(b"a record").digest()
PIECE = 4096
"""Bytes that pass at once."""


class ThinPath:
    """A TCP relay that passes `rate` bytes a second towards the broker, until it is cut."""

    def __init__(self, target: int, rate: float) -> None:
        self.target = target
        self.rate = rate
        self.passing = threading.Event()
        self.passing.set()
        self.bytes_up = 0
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * PIECE)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From now on nothing passes, and nobody is told."""
        self.passing.clear()

    def reset(self) -> None:
        """Cut the connection as a modem does that loses its cell."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._sockets.clear()

    def close(self) -> None:
        self.passing.set()
        self._listener.close()
        for sock in self._sockets:
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                box, _ = self._listener.accept()
                broker = socket.create_connection(("127.0.0.1", self.target))
                self._sockets += [box, broker]
                for way in ((box, broker, True), (broker, box, False)):
                    threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                self.passing.wait()
                sink.sendall(data)
                if up:
                    self.bytes_up += len(data)
                    time.sleep(len(data) / self.rate)  # this is the thinness


@pytest.fixture
def thin(broker, centre, box, monkeypatch):
    """A link through a thin path, with a keep-alive of one second to save the test's time."""
    monkeypatch.setattr(mqttpipe, "KEEPALIVE", 1)
    monkeypatch.setattr(mqttsettings, "SEND_BUFFER", PIECE)
    path = ThinPath(broker.port, rate=60_000)
    settings = settings_of(box.identity, box.identity.enrolment())
    settings = msgspec.structs.replace(settings, port=path.port)
    link = MqttLink(settings, box.outbox.by_prefix)
    yield link, path
    link.close()
    path.close()


def parcel(jpeg: bytes) -> Parcel:
    return Parcel(hashlib.sha256(jpeg).digest(), ItemKind.PHOTO, jpeg)


def until(link: MqttLink, event: LinkEvent) -> None:
    """Poll until that happens; nothing may fail on the way."""
    for _ in range(10_000):
        events = link.poll(20.0)
        assert events, f"waited in vain for {event}"
        assert not any(isinstance(other, Failed | Dropped) for other in events)
        if event in events:
            return
    raise AssertionError("too many events")


def test_a_photo_may_take_many_times_the_keepalive(thin, centre):
    link, path = thin
    centre.answer = centre.silent
    photo = parcel(b"photo" * 50_000)
    link.open()
    link.send(photo)
    begun = time.monotonic()
    until(link, Taken(photo.id))
    assert time.monotonic() - begun > 3 * mqttpipe.KEEPALIVE, "the path was not thin enough"
    assert len(photo.body) <= path.bytes_up < 1.2 * len(photo.body), "sent once"
    wait_for(lambda: centre.photos.get(photo.id) == photo.body, "the photo")


def test_after_any_cut_only_what_is_missing_is_sent(thin, centre, box):
    link, path = thin
    photo = parcel(bytes(range(256)) * 1200)
    box.outbox.enqueue(photo.id, ItemKind.PHOTO, None)
    count = -(-len(photo.body) // CHUNK_BYTES)
    for _ in range(3):
        link.open()
        link.send(photo)
        until(link, Moved(photo.id))
        until(link, Moved(photo.id))
        path.reset()
        with pytest.raises(WaitForNetwork):
            while True:
                link.poll(20.0)
        link.close()
    link.open()
    link.send(photo)
    until(link, Answered(photo.id, ReceiptKind.STORED, make_receipt(STORED, photo.id, centre.key)))
    assert centre.photos[photo.id] == photo.body
    # Each cut costs a handshake and the chunks that were on the wire, two at most.
    assert len(centre.chunks) <= count + 2 * 3
    assert path.bytes_up < len(photo.body) + 3 * (2 * CHUNK_BYTES + 8_000)


def test_a_result_passes_a_photo_within_one_chunk(thin, centre):
    link, path = thin
    photo, result = parcel(b"photo" * 100_000), Parcel(RESULT, ItemKind.RESULT, b"a record")
    link.open()
    link.send(photo)
    for _ in range(3):
        until(link, Moved(photo.id))
    before, since = len(centre.chunks), path.bytes_up
    link.send(result)
    until(link, Taken(RESULT))
    passed = path.bytes_up - since
    wait_for(lambda: centre.ids() == [RESULT], "the result, and not the photo")
    assert len(centre.chunks) - before <= 3
    # The rest of one chunk, and what was on its way in the two kernels and the relay.
    assert passed < 2 * CHUNK_BYTES


def test_an_offer_to_nobody_and_one_that_is_never_answered(broker, box, monkeypatch):
    link = MqttLink(settings_of(box.identity, box.identity.enrolment()), box.outbox.by_prefix)
    photo = parcel(b"photo")
    with contextlib.closing(link):
        link.open()
        link.send(photo)
        with pytest.raises(RetryLater, match="another photo"):
            link.send(parcel(b"other"))
        (event,) = link.poll(20.0)
        assert isinstance(event, Failed) and "nobody" in str(event.fault)
        assert link.in_flight == set()
        monkeypatch.setattr(mqtt, "OFFER_PATIENCE", -1.0)
        link.send(photo)
        (event,) = link.poll(20.0)
        assert isinstance(event, Failed) and "does not say" in str(event.fault)


def test_a_path_that_dies_silently_is_noticed_when_idle(thin):
    link, path = thin
    link.open()
    link.poll(0.0)
    path.cut()
    with pytest.raises(WaitForNetwork, match="lost"):
        link.poll(20.0)


def test_a_path_that_dies_under_a_photo_is_noticed(thin, monkeypatch):
    monkeypatch.setattr(mqttsettings, "UNACKNOWLEDGED_MS", 1000)
    link, path = thin
    photo = parcel(b"photo" * 200_000)
    link.open()
    link.send(photo)
    until(link, Moved(photo.id))
    path.cut()
    with pytest.raises(WaitForNetwork, match="lost"):
        while link.poll(20.0):
            pass
