"""What a photo shows: which sheet of which contest, and every mark on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import msgspec

from tpsbox.errors import InputError
from tpsbox.forms.model import Form
from tpsbox.reading.model import DigitModel
from tpsbox.reading.read import read_witnesses
from tpsbox.reading.stored import pack
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.rejection import SENTENCES, Reason, RejectedError
from tpsbox.vision.sheet import Sheet, find_sheet

HEADING_PX = 900
"""Width of the picture of a sheet's heading: handwriting in it is read with ease."""

DAMAGED = "damaged"
"""Reason of a photo whose bytes are no whole JPEG."""
UNREADABLE = "unreadable"
"""Reason of a photo on which the program itself failed."""

REASONS: Mapping[str, str] = {
    **{reason.value: sentence for reason, sentence in SENTENCES.items()},
    DAMAGED: "Foto rusak. Foto lagi.",
    UNREADABLE: "Foto tidak dapat dibaca. Foto lagi.",
}
"""Every reason for which the kiosk refuses a photo, with what to do about it."""


class Seen(msgspec.Struct, frozen=True):
    """A sheet found and read.

    `reading` is what `tpsbox.reading.stored.unpack` takes, `sharpness` 0 to 1, `heading` a JPEG
    of the handwritten names of province to TPS.
    """

    contest: str
    form: str
    page: int
    sharpness: float
    reading: bytes
    heading: bytes


class Refused(msgspec.Struct, frozen=True):
    """A photo that cannot be read, and the code of why."""

    reason: str


Look = Callable[[bytes], "Seen | Refused"]
"""Takes the bytes of a photo, says what it shows."""


def eye(forms: Mapping[str, Form], model: DigitModel) -> Look:
    """How the box looks at photos of sheets of these contests (key to form)."""

    def look(jpeg: bytes) -> Seen | Refused:
        try:
            photo = decode_photo(jpeg, "photo")
            sheet = find_sheet(photo, tuple(forms.values()))
        except InputError:
            return Refused(DAMAGED)
        except RejectedError as refusal:
            return Refused(refusal.reason.value)
        return _read(sheet, forms, model)

    return look


def is_whole(jpeg: bytes) -> bool:
    """Whether these bytes are a JPEG that decodes to its end."""
    try:
        decode_photo(jpeg, "photo")
    except InputError:
        return False
    return jpeg.startswith(b"\xff\xd8\xff")


def _read(sheet: Sheet, forms: Mapping[str, Form], model: DigitModel) -> Seen | Refused:
    contest = next((key for key, form in forms.items() if form == sheet.form), None)
    if contest is None:
        return Refused(Reason.WRONG_FORM.value)
    read = read_witnesses(sheet, model)
    homography = tuple(float(part) for part in sheet.H.ravel())
    done, heading = cv2.imencode(".jpg", sheet.crop(sheet.page.heading, HEADING_PX))
    return Seen(
        contest=contest,
        form=sheet.form.name,
        page=sheet.page.number,
        sharpness=sheet.sharpness,
        reading=pack(read, homography),
        heading=heading.tobytes() if done else b"",
    )
