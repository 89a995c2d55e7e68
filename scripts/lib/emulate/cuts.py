"""Power cuts at random moments of work, and a control without syncs that must lose something.

What was told to people or programs counts as promised: a camera light that stands still after a
press (the photos kept by then), an outcome "closed" (the results made by then), an item stored at
the box (its receipt) which then must be at the centre. After each cut the box boots from its disk
and everything promised before must be there, byte for byte.
"""

from __future__ import annotations

import threading
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tpsbox.board.pins import BUTTON_PIN
from tpsbox.board.signals import SIGNALS, Light, Pattern, Signal
from tpsbox.errors import EnvironmentFault

from emulate.bench import PRESS_SECONDS, Bench
from emulate.guest import DATA, UNITS, Guest
from emulate.scenarios import Played, Result
from emulate.stages import Stage

WITH, WITHOUT = "power_cuts", "power_cuts_without_sync"
NAMES = (WITH, WITHOUT)

SHEETS = ("p1", "p2", "p3", "p2b")
TROUBLES = tuple(SIGNALS[s].pattern for s in (Signal.FAULT, Signal.DISK, Signal.FAILED))
KEPT_SECONDS = 180.0
LATEST = 25.0
"""A cut comes at most so many seconds after the first promise since the boot."""
LATEST_CONTROL = 2.0
"""Linux writes by itself what is older than 30 s; a loss must not be left to luck."""
CONTROL_CUTS = 3
"""Without syncs at least one of so many cuts must lose something that was promised."""

RESULTS = "select lower(hex(id)) from results"

NO_SYNC = """\
[Service]
Environment=LD_PRELOAD=libeatmydata.so
"""


@dataclass
class Promised:
    """What the box has said it has; `photos` are SHA-256 in hex, the others ids in hex."""

    photos: set[str] = field(default_factory=set)
    results: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)

    @property
    def count(self) -> int:
        """All of it."""
        return len(self.photos) + len(self.results) + len(self.stored)

    def lost(self, guest: Guest, at_centre: set[bytes]) -> list[str]:
        """What of it is not there now, in words."""
        photos = guest.photos()
        whole = {sha for path, sha in photos.items() if sha in path}
        rows = {row[0] for row in guest.rows("select photo from sheets")}
        results = {row[0] for row in guest.rows(RESULTS)}
        items = {item["id"] for item in guest.outbox() if item["state"] == "stored"}
        return [
            *(f"photo {sha[:8]}" for sha in sorted(self.photos - whole)),
            *(f"row of photo {sha[:8]}" for sha in sorted(self.photos - rows)),
            *(f"result {id[:8]}" for id in sorted(self.results - results)),
            *(f"receipt of {id[:8]}" for id in sorted(self.stored - items)),
            *(
                f"{id[:8]} at the centre"
                for id in sorted(self.stored - {i.hex() for i in at_centre})
            ),
        ]


class Evening:
    """Presses, holds and sending, until the power goes.

    Without syncs it goes soon after a result: that lies in the database alone, while a photo is on
    its way to the disk anyway, since the box has it read back from there.
    """

    def __init__(
        self, bench: Bench, random: Random, note: Callable[[str], None], *, syncs: bool
    ) -> None:
        self.bench = bench
        self.promised = Promised()
        self._random = random
        self._syncs = syncs
        self.note = note
        self._first = threading.Event()
        self._cutting = threading.Event()

    def until_cut(self) -> None:
        """Work; the power goes at a random moment after the first promise."""
        self._first.clear()
        self._cutting.clear()
        cutter = threading.Thread(target=self._cut_later)
        cutter.start()
        try:
            while True:
                self._press()
                if not self._syncs or self._random.random() < 0.5:
                    self._close()
                if self._syncs:
                    self._look_at_receipts()
        except EnvironmentFault:
            if not self._cutting.is_set():
                raise  # that was no power cut
        finally:
            self._first.set()
            cutter.join()

    def _cut_later(self) -> None:
        self._first.wait()
        time.sleep(self._random.uniform(0, LATEST if self._syncs else LATEST_CONTROL))
        self.note(f"cut, with {self.promised.count} promises")
        self._cutting.set()
        self.bench.machine.cut()

    def _press(self) -> None:
        bench = self.bench
        bench.lay(self._random.choice(SHEETS))
        ends = (Pattern.STEADY, *TROUBLES)
        shown: Pattern | None = None
        while shown is not Pattern.STEADY:  # nobody was promised a photo that failed: again
            since = bench.guest.now()
            bench.agent.pull(BUTTON_PIN, PRESS_SECONDS)
            end = time.monotonic() + KEPT_SECONDS
            while (shown := bench.guest.light(Light.CAMERA, since)) not in ends:
                if time.monotonic() > end:
                    raise EnvironmentFault("the camera light does not say what came of a press")
                time.sleep(0.3)
        self.note("a photo is kept")
        self.promised.photos |= set(bench.guest.photos().values())
        if self._syncs:
            self._first.set()

    def _close(self) -> None:
        """Hold, and again if sheets are missing."""
        kind = self._hold()
        if kind == "incomplete":
            kind = self._hold()
        if kind == "closed":
            self.promised.results |= {row[0] for row in self.bench.guest.rows(RESULTS)}
            self._first.set()

    def _hold(self) -> str:
        self.bench.do_hold("2")
        self.note(f"held: {self.bench.outcome}")
        return self.bench.outcome[0] if self.bench.outcome else ""

    def _look_at_receipts(self) -> None:
        items = self.bench.guest.outbox()
        self.promised.stored |= {i["id"] for i in items if i["state"] == "stored"}


def play(name: str, stage: Stage, chosen: Namespace) -> Played:
    """The cuts, or the control of them."""
    began = time.monotonic()
    outside = stage.fresh()
    outside.start()
    bench = Bench(stage.machine, outside)
    syncs = name == WITH
    random = Random(chosen.seed)
    evening = Evening(bench, random, lambda words: stage.note(f"{name} {words}"), syncs=syncs)
    number = chosen.cuts if syncs else CONTROL_CUTS
    done = 0
    lost: list[str] = []
    try:
        bench.do_enrol()
        if not syncs:
            _leave_out_syncs(bench)
        while done < number and not lost:
            evening.until_cut()
            done += 1
            bench.machine.power_on()
            evening.note(f"the guest answers {bench.machine.booted_in:.0f} s after power on")
            lost = _lost(evening, bench)
            evening.note(f"lost: {', '.join(lost) or 'nothing'}")
        if syncs and not lost:
            lost = _all_arrives(bench)
    except (AssertionError, EnvironmentFault) as error:
        return Played(name, "failed", time.monotonic() - began, done, number, str(error))
    finally:
        outside.close()
    bites = bool(lost) is not syncs
    why = f"{evening.promised.count} promises; lost: {', '.join(lost) or 'nothing'}"
    result: Result = "passed" if bites else "failed"
    return Played(name, result, time.monotonic() - began, done, number, why)


def _leave_out_syncs(bench: Bench) -> None:
    for unit in UNITS:
        folder = f"/etc/systemd/system/{unit}.service.d"
        script = f"mkdir -p {folder}; cat >{folder}/no-sync.conf"
        bench.agent.call("sh", "-c", script, text=NO_SYNC)
    # What is on the disk by now stays: only what comes after this is not synced.
    bench.agent.call("sh", "-c", "systemctl daemon-reload; sync")
    bench.agent.call("systemctl", "restart", *UNITS, timeout=400)
    bench.guest.await_serving()


def _lost(evening: Evening, bench: Bench) -> list[str]:
    try:
        bench.guest.await_serving()
    except EnvironmentFault as error:
        return [f"the box itself: {error}"]
    held = bench.outside.held()
    try:
        lost = evening.promised.lost(bench.guest, held.committed())
    finally:
        held.close()
    whole = bench.guest.rows("pragma integrity_check")
    return lost if whole == [["ok"]] else [*lost, f"{DATA}/tpsbox.db: {whole}"]


def _all_arrives(bench: Bench) -> list[str]:
    """Close, let all of it be sent, and compare by content; what is missing or there twice."""
    bench.lay("p1")
    bench.do_press("p1")
    for _ in range(2):
        bench.do_hold("2")
    bench.do_centre("stored", "all")
    held = bench.outside.held()
    try:
        contents = held.contents()
        twice = len(contents) - len(set(contents)) + held.numbers_used_twice()
        missing = {bytes.fromhex(i["id"]) for i in bench.guest.outbox()} - held.committed()
    finally:
        held.close()
    return [f"{id.hex()[:8]} at the centre" for id in missing] + ["something came twice"] * twice
