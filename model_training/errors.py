"""What can go wrong while a model is made; every message says where and what to do."""

from __future__ import annotations


class ModelTrainingError(Exception):
    """Base of everything this package raises on purpose."""


class DataError(ModelTrainingError):
    """A data file is not what it must be; the message names the file and the field or row."""


class ConfigError(ModelTrainingError):
    """A training configuration is wrong; the message names the file and the key."""


class RunError(ModelTrainingError):
    """A run folder cannot be used, or a training step went wrong."""


class ModelFileError(ModelTrainingError):
    """A model file, or its description, is not what the cameras expect."""
