"""A training's configuration: one TOML file, checked whole before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

from contracts import strict_toml
from contracts.errors import ContractError
from model_training.errors import ConfigError
from model_training.faces import FRAME_PX


class Compute(StrEnum):
    """Number format of the training step's arithmetic; weights are always float32."""

    FLOAT32 = "float32"
    MIXED_BFLOAT16 = "mixed_bfloat16"


@dataclass(frozen=True)
class NetworkConfig:
    """Shape of the network.

    Attributes:
        stem: channels after the first, strided convolution.
        widths: channels of each stage; the first equals `stem`.
        blocks: residual blocks in each stage.
        dropout: share of the pooled features dropped in training, 0 to below 1.
    """

    stem: int
    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    dropout: float

    def __post_init__(self) -> None:
        _require("blocks", len(self.blocks) == len(self.widths) > 0, "needs one number per width")
        _require("widths", self.widths[0] == self.stem, "must begin with the stem's channels")
        _require("dropout", 0.0 <= self.dropout < 1.0, "must be from 0 to below 1")


@dataclass(frozen=True)
class TrainingConfig:
    """How the weights are found: SGD with Nesterov momentum, warm-up, cosine to zero, EMA.

    Attributes:
        epochs: passes over the part that is fitted.
        batch: images a step.
        learning_rate: peak, reached after `warmup_epochs`.
        momentum: of SGD, 0 to below 1.
        weight_decay: L2 on convolution and dense kernels.
        warmup_epochs: of linear rise to the peak.
        ema_decay: of the weights' running average, which is what is exported.
        fer2013_weight: weight of the loss on the original labels.
        compute: see `Compute`.
        expression_weight: weight of the loss on FER+'s votes.
        start: folder of a finished run whose averaged weights are the beginning; random if absent.
    """

    epochs: int
    batch: int
    learning_rate: float
    momentum: float
    weight_decay: float
    warmup_epochs: float
    ema_decay: float
    fer2013_weight: float
    compute: Compute
    expression_weight: float = 1.0
    start: Path | None = None

    def __post_init__(self) -> None:
        _require("epochs", self.epochs >= 1, "must be at least 1")
        _require("batch", self.batch >= 1, "must be at least 1")
        _require("learning_rate", self.learning_rate > 0.0, "must be above 0")
        _require("warmup_epochs", self.warmup_epochs >= 0.0, "must be 0 or more")
        _require("momentum", 0.0 <= self.momentum < 1.0, "must be from 0 to below 1")
        _require("ema_decay", 0.0 <= self.ema_decay < 1.0, "must be from 0 to below 1")
        _require("fer2013_weight", self.fer2013_weight >= 0.0, "must be 0 or more")
        _require("expression_weight", self.expression_weight >= 0.0, "must be 0 or more")


@dataclass(frozen=True)
class DistillationConfig:
    """Soft targets from finished networks, mixed into the people's (Hinton et al. 2015).

    Attributes:
        teachers: folders of finished runs, or .tflite files of the expression head; their
            probabilities are averaged.
        weight: the teachers' part of each target, above 0 to 1; the rest is people's.
    """

    teachers: tuple[Path, ...]
    weight: float

    def __post_init__(self) -> None:
        _require("teachers", len(self.teachers) > 0, "needs at least one run folder or model file")
        _require("weight", 0.0 < self.weight <= 1.0, "must be above 0, to 1")


@dataclass(frozen=True)
class AugmentationConfig:
    """What is done to a training image; shares of 1 unless said otherwise.

    Attributes:
        shift: largest shift, in shares of the frame.
        scale: largest zoom in or out (0.15: by up to 15 %).
        rotate_deg: largest rotation, in degrees.
        brightness: largest change, in shares of the grey range.
        contrast: largest change of contrast.
        noise: largest standard deviation of added noise, in shares of the grey range.
        shrink_probability: how often an image is shrunk and brought back to size.
        shrink_min_px: the least side it is shrunk to, 1 to 48.
        low_light_probability: how often an image is made dark and noisy.
        back_light_probability: how often light falls from behind or from one side.
        bar_probability: how often a bar covers the eyes or the mouth.
        erase_probability: how often a rectangle is erased.
        erase_max: its largest side, in shares of the frame.
        mixup_alpha: of the Beta distribution that mixes pairs; 0 mixes none.
        not_faces: patterns added to the training images, in shares of their number; their target
            is "no idea", an even distribution.
    """

    shift: float
    scale: float
    rotate_deg: float
    brightness: float
    contrast: float
    noise: float
    shrink_probability: float
    shrink_min_px: int
    low_light_probability: float
    back_light_probability: float
    bar_probability: float
    erase_probability: float
    erase_max: float
    mixup_alpha: float
    not_faces: float

    def __post_init__(self) -> None:
        for field in fields(self):
            _require(field.name, getattr(self, field.name) >= 0.0, "must be 0 or more")
        _require("shrink_min_px", 1 <= self.shrink_min_px <= FRAME_PX, f"must be 1 to {FRAME_PX}")


@dataclass(frozen=True)
class Config:
    """A whole training.

    Attributes:
        name: names the run folder.
        seed: of initial weights, order and augmentation.
        threads: of TensorFlow's kernels.
        network: see `NetworkConfig`.
        training: see `TrainingConfig`.
        augmentation: see `AugmentationConfig`.
        distillation: see `DistillationConfig`; none without teachers.
    """

    name: str
    seed: int
    threads: int
    network: NetworkConfig
    training: TrainingConfig
    augmentation: AugmentationConfig
    distillation: DistillationConfig | None = None

    def __post_init__(self) -> None:
        plain = self.name.replace("-", "").replace("_", "")
        _require("name", plain.isalnum(), "must be letters, digits, - and _")
        _require("threads", self.threads >= 1, "must be at least 1")


def read_config(path: Path) -> Config:
    """Reads and checks a configuration file.

    Raises:
        ConfigError: no such file, no TOML, or a key that is unknown, missing or out of range.
    """
    try:
        return strict_toml.load(path, Config)
    except ContractError as error:
        raise ConfigError(str(error)) from error


def _require(field: str, fine: bool, rule: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not fine:
        raise ContractError(field, rule)
