"""Who this box is: its keys, its TPS and what the centre gave it, in DATA/identity/.

`sign.key` (Ed25519) signs results, `tls.key` (EC P-256) opens the link, `agree.key` (X25519) gives
the secret behind short receipts, `identity.json` says for which TPS; `client.pem`, `ca.pem` and
`enrolment.json` come with the enrolment. Every file is for this user alone. No key leaves the
folder, but for `tls.key` where a SIM7600 makes the connection itself and must hold it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.enrolment import (
    Enrolment,
    EnrolmentRequest,
    parse_enrolment,
    sign_request,
    write_json,
)
from tpsbox.record.statement import check_tps
from tpsbox.store import certificates
from tpsbox.store.files import Disk, disk_faults, put_file, put_folder, sweep_temps


class Owner(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`identity.json`: the TPS (13 digits), the election's name and its package (8 hex digits)."""

    version: Literal[1]
    tps: str
    election: str
    package: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$")]


class Identity:
    """The folder of keys and certificates."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder = folder
        self._disk = disk

    @property
    def client_certificate(self) -> Path:
        """The PEM file that the link shows to the broker."""
        return self.folder / "client.pem"

    @property
    def tls_key(self) -> Path:
        """The PEM file of the key behind the certificate."""
        return self.folder / "tls.key"

    @property
    def ca_certificate(self) -> Path:
        """The PEM file against which the broker's certificate is checked."""
        return self.folder / "ca.pem"

    def exists(self) -> bool:
        """Whether this box has been given a TPS."""
        return (self.folder / "identity.json").is_file()

    def create(self, tps: str, election: str, package: bytes) -> EnrolmentRequest:
        """Make new keys for a TPS; `package` is the election's 4 bytes. The request to send.

        All files appear together or not at all.

        Raises:
            InputError: not a TPS code.
            AnswerError: the box already has an identity.
            EnvironmentFault: the disk does not take it.
        """
        owner = Owner(1, check_tps(tps), election, package.hex())
        if self.folder.exists():
            raise AnswerError(
                f"{self.folder}: this box already has an identity; use it, or prepare a fresh card"
            )
        self.sweep()
        new = self._new
        put_folder(self._disk, new)
        put_file(self._disk, new / "sign.key", certificates.new_signing_key())
        put_file(self._disk, new / "tls.key", certificates.new_tls_key())
        put_file(self._disk, new / "agree.key", certificates.new_agreement_key())
        put_file(self._disk, new / "identity.json", msgspec.json.encode(owner))
        with disk_faults(self.folder):
            self._disk.rename(new, self.folder)
            self._disk.sync_folder(self.folder.parent)
        return self.request()

    def request(self) -> EnrolmentRequest:
        """What to send to the centre, any number of times: names and public keys, no secret.

        Raises:
            AnswerError: the box has no identity yet.
            EnvironmentFault: a file cannot be read or is damaged.
        """
        owner = self.owner()
        csr = certificates.request_pem(self._read("tls.key"), owner.tps)
        agree = self.agreement_key().public_key().public_bytes_raw().hex()
        key = self.signing_key()
        return sign_request(owner.tps, owner.election, owner.package, agree, csr, key)

    def install(self, enrolment: Enrolment) -> None:
        """Take what the centre gave, after checking that it is meant for this box.

        Raises:
            AnswerError: it is for another TPS, election or key, or of an older epoch.
            InputError: a certificate or key in it cannot be read.
            EnvironmentFault: the disk does not take it.
        """
        owner = self.owner()
        if enrolment.tps != owner.tps:
            raise AnswerError(f"enrolment: for TPS {enrolment.tps}, this box is {owner.tps}")
        if enrolment.package != owner.package:
            raise AnswerError(
                f"enrolment: for election package {enrolment.package}, this box has {owner.package}"
            )
        epoch = self._epoch_in_use()
        if epoch is not None and enrolment.epoch < epoch:
            raise AnswerError(
                f"enrolment: epoch {enrolment.epoch} is older than {epoch}, which is in use"
            )
        self.check(enrolment)
        put_file(self._disk, self.client_certificate, enrolment.client_certificate.encode())
        put_file(self._disk, self.ca_certificate, enrolment.ca_certificate.encode())
        put_file(self._disk, self.folder / "enrolment.json", write_json(enrolment))

    def check(self, enrolment: Enrolment) -> None:
        """Do nothing if certificates and keys fit each other.

        Raises:
            AnswerError: a certificate is not for this box's key.
            InputError: a certificate or key in the enrolment cannot be read.
            EnvironmentFault: a key file cannot be read or is damaged.
        """
        certificates.check_enrolment(enrolment, self._read("tls.key"))
        self._short_key(enrolment)

    def sweep(self) -> None:
        """Remove what a cut left half made; it was never used.

        Raises:
            EnvironmentFault: a leftover cannot be removed.
        """
        with disk_faults(self._new):
            if self._new.exists():
                shutil.rmtree(self._new)
        sweep_temps(self.folder)

    def owner(self) -> Owner:
        """The TPS and election this box is for.

        Raises:
            AnswerError: the box has no identity yet.
            EnvironmentFault: the file cannot be read or is damaged.
        """
        if not self.exists():
            raise AnswerError("this box has no TPS yet: give it one with tpsbox init")
        try:
            return msgspec.json.decode(self._read("identity.json"), type=Owner)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise self._damaged("identity.json") from error

    def enrolment(self) -> Enrolment | None:
        """What the centre gave, None before it did.

        Raises:
            InputError: the file is damaged; installing the centre's answer again mends it.
            EnvironmentFault: it cannot be read.
        """
        path = self.folder / "enrolment.json"
        if not path.is_file():
            return None
        try:
            return parse_enrolment(self._read(path.name))
        except InputError as error:
            again = "give the centre's answer again with tpsbox init --enrolment FILE"
            raise InputError(f"{path}: damaged ({error}): {again}") from error

    def _epoch_in_use(self) -> int | None:
        try:
            current = self.enrolment()
        except InputError:  # a torn file must not keep out the one that replaces it
            return None
        return None if current is None else current.epoch

    def enrolled_at(self) -> int | None:
        """A number that differs after every enrolment (nanoseconds), None before the first."""
        path = self.folder / "enrolment.json"
        with disk_faults(path):
            try:
                return path.stat().st_mtime_ns
            except FileNotFoundError:
                return None

    def signing_key(self) -> Ed25519PrivateKey:
        """The key that signs results.

        Raises:
            AnswerError: the box has no identity yet.
            EnvironmentFault: the key cannot be read or is damaged.
        """
        key = self._load_key("sign.key")
        if not isinstance(key, Ed25519PrivateKey):
            raise self._damaged("sign.key")
        return key

    def agreement_key(self) -> X25519PrivateKey:
        """The key from which, with the centre's, the secret of short receipts follows.

        Raises:
            AnswerError: the box has no identity yet.
            EnvironmentFault: the key cannot be read or is damaged.
        """
        key = self._load_key("agree.key")
        if not isinstance(key, X25519PrivateKey):
            raise self._damaged("agree.key")
        return key

    def short_key(self) -> bytes:
        """The 32 bytes with which short receipts for this box are checked.

        Raises:
            AnswerError: the box has no identity or no enrolment yet.
            InputError: the centre's key in the enrolment is none.
            EnvironmentFault: a file cannot be read or is damaged.
        """
        enrolment = self.enrolment()
        if enrolment is None:
            raise AnswerError("this box is not enrolled yet: give it the centre's answer first")
        return self._short_key(enrolment)

    def _short_key(self, enrolment: Enrolment) -> bytes:
        centre = agreement_key(enrolment.centre_agreement_key)
        return short_key(self.agreement_key(), centre, enrolment.tps)

    def _load_key(self, name: str) -> object:
        self.owner()
        try:
            return load_pem_private_key(self._read(name), None)
        except ValueError as error:
            raise self._damaged(name) from error

    def _damaged(self, name: str) -> EnvironmentFault:
        return EnvironmentFault(f"{self.folder}/{name}: damaged: change to the spare box")

    @property
    def _new(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.new")

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        with disk_faults(path):
            return path.read_bytes()
