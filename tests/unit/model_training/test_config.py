from pathlib import Path

import pytest

from model_training.config import read_config
from model_training.errors import ConfigError


@pytest.fixture
def shipped(repository: Path) -> str:
    """Text of the shipped model's configuration."""
    return (repository / "model_training/configs/shipped.toml").read_text(encoding="utf-8")


def test_every_configuration_of_the_project_is_valid(repository: Path) -> None:
    """All files under configs/ are read without complaint, under their own names."""
    files = sorted((repository / "model_training/configs").glob("*.toml"))
    assert files
    assert [read_config(file).name for file in files] == [file.stem for file in files]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs =", "epoch =", r"training\.epoch: is not a known key; did you mean epochs"),
        ("seed = 1\n", "", r"seed: is missing"),
        ("seed = 1", 'seed = "seven"', r"seed: must be a whole number"),
        ("batch = 128", "batch = 12.5", r"training\.batch: must be a whole number"),
        ("momentum = 0.9", "momentum = 1.0", r"training\.momentum: must be from 0 to below 1"),
        ("widths = [32, 64, 112, 160]", "widths = [32, 64]", r"network\.blocks: needs one number"),
        (
            "widths = [32, 64, 112, 160]",
            "widths = [16, 64, 112, 160]",
            r"network\.widths: must begin with",
        ),
        ("shift = 0.10", "shift = -0.10", r"augmentation\.shift: must be 0 or more"),
        ("weight = 0.5", "weight = 0.0", r"distillation\.weight: must be above 0"),
        ("shrink_min_px = 12", "shrink_min_px = 49", r"shrink_min_px: must be 1 to 48"),
        ('"mixed_bfloat16"', '"float8"', r"training\.compute: must be one of float32"),
        ('name = "shipped"', 'name = "../up"', r"name: must be letters"),
        ("[network]", "[network", r"syntax: "),
    ],
)
def test_a_wrong_configuration_names_the_key(
    tmp_path: Path, shipped: str, old: str, new: str, message: str
) -> None:
    """Each mistake is refused with the file and the key."""
    assert old in shipped
    path = tmp_path / "wrong.toml"
    path.write_text(shipped.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        read_config(path)
    assert str(caught.value).startswith(path.name)


def test_a_missing_configuration_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml: file: is not there"):
        read_config(tmp_path / "nowhere.toml")
