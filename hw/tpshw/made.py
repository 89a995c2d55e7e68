"""The files that are made from the tables: which, where, and whether they are still true.

Tables, wiring and card need only what the tests have, and are compared byte for byte. Drawings
need the CAD library: for them the fingerprint of everything they are drawn from is kept.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import msgspec

from tpshw import bom, figures, wiring
from tpshw.card import card
from tpshw.optics import cameras
from tpshw.stand import stand
from tpshw.tables import HERE, parts, pins
from tpshw.tables import wiring as read_wiring

MADE = HERE / "made"
README = HERE / "README.md"
FINGERPRINT = MADE / "drawings.sha256"
SOURCES = (
    "solids", "joints", "cases", "bought", "assembly", "views", "ink", "sheets", "optics_sheet",
    "optics", "light", "stand", "wiring", "drawings", "tables",
)  # fmt: skip
"""Modules that drawings depend on."""


def quick() -> dict[Path, bytes]:
    """Every file that is made without CAD, with its bytes; hw/README.md among them."""
    known, table = parts(), read_wiring()
    return {
        MADE / "bom.csv": bom.as_csv(known).encode(),
        MADE / "bom.md": bom.as_markdown(known).encode(),
        MADE / "wiring.yaml": wiring.as_yaml(pins(), table).encode(),
        MADE / "card-kpps.pdf": card(),
        README: readme(README.read_text(encoding="utf-8")).encode(),
    }


def readme(text: str) -> str:
    """The text with the tables between their marks made anew.

    Raises:
        ValueError: a mark is missing.
    """
    for name, table in figures.everything(cameras(), stand(), parts()).items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"hw/README.md has no place between '{begin.strip()}' and '{end}'")
        text = before + begin + table + end + after
    return text


def fingerprint() -> str:
    """SHA-256 over all that the drawings are drawn from, as hexadecimal text and a line end.

    Of the tables only what is drawn counts: another price asks for no new drawing.
    """
    sizes = {key: part.size for key, part in parts().part.items()}
    wires = wiring.as_yaml(pins(), read_wiring())
    total = sha256(msgspec.json.encode([stand(), cameras(), sizes, wires], order="sorted"))
    for name in ("requirements.txt", *(f"tpshw/{module}.py" for module in SOURCES)):
        body = (HERE / name).read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{name} {len(body)}\n".encode() + body)
    return total.hexdigest() + "\n"
