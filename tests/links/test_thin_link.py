"""A link as thin as a village's: slow, or silently dead."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time

import msgspec
import pytest
from tpsbox.links import mqtt, mqttsettings
from tpsbox.links.mqtt import MqttLink
from tpsbox.links.mqttsettings import settings_of
from tpsbox.links.port import Parcel, Taken, WaitForNetwork
from tpsbox.store.outbox import ItemKind

CHUNK = 4096


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
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 * CHUNK)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From now on nothing passes, and nobody is told."""
        self.passing.clear()

    def close(self) -> None:
        self.passing.set()
        self._listener.close()
        for sock in self._sockets:
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            box, _ = self._listener.accept()
            broker = socket.create_connection(("127.0.0.1", self.target))
            self._sockets += [box, broker]
            threading.Thread(target=self._pass, args=(box, broker, True), daemon=True).start()
            threading.Thread(target=self._pass, args=(broker, box, False), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self.passing.wait()
                sink.sendall(data)
                if up:
                    self.bytes_up += len(data)
                    time.sleep(len(data) / self.rate)  # this is the thinness


@pytest.fixture
def thin(broker, centre, box, monkeypatch):
    """A link through a thin path, with a keep-alive of one second to save the test's time."""
    monkeypatch.setattr(mqtt, "KEEPALIVE", 1)
    monkeypatch.setattr(mqttsettings, "SEND_BUFFER", CHUNK)
    path = ThinPath(broker.port, rate=60_000)
    settings = settings_of(box.identity, box.identity.enrolment())
    settings = msgspec.structs.replace(settings, port=path.port)
    link = MqttLink(settings, box.outbox.by_prefix)
    yield link, path
    link.close()
    path.close()


def test_a_photo_may_take_many_times_the_keepalive(thin, centre):
    link, path = thin
    centre.answer = centre.silent
    jpeg = b"photo" * 50_000
    id = hashlib.sha256(jpeg).digest()
    link.open()
    link.send(Parcel(id, ItemKind.PHOTO, jpeg))
    begun = time.monotonic()
    events = ()
    while not events:
        events = link.poll(20.0)
    assert events == (Taken(id),)
    assert time.monotonic() - begun > 3 * mqtt.KEEPALIVE, "the path was not thin enough"
    assert len(jpeg) <= path.bytes_up < 1.2 * len(jpeg), "sent once"


def test_a_path_that_dies_silently_is_noticed_when_idle(thin):
    link, path = thin
    link.open()
    path.cut()
    with pytest.raises(WaitForNetwork, match="lost"):
        link.poll(20.0)


def test_a_path_that_dies_under_a_photo_is_noticed(thin, monkeypatch):
    monkeypatch.setattr(mqttsettings, "UNACKNOWLEDGED_MS", 1000)
    link, path = thin
    jpeg = b"photo" * 200_000
    link.open()
    link.send(Parcel(hashlib.sha256(jpeg).digest(), ItemKind.PHOTO, jpeg))
    assert link.poll(0.3) == ()
    path.cut()
    with pytest.raises(WaitForNetwork, match="lost"):
        link.poll(20.0)
