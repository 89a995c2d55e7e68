"""Bytes from a camera or a file become a photo, within limits, or an error of one line."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from tpsbox.errors import InputError

PHOTO_BYTES = 32_000_000
"""The largest file taken; a 12 MP JPEG has 2 to 6 MB."""
PHOTO_PIXELS = 36_000_000
"""The largest picture decoded; the cameras of the box give 12 million pixels."""

Gray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Photo:
    """A decoded photo.

    `color` is uint8 [h, w, 3] in BGR; `gray` is uint8 [h, w], the darkest of the three channels:
    blue, violet and red ink all stand out in at least one of them.
    """

    color: Gray
    gray: Gray
    sha256: bytes


def load_photo(path: Path) -> Photo:
    """The photo in a file.

    Raises:
        InputError: unreadable, too large, truncated or not a JPEG or PNG.
    """
    try:
        with path.open("rb") as file:
            data = file.read(PHOTO_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    if len(data) > PHOTO_BYTES:
        raise InputError(f"{path}: larger than {PHOTO_BYTES // 1_000_000} MB, not a photo")
    return decode_photo(data, str(path))


def decode_photo(data: bytes, source: str) -> Photo:
    """The photo in `data`; `source` is named in errors.

    Raises:
        InputError: too many pixels, truncated, or not a JPEG or PNG.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
                width, height = image.size
                if width * height > PHOTO_PIXELS:
                    raise InputError(
                        f"{source}: {width} x {height} pixels are too many, at most "
                        f"{PHOTO_PIXELS // 1_000_000} million"
                    )
                color = np.asarray(image.convert("RGB"))
    except UnidentifiedImageError as error:
        raise InputError(f"{source}: not a JPEG or PNG photo") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source}: the photo is damaged or cut off ({error})") from error
    color = np.ascontiguousarray(color[:, :, ::-1])
    return Photo(color, darkest_channel(color), hashlib.sha256(data).digest())


def darkest_channel(color: Gray) -> Gray:
    """uint8 [h, w]: the smallest of the three channels of uint8 [h, w, 3]."""
    blue, green, red = cv2.split(color)
    return np.asarray(cv2.min(cv2.min(blue, green), red), dtype=np.uint8)
