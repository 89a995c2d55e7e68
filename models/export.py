"""Keras net -> TFLite files, and running them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from cells import SIZE, Gray
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

CALIBRATION = 600
"""Cells shown to the int8 converter."""


def floats(cells: Gray) -> NDArray[np.float32]:
    """Cells [n, 40, 40] uint8 -> net input [n, 40, 40, 1] float32 in 0..1."""
    return (cells.astype(np.float32) / 255.0)[..., None]


def convert(net: Any, cells: Gray | None) -> bytes:
    """TFLite flatbuffer, batch 1 (resizable), float32 input and output.

    With `cells` [n, 40, 40] for calibration all arithmetic inside is int8; without, float32.
    """
    function = tf.function(
        lambda x: net(x, training=False),
        input_signature=[tf.TensorSpec((1, SIZE, SIZE, 1), tf.float32)],
    ).get_concrete_function()
    frozen = convert_variables_to_constants_v2(function)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if cells is not None:
        shown = floats(cells[:CALIBRATION])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.representative_dataset = lambda: ([shown[i : i + 1]] for i in range(len(shown)))
    return bytes(converter.convert())


class Reader:
    """A TFLite file that gives logits."""

    def __init__(self, path: Path) -> None:
        self._net = tf.lite.Interpreter(model_path=str(path), num_threads=2)
        self._input = self._net.get_input_details()[0]["index"]
        self._output = self._net.get_output_details()[0]["index"]
        self._size = 0

    def logits(self, cells: Gray, batch: int = 250) -> NDArray[np.float32]:
        """Cells [n, 40, 40] uint8 -> logits [n, 14]."""
        parts = []
        for start in range(0, len(cells), batch):
            x = floats(cells[start : start + batch])
            if len(x) != self._size:
                self._net.resize_tensor_input(self._input, x.shape)
                self._net.allocate_tensors()
                self._size = len(x)
            self._net.set_tensor(self._input, x)
            self._net.invoke()
            parts.append(self._net.get_tensor(self._output).copy())
        return np.concatenate(parts)
