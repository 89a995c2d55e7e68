"""Photos, small ones, and crops; each only for those who may look at its TPS."""

from __future__ import annotations

import re
from typing import NoReturn

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tpsbox.errors import InputError
from tpsbox.forms.election import Election
from tpsbox.record.evidence import Evidence, decode_evidence

from tpscentral.pages.crops import crop
from tpscentral.pages.desks import looking
from tpscentral.pages.gate import view
from tpscentral.pages.place import contests_at
from tpscentral.pages.site import site_of
from tpscentral.people.roles import require_see
from tpscentral.plenary.desk import Desk
from tpscentral.schema import evidence, photos
from tpscentral.thumbnails import thumbnail

FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}
"""An address holds the hash of what it shows, so that never changes."""
GONE = "Gambar ini tidak ada di pusat."
UNSHOWN = "Gambar ini tidak bisa ditampilkan."


def routes() -> list[Route]:
    """The addresses of this module."""
    return [
        view("/tps/{kode}/foto/{sha}", photo),
        view("/tps/{kode}/foto/{sha}/kecil", small_photo),
        view("/tps/{kode}/potongan/{sha}/{name}", cut),
    ]


def photo(request: Request) -> Response:
    """A photo as it was received."""
    with looking(request) as desk:
        sha = _photo_of(request, desk)
    return _jpeg(site_of(request).folder.photo_store.get(sha))


def small_photo(request: Request) -> Response:
    """A small version of a photo."""
    with looking(request) as desk:
        sha = _photo_of(request, desk)
    folder = site_of(request).folder
    try:
        return _jpeg(thumbnail(folder.photo_store, folder.photos, sha))
    except InputError as error:
        raise HTTPException(404, UNSHOWN) from error


def cut(request: Request) -> Response:
    """A crop of the sheet whose evidence has this hash."""
    sha = _sha(request)
    with looking(request) as desk:
        tps = _tps(request, desk)
        mine = (evidence.c.sha == sha) & (evidence.c.tps == tps)
        body = desk.connection.scalar(select(evidence.c.body).where(mine))
        if body is None:
            _gone()
        sheet = decode_evidence(body)
        election = contests_at(desk.connection, desk.folder, tps).get(sheet.contest)
        if election is None or sheet.photo is None:
            _gone()
        shot = (photos.c.tps == tps) & (photos.c.sha == sheet.photo.hex())
        if desk.connection.scalar(select(photos.c.sha).where(shot)) is None:
            _gone()
    return _jpeg(_crop(request, sheet, sha, election))


def _crop(request: Request, sheet: Evidence, sha: str, election: Election) -> bytes:
    folder = site_of(request).folder
    taken = (sheet.photo or b"").hex()
    form = election.form_of(sheet.contest)
    name = request.path_params["name"].removesuffix(".jpg")
    try:
        return crop(folder.crops, lambda: folder.photo_store.get(taken), sheet, sha, form, name)
    except InputError as error:
        raise HTTPException(404, UNSHOWN) from error


def _tps(request: Request, desk: Desk) -> str:
    tps: str = request.path_params["kode"]
    require_see(desk.account, tps)
    return tps


def _photo_of(request: Request, desk: Desk) -> str:
    sha, tps = _sha(request), _tps(request, desk)
    mine = (photos.c.tps == tps) & (photos.c.sha == sha)
    if desk.connection.scalar(select(photos.c.sha).where(mine)) is None:
        _gone()
    return sha


def _sha(request: Request) -> str:
    sha: str = request.path_params["sha"]
    if not re.fullmatch("[0-9a-f]{64}", sha):
        _gone()
    return sha


def _gone() -> NoReturn:
    raise HTTPException(404, GONE)


def _jpeg(data: bytes) -> Response:
    return Response(data, media_type="image/jpeg", headers=FOR_EVER)
