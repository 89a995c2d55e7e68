"""The shipped digit model is the one its card describes, and reads what no one can misread."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

try:
    from tflite_runtime.interpreter import Interpreter
except ImportError:
    from ai_edge_litert.interpreter import Interpreter

MODELS = Path(__file__).resolve().parents[1] / "models"
CLASSES = "0123456789X-_?"
SIZE = 40
LARGEST = 400_000
PEN = 160
"""Cell value of a pen about three quarters as dark as the frame (255 = 1.2 frames)."""

Cell = NDArray[np.uint8]


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((MODELS / "digits.json").read_text())
    return facts


def read(cells: list[Cell]) -> NDArray[np.float32]:
    """Logits [n, 14] of the shipped file for n cells at once."""
    net = Interpreter(model_path=str(MODELS / "digits.tflite"))
    spec = net.get_input_details()[0]
    net.resize_tensor_input(spec["index"], [len(cells), SIZE, SIZE, 1])
    net.allocate_tensors()
    net.set_tensor(spec["index"], np.stack(cells).astype(np.float32)[..., None] / 255)
    net.invoke()
    logits: NDArray[np.float32] = net.get_tensor(net.get_output_details()[0]["index"])
    return logits.copy()


def marks(cells: list[Cell]) -> str:
    return "".join(CLASSES[i] for i in read(cells).argmax(axis=1))


def drawn(*lines: tuple[tuple[int, int], tuple[int, int]], thick: int = 3) -> Cell:
    """A cell with straight strokes from pixel to pixel."""
    cell = np.zeros((SIZE, SIZE), np.uint8)
    for start, end in lines:
        cv2.line(cell, start, end, PEN, thick, cv2.LINE_AA)
    return cell


def test_card_and_facts_name_the_shipped_file(card: dict[str, Any]) -> None:
    digest = hashlib.sha256((MODELS / "digits.tflite").read_bytes()).hexdigest()
    assert card["sha256"] == digest
    assert digest in re.findall(r"[0-9a-f]{64}", (MODELS / "README.md").read_text())


def test_file_is_small_enough() -> None:
    assert (MODELS / "digits.tflite").stat().st_size <= LARGEST


def test_classes_and_shape_are_those_of_the_box(card: dict[str, Any]) -> None:
    assert card["classes"] == CLASSES
    assert card["size"] == SIZE
    assert card["output"] == "logits"
    assert 0.8 <= card["temperature"] <= 2.0
    assert read([drawn()]).shape == (1, len(CLASSES))


def test_blank_paper_reads_blank() -> None:
    grain = np.random.default_rng(0).integers(0, 14, (SIZE, SIZE)).astype(np.uint8)
    residue = drawn(((0, 0), (0, 39)))
    residue[:, 2:] = 0
    assert marks([drawn(), grain, residue]) == "___"


def test_crosses_read_crossed_small_and_corner_to_corner() -> None:
    small = drawn(((13, 12), (27, 28)), ((27, 12), (13, 28)), thick=2)
    large = drawn(((1, 1), (38, 38)), ((38, 1), (1, 38)))
    assert marks([small, large]) == "XX"


def test_thick_stem_reads_one() -> None:
    assert marks([drawn(((20, 6), (20, 34)), thick=5)]) == "1"


def test_level_stroke_reads_dash_and_lone_diagonal_is_no_cross() -> None:
    diagonal = drawn(((0, 39), (39, 0)))
    assert marks([drawn(((8, 20), (32, 20))), diagonal]) == "--"


def test_segment_digits_along_the_guide_read() -> None:
    left, right, top, middle, bottom = 11, 29, 5, 20, 35
    a, b, c = (left, top), (right, top), (left, middle)
    d, e, f = (right, middle), (left, bottom), (right, bottom)
    two = drawn((a, b), (b, d), (d, c), (c, e), (e, f))
    five = drawn((b, a), (a, c), (c, d), (d, f), (f, e))
    eight = drawn((a, b), (b, f), (f, e), (e, a), (c, d))
    closed_four = drawn(((24, 5), (10, 25)), ((10, 25), (31, 25)), ((24, 5), (24, 36)))
    assert marks([two, five, eight, closed_four]) == "2584"


def test_cells_read_alike_alone_and_together() -> None:
    cells = [drawn(((20, 6), (20, 34))), drawn(((8, 20), (32, 20))), drawn()]
    together = read(cells)
    alone = np.concatenate([read([cell]) for cell in cells])
    np.testing.assert_allclose(together, alone, atol=1e-3)


def stroke(*points: tuple[float, float], thick: int = 2) -> Cell:
    """A cell with one bent stroke through points of the unit square."""
    cell = np.zeros((SIZE, SIZE), np.uint8)
    bends = np.rint(np.array(points) * SIZE * 16).astype(np.int32)
    cv2.polylines(cell, [bends], False, PEN, thick, cv2.LINE_AA, 4)
    return cell


def test_one_with_a_long_upstroke_is_no_seven() -> None:
    assert marks([stroke((0.32, 0.5), (0.52, 0.2), (0.52, 0.82))]) == "1"


def test_five_whose_belly_closes_reads_five() -> None:
    turn = np.linspace(-0.6 * np.pi, 1.05 * np.pi, 20)
    belly = [(0.48 + 0.17 * np.cos(t), 0.64 + 0.17 * np.sin(t)) for t in turn]
    assert marks([stroke((0.68, 0.2), (0.38, 0.2), (0.36, 0.48), *belly)]) == "5"


def test_frame_of_joined_boxes_at_the_edges_changes_no_mark() -> None:
    residue = np.maximum(drawn(((0, 0), (0, 39)), thick=2), drawn(((39, 0), (39, 39)), thick=2))
    small_cross = drawn(((16, 16), (25, 25)), ((25, 16), (16, 25)), thick=2)
    short_dash = drawn(((15, 21), (25, 20)), thick=2)
    two = stroke((0.35, 0.3), (0.5, 0.2), (0.65, 0.32), (0.35, 0.8), (0.68, 0.8))
    cells = [residue, small_cross, short_dash, two]
    assert marks([np.maximum(cell, residue) for cell in cells]) == "_X-2"
