"""What the pages call roles, and a row of the journal in words, in Indonesian."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from tpscentral.people.roles import Role

ROLES = {
    Role.PPK: "PPK",
    Role.KABUPATEN: "KPU kabupaten/kota",
    Role.PROVINSI: "KPU provinsi",
    Role.OBSERVER: "Pengamat",
    Role.ADMIN: "Administrator",
}


class Told(NamedTuple):
    """What a row of the journal says: for people, and the record behind it, "" if that is all."""

    words: str
    record: str


def told(detail: str) -> Told:
    """The detail of a row of the journal; of a record only the reasons are for people."""
    try:
        record = msgspec.json.decode(detail, type=dict[str, Any])
    except msgspec.DecodeError:
        return Told(detail, "")
    reason, reference = record.get("reason") or "", record.get("reference")
    return Told(f"{reason} (rujukan: {reference})" if reference else str(reason), detail)
