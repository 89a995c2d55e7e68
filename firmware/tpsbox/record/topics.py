"""MQTT topics, shared by boxes and centre; every id is a SHA-256, 64 hex digits in text."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from tpsbox.errors import InputError
from tpsbox.record.statement import check_tps

TopicKind = Literal["result", "evidence", "photo", "chunk", "status"]

RESULT_TYPE = "application/x-tps-result"
EVIDENCE_TYPE = "application/cbor"
OFFER_TYPE = "application/x-tps-photo-offer"
RECEIPT_TYPE = "application/x-tps-receipt"
MISSING_TYPE = "application/x-tps-photo-missing"

RESULTS = "tps/+/result"
EVIDENCES = "tps/+/evidence/+"
OFFERS = "tps/+/photo/+"
CHUNKS = "tps/+/photo/+/+"
STATUSES = "tps/+/status"
"""What the centre subscribes to."""

ONLINE = b"online"
LOST = b"lost"

CENTRE_STATUS = "centre/status"
"""Where the centre retains whether it takes anything in."""
ACCEPTING = b"accepting"
AWAY = b"away"

_SHA = "[0-9a-f]{64}"
_TOPIC = re.compile(
    r"tps/(?P<tps>[0-9]{13})/(?:"
    r"(?P<plain>result|status)"
    rf"|(?P<kind>evidence|photo)/(?P<sha>{_SHA})"
    rf"|photo/(?P<whole>{_SHA})/(?P<index>0|[1-9][0-9]{{0,3}})"
    r")"
)
_MISSING = re.compile(rf"receipt/[0-9]{{13}}/photo/(?P<sha>{_SHA})")


class Topic(msgspec.Struct, frozen=True):
    """A box's topic taken apart.

    `id` is 32 bytes, None for results and status; `index` counts a photo's chunks from 0.
    """

    tps: str
    kind: TopicKind
    id: bytes | None = None
    index: int | None = None


def result_topic(tps: str) -> str:
    """Where a box publishes its records."""
    return f"tps/{check_tps(tps)}/result"


def evidence_topic(tps: str, sha: str) -> str:
    """Where a box publishes the evidence of a sheet; `sha` is that of the CBOR, in hex."""
    return f"tps/{check_tps(tps)}/evidence/{_sha(sha)}"


def photo_topic(tps: str, sha: str) -> str:
    """Where a box offers a photo; `sha` is that of the JPEG, in hex."""
    return f"tps/{check_tps(tps)}/photo/{_sha(sha)}"


def chunk_topic(tps: str, sha: str, index: int) -> str:
    """Where a box publishes a chunk of a photo that it has offered."""
    return f"{photo_topic(tps, sha)}/{index}"


def status_topic(tps: str) -> str:
    """Where "online" is retained, and "lost" by the box's will."""
    return f"tps/{check_tps(tps)}/status"


def receipt_topic(tps: str) -> str:
    """Where the centre answers."""
    return f"receipt/{check_tps(tps)}"


def missing_topic(tps: str, sha: str) -> str:
    """Where the centre tells which chunks of a photo it lacks."""
    return f"{receipt_topic(tps)}/photo/{_sha(sha)}"


def answers_filter(tps: str) -> str:
    """What a box subscribes to: receipts, and what is missing of its photos."""
    return f"{receipt_topic(tps)}/#"


def client_id(tps: str, epoch: int) -> str:
    """The MQTT client id of a box; the broker keeps its session under this name."""
    return f"box-{check_tps(tps)}-{epoch}"


def parse_topic(topic: str) -> Topic:
    """A topic on which a box published.

    Raises:
        InputError: it is none of the five kinds.
    """
    match = _TOPIC.fullmatch(topic)
    if match is None:
        raise InputError(f"topic {topic[:120]!r}: not one of a box")
    tps, sha = check_tps(match["tps"]), match["sha"]
    if match["whole"]:
        return Topic(tps, "chunk", bytes.fromhex(match["whole"]), int(match["index"]))
    # The groups can hold nothing but these words: the pattern says so.
    kind: TopicKind = match["plain"] or match["kind"]  # type: ignore[assignment]
    return Topic(tps, kind, bytes.fromhex(sha) if sha else None)


def parse_missing(topic: str) -> bytes | None:
    """The photo (32 bytes) whose missing chunks a topic is about; None if it is another topic."""
    match = _MISSING.fullmatch(topic)
    return bytes.fromhex(match["sha"]) if match else None


def _sha(sha: str) -> str:
    if re.fullmatch(_SHA, sha) is None:
        raise InputError(f"id {sha[:80]!r}: 64 hex digits in lower case are needed")
    return sha
