"""Boxes, a real broker with the generated files, and the centre: through kills of the broker."""

import hashlib
import random
import threading

import pytest
from central_samples import MOSQUITTO, NOW, OTHER_TPS, TPS, WAIT, BoxClient, BrokerProcess
from sqlalchemy import func, select
from tpsbox.errors import EnvironmentFault
from tpsbox.record.chunks import LARGEST_CHUNK, Offer, decode_missing, encode_offer
from tpsbox.record.receipt import ReceiptKind, verify_receipt
from tpsbox.record.signing import record_id
from tpsbox.record.statement import State
from tpsbox.record.topics import (
    ACCEPTING,
    AWAY,
    CENTRE_STATUS,
    chunk_topic,
    evidence_topic,
    missing_topic,
    photo_topic,
    receipt_topic,
    result_topic,
)
from tpscentral.ingest import Ingest
from tpscentral.intake import Intake
from tpscentral.schema import results
from tpscentral.standing import load_standing

pytestmark = pytest.mark.skipif(not MOSQUITTO.exists(), reason="mosquitto is not installed")


@pytest.fixture
def broker(centre):
    process = BrokerProcess(centre.folder)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def ingest(centre, broker):
    stop = threading.Event()
    worker = Ingest(centre.folder, centre.intake, stop)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert worker.ready.wait(WAIT)
        yield worker
    finally:
        stop.set()
        thread.join(WAIT)
        assert not thread.is_alive()


@pytest.fixture
def client(box, broker, tmp_path):
    connection = BoxClient(box, tmp_path)
    yield connection
    connection.close()


def expect(client, id, key, kind):
    payload, correlation = client.receipt()
    assert correlation == id
    assert verify_receipt(payload, id, key) is kind


def publish_record(client, record):
    id = record_id(record)
    assert not client.publish(result_topic(TPS), record, id).is_failure
    return id


def count(centre):
    with centre.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(results))


def test_a_record_gets_a_receipt_that_verifies_and_again(centre, box, ingest, client):
    record = box.record()
    for _ in range(2):
        id = publish_record(client, record)
        expect(client, id, centre.key, ReceiptKind.STORED)
    assert count(centre) == 1


def test_bad_signature_and_conflict_are_answered(centre, box, ingest, client):
    good = box.record(1)
    bad = good[:-1] + bytes([good[-1] ^ 1])
    expect(client, publish_record(client, bad), centre.key, ReceiptKind.REFUSED)
    expect(client, publish_record(client, good), centre.key, ReceiptKind.STORED)
    other = box.record(1, root=bytes(15) + b"x")
    expect(client, publish_record(client, other), centre.key, ReceiptKind.CONFLICT)
    expect(client, publish_record(client, b""), centre.key, ReceiptKind.REFUSED)


def test_evidence_and_photos_arrive(centre, box, ingest, client):
    photo = b"\xff\xd8\xff" + random.Random(1).randbytes(300_000)
    sha = hashlib.sha256(photo).digest()
    client.subscribe(missing_topic(TPS, sha.hex()))
    offer = Offer(len(photo), LARGEST_CHUNK)
    assert not client.publish(photo_topic(TPS, sha.hex()), encode_offer(offer), sha).is_failure
    bitmap, correlation = client.receipt()
    assert (correlation, decode_missing(bitmap, offer.count)) == (sha, tuple(range(5)))
    for index in range(offer.count):
        chunk = photo[slice(*offer.span(index))]
        assert not client.publish(chunk_topic(TPS, sha.hex(), index), chunk, sha).is_failure
    expect(client, sha, centre.key, ReceiptKind.STORED)
    assert (centre.folder.photos / sha.hex()[:2] / f"{sha.hex()}.jpg").read_bytes() == photo
    evidence = box.evidence(photo=sha)
    id = hashlib.sha256(evidence).digest()
    assert not client.publish(evidence_topic(TPS, id.hex()), evidence, id).is_failure
    expect(client, id, centre.key, ReceiptKind.STORED)


def test_boxes_are_told_whether_the_centre_takes_anything_in(box, broker, centre, client):
    words = []
    for _ in range(2):
        stop = threading.Event()
        worker = Ingest(centre.folder, centre.intake, stop)
        thread = threading.Thread(target=worker.run)
        thread.start()
        assert worker.ready.wait(WAIT)
        if not words:
            client.subscribe(CENTRE_STATUS)
        words.append(client.receipt()[0])
        stop.set()
        thread.join(WAIT)
        words.append(client.receipt()[0])
    assert words == [ACCEPTING, AWAY] * 2
    assert client.publish(CENTRE_STATUS, ACCEPTING, bytes(32)).getName() == "Not authorized"


def test_the_broker_denies_topics_of_others(centre, box, ingest, client):
    """The certificate decides: neither another TPS, nor receipts, nor anybody's reading."""
    record = box.record()
    for topic in (result_topic(OTHER_TPS), receipt_topic(TPS), receipt_topic(OTHER_TPS), "x"):
        assert client.publish(topic, record, bytes(32)).getName() == "Not authorized"
    client.subscribe("tps/#")
    client.subscribe(f"{receipt_topic(OTHER_TPS)}/#")
    client.subscribe("receipt/#")
    other = centre.enrol(OTHER_TPS)
    neighbour = BoxClient(other, _folder(centre, "other"))
    other_id = record_id(other.record())
    neighbour.publish(result_topic(OTHER_TPS), other.record(), other_id)
    expect(neighbour, other_id, centre.key, ReceiptKind.STORED)
    neighbour.close()
    # Its own receipt arrives after the neighbour's would have, had it been let through, and
    # twice, since two of its subscriptions cover it.
    id = publish_record(client, record)
    for _ in range(2):
        expect(client, id, centre.key, ReceiptKind.STORED)
    assert client.receipts.empty()


def test_no_box_takes_the_session_of_another(centre, box, ingest, client):
    other = centre.enrol(OTHER_TPS)
    thief = BoxClient(other, _folder(centre, "thief"), client_id=f"box-{TPS}-1")
    expect(client, publish_record(client, box.record()), centre.key, ReceiptKind.STORED)
    assert client.connected.empty()  # it never had to connect again
    thief.close()


def test_a_broker_that_is_killed_and_comes_back(centre, box, broker, ingest, client):
    expect(client, publish_record(client, box.record(1)), centre.key, ReceiptKind.STORED)
    ingest.ready.clear()
    broker.kill()
    broker.start()
    assert ingest.ready.wait(WAIT)
    assert not client.connected.get(timeout=WAIT).is_failure
    client.subscribe(client.topic)
    for number in (1, 2):
        id = publish_record(client, box.record(number))
        expect(client, id, centre.key, ReceiptKind.STORED)
    assert count(centre) == 2


def test_a_broker_that_comes_up_last(centre, box, tmp_path):
    stop = threading.Event()
    worker = Ingest(centre.folder, centre.intake, stop)
    thread = threading.Thread(target=worker.run)
    process = BrokerProcess(centre.folder)
    thread.start()
    try:
        process.start()
        assert worker.ready.wait(WAIT)
        client = BoxClient(box, tmp_path)
        expect(client, publish_record(client, box.record()), centre.key, ReceiptKind.STORED)
        client.close()
    finally:
        stop.set()
        thread.join(WAIT)
        process.kill()


def test_what_could_not_be_committed_comes_again(centre, box, ingest, client, monkeypatch):
    """Disk full once: no receipt, no acknowledgement, and the broker gives it again."""
    take = centre.intake.take
    failed = threading.Event()

    def full_once(messages):
        if not failed.is_set():
            failed.set()
            raise EnvironmentFault("database: disk full")
        return take(messages)

    monkeypatch.setattr(centre.intake, "take", full_once)
    id = publish_record(client, box.record())
    expect(client, id, centre.key, ReceiptKind.STORED)
    assert failed.is_set()


def test_a_fault_of_the_program_holds_up_nobody(centre, box, ingest, client, monkeypatch):
    take = centre.intake.take
    records = [box.record(number) for number in (1, 2, 3)]

    def broken(messages):
        if any(payload == records[1] for _, payload in messages):
            raise ZeroDivisionError
        return take(messages)

    monkeypatch.setattr(centre.intake, "take", broken)
    for record in records:
        publish_record(client, record)
    got = {client.receipt()[1] for _ in range(2)}
    assert got == {record_id(records[0]), record_id(records[2])}
    assert client.receipts.empty()


def test_results_count_in_quiet_moments(centre, box, ingest, client):
    publish_record(client, box.record(1, {"suara_total": (State.ACCEPTED, 7)}))
    client.receipt()
    counted = threading.Event()
    for _ in range(10 * WAIT):
        with centre.database.read() as connection:
            standing = load_standing(connection, TPS, "ppwp")
        if standing.source == "box":
            counted.set()
            break
        counted.wait(0.1)
    assert standing.numbers["suara_total"] == (7, "accepted")


def test_workers_share_the_results(centre, broker, ingest, tmp_path):
    boxes = [centre.enrol(f"630204200{desa}001") for desa in range(1, 5)]
    stop, taken = threading.Event(), []
    second = Counting(centre, taken)
    worker = Ingest(centre.folder, second, stop, worker=2)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        assert worker.ready.wait(WAIT)
        clients = [BoxClient(box, _folder(centre, box.tps)) for box in boxes]
        for number in (1, 2, 3):
            for box, client in zip(boxes, clients, strict=True):
                record = box.record(number)
                client.publish(result_topic(box.tps), record, record_id(record))
        for client in clients:
            for _ in range(3):
                client.receipt()
        assert count(centre) == 12
        assert 0 < sum(topic.endswith("/result") for topic, _ in taken) < 12
    finally:
        stop.set()
        thread.join(WAIT)
    for client in clients:
        client.close()


class Counting(Intake):
    """A desk of its own that tells what it took."""

    def __init__(self, centre, taken):
        super().__init__(centre.folder, centre.database, lambda: NOW)
        self._taken = taken

    def take(self, messages):
        answers = super().take(messages)
        self._taken.extend(messages)
        return answers


def test_what_came_before_the_end_is_taken_in(centre, box, broker, tmp_path):
    """TERM after messages came and before they were taken in: they are, and get receipts."""
    stop, held = threading.Event(), []
    worker = Ingest(centre.folder, centre.intake, stop)
    message = worker._message

    def last(*event):
        message(*event)
        held.append(event)
        stop.set()

    worker._message = last
    thread = threading.Thread(target=worker.run)
    thread.start()
    assert worker.ready.wait(WAIT)
    client = BoxClient(box, tmp_path)
    id = publish_record(client, box.record())
    expect(client, id, centre.key, ReceiptKind.STORED)
    thread.join(WAIT)
    assert not thread.is_alive() and held
    client.close()


def _folder(centre, name):
    folder = centre.folder.root.parent / name
    folder.mkdir()
    return folder
