"""The reviewed state of each template; ``pytest --snapshot-update`` accepts a change."""

import json
import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.infrastructure.synthesised import Synthesised


def _masked(template: dict[str, Any]) -> dict[str, Any]:
    """Without the packages' hashes, which change with every line of a function."""
    masked: dict[str, Any] = json.loads(
        re.sub(r"\b[0-9a-f]{64}\.zip", "ASSET.zip", json.dumps(template))
    )
    return masked


@pytest.mark.parametrize("stack", ["storage", "ingestion", "analytics", "alerting"])
def test_the_template_is_the_one_that_was_reviewed(
    synthesised: Synthesised, snapshot: SnapshotAssertion, stack: str
) -> None:
    """A change of what is deployed shows up as a change of a file in the repository."""
    reviewed = snapshot.use_extension(JSONSnapshotExtension)
    assert _masked(synthesised.templates[stack]) == reviewed
