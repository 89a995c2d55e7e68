"""The box in the guest as a technician with a shell sees it, and its lights as officers do."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any, get_args

from tpsbox.board.pins import BUZZER_PIN, LIGHT_PINS
from tpsbox.board.ports import OutcomeKind
from tpsbox.board.signals import Light, Pattern
from tpsbox.board.sounds import Sound
from tpsbox.errors import EnvironmentFault

from emulate.lights import pattern, sound
from emulate.machine import Machine

DATA = "/var/lib/tpsbox"
UNITS = ("tpsbox-kiosk", "tpsbox-uplink")
PAUSE = 0.5
SERVING_SECONDS = 900.0
_OUTCOME = re.compile(rf"INFO tpsbox\.kiosk\.kiosk: ({'|'.join(get_args(OutcomeKind))}): (.*)")


class Guest:
    """Questions to a running guest; each may take seconds of its slow processor."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def tpsbox(self, *words: str) -> str:
        """Run a command of the product; what it prints.

        Raises:
            EnvironmentFault: it ended with another code than 0.
        """
        done = self.machine.agent.tpsbox(*words)
        if done.code:
            said = (done.err.strip() or done.out.strip() or "no word").splitlines()[-1]
            raise EnvironmentFault(f"tpsbox {words[0]} ended with {done.code}: {said}")
        return done.out

    def status(self) -> dict[str, Any]:
        """`tpsbox status --json`."""
        found: dict[str, Any] = json.loads(self.tpsbox("status", "--json"))
        return found

    def outbox(self) -> list[dict[str, Any]]:
        """`tpsbox outbox --json`."""
        found: list[dict[str, Any]] = json.loads(self.tpsbox("outbox", "--json"))
        return found

    def rows(self, query: str) -> list[list[Any]]:
        """What the box's database answers, read beside the programs that write it."""
        return self.machine.agent.rows(f"{DATA}/tpsbox.db", query)

    def photos(self) -> dict[str, str]:
        """SHA-256 of each kept photo's bytes by its file, both in hex."""
        script = f"cd {DATA}/photos && find . -name '*.jpg' -exec sha256sum {{}} +"
        lines = self.machine.agent.call("sh", "-c", script).splitlines()
        return {line.split()[1]: line.split()[0] for line in lines}

    def now(self) -> float:
        """The guest's monotonic clock."""
        return self.machine.agent.lights([])[0]

    def watch(self) -> float:
        """Have lights and buzzer looked at from now on; the guest's monotonic clock."""
        return self.machine.agent.lights([*LIGHT_PINS.values(), BUZZER_PIN])[0]

    def light(self, light: Light, since: float = 0.0) -> Pattern | None:
        """What a light shows now; None if that cannot be told yet, or has not changed `since`."""
        pin = LIGHT_PINS[light]
        now, edges = self.machine.agent.lights([pin])
        seen = edges[pin]
        return pattern(seen, now) if seen and seen[-1][0] > since else None

    def sound(self, since: float) -> tuple[Sound | None, float]:
        """The last sound of the buzzer after that time, and the time now."""
        now, edges = self.machine.agent.lights([BUZZER_PIN])
        return sound([edge for edge in edges[BUZZER_PIN] if edge[0] > since]), now

    def heard(self) -> int:
        """How many lines of the kiosk's log have been seen."""
        return len(self.machine.agent.log(0))

    def outcomes(self, since: int) -> list[tuple[str, str]]:
        """Kind and words of every outcome that the kiosk has logged after so many lines."""
        lines = self.machine.agent.log(since)
        return [(m[1], m[2]) for line in lines if (m := _OUTCOME.match(line))]

    def await_serving(self) -> None:
        """Wait until systemd holds both units for started.

        Raises:
            EnvironmentFault: they are not within SERVING_SECONDS.
        """
        ask = ("systemctl", "show", "-P", "ActiveState", *UNITS)
        self.until(
            "the units to serve",
            lambda: self.machine.agent.run(*ask).out.split() == ["active"] * len(UNITS),
            SERVING_SECONDS,
            pause=4,
        )

    def until(
        self, what: str, so: Callable[[], bool], seconds: float, pause: float = PAUSE
    ) -> None:
        """Ask again and again until it is so.

        Raises:
            EnvironmentFault: it was not in that time.
        """
        end = time.monotonic() + seconds
        while not so():
            if time.monotonic() > end:
                raise EnvironmentFault(f"waited {seconds:g} s in vain for {what}")
            time.sleep(pause)
