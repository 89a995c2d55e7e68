"""How the kiosk is, for `tpsbox status` in another process: kept in the file of its lock."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tpsbox.kiosk.lock import SERVING, kiosk_says
from tpsbox.kiosk.watch import Problem


class Condition(msgspec.Struct, frozen=True):
    """State of the machine, what the lights show (see `Shown.described`), what is wrong."""

    state: str
    lights: dict[str, dict[str, str]]
    problems: tuple[Problem, ...] = ()


def pack_condition(condition: Condition) -> bytes:
    """As it stands in the file."""
    return SERVING + msgspec.json.encode(condition)


def kiosk_condition(data: Path) -> Condition | None:
    """How the kiosk that serves this folder is, None if none does or it has not said yet."""
    said = kiosk_says(data)
    if said is None or not said.startswith(SERVING):
        return None
    try:
        return msgspec.json.decode(said.removeprefix(SERVING), type=Condition)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None  # read while it was written; the next look finds it whole
