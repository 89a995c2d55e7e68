"""Reads the photos that were kept: beside the button, or after a power cut."""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tpsbox.errors import AnswerError, EnvironmentFault
from tpsbox.kiosk.eye import UNREADABLE, Look, Refused, Seen
from tpsbox.store.events import Event
from tpsbox.store.files import Disk, put_file, put_folder
from tpsbox.store.sheets import Sheet
from tpsbox.store.store import Store

log = logging.getLogger(__name__)

MOST_DEATHS = 3
"""A photo in whose reading the program ended so often is refused: else it might at every start."""
MOST_FAULTS = 3
"""So often a photo's file may fail to be read back before it is given up."""

RUN, STARTED, READ, REFUSED = "kiosk_start", "read_start", "read", "refused"
"""Names of events."""

HEADINGS = "headings"


class Done(msgspec.Struct, frozen=True):
    """One photo dealt with: `seen`, refused, or not dealt with because of a `fault`."""

    sheet: Sheet
    seen: Seen | None = None
    refused: str = ""
    fault: Exception | None = None


class Reader:
    """Works through the photos in status `taken`, one at a time, whichever thread asks."""

    def __init__(self, store: Store, look: Look) -> None:
        """Count in which readings earlier runs ended; the event RUN opens each of them.

        Raises:
            EnvironmentFault: the disk fails.
        """
        self._store = store
        self._look = look
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._put_off: set[int] = set()
        self._deaths = _deaths(store.events.list())
        self._faults: Counter[int] = Counter()
        self.done: queue.SimpleQueue[Done] = queue.SimpleQueue()

    def wake(self) -> None:
        """There is something to read, or a fault may be over."""
        self._put_off.clear()
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Read whatever comes until `stop` is set; `wake` after setting it."""
        while not stop.is_set():
            self._wake.wait()
            self._wake.clear()
            while not stop.is_set() and self.read_one():
                pass

    def read_all(self) -> None:
        """Read what is there now; returns when nothing is left but what a fault put off."""
        while self.read_one():
            pass

    def read_one(self) -> bool:
        """Deal with the oldest unread photo; False if there is none."""
        with self._lock:
            try:
                waiting = self._store.sheets.list(kind="sheet", status="taken")
            except EnvironmentFault as fault:
                log.error("%s", fault)
                return False  # woken again by the next press
            sheet = next((s for s in waiting if s.id not in self._put_off), None)
            if sheet is None:
                return False
            try:
                self.done.put(self._read(sheet))
            except Exception as fault:  # nothing that a photo or the disk does ends the kiosk
                log.error("sheet %d: %s: %s", sheet.id, type(fault).__name__, fault)
                self._put_off.add(sheet.id)
                self.done.put(Done(sheet, fault=fault))
            return True

    def _read(self, sheet: Sheet) -> Done:
        found = self._try(sheet)
        if isinstance(found, Refused):
            self._store.sheets.reject(sheet.id, found.reason)
            self._store.events.add(REFUSED, {"sheet": sheet.id, "reason": found.reason})
            return Done(sheet, refused=found.reason)
        self._keep_heading(sheet, found)
        self._store.sheets.set_reading(
            sheet.id,
            contest=found.contest,
            form=found.form,
            page=found.page,
            reading=found.reading,
            sharpness=found.sharpness,
        )
        self._store.events.add(
            READ, {"sheet": sheet.id, "contest": found.contest, "page": found.page}
        )
        return Done(sheet, found)

    def _try(self, sheet: Sheet) -> Seen | Refused:
        if self._deaths[sheet.id] >= MOST_DEATHS or self._faults[sheet.id] >= MOST_FAULTS:
            return Refused(UNREADABLE)
        self._store.events.add(STARTED, {"sheet": sheet.id})
        try:
            jpeg = self._store.photos.read(sheet.photo)
        except AnswerError:
            return Refused(UNREADABLE)  # the row is there and the file is not: it was taken away
        except EnvironmentFault:
            self._faults[sheet.id] += 1
            raise
        try:
            return self._look(jpeg)
        except Exception as error:  # a photo may bring any library to its limits
            log.error("sheet %d: %s: %s", sheet.id, type(error).__name__, error)
            return Refused(UNREADABLE)

    def _keep_heading(self, sheet: Sheet, seen: Seen) -> None:
        """For people to compare with the TPS of this box; nothing depends on it."""
        try:
            disk = Disk()
            path = heading_path(self._store.folder, sheet.id)
            put_folder(disk, path.parent)
            put_file(disk, path, seen.heading)
        except EnvironmentFault as fault:
            log.warning("%s", fault)


def _deaths(events: Iterable[Event]) -> Counter[int]:
    """How many runs ended while they read each sheet."""
    deaths: Counter[int] = Counter()
    reading: set[int] = set()
    for event in events:
        sheet = event.data.get("sheet")
        if event.name == RUN:
            deaths.update(reading)
            reading.clear()
        elif isinstance(sheet, int) and event.name == STARTED:
            reading.add(sheet)
        elif isinstance(sheet, int) and event.name in (READ, REFUSED):
            reading.discard(sheet)
    return deaths


def heading_path(data: Path, sheet: int) -> Path:
    """The picture of the heading of a sheet, by its row."""
    return data / HEADINGS / f"{sheet}.jpg"
