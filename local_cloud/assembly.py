"""Reads a cloud assembly (``cdk.out``) as ``cdk synth`` leaves it."""

import json
import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local_cloud.errors import LocalCloudError

_STACK: Final = "aws:cloudformation:stack"


@dataclass(frozen=True, slots=True)
class StackTemplate:
    """One stack: its name and its template as synthesised."""

    name: str
    template: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Assembly:
    """What an app synthesised to.

    Attributes:
        stacks: In the order in which they can be deployed.
        file_assets: Folder or file of each asset by the object key that the templates name.
    """

    stacks: tuple[StackTemplate, ...]
    file_assets: Mapping[str, Path]

    def code_folder(self, key: str, place: str) -> Path:
        """Folder of a function's code.

        Raises:
            LocalCloudError: The assembly holds no folder for this object key.
        """
        folder = self.file_assets.get(key)
        if folder is None or not folder.is_dir():
            raise LocalCloudError(
                f"{place}: the assembly holds no code folder for {key}; synthesise it again"
            )
        return folder


def by_stack(folder: Path, kind: str = "template") -> dict[str, Path]:
    """The files of a kind, e.g. ``storage`` for ``my-museum-storage.template.json``.

    Args:
        folder: A cloud assembly of several stacks whose names begin alike.
        kind: What stands before ``.json``.
    """
    files = sorted(folder.glob(f"*.{kind}.json"))
    names = [file.name.removesuffix(f".{kind}.json") for file in files]
    alike = os.path.commonprefix(names).rfind("-") + 1  # noqa: RUF071  # of names, not of paths
    return {name[alike:]: file for name, file in zip(names, files, strict=True)}


def read_assembly(folder: Path) -> Assembly:
    """Reads ``manifest.json`` and what it names.

    Raises:
        LocalCloudError: The folder is no cloud assembly, or its stacks depend on each other in a
            circle.
    """
    manifest = _read_json(folder / "manifest.json")
    artifacts: Mapping[str, Any] = manifest.get("artifacts", {})
    stacks = {
        key: StackTemplate(
            artifact.get("properties", {}).get("stackName", key),
            _read_json(folder / artifact["properties"]["templateFile"]),
        )
        for key, artifact in artifacts.items()
        if artifact.get("type") == _STACK
    }
    if not stacks:
        raise LocalCloudError(f"{folder} holds no stack; synthesise the app into it first")
    return Assembly(tuple(stacks[key] for key in _ordered(stacks, artifacts)), _file_assets(folder))


def _ordered(stacks: Mapping[str, StackTemplate], artifacts: Mapping[str, Any]) -> list[str]:
    done: list[str] = []
    waiting = list(stacks)
    while waiting:
        ready = [
            key
            for key in waiting
            if all(d in done for d in artifacts[key].get("dependencies", ()) if d in stacks)
        ]
        if not ready:
            raise LocalCloudError(f"these stacks depend on each other in a circle: {waiting}")
        done += ready
        waiting = [key for key in waiting if key not in ready]
    return done


def _file_assets(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for manifest in sorted(folder.glob("*.assets.json")):
        for asset in _read_json(manifest).get("files", {}).values():
            path = folder / asset["source"]["path"]
            for destination in asset["destinations"].values():
                found[destination["objectKey"]] = path.resolve()
    return found


def _read_json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LocalCloudError(f"{file} is missing; synthesise the app first") from error
    except ValueError as error:
        raise LocalCloudError(f"{file} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise LocalCloudError(f"{file} must hold a JSON object")
    return content
