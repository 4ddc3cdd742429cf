"""The reviewed state of each template; ``pytest --snapshot-update`` accepts a change."""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from tests.infrastructure.synthesised import Synthesised, masked


@pytest.mark.parametrize(
    "stack", ["storage", "ingestion", "analytics", "alerting", "at-city-gallery"]
)
def test_the_template_is_the_one_that_was_reviewed(
    synthesised: Synthesised, snapshot: SnapshotAssertion, stack: str
) -> None:
    """A change of what is deployed shows up as a change of a file in the repository."""
    reviewed = snapshot.use_extension(JSONSnapshotExtension)
    assert masked(synthesised.templates[stack]) == reviewed
