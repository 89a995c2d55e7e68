"""Simulated boxes: keys of their own, enrolled like real ones, stating realistic numbers."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection, insert
from tpsbox.forms.election import Election
from tpsbox.record.signing import sign_result
from tpsbox.record.statement import (
    Clock,
    ContestResult,
    State,
    Statement,
    Value,
    encode_statement,
)
from tpsbox.simulator.results import realistic_contests

from tpscentral.schema import enrolments

READ = 0.5
"""Share of doubtful numbers that officers have settled before they send a result again."""


class Box:
    """One box of a TPS; `contests` is what it stated last."""

    def __init__(self, election: Election, tps: str, epoch: int, dice: Random) -> None:
        """A new box, which has read the sheets of its TPS."""
        self.tps, self.epoch = tps, epoch
        self.number = 0
        self.contests = realistic_contests(election, dice)
        self.root = dice.randbytes(16)
        self.clock = Clock.SYSTEM
        self._election = election
        self._key = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
        self._agreement = X25519PrivateKey.from_private_bytes(dice.randbytes(32))

    def enrolled(self, now: int) -> dict[str, object]:
        """The box as a row of `enrolments`."""
        return {
            "tps": self.tps,
            "epoch": self.epoch,
            "package": self._election.package.hex(),
            "public_key": self._key.public_key().public_bytes_raw().hex(),
            "agreement_key": self._agreement.public_key().public_bytes_raw().hex(),
            "serial": f"{int(self.tps) * 256 + self.epoch:x}",
            "enrolled_at": now,
        }

    def record(self, stated: int) -> bytes:
        """A signed record of what the box says now, under its next number."""
        self.number += 1
        return self._signed(self.number, stated)

    def other_record(self, stated: int, dice: Random) -> bytes:
        """Another statement under the number used last: what no honest box does."""
        self.contests = realistic_contests(self._election, dice)
        return self._signed(self.number, stated)

    def correct(self, dice: Random) -> None:
        """Officers look at the doubtful numbers again."""
        self.contests = tuple(_corrected(contest, dice) for contest in self.contests)

    def _signed(self, number: int, stated: int) -> bytes:
        statement = Statement(
            package=self._election.package,
            tps=self.tps,
            epoch=self.epoch,
            number=number,
            time=stated,
            clock=self.clock,
            contests=self.contests,
            root=self.root,
        )
        return sign_result(encode_statement(statement, self._election), self._key)


def _corrected(contest: ContestResult, dice: Random) -> ContestResult:
    values = tuple(
        Value(State.CONFIRMED, value.number)
        if value.state is State.UNSURE and value.number is not None and dice.random() < READ
        else value
        for value in contest.values
    )
    return msgspec.structs.replace(contest, values=values)


def enrol_boxes(connection: Connection, boxes: Iterable[Box], now: int) -> None:
    """Make boxes known to the centre, without the certificates that only a broker asks for."""
    connection.execute(insert(enrolments), [box.enrolled(now) for box in boxes])
