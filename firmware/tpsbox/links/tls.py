"""TLS 1.3 with this box's certificate, and what its failures mean; checking is never turned off."""

from __future__ import annotations

import ssl
from pathlib import Path

from tpsbox.links.port import ClockSuspect, StopLink, WaitForNetwork

NOT_YET_VALID = 9
EXPIRED = 10
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""


def client_context(certificate: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """A context that trusts one CA, checks the host name and shows the box's certificate.

    Raises:
        StopLink: a file is missing or damaged.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_verify_locations(ca)
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise StopLink(
            f"{certificate.parent}: keys or certificates cannot be used: enrol this box again"
        ) from error
    return context


def connection_fault(error: OSError, where: str) -> WaitForNetwork:
    """What a failed connection to `where` asks for."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in (NOT_YET_VALID, EXPIRED):
            return ClockSuspect(
                f"{where}: its certificate is not valid at this box's time: set the clock"
            )
        return WaitForNetwork(
            f"{where}: not the centre's certificate ({error.verify_message}): check address and CA"
        )
    if isinstance(error, ssl.SSLError):
        return WaitForNetwork(f"{where}: TLS fails ({error.reason or error}): check the broker")
    reason = error.strerror or str(error) or "no answer"
    return WaitForNetwork(f"{where}: cannot be reached ({reason}): check the network")
