"""What the pages call roles, in Indonesian."""

from __future__ import annotations

from tpscentral.people.roles import Role

ROLES = {
    Role.PPK: "PPK",
    Role.KABUPATEN: "KPU kabupaten/kota",
    Role.PROVINSI: "KPU provinsi",
    Role.OBSERVER: "Pengamat",
    Role.ADMIN: "Administrator",
}
