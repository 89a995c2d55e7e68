"""A box's own store and uplink, a simulated SIM7600, the broker for TLS 1.2, and the centre."""

import hashlib
import queue
import threading

import pytest
from central_samples import MOSQUITTO, NOW, TPS, WAIT, Box, BrokerProcess
from ports import free_port
from sqlalchemy import select
from tpsbox.record.signing import record_id
from tpsbox.record.statement import State
from tpsbox.record.tree import evidence_root
from tpsbox.simulator.modems.modem import run_modem
from tpsbox.simulator.modems.pty_port import Pace
from tpsbox.simulator.modems.sim7600 import BAUD, SimulatedSim7600
from tpsbox.simulator.modems.sim7600_faults import ModemFaults
from tpsbox.simulator.modems.sim7600_port import AtPtyPort
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store
from tpsbox.uplink.process import run
from tpscentral.broker import configuration
from tpscentral.enrol import enrol
from tpscentral.ingest import Ingest
from tpscentral.schema import evidence, results

pytestmark = pytest.mark.skipif(not MOSQUITTO.exists(), reason="mosquitto is not installed")

SPEED = 50.0


@pytest.fixture
def old_port(centre):
    """The port of the second listener, as `tpscentral init --modem-port` writes it."""
    port = free_port()
    folder, address = centre.folder.broker, centre.folder.config.broker
    (folder / "mosquitto.conf").write_text(configuration(folder, address, port))
    broker = BrokerProcess(centre.folder)
    broker.start()
    yield port
    broker.kill()


@pytest.fixture
def modem_port():
    stop = threading.Event()
    pace, opened = Pace(SPEED, stop), queue.Queue()
    port = AtPtyPort(BAUD, pace)
    unit = SimulatedSim7600(port, pace, ModemFaults(["1:busy"]), network_ahead=0.0)
    thread = threading.Thread(target=run_modem, args=(unit, port, pace, opened.put))
    thread.start()
    yield opened.get(timeout=WAIT)
    stop.set()
    thread.join(WAIT)
    unit.power_on()


@pytest.fixture
def threads():
    """Run something beside, with a stop for all, until the end of the test."""
    stop, running = threading.Event(), []

    def start(work):
        running.append(threading.Thread(target=work, args=(stop,)))
        running[-1].start()

    yield start
    stop.set()
    for thread in running:
        thread.join(WAIT)
        assert not thread.is_alive()


def test_result_and_evidence_are_stored_and_the_photo_waits(
    centre, old_port, modem_port, threads, tmp_path
):
    folder = tmp_path / "box"
    with Store(folder) as store:
        request = store.identity.create(TPS, centre.election.name, centre.election.package)
        store.identity.install(enrol(centre.folder, centre.database, request, NOW))
        box = Box(centre)
        box.key = store.identity.signing_key()
        sha = store.photos.keep(b"\xff\xd8\xff" + bytes(1000))
        leaf = box.evidence(photo=bytes.fromhex(sha))
        number = store.results.reserve(1)
        values = {"suara_sah": (State.ACCEPTED, 12)}
        record = box.record(number, values, root=evidence_root([leaf]))
        store.results.add_result(record, number=number, epoch=1, evidence=[leaf], photos=[sha])
        (folder / "links.toml").write_text('order = ["sim7600"]\n')
        (folder / "sim7600.toml").write_text(
            f'port = "{modem_port}"\napn = "internet"\nbroker_port = {old_port}\n'
        )
        threads(lambda stop: Ingest(centre.folder, centre.intake, stop).run())
        threads(lambda stop: run(folder, stop))
        wanted = {record_id(record), hashlib.sha256(leaf).digest()}
        waiting = threading.Event()
        for _ in range(10 * WAIT):
            states = {item.id: item.state for item in store.outbox.list()}
            if all(states[id] is ItemState.STORED for id in wanted):
                break
            waiting.wait(0.1)
        assert {states[id] for id in wanted} == {ItemState.STORED}
        assert states[bytes.fromhex(sha)] is ItemState.QUEUED
    with centre.database.read() as connection:
        assert connection.scalars(select(results.c.record)).all() == [record]
        assert connection.scalars(select(evidence.c.body)).all() == [leaf]
