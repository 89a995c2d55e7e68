"""Evidence has one spelling in CBOR, and the root stands for the set of all of it."""

import hashlib

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import TPS, evidences
from tpsbox.errors import InputError
from tpsbox.record.evidence import (
    EVIDENCE_LIMIT,
    Evidence,
    FieldEvidence,
    decode_evidence,
    encode_evidence,
)
from tpsbox.record.tree import evidence_root

FIELD = FieldEvidence("paslon_1", "12X", 12, "accepted", 0.5, (), {"boxes": {"value": 12}})
SHEET = Evidence(
    tps=TPS,
    contest="ppwp",
    form="ppwp-2024",
    page=2,
    photo=bytes(32),
    homography=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    fields=(FIELD,),
    words=(),
    entry="camera",
    firmware="0.1.0",
    model=bytes(32),
)
PLAIN = msgspec.to_builtins(SHEET, builtin_types=(bytes,))


@given(evidences)
def test_comes_back_exactly(evidence):
    data = encode_evidence(evidence)
    assert decode_evidence(data) == evidence
    assert encode_evidence(decode_evidence(data)) == data


@given(evidences, st.data())
def test_changed_bytes_are_refused_or_other_evidence(evidence, data):
    good = bytearray(encode_evidence(evidence))
    bit = data.draw(st.integers(0, 8 * len(good) - 1))
    good[bit // 8] ^= 0x80 >> bit % 8
    try:
        other = decode_evidence(bytes(good))
    except InputError:
        return
    assert encode_evidence(other) == bytes(good)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data):
    with pytest.raises(InputError):
        decode_evidence(data)


def with_field(**changes):
    return {**PLAIN, "fields": ({**PLAIN["fields"][0], **changes},)}


@pytest.mark.parametrize(
    "plain",
    [
        {**PLAIN, "more": 1},
        {key: value for key, value in PLAIN.items() if key != "words"},
        {**PLAIN, "tps": "630204200100"},
        {**PLAIN, "page": 0},
        {**PLAIN, "photo": bytes(31)},
        {**PLAIN, "photo": None},
        {**PLAIN, "homography": (1.0,) * 8},
        {**PLAIN, "homography": (float("nan"),) * 9},
        {**PLAIN, "homography": (float("inf"),) * 9},
        {**PLAIN, "homography": (1,) * 9},
        {**PLAIN, "entry": "guessed"},
        with_field(value=1000),
        with_field(value=-1),
        with_field(status="unsure"),
        with_field(probability=1.5),
        with_field(probability=float("nan")),
        with_field(name=""),
        with_field(witnesses={"boxes": {"digits": b"raw"}}),
    ],
)
def test_what_breaks_the_schema_is_refused(plain):
    with pytest.raises(InputError):
        decode_evidence(cbor2.dumps(plain, canonical=True))


def test_the_plain_sample_itself_is_accepted():
    assert decode_evidence(cbor2.dumps(PLAIN, canonical=True)) == SHEET


def test_another_spelling_is_refused():
    with pytest.raises(InputError, match="canonical"):
        decode_evidence(cbor2.dumps(PLAIN))
    with pytest.raises(InputError):
        decode_evidence(cbor2.dumps(PLAIN, indefinite_containers=True))
    with pytest.raises(InputError):
        decode_evidence(encode_evidence(SHEET) + b"\0")


def test_tags_are_refused():
    for tag in (0, 1, 2, 4, 5, 28, 30, 35, 37, 258, 6000):
        with pytest.raises(InputError, match="tag"):
            decode_evidence(cbor2.dumps(cbor2.CBORTag(tag, 1)))


def test_too_much_is_refused():
    many = (FIELD,) * 1000
    with pytest.raises(InputError, match="at most"):
        encode_evidence(msgspec.structs.replace(SHEET, fields=many))
    with pytest.raises(InputError, match="at most"):
        decode_evidence(bytes(EVIDENCE_LIMIT + 1))


def test_a_typed_sheet_needs_no_photo():
    typed = msgspec.structs.replace(SHEET, entry="typed", photo=None, homography=None, model=None)
    assert decode_evidence(encode_evidence(typed)) == typed
    with pytest.raises(InputError, match="camera"):
        encode_evidence(msgspec.structs.replace(typed, entry="camera"))


def sha(data):
    return hashlib.sha256(data).digest()


def test_roots_of_few_leaves_by_hand():
    assert evidence_root([]) == sha(b"")[:16]
    a, b, c = sorted((b"a", b"b", b"c"), key=lambda leaf: sha(b"\0" + leaf))
    ha, hb, hc = (sha(b"\0" + leaf) for leaf in (a, b, c))
    pair = sha(b"\1" + ha + hb)
    assert evidence_root([a]) == ha[:16]
    assert evidence_root([a, b]) == pair[:16]
    assert evidence_root([a, b, c]) == sha(b"\1" + pair + hc)[:16]


leaves = st.lists(st.binary(max_size=40), max_size=20)


@given(leaves, st.randoms())
def test_the_root_is_that_of_the_set(some, random):
    shuffled = [*some, *some[:3]]
    random.shuffle(shuffled)
    assert evidence_root(shuffled) == evidence_root(some)


@given(leaves, leaves)
def test_other_leaves_have_another_root(some, others):
    assert (evidence_root(some) == evidence_root(others)) == (set(some) == set(others))
