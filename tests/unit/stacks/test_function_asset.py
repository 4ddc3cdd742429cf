import importlib.util
import sys
from importlib import metadata
from pathlib import Path

import pytest

from stacks.constructs.function_asset import (
    FunctionSources,
    _version,
    collect,
    runtime_python,
)
from stacks.errors import AssetError


@pytest.fixture
def sources(tmp_path: Path) -> FunctionSources:
    """A small project with two functions."""
    root = tmp_path / "project"
    for name in ("contracts/topics.py", "lambdas/shared/clock.py", "lambdas/__init__.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("A = 1\n")
    for function in ("one", "two"):
        (root / "lambdas" / function).mkdir()
        (root / "lambdas" / function / "handler.py").write_text("def handler(): ...\n")
    (root / "requirements.txt").write_text("fastjsonschema==2.22.3  # schemas\nnumpy==1.26.4\n")
    return FunctionSources(root=root, museums=b"{}\n")


def test_a_package_holds_the_function_what_it_shares_and_the_configuration(
    sources: FunctionSources,
) -> None:
    """The museums are in a file that is made for the package."""
    files = collect(sources, "one", packages=()).files
    assert set(files) == {
        "contracts/topics.py",
        "lambdas/__init__.py",
        "lambdas/one/handler.py",
        "lambdas/shared/clock.py",
        "museums.json",
    }
    assert files["museums.json"] == sources.museums


def test_caches_do_not_change_the_digest(sources: FunctionSources) -> None:
    """Having run the code before makes no difference to what is deployed."""
    before = collect(sources, "one", packages=()).digest()
    cache = sources.root / "lambdas" / "one" / "__pycache__"
    cache.mkdir()
    (cache / "handler.cpython-311.pyc").write_bytes(b"1")
    (sources.root / "contracts" / ".DS_Store").write_bytes(b"1")
    assert collect(sources, "one", packages=()).digest() == before


@pytest.mark.parametrize(
    "changed", ["lambdas/one/handler.py", "lambdas/shared/clock.py", "contracts/topics.py"]
)
def test_a_changed_line_changes_the_digest(sources: FunctionSources, changed: str) -> None:
    """A change is never kept from being deployed."""
    before = collect(sources, "one", packages=()).digest()
    (sources.root / changed).write_text("A = 2\n")
    assert collect(sources, "one", packages=()).digest() != before


def test_moving_a_line_to_another_file_changes_the_digest(sources: FunctionSources) -> None:
    """Names count, not only contents."""
    before = collect(sources, "one", packages=()).digest()
    (sources.root / "contracts" / "topics.py").rename(sources.root / "contracts" / "visit.py")
    assert collect(sources, "one", packages=()).digest() != before


def test_another_functions_change_does_not_matter(sources: FunctionSources) -> None:
    """One function's change does not deploy the others."""
    before = collect(sources, "one", packages=()).digest()
    (sources.root / "lambdas" / "two" / "handler.py").write_text("A = 2\n")
    assert collect(sources, "one", packages=()).digest() == before


def test_an_unknown_function_is_named(sources: FunctionSources) -> None:
    """A typing error in a stack shows at once."""
    with pytest.raises(AssetError, match=r"lambdas/three/handler.py: is not there"):
        collect(sources, "three")


def test_a_pure_python_package_comes_along_without_the_installers_notes(
    sources: FunctionSources,
) -> None:
    """Its licence does; what differs from machine to machine does not."""
    files = collect(sources, "one", packages=("fastjsonschema",)).files
    assert "fastjsonschema/__init__.py" in files
    assert any(name.endswith("LICENSE") for name in files)
    assert not any(name.endswith(("RECORD", "INSTALLER", ".pyc")) for name in files)


def test_compiled_code_is_refused(sources: FunctionSources) -> None:
    """What was built for this machine would not run on Lambda's."""
    (sources.root / "requirements.txt").write_text(f"pyyaml=={metadata.version('pyyaml')}\n")
    with pytest.raises(AssetError, match="pyyaml: is no pure-Python package"):
        collect(sources, "one", packages=("pyyaml",))


@pytest.fixture
def disguised(sources: FunctionSources, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package, said to be pure Python; gives its list of files."""
    site = sources.root / "site"
    about = site / "disguised-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Name: disguised\nVersion: 1.0\n")
    (about / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
    (sources.root / "requirements.txt").write_text("disguised==1.0\n")
    monkeypatch.syspath_prepend(str(site))
    return about / "RECORD"


def test_compiled_code_in_disguise_is_refused(sources: FunctionSources, disguised: Path) -> None:
    """A wheel's own word that it is pure Python is not enough."""
    disguised.write_text("disguised/__init__.py,,\ndisguised/fast.so,,\n")
    with pytest.raises(AssetError, match=r"disguised: holds compiled code \(disguised/fast\.so\)"):
        collect(sources, "one", packages=("disguised",))


def test_a_package_without_a_list_of_files_is_refused(
    sources: FunctionSources, disguised: Path
) -> None:
    """It would be deployed empty, and fail only in AWS."""
    disguised.write_text("")
    with pytest.raises(AssetError, match="disguised: does not list its files"):
        collect(sources, "one", packages=("disguised",))


def test_another_version_than_the_pinned_one_is_refused(sources: FunctionSources) -> None:
    """A half-updated environment cannot be deployed by mistake."""
    (sources.root / "requirements.txt").write_text("fastjsonschema==1.0.0\n")
    with pytest.raises(AssetError, match=r"requirements\.txt pins 1\.0\.0"):
        collect(sources, "one", packages=("fastjsonschema",))


def test_a_package_that_nobody_pinned_is_refused(sources: FunctionSources) -> None:
    """Else two machines would deploy different versions."""
    with pytest.raises(AssetError, match="tzdata: is not pinned"):
        collect(sources, "one", packages=("tzdata",))


def test_a_package_that_is_missing_is_named_with_the_mend(sources: FunctionSources) -> None:
    """The message says what to run."""
    with pytest.raises(AssetError, match="no-such-package: is not installed; run pip install"):
        collect(sources, "one", packages=("no-such-package",))


def test_written_files_are_readable_for_everyone(sources: FunctionSources, tmp_path: Path) -> None:
    """Lambda runs the function as a user that is not their owner."""
    (sources.root / "lambdas" / "one" / "handler.py").chmod(0o600)
    folder = tmp_path / "package"
    folder.mkdir()
    collect(sources, "one", packages=()).write(folder)
    assert (folder / "lambdas" / "one" / "handler.py").stat().st_mode & 0o777 == 0o644
    assert (folder / "lambdas" / "one").stat().st_mode & 0o777 == 0o755


def test_byte_code_fits_whatever_the_files_times_are(
    sources: FunctionSources, tmp_path: Path
) -> None:
    """Packing loses the times; tracebacks name the place in Lambda and not this machine's."""
    folder = tmp_path / "package"
    folder.mkdir()
    collect(sources, "one", packages=()).write(folder, sys.executable)
    source = folder / "lambdas" / "one" / "handler.py"
    code = Path(importlib.util.cache_from_source(str(source)))
    assert code.stat().st_mode & 0o777 == 0o644
    content = code.read_bytes()
    unchecked_hash = (1).to_bytes(4, "little")  # PEP 552: the flags after the magic number
    assert content[:8] == importlib.util.MAGIC_NUMBER + unchecked_hash
    assert b"/var/task/lambdas/one/handler.py" in content
    assert str(tmp_path).encode() not in content


def test_byte_code_is_the_same_from_every_folder(sources: FunctionSources, tmp_path: Path) -> None:
    """Two machines with the same Python give the same package."""
    codes = []
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        collect(sources, "one", packages=()).write(folder, sys.executable)
        codes.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.pyc")})
    assert codes[0] == codes[1]
    assert codes[0]


def test_without_a_python_of_lambdas_there_is_no_byte_code(
    sources: FunctionSources, tmp_path: Path
) -> None:
    """Another version's would lie there unused."""
    folder = tmp_path / "package"
    folder.mkdir()
    collect(sources, "one", packages=()).write(folder)
    assert not list(folder.rglob("*.pyc"))


def test_what_does_not_compile_is_not_deployed(sources: FunctionSources, tmp_path: Path) -> None:
    """Lambda would say so at the first call only."""
    (sources.root / "lambdas" / "one" / "handler.py").write_text("def handler(:\n")
    folder = tmp_path / "package"
    folder.mkdir()
    with pytest.raises(AssetError, match=r"does not compile: .*handler\.py"):
        collect(sources, "one", packages=()).write(folder, sys.executable)


def test_a_python_of_lambdas_version_is_that_or_none() -> None:
    """A launcher that is called python3.13 but launches nothing counts as none."""
    found = runtime_python()
    if found is None:
        assert sys.version_info[:2] != (3, 13)
    else:
        assert _version(found) == "3.13"


def test_a_launcher_that_launches_nothing_has_no_version(tmp_path: Path) -> None:
    """As pyenv's, where that version is not chosen."""
    launcher = tmp_path / "python3.13"
    launcher.write_text("#!/bin/sh\nexit 127\n")
    launcher.chmod(0o755)
    assert _version(str(launcher)) == ""
