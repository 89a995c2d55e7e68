"""Many boxes with signed results, and a look at all of them and the centre at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from faults_centre import Held, tps_code
from faults_count import Tally, contents_of
from faults_evening import any_statement
from faults_programs import Program, uplinks_program
from tpsbox.record.signing import sign_result
from tpsbox.record.statement import encode_statement
from tpsbox.store.store import DATABASE, Store

BOXES_PER_PROCESS = 10
LOOK = 0.5
"""Seconds between two looks at the lights."""


class Fleet:
    """Boxes below a folder, enrolled, each with results that wait to be sent."""

    def __init__(self, centre: Held, folder: Path, boxes: int, records: int) -> None:
        """Prepare `boxes` boxes with `records` results in all."""
        self.centre = centre
        self.folder = folder
        self.boxes = [folder / f"box-{number:03d}" for number in range(boxes)]
        for number, box in enumerate(self.boxes):
            share = records // boxes + (number < records % boxes)
            _prepare(centre, box, tps_code(number), share)
        self.ahead: set[bytes] = set()
        self._known: set[bytes] = set()
        self._waiting = records

    def uplinks(self, within: Sequence[str] = ()) -> list[Program]:
        """Programs that carry all boxes."""
        return [
            uplinks_program(
                self.boxes[first : first + BOXES_PER_PROCESS],
                self.folder / f"uplinks-{first:03d}.log",
                within,
            )
            for first in range(0, len(self.boxes), BOXES_PER_PROCESS)
        ]

    @property
    def waiting(self) -> int:
        """How many items were not shown as stored at the last look."""
        return self._waiting

    def look(self) -> None:
        """First what every box shows as stored, then what the centre has committed."""
        shown: set[bytes] = set()
        self._waiting = 0
        for box in self.boxes:
            stored, others = _states(box)
            shown |= stored
            self._waiting += others
        if not shown <= self._known:
            self._known = self.centre.committed()
        self.ahead |= shown - self._known

    def count(self, tally: Tally) -> None:
        """Compare by content what all boxes keep with what the centre holds."""
        kept: list[bytes] = []
        due: list[bytes] = []
        for box in self.boxes:
            with Store(box) as store:
                kept += contents_of(store)
                due += contents_of(store, due=True)
        tally.compare(kept, self.centre.contents(), due)
        tally.doubled += self.centre.numbers_used_twice()
        tally.ahead += len(self.ahead)
        if self._waiting:
            tally.notes.append(f"{self._waiting} items had no receipt yet when time was up")


def watch(fleet: Fleet, seconds: float, turn: Callable[[], None]) -> float:
    """Look until every item is stored, at most for some seconds; how long that was.

    `turn` is called between two looks: it does the damage.
    """
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        fleet.look()
        if not fleet.waiting:
            break
        turn()
        time.sleep(LOOK)
    return time.monotonic() - start


def _prepare(centre: Held, box: Path, tps: str, records: int) -> None:
    with Store(box) as store:
        store.identity.create(tps, centre.election.name, centre.election.package)
        centre.enrol(store)
        enrolment = store.identity.enrolment()
        assert enrolment is not None, "just enrolled"
        key = store.identity.signing_key()
        for _ in range(records):
            number = store.results.reserve(enrolment.epoch)
            statement = any_statement(centre, tps, enrolment.epoch, number, bytes(16))
            record = sign_result(encode_statement(statement, centre.election), key)
            store.results.add_result(record, number=number, epoch=enrolment.epoch)


def _states(box: Path) -> tuple[set[bytes], int]:
    """The ids that a box shows as stored, and how many others it has."""
    connection = sqlite3.connect(f"file:{box / DATABASE}?mode=ro", uri=True, timeout=30.0)
    try:
        rows = connection.execute("SELECT id, state FROM outbox").fetchall()
    finally:
        connection.close()
    stored = {id for id, state in rows if state == "stored"}
    return stored, len(rows) - len(stored)
