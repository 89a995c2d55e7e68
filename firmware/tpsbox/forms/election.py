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
from typing import Annotated, Any

import msgspec

from tpsbox.errors import InputError
from tpsbox.forms.library import load_form
from tpsbox.forms.model import Form

ELECTION_FILE_LIMIT = 2_000_000
"""Bytes; the largest shipped file is below a tenth of this."""


Words = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Key = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]{0,31}$")]


class Paslon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pair of candidates, with the number and id that KPU gave it."""

    nomor: int
    nama: Words
    id: Annotated[str, msgspec.Meta(max_length=32)] = ""


class Contest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One vote within the election, with its own form: `ppwp`, `gubernur`, `bupati`.

    `tags`: family 36h10 has 587 of them.
    """

    key: Key
    title: Words
    form: str
    paslon: tuple[Paslon, ...]
    reserve_percent: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None
    tags: tuple[Annotated[int, msgspec.Meta(ge=0, le=586)], ...] | None = None
    labels: dict[str, Words] = {}


class Desa(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A desa or kelurahan and how many TPS it has."""

    kode: Annotated[str, msgspec.Meta(pattern="^[0-9]{10}$")]
    nama: Words
    tps: Annotated[int, msgspec.Meta(ge=1, le=999)]


class Kecamatan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kecamatan with its desa."""

    kode: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]
    nama: Words
    desa: tuple[Desa, ...]


class Region(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kabupaten or kota of a local election."""

    kode: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}$")]
    nama: Words
    provinsi: Words
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
    """A whole election as its file states it.

    `error_bound`: the share of wrong numbers among those that a box takes without asking; 1e-5 is
    the lowest that was measured, and what is meant where the file says nothing.
    """

    name: Key
    title: Words
    date: Annotated[str, msgspec.Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    tps_limit: Annotated[int, msgspec.Meta(ge=1, le=999)]
    contest: tuple[Contest, ...]
    region: Region | None = None
    error_bound: Annotated[float, msgspec.Meta(ge=1e-5, le=1e-3)] | None = None

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
        """The TPS of that 13-digit code: provinsi 2, kab/kota 4, kecamatan 6, desa 10, TPS 13.

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
        if self.error_bound is None:  # files from before there was one keep their id
            del plain["error_bound"]
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
    except RecursionError as error:
        raise InputError(f"election file {source}: it nests too deep") from error
    except ValueError as error:  # of decoding, of TOML, of a number of 5000 digits, of the schema
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
    for contest in election.contest:
        if [paslon.nomor for paslon in contest.paslon] != list(range(1, len(contest.paslon) + 1)):
            raise InputError(f"election file {source}: paslon of {contest.key} must count 1, 2, 3")
        try:
            election.form_of(contest.key)
        except InputError as error:
            raise InputError(f"election file {source}: contest {contest.key}: {error}") from error
    _check_tags(election, source)
    if election.region is not None:
        _check_region(election.region, source)


def _check_tags(election: Election, source: str) -> None:
    """Sheets of two contests may be alike but for the tag: only it says whose numbers they hold."""
    seen: dict[int, str] = {}
    for key, form in election.forms.items():
        for tag in (page.tag for page in form.pages if page.tag is not None):
            if seen.setdefault(tag.id, key) != key:
                raise InputError(
                    f"election file {source}: {seen[tag.id]} and {key} both have sheets with "
                    f"tag {tag.id}; give every contest tags of its own"
                )


def _check_region(region: Region, source: str) -> None:
    """Codes must nest (kab/kota 4 digits, kecamatan 6, desa 10) and none be listed twice."""
    seen: set[str] = set()
    for kecamatan in region.kecamatan:
        for place, parent in [(kecamatan.kode, region.kode)] + [
            (desa.kode, kecamatan.kode) for desa in kecamatan.desa
        ]:
            if place in seen:
                raise InputError(f"election file {source}: {place} is listed twice")
            if not place.startswith(parent):
                raise InputError(f"election file {source}: {place} does not lie in {parent}")
            seen.add(place)
