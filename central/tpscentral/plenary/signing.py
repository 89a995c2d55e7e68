"""Who signs the result of a plenary, who refuses, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from tpsbox.errors import InputError

from tpscentral.levels import Level
from tpscentral.plenary.said import said, said_or_none

NAME_LIMIT = 120

MEMBERS: Mapping[Level, tuple[int, ...]] = {
    Level.KECAMATAN: (5,),
    Level.KABUPATEN: (3, 5),
    Level.PROVINSI: (5, 7),
}
"""How many members there are: PPK five (UU 7/2017, article 52), KPU kabupaten/kota three or five
and KPU provinsi five or seven (article 10)."""

Said = Annotated[str, msgspec.Meta(max_length=500)]
Presence = Literal["signed", "refused", "absent"]


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member of PPK or KPU; the first is the chair. Who does not sign says why."""

    name: Said
    signed: bool
    reason: Said | None = None


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The witness of a paslon (its number); who refuses says why, who is absent has no name."""

    paslon: int
    name: Said
    presence: Presence
    reason: Said | None = None


class Signing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All who were there; `supervisor` is the name of Panwascam's or Bawaslu's member."""

    members: tuple[Member, ...]
    witnesses: tuple[Witness, ...]
    supervisor: Said


def check_signing(signing: Signing, level: Level, paslon: int) -> Signing:
    """The same with its words checked; `paslon` is the number of pairs of candidates.

    Raises:
        InputError: a member or witness is missing, or a name or reason is not given.
    """
    counts = MEMBERS[level]
    if len(signing.members) not in counts:
        wanted = " atau ".join(map(str, counts))
        raise InputError(f"Nama {wanted} anggota {_body(level)} harus diisi.")
    if sorted(witness.paslon for witness in signing.witnesses) != list(range(1, paslon + 1)):
        raise InputError("Saksi tiap paslon harus disebut: hadir, menolak, atau tidak hadir.")
    members = tuple(map(_member, signing.members))
    if 2 * sum(member.signed for member in members) <= len(members):
        # A plenary decides by the majority of its members (UU 7/2017, article 44).
        raise InputError(f"Lebih dari separuh anggota {_body(level)} harus menandatangani.")
    witnesses = sorted(map(_witness, signing.witnesses), key=lambda witness: witness.paslon)
    supervisor = said(signing.supervisor, "Nama pengawas", NAME_LIMIT)
    return Signing(members, tuple(witnesses), supervisor)


def _body(level: Level) -> str:
    return "PPK" if level is Level.KECAMATAN else "KPU"


def _member(member: Member) -> Member:
    name = said(member.name, "Nama anggota", NAME_LIMIT)
    if member.signed:
        return Member(name, signed=True)
    return Member(name, signed=False, reason=said(member.reason or "", f"Alasan {name}"))


def _witness(witness: Witness) -> Witness:
    who = f"saksi paslon {witness.paslon}"
    if witness.presence == "absent":
        return Witness(witness.paslon, said_or_none(witness.name, who, NAME_LIMIT) or "", "absent")
    name = said(witness.name, f"Nama {who}", NAME_LIMIT)
    if witness.presence == "signed":
        return Witness(witness.paslon, name, "signed")
    reason = said(witness.reason or "", f"Alasan {who} menolak")
    return Witness(witness.paslon, name, "refused", reason)
