"""The monthly bill: what the templates declare, times what is assumed, times the prices."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.museum_toml import DeploymentConfig
from contracts.museums import Museum, Privacy
from contracts.status import HEARTBEAT_S
from costs.assumptions import Assumptions
from costs.hours import open_days, open_hours
from costs.prices import Prices
from costs.series import series_of
from costs.shape import MONTH_DAYS, Shape
from local_cloud.metering import READ_UNIT_BYTES, WRITE_UNIT_BYTES

_GB: Final = 2**30
_MONTH_S: Final = MONTH_DAYS * 24 * 3600
_RECOUNTS: Final = 2
"""A visit is counted in about every second hourly run of its day: half of an open day's runs."""
_LOOK_MINUTES: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the bill: what, how much of it in a month, and US dollars."""

    key: str
    what: str
    amount: float
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A month's bill of one deployment.

    Attributes:
        region: Whose prices.
        museums: In the deployment.
        free_tier: Whether AWS's free amounts were taken off.
        lines: Dearest first.
        per_museum: US dollars a month of each museum, by id: what it adds, and an equal part of
            what all share. They add up to the bill.
    """

    region: str
    museums: int
    free_tier: bool
    lines: tuple[Line, ...]
    per_museum: Mapping[str, float]

    @property
    def usd(self) -> float:
        """US dollars a month."""
        return sum(line.usd for line in self.lines)

    def amount(self, key: str) -> float:
        """How much of something in a month."""
        return sum(line.amount for line in self.lines if line.key == key)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "region": self.region,
            "museums": self.museums,
            "free_tier": self.free_tier,
            "usd_per_month": round(self.usd, 4),
            "usd_per_month_by_museum": {
                name: round(usd, 4) for name, usd in self.per_museum.items()
            },
            "lines": [
                {"key": one.key, "what": one.what, "amount": one.amount, "usd": round(one.usd, 4)}
                for one in self.lines
            ],
        }


def make_bill(
    shape: Shape,
    config: DeploymentConfig,
    assumed: Assumptions,
    prices: Prices,
    *,
    free_tier: bool = False,
) -> Bill:
    """The bill of a deployment.

    Args:
        shape: What its templates declare.
        config: The museums that they were synthesised for.
        assumed: What they do not say.
        prices: Of the Region.
        free_tier: Take off what AWS gives every account for nothing.

    Raises:
        CostError: A price is not known in the Region, or a function has no assumed duration.
    """
    amounts = _sum(_amounts(shape, config.museums, config.privacy, assumed))
    lines = [
        Line(
            key=key,
            what=prices[key].what,
            amount=amount,
            usd=prices[key].cost(amount, free_tier=free_tier),
        )
        for key, amount in amounts.items()
    ]
    return Bill(
        region=prices.region,
        museums=len(config.museums),
        free_tier=free_tier,
        lines=tuple(sorted(lines, key=lambda line: -line.usd)),
        per_museum=_per_museum(shape, config, assumed, lines),
    )


_Amounts = Iterator[tuple[str, float]]


def _sum(amounts: _Amounts) -> dict[str, float]:
    total: dict[str, float] = {}
    for key, amount in amounts:
        total[key] = total.get(key, 0.0) + amount
    return total


def _per_museum(
    shape: Shape, config: DeploymentConfig, assumed: Assumptions, lines: Sequence[Line]
) -> Mapping[str, float]:
    """Each museum's part of every line, by the amounts.

    What the templates declare is the same for every museum (its schedules, its dashboard) or for
    all together; visits, heartbeats and letters are each museum's own.
    """
    shared = _sum(_amounts(shape, (), config.privacy, assumed))
    parts = {}
    for museum in config.museums:
        own = _sum(_amounts(shape, (museum,), config.privacy, assumed))
        parts[museum.id] = sum(
            line.usd
            * (own[line.key] - shared.get(line.key, 0.0) * (1 - 1 / len(config.museums)))
            / line.amount
            for line in lines
            if line.amount
        )
    return parts


@dataclass(frozen=True, slots=True)
class _Traffic:
    """What a month's visitors and Pis make, over all museums."""

    pis: float
    visits: float
    messages: float
    batches: float
    heartbeats: float
    disconnects: float


def _traffic(museums: Sequence[Museum], assumed: Assumptions) -> _Traffic:
    pis = sum(len(museum.artworks) for museum in museums) * assumed.pis_per_artwork
    visits = sum(
        len(m.artworks) * assumed.pis_per_artwork * assumed.visits_per_pi_day * open_days(m)
        for m in museums
    )
    messages = visits / assumed.visits_per_message
    return _Traffic(
        pis=pis,
        visits=visits,
        messages=messages,
        batches=messages / assumed.messages_per_batch,
        heartbeats=pis * _MONTH_S / HEARTBEAT_S,
        disconnects=pis * assumed.disconnects_per_pi_day * MONTH_DAYS,
    )


def _amounts(
    shape: Shape, museums: Sequence[Museum], privacy: Privacy, assumed: Assumptions
) -> _Amounts:
    traffic = _traffic(museums, assumed)
    yield from _fixed(shape, assumed)
    yield from _iot(traffic)
    yield from _queues(shape, museums, traffic, assumed)
    yield from _functions(shape, museums, privacy, traffic, assumed)
    yield from _tables(shape, museums, privacy, traffic, assumed)
    yield from _objects(museums, privacy, assumed)
    for museum in museums:
        for series in series_of(museum):
            yield "custom_metric", series.months


def _fixed(shape: Shape, assumed: Assumptions) -> _Amounts:
    yield "dashboard", shape.count("AWS::CloudWatch::Dashboard")
    yield "kms_key", shape.count("AWS::KMS::Key")
    queried = shape.alarm_queries * assumed.insights_metrics
    yield "alarm_metric", shape.alarm_metrics + queried


def _iot(traffic: _Traffic) -> _Amounts:
    yield "iot_connectivity", traffic.pis * _MONTH_S / 60
    yield "iot_message", traffic.heartbeats  # visits go by Basic Ingest
    handled = traffic.messages + traffic.heartbeats + traffic.disconnects
    yield "iot_rule", handled
    yield "iot_action", handled


def _letters(museums: Sequence[Museum], assumed: Assumptions) -> float:
    return len(museums) * assumed.letters_per_day * MONTH_DAYS


def _queues(
    shape: Shape, museums: Sequence[Museum], traffic: _Traffic, assumed: Assumptions
) -> _Amounts:
    empty = assumed.pollers * _MONTH_S / assumed.poll_s
    for _, fifo in shape.mapped:
        yield ("sqs_fifo" if fifo else "sqs_standard"), empty
    # Sending, receiving, deleting; a batch is received and deleted by ten.
    yield "sqs_standard", traffic.messages + 2 * traffic.batches
    yield "sqs_fifo", 3 * _letters(museums, assumed)
    # A letter is encrypted and read; a table's key is asked for every five minutes of use.
    yield "kms_request", 2 * _letters(museums, assumed) + shape.keyed_tables * _MONTH_S / 300
    per_day = sum(len(museum.curator_emails) for museum in museums)
    yield "sns_email", per_day * assumed.letters_per_day * MONTH_DAYS


def _functions(
    shape: Shape,
    museums: Sequence[Museum],
    privacy: Privacy,
    traffic: _Traffic,
    assumed: Assumptions,
) -> _Amounts:
    mapped = {"store_visits": traffic.batches, "send_mail": _letters(museums, assumed)}
    for name, function in shape.functions.items():
        calls = function.scheduled_calls + mapped.get(name, 0.0)
        yield "lambda_request", calls
        yield "lambda_gb_s", calls * assumed.duration_ms(name) / 1000 * function.memory_mb / 1024
        yield "scheduler", function.scheduled_calls
        yield "log_ingest", calls * assumed.log_bytes_per_call / _GB
        kept = privacy.log_retention_days / MONTH_DAYS
        yield "log_storage", calls * assumed.log_bytes_per_call / _GB * kept


def _tables(
    shape: Shape,
    museums: Sequence[Museum],
    privacy: Privacy,
    traffic: _Traffic,
    assumed: Assumptions,
) -> _Amounts:
    yield "dynamodb_write", traffic.visits * math.ceil(assumed.visit_bytes / WRITE_UNIT_BYTES)
    yield (
        "dynamodb_write",
        traffic.heartbeats * math.ceil(assumed.heartbeat_bytes / WRITE_UNIT_BYTES),
    )
    yield "dynamodb_write", traffic.disconnects
    kept = privacy.visit_retention_days / MONTH_DAYS
    stored = traffic.visits * kept * assumed.visit_bytes
    for museum in museums:
        artworks, hours = len(museum.artworks), open_hours(museum)
        yield "dynamodb_write", artworks * hours * _RECOUNTS  # this hour's counts, and the last's
        yield "dynamodb_read", _reads(museum, assumed)
        years = privacy.report_retention_days / MONTH_DAYS
        stored += artworks * hours * assumed.rollup_bytes * years
    yield "dynamodb_storage", stored / _GB
    yield "dynamodb_pitr", stored / _GB if shape.pitr_tables else 0.0


def _reads(museum: Museum, assumed: Assumptions) -> float:
    """Read units of a month: recounts, looks at the last hour, looks at heartbeats."""
    artworks, hours = len(museum.artworks), open_hours(museum)
    pis = artworks * assumed.pis_per_artwork
    day_bytes = assumed.pis_per_artwork * assumed.visits_per_pi_day * assumed.visit_bytes
    recount = artworks * max(1.0, day_bytes / _RECOUNTS / READ_UNIT_BYTES)
    looks = hours * 60 / _LOOK_MINUTES * artworks
    heartbeats = max(1.0, pis * assumed.heartbeat_bytes / READ_UNIT_BYTES) / 2
    return hours * recount + looks + hours * 30 * heartbeats


def _objects(museums: Sequence[Museum], privacy: Privacy, assumed: Assumptions) -> _Amounts:
    yield "s3_put", (2 + assumed.refused_per_day) * len(museums) * MONTH_DAYS
    kept = privacy.report_retention_days
    yield "s3_storage", len(museums) * kept * assumed.report_bytes / _GB
