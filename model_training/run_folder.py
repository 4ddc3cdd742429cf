"""A training's folder: what it was made from, its log, its checkpoint and its weights."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from model_training.errors import RunError

_CONFIG: Final = "config.toml"
_ABOUT: Final = "about.json"


class RunFolder:
    """Paths and small files of one run; everything in it can be read by a person.

    Attributes:
        path: the folder.
        log_csv: one row an epoch.
        checkpoint: TensorFlow's checkpoint folder, for resuming.
        weights: the averaged weights after the last finished epoch.
        teaching: the teachers' answers to the training images, if there were teachers.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log_csv = path / "log.csv"
        self.checkpoint = path / "checkpoint"
        self.weights = path / "averaged.weights.h5"
        self.teaching = path / "teaching.npz"

    @property
    def export(self) -> Path:
        """Folder for the exported model and its description."""
        return self.path / "export"

    @property
    def config(self) -> Path:
        """The configuration that the run was started with."""
        return self.path / _CONFIG

    def start(self, config: Path, about: dict[str, Any]) -> None:
        """Makes the folder, or checks that it belongs to the same configuration.

        Raises:
            RunError: the folder holds a run of another configuration or seed.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        if self.config.exists() and self.config.read_bytes() != config.read_bytes():
            raise RunError(
                f"{self.path} holds a run of another configuration; choose another --run folder, "
                f"or delete this one"
            )
        if self.config.exists() and self.about()["seed"] != about["seed"]:
            raise RunError(
                f"{self.path} holds a run of seed {self.about()['seed']}; choose another --run "
                f"folder for seed {about['seed']}"
            )
        if not self.config.exists():
            shutil.copyfile(config, self.config)
            text = json.dumps(about, indent=2) + "\n"
            (self.path / _ABOUT).write_text(text, encoding="utf-8")

    def about(self) -> dict[str, Any]:
        """Returns how the run was made: data, seed, git commit, versions, any note.

        Raises:
            RunError: the folder holds no run.
        """
        try:
            about: dict[str, Any] = json.loads((self.path / _ABOUT).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise RunError(f"{self.path} holds no training run") from error
        return about

    def append_log(self, row: dict[str, Any]) -> None:
        """Appends one epoch to the log; an epoch that is run again replaces the rows after it."""
        rows = [old for old in self.read_log() if int(old["epoch"]) < int(row["epoch"])]
        partial = self.log_csv.with_suffix(".partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            writer.writeheader()
            writer.writerows([*rows, row])
        partial.replace(self.log_csv)

    def read_log(self) -> list[dict[str, str]]:
        """Returns the log's rows, oldest first; empty before the first epoch has ended."""
        if not self.log_csv.exists():
            return []
        with self.log_csv.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))


def git_commit(folder: Path) -> str:
    """Returns the commit checked out in `folder`, "+changes" appended if edited, or "unknown"."""
    git = shutil.which("git")
    if git is None:
        return "unknown"

    def ask(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603 - fixed arguments, no shell
            [git, "-C", str(folder), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        commit = ask("rev-parse", "HEAD")
        return commit + ("+changes" if ask("status", "--porcelain", "--", ".") else "")
    except subprocess.CalledProcessError:
        return "unknown"
