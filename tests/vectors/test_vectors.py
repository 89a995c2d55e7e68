"""The product reproduces the published vectors, and refuses each with any bit changed."""

import json
from pathlib import Path

import pytest
from coded import NUMBERS
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from generate import BEGIN, DOCUMENT, END, evidence_plain, example, sha, vectors
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.election import parse_election
from tpsbox.record.coder import Reader, choose, uniform
from tpsbox.record.evidence import decode_evidence, encode_evidence
from tpsbox.record.receipt import ReceiptKind, make_receipt, verify_receipt
from tpsbox.record.signing import record_id, sign_result, verify_result
from tpsbox.record.statement import State, decode_statement, encode_statement
from tpsbox.record.tree import evidence_root

HERE = Path(__file__).parent


def load(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


RESULT = load("result.json")
EVIDENCE = load("evidence.json")
RECEIPT = load("receipt.json")
STATEMENT = bytes.fromhex(RESULT["statement"])
RECORD = STATEMENT + bytes.fromhex(RESULT["signature"])
ID = bytes.fromhex(RESULT["id"])
ELECTION = parse_election(RESULT["election_toml"].encode(), "vector")


def one_bit_changes(data):
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 0x80 >> bit % 8
        yield bytes(changed)


def test_the_files_are_what_the_generator_writes():
    assert vectors() == {"result.json": RESULT, "evidence.json": EVIDENCE, "receipt.json": RECEIPT}


def test_the_example_in_the_document_is_the_vectors():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].split(END)[0] == example(vectors())


def test_the_statement_says_what_went_in():
    statement = decode_statement(STATEMENT, ELECTION)
    assert ELECTION.package.hex() == RESULT["package"] == statement.package.hex()
    assert (statement.tps, statement.epoch, statement.number) == ("6302042001001", 1, 7)
    assert (statement.time, statement.clock.name) == (1_707_900_000, "RTC")
    assert statement.root.hex() == EVIDENCE["root"]
    [contest] = statement.contests
    assert contest.closed
    fields = ELECTION.form_of("ppwp").fields
    said = {
        field.name: (value.state.name.lower(), value.number)
        for field, value in zip(fields, contest.values, strict=True)
    }
    assert said == {field.name: NUMBERS.get(field.name, ("absent", None)) for field in fields}
    assert encode_statement(statement, ELECTION) == STATEMENT


def test_the_symbols_of_the_example_are_those_of_its_coded_part():
    reader = Reader(STATEMENT[21:])
    for what, symbol, before, weight, whole in RESULT["symbols"]:
        if weight == 1 and before == symbol:
            assert uniform(reader, whole) == symbol, what
        else:
            assert choose(reader, (before, weight, whole - before - weight)) == 1, what
    reader.finish()


KINDS = {(2, True): 5, (3, True): 6, (4, True): 7}


@pytest.mark.parametrize("case", RESULT["two_contests"], ids=lambda case: case["name"])
def test_statements_of_two_contests_are_reproduced(case):
    election = parse_election(RESULT["two_contests_toml"].encode(), "vector")
    data = bytes.fromhex(case["statement"])
    statement = decode_statement(data, election)
    assert statement.tps == case["tps"]
    for name in ("epoch", "number", "time", "clock"):
        assert getattr(statement, name) == case[name]
    assert {
        contest.key: {
            "closed": contest.closed,
            "values": [
                [KINDS.get((v.state, v.number is None), int(v.state)), v.number]
                for v in contest.values
            ],
        }
        for contest in statement.contests
    } == case["contests"]
    assert {v.state for c in statement.contests for v in c.values} <= set(State)
    assert encode_statement(statement, election) == data


def test_the_record_is_reproduced_and_accepted():
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(RESULT["private_key"]))
    assert key.public_key().public_bytes_raw().hex() == RESULT["public_key"]
    assert sign_result(STATEMENT, key) == RECORD
    assert verify_result(RECORD, key.public_key()) == STATEMENT
    assert record_id(RECORD) == ID


def test_every_one_bit_change_of_the_record_is_refused():
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(RESULT["public_key"]))
    for changed in one_bit_changes(RECORD):
        assert record_id(changed) != ID
        with pytest.raises(AnswerError):
            verify_result(changed, key)


def test_every_one_bit_change_of_the_statement_is_refused_or_says_something_else():
    original = decode_statement(STATEMENT, ELECTION)
    refused = 0
    for changed in one_bit_changes(STATEMENT):
        try:
            assert decode_statement(changed, ELECTION) != original
        except InputError:
            refused += 1
    assert refused > 100  # version and package, and most of what the coder cannot have written


def test_evidence_and_root_are_reproduced():
    data = bytes.fromhex(EVIDENCE["evidence"])
    evidence = decode_evidence(data)
    assert encode_evidence(evidence) == data
    assert evidence.photo == sha(b"example photo")
    assert evidence.fields[0].name == evidence_plain(b"")["fields"][0]["name"]
    leaves = [bytes.fromhex(EVIDENCE["attachment"]), data]
    assert evidence_root(leaves).hex() == EVIDENCE["root"]
    assert evidence_root([]).hex() == EVIDENCE["root_of_nothing"]


def test_every_one_bit_change_of_evidence_has_another_root():
    data = bytes.fromhex(EVIDENCE["evidence"])
    attachment = bytes.fromhex(EVIDENCE["attachment"])
    for changed in one_bit_changes(data):
        assert evidence_root([changed, attachment]).hex() != EVIDENCE["root"]
        try:
            other = decode_evidence(changed)
        except InputError:
            continue
        assert encode_evidence(other) == changed
    for changed in one_bit_changes(attachment):
        assert evidence_root([data, changed]).hex() != EVIDENCE["root"]


@pytest.mark.parametrize("kind", ReceiptKind)
def test_receipts_are_reproduced_and_every_one_bit_change_is_refused(kind):
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(RECEIPT["private_key"]))
    data = bytes.fromhex(RECEIPT[kind.name.lower()])
    assert RECEIPT["id"] == RESULT["id"]
    assert make_receipt(kind, ID, key) == data
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(RECEIPT["public_key"]))
    assert verify_receipt(data, ID, public) is kind
    for changed in one_bit_changes(data):
        with pytest.raises(AnswerError):
            verify_receipt(changed, ID, public)
