"""A simulated SIM7600 at a real broker that takes TLS 1.2, a centre behind it, and the link."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mqtt_broker import MOSQUITTO, PATIENCE, Authority, Broker
from mqtt_centre import Arrival, Centre
from paho.mqtt.client import Client, MQTTMessage
from ports import free_port
from tpsbox.links.mqttsettings import settings_of
from tpsbox.links.port import Answered, LinkEvent, Parcel
from tpsbox.links.sim7600 import ModemRoute, Sim7600Link
from tpsbox.links.sim7600_setup import TlsFiles
from tpsbox.links.sim7600_talk import Patience
from tpsbox.record.topics import parse_topic
from tpsbox.simulator.modems.modem import run_modem
from tpsbox.simulator.modems.pty_port import Pace
from tpsbox.simulator.modems.sim7600 import BAUD, SimulatedSim7600
from tpsbox.simulator.modems.sim7600_faults import ModemFaults
from tpsbox.simulator.modems.sim7600_port import AtPtyPort
from tpsbox.store.outbox import ItemKind

SPEED = 50.0
LONG = Patience(reply=20.0, network=30.0, service=30.0, publish=30.0, word=0.3)


class OldBroker(Broker):
    """A second listener for TLS 1.2, as docs/cellular.md describes it; `port` is that one."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.old_port = free_port()
        extra = (
            f"listener {self.old_port} 127.0.0.1\n"
            f"cafile {folder / 'ca.pem'}\n"
            f"certfile {folder / 'server.pem'}\nkeyfile {folder / 'server.key'}\n"
            "tls_version tlsv1.2\nrequire_certificate true\nuse_identity_as_username true\n"
        )
        super().__init__(folder, authority, extra)


def run_broker(folder: Path, authority: Authority) -> Iterator[OldBroker]:
    """One that runs as long as a fixture."""
    if not MOSQUITTO.exists():
        pytest.skip(f"{MOSQUITTO} is not installed")
    folder.mkdir()
    made = OldBroker(folder, authority)
    made.start()
    yield made
    made.kill()


class PlainCentre(Centre):
    """A centre that needs no properties: MQTT 3.1.1 has none."""

    def __init__(self, broker: Broker, key) -> None:
        super().__init__(broker, key)
        self.bodies: list[bytes] = []

    def _take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic = parse_topic(message.topic)
        if topic.kind in ("result", "evidence"):
            id = hashlib.sha256(message.payload).digest()
            assert topic.id in (None, id)
            self.bodies.append(message.payload)
            self._arrived(Arrival(topic.tps, topic.kind, id))


class Bench:
    """A modem that runs until the bench is left."""

    def __init__(self, *faults: str, speed: float = SPEED, **modem) -> None:
        self._stop = threading.Event()
        self.pace = Pace(speed, self._stop)
        self.port = AtPtyPort(BAUD, self.pace)
        self.modem = SimulatedSim7600(self.port, self.pace, ModemFaults(faults), **modem)
        self._opened = threading.Event()
        self._thread = threading.Thread(
            target=run_modem, args=(self.modem, self.port, self.pace, lambda _: self._opened.set())
        )

    def __enter__(self) -> Bench:
        self._thread.start()
        assert self._opened.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        self.modem.power_on()
        assert not self._thread.is_alive(), "the simulated modem does not stop"

    def link(self, box, broker: OldBroker, patience: Patience = LONG, **changes) -> Sim7600Link:
        settings = settings_of(box.identity, box.identity.enrolment())
        options = {key: changes.pop(key) for key in ("now", "clock") if key in changes}
        route = {
            "port": self.port.path,
            "apn": "internet",
            "host": settings.host,
            "broker_port": broker.old_port,
            "tps": settings.tps,
            "epoch": settings.epoch,
            "centre_key": settings.centre_key,
            "files": TlsFiles(settings.certificate, settings.key, settings.ca),
            **changes,
        }
        return Sim7600Link(ModemRoute(**route), box.outbox.by_prefix, patience=patience, **options)


def run_centre(broker: OldBroker, key) -> Iterator[PlainCentre]:
    """One that listens as long as a fixture."""
    made = PlainCentre(broker, key)
    made.start()
    yield made
    made.stop()


def opening(box, broker: OldBroker) -> Iterator[Callable[..., Sim7600Link]]:
    """What opens the link of a bench, and closes it at the end of a fixture."""
    links: list[Sim7600Link] = []

    def open_link(bench: Bench, **options) -> Sim7600Link:
        links.append(bench.link(box, broker, **options))
        links[-1].open()
        return links[-1]

    yield open_link
    for link in links:
        link.close()


def queue(box, body: bytes, kind: ItemKind = ItemKind.RESULT) -> Parcel:
    """Put an item into the outbox, so that its receipt can be matched."""
    parcel = Parcel(hashlib.sha256(body).digest(), kind, body)
    box.outbox.enqueue(parcel.id, kind, body)
    return parcel


def events_until(link: Sim7600Link, kind: type[LinkEvent]) -> list[LinkEvent]:
    """All events up to the first of that kind."""
    events: list[LinkEvent] = []
    deadline = time.monotonic() + PATIENCE
    while not any(isinstance(event, kind) for event in events):
        assert time.monotonic() < deadline, f"waited in vain for {kind.__name__}: {events}"
        events += link.poll(0.05)
    return events


def answer_for(link: Sim7600Link, parcel: Parcel) -> Answered:
    """The answer for one item; a broker may give others once more (QoS 1)."""
    while True:
        for event in events_until(link, Answered):
            if isinstance(event, Answered) and event.id == parcel.id:
                return event
