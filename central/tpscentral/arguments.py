"""What words of a command line may be."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def whole_number(what: str, least: int, most: int) -> Callable[[str], int]:
    """A parser of numbers from `least` to `most`; `what` says what they are.

    It raises ArgumentTypeError for any other text.
    """

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}, {least} to {most}")
        return int(text)

    return parse


port = whole_number("a port", 1, 65535)
"""A TCP port."""
