"""A real mosquitto on a free port with TLS, client certificates and the ACL of the contract."""

from __future__ import annotations

import datetime
import getpass
import ipaddress
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID
from ports import free_port

MOSQUITTO = Path("/usr/sbin/mosquitto")
PATIENCE = 90.0
"""Seconds after which a test gives up waiting."""

ACL = """
user centre
topic read tps/#
topic write receipt/#
topic write centre/status
pattern write tps/%u/#
pattern read receipt/%u/#
pattern read centre/status
"""

_YEAR = datetime.timedelta(days=365)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return once the condition holds; fail after `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("test authority")
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(
            self.name, self.name, self.key.public_key(), 1, now - _YEAR, now + 9 * _YEAR
        ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.pem = _pem(builder.sign(self.key, SHA256()))

    def certify(self, name: str, public_key, *, years: tuple[int, int] = (-1, 9)) -> str:
        """A certificate (PEM) for a key, also good for a server on 127.0.0.1."""
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(
            self.name,
            _name(name),
            public_key,
            x509.random_serial_number(),
            now + years[0] * _YEAR,
            now + years[1] * _YEAR,
        ).add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        return _pem(builder.sign(self.key, SHA256()))

    def give(self, folder: Path, name: str, **options) -> tuple[Path, Path]:
        """Files of a fresh key and its certificate: (certificate, key)."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate_path, key_path = folder / f"{name}.pem", folder / f"{name}.key"
        certificate_path.write_text(self.certify(name, key.public_key(), **options))
        key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate_path, key_path


class Broker:
    """A mosquitto that can be killed and started again on the same port; it remembers nothing."""

    def __init__(self, folder: Path, authority: Authority, extra: str = "", **certificate) -> None:
        self.folder = folder
        self.authority = authority
        self.ca = folder / "ca.pem"
        self.ca.write_text(authority.pem)
        self.port = free_port()
        server, key = authority.give(folder, "server", **certificate)
        (folder / "acl").write_text(ACL)
        (folder / "acl").chmod(0o600)
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\n"
            f"user {getpass.getuser()}\n"
            f"cafile {self.ca}\ncertfile {server}\nkeyfile {key}\n"
            "tls_version tlsv1.3\nrequire_certificate true\nuse_identity_as_username true\n"
            f"acl_file {folder / 'acl'}\n{extra}\n"
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(MOSQUITTO), "-c", str(self.config)], stdout=log, stderr=log
            )
        wait_for(self._listens, "the broker")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process = None

    def context(self, name: str) -> ssl.SSLContext:
        """What a client of that name connects with."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(*self.authority.give(self.folder, name))
        return context

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "mosquitto.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def raw_hex(key) -> str:
    """The raw public half of an Ed25519 or X25519 key, in hex."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()
