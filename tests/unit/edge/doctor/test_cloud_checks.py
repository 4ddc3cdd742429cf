"""What doctor says of certificates, key, broker, policy and outbox."""

import datetime as dt
from pathlib import Path

import pytest

from edge.adapters.broker_probe import BrokerError, Handshake, Session, Step
from edge.adapters.credentials import CertificateDates
from edge.adapters.outbox_reader import OutboxFacts
from edge.config import BrokerConfig
from edge.doctor.broker import broker, unreachable
from edge.doctor.certificates import certificates
from edge.doctor.key import judge_key, key
from edge.doctor.outbox import outbox
from edge.doctor.policy import policy
from edge.doctor.report import Verdict
from edge.errors import CredentialsError
from local_cloud.certificates import CertificateAuthority
from tests.unit.edge.doctor.findings import FAIL, PASS, WARN, expect

NOW = dt.datetime(2026, 5, 4, 12, 0, tzinfo=dt.UTC)
NOW_MS = 1_777_896_000_000
AUTHORITY = CertificateDates(
    not_before=dt.datetime(2015, 5, 26, tzinfo=dt.UTC),
    not_after=dt.datetime(2038, 1, 17, tzinfo=dt.UTC),
)


def dates(begin_days: float, end_days: float) -> CertificateDates:
    """Of a certificate that begins and ends so many days from now."""
    return CertificateDates(
        not_before=NOW + dt.timedelta(days=begin_days), not_after=NOW + dt.timedelta(days=end_days)
    )


@pytest.mark.parametrize(
    ("device", "authority", "synced", "verdict", "said"),
    [
        (dates(-5, 400), AUTHORITY, True, PASS, "400 more days"),
        (dates(-5, 30), AUTHORITY, True, PASS, "30 more days"),
        (dates(-5, 29), AUTHORITY, True, WARN, "device certificate holds until 2026-06-02, 29"),
        (dates(-5, 400), dates(-9, 3), True, WARN, "authority certificate"),
        (dates(-400, -1), AUTHORITY, True, FAIL, "device certificate expired on 2026-05-03"),
        (dates(-5, 400), dates(-9, -1), True, FAIL, "authority certificate expired"),
        (dates(1, 400), AUTHORITY, True, FAIL, "holds only from 2026-05-05 12:00 UTC on"),
        (dates(1, 400), AUTHORITY, False, FAIL, "or the clock is wrong"),
    ],
)
def test_certificates(
    device: CertificateDates,
    authority: CertificateDates,
    synced: bool,  # noqa: FBT001 - a parameter of the test
    verdict: Verdict,
    said: str,
) -> None:
    """Thirty days are time enough to have a new one made."""
    expect(
        certificates({"device": device, "authority": authority}, NOW, synced=synced), verdict, said
    )


@pytest.mark.parametrize(
    ("mode", "is_owners", "verdict", "said"),
    [
        (0o100600, True, PASS, "0600"),
        (0o100400, True, PASS, "0400"),
        (0o100600, False, WARN, "does not belong"),
        (0o100640, True, WARN, "by its group (0640)"),
        (0o100644, True, FAIL, "by everybody on this machine (0644)"),
    ],
)
def test_key_permissions(mode: int, is_owners: bool, verdict: Verdict, said: str) -> None:  # noqa: FBT001 - a parameter of the test
    """Whoever can copy the key can speak as this device."""
    expect(judge_key(Path("/x/device.key"), mode, is_owners=is_owners), verdict, said)


def test_key_must_be_the_certificates(tmp_path: Path) -> None:
    """And be there."""
    own = CertificateAuthority(tmp_path / "a").issue_client("pi-1")
    other = CertificateAuthority(tmp_path / "b").issue_client("pi-2")

    def judged(key_file: Path) -> None:
        config = BrokerConfig(
            endpoint="broker.example",
            ca_file=own.ca_file,
            certificate_file=own.certificate_file,
            key_file=key_file,
        )
        expect(key(config, tmp_path / "not there yet"), PASS, "0600")

    judged(own.key_file)
    with pytest.raises(CredentialsError, match="is not its"):
        judged(other.key_file)
    with pytest.raises(FileNotFoundError):
        judged(tmp_path / "missing.key")


@pytest.mark.parametrize("step", list(Step))
def test_an_unreachable_broker_fails_with_the_step(step: Step) -> None:
    """Each step has its own mend."""
    found = unreachable(BrokerError(step, "that was it"), "broker.example:8883")

    expect(found, FAIL, "that was it")
    assert found.figures["step"] == step.value
    mends = {unreachable(BrokerError(s, ""), "x").mend for s in Step}
    assert len(mends) == len(Step)


def handshake(server_days: float = 200) -> Handshake:
    """A TLS connection to a server whose certificate holds so many more days."""
    return Handshake(
        address="192.0.2.7",
        protocol="TLSv1.3",
        took_ms=41.4,
        server_until=NOW + dt.timedelta(days=server_days),
    )


@pytest.mark.parametrize(
    ("server_days", "session", "verdict", "said"),
    [
        (200, Session(took_ms=80), PASS, "by TLSv1.3 in 41 ms, MQTT session in 80 ms"),
        (200, None, PASS, "left to the service"),
        (3, Session(took_ms=80), WARN, "for 3 more days"),
    ],
)
def test_broker(server_days: float, session: Session | None, verdict: Verdict, said: str) -> None:
    """Reached."""
    found = broker(handshake(server_days), session, name="broker.example:8883", now=NOW)

    expect(found, verdict, said)


@pytest.mark.parametrize(
    ("session", "verdict", "said"),
    [
        (Session(took_ms=80), PASS, "publishing visits cannot be tried"),
        (Session(took_ms=80, refusal="NOT_AUTHORIZED"), FAIL, "NOT_AUTHORIZED"),
        (Session(took_ms=80, failure="the connection was lost"), FAIL, "connection was lost"),
    ],
)
def test_policy(session: Session, verdict: Verdict, said: str) -> None:
    """Honest about what was not tried."""
    expect(policy(session, "museum/v1/g/pi-1/status"), verdict, said)


@pytest.mark.parametrize(
    ("facts", "aside", "verdict", "said"),
    [
        (None, [], PASS, "none yet"),
        (OutboxFacts(depth=0, oldest_at=None, dropped=0), [], PASS, "0 visits"),
        (OutboxFacts(depth=9, oldest_at=NOW_MS - 60_000, dropped=0), [], PASS, "oldest for 60 s"),
        (OutboxFacts(depth=9, oldest_at=NOW_MS + 9999, dropped=0), [], PASS, "oldest for 0 s"),
        (OutboxFacts(depth=9, oldest_at=None, dropped=0, undated=9), [], PASS, "9 of them until"),
        (OutboxFacts(depth=9, oldest_at=NOW_MS - 7_300_000, dropped=0), [], WARN, "for 2 h"),
        (OutboxFacts(depth=900, oldest_at=NOW_MS, dropped=0), [], WARN, "900 visits wait"),
        (OutboxFacts(depth=0, oldest_at=None, dropped=4), [], WARN, "4 fell off"),
        (
            OutboxFacts(depth=0, oldest_at=None, dropped=0),
            [Path("/v/outbox.db.damaged-1")],
            WARN,
            "/v/outbox.db.damaged-1",
        ),
    ],
)
def test_outbox(facts: OutboxFacts | None, aside: list[Path], verdict: Verdict, said: str) -> None:
    """What waits too long, fell off, or was set aside."""
    expect(outbox(facts, aside, now_ms=NOW_MS, max_visits=1000), verdict, said)
