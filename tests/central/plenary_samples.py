"""A small country: one provinsi, two kabupaten, officers of each tier, and TPS with results."""

from __future__ import annotations

import dataclasses
import hashlib
from contextlib import contextmanager

import central_samples
import msgspec
from sqlalchemy import insert
from tpsbox.forms.rules import with_reserve
from tpsbox.record.enrolment import Broker
from tpsbox.record.signing import record_id, sign_result
from tpsbox.record.statement import (
    Clock,
    ContestResult,
    State,
    Statement,
    Value,
    encode_statement,
)
from tpscentral.database import Database
from tpscentral.folder import open_folder, write_private
from tpscentral.people.roles import Account, Role
from tpscentral.plenary import deciding
from tpscentral.plenary.desk import Desk
from tpscentral.plenary.locks import lock_region, take_over
from tpscentral.plenary.signing import Member, Signing, Witness
from tpscentral.schema import enrolments, late_results, photos, results
from tpscentral.setup import create
from tpscentral.standing import (
    Stated,
    broken_rules,
    load_standing,
    save_standing,
    untouched_state,
)
from tpscentral.wilayah import fill_election

NOW = 1_732_700_000
PROVINSI, KABUPATEN, OTHER_KABUPATEN = "99", "9901", "9902"
KECAMATAN, OTHER_KECAMATAN = "990101", "990102"
TPS, SECOND_TPS, THIRD_TPS = "9901012001001", "9901012001002", "9901012002001"
NEIGHBOUR = "9901022001001"
REGION = """
[region]
kode = "{kode}"
nama = "{nama}"
provinsi = "PROVINSI UJI"
[[region.kecamatan]]
kode = "{kode}01"
nama = "SATU"
desa = [
  {{ kode = "{kode}012001", nama = "DESA <b>SATU</b>", tps = 2 }},
  {{ kode = "{kode}012002", nama = "DESA DUA", tps = 1 }},
]
[[region.kecamatan]]
kode = "{kode}02"
nama = "DUA"
desa = [{{ kode = "{kode}022001", nama = "DESA TIGA", tps = 1 }}]
"""
CONTESTS = """
name = "uji-{kode}"
title = "Pilkada Uji"
date = "2024-11-27"
tps_limit = 600
[[contest]]
key = "gubernur"
title = "Gubernur dan Wakil Gubernur"
form = "kwk-2024-gubernur"
paslon = [{{nomor=1, nama="AYU & BIMA"}}, {{nomor=2, nama="CITRA"}}]
[[contest]]
key = "bupati"
title = "Bupati dan Wakil Bupati"
form = "kwk-2024-bupati"
paslon = [{{nomor=1, nama="Satu"}}, {{nomor=2, nama="Dua"}}, {{nomor=3, nama="Tiga"}}]
"""

ROLES = {6: Role.PPK, 4: Role.KABUPATEN, 2: Role.PROVINSI}


def officer(region, name=None, role=None):
    role = role or ROLES[len(region)]
    return Account(name or f"{role.value}-{region}", f"Petugas {region}", role, region)


ADMIN = Account("admin", "Administrator", Role.ADMIN, "")
OBSERVER = officer("99", "pengamat", Role.OBSERVER)


def sheet_numbers(votes, invalid=3, *, used_extra=0):
    """Numbers of a sheet that keep every rule, for these votes by paslon."""
    valid = sum(votes)
    users = valid + invalid
    dpt = users + 20
    received = with_reserve(dpt, 2.5)
    numbers = {
        "pemilih_dpt_l": dpt // 2, "pemilih_dpt_p": dpt - dpt // 2, "pemilih_dpt_j": dpt,
        "pengguna_dpt_l": users // 2, "pengguna_dpt_p": users - users // 2,
        "pengguna_dpt_j": users,
        "pengguna_total_l": users // 2, "pengguna_total_p": users - users // 2,
        "pengguna_total_j": users,
        "surat_suara_diterima": received, "surat_suara_digunakan": users + used_extra,
        "surat_suara_dikembalikan": 0, "surat_suara_tidak_digunakan": received - users - used_extra,
        "suara_sah": valid, "suara_tidak_sah": invalid, "suara_total": users,
    }  # fmt: skip
    numbers |= {f"paslon_{number}": count for number, count in enumerate(votes, 1)}
    return numbers


def signing(paslon, members=5, supervisor="Pengawas Uji"):
    return Signing(
        tuple(Member(f"Anggota {n}", signed=True) for n in range(1, members + 1)),
        tuple(Witness(n, f"Saksi {n}", "signed") for n in range(1, paslon + 1)),
        supervisor,
    )


def box_record(country, tps, votes, key, number=1):
    """A record of the TPS's box with these votes for gubernur, and nothing for bupati."""
    election = country.elections[tps[:4]]
    numbers = sheet_numbers(votes)
    contests = []
    for contest in election.contest:
        closed = contest.key == "gubernur"
        values = [
            Value(State.ACCEPTED, numbers.get(field.name, 0)) if closed else Value(State.ABSENT)
            for field in election.form_of(contest.key).fields
        ]
        contests.append(ContestResult(contest.key, closed, tuple(values)))
    statement = Statement(
        election.package, tps, 1, number, NOW - 60, Clock.RTC, tuple(contests), bytes(16)
    )
    return sign_result(encode_statement(statement, election), key)


def make_country(root, training=False):
    """A new folder below `root` with the elections of both kabupaten; its path."""
    root.mkdir(parents=True, exist_ok=True)
    files = []
    for kode in (KABUPATEN, OTHER_KABUPATEN):
        path = root / f"{kode}.toml"
        text = (CONTESTS + REGION).format(kode=kode, nama=f"KABUPATEN {kode}")
        path.write_text(text, encoding="utf-8")
        files.append(str(path))
    create(root / "data", Broker("127.0.0.1", 18883), files, training=training)
    return root / "data"


class Country:
    """A centre's folder with that country's ground."""

    def __init__(self, root):
        """Open a copy of the folder of `make_country`, on the engine under test."""
        self.folder = open_folder(root)
        url = central_samples.new_database()
        if url is not None:
            write_private(self.folder.database_url, url.encode())
        self.database = Database(self.folder.database)
        self.elections = {e.region.kode: e for e in self.folder.elections.values()}
        if url is not None:
            with self.database.write() as connection:
                for election in self.elections.values():
                    fill_election(connection, election)

    @contextmanager
    def desk(self, account, now=NOW):
        with self.database.write() as connection:
            yield Desk(connection, self.folder, account, now)

    def form(self, contest, kode=KABUPATEN):
        return self.elections[kode[:4]].form_of(contest)

    def standing(self, tps, contest="gubernur"):
        with self.database.read() as connection:
            return load_standing(connection, tps, contest)

    def box_result(self, tps, votes=(100, 50), contest="gubernur", **named):
        """Let a box's result count for a TPS, as if it had just come in; see `_box_result`."""
        with self.database.write() as connection:
            self._box_result(connection, tps, votes, contest, **named)

    def _box_result(
        self, connection, tps, votes, contest, *, changes=None, closed=True, result=None
    ):
        standing = load_standing(connection, tps, contest)
        form = self.form(contest, tps)
        numbers = sheet_numbers(votes)
        stated = {
            field.name: Stated(numbers.get(field.name, 0), "accepted") for field in form.fields
        } | (changes or {})
        save_standing(
            connection,
            msgspec.structs.replace(
                standing,
                state=untouched_state(form, stated, closed=closed),
                source="box",
                result=result,
                closed=closed,
                numbers=stated,
                broken=broken_rules(form, stated),
                cara="online",
                arrived_at=NOW,
            ),
        )

    def check(self, tps, contest="gubernur", account=None, **named):
        with self.desk(account or officer(tps[:6])) as desk:
            version = load_standing(desk.connection, tps, contest).version
            return deciding.check(desk, tps, contest, version=version, **named)

    def all_tps(self, region=PROVINSI):
        return [
            tps
            for election in self.elections.values()
            for tps in election.all_tps()
            if tps.startswith(region)
        ]

    def fill(self, region=PROVINSI, contest="gubernur", votes=(100, 50)):
        """Let a result count for every TPS of a region, checked by its PPK."""
        with self.desk(officer(region)) as desk:
            for tps in self.all_tps(region):
                self._box_result(desk.connection, tps, votes, contest)
                version = load_standing(desk.connection, tps, contest).version
                ppk = dataclasses.replace(desk, account=officer(tps[:6]))
                deciding.check(ppk, tps, contest, version=version)

    def lock(self, region, contest="gubernur", now=NOW, paslon=None):
        paslon = paslon or len(self.elections[(region + "01")[:4]].contest_of(contest).paslon)
        with self.desk(officer(region), now) as desk:
            return lock_region(desk, region, contest, signing(paslon))

    def take(self, region, contest="gubernur", now=NOW):
        with self.desk(officer(region[:-2]), now) as desk:
            return take_over(desk, region, contest)

    def hand_up(self, kabupaten=KABUPATEN, contest="gubernur"):
        """Lock every kecamatan of a kabupaten and let it take them over."""
        for kecamatan in sorted({tps[:6] for tps in self.all_tps(kabupaten)}):
            self.lock(kecamatan, contest)
            self.take(kecamatan, contest)

    def photo(self, tps, sha="ab" * 32, body=None):
        sha = hashlib.sha256(body).hexdigest() if body else sha
        with self.database.write() as connection:
            row = {"tps": tps, "sha": sha, "path": "x", "size": 1, "received_at": NOW}
            connection.execute(insert(photos).values(**row))
        return sha

    def late(self, tps, record_id, contest="gubernur"):
        """Mark a result that is in as late for one contest."""
        with self.database.write() as connection:
            connection.execute(
                insert(late_results).values(
                    result=record_id, contest=contest, tps=tps, arrived_at=NOW
                )
            )
            standing = load_standing(connection, tps, contest)
            save_standing(connection, msgspec.structs.replace(standing, flagged=1))

    def enrol(self, tps, key, epoch=1):
        """Let a box with that key be known."""
        box = {
            "tps": tps, "epoch": epoch, "package": self.elections[tps[:4]].package.hex(),
            "serial": "uji", "enrolled_at": NOW, "agreement_key": "00" * 32,
            "public_key": key.public_key().public_bytes_raw().hex(),
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(insert(enrolments).values(**box))

    def keep_record(self, record, tps, epoch, number, package, key):
        """Put a signed record among the results, and its box among the enrolled; its id."""
        self.enrol(tps, key, epoch)
        id = record_id(record).hex()
        values = {
            "id": id, "tps": tps, "epoch": epoch, "number": number, "package": package,
            "record": record, "received_at": NOW, "via": "mqtt", "state": "newest",
            "tally": "done",
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(insert(results).values(**values))
        return id
