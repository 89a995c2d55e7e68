"""The network: seven convolutions, batch norm and ReLU, 40x40 in, 14 logits out."""

from __future__ import annotations

import keras
from cells import CLASSES, SIZE


def _block(
    x: keras.KerasTensor, filters: int, kernel: int = 3, stride: int = 1, padding: str = "same"
) -> keras.KerasTensor:
    x = keras.layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(2e-5),
    )(x)
    x = keras.layers.BatchNormalization(momentum=0.98)(x)
    return keras.layers.ReLU()(x)


def build() -> keras.Model:
    """Input [n, 40, 40, 1] float32 (ink / 255), output [n, 14] logits.

    The last 5x5 convolution is a dense layer written so that no reshape fixes the batch size.
    """
    inputs = keras.Input((SIZE, SIZE, 1))
    x = _block(inputs, 24, stride=2)
    x = _block(x, 32)
    x = _block(x, 48, stride=2)
    x = _block(x, 64)
    x = _block(x, 64, stride=2)
    x = _block(x, 64, kernel=5, padding="valid")
    x = keras.layers.Dropout(0.2)(x)
    x = keras.layers.Conv2D(len(CLASSES), 1)(x)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))
