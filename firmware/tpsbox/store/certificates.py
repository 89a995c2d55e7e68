"""Keys and certificates of a box: made, asked for, and checked when they come back."""

from __future__ import annotations

import hmac

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from tpsbox.errors import AnswerError, EnvironmentFault, InputError
from tpsbox.record.enrolment import Enrolment, public_key


def new_signing_key() -> bytes:
    """A fresh Ed25519 key, PEM (PKCS #8)."""
    return _pem(Ed25519PrivateKey.generate())


def new_tls_key() -> bytes:
    """A fresh EC P-256 key, PEM (PKCS #8)."""
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def new_agreement_key() -> bytes:
    """A fresh X25519 key, PEM (PKCS #8)."""
    return _pem(X25519PrivateKey.generate())


def request_pem(tls_key: bytes, tps: str) -> str:
    """The certificate request (PEM) of a TLS key; the common name is the TPS code.

    Raises:
        EnvironmentFault: the key is damaged.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, tps)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(_tls_key(tls_key), SHA256()).public_bytes(Encoding.PEM).decode()


def check_enrolment(enrolment: Enrolment, tls_key: bytes) -> None:
    """Check that the certificate is for this key and TPS, and that the centre's keys are keys.

    Raises:
        AnswerError: the certificate belongs to another key or TPS.
        InputError: a certificate or key cannot be read.
        EnvironmentFault: this box's own key is damaged.
    """
    public_key(enrolment.centre_key)
    _certificate(enrolment.ca_certificate, "ca_certificate")
    certificate = _certificate(enrolment.client_certificate, "client_certificate")
    ours = _tls_key(tls_key).public_key().public_bytes(*_PUBLIC)
    if not hmac.compare_digest(certificate.public_key().public_bytes(*_PUBLIC), ours):
        raise AnswerError("enrolment: its certificate is not for the key of this box")
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if [name.value for name in names] != [enrolment.tps]:
        raise AnswerError(f"enrolment: its certificate does not name TPS {enrolment.tps}")


_PUBLIC = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _certificate(pem: str, name: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise InputError(f"enrolment: {name} is not a PEM certificate") from error


def _tls_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(pem, None)
    except ValueError as error:
        raise EnvironmentFault("tls.key: damaged: change to the spare box") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise EnvironmentFault("tls.key: not an EC key")
    return key


def _pem(key: Ed25519PrivateKey | X25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
