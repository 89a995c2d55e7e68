"""How long each stage of reading a 12 MP photo takes, and how much memory a process needs for it.

Every time is also given as a multiple of cv2.imdecode of the same photo in the same run.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import cv2
import numpy as np
from reading_sources import draw_photo
from tpsbox.forms.library import load_form
from tpsbox.reading.model import load_model
from tpsbox.reading.read import read_alone, read_witnesses
from tpsbox.vision.photo import decode_photo
from tpsbox.vision.sheet import find_sheet

Done = TypeVar("Done")

STAGES = ("imdecode", "decode", "find", "cells_and_net", "decide")

READ_ONE = """
import re, sys
from pathlib import Path
from tpsbox.forms.library import load_form
from tpsbox.reading.model import load_model
from tpsbox.reading.read import read_alone, read_witnesses
from tpsbox.vision.photo import load_photo
from tpsbox.vision.sheet import find_sheet
sheet = find_sheet(load_photo(Path(sys.argv[1])), [load_form("ppwp-2024")])
read_alone(read_witnesses(sheet, load_model()))
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
"""What a fresh process does whose peak memory in KB is taken: its own, for the maximum that
`getrusage` tells is inherited from the process that started it."""


def speed(photos: int, seed: int) -> dict[str, dict[str, Any]]:
    """Median times over drawn photos, the first (which loads and warms up) excluded."""
    rng = np.random.default_rng([seed, 12])
    form = load_form("ppwp-2024")
    jpegs = [draw_photo(form, 1 + index % 3, rng)[0] for index in range(photos + 1)]
    laps = [_stages(jpeg) for jpeg in jpegs][1:]
    sums = [sum(lap.values()) - lap["imdecode"] for lap in laps]
    rows = {
        stage: _row([lap[stage] for lap in laps], [lap["imdecode"] for lap in laps])
        for stage in STAGES
    }
    rows["whole"] = _row(sums, [lap["imdecode"] for lap in laps])
    rows["peak_memory"] = {"MB": _peak_memory(jpegs[0])}
    return rows


def _stages(jpeg: bytes) -> dict[str, float]:
    """Seconds of each stage."""
    laps: dict[str, float] = {}

    def lap(stage: str, work: Callable[[], Done]) -> Done:
        start = time.perf_counter()
        done = work()
        laps[stage] = time.perf_counter() - start
        return done

    forms = [load_form("ppwp-2024"), load_form("c1-ppwp-2019")]
    model = load_model()
    lap("imdecode", lambda: cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    photo = lap("decode", lambda: decode_photo(jpeg, "bench"))
    sheet = lap("find", lambda: find_sheet(photo, forms))
    witnesses = lap("cells_and_net", lambda: read_witnesses(sheet, model))
    lap("decide", lambda: read_alone(witnesses))
    return laps


def _row(times: list[float], decodes: list[float]) -> dict[str, float]:
    ratios = [one / decode for one, decode in zip(times, decodes, strict=True)]
    return {"ms": round(1000 * median(times), 1), "times_imdecode": round(median(ratios), 2)}


def _peak_memory(jpeg: bytes) -> float:
    """Most megabytes resident in a fresh process that reads one photo."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        path.write_bytes(jpeg)
        done = subprocess.run(
            [sys.executable, "-c", READ_ONE, str(path)], capture_output=True, text=True, check=True
        )
    return round(int(done.stdout) / 1024, 1)
