"""What a record or receipt says, in plain words."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.forms.model import Form
from tpsbox.verify.statement import HEAD_BYTES, LIMIT, Contest, read_statement
from tpsbox.verify.tables import HAS_NUMBER, STATE_OF_KIND

SIGNATURE_BYTES = 64
RECEIPT_BYTES = 73
RECORD_LIMIT = LIMIT + SIGNATURE_BYTES

_STATES = ("belum ada", "terbaca jelas", "dinyatakan sesuai", "diketik", "perlu diperiksa")
_CLOCKS = ("tidak ada", "tersimpan", "RTC", "sistem", "jaringan")
_KINDS = {1: "tersimpan di pusat", 2: "ditolak pusat", 3: "bertentangan, orang harus memeriksa"}
_HOLDS = {
    True: "Tanda tangan: cocok dengan kunci yang diberikan.",
    False: "Tanda tangan: TIDAK cocok dengan kunci yang diberikan.",
    None: "Tanda tangan: BELUM DIPERIKSA, karena tidak ada kunci.",
}


class Description(msgspec.Struct, frozen=True):
    """Lines for people, and whether the signature holds (None: there was no key to check it)."""

    lines: tuple[str, ...]
    holds: bool | None


def package_of(data: bytes) -> bytes:
    """The first bytes of an election's digest (4) in a record, to find the election.

    Raises:
        InputError: these bytes are no record.
    """
    if not HEAD_BYTES + SIGNATURE_BYTES <= len(data) <= RECORD_LIMIT:
        raise InputError(f"not a record: {len(data)} bytes")
    return data[1:5]


def describe_record(data: bytes, election: Election, key: bytes | None = None) -> Description:
    """What a record of this election says; `key` is the box's raw Ed25519 key, 32 bytes.

    Raises:
        InputError: these bytes are no record of this election.
    """
    package_of(data)
    statement, signature = data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]
    said = read_statement(statement, election)
    holds = _check(key, signature, b"tps-box/result/1\0" + statement)
    time = "tidak diketahui"
    if said.time:
        time = f"{datetime.fromtimestamp(said.time, UTC):%Y-%m-%d %H.%M.%S} UTC"
    lines = [
        f"Hasil TPS {said.tps:013d}, {election.title}",
        f"Kotak ke-{said.epoch}, pernyataan ke-{said.number}",
        f"Waktu: {time} (jam: {_CLOCKS[said.clock]})",
        f"Sidik bukti: {statement[5:HEAD_BYTES].hex()}",
        f"Sidik hasil: {hashlib.sha256(data).hexdigest()}",
    ]
    for contest in election.contest:
        lines += _contest(contest.title, election.form_of(contest.key), said.contests[contest.key])
    return Description((*lines, _HOLDS[holds]), holds)


def describe_receipt(data: bytes, id: bytes | None, key: bytes | None = None) -> Description:
    """What a receipt of 73 bytes says; `id` (32 bytes) is that of the item, `key` the centre's.

    Raises:
        InputError: these bytes are no receipt.
    """
    if len(data) != RECEIPT_BYTES or data[0] not in _KINDS:
        raise InputError(f"not a receipt: {len(data)} bytes")
    prefix = data[1:9]
    lines = [f"Tanda terima: {_KINDS[data[0]]}", f"Untuk sidik yang dimulai {prefix.hex()}"]
    if id is None:
        return Description((*lines, _HOLDS[None], "Beri --id dan --key untuk memeriksanya."), None)
    holds = _check(key, data[9:], b"tps-box/receipt/1\0" + data[:1] + id)
    if id[:8] != prefix:
        return Description((*lines, "Tanda terima ini untuk kiriman LAIN."), False)
    return Description((*lines, _HOLDS[holds]), holds)


def _contest(title: str, form: Form, contest: Contest) -> list[str]:
    lines = ["", f"{title}: {'ditutup' if contest.closed else 'belum ditutup'}"]
    for field in form.fields:
        kind = contest.kinds[field.name]
        state = _STATES[STATE_OF_KIND[kind]]
        number = str(contest.numbers[field.name]) if HAS_NUMBER[kind] else "kosong"
        lines.append(f"  {field.label}: {number} ({state})")
    return [*lines, ""]


def _check(key: bytes | None, signature: bytes, message: bytes) -> bool | None:
    if key is None:
        return None
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
