"""What was promised and is gone after a cut is found."""

from __future__ import annotations

import hashlib
from random import Random

import pytest
from emulate import cuts
from emulate.cuts import RESULTS, Evening, Promised
from tpsbox.board.signals import Pattern
from tpsbox.errors import EnvironmentFault

PHOTO, RESULT, ITEM = (hashlib.sha256(text).hexdigest() for text in (b"photo", b"result", b"item"))


class Guest:
    """A box that has all that was promised, less what a test takes away."""

    def __init__(self) -> None:
        self.files = {f"./{PHOTO[:2]}/{PHOTO}.jpg": PHOTO}
        self.sheets, self.results = [[PHOTO]], [[RESULT]]
        self.items = [{"id": ITEM, "state": "stored"}]

    def photos(self) -> dict[str, str]:
        return self.files

    def rows(self, query: str) -> list[list[str]]:
        return self.results if query == RESULTS else self.sheets

    def outbox(self) -> list[dict[str, str]]:
        return self.items


def lost(guest: Guest, at_centre: tuple[str, ...] = (ITEM,)) -> list[str]:
    promised = Promised({PHOTO}, {RESULT}, {ITEM})
    assert promised.count == 3
    return promised.lost(guest, {bytes.fromhex(id) for id in at_centre})  # type: ignore[arg-type]


def test_nothing_is_lost_where_all_is_there():
    assert lost(Guest()) == []


def test_every_kind_of_loss_is_named():
    guest = Guest()
    guest.files = dict.fromkeys(guest.files, "0" * 64)  # cut off in the middle
    assert lost(guest) == [f"photo {PHOTO[:8]}"]
    guest = Guest()
    guest.sheets = []
    assert lost(guest) == [f"row of photo {PHOTO[:8]}"]
    guest = Guest()
    guest.results = []
    assert lost(guest) == [f"result {RESULT[:8]}"]
    guest = Guest()
    guest.items[0]["state"] = "queued"
    assert lost(guest) == [f"receipt of {ITEM[:8]}"]
    assert lost(Guest(), ()) == [f"{ITEM[:8]} at the centre"]


class Box(Guest):
    """A box at work, until its power goes; nothing that it is asked after that is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.on = True
        self.done: list[str] = []
        self.guest = self.machine = self.agent = self
        self.outcome = ("closed", "")

    def _do(self, what: str) -> None:
        if not self.on:
            raise EnvironmentFault("the guest is gone")
        self.done.append(what)

    def cut(self) -> None:
        self.on = False

    def lay(self, name: str) -> None:
        self._do("lay")

    def now(self) -> float:
        return 0.0

    def pull(self, pin: int, seconds: float) -> None:
        self._do("press")

    def light(self, light: object, since: float) -> Pattern:
        return Pattern.STEADY

    def do_hold(self, seconds: str) -> None:
        self._do("hold")

    def outbox(self) -> list[dict[str, str]]:
        self._do("receipts")
        return super().outbox()


@pytest.mark.parametrize("syncs", [True, False])
def test_the_power_goes_after_a_promise(monkeypatch, syncs):
    monkeypatch.setattr(cuts, "LATEST", 0.0)
    monkeypatch.setattr(cuts, "LATEST_CONTROL", 0.0)
    box, notes = Box(), []
    evening = Evening(box, Random(1), notes.append, syncs=syncs)  # type: ignore[arg-type]
    evening.until_cut()
    assert PHOTO in evening.promised.photos and not box.on
    assert any(note.startswith("cut, with ") for note in notes)
    if not syncs:  # the control asks for nothing that would have the database written
        assert evening.promised.results == {RESULT} and "receipts" not in box.done
    assert (evening.promised.stored == {ITEM}) is ("receipts" in box.done)


def test_a_box_that_fails_by_itself_is_no_power_cut(monkeypatch):
    box = Box()
    monkeypatch.setattr(box, "light", lambda light, since: box.cut() or Pattern.OFF)
    monkeypatch.setattr(cuts, "KEPT_SECONDS", 0.0)
    with pytest.raises(EnvironmentFault, match="does not say"):
        Evening(box, Random(1), lambda _: None, syncs=True).until_cut()  # type: ignore[arg-type]
