"""Takes in the photo of a sheet that is typed by hand because its box failed."""

from __future__ import annotations

import hashlib
import io

from PIL import Image
from sqlalchemy import select
from starlette.requests import Request
from tpsbox.errors import InputError
from tpsbox.record.chunks import PHOTO_LIMIT

from tpscentral.attachments import ITEMS_PER_TPS
from tpscentral.database import insert_missing
from tpscentral.pages.desks import working
from tpscentral.pages.place import Place
from tpscentral.pages.site import site_of
from tpscentral.people import journal
from tpscentral.plenary.entries import attach_paper
from tpscentral.plenary.said import RefusedError
from tpscentral.schema import photos
from tpscentral.thumbnails import PIXEL_LIMIT

ATTACHED = "foto-kertas"
"""The journal's word for a photo that an officer attached."""


def keep_paper(request: Request, place: Place, jpeg: bytes) -> str:
    """Keep a photo of this TPS; its SHA-256 in hex. Who attached it is in the journal.

    Raises:
        InputError: it is no JPEG, or larger than a carried plenary or a box may hand up.
        ForbiddenError, RefusedError: nobody may type this TPS now, or it has too many photos.
        EnvironmentFault: disk or database cannot take it.
    """
    if len(jpeg) > PHOTO_LIMIT:
        raise InputError(f"Foto ini terlalu besar: paling besar {PHOTO_LIMIT // 1_000_000} MB.")
    check_jpeg(jpeg)
    site, sha = site_of(request), hashlib.sha256(jpeg).hexdigest()
    with working(request) as desk:
        attach_paper(desk, place.kode, place.contest.key)
        known = set(desk.connection.scalars(select(photos.c.sha).where(photos.c.tps == place.kode)))
        if sha in known:
            return sha
        if len(known) >= ITEMS_PER_TPS:
            raise RefusedError("TPS ini sudah punya terlalu banyak foto.")
        path = site.folder.photo_store.put(sha, jpeg)
        row = {"tps": place.kode, "sha": sha, "path": path, "size": len(jpeg)}
        adding = insert_missing(desk.connection, photos)
        desk.connection.execute(adding.values(**row, received_at=desk.now))
        target = f"{place.kode}/{place.contest.key}"
        journal.write(desk.connection, desk.account.username, ATTACHED, target, sha, desk.now)
    return sha


def check_jpeg(jpeg: bytes) -> None:
    """Do nothing if it is a JPEG that can be shown.

    Raises:
        InputError: it is not, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            if image.width * image.height > PIXEL_LIMIT:
                raise InputError("Foto ini terlalu besar.")
            image.draft("RGB", (360, 360))
            image.load()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError("Foto harus berkas JPEG yang utuh.") from error
