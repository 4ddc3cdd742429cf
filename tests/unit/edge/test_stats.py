"""What the pipeline counts, read from another thread."""

import threading

from edge.stats import PipelineStats


def test_medians_and_counters() -> None:
    """Stages without a time are absent."""
    stats = PipelineStats()
    for ms in (5.0, 1.0, 3.0):
        stats.add_time("detect", ms)
    stats.add_frame()
    stats.add_visits(2)
    stats.add_still_faces(1)

    snapshot = stats.snapshot()

    assert snapshot.stages_ms == {"detect": 3.0}
    assert (snapshot.frames, snapshot.visits, snapshot.still_faces_suppressed) == (1, 2, 1)


def test_times_are_bounded() -> None:
    """A year of frames takes no more memory; the median is that of the last 2,048."""
    stats = PipelineStats()
    for ms in (1.0, 100.0):
        for _ in range(2048):
            stats.add_time("frame", ms)

    assert stats.snapshot().stages_ms == {"frame": 100.0}


def test_reading_while_the_pipeline_writes() -> None:
    """No error, no lost count."""
    stats = PipelineStats()

    def work() -> None:
        for _ in range(5000):
            stats.add_time("frame", 1.0)
            stats.add_frame()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(t.is_alive() for t in threads):
        assert stats.snapshot().frames <= 10_000
    assert stats.snapshot().frames == 10_000
