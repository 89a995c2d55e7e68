"""One cut-out box as a picture of its own: finds the frame in it and makes the model's cell."""

from __future__ import annotations

import cv2
import numpy as np

from tpsbox.errors import InputError
from tpsbox.vision.cells import BoxImage, cell_image, frame_black, ink_cell
from tpsbox.vision.frame import INTERIOR, MARGIN, flatten
from tpsbox.vision.photo import Gray


def single_cell(gray: Gray, source: str) -> Gray:
    """The cell, uint8 [40, 40], of a crop [h, w] that holds one box with or without its frame;
    `source` is named in errors.

    Where no frame is seen the whole crop is the box, and its darkest spots count as print.

    Raises:
        InputError: smaller than 12 pixels a side.
    """
    if min(gray.shape) < 12:
        raise InputError(f"{source}: a cut-out box needs at least 12 pixels a side")
    flat = flatten(gray)
    if flat is not None:
        interior, black = flat[MARGIN:-MARGIN, MARGIN:-MARGIN], frame_black(flat, MARGIN)
    else:
        size = (INTERIOR, INTERIOR)
        whole = cv2.resize(gray[1:-1, 1:-1], size, interpolation=cv2.INTER_CUBIC)
        interior = np.asarray(whole, dtype=np.uint8)
        black = float(np.percentile(interior, 2))
    image: BoxImage = cell_image(interior, black)
    return ink_cell(image, black, 0.0)
