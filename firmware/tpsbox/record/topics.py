"""MQTT topics, shared by boxes and centre; every id is a SHA-256, 64 hex digits in text."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from tpsbox.errors import InputError
from tpsbox.record.statement import check_tps

ItemKind = Literal["result", "evidence", "photo", "status"]

RESULT_TYPE = "application/x-tps-result"
EVIDENCE_TYPE = "application/cbor"
PHOTO_TYPE = "image/jpeg"
RECEIPT_TYPE = "application/x-tps-receipt"

RESULTS = "tps/+/result"
EVIDENCES = "tps/+/evidence/+"
PHOTOS = "tps/+/photo/+"
STATUSES = "tps/+/status"
"""What the centre subscribes to."""

ONLINE = b"online"
LOST = b"lost"

_TOPIC = re.compile(
    r"tps/(?P<tps>[0-9]{13})/"
    r"(?:(?P<plain>result|status)|(?P<kind>evidence|photo)/(?P<sha>[0-9a-f]{64}))"
)


class Topic(msgspec.Struct, frozen=True):
    """A box's topic taken apart; `id` is 32 bytes, None for results and status."""

    tps: str
    kind: ItemKind
    id: bytes | None = None


def result_topic(tps: str) -> str:
    """Where a box publishes its records."""
    return f"tps/{check_tps(tps)}/result"


def evidence_topic(tps: str, sha: str) -> str:
    """Where a box publishes the evidence of a sheet; `sha` is that of the CBOR, in hex."""
    return f"tps/{check_tps(tps)}/evidence/{_sha(sha)}"


def photo_topic(tps: str, sha: str) -> str:
    """Where a box publishes a photo; `sha` is that of the JPEG, in hex."""
    return f"tps/{check_tps(tps)}/photo/{_sha(sha)}"


def status_topic(tps: str) -> str:
    """Where "online" is retained, and "lost" by the box's will."""
    return f"tps/{check_tps(tps)}/status"


def receipt_topic(tps: str) -> str:
    """Where the centre answers."""
    return f"receipt/{check_tps(tps)}"


def client_id(tps: str, epoch: int) -> str:
    """The MQTT client id of a box; the broker keeps its session under this name."""
    return f"box-{check_tps(tps)}-{epoch}"


def parse_topic(topic: str) -> Topic:
    """A topic on which a box published.

    Raises:
        InputError: it is none of the four kinds.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise InputError(f"topic {topic[:120]!r}: not one of a box")
    sha = match["sha"]
    # The groups can hold nothing but these words: the pattern says so.
    kind: ItemKind = match["plain"] or match["kind"]  # type: ignore[assignment]
    return Topic(check_tps(match["tps"]), kind, bytes.fromhex(sha) if sha else None)


def _sha(sha: str) -> str:
    if re.fullmatch("[0-9a-f]{64}", sha) is None:
        raise InputError(f"id {sha[:80]!r}: 64 hex digits in lower case are needed")
    return sha
