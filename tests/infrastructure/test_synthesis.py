import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.infrastructure.synthesised import Synthesised

PARTS = ("contracts", "costs", "lambdas", "local_cloud", "stacks")
FILES = ("app.py", "cdk.json", "museum.toml", "requirements.txt")


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    """What a synthesis needs, in another folder, with other times and some clutter."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for part in PARTS:
        shutil.copytree(repository / part, folder / part, copy_function=shutil.copyfile)
    for file in FILES:
        shutil.copyfile(repository / file, folder / file)
    (folder / "lambdas" / "shared" / "__pycache__").mkdir(exist_ok=True)
    (folder / "lambdas" / "shared" / "__pycache__" / "clutter.cpython-311.pyc").write_bytes(b"1")
    return folder


def _synthesise(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    without_aws = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        env={**without_aws, **variables},
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )


def _contents(of: Synthesised) -> dict[str, bytes]:
    """Every template and every file of every package."""
    paths = [*of.folder.glob("*.template.json"), *of.folder.glob("asset.*/**/*")]
    return {str(p.relative_to(of.folder)): p.read_bytes() for p in paths if p.is_file()}


def test_two_folders_give_the_same_bytes(synthesised: Synthesised, copy: Path) -> None:
    """Neither the folder nor the user's settings show in templates or packages."""
    done = _synthesise(copy, PYTHONHASHSEED="7", TZ="Asia/Tokyo", LANG="C")
    assert done.returncode == 0, done.stderr
    other = _contents(Synthesised(copy / "cdk.out"))
    assert other.keys() == _contents(synthesised).keys()
    assert other == _contents(synthesised)


def test_a_mistake_in_the_configuration_is_one_clear_line(repository: Path, tmp_path: Path) -> None:
    """The engineer reads file, key and mend, not a traceback."""
    config = tmp_path / "broken.toml"
    text = (repository / "museum.toml").read_text()
    config.write_text(text.replace("time_zone", "timezone"))
    context = json.dumps({"museums": str(config)})
    done = _synthesise(repository, CDK_CONTEXT_JSON=context, CDK_OUTDIR=str(tmp_path / "out"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "app.py: broken.toml: museums[0].timezone: is not a known key; did you mean time_zone?"
    )
    assert "Traceback" not in done.stderr
