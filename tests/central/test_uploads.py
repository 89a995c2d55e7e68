"""Photos in chunks: what the centre keeps, answers and forgets, through cuts at any place."""

import hashlib
import os
import random

import pytest
from central_samples import NOW, OTHER_TPS, TPS, Centre
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tpsbox.errors import EnvironmentFault
from tpsbox.record.chunks import Offer, decode_missing, encode_offer
from tpsbox.record.receipt import ReceiptKind
from tpsbox.record.topics import MISSING_TYPE, chunk_topic, missing_topic, photo_topic
from tpscentral import partials
from tpscentral.intake import Intake
from tpscentral.partials import OPEN_LIMIT, Partials
from tpscentral.schema import photos, refusals
from tpscentral.uploads import EXPIRY_SECONDS

CHUNK = 4096
JPEG = b"\xff\xd8\xff" + random.Random(1).randbytes(9 * CHUNK + 17)
ID = hashlib.sha256(JPEG).digest()
OFFER = Offer(len(JPEG), CHUNK)


def offer(centre, jpeg=JPEG, id=None, tps=TPS, chunk=CHUNK):
    id = id or hashlib.sha256(jpeg).digest()
    return centre.intake.handle(photo_topic(tps, id.hex()), encode_offer(Offer(len(jpeg), chunk)))


def send(centre, index, jpeg=JPEG, id=ID, tps=TPS):
    body = jpeg[slice(*Offer(len(jpeg), CHUNK).span(index))]
    return centre.intake.handle(chunk_topic(tps, id.hex(), index), body)


def missing(answer, count=OFFER.count):
    assert answer.content_type == MISSING_TYPE
    return decode_missing(answer.payload, count)


def stored(centre):
    with centre.database.read() as connection:
        return connection.execute(select(photos)).all()


def open_files(centre):
    return [path for path in centre.folder.partials.rglob("*") if path.is_file()]


def restart(centre):
    """What a cut leaves is all that the next process has."""
    centre.intake = Intake(centre.folder, centre.database, lambda: NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.permutations(range(OFFER.count)), st.sets(st.integers(0, 9)), st.data())
def test_chunks_in_any_order_with_cuts_anywhere(tmp_path_factory, order, cuts, data):
    centre = Centre(tmp_path_factory.mktemp("centre"))
    box = centre.enrol()
    assert missing(offer(centre)) == tuple(range(10))
    answer = None
    for step, index in enumerate(order):
        if step in cuts:
            restart(centre)
            assert missing(offer(centre)) == tuple(sorted(order[step:]))
        answer = send(centre, index)
        if step < 9 and data.draw(st.booleans()):
            assert send(centre, index) is None, "the same again changes nothing"
    assert box.kind(answer, ID) is ReceiptKind.STORED
    [row] = stored(centre)
    assert (centre.folder.photos / row.path).read_bytes() == JPEG
    assert open_files(centre) == []
    assert box.kind(offer(centre), ID) is ReceiptKind.STORED
    centre.database.close()


def test_the_bitmap_goes_to_the_box_alone(centre, box):
    answer = offer(centre)
    assert answer.topic == missing_topic(TPS, ID.hex())
    assert answer.id == ID


def test_a_chunk_of_nothing_or_of_another_cut_is_passed_over(centre, box):
    assert send(centre, 0) is None
    assert open_files(centre) == []
    offer(centre)
    for index, body in ((0, b""), (0, bytes(CHUNK + 1)), (9, bytes(CHUNK)), (10, b""), (9999, b"")):
        assert centre.intake.handle(chunk_topic(TPS, ID.hex(), index), body) is None
    assert missing(offer(centre)) == tuple(range(10))
    send(centre, 3)
    assert missing(offer(centre, chunk=2 * CHUNK), 5) == tuple(range(5)), "cut anew"
    with centre.database.read() as connection:
        assert connection.execute(select(refusals)).all() == []


def test_what_is_not_what_its_name_says_is_asked_for_again(centre, box):
    offer(centre)
    for index in range(9):
        send(centre, index)
    wrong = bytes(len(JPEG) - 9 * CHUNK)
    assert centre.intake.handle(chunk_topic(TPS, ID.hex(), 9), wrong) is None
    assert stored(centre) == [] and open_files(centre) == []
    assert box.kind(box.send_photo(JPEG), ID) is ReceiptKind.STORED


def test_a_cut_between_the_last_chunk_and_the_answer(centre, box, monkeypatch):
    offer(centre)
    for index in range(9):
        send(centre, index)
    with monkeypatch.context() as patch:
        patch.setattr(Partials, "whole", lambda *_: (_ for _ in ()).throw(EnvironmentFault("cut")))
        with pytest.raises(EnvironmentFault):
            send(centre, 9)
    restart(centre)
    assert box.kind(offer(centre), ID) is ReceiptKind.STORED
    assert len(stored(centre)) == 1


def test_a_damaged_byte_at_the_centre_is_found_and_asked_for_again(centre, box, monkeypatch):
    offer(centre)
    for index in range(9):
        send(centre, index)
    with monkeypatch.context() as patch:
        patch.setattr(Partials, "whole", lambda *_: (_ for _ in ()).throw(EnvironmentFault("cut")))
        with pytest.raises(EnvironmentFault):
            send(centre, 9)
    [path] = open_files(centre)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert missing(offer(centre)) == tuple(range(10))
    assert stored(centre) == []


def test_a_full_disk_loses_no_chunk_that_was_kept(centre, box, monkeypatch):
    offer(centre)
    send(centre, 0)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(partials.os, "fdatasync", full)
        with pytest.raises(EnvironmentFault, match="No space"):
            send(centre, 1)
    with monkeypatch.context() as patch:
        patch.setattr(partials.os, "fsync", full)
        with pytest.raises(EnvironmentFault, match="No space"):
            offer(centre, JPEG + b"2")
    assert missing(offer(centre)) == tuple(range(1, 10))
    assert len(open_files(centre)) == 1


def test_a_tps_has_few_open_photos_and_the_most_silent_gives_way(centre, box):
    other = centre.enrol(OTHER_TPS)
    offer(centre, tps=OTHER_TPS)
    jpegs = [JPEG + bytes([n]) for n in range(OPEN_LIMIT + 2)]
    for age, jpeg in enumerate(jpegs):
        offer(centre, jpeg)
        path = centre.folder.partials / TPS / f"{hashlib.sha256(jpeg).hexdigest()}.part"
        os.utime(path, (NOW + age, NOW + age))
    names = {path.stem for path in open_files(centre) if path.parent.name == TPS}
    assert names == {hashlib.sha256(jpeg).hexdigest() for jpeg in jpegs[2:]}
    assert other.kind(other.send_photo(JPEG), ID) is ReceiptKind.STORED


def test_what_nobody_goes_on_with_is_forgotten(centre, box):
    offer(centre)
    offer(centre, JPEG + b"2")
    old, young = open_files(centre)
    os.utime(old, (NOW - EXPIRY_SECONDS - 1,) * 2)
    os.utime(young, (NOW - EXPIRY_SECONDS + 1,) * 2)
    restart(centre)
    assert open_files(centre) == [young]


def test_a_file_that_is_no_upload_is_begun_anew(centre, box):
    offer(centre)
    [path] = open_files(centre)
    for damage in (b"", b"x", bytes(8), path.read_bytes()[:9]):
        path.write_bytes(damage)
        assert send(centre, 0) is None
        assert missing(offer(centre)) == tuple(range(10))
