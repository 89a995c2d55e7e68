"""Small versions of photos for the page, made once and kept beside them."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from PIL import Image, ImageOps
from tpsbox.errors import EnvironmentFault, InputError

from tpscentral.photostore import PART, PhotoStore

SIDE = 360
"""Pixels of the longer side, twice what the page shows, for sharp screens."""

PIXEL_LIMIT = 120_000_000
"""Above any camera of a box; a photo that claims more is not opened."""


def thumbnail(store: PhotoStore, photos: Path, sha: str) -> bytes:
    """A small JPEG of the photo `sha` (64 hex digits); it is kept in the folder `photos`.

    Raises:
        InputError: the file is no picture that can be shown.
        EnvironmentFault: the photo cannot be read.
    """
    kept = photos / sha[:2] / f"{sha}.small.jpg"
    try:
        if kept.exists():
            return kept.read_bytes()
        data = _shrink(store.get(sha))
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=photos, prefix=PART, delete=False) as file:
            file.write(data)
        os.replace(file.name, kept)  # noqa: PTH105 - atomic, whichever request is first
    except EnvironmentFault:
        raise
    except OSError as error:
        raise EnvironmentFault(f"photo {sha}: {error.strerror or error}") from error
    return data


def _shrink(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            if image.width * image.height > PIXEL_LIMIT:
                raise InputError("photo: too many pixels to show")
            # Decodes at an eighth where that is enough, which spares most of the time.
            image.draft("RGB", (SIDE, SIDE))
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError("photo: not a JPEG that can be shown") from error
    upright.thumbnail((SIDE, SIDE))
    small = io.BytesIO()
    upright.save(small, "JPEG", quality=80)
    return small.getvalue()
