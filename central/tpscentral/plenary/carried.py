"""The carried recap: the whole plenary of a kecamatan without a network, in one signed file.

It holds the lock with its recap, what counted for every TPS, all acts, entries and objections, and
the records of boxes that the numbers rest on. Evidence and photos travel in the boxes' own bundles,
which the kecamatan has kept; only photos of sheets typed by hand are in it, since no box has them.
The format is specified in docs/recapitulation.md.
"""

from __future__ import annotations

import hmac
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from tpsbox.errors import AnswerError, InputError
from tpsbox.record.delegation import Delegation, verify_delegation
from tpsbox.record.enrolment import Package, Proof, public_key

from tpscentral.levels import Level
from tpscentral.people.journal import Head
from tpscentral.plenary.acts import Act
from tpscentral.plenary.objections import TEXT_LIMIT, Objection
from tpscentral.plenary.recap import Recap, decode_recap, digest_of
from tpscentral.plenary.signing import NAME_LIMIT, Signing
from tpscentral.schema import WORDS
from tpscentral.standing import Standing

RECAP_CONTEXT = b"tps-box/recap/1\0"
RECAP_SUFFIX = ".tpsrecap"
RECAP_LIMIT = 100_000_000
"""Bytes; 300 TPS with three acts each take about 2 MB, a typed sheet's photo up to 4 MB more."""

Kode6 = Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$", max_length=6)]
Kode13 = Annotated[str, msgspec.Meta(pattern="^[0-9]{13}$", max_length=13)]
Sha = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
Time = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
USERNAME_LIMIT = 64
Username = Annotated[str, msgspec.Meta(min_length=1, max_length=USERNAME_LIMIT)]


class CarriedLock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lock: who signed, the recap in its canonical text, who locked it and when."""

    signing: Signing
    recap: str
    account: Username
    at: Time


class CarriedEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one person typed; as the table `entries`."""

    tps: Kode13
    contest: str
    kind: Literal["blind", "typed"]
    numbers: dict[str, int | None]
    photo: Sha | None
    account: Username
    at: Time
    round: Annotated[int, msgspec.Meta(ge=1, le=32767)]


class CarriedLate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A result that came late there, and what was decided."""

    result: Sha
    tps: Kode13
    arrived_at: Time
    decision: Literal["taken", "left"]


class CarriedPhoto(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The photo of a sheet that was typed by hand."""

    tps: Kode13
    body: bytes


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the kecamatan hands up. `head` is that of its journal, right before the export."""

    version: Literal[1]
    package: Package
    region: Kode6
    contest: Annotated[str, msgspec.Meta(max_length=32)]
    lock: CarriedLock
    standings: tuple[Standing, ...]
    acts: tuple[Act, ...]
    entries: tuple[CarriedEntry, ...]
    objections: tuple[Objection, ...]
    late: tuple[CarriedLate, ...]
    records: tuple[Annotated[bytes, msgspec.Meta(max_length=8192)], ...]
    photos: tuple[CarriedPhoto, ...]
    head: Head


class SignedRecap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`certificate`: the centre's over the kecamatan's key; `signature`: Ed25519 by that key over
    a fixed context and the carried part in JSON with sorted keys. Both in hex."""

    certificate: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{236}$", max_length=236)]
    signature: Proof
    carried: Carried


def sign_carried(carried: Carried, key: Ed25519PrivateKey, certificate: bytes) -> bytes:
    """The file: one JSON object."""
    signature = key.sign(RECAP_CONTEXT + _spell(carried)).hex()
    return msgspec.json.encode(SignedRecap(certificate.hex(), signature, carried), order="sorted")


def open_carried(data: bytes, centre_key: Ed25519PublicKey) -> tuple[Carried, Recap, Delegation]:
    """What a file says, its recap, and the certificate under which it was signed.

    Raises:
        InputError: it is no such file, or what it says does not fit together.
        AnswerError: it is not signed by a kecamatan that this centre certified for that region,
            election and time.
    """
    if len(data) > RECAP_LIMIT:
        raise InputError(f"recap: larger than {RECAP_LIMIT} bytes")
    try:
        signed = msgspec.json.decode(data, type=SignedRecap)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"recap: {error}") from error
    carried = signed.carried
    delegation = verify_delegation(bytes.fromhex(signed.certificate), centre_key)
    try:
        key = public_key(delegation.key.hex())
        key.verify(bytes.fromhex(signed.signature), RECAP_CONTEXT + _spell(carried))
    except InvalidSignature as error:
        raise AnswerError("recap: the signature is not from the certified kecamatan") from error
    _check_covers(delegation, carried)
    recap = decode_recap(carried.lock.recap)
    if (recap.region, recap.contest) != (carried.region, carried.contest):
        raise InputError("recap: its table is of another region or contest")
    _check_places(carried)
    _check_rows(carried)
    return carried, recap, delegation


def same_recap(carried: Carried, digest: str) -> bool:
    """Whether the carried lock has that digest."""
    return hmac.compare_digest(digest_of(carried.lock.recap), digest)


def _spell(carried: Carried) -> bytes:
    return msgspec.json.encode(carried, order="sorted")


def _check_covers(delegation: Delegation, carried: Carried) -> None:
    if not carried.region.startswith(delegation.region):
        raise AnswerError(f"recap: its signer speaks for region {delegation.region} only")
    if carried.package != delegation.package.hex():
        raise AnswerError("recap: its signer was certified for another election")
    if not delegation.not_before <= carried.lock.at <= delegation.not_after:
        raise AnswerError("recap: its signer's certificate did not hold when it was locked")


def _check_places(carried: Carried) -> None:
    """Nothing in the file speaks of another region or contest."""
    spoken = [
        *((one.tps, one.contest) for one in carried.standings),
        *((one.tps, one.contest) for one in carried.acts),
        *((one.tps, one.contest) for one in carried.entries),
        *((one.tps, carried.contest) for one in carried.late),
        *((one.tps, carried.contest) for one in carried.photos),
    ]
    inside = all(
        tps.startswith(carried.region) and contest == carried.contest for tps, contest in spoken
    )
    objected = all(
        one.region == carried.region
        and one.contest == carried.contest
        and (one.tps or carried.region).startswith(carried.region)
        for one in carried.objections
    )
    if not inside or not objected:
        raise InputError("recap: it speaks of another region or contest")


def _check_rows(carried: Carried) -> None:
    """Acts are of a kecamatan, and nothing is longer than the tables take."""
    if any(act.level is not Level.KECAMATAN for act in carried.acts):
        raise InputError("recap: it holds acts of another plenary than the kecamatan's")
    texts = [
        *((one.raised_by, NAME_LIMIT) for one in carried.objections),
        *((one.account, USERNAME_LIMIT) for one in carried.objections),
        *((one.settled_by or "", USERNAME_LIMIT) for one in carried.objections),
        *((one.text, TEXT_LIMIT) for one in carried.objections),
        *((one.outcome or "", TEXT_LIMIT) for one in carried.objections),
        *((act.reason, WORDS) for act in carried.acts),
        *((act.reference or "", WORDS) for act in carried.acts),
        *((act.account, USERNAME_LIMIT) for act in carried.acts),
    ]
    times = [*(act.at for act in carried.acts), *(one.at for one in carried.objections)]
    versions = [act.version for act in carried.acts]
    if any(len(text) > limit for text, limit in texts):
        raise InputError("recap: words in it are longer than anybody can write here")
    if not all(0 <= at < 2**53 for at in times) or not all(0 <= v < 2**31 for v in versions):
        raise InputError("recap: it holds times or versions that cannot be")
