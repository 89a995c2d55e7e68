"""The election file: which forms, candidates, limits and regions; its hash is the package id.

The hash is taken over the canonical JSON (sorted keys, no spaces, UTF-8) of the parsed file, so
comments and the order of keys do not change it, and every word that counts does.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from tpsbox.errors import InputError
from tpsbox.forms.library import load_form
from tpsbox.forms.model import Form

ELECTION_FILE_LIMIT = 2_000_000
"""Bytes; the largest shipped file is below a tenth of this."""


class Paslon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pair of candidates, with the number and id that KPU gave it."""

    nomor: int
    nama: str
    id: str = ""


class Contest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One vote within the election, with its own form: `ppwp`, `gubernur`, `bupati`."""

    key: str
    title: str
    form: str
    paslon: tuple[Paslon, ...]
    reserve_percent: float | None = None
    tags: tuple[int, ...] | None = None
    labels: dict[str, str] = {}


class Desa(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A desa or kelurahan and how many TPS it has."""

    kode: str
    nama: str
    tps: int


class Kecamatan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kecamatan with its desa."""

    kode: str
    nama: str
    desa: tuple[Desa, ...]


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kabupaten or kota of a local election."""

    kode: str
    nama: str
    provinsi: str
    kecamatan: tuple[Kecamatan, ...]


class TpsName(msgspec.Struct, frozen=True):
    """A TPS in words, as an officer would name it; `desa` is empty where no regions are listed."""

    kode: str
    nomor: int
    desa: str = ""
    kecamatan: str = ""
    kabupaten: str = ""
    provinsi: str = ""


class Election(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole election as its file states it."""

    name: str
    title: str
    date: str
    tps_limit: int
    contest: tuple[Contest, ...]
    region: Region | None = None

    def form_of(self, key: str) -> Form:
        """The form of a contest with this election's candidates, tags, labels and limit.

        Raises:
            KeyError: the election has no such contest.
        """
        contest = self.contest_of(key)
        return load_form(
            contest.form,
            paslon=len(contest.paslon),
            tags=contest.tags,
            labels=tuple(sorted(contest.labels.items())),
            reserve_percent=contest.reserve_percent,
            limit=self.tps_limit,
        )

    def contest_of(self, key: str) -> Contest:
        """The contest of that key.

        Raises:
            KeyError: the election has no such contest.
        """
        for contest in self.contest:
            if contest.key == key:
                return contest
        raise KeyError(key)

    @property
    def forms(self) -> dict[str, Form]:
        """The form of each contest, by the contest's key, in the order of the file."""
        return {contest.key: self.form_of(contest.key) for contest in self.contest}

    def all_tps(self) -> tuple[str, ...]:
        """The 13-digit codes of every TPS; empty where the file lists no regions."""
        if self.region is None:
            return ()
        return tuple(
            f"{desa.kode}{number:03d}"
            for kecamatan in self.region.kecamatan
            for desa in kecamatan.desa
            for number in range(1, desa.tps + 1)
        )

    def tps(self, kode: str) -> TpsName:
        """The TPS of that code (wilayah codes: provinsi 2, kab/kota 4, kecamatan 6, desa 10, TPS 13).

        Raises:
            InputError: no such TPS in this election.
        """
        if len(kode) != 13 or not kode.isascii() or not kode.isdigit() or kode[10:] == "000":
            raise InputError(f"TPS code {kode[:20]!r}: 13 digits are needed, as in 6302042001001")
        if self.region is None:
            return TpsName(kode=kode, nomor=int(kode[10:]))
        for kecamatan in self.region.kecamatan:
            for desa in kecamatan.desa:
                if kode[:10] == desa.kode and int(kode[10:]) <= desa.tps:
                    return TpsName(
                        kode=kode,
                        nomor=int(kode[10:]),
                        desa=desa.nama,
                        kecamatan=kecamatan.nama,
                        kabupaten=self.region.nama,
                        provinsi=self.region.provinsi,
                    )
        raise InputError(f"TPS {kode}: not in {self.name}; see the region list in its file")

    @property
    def digest(self) -> bytes:
        """32 bytes of SHA-256 over the canonical form of the file."""
        plain = msgspec.to_builtins(self)
        text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).digest()

    @property
    def package(self) -> bytes:
        """The package id: the first 4 bytes of the digest."""
        return self.digest[:4]


def load_election(name_or_path: str) -> Election:
    """A shipped election by its name, or any by the path of its file.

    Raises:
        InputError: unknown name, unreadable file, or a file that breaks the schema.
    """
    shipped = shipped_elections()
    if name_or_path in shipped:
        return _load_shipped(name_or_path)
    path = Path(name_or_path)
    if path.suffix != ".toml" and not path.exists():
        raise InputError(
            f"election {name_or_path!r} is unknown: give a path to a .toml file or one of "
            + ", ".join(shipped)
        )
    try:
        if path.stat().st_size > ELECTION_FILE_LIMIT:
            raise InputError(f"election file {path}: larger than {ELECTION_FILE_LIMIT} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"election file {path}: {error.strerror}") from error
    return parse_election(data, source=str(path))


def shipped_elections() -> tuple[str, ...]:
    """Names of the elections that come with the program."""
    folder = resources.files("tpsbox.forms") / "elections"
    return tuple(sorted(p.name[:-5] for p in folder.iterdir() if p.name.endswith(".toml")))


def parse_election(data: bytes, source: str) -> Election:
    """Parse and check the bytes of an election file; `source` is named in errors.

    Raises:
        InputError: not TOML, not of the schema, or it names forms that do not fit.
    """
    try:
        plain: dict[str, Any] = tomllib.loads(data.decode())
        election = msgspec.convert(_dates_as_text(plain), Election)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"election file {source}: {error}") from error
    _check(election, source)
    return election


@cache
def _load_shipped(name: str) -> Election:
    path = resources.files("tpsbox.forms") / "elections" / f"{name}.toml"
    return parse_election(path.read_bytes(), source=name)


def _dates_as_text(plain: dict[str, Any]) -> dict[str, Any]:
    """TOML dates become ISO text, so that the canonical JSON has one spelling of them."""
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in plain.items()
    }


def _check(election: Election, source: str) -> None:
    if not election.contest:
        raise InputError(f"election file {source}: it names no contest")
    keys = [contest.key for contest in election.contest]
    if len(set(keys)) != len(keys):
        raise InputError(f"election file {source}: two contests have the same key")
    if not 1 <= election.tps_limit <= 999:
        raise InputError(f"election file {source}: tps_limit must be 1 to 999")
    for contest in election.contest:
        if [paslon.nomor for paslon in contest.paslon] != list(range(1, len(contest.paslon) + 1)):
            raise InputError(f"election file {source}: paslon of {contest.key} must count 1, 2, 3")
        election.form_of(contest.key)  # raises with the form's own words where it does not fit
    if election.region is not None:
        codes = election.all_tps()
        if len(set(codes)) != len(codes):
            raise InputError(f"election file {source}: a desa is listed twice")
