"""The design's table of who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

OURS = {
    "contracts", "edge", "lambdas", "stacks", "model_training", "local_cloud", "workload", "demo",
    "operations", "costs", "audit",
}  # fmt: skip
MAY_IMPORT = {
    "contracts": set[str](),
    "edge": {"contracts"},
    "lambdas": {"contracts"},
    "stacks": {"contracts"},
    "model_training": {"contracts"},
    "local_cloud": set[str](),
    "workload": {"contracts"},
    "operations": {"contracts"},
    "audit": {"contracts", "lambdas", "local_cloud"},
    "costs": {"contracts", "local_cloud", "workload"},
    "demo": {"contracts", "edge", "local_cloud", "workload"},
}


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("package", sorted(OURS))
def test_a_package_imports_only_what_the_design_lets_it(repository: Path, package: str) -> None:
    """Dependencies point the way DESIGN.md says."""
    files = sorted((repository / package).rglob("*.py"))
    assert files, package
    for file in files:
        used = {name.split(".")[0] for name in _imports(file)} & OURS
        assert used <= MAY_IMPORT[package] | {package}, file.relative_to(repository)


def test_pure_logic_touches_no_vendor_library(repository: Path) -> None:
    """Logic modules of functions know neither AWS nor the environment."""
    logic = sorted((repository / "lambdas").glob("*/logic.py"))
    assert logic
    for file in logic:
        used = {name.split(".")[0] for name in _imports(file)}
        assert not used & {"boto3", "botocore", "os"}, file.relative_to(repository)


def test_functions_do_not_import_each_other(repository: Path) -> None:
    """Each function's asset holds its own folder and the shared one."""
    for folder in (repository / "lambdas").iterdir():
        for file in folder.rglob("*.py"):
            for name in _imports(file):
                parts = name.split(".")
                if parts[0] == "lambdas" and len(parts) > 1:
                    assert parts[1] in {"shared", folder.name}, file.relative_to(repository)


def test_the_sdk_comes_into_the_functions_through_one_module(repository: Path) -> None:
    """Only there does the garbage collector rest while it is imported."""
    found = {
        file.relative_to(repository).as_posix()
        for file in (repository / "lambdas").rglob("*.py")
        if {name.split(".")[0] for name in _imports(file)} & {"boto3", "botocore", "urllib3"}
    }
    assert found == {"lambdas/shared/aws.py"}
