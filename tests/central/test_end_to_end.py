"""The box's own store and uplink against the whole centre, and kills of the centre in between."""

import hashlib
import subprocess
import sys
import threading

import pytest
from central_samples import MOSQUITTO, NOW, TPS, WAIT, Box, BoxClient, BrokerProcess
from sqlalchemy import select
from tpsbox.record.chunks import decode_missing, decode_offer
from tpsbox.record.receipt import ReceiptKind, verify_receipt
from tpsbox.record.signing import record_id
from tpsbox.record.statement import State
from tpsbox.record.topics import result_topic
from tpsbox.record.tree import evidence_root
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store
from tpsbox.uplink.process import run
from tpscentral.enrol import enrol
from tpscentral.ingest import Ingest
from tpscentral.schema import evidence, photos, results

pytestmark = pytest.mark.skipif(not MOSQUITTO.exists(), reason="mosquitto is not installed")


@pytest.fixture
def broker(centre):
    process = BrokerProcess(centre.folder)
    process.start()
    yield process
    process.kill()


def stored_box(centre, folder, photo_bytes=100_000):
    """A store as a box has it: enrolled, with one result, its evidence, a sheet and a photo."""
    store = Store(folder)
    package = centre.election.package
    request = store.identity.create(TPS, centre.election.name, package)
    store.identity.install(enrol(centre.folder, centre.database, request, NOW))
    box = Box(centre)
    box.key = store.identity.signing_key()
    sheet, loose = (b"\xff\xd8\xff" + bytes([n]) * photo_bytes for n in (1, 2))
    shas = [store.photos.keep(photo) for photo in (sheet, loose)]
    leaf = box.evidence(photo=bytes.fromhex(shas[0]))
    number = store.results.reserve(1)
    root = evidence_root([leaf, bytes.fromhex(shas[1])])
    record = box.record(number, {"suara_sah": (State.ACCEPTED, 12)}, root=root)
    store.results.add_result(record, number=number, epoch=1, evidence=[leaf], photos=shas)
    return store, record, leaf, shas


def test_all_that_a_box_has_is_stored_and_the_box_knows(centre, broker, tmp_path):
    store, record, leaf, shas = stored_box(centre, tmp_path / "box")
    stop = threading.Event()
    ingest = Ingest(centre.folder, centre.intake, stop)
    threads = [
        threading.Thread(target=ingest.run),
        threading.Thread(target=run, args=(tmp_path / "box", stop)),
    ]
    for thread in threads:
        thread.start()
    try:
        everything = [record_id(record), hashlib.sha256(leaf).digest(), *map(bytes.fromhex, shas)]
        waiting = threading.Event()
        for _ in range(10 * WAIT):
            states = {item.id: item.state for item in store.outbox.list()}
            if set(states.values()) == {ItemState.STORED}:
                break
            waiting.wait(0.1)
        assert states == dict.fromkeys(everything, ItemState.STORED)
    finally:
        stop.set()
        for thread in threads:
            thread.join(WAIT)
        store.close()
    with centre.database.read() as connection:
        assert connection.scalars(select(results.c.record)).all() == [record]
        assert connection.scalars(select(evidence.c.body)).all() == [leaf]
        assert sorted(connection.scalars(select(photos.c.sha))) == sorted(shas)


def test_a_photo_goes_on_where_the_centre_was_killed(centre, broker, tmp_path):
    store, *_ = stored_box(centre, tmp_path / "box", photo_bytes=6_000_000)
    stop = threading.Event()
    uplink = threading.Thread(target=run, args=(tmp_path / "box", stop))
    uplink.start()
    waiting = threading.Event()
    partials = centre.folder.partials
    try:
        process = start_ingest(centre)
        for _ in range(300 * WAIT):
            if sum(chunks_kept(path) for path in partials.glob("*/*.part")) >= 20:
                break
            waiting.wait(0.01)
        process.kill()
        process.wait(WAIT)
        [path] = partials.glob("*/*.part")
        assert 20 <= chunks_kept(path) < 184, "in the middle of a photo"
        process = start_ingest(centre)
        for _ in range(20 * WAIT):
            if {item.state for item in store.outbox.list()} == {ItemState.STORED}:
                break
            waiting.wait(0.1)
        assert {item.state for item in store.outbox.list()} == {ItemState.STORED}
        process.kill()
        process.wait(WAIT)
    finally:
        stop.set()
        uplink.join(WAIT)
        store.close()
    assert list(partials.iterdir()) == []


def chunks_kept(path):
    """How many chunks of an open photo are there; 0 if it is whole by now."""
    try:
        with path.open("rb") as file:
            offer = decode_offer(file.read(8))
            return offer.count - len(decode_missing(file.read(-(-offer.count // 8)), offer.count))
    except FileNotFoundError:
        return 0


def start_ingest(centre):
    command = [sys.executable, "-m", "tpscentral.cli", "ingest", "--data", centre.folder.root]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert any("connection: ready" in line for line in process.stderr)
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process


def test_every_receipt_is_of_a_committed_record_through_kills(centre, box, broker, tmp_path):
    """Whenever the centre is killed: what has a receipt is there once, the rest comes again."""
    open_records = {record_id(box.record(n)): box.record(n) for n in range(1, 41)}
    expected = set(open_records)
    receipted = set()
    client = BoxClient(box, tmp_path)
    for kill_after in (1, 7, 12, None):
        process = start_ingest(centre)
        try:
            for id, record in open_records.items():
                assert not client.publish(result_topic(TPS), record, id).is_failure
            enough = len(receipted) + (kill_after or len(open_records))
            while len(receipted) < enough:  # what a kill cut short may be answered twice
                receipt, id = client.receipt()
                assert verify_receipt(receipt, id, centre.key) is ReceiptKind.STORED
                receipted.add(id)
        finally:
            process.kill()
            process.wait(WAIT)
        with centre.database.read() as connection:
            held = {bytes.fromhex(id) for id in connection.scalars(select(results.c.id))}
        assert receipted <= held <= expected
        open_records = {id: r for id, r in open_records.items() if id not in receipted}
    client.close()
    with centre.database.read() as connection:
        rows = connection.execute(select(results.c.number, results.c.state)).all()
    assert sorted(rows) == [
        *((number, "superseded") for number in range(1, 40)),
        (40, "newest"),
    ]
