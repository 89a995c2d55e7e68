"""Bytes from a camera or a file become a photo, within limits, or an error of one line."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from tpsbox.errors import InputError
from tpsbox.given import open_given, printable

PHOTO_BYTES = 32_000_000
"""The largest file taken; a 12 MP JPEG has 2 to 6 MB."""
PHOTO_PIXELS = 36_000_000
"""The largest picture decoded; the cameras of the box give 12 million pixels."""

MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
"""Pictures of 8 bits a channel; of deeper ones Pillow would cut off all but the darkest shades."""

STRIP = 32
"""Rows of a photo that are turned to grey at a time."""

Gray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Photo:
    """A decoded photo: `color` is uint8 [h, w, 3] in BGR, as stored (no turn of EXIF is applied).

    Grey is the darkest of the three channels everywhere: blue, violet and red ink all stand out
    in at least one of them.
    """

    color: Gray
    sha256: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return (self.color.shape[1], self.color.shape[0])

    @cached_property
    def gray(self) -> Gray:
        """uint8 [h, w]: the whole photo in grey; reading one sheet rarely needs it."""
        return darkest_channel(self.color)

    def level(self, depth: int) -> Gray:
        """The photo in grey at 1 / 2**depth of its size; made once. Level 0 is `gray`.

        Its pixel (u, v) covers the photo around ((u + 0.5) * 2**depth - 0.5, ...).
        """
        if depth == 0:
            return self.gray
        if depth not in self._levels:
            if depth == 1:
                self._levels[1] = darkest_channel(_halved(self.color))
            else:
                self._levels[depth] = _halved(self.level(depth - 1))
        return self._levels[depth]

    @cached_property
    def _levels(self) -> dict[int, Gray]:
        return {}


def load_photo(path: Path) -> Photo:
    """The photo in a file.

    Raises:
        InputError: unreadable, too large, truncated or not a JPEG or PNG.
    """
    source = printable(path)
    with open_given(path) as file:
        data = file.read(PHOTO_BYTES + 1)
    if len(data) > PHOTO_BYTES:
        raise InputError(f"{source}: larger than {PHOTO_BYTES // 1_000_000} MB, not a photo")
    return decode_photo(data, source)


def decode_photo(data: bytes, source: str) -> Photo:
    """The photo in `data`; `source` is named in errors.

    Raises:
        InputError: too many pixels, truncated, or not a JPEG or PNG of 8 bits. Damage in the middle
            of a JPEG is not seen: its decoder goes on behind it.
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
                if image.mode not in MODES:
                    raise InputError(f"{source}: more than 8 bits a pixel; save it with 8 bits")
                color = _pixels(data, image)
    except UnidentifiedImageError as error:
        raise InputError(f"{source}: not a JPEG or PNG photo") from error
    except Image.DecompressionBombError as error:
        most = PHOTO_PIXELS // 1_000_000
        raise InputError(f"{source}: its pixels are too many, at most {most} million") from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source}: the photo is damaged or cut off ({error})") from error
    return Photo(color, hashlib.sha256(data).digest())


def _pixels(data: bytes, image: Image.Image) -> Gray:
    """uint8 [h, w, 3] BGR; what is transparent lies on white paper.

    OpenCV decodes JPEG three times as fast.

    Raises:
        OSError: the data ends before the picture does.
    """
    if image.format != "JPEG":
        opaque = image.convert("RGB")
        if image.has_transparency_data:
            opaque = Image.new("RGB", image.size, "white")
            layer = image.convert("RGBA")
            opaque.paste(layer, mask=layer)
        return np.ascontiguousarray(np.asarray(opaque)[:, :, ::-1])
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    color = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if color is None:
        raise OSError("the JPEG ends too early")
    return np.asarray(color, dtype=np.uint8)


def _halved(image: Gray) -> Gray:
    """Half the size, every pixel the mean of four; an odd last row or column is left out."""
    height, width = image.shape[:2]
    even = image[: height // 2 * 2, : width // 2 * 2]
    half = cv2.resize(even, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half, dtype=np.uint8)


def darkest_channel(color: Gray) -> Gray:
    """uint8 [h, w]: the smallest of the three channels of uint8 [h, w, 3]."""
    height, width = color.shape[:2]
    dark = np.empty((height, width), np.uint8)
    # In strips that stay in the processor's cache: of a whole photo nine times as fast.
    rows = min(height, STRIP)
    planes = [np.empty((rows, width), np.uint8) for _ in range(3)]
    for top in range(0, height, STRIP):
        strip, out = color[top : top + STRIP], dark[top : top + STRIP]
        blue, green, red = cv2.split(strip, [plane[: len(strip)] for plane in planes])
        cv2.min(blue, green, dst=out)
        cv2.min(out, red, dst=out)
    return dark
