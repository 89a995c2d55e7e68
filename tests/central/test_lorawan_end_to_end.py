"""A box's own LoRaWAN link, a simulated modem on a serial port, a broker, and the centre."""

import queue
import threading

import pytest
from central_samples import MOSQUITTO, NOW, WAIT
from lorawan_samples import Broker
from sqlalchemy import select
from tpsbox.cli.simulate import DEV_EUI, LORA_MODEMS
from tpsbox.links.lorawan import LoraLink
from tpsbox.links.lorawan_settings import LorawanSettings
from tpsbox.links.port import Answered, Parcel
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.signing import record_id
from tpsbox.simulator.modems.chirpstack import ChirpStackSink
from tpsbox.simulator.modems.faults import FaultScript, parse_fault
from tpsbox.simulator.modems.modem import run_modem
from tpsbox.simulator.modems.network import Network
from tpsbox.simulator.modems.pty_port import Pace, PtyPort
from tpsbox.simulator.modems.radio import Radio
from tpsbox.store.outbox import ItemKind
from tpscentral.lorawan import LorawanDesk
from tpscentral.lorawan_client import LorawanClient, NetworkServer
from tpscentral.schema import results

pytestmark = pytest.mark.skipif(not MOSQUITTO.exists(), reason="mosquitto is not installed")

APP_KEY = "00112233445566778899AABBCCDDEEFF"
SPEED = 30.0
RX1_DELAY = 15.0
"""Seconds of the simulated network: half a second here, enough for the centre's own answer."""


@pytest.fixture
def broker(tmp_path):
    made = Broker(tmp_path / "broker")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def centre_listens(centre, broker):
    desk = LorawanDesk(centre.folder, centre.database, lambda: NOW, lambda: 0.0)
    stop = threading.Event()
    client = LorawanClient(NetworkServer("127.0.0.1", broker.port), desk, stop)
    thread = threading.Thread(target=client.run)
    thread.start()
    assert client.ready.wait(WAIT)
    yield
    stop.set()
    thread.join(WAIT)


@pytest.fixture
def modem(broker, centre_listens):
    """Start a simulated modem with its network server on the broker; its serial port."""
    stop = threading.Event()
    started = []

    def start(name, *faults):
        baud, make = LORA_MODEMS[name]
        pace = Pace(SPEED, stop)
        sink = ChirpStackSink("127.0.0.1", broker.port, DEV_EUI)
        script = FaultScript(map(parse_fault, faults))
        network = Network(sink, DEV_EUI)
        radio = Radio(network, script, pace, app_key=APP_KEY, rx1_delay=RX1_DELAY, dwell=True)
        port, paths = PtyPort(baud, pace), queue.Queue()
        unit = make(port, radio, DEV_EUI)
        thread = threading.Thread(target=run_modem, args=(unit, port, pace, paths.put))
        thread.start()
        started.append((thread, sink))
        return paths.get(timeout=WAIT)

    yield start
    stop.set()
    for thread, sink in started:
        thread.join(WAIT)
        sink.close()


@pytest.mark.parametrize("name", ["lora-e5", "rak3172"])
@pytest.mark.parametrize(
    ("dwell_ms", "faults"),
    [(400, ()), (100, ("2:uplink-lost",))],
    ids=["in one frame", "in pieces, one of them lost"],
)
def test_a_result_goes_by_radio_and_its_receipt_comes_back(
    centre, box, modem, name, dwell_ms, faults
):
    port = modem(name, *faults)
    settings = LorawanSettings(port, name, "70B3D57ED0000001", "unused", dwell_ms=dwell_ms)
    centre_key = agreement_key(box.enrolment.centre_agreement_key)
    link = LoraLink(settings, APP_KEY, short_key(box.agreement_key, centre_key, box.tps))
    record = box.record()
    link.open()
    try:
        link.send(Parcel(record_id(record), ItemKind.RESULT, record))
        answer = next(
            event
            for _ in range(10 * WAIT)
            for event in link.poll(1.0)
            if isinstance(event, Answered)
        )
    finally:
        link.close()
    assert (answer.id, answer.kind) == (record_id(record), ReceiptKind.STORED)
    with centre.database.read() as connection:
        [row] = connection.execute(select(results)).all()
    assert (row.record, row.via) == (record, "lorawan")
