"""Which page of which form a photo shows, and where it lies: by its tag, else by its print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tpsbox.forms.model import Form, Page
from tpsbox.vision.grow import Grown, grow
from tpsbox.vision.photo import Photo
from tpsbox.vision.plane import Floats
from tpsbox.vision.quality import LEAST_PHOTO_PX, least_side, why_nothing
from tpsbox.vision.register import Registration, registrations
from tpsbox.vision.rejection import Reason, RejectedError
from tpsbox.vision.tagless import place_tagless
from tpsbox.vision.tags import find_tags, pages_of_tag, tag_corners_mm
from tpsbox.vision.untagged import place_by_marks

Layout = tuple[Form, Page]

SEEN_SHARE = 0.8
"""Of a sheet's longer side that may be all there is in a photo."""


@dataclass(frozen=True)
class Place:
    """What the sheet may be (layouts that bear the same tag), and its homography mm -> px."""

    layouts: list[Layout]
    H: Floats


def places(photo: Photo, forms: Sequence[Form]) -> Iterator[Place]:
    """Where the sheet may lie, likeliest first.

    Raises:
        RejectedError: no sheet, or one of another form.
    """
    if min(photo.size) < LEAST_PHOTO_PX:
        raise RejectedError(Reason.TOO_SMALL)
    tags = find_tags(photo)
    for tag in tags:
        layouts = pages_of_tag(tag.id, forms)
        if not layouts or layouts[0][1].tag is None:
            continue
        mm = tag_corners_mm(layouts[0][1].tag)
        for found in registrations(photo, layouts[0][0].fiducials, mm, tag.corners):
            if all(found.seen):
                yield Place(layouts, found.H)
            else:
                yield from _grown(photo, found, layouts)
        return
    if tags:
        raise RejectedError(Reason.WRONG_FORM)
    yield _without_tag(photo, forms)


def _without_tag(photo: Photo, forms: Sequence[Form]) -> Place:
    """By corner marks and print alone.

    Raises:
        RejectedError: nothing fits, or sheets of several forms that only their tags tell apart.
    """
    readable = [form for form in forms if max(photo.size) >= SEEN_SHARE * least_side(form)]
    found = place_by_marks(photo, readable)
    if found is not None:
        if len({form.name for form, _ in found.layouts}) > 1:
            raise RejectedError(Reason.TAG_HIDDEN)
        return Place(found.layouts, found.H)
    placement = place_tagless(photo.gray, readable)
    if placement is not None:
        return Place([(placement.form, placement.page)], placement.H)
    if len(readable) < len(forms):
        raise RejectedError(Reason.TOO_SMALL)
    raise RejectedError(why_nothing(photo.gray))


def _grown(photo: Photo, found: Registration, layouts: Sequence[Layout]) -> Iterator[Place]:
    """The place finished by the print of each layout, best first; nothing if none fits."""
    grown: list[tuple[Grown, Layout]] = []
    for form, page in layouts:
        if any(page.fields == other.fields for _, (_, other) in grown):
            continue
        better = grow(photo, found.H, found.mm, found.px, form, page)
        if better is not None:
            grown.append((better, (form, page)))
    for better, layout in sorted(grown, key=lambda pair: -pair[0].score):
        yield Place([layout], better.H)
