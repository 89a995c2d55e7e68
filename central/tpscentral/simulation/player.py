"""Plays a day: every message at its time, by the very code that takes in those of real boxes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from random import Random

from tpsbox.forms.election import Election
from tpsbox.record.topics import ONLINE, result_topic, status_topic

from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.intake import Intake
from tpscentral.outcome import RefusalError
from tpscentral.results import Arrival, take_results
from tpscentral.rollup import freshen
from tpscentral.simulation.boxes import Box, enrol_boxes
from tpscentral.simulation.day import Sending
from tpscentral.tally import tally_all
from tpscentral.words import hours_ahead

POLLS_CLOSE = 13
"""O'clock, local time (UU 10/2016 and PKPU on voting: 7.00 to 13.00)."""
STEP = 0.25
"""Seconds of real time between two looks for what has arrived."""


def polls_closed(election: Election, tps: str) -> int:
    """When the polls of an election close, in unix seconds, by the zone of a TPS."""
    day = datetime.fromisoformat(election.date).replace(hour=POLLS_CLOSE, tzinfo=UTC)
    return int(day.timestamp()) - 3600 * hours_ahead(tps)


class Player:
    """Gives a centre, one after the other, what the boxes of a region send."""

    def __init__(
        self,
        folder: Folder,
        database: Database,
        election: Election,
        boxes: Mapping[str, Box],
        dice: Random,
    ) -> None:
        """`boxes` are enrolled, one of each TPS that sends anything."""
        self._folder, self._database = folder, database
        self._election, self._boxes, self._dice = election, dict(boxes), dice
        self._step = self._hour = 0
        self._begin = polls_closed(election, next(iter(boxes)))
        self._now = float(self._begin)
        self._intake = Intake(folder, database, self.now)
        self.received = 0

    def now(self) -> float:
        """The time of the simulated day, in unix seconds."""
        return self._now

    def play(
        self,
        day: Sequence[Sending],
        seconds: float,
        stop: threading.Event,
        between: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        """Let a day pass in so many seconds of real time; `stop` ends it early.

        `between` is called after each step, `tell` with one line about it.

        Raises:
            EnvironmentFault: disk or database cannot take it.
        """
        steps = max(1, round(seconds / STEP))
        length = day[-1].arrives if day else 0.0
        for index, part in groupby(day, lambda one: min(steps, int(one.arrives / length * steps))):
            while self._step < index and not stop.wait(STEP if seconds else 0.0):
                self._step += 1
            if stop.is_set():
                return
            self._take(list(part))
            between()
            self._say(tell)

    def send(self, tps: str) -> None:
        """Let the box of a TPS send what it states, now and over a network."""
        since = self._now - self._begin
        self._take([Sending(since, tps, "result", since, "mqtt")])

    def _take(self, sent: list[Sending]) -> None:
        """What arrived since the last look; all of it counts when this returns."""
        for one in sent:
            self._now = max(self._now, self._begin + one.arrives)
            self._receive(one)
        self._count()

    def _receive(self, one: Sending) -> None:
        record = self._record(one)
        if one.via == "mqtt":
            self._intake.handle(status_topic(one.tps), ONLINE)
            self._intake.handle(result_topic(one.tps), record)
        else:
            arrival = [Arrival(one.tps, record)]
            elections = self._folder.elections
            [outcome] = take_results(
                self._database, elections, arrival, int(self._now), via=one.via
            )
            if isinstance(outcome, RefusalError):
                raise outcome
        self.received += 1

    def _record(self, one: Sending) -> bytes:
        box, stated = self._boxes[one.tps], int(self._begin + one.stated)
        if one.kind == "replaced":
            spare = Box(self._election, one.tps, box.epoch + 1, self._dice)
            spare.contests = box.contests
            with self._database.write() as connection:
                enrol_boxes(connection, [spare], int(self._now))
            self._boxes[one.tps] = box = spare
        elif one.kind == "twice":
            return box.other_record(stated, self._dice)
        elif one.kind == "again":
            box.correct(self._dice)
        return box.record(stated)

    def _count(self) -> None:
        tally_all(self._database, self._folder.elections)
        while freshen(self._database):
            pass

    def _say(self, tell: Callable[[str], None]) -> None:
        """One line an hour."""
        hour = int(self._now - self._begin) // 3600
        if hour > self._hour:
            self._hour = hour
            tell(f"{(POLLS_CLOSE + hour) % 24:02d}.00  {self.received} results")


def boxes_of(election: Election, day: Sequence[Sending], dice: Random) -> Iterator[Box]:
    """A box for each TPS that sends anything."""
    for tps in sorted({one.tps for one in day}):
        yield Box(election, tps, 1, dice)
