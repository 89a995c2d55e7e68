"""A small certificate authority for one event: the broker, the centre and the boxes.

Certificates are valid for decades on both sides: a box whose clock stands at its image's date or
ran ahead must still connect, and what ends a box's right is the enrolment, not the calendar.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tpsbox.errors import InputError

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2049, 12, 31, tzinfo=UTC)
CENTRE_NAME = "centre"
"""Common name and so MQTT username of the centre; a TPS has 13 digits and can never be it."""


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh P-256 key, the one curve that every TLS stack has."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The private key in PEM (PKCS #8), not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """The authority's key and certificate."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        """Take a key and the certificate that belongs to it."""
        self.key = key
        self.certificate = certificate

    @classmethod
    def create(cls) -> Authority:
        """A new authority with its own root certificate."""
        key = new_key()
        name = _name("TPS centre CA")
        usage = _usage(key_cert_sign=True, crl_sign=True)
        builder = _builder(name, name, key.public_key(), key.public_key())
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def load(cls, key: bytes, certificate: bytes) -> Authority:
        """The authority from its two PEM files.

        Raises:
            InputError: they do not hold what they should.
        """
        try:
            private = load_pem_private_key(key, password=None)
            loaded = x509.load_pem_x509_certificate(certificate)
        except ValueError as error:
            raise InputError("the CA's key or certificate is not in PEM") from error
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise InputError("the CA's key is not an elliptic curve key")
        return cls(private, loaded)

    @property
    def pem(self) -> bytes:
        """The root certificate in PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def server(self, key: ec.EllipticCurvePublicKey, host: str) -> x509.Certificate:
        """A certificate for a broker that clients reach as `host` (a name or an address)."""
        names = x509.SubjectAlternativeName([_general_name(host)])
        return (
            self._leaf(key, host[:64], ExtendedKeyUsageOID.SERVER_AUTH)
            .add_extension(names, critical=False)
            .sign(self.key, SHA256())
        )

    def client(self, key: ec.EllipticCurvePublicKey, name: str) -> x509.Certificate:
        """A certificate for a client of the broker; `name` becomes its MQTT username."""
        return self._leaf(key, name, ExtendedKeyUsageOID.CLIENT_AUTH).sign(self.key, SHA256())

    def _leaf(
        self, key: ec.EllipticCurvePublicKey, name: str, purpose: x509.ObjectIdentifier
    ) -> x509.CertificateBuilder:
        issuer = self.certificate.subject
        return (
            _builder(_name(name), issuer, key, self.key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        )


def pem(certificate: x509.Certificate) -> bytes:
    """The certificate in PEM."""
    return certificate.public_bytes(Encoding.PEM)


def requested_key(csr: str) -> ec.EllipticCurvePublicKey:
    """The P-256 key that a signing request in PEM proves to hold; its subject is ignored.

    Raises:
        InputError: not a request, not signed by its own key, or another kind of key.
    """
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        key = request.public_key()
        signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError("enrolment request: its csr is not PKCS #10 in PEM") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InputError("enrolment request: its csr must be for an EC P-256 key")
    if not signed:
        raise InputError("enrolment request: its csr is not signed by its own key")
    return key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(identifier, critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
