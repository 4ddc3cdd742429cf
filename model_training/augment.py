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
_LOW_LIGHT_NOISE = 0.03


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
    images = _resolution(images, config, draws)
    images = _light(images, config, draws)
    images = _cover(images, config, draws)
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


def _column(values: Tensor) -> Tensor:
    return tf.reshape(values, [-1, 1, 1, 1])


def _resolution(images: Tensor, config: AugmentationConfig, draws: _Draws) -> Tensor:
    """Shrinks some images and brings them back to size: far faces, of one size a batch."""
    if config.shrink_probability == 0.0:
        return images
    side = tf.cast(draws.uniform(config.shrink_min_px, FRAME_PX)[0], tf.int32)
    small = tf.image.resize(images, tf.stack([side, side]), antialias=True)
    large = tf.image.resize(small, [FRAME_PX, FRAME_PX])
    return tf.where(_column(draws.chance(config.shrink_probability)), large, images)


def _light(images: Tensor, config: AugmentationConfig, draws: _Draws) -> Tensor:
    """Changes brightness and contrast, darkens, lights from behind or aside, and adds noise."""
    gain = _column(1.0 + draws.uniform(-config.contrast, config.contrast))
    lift = _column(draws.uniform(-config.brightness, config.brightness)) * _GREY_RANGE
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    images = (images - mean) * gain + mean + lift
    if config.back_light_probability > 0.0:
        lit = images * _column(draws.uniform(0.3, 0.9)) + _glow(draws)
        images = tf.where(_column(draws.chance(config.back_light_probability)), lit, images)
    spread = _column(draws.uniform(0.0, config.noise))
    if config.low_light_probability > 0.0:
        dark = _column(draws.chance(config.low_light_probability))
        images = tf.where(dark, images * _column(draws.uniform(0.12, 0.6)), images)
        spread = tf.where(dark, spread + _LOW_LIGHT_NOISE, spread)
    if config.noise > 0.0 or config.low_light_probability > 0.0:
        images += draws.normal(tf.shape(images)) * spread * _GREY_RANGE
    return images


def _glow(draws: _Draws) -> Tensor:
    """Light added to each pixel: stronger towards the border, or towards one side."""
    at = tf.linspace(-1.0, 1.0, FRAME_PX)
    across, down = at[None, None, :, None], at[None, :, None, None]
    angle = _column(draws.uniform(0.0, 2.0 * math.pi))
    from_side = (1.0 + across * tf.cos(angle) + down * tf.sin(angle)) / 2.0
    from_behind = (across * across + down * down) / 2.0
    strength = _column(draws.uniform(0.1, 0.8)) * _GREY_RANGE
    return strength * tf.where(_column(draws.chance(0.5)), from_side, from_behind)


def _cover(images: Tensor, config: AugmentationConfig, draws: _Draws) -> Tensor:
    """Erases a rectangle, and lays a bar over eyes or mouth, as glasses and masks do."""
    images = _erase(images, config, draws)
    if config.bar_probability == 0.0:
        return images
    rows = tf.range(FRAME_PX, dtype=tf.float32)[None, :]
    over_eyes = draws.chance(0.5)
    middle = tf.where(over_eyes, draws.uniform(14.0, 22.0), draws.uniform(30.0, 46.0))[:, None]
    half = tf.where(over_eyes, draws.uniform(1.0, 6.0), draws.uniform(4.0, 12.0))[:, None]
    reach = draws.uniform(0.5, 1.0)[:, None] * FRAME_PX / 2
    covered = (tf.abs(rows - middle) < half)[:, :, None] & (tf.abs(rows - _CENTRE) < reach)[:, None]
    covered &= draws.chance(config.bar_probability)[:, None, None]
    return tf.where(covered[..., None], _column(draws.uniform(0.0, _GREY_RANGE)), images)


def _erase(images: Tensor, config: AugmentationConfig, draws: _Draws) -> Tensor:
    """Covers a rectangle with an even grey, as a hand or an object would."""
    pixels = tf.range(FRAME_PX, dtype=tf.float32)[None, :]

    def stripe() -> Tensor:
        half = draws.uniform(0.05, max(config.erase_max, 0.05))[:, None] * FRAME_PX / 2
        middle = draws.uniform(0.0, FRAME_PX)[:, None]
        return tf.abs(pixels - middle) < half

    covered = stripe()[:, :, None] & stripe()[:, None, :]
    covered &= draws.chance(config.erase_probability)[:, None, None]
    return tf.where(covered[..., None], _column(draws.uniform(0.0, _GREY_RANGE)), images)


def _mix(
    images: Tensor, targets: list[Tensor], config: AugmentationConfig, draws: _Draws
) -> tuple[Tensor, list[Tensor]]:
    """Mixes each image with its mirror place in the batch (the batch is in random order)."""
    share = draws.beta(config.mixup_alpha)
    of_image, of_target = share[:, None, None, None], share[:, None]
    mixed = of_image * images + (1.0 - of_image) * images[::-1]
    return mixed, [of_target * one + (1.0 - of_target) * one[::-1] for one in targets]
