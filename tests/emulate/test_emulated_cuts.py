"""What was promised and is gone after a cut is found."""

from __future__ import annotations

import hashlib

from emulate.cuts import RESULTS, Promised

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
