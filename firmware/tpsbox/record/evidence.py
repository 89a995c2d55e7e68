"""How a sheet's numbers were found: one deterministic CBOR map (RFC 8949, 4.2) a sheet."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NoReturn

import cbor2
import msgspec

from tpsbox.errors import InputError
from tpsbox.record.statement import NUMBER_LIMIT, check_tps
from tpsbox.record.tree import evidence_root

__all__ = [
    "EVIDENCE_LIMIT",
    "Evidence",
    "FieldEvidence",
    "Word",
    "decode_evidence",
    "encode_evidence",
    "evidence_root",
]

EVIDENCE_LIMIT = 64 * 1024
"""Bytes of one sheet's evidence; the largest sheet with every witness takes about a quarter."""

_DEPTH = 8
_TAGS = (*range(6), 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 261, 1004, 43000, 55799)
"""Tags that the CBOR library would turn into objects; evidence has none, so each is refused."""

Sha256 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Remark = Annotated[str, msgspec.Meta(max_length=256)]
Number = Annotated[int, msgspec.Meta(ge=0, le=NUMBER_LIMIT)]
Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Scalar = bool | int | float | str | None
Plain = bool | int | float | str | tuple[Scalar | tuple[Scalar, ...], ...] | None
Homography = tuple[float, float, float, float, float, float, float, float, float]


class FieldEvidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One field as the machine saw it.

    `raw` is one character a box; `value` the number or None; `status` the outcome; `probability`
    that of the value; `reasons` why a person should look; `witnesses` each independent writing
    of the number by name (boxes, bubbles, tally, sums) with what was seen there.
    """

    name: Name
    raw: Remark
    value: Number | None
    status: Literal["accepted", "review"]
    probability: Probability
    reasons: tuple[Remark, ...]
    witnesses: dict[Name, dict[Name, Plain]]


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an officer said about a field, and when (unix seconds, 0 = unknown)."""

    field: Name
    kind: Literal["confirm", "correct"]
    value: Number | None
    time: Seconds


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sheet.

    `photo` is the SHA-256 of its JPEG; `homography` nine numbers, row by row, that take mm on the
    sheet to pixels of the photo; `model` the SHA-256 of the reading model. They may be None where
    the sheet was typed without a camera.
    """

    tps: str
    contest: Name
    form: Name
    page: Annotated[int, msgspec.Meta(ge=1, le=99)]
    photo: Sha256 | None
    homography: Homography | None
    fields: tuple[FieldEvidence, ...]
    words: tuple[Word, ...]
    entry: Literal["camera", "typed"]
    firmware: Remark
    model: Sha256 | None


def encode_evidence(evidence: Evidence) -> bytes:
    """The one CBOR spelling of a sheet's evidence.

    Raises:
        InputError: a value is out of its range or the whole is above 64 kB.
    """
    plain = msgspec.to_builtins(evidence, builtin_types=(bytes,))
    data = _canonical(_convert(plain))
    if len(data) > EVIDENCE_LIMIT:
        raise InputError(f"evidence: {len(data)} bytes, at most {EVIDENCE_LIMIT} are allowed")
    return data


def decode_evidence(data: bytes) -> Evidence:
    """The evidence in bytes that `encode_evidence` could have written.

    Raises:
        InputError: too large, not CBOR, not of the schema, or another spelling of it.
    """
    if len(data) > EVIDENCE_LIMIT:
        raise InputError(f"evidence: {len(data)} bytes, at most {EVIDENCE_LIMIT} are allowed")
    try:
        plain = cbor2.loads(
            data,
            tag_hook=_refuse,
            semantic_decoders=dict.fromkeys(_TAGS, _refuse),
            max_depth=_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )
    except cbor2.CBORError as error:
        raise InputError(f"evidence: not the CBOR that is expected ({error})") from error
    evidence = _convert(plain)
    if _canonical(evidence) != data:
        raise InputError("evidence: the bytes are not in canonical form")
    return evidence


def _refuse(*_: object) -> NoReturn:
    raise ValueError("tags are not allowed")


def _convert(plain: Any) -> Evidence:
    try:
        evidence = msgspec.convert(plain, Evidence)
    except msgspec.ValidationError as error:
        raise InputError(f"evidence: {error}") from error
    check_tps(evidence.tps)
    if evidence.homography is not None and not all(map(math.isfinite, evidence.homography)):
        raise InputError("evidence: the homography holds a number that is not finite")
    if evidence.entry == "camera" and None in (evidence.photo, evidence.homography, evidence.model):
        raise InputError("evidence: entry by camera needs photo, homography and model")
    return evidence


def _canonical(evidence: Evidence) -> bytes:
    try:
        return cbor2.dumps(msgspec.to_builtins(evidence, builtin_types=(bytes,)), canonical=True)
    except (cbor2.CBORError, ValueError) as error:
        raise InputError(f"evidence: it cannot be written as CBOR ({error})") from error
