"""A centre at the size of a provinsi: its regions, results, officers, and the pages they open."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import numpy as np
from demo import program
from ports import free_port
from sqlalchemy import text
from tpsbox.forms.election import Election, load_election
from tpsbox.record.enrolment import Broker
from tpsbox.simulator.count import simulate_count
from tpscentral.database import Database
from tpscentral.folder import DATABASE_VARIABLE, Folder
from tpscentral.people import accounts, sessions
from tpscentral.people.accounts import NewAccount
from tpscentral.people.roles import Role
from tpscentral.rollup import freshen
from tpscentral.setup import create
from tpscentral.wilayah import Ground, fill

PROVINSI, CONTEST = "32", "gubernur"
KABUPATEN, KECAMATAN, DESA = 27, 23, 10
"""Jawa Barat has 27 kab/kota and 627 kecamatan; 73,862 TPS in the Pilkada of 2024."""
SAMPLES = 200
"""Different sheets; each TPS has one of them."""
NOW = 1_732_700_000
ELECTION = """
name = "jawa-barat"
title = "Pilkada Jawa Barat (tiruan)"
date = "2024-11-27"
tps_limit = 600
[[contest]]
key = "gubernur"
title = "Gubernur dan Wakil Gubernur"
form = "kwk-2024-gubernur"
paslon = [
  {nomor=1, nama="Satu"}, {nomor=2, nama="Dua"}, {nomor=3, nama="Tiga"}, {nomor=4, nama="Empat"},
]
"""


def make_centre(root: Path, url: str, tps: int) -> tuple[Folder, int]:
    """A centre with about `tps` TPS in one provinsi; the folder, and how many TPS there are."""
    file = root / "jawa-barat.toml"
    file.write_text(ELECTION, encoding="utf-8")
    os.environ[DATABASE_VARIABLE] = url
    folder = create(root / "data", Broker("127.0.0.1", 8883), [str(file)], training=True)
    database, election = Database(url), load_election(str(file))
    with database.write() as connection:
        count = fill(connection, _ground(tps), election)
    _fill_in(database, election)
    while freshen(database):
        pass
    database.close()
    return folder, count


def make_officers(folder: Folder, count: int, dice: Random) -> list[tuple[str, str]]:
    """Accounts that are in: (cookie, region) of PPK, KPU kabupaten and a few of KPU provinsi."""
    database = Database(folder.database)
    found = []
    with database.write() as connection:
        for n in range(count):
            role, digits = [(Role.PPK, 6), (Role.PPK, 6), (Role.KABUPATEN, 4)][n % 3]
            if n % 16 == 0:
                role, digits = Role.PROVINSI, 2
            region = _kecamatan(dice.randrange(KABUPATEN), dice.randrange(KECAMATAN))[:digits]
            name = f"petugas-{n}"
            accounts.create(connection, NewAccount(name, name, role, region), NOW)
            token = sessions.start(connection, name, "full", int(time.time()))
            found.append((token, region))
    database.close()
    return found


@contextmanager
def serving(folder: Folder, log: Path, processes: int) -> Iterator[list[str]]:
    """The addresses of so many processes that serve the pages."""
    ports = [free_port() for _ in range(processes)]
    command = [sys.executable, "-m", "tpscentral.cli", "serve", "--data", folder.root]
    if not ports:
        yield []
        return
    with program([*command, "--port", ports[0]], log, ports[0]):
        if processes == 1:
            yield [f"http://127.0.0.1:{ports[0]}"]
            return
        with program([*command, "--port", ports[1]], log, ports[1]):
            yield [f"http://127.0.0.1:{port}" for port in ports]


@contextmanager
def plain_nginx(root: Path, page: bytes) -> Iterator[str | None]:
    """The address of a plain file of this content behind nginx; None where there is no nginx."""
    nginx = Path("/usr/sbin/nginx")
    if not nginx.exists():
        yield None
        return
    port, folder = free_port(), root / "nginx"
    folder.mkdir()
    (folder / "page.html").write_bytes(page)
    root.chmod(0o755)
    conf = folder / "nginx.conf"
    conf.write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; user root;\n"
        "events {}\n"
        f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n"
        f"fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n"
        f"server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    with program([nginx, "-c", conf], root / "nginx.log", port):
        yield f"http://127.0.0.1:{port}/page.html"


def _kecamatan(kabupaten: int, kecamatan: int) -> str:
    return f"{PROVINSI}{kabupaten + 1:02d}{kecamatan + 1:02d}"


def _ground(tps: int) -> Ground:
    places = [
        f"{_kecamatan(kab, kec)}{2001 + desa}"
        for kab in range(KABUPATEN)
        for kec in range(KECAMATAN)
        for desa in range(DESA)
    ]
    share, more = divmod(tps, len(places))
    desa = {kode: range(1, share + (n < more) + 1) for n, kode in enumerate(places)}
    names = {kode[:digits]: f"WILAYAH {kode[:digits]}" for kode in places for digits in (2, 4, 6)}
    names |= {kode: f"DESA {kode[6:]}" for kode in places}
    return Ground(names, {kode: numbers for kode, numbers in desa.items() if len(numbers)})


def _fill_in(database: Database, election: Election) -> None:
    """Let numbers stand for 97 of 100 TPS, in all states, with one statement."""
    form = election.form_of(CONTEST)
    rng = np.random.default_rng(1)
    rows = []
    for k in range(SAMPLES):
        values = simulate_count(form, rng)
        stated = (f'"{field.name}":[{values[field.name]},"accepted"]' for field in form.fields)
        rows.append({"k": k, "body": "{" + ",".join(stated) + "}"})
    with database.write() as connection:
        connection.execute(text("CREATE TEMP TABLE sample (k int, body text) ON COMMIT DROP"))
        connection.execute(text("INSERT INTO sample VALUES (:k, :body)"), rows)
        connection.execute(
            text(
                "UPDATE standings SET numbers = body, source = 'box', cara = 'online', closed = 1,"
                " version = 1, arrived_at = :now, state = CASE k % 10 WHEN 0 THEN 'review'"
                " WHEN 1 THEN 'broken' WHEN 2 THEN 'corrected' WHEN 3 THEN 'in' ELSE 'checked' END"
                " FROM sample WHERE k = CAST(substr(tps, 4) AS bigint) % :samples AND k >= 6"
            ),
            {"now": NOW, "samples": SAMPLES},
        )
        connection.execute(text("ANALYZE"))
