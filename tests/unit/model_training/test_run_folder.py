from pathlib import Path

import pytest

from model_training.errors import RunError
from model_training.run_folder import RunFolder, git_commit


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration file; its content does not matter here."""
    path = tmp_path / "config-a.toml"
    path.write_text("name = 'a'\n", encoding="utf-8")
    return path


def test_a_run_goes_on_only_with_its_own_configuration(tmp_path: Path, config: Path) -> None:
    """Starting again is fine, starting with another configuration is refused."""
    run = RunFolder(tmp_path / "run")
    run.start(config, {"seed": 1})
    run.start(config, {"seed": 1, "cpus": 4})
    assert run.about() == {"seed": 1}
    with pytest.raises(RunError, match="a run of seed 1; choose another --run folder for seed 2"):
        run.start(config, {"seed": 2})
    config.write_text("name = 'b'\n", encoding="utf-8")
    with pytest.raises(RunError, match="another configuration"):
        run.start(config, {"seed": 1})


def test_an_epoch_run_again_replaces_its_row(tmp_path: Path, config: Path) -> None:
    """After a kill between log and checkpoint no epoch stands twice in the log."""
    run = RunFolder(tmp_path / "run")
    run.start(config, {})
    for epoch, loss in ((1, 3.0), (2, 2.0), (3, 1.5), (2, 1.9)):
        run.append_log({"epoch": epoch, "loss": loss})
    assert [(row["epoch"], row["loss"]) for row in run.read_log()] == [("1", "3.0"), ("2", "1.9")]


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    """Asking how a run was made fails clearly where there is none."""
    with pytest.raises(RunError, match="holds no training run"):
        RunFolder(tmp_path / "nothing").about()


def test_a_folder_outside_git_has_no_commit(tmp_path: Path) -> None:
    """Sources without a repository are called unknown rather than failing the run."""
    assert git_commit(tmp_path) == "unknown"
