"""The night of one TPS in small: a box gets its keys, keeps a sheet, signs two results, sends all.

It goes on from whatever the store holds, as people would after a cut, and says each thing once it
is kept; what was said must be there ever after.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from faults_centre import Held
from faults_count import shown_stored
from faults_link import DeskLink
from tpsbox.links.port import LinkFault
from tpsbox.record.evidence import Evidence, encode_evidence
from tpsbox.record.signing import sign_result
from tpsbox.record.statement import (
    Clock,
    ContestResult,
    State,
    Statement,
    Value,
    encode_statement,
)
from tpsbox.record.tree import evidence_root
from tpsbox.store.outbox import ItemState
from tpsbox.store.store import Store
from tpsbox.uplink.carrier import Carrier

CONTEST, FORM = "ppwp", "ppwp-2024"
PAGES = (1,)
RESULTS = 2
LATER = 400.0
"""Seconds between two turns of the link: longer than any wait, so everything is due again."""

Say = Callable[[str], None]


def nothing() -> None:
    """A step at which nothing goes wrong."""


class Evening:
    """One TPS (13 digits) and the desk of its centre. `step` is what the link does at its calls."""

    def __init__(self, centre: Held, tps: str, step: Callable[[], None] = nothing) -> None:
        self._centre = centre
        self._intake = centre.intake()
        self.tps = tps
        self.step = step
        self.now = 1_732_700_000.0
        self.ahead: set[bytes] = set()
        """Items that the box called stored while the centre did not hold them."""

    def open(self, **options: object) -> Store:
        """A store under this evening's clock; see `Store` for the options."""
        return Store(**options, clock=lambda: self.now, random=lambda: 0.0)  # type: ignore[arg-type]

    def go_on(self, store: Store, say: Say) -> None:
        """Do what is still to be done, up to the last receipt.

        Raises:
            EnvironmentFault: a disk fails.
        """
        self._enrol(store, say)
        for page in PAGES:
            self._sheet(store, page, say)
        if not store.words.list():
            say(f"word {store.words.add(CONTEST, 'suara_sah', 'confirm', 212)}")
        while len(store.results.list()) < RESULTS:
            self._result(store, say)
        self._carry(store, say)

    def look(self, store: Store) -> None:
        """Compare the light with the truth."""
        self.ahead |= self._centre.lacks(shown_stored(store))

    def _enrol(self, store: Store, say: Say) -> None:
        if not store.identity.exists():
            election = self._centre.election
            store.identity.create(self.tps, election.name, election.package)
            say(f"key {store.identity.request().public_key}")
        if store.identity.enrolment() is None:
            self._centre.enrol(store)
            say("enrolled")

    def _sheet(self, store: Store, page: int, say: Say) -> None:
        sheets = store.sheets.list()
        sha = store.photos.keep(photo_of(self.tps, page))
        say(f"photo {sha}")
        row = next((sheet for sheet in sheets if sheet.photo == sha), None)
        sheet = row.id if row else store.sheets.add_photo(sha, self.now, Clock.RTC)
        say(f"sheet {sheet} {sha}")
        if row is None or row.status == "taken":
            leaf = self._evidence(sha, page)
            store.sheets.set_reading(
                sheet, contest=CONTEST, form=FORM, page=page, reading=b"{}", evidence=leaf
            )
        say(f"reading {sheet} {page}")

    def _result(self, store: Store, say: Say) -> None:
        enrolment = store.identity.enrolment()
        assert enrolment is not None, "enrolled before"
        sheets = store.sheets.list(status="read")
        leaves = [sheet.evidence for sheet in sheets if sheet.evidence is not None]
        number = store.results.reserve(enrolment.epoch)
        say(f"number {number}")
        statement = any_statement(
            self._centre, self.tps, enrolment.epoch, number, evidence_root(leaves)
        )
        data = encode_statement(statement, self._centre.election)
        record = sign_result(data, store.identity.signing_key())
        id = store.results.add_result(
            record,
            number=number,
            epoch=enrolment.epoch,
            evidence=leaves,
            photos=[sheet.photo for sheet in sheets],
        )
        say(f"result {id.hex()}")
        say(f"event {store.events.add('result', {'number': number}).n}")

    def _evidence(self, sha: str, page: int) -> bytes:
        return encode_evidence(
            Evidence(
                tps=self.tps,
                contest=CONTEST,
                form=FORM,
                page=page,
                photo=bytes.fromhex(sha),
                homography=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
                fields=(),
                words=(),
                entry="camera",
                firmware="0.1.0",
                model=bytes(32),
            )
        )

    def _carry(self, store: Store, say: Say) -> None:
        link = DeskLink(self._intake, store, lambda: self.step())
        carrier = Carrier(store, link, lambda: self.now)
        told: set[bytes] = set()
        while any(item.state is not ItemState.STORED for item in store.outbox.list()):
            try:
                carrier.turn(0.0)
            except LinkFault:
                store.outbox.recall()
            self.look(store)
            for id in shown_stored(store) - told:
                say(f"stored {id.hex()}")
                told.add(id)
            self.now += LATER


def photo_of(tps: str, page: int) -> bytes:
    """A photo that no other sheet has."""
    return b"\xff\xd8\xff" + f"{tps} {page} ".encode() * 200


def any_statement(centre: Held, tps: str, epoch: int, number: int, root: bytes) -> Statement:
    """A statement whose values hang on its TPS and number alone."""
    dice = Random(f"{tps} {epoch} {number}")
    fields = centre.election.form_of(CONTEST).fields
    values = tuple(Value(State.ACCEPTED, dice.randint(0, 300)) for _ in fields)
    return Statement(
        package=centre.election.package,
        tps=tps,
        epoch=epoch,
        number=number,
        time=1_732_700_000 + number,
        clock=Clock.RTC,
        contests=(ContestResult(CONTEST, True, values),),
        root=root,
    )
