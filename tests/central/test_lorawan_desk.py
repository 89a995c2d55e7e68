"""What the centre does with each event of the network server, by its database and its downlinks."""

import json
import random

import pytest
from central_samples import ELECTION_TOML, NOW, OTHER_TPS, TPS, Box
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lorawan_samples import APPLICATION, RADIO, command, cut, topic, txack, up
from sqlalchemy import select, update
from tpsbox.errors import AnswerError, EnvironmentFault
from tpsbox.forms.election import parse_election
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.short_receipt import read_short, verify_short
from tpsbox.record.signing import record_id
from tpscentral import lorawan
from tpscentral.assembly import SILENCE_S
from tpscentral.chirpstack import Device
from tpscentral.lora_frames import tag_of
from tpscentral.lorawan import LorawanDesk
from tpscentral.pacing import BURST
from tpscentral.schema import enrolments, refusals, results

STORED, REFUSED, CONFLICT = ReceiptKind.STORED, ReceiptKind.REFUSED, ReceiptKind.CONFLICT


class Steady:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def steady():
    return Steady()


@pytest.fixture
def desk(centre, steady):
    return LorawanDesk(centre.folder, centre.database, lambda: NOW, steady)


def rows(centre, table):
    with centre.database.read() as connection:
        return connection.execute(select(table)).all()


def key_of(box):
    """The key of short receipts as the box derives it."""
    return short_key(box.agreement_key, agreement_key(box.enrolment.centre_agreement_key), box.tps)


def verified(box, messages, record):
    """What the one downlink says about a record of this box, checked as the box checks it."""
    [(port, data)] = map(command, messages)
    assert port == 10
    kind, epoch, number = read_short(data)
    assert epoch == box.epoch
    assert verify_short(data, record_id(record), key_of(box)) is kind
    return kind, number


def missing(messages):
    [(port, data)] = map(command, messages)
    assert (port, len(data)) == (11, 5)
    bits = int.from_bytes(data[1:], "big")
    return data[0], [index for index in range(32) if bits >> (31 - index) & 1]


def test_a_whole_record_is_stored_and_answered(centre, box, desk):
    record = box.record(3)
    assert verified(box, desk.handle(*up(10, record)), record) == (STORED, 3)
    [row] = rows(centre, results)
    assert (row.record, row.via, row.received_at, row.state) == (record, "lorawan", NOW, "newest")


def test_the_receipt_follows_the_commit(centre, box, desk, monkeypatch):
    """A full disk: no word to the box, and the event may be handled again."""

    def full(*_, **__):
        raise EnvironmentFault("database: disk full")

    record = box.record()
    with monkeypatch.context() as patch:
        patch.setattr(lorawan, "take_result", full)
        with pytest.raises(EnvironmentFault):
            desk.handle(*up(10, record))
    assert desk.due() == []
    assert verified(box, desk.handle(*up(10, record)), record) == (STORED, 1)


def test_the_same_record_again_has_the_same_answer(centre, box, desk):
    record = box.record()
    first = desk.handle(*up(10, record))
    assert desk.handle(*txack()) == []
    assert desk.handle(*up(10, record, f_cnt=1)) == first
    assert len(rows(centre, results)) == 1


def test_one_that_came_by_mqtt_before_is_answered_too(centre, box, desk):
    record = box.record()
    box.send(record)
    assert verified(box, desk.handle(*up(10, record)), record) == (STORED, 1)
    [row] = rows(centre, results)
    assert row.via == "mqtt"


def test_a_second_record_under_a_number_is_a_conflict(centre, box, desk):
    desk.handle(*up(10, box.record(1)))
    desk.handle(*txack())
    other = box.record(1, root=bytes(15) + b"x")
    assert verified(box, desk.handle(*up(10, other)), other) == (CONFLICT, 1)
    assert len(rows(centre, results)) == 2


def test_any_radio_may_carry_the_record_of_any_box(centre, box, desk):
    spare = centre.enrol(OTHER_TPS)
    for sender in (box, spare):
        record = sender.record()
        assert verified(sender, desk.handle(*up(10, record)), record) == (STORED, 1)
        desk.handle(*txack())
    assert {row.tps for row in rows(centre, results)} == {TPS, OTHER_TPS}


def test_another_box_cannot_use_the_receipt(centre, box, desk):
    other = centre.enrol(OTHER_TPS)
    record = box.record()
    [(_, data)] = map(command, desk.handle(*up(10, record)))
    with pytest.raises(AnswerError):
        verify_short(data, record_id(record), key_of(other))


def test_strangers_are_counted_and_hear_nothing(centre, box, desk, caplog):
    stranger = Box(centre)
    good = box.record()
    for record in (stranger.record(), good[:-1] + bytes([good[-1] ^ 1]), b"x", bytes(200)):
        assert desk.handle(*up(10, record)) == []
    assert desk.strangers == 4
    lines = [entry for entry in caplog.records if "stranger" in entry.getMessage()]
    assert len(lines) == 4 and all("\n" not in entry.getMessage() for entry in lines)
    assert rows(centre, results) == []
    # They may name any TPS: nothing of theirs stands under one.
    assert {row.tps for row in rows(centre, refusals)} == {""}


def test_a_signed_record_that_is_refused_is_answered(centre, box, desk):
    """The box is enrolled for another election than the one of its record."""
    other = centre.folder.root.parent / "lain.toml"
    other.write_text(ELECTION_TOML.replace('"uji"', '"lain"'))
    election = parse_election(other.read_bytes(), "lain")
    with centre.database.write() as connection:
        connection.execute(update(enrolments).values(package=election.package.hex()))
    record = box.record()
    assert verified(box, desk.handle(*up(10, record)), record) == (REFUSED, 1)
    [row] = rows(centre, refusals)
    assert (row.tps, row.code, row.id) == (TPS, "election", record_id(record).hex())


@pytest.mark.parametrize("size", [9, 51, 113])
def test_fragments_make_the_record(centre, box, desk, size):
    record = box.record(2)
    frames = cut(record, size)
    for frame in frames[:-1]:
        assert desk.handle(*up(11, frame)) == []
    answer = desk.handle(*up(11, frames[-1]))
    assert verified(box, answer, record) == (STORED, 2)
    desk.handle(*txack())
    # The box has not heard it: any piece of the record brings the receipt again.
    assert desk.handle(*up(11, frames[0])) == answer
    assert len(rows(centre, results)) == 1


def test_missing_fragments_are_asked_for_and_fill_the_gaps(box, desk):
    record = box.record()
    frames = cut(record, 20)
    lost = {0, 2}
    answers = [desk.handle(*up(11, f)) for i, f in enumerate(frames) if i not in lost]
    assert answers[:-1] == [[]] * (len(answers) - 1)
    assert missing(answers[-1]) == (record_id(record)[0] % 64, [0, 2])
    assert desk.handle(*up(11, frames[0])) == []
    assert verified(box, desk.handle(*up(11, frames[2])), record) == (STORED, 1)


def test_a_box_that_falls_silent_is_asked(box, desk, steady):
    frames = cut(box.record(), 20)
    desk.handle(*up(11, frames[0]))
    assert desk.due() == []
    steady.now += SILENCE_S
    assert missing(desk.due())[1] == list(range(1, len(frames)))
    assert desk.due() == []


def test_a_wrong_mix_under_one_tag_is_asked_for_again(centre, box, desk):
    record = box.record()
    frames = cut(record, 60)
    tag = tag_of(record)
    changed = (frames[0][:-1] + bytes([last]) for last in range(256))
    # One mix in 64 has by chance the tag of the whole, and ends as a stranger's.
    wrong = next(frame for frame in changed if tag_of(frame[2:] + record[60:]) != tag)
    desk.handle(*up(11, wrong))
    for frame in frames[1:-1]:
        desk.handle(*up(11, frame))
    assert missing(desk.handle(*up(11, frames[-1])))[1] == list(range(len(frames)))
    assert desk.strangers == 0 and rows(centre, refusals) == []
    for frame in frames[:-1]:
        desk.handle(*up(11, frame))
    assert verified(box, desk.handle(*up(11, frames[-1])), record) == (STORED, 1)


def test_the_fragments_of_a_stranger_end_as_one(centre, box, desk):
    for frame in cut(Box(centre).record(), 60):
        assert desk.handle(*up(11, frame)) == []
    assert desk.strangers == 1


def test_a_restart_of_the_centre_loses_no_record(centre, box, desk, steady):
    record = box.record()
    frames = cut(record, 60)
    desk.handle(*up(11, frames[0]))
    again = LorawanDesk(centre.folder, centre.database, lambda: NOW, steady)
    for frame in frames[1:-1]:
        again.handle(*up(11, frame))
    assert missing(again.handle(*up(11, frames[-1])))[1] == [0]
    assert verified(box, again.handle(*up(11, frames[0])), record) == (STORED, 1)


def test_one_downlink_at_a_time_and_not_without_end(box, desk):
    record = box.record()
    answers = [desk.handle(*up(10, record, f_cnt=n)) for n in range(40)]
    given = sum(map(len, answers))
    assert given == BURST
    assert all(len(answer) <= 1 for answer in answers)


def test_a_box_that_only_listens_is_no_record(centre, box, desk):
    for port, data in ((0, b""), (10, b""), (11, b""), (12, b"\0"), (77, b"x" * 50)):
        assert desk.handle(*up(port, data)) == []
    assert desk.strangers == desk.unusable == 0
    assert rows(centre, refusals) == []


def test_frames_and_events_that_make_no_sense_are_counted(centre, desk):
    for event in (up(11, b"x"), (topic(), b"{"), ("tps/x", b""), up(11, b"\0\x20x")):
        assert desk.handle(*event) == []
    assert desk.unusable == 4
    assert rows(centre, results) == rows(centre, refusals) == []


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=5,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("fPort", "fCnt", "dr", "data", "deviceInfo", "more"), plain)
    ),
    st.integers(0, 15),
    st.binary(max_size=242),
)
def test_no_event_ends_the_desk(desk, changes, port, data):
    where, payload = up(port, data)
    assert isinstance(desk.handle(where, payload), list)
    mutated = json.dumps({**json.loads(payload), **changes}).encode()
    assert isinstance(desk.handle(where, mutated), list)


def test_a_storm_of_fragments_is_bounded_and_harms_no_box(box, desk):
    rng = random.Random(20241127)
    for _ in range(5000):
        radio = Device(APPLICATION, f"{rng.randrange(40):016x}")
        desk.handle(*up(11, rng.randbytes(rng.randint(3, 60)), radio))
    assert desk.due() == []
    record = box.record()
    answers = [desk.handle(*up(11, frame)) for frame in cut(record, 60)]
    assert verified(box, answers[-1], record) == (STORED, 1)
    assert RADIO.dev_eui not in {f"{n:016x}" for n in range(40)}
