"""Enrolment files and MQTT topics are parsed within limits."""

import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from record_samples import TPS, tps_codes
from tpsbox.errors import AnswerError, InputError
from tpsbox.record import topics
from tpsbox.record.enrolment import (
    Broker,
    Enrolment,
    check_possession,
    parse_enrolment,
    parse_request,
    public_key,
    sign_request,
    write_json,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
REQUEST = sign_request(TPS, "uji", "0a1b2c3d", "ee" * 32, "-----BEGIN...", KEY)
HERE = Broker("broker.example", 8883)
ANSWER = Enrolment(2, TPS, "0a1b2c3d", 1, "ff" * 32, "ee" * 32, "client", "ca", HERE)


def test_files_come_back():
    assert parse_request(write_json(REQUEST)) == REQUEST
    assert parse_enrolment(write_json(ANSWER)) == ANSWER


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 1},
        {"tps": "1"},
        {"package": "0A1B2C3D"},
        {"public_key": "00" * 31},
        {"public_key": "00" * 32 + "\n"},
        {"agreement_key": "00" * 33},
        {"proof": "00" * 63},
        {"csr": "x" * 20_000},
        {"more": 1},
    ],
)
def test_a_wrong_request_is_refused(changes):
    data = msgspec.json.encode({**msgspec.to_builtins(REQUEST), **changes})
    with pytest.raises(InputError, match=r"enrolment request|TPS"):
        parse_request(data)


@pytest.mark.parametrize("changes", [{"epoch": 0}, {"epoch": 256}, {"broker": {"host": "a"}}])
def test_a_wrong_answer_is_refused(changes):
    data = msgspec.json.encode({**msgspec.to_builtins(ANSWER), **changes})
    with pytest.raises(InputError, match="enrolment"):
        parse_enrolment(data)


@given(st.binary(max_size=100))
def test_any_bytes_are_refused(data):
    with pytest.raises(InputError):
        parse_request(data)


def test_too_large_a_file_is_refused():
    with pytest.raises(InputError, match="larger"):
        parse_enrolment(b" " * 70_000)


def test_the_proof_is_over_the_bytes_of_the_specification():
    check_possession(REQUEST)
    parts = (
        b"tps-box/enrolment/2\0",
        TPS.encode(),
        bytes.fromhex("0a1b2c3d"),
        KEY.public_key().public_bytes_raw(),
        b"\xee" * 32,
        hashlib.sha256(b"uji").digest(),
        hashlib.sha256(b"-----BEGIN...").digest(),
    )
    assert REQUEST.proof == KEY.sign(b"".join(parts)).hex()


@pytest.mark.parametrize(
    "changes",
    [
        {"tps": "6302042001002"},
        {"election": "uji2"},
        {"package": "0a1b2c3e"},
        {"agreement_key": "ef" * 32},
        {"csr": "-----BEGIN.."},
        {"proof": "00" * 64},
        {"public_key": "01" + "00" * 31},
    ],
)
def test_no_part_of_a_request_can_be_changed(changes):
    with pytest.raises(AnswerError, match="not signed by the key"):
        check_possession(msgspec.structs.replace(REQUEST, **changes))


def test_keys_are_read_from_hex():
    key = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
    assert public_key(key.public_bytes_raw().hex()) == key
    for wrong in ("", "00" * 31, "zz" * 32):
        with pytest.raises(InputError):
            public_key(wrong)


@given(tps_codes, st.binary(min_size=32, max_size=32))
def test_topics_are_parsed_back(tps, id):
    sha = id.hex()
    assert topics.parse_topic(topics.result_topic(tps)) == topics.Topic(tps, "result")
    assert topics.parse_topic(topics.status_topic(tps)) == topics.Topic(tps, "status")
    evidence = topics.parse_topic(topics.evidence_topic(tps, sha))
    assert evidence == topics.Topic(tps, "evidence", id)
    photo = topics.parse_topic(topics.photo_topic(tps, sha))
    assert photo == topics.Topic(tps, "photo", id)
    for index in (0, 9, 3906):
        chunk = topics.parse_topic(topics.chunk_topic(tps, sha, index))
        assert chunk == topics.Topic(tps, "chunk", id, index)
    assert topics.parse_missing(topics.missing_topic(tps, sha)) == id
    assert topics.parse_missing(topics.receipt_topic(tps)) is None


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "tps",
        f"tps/{TPS}",
        f"tps/{TPS}/results",
        f"tps/{TPS}/result/",
        f"tps/{TPS}/result\n",
        f"tps/{TPS}/photo/{'A' * 64}",
        f"tps/{TPS}/photo/{'a' * 63}",
        f"tps/{TPS}/photo/{'a' * 64}/",
        f"tps/{TPS}/photo/{'a' * 64}/01",
        f"tps/{TPS}/photo/{'a' * 64}/12345",
        f"tps/{TPS}/evidence/{'a' * 64}/1",
        f"receipt/{TPS}",
        "tps/6302042001000/result",
        "tps/+/result",
    ],
)
def test_other_topics_are_refused(topic):
    with pytest.raises(InputError):
        topics.parse_topic(topic)


def test_topics_are_never_built_from_other_words():
    with pytest.raises(InputError):
        topics.result_topic("+")
    with pytest.raises(InputError):
        topics.photo_topic(TPS, "#")
    assert topics.client_id(TPS, 2) == f"box-{TPS}-2"
    assert topics.receipt_topic(TPS) == f"receipt/{TPS}"
