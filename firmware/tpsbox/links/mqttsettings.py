"""Where a box connects to, how its parcels are addressed, and how patient its socket is."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.links.chunks import CHUNKS_IN_FLIGHT
from tpsbox.record.chunks import CHUNK_BYTES
from tpsbox.record.enrolment import Enrolment, public_key
from tpsbox.record.evidence import EVIDENCE_LIMIT
from tpsbox.record.topics import EVIDENCE_TYPE, RESULT_TYPE, evidence_topic, result_topic
from tpsbox.store.identity import Identity
from tpsbox.store.outbox import ItemKind

KEEPALIVE = 30
"""Seconds of silence after which a ping goes out; a dead idle link shows within twice that."""
CONNECT_TIMEOUT = 20.0
"""Seconds for each step of a connection."""
SESSION_EXPIRY = 7 * 86_400
"""Seconds for which the broker keeps receipts for a box that is away."""
IN_FLIGHT_LIMIT = 4
"""Results and evidence without a PUBACK."""
PIPE_LIMIT = IN_FLIGHT_LIMIT + CHUNKS_IN_FLIGHT + 1
"""All messages without a PUBACK; the last is the status."""
PARCEL_LIMIT = EVIDENCE_LIMIT
"""Bytes of what goes whole."""
UNACKNOWLEDGED_MS = 45_000
"""How long sent bytes may stay without TCP's acknowledgement before the link counts as dead."""
SEND_BUFFER = 64 * 1024
"""Bytes in the kernel; with more, a ping would wait minutes behind them on a thin link."""
UNSENT_LIMIT = 8 * 1024
"""Bytes in the kernel that were not sent once; a new result is behind these at least."""

_CONTENT_TYPES = {ItemKind.RESULT: RESULT_TYPE, ItemKind.EVIDENCE: EVIDENCE_TYPE}


class MqttSettings(msgspec.Struct, frozen=True):
    """Broker, TPS (13 digits), epoch, the centre's key and the PEM files of this box.

    `chunk`: bytes of a photo's chunks.
    """

    host: str
    port: int
    tps: str
    epoch: int
    centre_key: Ed25519PublicKey
    certificate: Path
    key: Path
    ca: Path
    chunk: int = CHUNK_BYTES

    @property
    def where(self) -> str:
        """The broker as people write it."""
        return f"{self.host}:{self.port}"


def settings_of(identity: Identity, enrolment: Enrolment, chunk: int = CHUNK_BYTES) -> MqttSettings:
    """The settings that an enrolment gives to this box.

    Raises:
        InputError: the centre's key is none.
    """
    return MqttSettings(
        host=enrolment.broker.host,
        port=enrolment.broker.port,
        tps=enrolment.tps,
        epoch=enrolment.epoch,
        centre_key=public_key(enrolment.centre_key),
        certificate=identity.client_certificate,
        key=identity.tls_key,
        ca=identity.ca_certificate,
        chunk=chunk,
    )


def topic_of(tps: str, kind: ItemKind, id: bytes) -> str:
    """The topic for a result or an evidence of a TPS."""
    return result_topic(tps) if kind is ItemKind.RESULT else evidence_topic(tps, id.hex())


def content_type(kind: ItemKind) -> str:
    """The content type of a result or an evidence."""
    return _CONTENT_TYPES[kind]


def tune_socket(sock: Any) -> None:
    """Make TCP notice a dead path by itself, busy or idle."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT)
