"""A broker, a centre and an enrolled box for every test that asks for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from mqtt_broker import MOSQUITTO, PATIENCE, Authority, Broker, raw_hex
from mqtt_centre import Centre
from tpsbox.record.enrolment import Broker as BrokerAddress
from tpsbox.record.enrolment import Enrolment
from tpsbox.store.store import Store
from tpsbox.uplink.process import run

TPS = "6302042001001"


class Ticking:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Broker]:
    if not MOSQUITTO.exists():
        pytest.skip(f"{MOSQUITTO} is not installed")
    folder = tmp_path / "broker"
    folder.mkdir()
    made = Broker(folder, authority)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def centre_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def centre_agreement_key() -> X25519PrivateKey:
    return X25519PrivateKey.generate()


@pytest.fixture
def centre(broker: Broker, centre_key: Ed25519PrivateKey) -> Iterator[Centre]:
    made = Centre(broker, centre_key)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path, clock: Ticking) -> Iterator[Store]:
    """The store as the keeping process has it open."""
    with Store(data, clock=clock, random=lambda: 0.0) as opened:
        yield opened


@pytest.fixture
def enrol(
    store: Store,
    authority: Authority,
    centre_key: Ed25519PrivateKey,
    centre_agreement_key: X25519PrivateKey,
):
    """Enrol the box with the broker on a port."""

    def enrolled(port: int) -> Store:
        if not store.identity.exists():
            store.identity.create(TPS, "uji", b"\x01\x02\x03\x04")
        request = store.identity.request()
        csr = x509.load_pem_x509_csr(request.csr.encode())
        store.identity.install(
            Enrolment(
                version=2,
                tps=TPS,
                package=request.package,
                epoch=1,
                centre_key=raw_hex(centre_key),
                centre_agreement_key=raw_hex(centre_agreement_key),
                client_certificate=authority.certify(TPS, csr.public_key()),
                ca_certificate=authority.pem,
                broker=BrokerAddress("127.0.0.1", port),
            )
        )
        return store

    return enrolled


@pytest.fixture
def box(enrol: Callable[[int], Store], broker: Broker) -> Store:
    return enrol(broker.port)


@pytest.fixture
def uplink(data: Path, clock: Ticking) -> Iterator[Callable[[], None]]:
    """Start the carrying process, as a thread, on the store in `data`."""
    stop = threading.Event()
    threads: list[threading.Thread] = []
    faults: list[BaseException] = []

    def carry() -> None:
        try:
            run(data, stop, clock=clock, random=lambda: 0.0)
        except BaseException as fault:
            faults.append(fault)

    def start() -> None:
        threads.append(threading.Thread(target=carry))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the uplink does not stop"
    assert faults == []
