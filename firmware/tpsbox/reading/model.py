"""Loads the digit model: one small door to tflite-runtime and its successor ai-edge-litert."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from tpsbox.errors import EnvironmentFault
from tpsbox.vision.photo import Gray

CLASSES = "0123456789X-_?"
"""Ten digits, X = crossed, - = dash, _ = blank, ? = struck out or illegible."""

EDGE, WRITTEN, WHITE = 4, 12, 32
"""A cell is white if, EDGE pixels from its sides, fewer than WRITTEN pixels reach WHITE (15 % of
the frame's darkness): bare paper shows up to 8 %, pens 35 % and more."""

Probabilities = npt.NDArray[np.float64]


class ModelCard(msgspec.Struct, frozen=True):
    """What `digits.json` says of the shipped file."""

    classes: str
    size: int
    output: str
    temperature: float
    sha256: str


class DigitModel:
    """The net with its calibration. Not for use by two threads at once."""

    def __init__(self, content: bytes, card: ModelCard) -> None:
        self.card = card
        self.sha256 = bytes.fromhex(card.sha256)
        # From bytes, not from the file: what runs is what was hashed, whatever the disk does.
        self._interpreter: Any = _interpreter(content)
        self._batch = 0

    def predict(self, cells: Gray) -> Probabilities:
        """Probabilities [n, 14] in the order of CLASSES for uint8 cells [n, 40, 40].

        White cells are blank: the net was trained on print and ink, and makes nothing of white
        paper. All others go through it in one run.
        """
        odds = np.tile(_BLANK, (len(cells), 1))
        written = ~_white(cells)
        if written.any():
            logits = self._logits(cells[written]) / self.card.temperature
            exp = np.exp(logits - logits.max(axis=1, keepdims=True))
            odds[written] = exp / exp.sum(axis=1, keepdims=True)
        return odds

    def _logits(self, cells: Gray) -> npt.NDArray[np.float64]:
        net = self._interpreter
        into, out = net.get_input_details()[0], net.get_output_details()[0]
        if self._batch != len(cells):
            net.resize_tensor_input(into["index"], [len(cells), 40, 40, 1])
            net.allocate_tensors()
            self._batch = len(cells)
        net.set_tensor(into["index"], _quantised(cells[..., None] / np.float32(255), into))
        net.invoke()
        raw = _restored(net.get_tensor(out["index"]), out)
        return np.log(np.maximum(raw, 1e-9)) if self.card.output == "softmax" else raw


_BLANK = np.where(np.array(list(CLASSES)) == "_", 0.998, 0.002 / (len(CLASSES) - 1))


def _white(cells: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which cells [n, 40, 40] hold no writing."""
    inner = cells[:, EDGE:-EDGE, EDGE:-EDGE]
    return np.asarray(np.count_nonzero(inner >= WHITE, axis=(1, 2)) < WRITTEN, dtype=np.bool_)


def _quantised(values: npt.NDArray[np.float32], detail: dict[str, Any]) -> npt.NDArray[Any]:
    kind = detail["dtype"]
    if kind == np.float32:
        return values.astype(np.float32)
    scale, zero = detail["quantization"]
    limits = np.iinfo(kind)
    return np.asarray(np.clip(np.rint(values / scale + zero), limits.min, limits.max), dtype=kind)


def _restored(values: npt.NDArray[Any], detail: dict[str, Any]) -> npt.NDArray[np.float64]:
    if detail["dtype"] == np.float32:
        return values.astype(np.float64)
    scale, zero = detail["quantization"]
    return np.asarray((values.astype(np.float64) - zero) * scale, dtype=np.float64)


def _interpreter(content: bytes) -> Any:  # neither runtime ships types
    try:
        from tflite_runtime.interpreter import Interpreter, OpResolverType
    except ImportError:
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError as error:
            raise EnvironmentFault(
                "neither tflite-runtime nor ai-edge-litert is installed: run scripts/setup"
            ) from error
    # The default delegate gives the same logits, a tenth faster, and writes a line to stderr.
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    # One thread: on two cores a second one gained 5 ms of a page, but in about half of the
    # processes it lost 20 ms of every page.
    return Interpreter(model_content=content, num_threads=1, experimental_op_resolver_type=plain)


def model_folder() -> Path:
    """Where the model lies: beside the source tree, or installed under the Python's prefix.

    Raises:
        EnvironmentFault: in neither place.
    """
    places = (
        Path(__file__).resolve().parents[3] / "models",
        Path(sys.prefix) / "share" / "tpsbox" / "models",
    )
    for place in places:
        if (place / "digits.tflite").is_file():
            return place
    raise EnvironmentFault(f"the digit model is missing: looked in {places[0]} and {places[1]}")


@cache
def load_model() -> DigitModel:
    """The shipped model, its hash checked against its card.

    Raises:
        EnvironmentFault: missing, or not the file that the card describes.
    """
    folder = model_folder()
    path = folder / "digits.tflite"
    try:
        card = msgspec.json.decode((folder / "digits.json").read_bytes(), type=ModelCard)
        content = path.read_bytes()
    except (OSError, msgspec.DecodeError) as error:
        raise EnvironmentFault(f"the digit model in {folder} cannot be read: {error}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != card.sha256 or card.classes != CLASSES:
        raise EnvironmentFault(f"{path}: not the model that digits.json describes; install again")
    return DigitModel(content, card)
