"""The language of scenarios is found where the kiosk's tests have it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "kiosk"))
