"""Bytes that are no usable photo: one clear line each, never a traceback."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tpsbox.errors import InputError
from tpsbox.vision.photo import PHOTO_BYTES, STRIP, darkest_channel, decode_photo, load_photo


def encoded(width: int, height: int, kind: str = "JPEG", mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height)).save(out, kind)
    return out.getvalue()


def test_not_an_image():
    with pytest.raises(InputError, match="not a JPEG or PNG"):
        decode_photo(b"hello, this is no picture", "x.jpg")


def test_empty_file():
    with pytest.raises(InputError, match="not a JPEG or PNG"):
        decode_photo(b"", "x.jpg")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.98])
def test_truncated_jpeg(kept):
    pixels = np.random.default_rng(0).integers(0, 255, (300, 200, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG")
    data = out.getvalue()
    with pytest.raises(InputError, match="damaged or cut off"):
        decode_photo(data[: int(len(data) * kept)], "x.jpg")


@pytest.mark.parametrize("cut", [30, 60, 90])
def test_truncated_png(cut):
    data = encoded(300, 200, "PNG")
    with pytest.raises(InputError, match=r"damaged|not a JPEG"):
        decode_photo(data[:cut], "x.png")


def test_a_hundred_million_pixels_are_refused_before_they_are_decoded():
    data = encoded(10_000, 10_000, "PNG", "1")
    with pytest.raises(InputError, match="pixels are too many"):
        decode_photo(data, "x.png")


def test_other_formats_are_refused():
    with pytest.raises(InputError, match="not a JPEG or PNG"):
        decode_photo(encoded(50, 50, "BMP"), "x.bmp")


def test_one_pixel_is_a_photo_still():
    assert decode_photo(encoded(1, 1), "x").gray.shape == (1, 1)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_colour_modes_become_three_channels(mode):
    assert decode_photo(encoded(20, 10, mode=mode), "x").color.shape == (10, 20, 3)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_photo(tmp_path / "none.jpg")
    with pytest.raises(InputError, match="is a directory"):
        load_photo(tmp_path)


def test_too_many_bytes(tmp_path):
    path = tmp_path / "big.jpg"
    with path.open("wb") as file:
        file.truncate(PHOTO_BYTES + 1)
    with pytest.raises(InputError, match="larger than"):
        load_photo(path)


def test_gray_is_the_darkest_channel():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 120)).save(out, "PNG")
    assert (decode_photo(out.getvalue(), "x").gray == 30).all()


@pytest.mark.parametrize("height", [0, 1, STRIP - 1, STRIP, STRIP + 1, 3 * STRIP + 5])
def test_no_row_of_a_strip_is_forgotten(height):
    whole = np.random.default_rng(height).integers(0, 256, (height + 1, 9, 3), dtype=np.uint8)
    for color in (whole[1:], whole[1:, 2:8]):
        assert np.array_equal(darkest_channel(color), color.min(axis=2))


def test_a_picture_too_large_for_any_decoder_is_said_to_be_too_large():
    data = encoded(20_000, 20_000, "PNG", "1")
    with pytest.raises(InputError, match="too many, at most 36 million"):
        decode_photo(data, "x.png")


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_deep_pictures_are_refused_and_not_cut_off_at_white():
    with pytest.raises(InputError, match="8 bits"):
        decode_photo(png(np.full((9, 9), 40_000, np.uint16)), "x.png")


def test_what_is_transparent_lies_on_white_paper():
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0, 3] = 255
    gray = decode_photo(png(pixels), "x.png").gray
    assert gray.tolist() == [[0, 255], [255, 255]]
