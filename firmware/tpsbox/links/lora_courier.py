"""Brings records to the network frame by frame, and finds the centre's answers in what comes back.

Class A: the network can speak only after the box has, so while a receipt is awaited the box sends
a few nearly empty frames, further and further apart. All of it stays within the hour's air time.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

from tpsbox.errors import AnswerError, InputError
from tpsbox.links.airtime import FASTEST, AirBudget, frame_limit, frame_time
from tpsbox.links.fragments import MISSING_BYTES, Missing, cut, read_missing, tag_of
from tpsbox.links.lora_modem import Downlink, LoraModem, Outcome, Sent
from tpsbox.links.port import (
    Answered,
    Dropped,
    Failed,
    LinkEvent,
    Moved,
    Parcel,
    RetryLater,
    Taken,
    WaitForNetwork,
)
from tpsbox.record.short_receipt import verify_short

log = logging.getLogger(__name__)

RECORD_PORT = 10
FRAGMENT_PORT = 11

REMEMBERED = 32
"""Records whose receipt may still come; older ones are sent again before that matters."""
TRIES = 3
"""How often a frame is offered to a modem that refuses it."""
LONGEST_PAUSE = 5.0
"""Seconds that a refused frame waits here; beyond it, the outbox waits."""
NUDGES = (4.0, 8.0, 16.0, 32.0)
"""Seconds of silence before each nearly empty frame; then the outbox sends the record again."""
SILENCES = 4
"""Confirmed frames in a row without an ACK: as many as there are data rates within 400 ms."""
REPAIRS = 4
"""How often parts that the centre lacks are sent again before the outbox sends them all."""


class Delivery:
    """A record that was sent, and how far that got."""

    def __init__(self, parcel: Parcel) -> None:
        self.id = parcel.id
        self.record = parcel.body
        self.frames: tuple[bytes, ...] = ()
        self.answered = False
        self.nudges = len(NUDGES)
        self.nudge_at = 0.0
        self.repairs = 0


class Courier:
    """The work of the link on an open modem, for one thread.

    `key` is the box's secret for short receipts (32 bytes), `tell` takes the events, `clock` gives
    monotonic seconds, `random` numbers from 0 to 1, and `pause` waits some seconds.
    """

    def __init__(
        self,
        modem: LoraModem,
        key: bytes,
        dwell_ms: int,
        budget: AirBudget,
        *,
        tell: Callable[[LinkEvent], None],
        clock: Callable[[], float],
        random: Callable[[], float],
        pause: Callable[[float], None],
    ) -> None:
        self._modem = modem
        self._key = key
        self._dwell_ms = dwell_ms
        self._budget = budget
        self._tell = tell
        self._clock = clock
        self._random = random
        self._pause = pause
        self._rate = FASTEST
        self._silences = 0
        self._sent: OrderedDict[bytes, Delivery] = OrderedDict()
        self._gaps: dict[bytes, Missing] = {}

    def deliver(self, parcel: Parcel) -> None:
        """Send a record and tell whether the network took it.

        Raises:
            WaitForNetwork: the modem is gone or has lost its session.
        """
        delivery = Delivery(parcel)
        self._sent[parcel.id] = delivery
        self._sent.move_to_end(parcel.id)
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        self._attempt(delivery, None)

    def tend(self) -> None:
        """What is due between deliveries: missing parts, and frames that let the network speak.

        Raises:
            WaitForNetwork: the modem is gone or has lost its session.
        """
        self._modem.listen()
        self._take_downlinks()
        while self._gaps:
            id, missing = self._gaps.popitem()
            delivery = self._sent.get(id)
            if delivery is not None and not delivery.answered and delivery.repairs < REPAIRS:
                delivery.repairs += 1
                self._attempt(delivery, missing)
        now = self._clock()
        waiting = [d for d in self._sent.values() if not d.answered and d.nudges < len(NUDGES)]
        if any(delivery.nudge_at <= now for delivery in waiting):
            self._nudge(waiting)

    def _attempt(self, delivery: Delivery, missing: Missing | None) -> None:
        try:
            more = self._transmit(delivery, missing)
        except RetryLater as fault:
            self._tell(Failed(delivery.id, fault))
        else:
            delivery.nudges = 0
            self._schedule(delivery, at_once=more)
            self._tell(Moved(delivery.id) if missing else Taken(delivery.id))
        self._take_downlinks()

    def _transmit(self, delivery: Delivery, missing: Missing | None) -> bool:
        """Send the whole record or what is missing of it; the last frame asks for an ACK.

        Whether the network has more for this box.
        """
        port, frames = self._frames(delivery, missing)
        wait = self._budget.wait(sum(frame_time(self._rate, len(frame)) for frame in frames))
        if wait:
            raise RetryLater(f"this hour's air time is used up: {wait:.0f} s to wait")
        for frame in frames[:-1]:
            self._send(port, frame, confirmed=False)
        sent = self._send(port, frames[-1], confirmed=True)
        if sent.outcome is not Outcome.DELIVERED:
            self._change_rate()
            raise RetryLater("nobody acknowledged it: it may have arrived or not")
        self._silences = 0
        return sent.more

    def _frames(self, delivery: Delivery, missing: Missing | None) -> tuple[int, tuple[bytes, ...]]:
        """Port and payloads for the present data rate; parts once cut are kept while they fit."""
        self._modem.set_rate(self._rate)
        limit = self._limit()
        if missing is not None and all(len(frame) <= limit for frame in delivery.frames):
            lacking = [f for i, f in enumerate(delivery.frames) if i in missing.indexes]
            if lacking:
                return FRAGMENT_PORT, tuple(lacking)
        if len(delivery.record) <= limit:
            delivery.frames = ()
            return RECORD_PORT, (delivery.record,)
        try:
            delivery.frames = cut(delivery.id, delivery.record, limit)
        except InputError as error:
            raise RetryLater(f"{error}: the network must allow more, or another link") from error
        return FRAGMENT_PORT, delivery.frames

    def _limit(self) -> int:
        """Bytes that the next frame may hold: what the modem says, within the dwell limit."""
        return min(self._modem.max_length(), frame_limit(self._rate, self._dwell_ms))

    def _send(self, port: int, frame: bytes, *, confirmed: bool) -> Sent:
        for _ in range(TRIES):
            if len(frame) > self._limit():
                sent = Sent(Outcome.TOO_LONG)
            else:
                sent = self._modem.send(port, frame, confirmed)
            if sent.outcome in (Outcome.DELIVERED, Outcome.UNKNOWN):
                # Without an ACK the modem itself has sent a confirmed frame twice.
                times = 2 if confirmed and sent.outcome is Outcome.UNKNOWN else 1
                self._budget.spend(times * frame_time(self._rate, len(frame)))
                return sent
            self._overcome(sent)
        raise RetryLater(f"the modem does not send now: {sent.outcome.value}")

    def _overcome(self, sent: Sent) -> None:
        """Do what lets a refused frame go at the next try."""
        if sent.outcome is Outcome.NOT_JOINED:
            raise WaitForNetwork("the modem has lost its session: it must join again")
        if sent.outcome is Outcome.TOO_LONG:
            self._modem.nudge()  # MAC commands that wait take up room: let them go first
            self._budget.spend(frame_time(self._rate, 1))
            return
        if sent.wait > LONGEST_PAUSE:
            raise RetryLater(f"the modem asks for a pause of {sent.wait:.0f} s")
        self._pause(sent.wait + self._random())

    def _change_rate(self) -> None:
        """One step slower after silence; after the slowest the fastest, which costs least.

        Raises:
            WaitForNetwork: the network has been silent for so long that a new session is needed.
        """
        self._silences += 1
        if self._silences >= SILENCES:
            raise WaitForNetwork("the LoRaWAN network has stopped answering: joining anew")
        slower = self._rate - 1
        self._rate = slower if frame_limit(slower, self._dwell_ms) else FASTEST

    def _nudge(self, waiting: list[Delivery]) -> None:
        for delivery in waiting:
            delivery.nudges += 1
            self._schedule(delivery, at_once=False)
        airtime = frame_time(self._rate, 1)
        if self._budget.wait(airtime):
            return
        sent = self._modem.nudge()
        if sent.outcome is Outcome.NOT_JOINED:
            self._overcome(sent)
        if sent.outcome is Outcome.UNKNOWN:
            self._budget.spend(airtime)
        if sent.more:
            for delivery in waiting:
                self._schedule(delivery, at_once=True)
        self._take_downlinks()

    def _schedule(self, delivery: Delivery, *, at_once: bool) -> None:
        if delivery.nudges < len(NUDGES):
            pause = 0.0 if at_once else NUDGES[delivery.nudges] * (1 + self._random() / 4)
            delivery.nudge_at = self._clock() + pause

    def _take_downlinks(self) -> None:
        for downlink in self._modem.downlinks():
            if downlink.port == RECORD_PORT:
                self._tell(self._answer(downlink.data))
            elif downlink.port == FRAGMENT_PORT and len(downlink.data) == MISSING_BYTES:
                self._note_gaps(downlink)
            else:
                self._tell(Dropped(f"a downlink on port {downlink.port} that nobody expects"))

    def _answer(self, receipt: bytes) -> LinkEvent:
        for delivery in reversed(self._sent.values()):
            try:
                kind = verify_short(receipt, delivery.id, self._key)
            except AnswerError:
                continue
            delivery.answered = True
            return Answered(delivery.id, kind, receipt)
        return Dropped("a short receipt that is for nothing this box has just sent")

    def _note_gaps(self, downlink: Downlink) -> None:
        try:
            missing = read_missing(downlink.data)
        except InputError as error:
            self._tell(Dropped(str(error)))
            return
        for delivery in self._sent.values():
            if delivery.frames and tag_of(delivery.id) == missing.tag and missing.indexes:
                self._gaps[delivery.id] = missing
