"""Training: fits on one part, watches another, survives a kill after any epoch."""

from __future__ import annotations

import logging
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from model_training.augment import augment
from model_training.errors import RunError
from model_training.faces import FER2013_LABELS, FaceSet, Part
from model_training.network import build_network, load_finished, predict_logits
from model_training.patterns import patterned
from model_training.run_folder import RunFolder, git_commit
from model_training.schedule import learning_rate_at
from model_training.targets import Targets, argmax_rule, majority_rule, no_idea, people_targets
from model_training.teach import teaching_targets

if TYPE_CHECKING:
    from model_training.config import Config

log = logging.getLogger(__name__)


def print_row(row: dict[str, Any]) -> None:
    """Prints one epoch's log row."""
    print(" · ".join(f"{key} {value}" for key, value in row.items()), flush=True)


def train(
    config: Config,
    config_file: Path,
    faces: FaceSet,
    run: RunFolder,
    *,
    watched: Part = "public",
    report: Callable[[dict[str, Any]], None] = print_row,
) -> None:
    """Trains to the last epoch, resuming where the run folder's checkpoint stands.

    Args:
        config: what `config_file` holds.
        config_file: copied into the run folder.
        faces: must hold the training part; `watched` is only logged, never fitted or chosen by.
        run: where everything is written.
        watched: the part whose accuracy is logged after each epoch.
        report: told each epoch's log row, after everything was saved.

    Raises:
        RunError: the folder belongs to another configuration, or the loss is no longer a number.
    """
    fitted = faces.part("training")
    if len(fitted) < config.training.batch:
        raise RunError(f"{faces.source}: {len(fitted)} training images are fewer than one batch")
    run.start(config_file, _about(config, fitted, faces.source))
    _set_threads(config.threads)
    keras.utils.set_random_seed(config.seed)
    teaching = teaching_targets(config.distillation, fitted, run.teaching)
    trainer = _Trainer(config, fitted, teaching)
    checkpoint = tf.train.CheckpointManager(trainer.checkpoint, str(run.checkpoint), max_to_keep=2)
    if checkpoint.latest_checkpoint:
        # Nothing may be missing, or the resumed run would silently start parts of itself anew.
        trainer.checkpoint.restore(checkpoint.latest_checkpoint).assert_existing_objects_matched()
        log.info("Resumed after epoch %d", int(trainer.epoch))
    while int(trainer.epoch) < config.training.epochs:
        row = trainer.run_epoch()
        row |= _watch(trainer.averaged, faces.part(watched), watched)
        trainer.averaged.save_weights(run.weights)
        checkpoint.save()
        run.append_log(row)
        report(row)


class _Trainer:
    """Network, averaged network, optimiser and data of one run."""

    def __init__(self, config: Config, faces: FaceSet, teaching: Targets | None) -> None:
        self._config = config
        targets = people_targets(faces)
        if config.distillation is not None and teaching is not None:
            targets = targets.mixed_with(teaching, config.distillation.weight)
        patterns = patterned(
            round(config.augmentation.not_faces * len(faces)), faces.images, config.seed
        )
        targets = targets.followed_by(no_idea(len(patterns)))
        self._images = tf.constant(np.concatenate([faces.images, patterns])[..., None])
        self._shares = tf.constant(targets.expression)
        self._fer2013 = tf.constant(targets.fer2013)
        self._count = len(targets.expression)
        self._steps = self._count // config.training.batch
        keras.mixed_precision.set_global_policy(config.training.compute.value)
        self.network = build_network(config.network)
        # Layers keep the policy they were made under; what is evaluated and exported is float32.
        keras.mixed_precision.set_global_policy("float32")
        self.averaged = build_network(config.network)
        if config.training.start is not None:
            load_finished(self.network, config.training.start)
        self.averaged.set_weights(self.network.get_weights())
        self._decayed = [w for w in self.network.trainable_variables if w.name == "kernel"]
        self._optimizer = keras.optimizers.SGD(
            config.training.learning_rate, momentum=config.training.momentum, nesterov=True
        )
        self._optimizer.build(self.network.trainable_variables)
        self.epoch = tf.Variable(0, dtype=tf.int64)
        self.checkpoint = tf.train.Checkpoint(
            network=self.network,
            averaged=self.averaged,
            optimizer=self._optimizer,
            epoch=self.epoch,
        )
        self._step = tf.function(self._step_eager)

    def run_epoch(self) -> dict[str, Any]:
        """Runs one epoch; returns the log row's first columns."""
        training = self._config.training
        epoch = int(self.epoch)
        order = np.random.default_rng([self._config.seed, epoch]).permutation(self._count)
        started = time.monotonic()
        progress = keras.utils.Progbar(self._steps, verbose=1 if sys.stderr.isatty() else 0)
        total = 0.0
        for step in range(self._steps):
            done = epoch * self._steps + step
            rate = learning_rate_at(done, self._steps, training)
            batch = order[step * training.batch : (step + 1) * training.batch]
            decay = min(training.ema_decay, (1 + done) / (10 + done))
            loss = self._step(
                tf.constant(batch),
                tf.constant([self._config.seed, done]),
                tf.constant(rate, tf.float32),
                tf.constant(decay, tf.float32),
            )
            total += float(loss)
            progress.update(step + 1, [("loss", float(loss))])
        mean = total / self._steps
        if not np.isfinite(mean):
            raise RunError(
                f"The loss is no longer a number in epoch {epoch + 1}: lower training.learning_rate"
            )
        self.epoch.assign_add(1)
        seconds = time.monotonic() - started
        return {"epoch": epoch + 1, "loss": round(mean, 4), "seconds": round(seconds, 1)}

    def _step_eager(self, batch: Any, seed: Any, rate: Any, decay: Any) -> Any:  # noqa: ANN401 - TensorFlow is untyped
        training = self._config.training
        images = tf.cast(tf.gather(self._images, batch), tf.float32)
        targets = [tf.gather(self._shares, batch), tf.gather(self._fer2013, batch)]
        images, targets = augment(images, targets, self._config.augmentation, seed)
        with tf.GradientTape() as tape:
            expression, fer2013 = self.network(images, training=True)
            loss = training.expression_weight * _cross_entropy(targets[0], expression)
            loss += training.fer2013_weight * _cross_entropy(targets[1], fer2013)
            penalty = tf.add_n([tf.nn.l2_loss(kernel.value) for kernel in self._decayed])
            penalised = loss + training.weight_decay * penalty
        gradients = tape.gradient(penalised, self.network.trainable_variables)
        self._optimizer.learning_rate.assign(rate)
        self._optimizer.apply_gradients(
            zip(gradients, self.network.trainable_variables, strict=True)
        )
        for mean, value in zip(self.averaged.variables, self.network.variables, strict=True):
            if "seed" not in mean.name:  # dropout's generator state is no weight
                mean.assign(decay * mean.value + (1.0 - decay) * tf.cast(value.value, tf.float32))
        return loss


def _watch(network: Any, faces: FaceSet, part: Part) -> dict[str, float]:  # noqa: ANN401 - Keras is untyped
    if len(faces) == 0:
        return {}
    expression, fer2013 = predict_logits(network, faces.images)
    guess = expression.argmax(axis=1)
    row = {}
    for name, judged in (
        ("majority", majority_rule(faces.votes)),
        ("argmax", argmax_rule(faces.votes)),
    ):
        hits = guess[judged.kept] == judged.labels
        row[f"{part}_{name}"] = round(float(hits.mean()), 4) if len(hits) else float("nan")
    known = faces.fer2013_label < len(FER2013_LABELS)
    hits = fer2013.argmax(axis=1)[known] == faces.fer2013_label[known]
    row[f"{part}_fer2013"] = round(float(hits.mean()), 4) if len(hits) else float("nan")
    return row


def _cross_entropy(target: Any, logits: Any) -> Any:  # noqa: ANN401 - TensorFlow is untyped
    return -tf.reduce_mean(tf.reduce_sum(target * tf.nn.log_softmax(logits), axis=1))


def _set_threads(threads: int) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # TensorFlow fixes its threads at first use; a second training in one process keeps them.
        log.info("TensorFlow already runs; its thread count stays as it is")


def _about(config: Config, fitted: FaceSet, source: str) -> dict[str, Any]:
    return {
        "data": source,
        "fitted_part": "training",
        "fitted_images": len(fitted),
        "seed": config.seed,
        "git_commit": git_commit(Path(__file__).resolve().parent),
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }
