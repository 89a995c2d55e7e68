"""What scenarios expect of the box in the guest; what is not so at once may become so."""

# ruff: noqa: D102 - tests/kiosk/scenario.py says what each step means

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import func, select
from tpsbox.board.signals import SIGNALS, Light, Signal
from tpsbox.errors import EnvironmentFault
from tpsbox.record.statement import Clock
from tpscentral.schema import evidence, photos, results

from emulate.agent import Agent
from emulate.guest import Guest
from emulate.machine import Machine
from emulate.outside import Outside

SOON = 120.0
"""Seconds in which an expected state must come about; the simulated board is there at once."""


class NotHere(Exception):
    """A step that this board cannot do, and why."""


class Seen:
    """The half of the runner that looks."""

    def __init__(self, machine: Machine, outside: Outside) -> None:
        self.machine = machine
        self.outside = outside
        self.guest = Guest(machine)
        self.outcome: tuple[str, str] | None = None
        """Kind and words of what the last press came to."""
        self.boot_id = ""
        self._heard_at = self.guest.watch() if machine.on else 0.0
        self.started = self._starts() if machine.on else 0

    @property
    def agent(self) -> Agent:
        """The line into the guest; another one after each power cut."""
        return self.machine.agent

    def expect_camera(self, signal: str) -> None:
        self._light(Light.CAMERA, signal)

    def expect_tick(self, signal: str) -> None:
        self._light(Light.TICK, signal)

    def expect_cloud(self, signal: str) -> None:
        self._light(Light.CLOUD, signal)

    def expect_outcome(self, kind: str, *more: str) -> None:
        assert self.outcome is not None, "nothing was heard of the press"
        assert self.outcome[0] == kind, self.outcome
        if kind == "refused" and more:
            refused = self.guest.status()["refused"]
            assert refused and refused[-1]["reason"] == more[0], refused

    def expect_value(self, name: str, value: str, state: str, *reasons: str) -> None:
        contest, _, field = name.partition(".")
        number = None if value == "kosong" else int(value)

        def look() -> tuple[bool, object]:
            contests = {c["key"]: c for c in self.guest.status()["contests"]}
            (found,) = (f for f in contests[contest]["fields"] if f["field"] == field)
            so = (found["value"], found["state"]) == (number, state)
            return so and set(reasons) <= set(found["reasons"]), found

        self._soon(look)

    def expect_results(self, count: str) -> None:
        self._rows("select count(*) from results", int(count))

    def expect_newest(self, number: str, state: str) -> None:
        def look() -> tuple[bool, object]:
            status = self.guest.status()
            closed = state == "closed"
            result = status["result"] or {}
            so = result.get("number") == int(number) and status["contests"][0]["closed"] == closed
            return so, result

        self._soon(look)

    def expect_photos(self, count: str) -> None:
        self._soon(lambda: (len(found := self.guest.photos()) == int(count), found))

    def expect_queued(self, kind: str, count: str) -> None:
        self._rows(f"select count(*) from outbox where kind = '{kind}'", int(count))

    def expect_event(self, name: str) -> None:
        def look() -> tuple[bool, object]:
            found = self.guest.rows(f"select count(*) from events where name = '{name}'")
            return found[0][0] > 0, found

        self._soon(look)

    def expect_problem(self, code: str) -> None:
        def look() -> tuple[bool, object]:
            found = [problem["code"] for problem in self.guest.status()["problems"]]
            return (code in found) if code != "none" else not found, found

        self._soon(look)

    def expect_stamp(self, clock: str) -> None:
        query = "select clock from sheets order by id desc limit 1"
        self._rows(query, Clock[clock.upper()].value)

    def expect_notice(self, name: str) -> None:
        def look() -> tuple[bool, object]:
            shown = self.guest.status()["lights"].get("all", {"signal": "none"})
            return shown["signal"] == name, shown

        self._soon(look)

    def expect_sound(self, name: str) -> None:
        since = self._heard_at

        def look() -> tuple[bool, object]:
            found, self._heard_at = self.guest.sound(since)
            return (found.value if found else "none") == name, found

        self._soon(look)

    def expect_off(self) -> None:
        self._soon(lambda: (not self.machine.on, "still on"))

    def expect_centre(self, what: str, count: str) -> None:
        """`expect centre results N`, `evidence N`, `photos N`: so many are committed there."""
        table = {"results": results, "evidence": evidence, "photos": photos}[what]
        held = self.outside.held()

        def look() -> tuple[bool, object]:
            with held.database.read() as connection:
                found = connection.scalar(select(func.count()).select_from(table))
            return found == int(count), found

        try:
            self._soon(look)
        finally:
            held.close()

    def expect_restart(self, _within: str, seconds: str) -> None:
        """`expect restart within S`: systemd has started the kiosk once more."""
        self._soon(lambda: ((now := self._starts()) > self.started, now), float(seconds))
        self.guest.await_serving()

    def expect_reboot(self, _within: str, seconds: str) -> None:
        """`expect reboot within S`: the hardware's watchdog has started the computer anew."""

        def look() -> tuple[bool, object]:
            try:
                now = self.machine.boot_id()
            except EnvironmentFault as silent:
                return False, silent
            return now != self.boot_id, now

        self._soon(look, float(seconds))
        self._heard_at = self.guest.watch()
        self.agent.call("date", "-s", f"@{time.time():.3f}")
        self.guest.await_serving()

    def _starts(self) -> int:
        said = self.agent.run("systemctl", "show", "-P", "NRestarts", "tpsbox-kiosk").out
        return int(said or 0)

    def _light(self, light: Light, signal: str) -> None:
        wanted = SIGNALS[Signal(f"{light.value}.{signal}")].pattern
        self._soon(lambda: ((found := self.guest.light(light)) is wanted, found))

    def _rows(self, query: str, count: int) -> None:
        self._soon(lambda: ((found := self.guest.rows(query)) == [[count]], found))

    def _soon(self, look: Callable[[], tuple[bool, object]], seconds: float = SOON) -> None:
        end = time.monotonic() + seconds
        while True:
            so, found = look()
            if so:
                return
            assert time.monotonic() < end, found
            time.sleep(0.5)
