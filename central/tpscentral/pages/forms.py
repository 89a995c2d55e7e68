"""What a form brought: read under limits, and every text in it made safe to keep."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive
from tpsbox.errors import InputError

from tpscentral.people.wording import clean

FORM_LIMIT = 256 * 1024
"""Bytes of a form without files; the fullest, a sheet typed by hand, has some 4 KB."""
PHOTO_LIMIT = 20 * 1024 * 1024
"""Bytes of a form with a photo."""
_FIELDS, _FILES = 2000, 4
TOO_LARGE = "Kiriman ini terlalu besar."


class FormError(InputError):
    """A field cannot be used; what is wrong with it, in Indonesian, for the page."""


class Form:
    """The fields of a form; nothing in it is trusted but that it came from one of our pages."""

    def __init__(self, data: FormData) -> None:
        """Take what was parsed."""
        self._data = data

    def text(self, name: str, limit: int = 200, *, lines: bool = False) -> str:
        """A field without space around it, "" if it is not there.

        Raises:
            FormError: longer than `limit` letters, or with control characters.
        """
        return _cleaned(self.raw(name), limit, lines=lines)

    def many(self, name: str, limit: int = 200) -> list[str]:
        """All fields of one name, in the order of the page.

        Raises:
            FormError: as for `text`.
        """
        values = self._data.getlist(name)
        return [_cleaned(value, limit, lines=False) for value in values if isinstance(value, str)]

    def raw(self, name: str) -> str:
        """A field exactly as it was typed, such as a password; "" if it is not there."""
        value = self._data.get(name, "")
        return value if isinstance(value, str) else ""

    def upload(self, name: str) -> bytes | None:
        """A file, None if none was chosen. The body's limit holds for it too."""
        value = self._data.get(name)
        if not isinstance(value, UploadFile):
            return None
        value.file.seek(0)
        return value.file.read() or None

    def typed(self) -> dict[str, str]:
        """All text fields as they were typed, but the form's token, to be shown again."""
        pairs = self._data.multi_items()
        return {name: value for name, value in pairs if isinstance(value, str) and name != "csrf"}


def form_of(request: Request) -> Form:
    """The form that this request brought; its token has been checked."""
    form: Form = request.state.form
    return form


async def read_form(request: Request, limit: int) -> Form:
    """Read the body of a request as a form, at most `limit` bytes.

    Raises:
        HTTPException: 413 larger, without reading the rest; 400 no form.
    """
    if _announced(request) > limit:
        raise HTTPException(413, TOO_LARGE)
    counted = Request(request.scope, _counting(request.receive, limit))
    try:
        data = await counted.form(max_files=_FILES, max_fields=_FIELDS, max_part_size=limit)
    except (FormParserError, ValueError, LookupError) as error:
        raise HTTPException(400, "Kiriman ini tidak bisa dibaca.") from error
    return Form(data)


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _counting(receive: Receive, limit: int) -> Receive:
    left = limit

    async def counted() -> Message:
        nonlocal left
        message: MutableMapping[str, Any] = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, TOO_LARGE)
        return message

    return counted


def _cleaned(value: str, limit: int, *, lines: bool) -> str:
    try:
        return clean(value, limit, lines=lines)
    except InputError as error:
        raise FormError(str(error)) from error
