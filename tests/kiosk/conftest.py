"""A box on a bench, and enrolled stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from kiosk_bench import Bench
from tpsbox.record.enrolment import Broker, Enrolment
from tpsbox.store.store import Store


def enrol(store: Store, epoch: int = 1) -> None:
    """What a centre would answer to this box, installed."""
    request = store.identity.request()
    csr = x509.load_pem_x509_csr(request.csr.encode())
    ca = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")])
    begin = datetime(2024, 1, 1, tzinfo=UTC)

    def certificate(subject, key):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(name)
        builder = builder.public_key(key).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(begin).not_valid_after(begin + timedelta(days=9999))
        return builder.sign(ca, SHA256()).public_bytes(Encoding.PEM).decode()

    store.identity.install(
        Enrolment(
            version=2,
            tps=request.tps,
            package=request.package,
            epoch=epoch,
            centre_key=Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex(),
            centre_agreement_key=X25519PrivateKey.generate().public_key().public_bytes_raw().hex(),
            client_certificate=certificate(csr.subject, csr.public_key()),
            ca_certificate=certificate(name, ca.public_key()),
            broker=Broker("127.0.0.1", 8883),
        )
    )


@pytest.fixture
def enrolled() -> Callable[[Store], None]:
    return enrol


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "data", enrol)
    yield made
    made.stop()
