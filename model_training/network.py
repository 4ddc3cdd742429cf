"""The network: a small residual net of plain 3x3 convolutions, with one head per label set.

Plain convolutions, because at 24, 12 and 6 pixels with few channels they keep the multiply units
of a CPU busy, in training and as int8; depthwise ones of the same cost in time learn less.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from model_training.batch_norm import FusedBatchNormalization
from model_training.config import read_config
from model_training.errors import RunError
from model_training.faces import FER2013_LABELS, FRAME_PX
from model_training.run_folder import RunFolder
from model_training.targets import EXPRESSION_COUNT

if TYPE_CHECKING:
    from model_training.config import NetworkConfig

EXPRESSION_HEAD: Final = "expression_logits"
FER2013_HEAD: Final = "fer2013_logits"

# Maps raw grey 0..255 to -2..2. Both steps keep all 256 levels apart in int8.
_GREY_SCALE: Final = 4.0 / 255.0
_GREY_OFFSET: Final = -2.0
_EVALUATION_BATCH: Final = 512


def build_network(config: NetworkConfig) -> Any:  # noqa: ANN401 - Keras is untyped
    """Builds the network: float (b, 48, 48, 1) raw grey 0 to 255 in, two logit tensors out.

    The outputs are `EXPRESSION_HEAD`, (b, 8), and `FER2013_HEAD`, (b, 7), both float32.
    """
    layers = keras.layers
    raw = layers.Input((FRAME_PX, FRAME_PX, 1), name="grey")
    x = layers.Rescaling(_GREY_SCALE, _GREY_OFFSET, name="normalise")(raw)
    x = _conv(x, config.stem, kernel=5, stride=2, name="stem")
    for stage, (width, blocks) in enumerate(zip(config.widths, config.blocks, strict=True)):
        if stage > 0:
            x = _conv(x, width, kernel=3, stride=2, name=f"down{stage}")
        for block in range(blocks):
            x = _residual(x, width, name=f"stage{stage}_block{block}")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    expression = layers.Dense(EXPRESSION_COUNT, dtype="float32", name=EXPRESSION_HEAD)(x)
    fer2013 = layers.Dense(len(FER2013_LABELS), dtype="float32", name=FER2013_HEAD)(x)
    return keras.Model(raw, [expression, fer2013], name="expression")


def predict_logits(network: Any, images: NDArray[np.uint8]) -> tuple[Any, Any]:  # noqa: ANN401 - Keras is untyped
    """Returns float32 logits of both heads, (n, 8) and (n, 7), for uint8 images (n, 48, 48)."""
    outputs = [
        network(images[start : start + _EVALUATION_BATCH, ..., None].astype("float32"))
        for start in range(0, len(images), _EVALUATION_BATCH)
    ]
    expression = np.concatenate([one[0].numpy() for one in outputs])
    fer2013 = np.concatenate([one[1].numpy() for one in outputs])
    return expression, fer2013


def finished_network(run: RunFolder) -> Any:  # noqa: ANN401 - Keras is untyped
    """Builds a run's network with its averaged weights.

    Raises:
        ConfigError: the folder holds no configuration, or one that cannot be used.
        RunError: the run has no weights yet.
    """
    network = build_network(read_config(run.config).network)
    load_finished(network, run.path)
    return network


def load_finished(network: Any, run: Path) -> None:  # noqa: ANN401 - Keras is untyped
    """Loads the averaged weights of another run.

    Raises:
        RunError: that run has no weights, or its network has another shape.
    """
    weights = RunFolder(run).weights
    if not weights.is_file():
        raise RunError(f"{run} has no finished epoch yet; train it first")
    try:
        network.load_weights(weights)
    except ValueError as error:
        raise RunError(f"{weights} belongs to a network of another shape: {error}") from error


def _conv(x: Any, width: int, *, kernel: int, stride: int, name: str, relu: bool = True) -> Any:  # noqa: ANN401 - Keras is untyped
    layers = keras.layers
    x = layers.Conv2D(
        width, kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_conv",
        kernel_initializer="he_normal",
    )(x)  # fmt: skip
    x = FusedBatchNormalization(momentum=0.97, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x


def _residual(x: Any, width: int, *, name: str) -> Any:  # noqa: ANN401 - Keras is untyped
    branch = _conv(x, width, kernel=3, stride=1, name=f"{name}a")
    branch = _conv(branch, width, kernel=3, stride=1, name=f"{name}b", relu=False)
    return keras.layers.ReLU(name=f"{name}_relu")(keras.layers.Add(name=f"{name}_add")([x, branch]))
