"""Reads the AprilTag that names form and page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from tpsbox.forms.model import Form, Page, Point, Tag
from tpsbox.vision.photo import Gray


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


def find_tags(gray: Gray) -> list[SeenTag]:
    """All tags of family 36h10: first in a small copy, which is fast, then in the photo itself."""
    longest = max(gray.shape)
    for target in (1200, 2000, longest):
        factor = min(1.0, target / longest)
        image = gray
        if factor < 1:
            image = np.asarray(
                cv2.resize(gray, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            )
        corners, ids, _ = _detector().detectMarkers(image)
        if ids is not None and len(ids):
            return [
                SeenTag(int(tag_id), _points(np.asarray(quad, dtype=np.float32), factor))
                for tag_id, quad in zip(ids.ravel(), corners, strict=True)
            ]
        if factor == 1:
            break
    return []


def _points(quad: npt.NDArray[np.float32], factor: float) -> tuple[Point, Point, Point, Point]:
    # resize() maps pixel centres: x_small + 0.5 = (x + 0.5) * factor
    p = [
        ((x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5)
        for x, y in quad.reshape(4, 2).astype(float)
    ]
    return (p[0], p[1], p[2], p[3])


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
