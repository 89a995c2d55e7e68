"""Where the bench of reading finds handwriting, real sheets and the files of models/."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
MODELS = ROOT / "models"
CACHE = MODELS / ".cache"
REGISTRATION = Path(__file__).with_name("registration-2024.json")


def use_models() -> None:
    """Let `import cells`, `import augment` and so on find the files of models/."""
    if str(MODELS) not in sys.path:
        sys.path.insert(0, str(MODELS))
