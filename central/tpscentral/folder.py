"""The centre's folder: where each file lies, and its configuration."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tpsbox.errors import EnvironmentFault, InputError, UsageError
from tpsbox.forms.election import Election, load_election
from tpsbox.record.enrolment import Broker

from tpscentral.photostore import PhotoStore, open_photos

CONFIG_LIMIT = 64 * 1024
DATABASE_VARIABLE = "TPSCENTRAL_DATABASE"
"""Environment variable with the URL of PostgreSQL."""


class ElectionEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An election by shipped name or absolute path, with the package id it had at init."""

    source: str
    package: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$", max_length=8)]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `tpscentral init` was told."""

    version: Literal[1]
    broker: Broker
    elections: tuple[ElectionEntry, ...]
    training: bool = False
    """Pages say that this is an exercise, and nobody needs a second factor."""
    photos: str = ""
    """URL of the store of photos (s3://bucket/prefix); empty: this folder."""


class Folder:
    """An initialised folder of the centre."""

    def __init__(self, root: Path) -> None:
        """Take `root` as it is; `open_folder` checks it first."""
        self.root = root

    @property
    def config_file(self) -> Path:
        """Written last by init: where it is, the folder is whole."""
        return self.root / "config.json"

    @property
    def database_url(self) -> Path:
        """The private file with the URL of PostgreSQL; not there where SQLite is used."""
        return self.keys / "database.url"

    @property
    def database(self) -> str | Path:
        """Where the database is: the URL of PostgreSQL, or the SQLite file of this folder.

        The URL comes from $TPSCENTRAL_DATABASE, or else from the private file.

        Raises:
            EnvironmentFault: the private file cannot be read.
        """
        if url := os.environ.get(DATABASE_VARIABLE):
            return url
        try:
            return self.database_url.read_text("utf-8").strip()
        except FileNotFoundError:
            return self.root / "central.db"
        except OSError as error:
            raise EnvironmentFault(f"{self.database_url}: {error.strerror}") from error

    @property
    def photos(self) -> Path:
        """The folder of small versions of photos, and of photos where no other store keeps them."""
        return self.root / "photos"

    @property
    def crops(self) -> Path:
        """The folder of what was cut from photos to be looked at; it may be deleted at any time."""
        return self.root / "crops"

    @cached_property
    def photo_store(self) -> PhotoStore:
        """Where photos are kept.

        Raises:
            UsageError: the configuration names no store.
        """
        return open_photos(self.config.photos, self.photos)

    @property
    def partials(self) -> Path:
        """The folder of photos that are not whole yet."""
        return self.root / "partials"

    @property
    def keys(self) -> Path:
        """The folder of the centre's own keys, readable by its user alone."""
        return self.root / "keys"

    @property
    def broker(self) -> Path:
        """The folder of everything the MQTT broker needs."""
        return self.root / "broker"

    @cached_property
    def config(self) -> Config:
        """The configuration.

        Raises:
            InputError: the file is not as init wrote it.
            EnvironmentFault: it cannot be read.
        """
        try:
            data = self.config_file.read_bytes()[: CONFIG_LIMIT + 1]
            return msgspec.json.decode(data, type=Config)
        except msgspec.MsgspecError as error:
            raise InputError(f"{self.config_file}: {error}") from error
        except OSError as error:
            raise EnvironmentFault(f"{self.config_file}: {error.strerror}") from error

    @cached_property
    def key(self) -> Ed25519PrivateKey:
        """The centre's key, which signs receipts.

        Raises:
            EnvironmentFault: it cannot be read.
            InputError: it is no Ed25519 key.
        """
        key = self._load_key("centre.key")
        if not isinstance(key, Ed25519PrivateKey):
            raise InputError(f"{self.keys / 'centre.key'}: not an Ed25519 key")
        return key

    @cached_property
    def agreement(self) -> X25519PrivateKey:
        """The centre's key from which, with a box's, the secret of short receipts follows.

        Raises:
            EnvironmentFault: it cannot be read.
            InputError: it is no X25519 key.
        """
        key = self._load_key("agreement.key")
        if not isinstance(key, X25519PrivateKey):
            raise InputError(f"{self.keys / 'agreement.key'}: not an X25519 key")
        return key

    def _load_key(self, name: str) -> object:
        path = self.keys / name
        try:
            return load_pem_private_key(path.read_bytes(), password=None)
        except OSError as error:
            raise EnvironmentFault(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise InputError(f"{path}: not a private key in PEM") from error

    @cached_property
    def elections(self) -> dict[bytes, Election]:
        """The elections by their package ids.

        Raises:
            InputError: an election file is gone, broken, or was changed since init.
        """
        found = {}
        for entry in self.config.elections:
            election = load_election(entry.source)
            if election.package.hex() != entry.package:
                raise InputError(
                    f"election {entry.source}: its package was {entry.package} at init and is "
                    f"{election.package.hex()} now; put the file back as it was"
                )
            found[election.package] = election
        return found

    def election_named(self, name: str | None) -> Election:
        """The election of that name; without one the only election that there is.

        Raises:
            UsageError: there are several, and none is named.
            InputError: none of this centre has that name.
        """
        found = [e for e in self.elections.values() if name in (None, e.name)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(election.name for election in self.elections.values())
        if found:
            raise UsageError(f"name one --election of: {known}")
        raise InputError(f"election {name!r} is not one of this centre: {known}")


def data_root(given: str | None) -> Path:
    """The folder named on the command line, or by TPSCENTRAL_DATA, or ./central-data."""
    return Path(given or os.environ.get("TPSCENTRAL_DATA") or "central-data").absolute()


def open_folder(root: Path) -> Folder:
    """The folder that `tpscentral init` has made.

    Raises:
        UsageError: there is none.
    """
    folder = Folder(root)
    if not folder.config_file.exists():
        raise UsageError(
            f"{root}: not a centre's folder; run `tpscentral init --data {root}` first"
        )
    return folder


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that only its owner may read.

    Raises:
        OSError: it exists already, or cannot be written.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
