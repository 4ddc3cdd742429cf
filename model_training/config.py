"""A training's configuration: one TOML file, checked whole before anything runs."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from model_training.errors import ConfigError

COMPUTE_TYPES: Final = ("float32", "mixed_bfloat16")


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
        fer2013_weight: weight of the loss on the original labels beside FER+'s 1.
        compute: `float32` or `mixed_bfloat16`.
    """

    epochs: int
    batch: int
    learning_rate: float
    momentum: float
    weight_decay: float
    warmup_epochs: float
    ema_decay: float
    fer2013_weight: float
    compute: Literal["float32", "mixed_bfloat16"]


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
        blur_probability: how often an image is halved and brought back to size.
        erase_probability: how often a rectangle is erased.
        erase_max: its largest side, in shares of the frame.
        mixup_alpha: of the Beta distribution that mixes pairs; 0 mixes none.
    """

    shift: float
    scale: float
    rotate_deg: float
    brightness: float
    contrast: float
    noise: float
    blur_probability: float
    erase_probability: float
    erase_max: float
    mixup_alpha: float


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
    """

    name: str
    seed: int
    threads: int
    network: NetworkConfig
    training: TrainingConfig
    augmentation: AugmentationConfig


Section = TypeVar("Section", NetworkConfig, TrainingConfig, AugmentationConfig)


def read_config(path: Path) -> Config:
    """Reads and checks a configuration file.

    Raises:
        ConfigError: no such file, no TOML, or a key that is unknown, missing or out of range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    _check_keys(path, "", table, [field.name for field in fields(Config)])
    for key, kind in (("name", str), ("seed", int), ("threads", int)):
        if not isinstance(table[key], kind):
            raise ConfigError(f"{path}: {key} must be of type {kind.__name__}")
    config = Config(
        name=table["name"],
        seed=table["seed"],
        threads=table["threads"],
        network=_section(path, "network", table["network"], NetworkConfig),
        training=_section(path, "training", table["training"], TrainingConfig),
        augmentation=_section(path, "augmentation", table["augmentation"], AugmentationConfig),
    )
    _check_ranges(path, config)
    return config


def _section(path: Path, name: str, table: Any, kind: type[Section]) -> Section:  # noqa: ANN401 - TOML is untyped until here
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: {name} must be a table")
    expected = {field.name: str(field.type) for field in fields(kind)}
    _check_keys(path, f"{name}.", table, list(expected))
    values = {key: _typed(path, f"{name}.{key}", table[key], expected[key]) for key in expected}
    return kind(**values)


def _typed(path: Path, key: str, value: Any, annotation: str) -> Any:  # noqa: ANN401 - TOML is untyped until here
    if annotation == "float" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if annotation == "int" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if annotation.startswith("tuple") and isinstance(value, list):
        return tuple(_typed(path, key, item, "int") for item in value)
    if annotation.startswith("Literal") and value in COMPUTE_TYPES:
        return value
    if annotation.startswith("Literal"):
        raise ConfigError(f"{path}: {key} is {value!r}, expected one of {', '.join(COMPUTE_TYPES)}")
    raise ConfigError(f"{path}: {key} is {value!r}, expected {annotation}")


def _check_keys(path: Path, prefix: str, table: dict[str, Any], expected: list[str]) -> None:
    for key in table:
        if key not in expected:
            nearest = difflib.get_close_matches(key, expected, n=1, cutoff=0.0)
            raise ConfigError(
                f"{path}: unknown key {prefix}{key}; the nearest valid key is {prefix}{nearest[0]}"
            )
    for key in expected:
        if key not in table:
            raise ConfigError(f"{path}: key {prefix}{key} is missing")


def _check_ranges(path: Path, config: Config) -> None:
    network, training, augmentation = config.network, config.training, config.augmentation
    stages_fit = len(network.widths) == len(network.blocks) > 0
    checks: list[tuple[str, bool, str]] = [
        (
            "name",
            config.name.replace("-", "").replace("_", "").isalnum(),
            "letters, digits, - and _",
        ),
        ("threads", config.threads >= 1, "at least 1"),
        ("network.blocks", stages_fit, "one number per width"),
        ("network.widths", stages_fit and network.widths[0] == network.stem, "stem as first width"),
        ("network.dropout", 0.0 <= network.dropout < 1.0, "0 to below 1"),
        ("training.epochs", training.epochs >= 1, "at least 1"),
        ("training.batch", training.batch >= 1, "at least 1"),
        ("training.learning_rate", training.learning_rate > 0.0, "above 0"),
        ("training.momentum", 0.0 <= training.momentum < 1.0, "0 to below 1"),
        ("training.ema_decay", 0.0 <= training.ema_decay < 1.0, "0 to below 1"),
    ]
    checks += [
        (f"augmentation.{field.name}", getattr(augmentation, field.name) >= 0.0, "0 or more")
        for field in fields(augmentation)
    ]
    for key, fine, rule in checks:
        if not fine:
            raise ConfigError(f"{path}: {key} is out of range, expected {rule}")
