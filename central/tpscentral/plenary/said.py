"""What people type: words and numbers, checked at the boundary. Messages are in Indonesian."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tpsbox.errors import AnswerError, InputError
from tpsbox.forms.model import Form
from tpsbox.record.statement import NUMBER_LIMIT

from tpscentral.people.wording import clean
from tpscentral.schema import WORDS


class RefusedError(AnswerError):
    """The act is not possible as things stand; the message is for the officer, in Indonesian."""


def said(text: str, what: str, limit: int = WORDS) -> str:
    """Words without spaces around them, as `clean` leaves them; lines may break.

    Raises:
        InputError: nothing was said, too much, or it holds what cannot be shown.
    """
    try:
        words = clean(text, limit, lines=True)
    except InputError as error:
        raise InputError(f"{what}: {error}") from error
    if not words:
        raise InputError(f"{what} harus diisi.")
    return words


def said_or_none(text: str | None, what: str, limit: int = WORDS) -> str | None:
    """As `said`; None where nothing was said.

    Raises:
        InputError: too much, or it holds what cannot be shown.
    """
    return said(text, what, limit) if text and text.strip() else None


def check_numbers(form: Form, numbers: Mapping[str, int | None]) -> dict[str, int | None]:
    """Numbers for fields of the form, in its order; None is an empty box, not zero.

    Raises:
        InputError: a field that the form does not have, or a number that no sheet can hold.
    """
    check_fields(form, numbers)
    for field in form.fields:
        number = numbers.get(field.name)
        # A bool is an int to Python and nothing that anybody has written on a sheet.
        if number is not None and (isinstance(number, bool) or not 0 <= number <= NUMBER_LIMIT):
            raise InputError(f"{field.label}: angka harus 0 sampai {NUMBER_LIMIT}.")
    return {field.name: numbers[field.name] for field in form.fields if field.name in numbers}


def check_fields(form: Form, names: Collection[str]) -> None:
    """Do nothing if the form has all these fields.

    Raises:
        InputError: it does not have one of them.
    """
    known = {field.name for field in form.fields}
    for name in names:
        if name not in known:
            raise InputError(f"{name[:40]!r} bukan isian {form.title}.")
