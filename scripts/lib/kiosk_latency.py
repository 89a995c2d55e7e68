"""From press to lights, at a kiosk process on the simulated board."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from kiosk_photos import ELECTION, TPS, photo, unlike
from tpsbox.board.boards import simulated_folder
from tpsbox.board.spooled import PressFile, read_answer, spool_press
from tpsbox.kiosk.box import save_config
from tpsbox.kiosk.lock import kiosk_serves
from tpsbox.store.store import Store

SIZE = (3000, 4000)
"""12 megapixels, as the cameras of the box give."""
PATIENCE = 120.0
RESULTS = {"nothing_read", "sure", "more_sheets", "doubt"}
"""What the tick light says when it is not reading."""


def run(folder: Path, presses: int) -> dict[str, float]:
    """Median and worst seconds from a press to the camera light and to the tick light."""
    data = folder / "latency"
    with Store(data) as store:
        from tpsbox.forms.election import load_election

        store.identity.create(TPS, ELECTION, load_election(ELECTION).package)
    save_config(data, "simulated", ELECTION)
    command = [sys.executable, "-m", "tpsbox.kiosk", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await(lambda: kiosk_serves(data))
        times = [_press(simulated_folder(data), number) for number in range(presses)]
    finally:
        process.terminate()
        process.wait(30)
    camera, tick = zip(*times[1:], strict=True)  # the first one loads what all others find loaded
    return {
        "camera_median": statistics.median(camera),
        "camera_worst": max(camera),
        "tick_median": statistics.median(tick),
        "tick_worst": max(tick),
        "presses": len(camera),
    }


def _press(folder: Path, number: int) -> tuple[float, float]:
    jpeg = unlike(photo(str(number % 3 + 1), SIZE), number)
    before = len((folder / "lights.jsonl").read_bytes().splitlines())
    pressed = time.time()
    name = spool_press(folder, PressFile(), jpeg)
    _await(lambda: read_answer(folder, name) is not None)
    time.sleep(0.5)  # the lights follow the answer within a turn
    lines = [json.loads(line) for line in (folder / "lights.jsonl").open()][before:]
    taking = next(i for i, line in enumerate(lines) if line["camera"]["signal"] == "taking")
    reading = [i for i, line in enumerate(lines) if line["tick"]["signal"] == "reading"]
    done = next(line for line in lines[max(reading) :] if line["tick"]["signal"] in RESULTS)
    return lines[taking]["time"] - pressed, done["time"] - pressed


def _await(so: object) -> None:
    end = time.monotonic() + PATIENCE
    while not so():  # type: ignore[operator]
        if time.monotonic() >= end:
            raise TimeoutError(f"the kiosk did not answer within {PATIENCE:g} s")
        time.sleep(0.02)
