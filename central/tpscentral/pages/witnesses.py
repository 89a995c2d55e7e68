"""What each writing of a number said by itself, as the box stated it in its evidence."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from tpsbox.record.evidence import FieldEvidence, Plain

from tpscentral.pages.wording import WITNESSES, percent

_UNCLEAR = "?"


class WitnessShown(msgspec.Struct, frozen=True):
    """One writing: its name, what stands there, and how sure the machine is, all in words."""

    name: str
    seen: str
    certainty: str


def witnesses_shown(field: FieldEvidence) -> tuple[WitnessShown, ...]:
    """All writings of a number. A box may state anything of plain types: nothing is relied on."""
    makers = {"boxes": _boxes, "bubbles": _bubbles, "sums": _sums, "tally": _tally}
    return tuple(
        WitnessShown(WITNESSES[name], *make(field.witnesses[name]))
        for name, make in makers.items()
        if name in field.witnesses
    )


def _boxes(said: Mapping[str, Plain]) -> tuple[str, str]:
    top = said.get("top")
    boxes = [_ranked(box) for box in top] if isinstance(top, tuple) else []
    return str(said.get("marks")), "; ".join(filter(None, boxes))


def _ranked(box: object) -> str:
    """Marks of a box with their probabilities, which follow each other in turn."""
    if not isinstance(box, tuple):
        return ""
    pairs = zip(box[::2], box[1::2], strict=False)
    return ", ".join(
        f"{mark} {percent(share)}" for mark, share in pairs if isinstance(share, float)
    )


def _bubbles(said: Mapping[str, Plain]) -> tuple[str, str]:
    return str(said.get("marks")), "jelas" if said.get("clear") is True else "tidak jelas"


def _sums(said: Mapping[str, Plain]) -> tuple[str, str]:
    rows = said.get("marks")
    written = map(str, rows) if isinstance(rows, tuple) else ()
    shown = " + ".join(row for row in written if row.strip("_"))
    share = said.get("probability")
    total = f"{shown} = {_number(said.get('value'))}" if shown else _number(said.get("value"))
    return total, percent(share) if isinstance(share, float) else ""


def _tally(said: Mapping[str, Plain]) -> tuple[str, str]:
    spread = said.get("spread")
    shown = f"± {spread:.1f}".replace(".", ",") if isinstance(spread, int | float) else ""
    return _number(said.get("count")), shown


def _number(value: Plain) -> str:
    return _UNCLEAR if value is None else str(value)
