"""Scenario files of both boards: which there are, and playing one in the guest."""

from __future__ import annotations

import time
from collections.abc import Callable
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

USUAL = ("whole_day", "camera_lost", "watchdogs")
"""What a run plays beside the power cuts if asked for nothing else: each part of the box once."""

Result = Literal["passed", "part", "failed", "left out"]


@dataclass(frozen=True)
class Played:
    """What came of a scenario: `steps` done of `of`; `why` names what was left out or failed."""

    name: str
    result: Result
    seconds: float
    steps: int = 0
    of: int = 0
    why: str = ""


def found() -> dict[str, Path]:
    """Every scenario file by its name."""
    return {path.stem: path for folder in FOLDERS for path in sorted(folder.glob("*.txt"))}


def play(
    name: str, text: str, bench: Bench, note: Callable[[str], None] = lambda _: None
) -> Played:
    """Do the steps of a text one after the other, up to the first that does not hold.

    A look that this board has no eyes for is left out by itself, an act with all that follows.
    `note` is told of each step when it begins.
    """
    began = time.monotonic()
    todo = list(steps(text))

    left_out: list[str] = []

    def played(result: Result, done: int) -> Played:
        why = "; ".join(left_out)
        return Played(name, result, time.monotonic() - began, done, len(todo), why)

    for done, step in enumerate(todo):
        line = f"line {step.number}: {' '.join(step.words)}"
        doing = getattr(bench, step.method, None)
        note(f"{name} {line}")
        looks = step.words[0] == "expect"
        try:
            if doing is None:
                raise NotHere("this step is known to the simulated board alone")
            if looks and step.words != ("expect", "off") and not bench.machine.on:
                raise NotHere("the box is off")
            doing(*step.arguments)
            if not looks and bench.outcome is not None:
                note(f"{name} {': '.join(bench.outcome)}")
        except NotHere as reason:
            left_out.append(f"{line}: {reason}")
            if not looks:  # what follows may build on it
                return played("part" if done else "left out", done)
        except (AssertionError, EnvironmentFault) as error:
            left_out.append(f"{line}: {error} (the last press came to {bench.outcome})")
            return played("failed", done)
    return played("part" if left_out else "passed", len(todo))
