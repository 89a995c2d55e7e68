"""The desk for what comes by LoRaWAN: the same intake as for MQTT, answered in short receipts.

Network server and radio are not trusted with anything: a record's own TPS and its signature by the
key enrolled for it decide, whichever device it came from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import select
from tpsbox.errors import InputError
from tpsbox.record.agreement import agreement_key, short_key
from tpsbox.record.short_receipt import make_short
from tpsbox.record.signing import record_id

from tpscentral.assembly import Assembly
from tpscentral.chirpstack import Device, Uplink, downlink, parse_event
from tpscentral.database import Database
from tpscentral.folder import Folder
from tpscentral.lora_frames import (
    FRAGMENT_PORT,
    RECORD_PORT,
    missing_frame,
    read_fragment,
    tag_of,
)
from tpscentral.outcome import RecordName, RefusalError, refuse
from tpscentral.pacing import Downlink, Pacer
from tpscentral.results import take_result
from tpscentral.schema import enrolments
from tpscentral.tally import tally

log = logging.getLogger("tpscentral.lorawan")

Message = tuple[str, bytes]
"""Topic and payload to publish."""


class LorawanDesk:
    """Takes the network server's events one at a time."""

    def __init__(
        self,
        folder: Folder,
        database: Database,
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        """`clock` gives unix seconds of arrival, `steady` seconds that never go back.

        Raises:
            EnvironmentFault, InputError: the folder cannot be read, or is not as init made it.
        """
        self._database = database
        self._clock = clock
        # Read now, so that a broken folder shows at the start and not with the first record.
        self._elections = folder.elections
        self._agreement = folder.agreement
        self._assembly = Assembly(steady)
        self._pacer = Pacer(steady)
        self.unusable = 0
        """Events and frames since the start that could not be understood."""
        self.strangers = 0
        """Records since the start that no enrolled box has signed."""

    def handle(self, topic: str, payload: bytes) -> list[Message]:
        """Take one event; what this returns may be published, for it is committed.

        Raises:
            EnvironmentFault: disk or database failed; the same event may be handled again.
        """
        try:
            event = parse_event(topic, payload)
            if isinstance(event, Uplink):
                self._pacer.heard(event.device)
                self._take(event)
            else:
                self._pacer.sent(event.device)
        except InputError as error:
            self.unusable += 1
            log.warning("unusable, no. %d: %s", self.unusable, str(error)[:300])
        return self.due()

    def due(self) -> list[Message]:
        """What is to be published now without any event; to be asked about once a second."""
        for device, tag, missing in self._assembly.silent():
            self._ask(device, tag, missing)
        return [downlink(one.device, one.port, one.data) for one in self._pacer.ready()]

    def idle(self) -> bool:
        """Let a few results count that wait for it; whether there may be more.

        Raises:
            EnvironmentFault: the database failed.
        """
        return bool(tally(self._database, self._elections))

    def _take(self, uplink: Uplink) -> None:
        # A box that only wants to listen sends an empty frame, or one on another port.
        if uplink.data and uplink.port == RECORD_PORT:
            self._record(uplink.device, uplink.data)
        elif uplink.data and uplink.port == FRAGMENT_PORT:
            self._fragment(uplink.device, uplink.data)

    def _fragment(self, device: Device, frame: bytes) -> None:
        piece = read_fragment(frame)
        progress = self._assembly.add(device, piece)
        missing = progress.missing
        if progress.record is not None:
            if tag_of(progress.record) != piece.tag:
                # Pieces of two records under one tag, or of a damaged one.
                missing = self._assembly.restart(device, piece.tag)
            elif not self._record(device, progress.record):
                self._assembly.forget(device, piece.tag)
        if missing:
            self._ask(device, piece.tag, missing)

    def _ask(self, device: Device, tag: int, missing: tuple[int, ...]) -> None:
        log.info("%s: %d pieces of record %d are missing", device.dev_eui, len(missing), tag)
        self._pacer.want(Downlink(device, FRAGMENT_PORT, missing_frame(tag, missing)))

    def _record(self, device: Device, record: bytes) -> bool:
        """Keep a record and answer it; whether an enrolled box has signed it."""
        now, id = int(self._clock()), record_id(record)
        try:
            outcome = take_result(self._database, self._elections, None, record, now, via="lorawan")
            name = outcome.record
        except RefusalError as error:
            name = error.signed
            # What nobody enrolled has signed may name any TPS: it is not put under one.
            tps = name.tps if name else ""
            outcome = refuse(self._database, tps, "result", id, error, now)
        if name is None or outcome.receipt is None:
            self.strangers += 1
            log.warning("%s: stranger no. %d: %s", device.dev_eui, self.strangers, outcome.note)
            return False
        log.info("%s: result %s %s: %s", device.dev_eui, name.tps, id.hex()[:16], outcome.note)
        receipt = make_short(outcome.receipt, name.epoch, name.number, id, self._key(name))
        self._pacer.want(Downlink(device, RECORD_PORT, receipt))
        return True

    def _key(self, name: RecordName) -> bytes:
        """The key of short receipts for the box of that TPS and epoch, which is enrolled."""
        table = enrolments.c
        own = select(table.agreement_key).where(table.tps == name.tps, table.epoch == name.epoch)
        with self._database.read() as connection:
            [[public]] = connection.execute(own)
        return short_key(self._agreement, agreement_key(public), name.tps)
