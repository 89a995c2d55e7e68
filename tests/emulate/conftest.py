"""The emulator's own files and the language of scenarios are found where the script finds them."""

from __future__ import annotations

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
for folder in (TESTS.parent / "scripts" / "lib", TESTS / "kiosk"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
