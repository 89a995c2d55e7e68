"""Reads the AprilTag that names form and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from tpsbox.forms.model import Form, Page, Point, Tag
from tpsbox.vision.photo import Gray, Photo
from tpsbox.vision.plane import Floats

COARSE_PX = 900
"""Pixels of the longer side down to which a photo is halved before black blobs are sought."""
LEAST_BLOB_PX = 14
"""Side of the smallest blob that is looked into, in the halved photo; a tag on a sheet that can
be read has 20 and more."""
MOST_BLOBS = 10
BLACK = 8
"""Grey levels below the mean around it from which a pixel counts as black."""


@dataclass(frozen=True)
class SeenTag:
    """A tag in the photo: its id, and its corners in px as the tag itself counts them."""

    id: int
    corners: tuple[Point, Point, Point, Point]


@cache
def _detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    parameters.adaptiveThreshWinSizeMin = 7
    parameters.adaptiveThreshWinSizeMax = 47
    parameters.adaptiveThreshWinSizeStep = 20
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h10)
    return cv2.aruco.ArucoDetector(dictionary, parameters)


def coarse_depth(photo: Photo) -> int:
    """How often the photo is halved before anything is sought in it."""
    depth = 0
    while max(photo.size) >> (depth + 1) >= COARSE_PX:
        depth += 1
    return depth


def find_tags(photo: Photo) -> list[SeenTag]:
    """Tags of family 36h10: of the first black blob that is one, else of the whole photo."""
    depth = coarse_depth(photo)
    finer = max(0, depth - 1)
    tags: list[SeenTag] = []
    for x, y, w, h in _blobs(photo.level(depth)):
        grown = 2 + max(w, h) // 4
        share = 1 << (depth - finer)
        left, top = max(0, x - grown) * share, max(0, y - grown) * share
        area = photo.level(finer)[top : (y + h + grown) * share, left : (x + w + grown) * share]
        tags = _tags_in(area, (left, top), finer)
        if tags:
            return tags
    while not tags and depth >= 0:
        tags = _tags_in(photo.level(depth), (0, 0), depth)
        depth -= 1
    return tags


def _blobs(image: Gray) -> list[tuple[int, int, int, int]]:
    """Boxes (x, y, w, h) of the dark blobs of the image that may be tags, best filled first.

    The black of a tag hangs together and fills a quarter to three quarters of the box around it;
    frames of boxes and tables fill less.
    """
    longest = max(image.shape)
    window = max(31, longest // 10) | 1
    black = cv2.adaptiveThreshold(
        image, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, BLACK
    )
    _, _, stats, _ = cv2.connectedComponentsWithStats(black)
    x, y, w, h, area = stats[1:].T
    small, large = np.minimum(w, h), np.maximum(w, h)
    filled = area / (w * h)
    likely = (small >= LEAST_BLOB_PX) & (large <= longest / 3) & (large < 2.5 * small)
    chosen = np.flatnonzero(likely & (filled > 0.24))
    chosen = chosen[np.argsort(-filled[chosen], kind="stable")][:MOST_BLOBS]
    return [(int(x[i]), int(y[i]), int(w[i]), int(h[i])) for i in chosen]


def _tags_in(image: Gray, origin: tuple[int, int], depth: int) -> list[SeenTag]:
    """The tags in a part of the photo at 1 / 2**depth that begins at `origin`."""
    if min(image.shape, default=0) < LEAST_BLOB_PX:
        return []
    corners, ids, _ = _detector().detectMarkers(np.ascontiguousarray(image))
    if ids is None:
        return []
    return [
        SeenTag(int(tag_id), _points(np.asarray(quad, np.float64).reshape(4, 2), origin, depth))
        for tag_id, quad in zip(ids.ravel(), corners, strict=True)
    ]


def _points(quad: Floats, origin: tuple[int, int], depth: int) -> tuple[Point, Point, Point, Point]:
    # Levels of a photo map pixel centres: x_small + 0.5 = (x + 0.5) / 2**depth.
    p = (quad + origin + 0.5) * 2.0**depth - 0.5
    return (_point(p[0]), _point(p[1]), _point(p[2]), _point(p[3]))


def _point(place: Floats) -> Point:
    return (float(place[0]), float(place[1]))


def pages_of_tag(tag_id: int, forms: Sequence[Form]) -> list[tuple[Form, Page]]:
    """Every form and page that bears this tag: one form may come with several layouts."""
    return [
        (form, page)
        for form in forms
        for page in form.pages
        if page.tag is not None and page.tag.id == tag_id
    ]


def tag_corners_mm(tag: Tag) -> list[Point]:
    """Corners of the printed tag on the sheet, in the order in which the tag itself counts them."""
    corners = list(tag.rect.corners)
    turns = (tag.rotated // 90) % 4
    return corners[turns:] + corners[:turns]
