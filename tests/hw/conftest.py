"""The package that makes drawings and tables lies beside its tables, in hw/."""

from __future__ import annotations

import sys
from pathlib import Path

HW = Path(__file__).resolve().parents[2] / "hw"
if str(HW) not in sys.path:
    sys.path.insert(0, str(HW))
