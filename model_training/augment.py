"""Augmentation inside the training step's graph; seeded by step, so resuming changes nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from model_training.faces import FRAME_PX

if TYPE_CHECKING:
    from model_training.config import AugmentationConfig

Tensor = Any
_CENTRE = (FRAME_PX - 1) / 2
_GREY_RANGE = 255.0


class _Draws:
    """Independent random draws from one (2,) seed; each call uses the next stream."""

    def __init__(self, seed: Tensor, batch: Tensor) -> None:
        self._seed = seed
        self._batch = batch
        self._stream = 0

    def _next_seed(self) -> Tensor:
        self._stream += 1
        return tf.random.experimental.stateless_fold_in(self._seed, self._stream)

    def uniform(self, low: float, high: float) -> Tensor:
        return tf.random.stateless_uniform([self._batch], self._next_seed(), low, high)

    def normal(self, shape: Tensor) -> Tensor:
        return tf.random.stateless_normal(shape, self._next_seed())

    def chance(self, probability: float) -> Tensor:
        return self.uniform(0.0, 1.0) < probability

    def beta(self, alpha: float) -> Tensor:
        first = tf.random.stateless_gamma([self._batch], self._next_seed(), alpha)
        second = tf.random.stateless_gamma([self._batch], self._next_seed(), alpha)
        # Both can underflow to zero for a small alpha; then either image alone is right.
        total = first + second
        return tf.where(total > 0.0, first / tf.maximum(total, 1e-30), tf.ones_like(total))


def augment(
    images: Tensor, targets: list[Tensor], config: AugmentationConfig, seed: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Changes images as a camera would, and mixes pairs.

    Args:
        images: float32, (b, 48, 48, 1), grey 0 to 255.
        targets: float32 tensors of (b, classes), mixed alike.
        config: how far each change may go.
        seed: int, (2,).

    Returns:
        Images clipped to 0 to 255, and the targets.
    """
    draws = _Draws(seed, tf.shape(images)[0])
    images = _move(images, config, draws)
    images = _resolution_and_light(images, config, draws)
    images = _erase(images, config, draws)
    if config.mixup_alpha > 0.0:
        images, targets = _mix(images, targets, config, draws)
    return tf.clip_by_value(images, 0.0, _GREY_RANGE), targets


def _move(images: Tensor, config: AugmentationConfig, draws: _Draws) -> Tensor:
    """Flips, rotates, zooms and shifts by one projective transform (output to input pixels)."""
    angle = draws.uniform(-config.rotate_deg, config.rotate_deg) * (math.pi / 180.0)
    zoom = tf.exp(draws.uniform(-1.0, 1.0) * math.log1p(config.scale))
    mirror = tf.where(draws.chance(0.5), -1.0, 1.0)
    across = draws.uniform(-config.shift, config.shift) * FRAME_PX
    down = draws.uniform(-config.shift, config.shift) * FRAME_PX
    cos, sin = tf.cos(angle) * zoom, tf.sin(angle) * zoom
    a, b, c, d = cos * mirror, -sin, sin * mirror, cos
    offset_x = _CENTRE - a * _CENTRE - b * _CENTRE + across
    offset_y = _CENTRE - c * _CENTRE - d * _CENTRE + down
    zero = tf.zeros_like(a)
    transforms = tf.stack([a, b, offset_x, c, d, offset_y, zero, zero], axis=1)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=tf.constant([FRAME_PX, FRAME_PX]),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )


def _resolution_and_light(images: Tensor, config: AugmentationConfig, draws: _Draws) -> Tensor:
    def column(values: Tensor) -> Tensor:
        return tf.reshape(values, [-1, 1, 1, 1])

    if config.blur_probability > 0.0:
        halved = tf.nn.avg_pool2d(images, 2, 2, "VALID")
        blurred = tf.image.resize(halved, [FRAME_PX, FRAME_PX])
        images = tf.where(column(draws.chance(config.blur_probability)), blurred, images)
    gain = column(1.0 + draws.uniform(-config.contrast, config.contrast))
    lift = column(draws.uniform(-config.brightness, config.brightness)) * _GREY_RANGE
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    images = (images - mean) * gain + mean + lift
    if config.noise > 0.0:
        spread = column(draws.uniform(0.0, config.noise)) * _GREY_RANGE
        images += draws.normal(tf.shape(images)) * spread
    return images


def _erase(images: Tensor, config: AugmentationConfig, draws: _Draws) -> Tensor:
    """Covers a rectangle with an even grey, as a hand or an object would."""
    pixels = tf.range(FRAME_PX, dtype=tf.float32)[None, :]

    def stripe() -> Tensor:
        half = draws.uniform(0.05, max(config.erase_max, 0.05))[:, None] * FRAME_PX / 2
        middle = draws.uniform(0.0, FRAME_PX)[:, None]
        return tf.abs(pixels - middle) < half

    covered = stripe()[:, :, None] & stripe()[:, None, :]
    covered &= draws.chance(config.erase_probability)[:, None, None]
    grey = tf.reshape(draws.uniform(0.0, _GREY_RANGE), [-1, 1, 1, 1])
    return tf.where(covered[..., None], grey, images)


def _mix(
    images: Tensor, targets: list[Tensor], config: AugmentationConfig, draws: _Draws
) -> tuple[Tensor, list[Tensor]]:
    """Mixes each image with its mirror place in the batch (the batch is in random order)."""
    share = draws.beta(config.mixup_alpha)
    of_image, of_target = share[:, None, None, None], share[:, None]
    mixed = of_image * images + (1.0 - of_image) * images[::-1]
    return mixed, [of_target * one + (1.0 - of_target) * one[::-1] for one in targets]
