"""The network: ten convolutions, batch norm and ReLU, 40x40 in, 14 logits out."""

from __future__ import annotations

import keras
import tensorflow as tf
from cells import CLASSES, SIZE


class BatchNorm(keras.layers.BatchNormalization):
    """Keras's batch norm, trained by TensorFlow's fused operation: a third less time on a CPU."""

    def call(
        self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Same shape as `inputs` [n, h, w, c]."""
        if not training:
            return super().call(inputs, training=False, mask=mask)
        out, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
        )
        keep = self.momentum
        self.moving_mean.assign(self.moving_mean * keep + mean * (1 - keep))
        self.moving_variance.assign(self.moving_variance * keep + variance * (1 - keep))
        return out


def _then(layer: keras.layers.Layer, x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.ReLU()(BatchNorm(momentum=0.98)(layer(x)))


def _block(x: keras.KerasTensor, filters: int, stride: int = 1) -> keras.KerasTensor:
    layer = keras.layers.Conv2D(
        filters,
        3,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(2e-5),
    )
    return _then(layer, x)


def build() -> keras.Model:
    """Input [n, 40, 40, 1] float32 (ink / 255), output [n, 14] logits.

    The depthwise 5x5 convolution weighs the places of each of the last maps, as a dense layer
    would: so most weights are left for the convolutions before it (a full 5x5 there has two thirds
    of all, and errs a tenth more often). Widths are multiples of 16: oneDNN trains others at less
    than half the speed. The logits are float32 also where keras's policy makes the layers before
    them bfloat16.
    """
    inputs = keras.Input((SIZE, SIZE, 1))
    x = _block(inputs, 32, stride=2)
    x = _block(x, 32)
    x = _block(x, 64, stride=2)
    x = _block(x, 64)
    x = _block(x, 64)
    x = _block(x, 96, stride=2)
    x = _block(x, 96)
    x = _block(x, 96)
    x = _then(keras.layers.DepthwiseConv2D(5, use_bias=False), x)
    x = keras.layers.Dropout(0.2)(x)
    x = keras.layers.Conv2D(len(CLASSES), 1)(x)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D(dtype="float32")(x))
