"""Keras network to a full-int8 TFLite file that old and new runtimes load."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from model_training.errors import ModelFileError
from model_training.interpreter import INPUT_SHAPE
from model_training.network import EXPRESSION_HEAD


def convert(
    network: Any,  # noqa: ANN401 - Keras is untyped
    sample: NDArray[np.uint8],
    *,
    head: str = EXPRESSION_HEAD,
    temperature: float = 1.0,
    softmax: bool = True,
) -> bytes:
    """Converts one head with full-int8 arithmetic.

    Args:
        network: as `network.build_network` makes it.
        sample: training images, (n, 48, 48), from which activation ranges are measured.
        head: `network.EXPRESSION_HEAD` or `network.FER2013_HEAD`.
        temperature: folded into the head's weights, so that it costs nothing on the device.
        softmax: False leaves logits as output, for fitting the temperature.

    Returns:
        A model with uint8 raw grey (1, 48, 48, 1) in and quantised (1, classes) out.
    """
    serving = _with_temperature(network, head, temperature, softmax=softmax)
    signature = tf.TensorSpec(INPUT_SHAPE, tf.float32, name="grey")
    function = tf.function(lambda grey: serving(grey, training=False)).get_concrete_function(
        signature
    )
    # Weights as constants: the calibrator cannot read variables of a function made by Keras 3.
    frozen = convert_variables_to_constants_v2(function)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _ranges(sample)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8 if softmax else tf.int8
    # tflite-runtime 2.14 does not know the per-channel form of dense layers that 2.18 writes.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True  # noqa: SLF001 - the only switch
    content = converter.convert()
    if not isinstance(content, bytes):
        raise ModelFileError("The converter returned no model")
    return content


def _with_temperature(network: Any, head: str, temperature: float, *, softmax: bool) -> Any:  # noqa: ANN401 - Keras is untyped
    """Copies the trunk with one head whose weights are divided by the temperature."""
    kernel, bias = network.get_layer(head).get_weights()
    features = network.get_layer("pool").output
    scaled = keras.layers.Dense(len(bias), name="scaled_logits")
    outputs = scaled(features)
    scaled.set_weights([kernel / temperature, bias / temperature])
    return keras.Model(network.input, keras.layers.Softmax()(outputs) if softmax else outputs)


def _ranges(sample: NDArray[np.uint8]) -> Any:  # noqa: ANN401 - generator of untyped tensors
    # A full ramp first: input range 0..255 exactly, so that raw grey values are quantised values.
    ramp = np.linspace(0.0, 255.0, num=int(np.prod(INPUT_SHAPE)), dtype=np.float32)
    yield [ramp.reshape(INPUT_SHAPE)]
    for image in sample:
        yield [image.astype(np.float32).reshape(INPUT_SHAPE)]
