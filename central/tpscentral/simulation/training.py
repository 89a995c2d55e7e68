"""A training centre: everything that it needs before the polls close, and the day itself."""

from __future__ import annotations

import argparse
import secrets
import sys
import threading
from hashlib import sha256
from itertools import islice
from random import Random

from tpsbox.errors import AnswerError, InputError, UsageError
from tpsbox.forms.election import Election, load_election, shipped_elections
from tpsbox.record.enrolment import Broker

from tpscentral.attachments import take_evidence, take_photo
from tpscentral.database import Database
from tpscentral.levels import check_region
from tpscentral.setup import create
from tpscentral.simulation.boxes import enrol_boxes
from tpscentral.simulation.day import plan_day
from tpscentral.simulation.officers import Plenaries, accounts_of, make_accounts
from tpscentral.simulation.paper import Drawing
from tpscentral.simulation.player import Player, boxes_of, polls_closed

BROKER = Broker("127.0.0.1", 8883)
"""Named in the folder as in every other; nothing is sent through it here."""
BEFORE = 7 * 24 * 3600
"""Seconds before the polls close at which boxes are enrolled and accounts made."""


def election_of(region: str, name: str | None) -> Election:
    """The election to play: the one named, or the only one shipped that covers the region.

    Raises:
        InputError: no code of a kab/kota, or no election of it.
        UsageError: several, and none is named.
    """
    check_region(region)
    names = [name] if name else list(shipped_elections())
    found = [e for e in map(load_election, names) if e.region and e.region.kode == region]
    if not found:
        raise InputError(f"region {region}: no election lists it; name a file with --election")
    if len(found) > 1:
        known = ", ".join(election.name for election in found)
        raise UsageError(f"region {region}: name one with --election: {known}")
    return found[0]


class Training:
    """A training centre with everything that it needs before the polls close."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        """Make the folder, the boxes and the accounts.

        Raises:
            InputError, UsageError: no such election.
            AnswerError: the folder is in use.
            EnvironmentFault: the disk does not take it.
        """
        self.election = election_of(chosen.region, chosen.election)
        self.dice = Random(chosen.seed)
        self.password = "-".join(secrets.token_hex(2) for _ in range(3))
        self.folder = create(
            chosen.data.absolute(), BROKER, [chosen.election or self.election.name], training=True
        )
        self.database = Database(self.folder.database)
        everything = plan_day(self.election.all_tps(), self.dice)
        self._boxes = {box.tps: box for box in boxes_of(self.election, everything, self.dice)}
        now = polls_closed(self.election, self.election.all_tps()[0]) - BEFORE
        with self.database.write() as connection:
            enrol_boxes(connection, self._boxes.values(), now)
            make_accounts(connection, accounts_of(self.election), self.password, now)
        at_once = (one.tps for one in everything if one.kind == "result" and one.via == "mqtt")
        shown = tuple(islice(at_once, chosen.papers))
        self._day = [one for one in everything if one.tps not in shown]
        self._drawing = Drawing(self.election, shown, chosen.seed)
        self._player = Player(self.folder, self.database, self.election, self._boxes, self.dice)

    def play(self, seconds: float, plenaries: int, stop: threading.Event) -> None:
        """The day, the photos of a few TPS, and the plenaries of the first kecamatan.

        Raises:
            EnvironmentFault: disk or database cannot take it.
        """
        self._drawing.start()
        self._player.play(self._day, seconds, stop, lambda: self._deliver(wait=False), _tell)
        while not stop.is_set() and self._drawing.pending:
            self._deliver(wait=True)
        desk = Plenaries(self.folder, self.database, self.election, self.dice)
        for kode in self._kecamatan()[:plenaries]:
            if stop.is_set():
                return
            try:
                desk.hold(kode, int(self._player.now()))
                _tell(f"plenary of kecamatan {kode} held and locked")
            except AnswerError as error:
                _tell(f"plenary of kecamatan {kode}: {error}")
        _tell("the day is over")

    def _kecamatan(self) -> list[str]:
        """Those without photos: where there are some, people have more to look at."""
        region = self.election.region
        shown = {tps[:6] for tps in self._drawing.tps}
        return [one.kode for one in region.kecamatan if one.kode not in shown] if region else []

    def _deliver(self, *, wait: bool) -> None:
        """Send what has been drawn and read since, result before photos."""
        for tps, papers in self._drawing.finished(wait=wait):
            box = self._boxes[tps]
            box.contests, box.root = papers.contests, papers.root
            self._player.send(tps)
            elections, now = self.folder.elections, int(self._player.now())
            for body in papers.evidence:
                take_evidence(self.database, elections, tps, sha256(body).digest(), body, now)
            for body in papers.photos:
                where, id = self.folder.photo_store, sha256(body).digest()
                take_photo(self.database, elections, where, tps, id, body, now)
            _tell(f"TPS {tps} has sent its photos")


def _tell(word: str) -> None:
    print(f"  {word}", file=sys.stderr, flush=True)
