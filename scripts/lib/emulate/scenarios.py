"""Scenario files of both boards: which there are, and playing one in the guest."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scenario import steps
from tpsbox.errors import EnvironmentFault

from emulate.bench import Bench
from emulate.expects import NotHere
from emulate.host import ROOT

FOLDERS = (ROOT / "tests" / "kiosk" / "scenarios", ROOT / "tests" / "emulate" / "scenarios")
"""Those that run on the simulated board too, and those for the guest alone."""

Result = Literal["passed", "part", "failed", "left out"]


@dataclass(frozen=True)
class Played:
    """What came of a scenario; `steps` were done of `of`, and `why` tells about the next one."""

    name: str
    result: Result
    seconds: float
    steps: int = 0
    of: int = 0
    why: str = ""


def found() -> dict[str, Path]:
    """Every scenario file by its name."""
    return {path.stem: path for folder in FOLDERS for path in sorted(folder.glob("*.txt"))}


def play(name: str, text: str, bench: Bench) -> Played:
    """Do the steps of a text one after the other, up to the first that does not hold."""
    began = time.monotonic()
    todo = list(steps(text))

    def played(result: Result, done: int, why: str = "") -> Played:
        return Played(name, result, time.monotonic() - began, done, len(todo), why)

    for done, step in enumerate(todo):
        line = f"line {step.number}: {' '.join(step.words)}"
        doing = getattr(bench, step.method, None)
        try:
            if doing is None:
                raise NotHere("this step is known to the simulated board alone")
            doing(*step.arguments)
        except NotHere as reason:
            return played("part" if done else "left out", done, f"{line}: {reason}")
        except (AssertionError, EnvironmentFault) as error:
            return played("failed", done, f"{line}: {error}")
    return played("passed", len(todo))
