"""The threat model's rows name tests that are there, or say why a risk is accepted."""

import re
from pathlib import Path

import pytest

STRIDE = set("STRIDE")
_LINK = re.compile(r"\[(\w+\.py)\]\((\.\./tests/[^)#]+)\)")
_REASON = re.compile(r"\*\*accepted\*\*: \S.{30,}")


@pytest.fixture(scope="module")
def hops(repository: Path) -> dict[str, list[list[str]]]:
    """By hop, the cells of each of its rows."""
    found: dict[str, list[list[str]]] = {}
    for section in (repository / "docs" / "threat-model.md").read_text("utf-8").split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        rows = [line.strip("|").split(" | ") for line in body.splitlines() if line[:1] == "|"]
        found[title] = [[cell.strip(" |") for cell in row] for row in rows[2:]]
    return found


def test_every_hop_is_there_with_all_six_kinds_of_threat(
    hops: dict[str, list[list[str]]],
) -> None:
    """Spoofing, tampering, repudiation, disclosure, denial of service, elevation."""
    assert len(hops) == 9
    for hop, rows in hops.items():
        assert all(len(row) == 4 for row in rows), hop
        assert {row[0] for row in rows} == STRIDE, hop


def test_every_threat_has_a_test_or_an_accepted_risk(
    repository: Path, hops: dict[str, list[list[str]]]
) -> None:
    """The file is there, under the name that the row gives it, and holds tests."""
    for hop, rows in hops.items():
        for _, threat, answer, held in rows:
            links = _LINK.findall(held)
            assert bool(links) != bool(_REASON.search(held)), f"{hop}: {threat}"
            for name, target in links:
                file = (repository / "docs" / target).resolve()
                assert file.name == name, threat
                assert re.search(
                    r"^    ?def test_|^def test_", file.read_text("utf-8"), re.MULTILINE
                )
            if links:
                assert len(answer) > 3, threat
