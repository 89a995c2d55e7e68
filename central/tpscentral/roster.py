"""The boxes of a region with their keys, signed by the centre, for a kecamatan offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from sqlalchemy import Connection, insert, select
from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.election import Election
from tpsbox.record.delegation import check_region
from tpsbox.record.enrolment import Epoch, Key, Package, Proof, public_key
from tpsbox.record.statement import check_tps

from tpscentral.database import Database
from tpscentral.delegation import Installed
from tpscentral.folder import Folder
from tpscentral.schema import enrolments
from tpscentral.wilayah import expect_tps

ROSTER_CONTEXT = b"tps-box/roster/1\0"
ROSTER_LIMIT = 16_000_000
"""Bytes; a box takes about 230, a kabupaten of 551 TPS about 130 kB."""


class RosterBox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An enrolled box: both raw public keys in hex, and when it was enrolled (unix seconds)."""

    tps: str
    epoch: Epoch
    public_key: Key
    agreement_key: Key
    enrolled_at: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]


class Roster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All boxes of an election package (8 hex digits) whose TPS begin with `region`."""

    version: Literal[1]
    package: Package
    region: str
    boxes: tuple[RosterBox, ...]


class SignedRoster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`signature`: Ed25519 by the centre over the roster in canonical JSON, in hex."""

    roster: Roster
    signature: Proof


def export_roster(folder: Folder, database: Database, package: bytes, region: str) -> bytes:
    """The roster file of a region, as enrolled up to now.

    Raises:
        InputError: no region.
        EnvironmentFault: key or database cannot be read.
    """
    table = enrolments.c
    with database.read() as connection:
        rows = connection.execute(
            select(enrolments)
            .where(table.package == package.hex(), table.tps.startswith(check_region(region)))
            .order_by(table.tps, table.epoch)
        ).all()
    boxes = tuple(
        RosterBox(row.tps, row.epoch, row.public_key, row.agreement_key, row.enrolled_at)
        for row in rows
    )
    roster = Roster(1, package.hex(), region, boxes)
    signature = folder.key.sign(ROSTER_CONTEXT + _spell(roster)).hex()
    return msgspec.json.format(msgspec.json.encode(SignedRoster(roster, signature)), indent=1)


def import_roster(
    database: Database, elections: Mapping[bytes, Election], data: bytes, installed: Installed
) -> int:
    """Take the boxes of a roster into a kecamatan's database; how many were new.

    Raises:
        InputError: not a roster.
        AnswerError: not signed by the kecamatan's centre, for another region or election, or a
            box contradicts one that is there; then none of it is taken.
        EnvironmentFault: the database does not take it.
    """
    roster = _verified(data, installed)
    election = elections.get(bytes.fromhex(roster.package))
    with database.write() as connection:
        new = sum(_add(connection, roster.package, box) for box in roster.boxes)
        if election is not None:
            for box in roster.boxes:
                expect_tps(connection, box.tps, election)
    return new


def _verified(data: bytes, installed: Installed) -> Roster:
    if len(data) > ROSTER_LIMIT:
        raise InputError(f"roster: larger than {ROSTER_LIMIT} bytes")
    try:
        signed = msgspec.json.decode(data, type=SignedRoster)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"roster: {error}") from error
    roster, delegation = signed.roster, installed.delegation
    try:
        message = ROSTER_CONTEXT + _spell(roster)
        installed.centre_key.verify(bytes.fromhex(signed.signature), message)
    except InvalidSignature as error:
        raise AnswerError("roster: the signature is not from this kecamatan's centre") from error
    if (roster.package, roster.region) != (delegation.package.hex(), delegation.region):
        raise AnswerError(
            f"roster: for region {roster.region[:20]} and package {roster.package}; this kecamatan "
            f"has {delegation.region} and {delegation.package.hex()}"
        )
    for box in roster.boxes:
        public_key(box.public_key)
        if not check_tps(box.tps).startswith(roster.region):
            raise AnswerError(f"roster: TPS {box.tps} is not in its region {roster.region}")
    return roster


def _add(connection: Connection, package: str, box: RosterBox) -> bool:
    table = enrolments.c
    mine = (table.tps == box.tps) & (table.epoch == box.epoch)
    clash = select(enrolments).where(mine | (table.public_key == box.public_key))
    known = connection.execute(clash).all()
    plain = {**msgspec.structs.asdict(box), "package": package}
    if not known:
        connection.execute(insert(enrolments).values(**plain, serial="roster"))
        return True
    same = ("tps", "epoch", "public_key", "package")
    if any(getattr(row, name) != plain[name] for row in known for name in same):
        raise AnswerError(f"roster: another key is known for TPS {box.tps}, epoch {box.epoch}")
    return False


def _spell(roster: Roster) -> bytes:
    return msgspec.json.encode(roster, order="sorted")
