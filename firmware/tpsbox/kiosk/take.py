"""A photo taken is a photo kept: on the medium before anybody looks at it."""

from __future__ import annotations

from tpsbox.board.ports import Camera
from tpsbox.kiosk.clock import BoxClock
from tpsbox.kiosk.eye import DAMAGED, is_whole
from tpsbox.record.statement import Clock
from tpsbox.store.sheets import Sheet
from tpsbox.store.store import Store


def take_sheet(store: Store, camera: Camera, clock: BoxClock) -> Sheet:
    """Photograph what lies under the camera; its row, still unread.

    Raises:
        EnvironmentFault: the camera gives no photo, or the disk does not take it.
        InputError: the camera gives no bytes.
    """
    at = clock.now()
    photo = store.photos.keep(camera.capture())
    sheet = store.sheets.get(store.sheets.add_photo(photo, at, clock.quality))
    store.events.add("photo", {"sheet": sheet.id, "photo": photo})
    return sheet


def take_attachment(store: Store, camera: Camera, clock: BoxClock) -> Sheet:
    """Photograph something that is no result sheet; its row, rejected if the bytes are damaged.

    Raises:
        EnvironmentFault: the camera gives no photo, or the disk does not take it.
        InputError: the camera gives no bytes.
    """
    at = clock.now()
    jpeg = camera.capture()
    photo = store.photos.keep(jpeg)
    id = store.sheets.add_photo(photo, at, clock.quality, kind="attachment")
    if not is_whole(jpeg):
        store.sheets.reject(id, DAMAGED)
    store.events.add("attachment", {"sheet": id, "photo": photo})
    return store.sheets.get(id)


def adopt_orphans(store: Store) -> int:
    """Give a row to photos that a power cut left without one; how many there were.

    Raises:
        EnvironmentFault: the disk fails.
    """
    known = {sheet.photo for sheet in store.sheets.list()}
    orphans = [path for path in store.photos.folder.glob("*/*.jpg") if path.stem not in known]
    for path in sorted(orphans):
        # When it was taken is no more known than when the file was written.
        store.sheets.add_photo(path.stem, path.stat().st_mtime, Clock.SAVED)
    return len(orphans)
