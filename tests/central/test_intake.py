"""What the centre does with each message, by what is in its database afterwards."""

import hashlib
import os
import threading

import pytest
from central_samples import NOW, OTHER_TPS, TPS, Box, Centre
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tpsbox.errors import EnvironmentFault
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.signing import record_id
from tpsbox.record.statement import State
from tpsbox.record.topics import evidence_topic, photo_topic, result_topic, status_topic
from tpscentral import attachments, files
from tpscentral.intake import OLD_SECONDS, Intake
from tpscentral.outcome import REFUSALS_KEPT
from tpscentral.schema import evidence, photos, refusals, results, statuses
from tpscentral.standing import load_standing

KEYS = ("ppwp", "kedua")
STORED, REFUSED, CONFLICT = ReceiptKind.STORED, ReceiptKind.REFUSED, ReceiptKind.CONFLICT


def rows(centre, table, *order):
    with centre.database.read() as connection:
        return connection.execute(select(table).order_by(*order)).all()


def states(centre):
    return [
        (row.epoch, row.number, row.state)
        for row in rows(centre, results, results.c.epoch, results.c.number, results.c.state)
    ]


def sent(box, record):
    """Send a record and give the kind of the verified receipt."""
    return box.kind(box.send(record), record_id(record))


def counting(centre, tps=TPS, contest="ppwp"):
    with centre.database.read() as connection:
        return load_standing(connection, tps, contest)


def last_refusal(centre):
    return rows(centre, refusals, refusals.c.n.desc())[0]


def test_a_record_is_kept_whole_and_its_values_can_be_queried(centre, box):
    numbers = {
        "paslon_1": (State.ACCEPTED, 0),
        "paslon_2": (State.UNSURE, 7),
        "suara_sah": (State.CONFIRMED, None),
        "suara_total": (State.CORRECTED, 288),
    }
    record = box.record(3, numbers)
    assert sent(box, record) is STORED
    [row] = rows(centre, results)
    assert (row.id, row.record, row.received_at) == (record_id(record).hex(), record, NOW)
    assert (row.via, row.state, row.tally) == ("mqtt", "newest", "done")
    standing = counting(centre)
    assert (standing.result, standing.source, standing.closed) == (row.id, "box", True)
    stated = {name: stated for name, stated in standing.numbers.items() if stated[1] != "absent"}
    assert stated == {
        "paslon_1": (0, "accepted"),
        "paslon_2": (7, "unsure"),
        "suara_sah": (None, "confirmed"),
        "suara_total": (288, "corrected"),
    }
    absent = [number for number, state in standing.numbers.values() if state == "absent"]
    assert absent == [None] * 24


def test_the_same_record_again_has_the_same_receipt_and_changes_nothing(centre, box):
    record = box.record()
    first, second = box.send(record), box.send(record)
    assert first == second
    assert len(rows(centre, results)) == 1


def test_the_newest_number_counts_in_whatever_order_they_come(centre, box):
    def total():
        return {counting(centre, contest=key).numbers["suara_total"][0] for key in KEYS}

    for number in (2, 1, 3):
        assert sent(box, box.record(number, {"suara_total": (State.ACCEPTED, number)})) is STORED
        assert total() == {max(number, 2)}
    assert states(centre) == [(1, 1, "superseded"), (1, 2, "superseded"), (1, 3, "newest")]
    spare = centre.enrol()
    assert sent(spare, spare.record(1, {"suara_total": (State.ACCEPTED, 9)})) is STORED
    assert sent(box, box.record(4, {"suara_total": (State.ACCEPTED, 4)})) is STORED
    assert total() == {9}
    assert states(centre)[3:] == [(1, 4, "superseded"), (2, 1, "newest")]


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(order=st.permutations([(box, number) for box in (0, 1) for number in (1, 2, 3)]))
def test_any_order_ends_with_the_same_newest(tmp_path_factory, order):
    centre = Centre(tmp_path_factory.mktemp("centre"))
    boxes = [centre.enrol(), centre.enrol()]
    for index, number in order:
        assert sent(boxes[index], boxes[index].record(number)) is STORED
    assert [state for *_, state in states(centre)] == ["superseded"] * 5 + ["newest"]
    centre.database.close()


def test_another_record_under_a_used_number_is_a_conflict_and_both_are_kept(centre, box):
    first, second = box.record(1), box.record(1, root=bytes(15) + b"x")
    assert sent(box, first) is STORED
    assert sent(box, second) is CONFLICT
    assert sent(box, first) is STORED
    assert sent(box, second) is CONFLICT
    assert states(centre) == [(1, 1, "conflict"), (1, 1, "newest")]
    assert sent(box, box.record(2)) is STORED
    assert sent(box, second) is CONFLICT
    assert states(centre) == [(1, 1, "conflict"), (1, 1, "superseded"), (1, 2, "newest")]


def refused(centre, box, record, code):
    assert sent(box, record) is REFUSED
    assert last_refusal(centre).code == code
    assert last_refusal(centre).id == record_id(record).hex()
    assert rows(centre, results) == []


def test_what_is_refused_and_why(centre, box):
    good = box.record()
    refused(centre, box, b"", "malformed")
    refused(centre, box, b"\x02" * 200, "election")
    refused(centre, box, good[:-64] + bytes(64), "signature")
    refused(centre, box, bytes([good[0] ^ 2]) + good[1:], "malformed")
    # Whose it is can no longer be read out of it.
    refused(centre, box, good + b"\0", "tps")
    refused(centre, box, bytes(5000), "malformed")
    refused(centre, box, box.record(epoch=2), "enrolment")
    refused(centre, box, box.record(tps=OTHER_TPS), "tps")
    stranger = Box(centre)
    stranger.install(box.enrolment)
    refused(centre, stranger, stranger.record(), "signature")


def test_a_tps_that_is_not_enrolled_gets_no_receipt(centre):
    stranger = Box(centre)
    assert stranger.send(stranger.record()) is None
    assert (last_refusal(centre).tps, last_refusal(centre).code) == (TPS, "enrolment")


def test_refusals_are_bounded_for_each_tps(centre, box):
    other = centre.enrol(OTHER_TPS)
    other.send(b"one of another TPS")
    for index in range(REFUSALS_KEPT + 5):
        box.send(b"junk %d" % index)
    kept = rows(centre, refusals, refusals.c.n)
    assert [row.tps for row in kept].count(TPS) == REFUSALS_KEPT
    assert kept[-1].id == hashlib.sha256(b"junk %d" % (REFUSALS_KEPT + 4)).hexdigest()
    assert [row.tps for row in kept].count(OTHER_TPS) == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(topic=st.text(max_size=40) | st.just(result_topic(TPS)), payload=st.binary(max_size=120))
def test_any_message_is_survived(centre, topic, payload):
    centre.intake.handle(topic, payload)
    assert rows(centre, results) == []


def test_a_topic_of_nobody_is_recorded_in_one_line(centre):
    assert centre.intake.handle("tps/x\n/photo/y", b"") is None
    assert last_refusal(centre).tps == ""
    assert "\n" not in last_refusal(centre).reason


def send_evidence(box, body, id=None):
    id = id or hashlib.sha256(body).digest()
    answer = box.centre.intake.handle(evidence_topic(box.tps, id.hex()), body)
    return box.kind(answer, id)


def test_evidence_is_kept_once(centre, box):
    body = box.evidence()
    assert send_evidence(box, body) is STORED
    assert send_evidence(box, body) is STORED
    [row] = rows(centre, evidence)
    assert (row.body, row.contest, row.page, row.tps) == (body, "ppwp", 3, TPS)


def test_evidence_that_is_refused(centre, box):
    other = Box(centre, OTHER_TPS).evidence()
    for body, code in [
        (b"", "malformed"),
        (other, "tps"),
        (box.evidence(contest="tiga"), "election"),
        (box.evidence(page=9), "election"),
    ]:
        assert send_evidence(box, body) is REFUSED
        assert last_refusal(centre).code == code
    assert send_evidence(box, box.evidence(), id=bytes(32)) is REFUSED
    assert last_refusal(centre).code == "content"
    stranger = Box(centre, OTHER_TPS)
    topic = evidence_topic(OTHER_TPS, hashlib.sha256(other).hexdigest())
    assert stranger.centre.intake.handle(topic, other) is None
    assert last_refusal(centre).code == "enrolment"
    assert rows(centre, evidence) == []


JPEG = b"\xff\xd8\xff\xe0 and the rest"


def send_photo(box, body):
    return box.kind(box.send_photo(body), hashlib.sha256(body).digest())


def test_a_photo_is_kept_as_it_came_and_once(centre, box):
    assert send_photo(box, JPEG) is STORED
    assert send_photo(box, JPEG) is STORED
    [row] = rows(centre, photos)
    assert (centre.folder.photos / row.path).read_bytes() == JPEG
    assert (row.tps, row.size) == (TPS, len(JPEG))
    other = centre.enrol(OTHER_TPS)
    assert send_photo(other, JPEG) is STORED
    assert len(rows(centre, photos)) == 2
    files = [path for path in centre.folder.photos.rglob("*") if path.is_file()]
    assert files == [centre.folder.photos / row.path]


def test_photos_that_are_refused(centre, box, monkeypatch):
    assert send_photo(box, b"GIF89a") is REFUSED
    too_large = (16_000_001).to_bytes(4, "big") + (32_768).to_bytes(4, "big")
    for offer in (too_large, b"", JPEG):
        answer = centre.intake.handle(photo_topic(TPS, bytes(32).hex()), offer)
        assert box.kind(answer, bytes(32)) is REFUSED
    assert Box(centre, OTHER_TPS).send_photo(JPEG) is None
    monkeypatch.setattr(attachments, "ITEMS_PER_TPS", 1)
    assert send_photo(box, JPEG) is STORED
    assert send_photo(box, JPEG + b"2") is REFUSED
    assert send_photo(box, JPEG) is STORED
    codes = [row.code for row in rows(centre, refusals, refusals.c.n)]
    assert codes == [*["malformed"] * 4, "enrolment", "room"]
    assert len(rows(centre, photos)) == 1


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_refuses_nothing_and_keeps_nothing(centre, box, monkeypatch, call):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        where = files.os if call == "fsync" else files.Path
        patch.setattr(where, call, full)
        with pytest.raises(EnvironmentFault, match="No space"):
            send_photo(box, JPEG)
    assert [path for path in centre.folder.photos.rglob("*") if path.is_file()] == []
    assert rows(centre, photos) == [] and rows(centre, refusals) == []
    assert send_photo(box, JPEG) is STORED


def test_half_written_photos_of_a_cut_are_swept(centre):
    old, young = (centre.folder.photos / f"part-{name}" for name in ("old", "young"))
    for path, age in ((old, OLD_SECONDS + 1), (young, 1)):
        path.touch()
        os.utime(path, (NOW - age, NOW - age))
    Intake(centre.folder, centre.database, lambda: NOW)
    assert young.exists() and not old.exists()


def test_status_is_the_last_word_and_has_no_receipt(centre, box):
    for word in (b"online", b"online", b"lost"):
        assert centre.intake.handle(status_topic(TPS), word) is None
    assert [(row.tps, row.word) for row in rows(centre, statuses)] == [(TPS, "lost")]
    assert centre.intake.handle(status_topic(TPS), b"<b>") is None
    assert last_refusal(centre).kind == "status"
    assert centre.intake.handle(status_topic(OTHER_TPS), b"online") is None
    assert len(rows(centre, statuses)) == 1


def test_two_writers_at_once_end_with_one_row(centre, box):
    """Two ingest processes may run: the same record from both is one row."""
    record = box.record()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(box.send(record))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [box.send(record)] * 4
    with centre.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(results)) == 1


FULL = {
    "sqlite": "CREATE TRIGGER is_full BEFORE INSERT ON results"
    " BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    "postgresql": "CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'disk full'; END $$;"
    "CREATE TRIGGER is_full BEFORE INSERT ON results EXECUTE FUNCTION is_full()",
}
EMPTIED = {
    "sqlite": "DROP TRIGGER is_full",
    "postgresql": "DROP TRIGGER is_full ON results",
}


def test_a_database_that_fails_gives_no_receipt(centre, box, engine):
    with centre.database.write() as connection:
        connection.exec_driver_sql(FULL[engine])
    with pytest.raises(EnvironmentFault, match="disk full"):
        box.send(box.record())
    assert rows(centre, results) == [] and rows(centre, refusals) == []
    with centre.database.write() as connection:
        connection.exec_driver_sql(EMPTIED[engine])
    assert sent(box, box.record()) is STORED
