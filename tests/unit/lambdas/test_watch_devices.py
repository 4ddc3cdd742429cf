"""Silent cameras: known within five minutes in the opening hours, never outside, told once."""

import pytest

from contracts.camera_state import CameraState
from contracts.metrics import Metric
from contracts.status import LONGEST_HEARTBEAT_S
from lambdas.shared.errors import ServiceError
from lambdas.shared.models.devices import DeviceReport, Disconnect
from tests.fakes.failures import never
from tests.support.function_data import MUSEUM
from tests.unit.lambdas.messages import ms
from tests.unit.lambdas.test_died_and_retried import run_with_retry
from tests.unit.lambdas.worlds import World

MINUTE_MS = 60_000
LOOK_MS = 2 * MINUTE_MS
NOON = ms("2026-11-12T12:00:00+01:00")  # a Thursday, open from 10:00 to 17:00
MIDNIGHT = ms("2026-11-12T23:58:00+01:00")


def hear(
    world: World, at: int, *, device_id: str = "pi-1", camera: CameraState = CameraState.OK
) -> None:
    """A heartbeat."""
    report = DeviceReport(device_id=device_id, artwork_id="harvest", camera=camera, received_at=at)
    world.devices.hear(MUSEUM.id, report)


def look(world: World, start: int, end: int) -> None:
    """Every scheduled look in ``[start, end)``."""
    for at in range(start, end, LOOK_MS):
        world.clock.wall_ms = at
        world.watch_devices().run(MUSEUM)


@pytest.mark.parametrize("last_word_s", range(0, 120, 7))
def test_a_silence_at_noon_is_told_once_and_within_five_minutes(last_word_s: int) -> None:
    """Wherever the last heartbeat lies between two looks."""
    world = World()
    last = NOON + last_word_s * 1000
    hear(world, last)
    look(world, NOON, last + 5 * MINUTE_MS)
    assert [mail.subject for mail in world.notifier.mails] == ["City Gallery: pi-1 fell silent"]
    look(world, NOON + 3 * LOOK_MS, NOON + 60 * MINUTE_MS)
    (mail,) = world.notifier.mails
    assert "pi-1 at Harvest" in mail.body
    assert "last heard at 12:0" in mail.body
    assert max(map(len, mail.body.splitlines())) <= 100


@pytest.mark.parametrize("first_look_s", range(0, 150, 7))
def test_one_lost_heartbeat_of_the_slowest_device_is_no_silence(first_look_s: int) -> None:
    """What edge.toml lets a Pi choose and what counts as silence go by one constant."""
    world = World()
    interval = round(LONGEST_HEARTBEAT_S * 1000)
    for beat in range(0, 60, 2):  # every other one is lost
        hear(world, NOON + beat * interval)
        # A look at each age that the heartbeat has until the next one that comes.
        world.clock.wall_ms = NOON + beat * interval + first_look_s * 1000
        world.watch_devices().run(MUSEUM)
    assert world.notifier.mails == []


def test_six_silent_minutes_at_midnight_are_told_to_nobody() -> None:
    """And no service is asked for anything."""
    world = World()
    world.devices.fails = lambda: True
    hear(world, MIDNIGHT)
    look(world, MIDNIGHT, MIDNIGHT + 10 * MINUTE_MS)
    assert world.notifier.mails == []


def test_a_camera_that_was_switched_off_overnight_is_told_after_opening() -> None:
    """Not at the first minute: somebody may just be switching it on."""
    opening = ms("2026-11-12T10:00:00+01:00")
    world = World()
    hear(world, opening - 600 * MINUTE_MS)
    look(world, opening, opening + 2 * MINUTE_MS)
    assert world.notifier.mails == []
    look(world, opening, opening + 5 * MINUTE_MS)
    assert len(world.notifier.mails) == 1


def test_a_camera_that_speaks_is_not_told_of() -> None:
    """A heartbeat a minute; one that gets lost is no silence."""
    world = World()
    for minute in range(30):
        if minute % 5:
            hear(world, NOON + minute * MINUTE_MS)
        world.clock.wall_ms = NOON + minute * MINUTE_MS + 59_000
        world.watch_devices().run(MUSEUM)
    assert world.notifier.mails == []
    assert set(world.metrics.values(Metric.DEVICES_SILENT)) == {0}


def test_the_next_silence_is_told_again_and_with_all_that_are_new() -> None:
    """One mail for two cameras that fell silent together; the third is known already."""
    world = World()
    hear(world, NOON - 10 * MINUTE_MS, device_id="pi-3")
    look(world, NOON, NOON + 1)
    for device in ("pi-1", "pi-2"):
        hear(world, NOON, device_id=device)
    look(world, NOON + 4 * MINUTE_MS, NOON + 4 * MINUTE_MS + 1)
    subjects = [mail.subject for mail in world.notifier.mails]
    assert subjects == ["City Gallery: pi-3 fell silent", "City Gallery: 2 cameras fell silent"]
    hear(world, NOON + 10 * MINUTE_MS, device_id="pi-1")
    look(world, NOON + 14 * MINUTE_MS, NOON + 14 * MINUTE_MS + 1)
    assert [mail.subject for mail in world.notifier.mails[2:]] == ["City Gallery: pi-1 fell silent"]


def test_the_dashboard_is_told_how_many_there_are() -> None:
    """Heard, silent, and those whose camera needs a look."""
    world = World()
    hear(world, NOON - 10 * MINUTE_MS, device_id="pi-1")
    hear(world, NOON, device_id="pi-2", camera=CameraState.COVERED)
    hear(world, NOON, device_id="pi-3", camera=CameraState.CLOSED)
    look(world, NOON, NOON + 1)
    assert world.metrics.values(Metric.DEVICES_SILENT) == [1]
    assert world.metrics.values(Metric.DEVICES_HEARD) == [2]
    assert world.metrics.values(Metric.CAMERAS_TROUBLED) == [1]


def test_a_look_that_died_anywhere_is_made_up_for() -> None:
    """One mail of both silences, wherever it died."""
    deaths = 0
    for survives in range(8):
        world = World()
        for device in ("pi-1", "pi-2"):
            hear(world, NOON - 10 * MINUTE_MS, device_id=device)
        world.clock.wall_ms = NOON
        fakes = (world.devices, world.silences, world.notifier)
        deaths += run_with_retry(fakes, survives, lambda: world.watch_devices().run(MUSEUM))  # noqa: B023  # called in this turn
        assert len(world.notifier.mails) == 1
    assert deaths == 6  # a query, two claims, how they were lost, the mail, one confirmation


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("MQTT_KEEP_ALIVE_TIMEOUT", "Its connection went dead: power or network."),
        ("DUPLICATE_CLIENTID", "or another Pi has its name."),
        ("SOMETHING_NEW", "The broker closed its connection (SOMETHING_NEW)."),
        ("", "The broker closed its connection (no reason given)."),
    ],
)
def test_the_mail_says_how_the_broker_lost_a_camera(reason: str, words: str) -> None:
    """Below the camera's own line, and in one line."""
    world = World()
    for device in ("pi-1", "pi-2"):
        hear(world, NOON - 10 * MINUTE_MS, device_id=device)
    world.devices.lose(
        Disconnect(device_id="pi-1", disconnected_at=NOON - 10 * MINUTE_MS - 90, reason=reason)
    )
    look(world, NOON, NOON + 1)
    lines = world.notifier.mails[0].body.splitlines()
    (told,) = [n for n, line in enumerate(lines) if line.startswith("  pi-1")]
    assert words in lines[told + 1]
    assert lines[told + 2].startswith("  pi-2")
    assert max(map(len, lines)) <= 100


def test_how_it_was_lost_before_it_came_back_is_not_told() -> None:
    """The silence of now has another cause, which the broker may not know yet."""
    world = World()
    hear(world, NOON - 10 * MINUTE_MS)
    world.devices.lose(
        Disconnect(
            device_id="pi-1", disconnected_at=NOON - 11 * MINUTE_MS, reason="CONNECTION_LOST"
        )
    )
    look(world, NOON, NOON + 1)
    assert "connection" not in world.notifier.mails[0].body


def test_a_table_that_does_not_answer_fails_the_run() -> None:
    """So that the alarm on errors goes off."""
    world = World()
    world.clock.wall_ms = NOON
    world.devices.fails = lambda: True
    with pytest.raises(ServiceError):
        world.watch_devices().run(MUSEUM)
    world.devices.fails = never
    world.watch_devices().run(MUSEUM)
