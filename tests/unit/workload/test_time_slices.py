"""Time slices of deliveries."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workload.delivery import Delivery
from workload.publish import time_slices

START = datetime(2026, 10, 24, tzinfo=UTC)


@given(
    seconds=st.lists(st.integers(min_value=0, max_value=1000)).map(sorted),
    length=st.integers(min_value=1, max_value=300),
)
def test_slices_keep_everything_in_order_and_stay_short(seconds: list[int], length: int) -> None:
    """Put together they are the deliveries; none is empty or as long as the length."""
    deliveries = [
        Delivery(at=START + timedelta(seconds=s), device_id="d", topic="t", payload=b"")
        for s in seconds
    ]
    slices = list(time_slices(deliveries, timedelta(seconds=length)))
    assert [d for part in slices for d in part] == deliveries
    assert all(part[-1].at - part[0].at < timedelta(seconds=length) for part in slices)
