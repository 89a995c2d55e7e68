"""The second factor: codes of six digits from an authenticator app (RFC 6238)."""

from __future__ import annotations

import hmac

import pyotp
import segno

STEP_SECONDS = 30
_DRIFT = 1  # steps before and after: a phone's clock and a slow hand (RFC 6238, 5.2)
_ISSUER = "Rekapitulasi TPS"


def new_secret() -> str:
    """A new secret in base 32, of 160 bits as RFC 4226 recommends."""
    return pyotp.random_base32(32)


def matching_step(secret: str, code: str, now: int) -> int | None:
    """The time step to which a code belongs, None if it is no code of now.

    Whoever accepts it keeps the step, and accepts none up to it again.
    """
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    maker = pyotp.TOTP(secret, interval=STEP_SECONDS)
    found = None
    for step in range(now // STEP_SECONDS - _DRIFT, now // STEP_SECONDS + _DRIFT + 1):
        if hmac.compare_digest(maker.generate_otp(step), code):
            found = step
    return found


def qr_svg(secret: str, username: str) -> str:
    """A QR code for the app, as an SVG element to stand in a page."""
    address = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)
    return segno.make(address, error="m", micro=False).svg_inline(scale=5, border=3, light="#fff")
