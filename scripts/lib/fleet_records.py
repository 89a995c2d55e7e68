"""Signed results of as many TPS as the country has, each of its own TPS and by its own key.

What a TPS states (by `tpsbox.simulator.results`) is one of a few hundred, since coding it takes
milliseconds; the header with TPS and time is coded for each, as are root and signature.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tpsbox.forms.election import Election, load_election
from tpsbox.record import likely
from tpsbox.record.coder import Reader, Writer, choose
from tpsbox.record.header import Header, code_header
from tpsbox.record.signing import record_id, sign_result, split_result
from tpsbox.record.statement import VERSION, decode_statement, encode_statement
from tpsbox.simulator import results

ELECTION = """\
name = "armada"
title = "Pemilihan armada"
date = "2024-11-27"
tps_limit = 600
[[contest]]
key = "gubernur"
title = "Gubernur dan Wakil Gubernur"
form = "kwk-2024-gubernur"
paslon = [{nomor = 1, nama = "Satu"}, {nomor = 2, nama = "Dua"}]
[[contest]]
key = "bupati"
title = "Bupati dan Wakil Bupati"
form = "kwk-2024-bupati"
paslon = [{nomor = 1, nama = "Satu"}, {nomor = 2, nama = "Dua"}, {nomor = 3, nama = "Tiga"}]
"""
GUBERNUR, BUPATI = 2, 3
STATEMENTS = 400
CHECKED = 1000
"""One record of so many is decoded again, which must give its own TPS."""
HEAD = 5
"""Version and package; 16 bytes of root follow, and then the coded part."""
ROOT = 16

TPS, DESA, KECAMATAN, KABUPATEN = 6, 10, 14, 14
"""How many in a desa, kecamatan, kab/kota and provinsi: 435,296 TPS in 37 provinsi as in 2024."""


@dataclass(frozen=True)
class Signed:
    """A record, its 32-byte id, its TPS and the raw public key of its box."""

    tps: str
    key: bytes
    record: bytes
    id: bytes


@dataclass(frozen=True)
class _Said:
    form: int
    header: Header
    rest: int


def write_election(folder: Path) -> Path:
    """The election's file; it lists no regions, as one of the whole country would not."""
    path = folder / "armada.toml"
    path.write_text(ELECTION, encoding="utf-8")
    return path


def tps_code(number: int) -> str:
    """13 digits for the `number`-th TPS of the country, from 0."""
    desa, tps = divmod(number, TPS)
    kecamatan, desa = divmod(desa, DESA)
    kabupaten, kecamatan = divmod(kecamatan, KECAMATAN)
    provinsi, kabupaten = divmod(kabupaten, KABUPATEN)
    return f"{11 + provinsi}{kabupaten + 1:02}{kecamatan + 1:02}{2001 + desa}{tps + 1:03}"


def signed_results(election: Path, count: int, seed: int) -> Iterator[Signed]:
    """One result of each TPS."""
    chosen, dice = load_election(str(election)), Random(seed)
    said = [_said(chosen, dice) for _ in range(min(STATEMENTS, count))]
    for number in range(count):
        one = _sign(chosen, said[number % len(said)], tps_code(number), dice)
        if number % CHECKED == 0:
            again = decode_statement(split_result(one.record)[0], chosen)
            assert again.tps == one.tps
        yield one


def _said(chosen: Election, dice: Random) -> _Said:
    """What some TPS states, as the number that stands behind the header."""
    like = results.election(GUBERNUR, BUPATI)
    stated = results.realistic(like, dice)
    changed = msgspec.structs.replace(stated, package=chosen.package, tps=tps_code(0))
    reader = Reader(encode_statement(changed, chosen)[HEAD + ROOT :])
    form = choose(reader, likely.FORMS)
    header = code_header(reader, chosen, Header())
    return _Said(form, header, reader.rest)


def _sign(chosen: Election, said: _Said, tps: str, dice: Random) -> Signed:
    writer = Writer(behind=said.rest)
    choose(writer, likely.FORMS, said.form)
    code_header(writer, chosen, said.header._replace(tps=int(tps)))
    head = bytes([VERSION]) + chosen.package + dice.randbytes(ROOT)
    key = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
    record = sign_result(head + writer.to_bytes(), key)
    return Signed(tps, key.public_key().public_bytes_raw(), record, record_id(record))
