"""Reading a cloud assembly."""

import json
from pathlib import Path

import pytest

from local_cloud.assembly import by_stack, read_assembly
from local_cloud.errors import LocalCloudError
from tests.unit.local_cloud.small_app import ASSET, small_app, write_assembly


def test_stacks_come_after_those_they_depend_on(tmp_path: Path) -> None:
    """The manifest lists them the other way round."""
    assembly = read_assembly(small_app(tmp_path))
    assert [stack.name for stack in assembly.stacks] == ["store", "flow"]


def test_a_code_folder_is_found_by_its_object_key(tmp_path: Path) -> None:
    """Templates name the key, assets.json the folder."""
    assembly = read_assembly(small_app(tmp_path))
    assert assembly.code_folder(f"{ASSET}.zip", "x") == (tmp_path / f"asset.{ASSET}").resolve()


def test_a_missing_code_folder_is_an_error_that_names_place_and_key(tmp_path: Path) -> None:
    """A function cannot run without its asset."""
    assembly = read_assembly(small_app(tmp_path))
    with pytest.raises(LocalCloudError, match=r"stack/Function.*other\.zip"):
        assembly.code_folder("other.zip", "stack/Function")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "missing"), ("{", "no JSON"), ("[]", "JSON object"), ("{}", "no stack")],
)
def test_what_is_no_assembly_is_refused(tmp_path: Path, content: str | None, reason: str) -> None:
    """Each kind of damage is named."""
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(LocalCloudError, match=reason):
        read_assembly(tmp_path)


def test_stacks_in_a_circle_are_refused(tmp_path: Path) -> None:
    """No order could deploy them."""
    write_assembly(tmp_path, ("a", {"Resources": {}}), ("b", {"Resources": {}}))
    file = tmp_path / "manifest.json"
    manifest = json.loads(file.read_text())
    manifest["artifacts"]["a"]["dependencies"] = ["b"]
    file.write_text(json.dumps(manifest))
    with pytest.raises(LocalCloudError, match="circle"):
        read_assembly(tmp_path)


@pytest.mark.parametrize("deployment", ["museum", "my-museum", "my-museum-dev"])
def test_files_are_known_by_the_end_of_their_stacks_names(tmp_path: Path, deployment: str) -> None:
    """Whatever they begin with, and though a museum is called as a stack is."""
    ends = ["alerting", "analytics", "at-storage", "at-two-words", "storage"]
    for end in ends:
        (tmp_path / f"{deployment}-{end}.template.json").touch()
        (tmp_path / f"{deployment}-{end}.metadata.json").touch()
    (tmp_path / "manifest.json").touch()
    assert list(by_stack(tmp_path)) == ends
    found = by_stack(tmp_path, "metadata")
    assert found["at-two-words"].name == f"{deployment}-at-two-words.metadata.json"


def test_a_single_stack_is_known_by_its_last_word(tmp_path: Path) -> None:
    """Nothing tells what the names of several would have in common."""
    (tmp_path / "my-museum-storage.template.json").touch()
    assert list(by_stack(tmp_path)) == ["storage"]
    assert by_stack(tmp_path, "metadata") == {}
