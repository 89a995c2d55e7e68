"""A box's own LoRaWAN link, a simulated modem on a serial port, a broker, and the centre."""

import subprocess
import sys
import threading

import pytest
from central_samples import MOSQUITTO, NOW, WAIT
from lorawan_samples import Broker
from sqlalchemy import select
from tpsbox.links.lorawan import LoraLink
from tpsbox.links.lorawan_settings import LorawanSettings
from tpsbox.links.port import Answered, Parcel
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.signing import record_id
from tpsbox.store.outbox import ItemKind
from tpscentral.lorawan import LorawanDesk
from tpscentral.lorawan_client import LorawanClient, NetworkServer
from tpscentral.schema import results

pytestmark = pytest.mark.skipif(not MOSQUITTO.exists(), reason="mosquitto is not installed")

PROGRAM = "import sys; from tpsbox.cli.main import main; sys.exit(main())"
APP_KEY = "00112233445566778899AABBCCDDEEFF"
SPEED = "30"
RX1_DELAY = "15"
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
    """Start a simulated modem; the path of its serial port."""
    started = []

    def start(name, *options):
        command = [sys.executable, "-c", PROGRAM, "simulate", name]
        options = ("--broker", f"127.0.0.1:{broker.port}", "--app-key", APP_KEY, *options)
        pace = ("--speed", SPEED, "--rx1-delay", RX1_DELAY)
        process = subprocess.Popen([*command, *options, *pace], stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process.stdout.readline().split(": ")[1].strip()

    yield start
    for process in started:
        process.terminate()
        process.wait(WAIT)
        process.stdout.close()


@pytest.mark.parametrize("name", ["lora-e5", "rak3172"])
@pytest.mark.parametrize(
    ("dwell_ms", "faults"),
    [(400, ()), (100, ("--fault", "2:uplink-lost"))],
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
