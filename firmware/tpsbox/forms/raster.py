"""Marks as pixels, by Pillow. Its own font; drawn finer and averaged where the sheet is coarse."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tpsbox.forms.marks import Box, Disc, Mark, Words
from tpsbox.forms.model import Line

FINE_BELOW = 151
"""dpi under which every pixel is averaged from four."""

ANCHORS = {"left": "ls", "middle": "ms", "right": "rs"}
BOLD = 0.06
"""Pen width of bold letters, in ems: Pillow's font has one weight."""


def to_image(marks: Iterable[Mark], size: tuple[float, float], dpi: int) -> Image.Image:
    """Draw on white paper of `size` mm: a grey image."""
    factor = 2 if dpi < FINE_BELOW else 1
    width, height = (round(mm * dpi / 25.4) * factor for mm in size)
    canvas = _Canvas(Image.new("L", (width, height), 255), factor * dpi / 25.4)
    for mark in marks:
        canvas.draw(mark)
    return canvas.image if factor == 1 else canvas.image.reduce(factor)


def _shade(grey: float) -> int:
    return round(255 * min(1.0, max(0.0, grey)))


@lru_cache(maxsize=64)
def _font(pixels: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(pixels)


class _Canvas:
    def __init__(self, image: Image.Image, scale: float) -> None:
        self.image = image
        self.scale = scale
        self.pen = ImageDraw.Draw(image)

    def draw(self, mark: Mark) -> None:
        match mark:
            case Box():
                self.box(mark)
            case Disc():
                self.disc(mark)
            case Line():
                self.line(mark)
            case Words():
                self.words(mark)

    def fill(self, x1: float, y1: float, x2: float, y2: float, grey: float) -> None:
        """A filled rectangle from and to in mm, at least one pixel wide and high."""
        left, top, right, bottom = (round(v * self.scale) for v in (x1, y1, x2, y2))
        inclusive = (left, top, max(left, right - 1), max(top, bottom - 1))
        self.pen.rectangle(inclusive, fill=_shade(grey))

    def box(self, box: Box) -> None:
        r, half = box.rect, box.stroke / 2
        right, bottom = r.x + r.w, r.y + r.h
        if box.fill is not None:
            self.fill(r.x, r.y, right, bottom, box.fill)
        if box.stroke:
            self.fill(r.x - half, r.y - half, right + half, r.y + half, box.grey)
            self.fill(r.x - half, bottom - half, right + half, bottom + half, box.grey)
            self.fill(r.x - half, r.y - half, r.x + half, bottom + half, box.grey)
            self.fill(right - half, r.y - half, right + half, bottom + half, box.grey)

    def disc(self, disc: Disc) -> None:
        radius = (disc.diameter + disc.stroke) / 2
        (x, y), s = disc.center, self.scale
        around = ((x - radius) * s, (y - radius) * s, (x + radius) * s, (y + radius) * s)
        self.pen.ellipse(
            around,
            fill=None if disc.fill is None else _shade(disc.fill),
            outline=_shade(disc.grey),
            width=max(1, round(disc.stroke * s)),
        )

    def line(self, line: Line) -> None:
        (x1, y1), (x2, y2) = line.start, line.end
        half = line.width / 2
        if line.dots:
            self.dots(line)
        elif x1 == x2 or y1 == y2:
            self.fill(
                min(x1, x2) - half,
                min(y1, y2) - half,
                max(x1, x2) + half,
                max(y1, y2) + half,
                line.grey,
            )
        else:
            ends = [x1 * self.scale, y1 * self.scale, x2 * self.scale, y2 * self.scale]
            width = max(1, round(line.width * self.scale))
            self.pen.line(ends, fill=_shade(line.grey), width=width)

    def dots(self, line: Line) -> None:
        (x1, y1), (x2, y2) = line.start, line.end
        length = float(np.hypot(x2 - x1, y2 - y1))
        for step in np.arange(0, length, line.dots) / max(length, 1e-9):
            x, y = x1 + step * (x2 - x1), y1 + step * (y2 - y1)
            half = line.width / 2
            self.fill(x - half, y - half, x + half, y + half, line.grey)

    def words(self, words: Words) -> None:
        pixels = words.size * self.scale
        if words.width is not None:
            needed = _font(pixels).getlength(words.text) * (1 + BOLD * words.bold)
            pixels *= min(1.0, words.width * self.scale / max(needed, 1.0))
        at = (words.at[0] * self.scale, words.at[1] * self.scale)
        if words.turned:
            self.turned(words, pixels, at)
        else:
            self.put(self.pen, words, pixels, at, _shade(words.grey))

    def turned(self, words: Words, pixels: float, at: tuple[float, float]) -> None:
        """Draw upright on a cover layer about its middle, turn that, and ink through it."""
        reach = int(_font(pixels).getlength(words.text) + 2 * pixels)
        cover = Image.new("L", (2 * reach, 2 * reach), 0)
        self.put(ImageDraw.Draw(cover), words, pixels, (reach, reach), 255)
        corner = (round(at[0]) - reach, round(at[1]) - reach)
        self.image.paste(_shade(words.grey), corner, cover.rotate(words.turned))

    @staticmethod
    def put(
        pen: ImageDraw.ImageDraw, words: Words, pixels: float, at: tuple[float, float], ink: int
    ) -> None:
        pen.text(
            at,
            words.text,
            fill=ink,
            font=_font(pixels),
            anchor=ANCHORS[words.align],
            stroke_width=BOLD * pixels / 2 if words.bold else 0,
        )
