"""The cookies of the pages: the session, the mark of whoever is not in yet, a sentence to show."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.requests import Request
from starlette.responses import Response

from tpscentral.people.seal import Seal

SESSION = "sesi"
VISITOR = "awal"
"""Random; the token of forms that are filled in before anybody is in is made from it."""
SENTENCE = "pesan"
_SENTENCE_SECONDS = 60


def get_cookie(request: Request, name: str) -> str:
    """A cookie's value, "" if it is not there or longer than any that was given out."""
    value = request.cookies.get(_name(request, name), "")
    return value if len(value) <= 2000 and value.isascii() else ""


def set_cookie(
    request: Request, response: Response, name: str, value: str, seconds: int | None = None
) -> None:
    """Set a cookie that no script reads and no other site's request carries."""
    response.set_cookie(
        _name(request, name), value, max_age=seconds, path="/", httponly=True,
        secure=request.url.scheme == "https", samesite="strict",
    )  # fmt: skip


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Make the browser forget a cookie."""
    set_cookie(request, response, name, "", 0)


def set_sentence(request: Request, response: Response, seal: Seal, text: str) -> None:
    """Let the next page show a sentence, once."""
    body = base64.urlsafe_b64encode(text.encode()).decode()
    set_cookie(request, response, SENTENCE, f"{body}.{seal.mark(body)}", _SENTENCE_SECONDS)


def get_sentence(request: Request, seal: Seal) -> str:
    """The sentence that the page before left, "" if it left none; nobody else can have made it."""
    body, _, mark = get_cookie(request, SENTENCE).partition(".")
    if not mark or not hmac.compare_digest(mark, seal.mark(body)):
        return ""
    try:
        return base64.urlsafe_b64decode(body).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _name(request: Request, name: str) -> str:
    # With the prefix a browser takes it over TLS only, and from no neighbouring subdomain.
    return f"__Host-{name}" if request.url.scheme == "https" else name
