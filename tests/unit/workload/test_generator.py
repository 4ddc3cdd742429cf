"""A museum's days: reproducible, as many as asked, and true to contract and opening hours."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from contracts.expressions import Expression, Sentiment, sentiment_of
from contracts.museums import Museum
from contracts.visit import MAX_MESSAGE_BYTES, Visit, parse_visit
from workload.delivery import Delivery
from workload.errors import WorkloadError
from workload.faults import UNREADABLE, Fault
from workload.generator import Workload, generate
from workload.opening import openings
from workload.options import Options
from workload.recount import museum_day, recount

END = date(2026, 10, 31)
few = settings(max_examples=15)
"""Each example makes some days of visits."""

options = st.builds(
    Options,
    days=st.integers(min_value=2, max_value=9),
    visits_per_day=st.floats(min_value=2, max_value=60),
    seed=st.integers(min_value=0, max_value=2**31),
    end=st.just(END),
    upset_visits=st.integers(min_value=0, max_value=30),
    flush_s=st.sampled_from([0.0, 5.0, 900.0]),
    offline_devices=st.integers(min_value=0, max_value=2),
    duplicates=st.floats(min_value=0, max_value=0.5),
    malformed=st.integers(min_value=0, max_value=30),
)


@pytest.fixture(scope="module")
def fortnight(museum: Museum) -> Workload:
    """The default fortnight around the autumn change of 2026."""
    return generate(museum, Options(end=END))


@few
@given(asked=options)
def test_same_options_same_workload(museum: Museum, asked: Options) -> None:
    """Twice the same, byte for byte."""
    assert generate(museum, asked) == generate(museum, asked)


def test_another_seed_is_another_workload(museum: Museum) -> None:
    """No visit of one seed appears under another."""
    ids = [
        {v.visit_id for v in generate(museum, Options(days=3, seed=s, end=END)).truth.visits}
        for s in (1, 2)
    ]
    assert not ids[0] & ids[1]


@few
@given(asked=options)
def test_visits_are_as_many_as_asked_and_keep_the_contract(museum: Museum, asked: Options) -> None:
    """Each true visit survives the contract's parser, and ids are unique."""
    visits = generate(museum, asked).truth.visits
    assert len(visits) == asked.visits
    assert len({v.visit_id for v in visits}) == len(visits)
    assert all(parse_visit(v.to_dict()) == v for v in visits)


@few
@given(asked=options)
def test_visitors_are_there_while_the_museum_is_open(museum: Museum, asked: Options) -> None:
    """From first to last sighting every visit lies inside one opening."""
    workload = generate(museum, asked)
    spans = [
        (s.start.timestamp() * 1000, s.end.timestamp() * 1000)
        for s in openings(museum, workload.truth.first_day, asked.days)
    ]
    for v in workload.truth.visits:
        assert any(start <= v.detected_at and v.ended_at <= end for start, end in spans)


@few
@given(asked=options)
def test_expression_confidence_and_shares_agree(museum: Museum, asked: Options) -> None:
    """A sure visit's expression has the largest share; an uncertain one has no large share."""
    for v in generate(museum, asked).truth.visits:
        if v.emotion_id is Expression.UNCERTAIN:
            assert v.confidence == max(v.expressions) < 0.4
        else:
            assert v.confidence == v.expressions[v.emotion_id] == max(v.expressions)
            assert v.confidence > 0.4


@few
@given(asked=options)
def test_deliveries_hold_the_truth(museum: Museum, asked: Options) -> None:
    """What a careful reader takes from the messages is every visit, and as much rubbish as said."""
    workload = generate(museum, asked)
    truth = workload.truth
    read = Counter[Visit]()
    refused = 0
    for delivery in workload.deliveries:
        good, bad = read_message(delivery, museum)
        read.update(good)
        refused += bad
    assert set(read) == set(truth.visits)
    assert refused == truth.quarantined == asked.malformed
    assert read.total() - len(read) == truth.duplicates.visits
    assert truth.duplicates.visits == round(asked.duplicates * asked.visits)


@few
@given(asked=options)
def test_messages_arrive_in_order_on_their_own_topic(museum: Museum, asked: Options) -> None:
    """Sorted by arrival, none before its visits ended, at most 5 KB except for the huge ones."""
    workload = generate(museum, asked)
    times = [d.at for d in workload.deliveries]
    assert times == sorted(times)
    larger = 0
    for d in workload.deliveries:
        assert d.topic == f"museum/v1/{museum.id}/{d.device_id}/visits"
        larger += len(d.payload) > MAX_MESSAGE_BYTES
        for v in read_message(d, museum)[0]:
            assert v.device_id == d.device_id
            assert v.ended_at < d.at.timestamp() * 1000
    assert larger == workload.truth.malformed.get(Fault.HUGE_PAYLOAD, 0)
    assert all(len(d.payload) <= 128 * 1024 for d in workload.deliveries)


def test_a_bad_visit_travels_with_good_ones(museum: Museum, fortnight: Workload) -> None:
    """Each kind that spoils one visit only shares its message with at least one good visit."""
    mixed = sum(
        bool(good and bad) for good, bad in (read_message(d, museum) for d in fortnight.deliveries)
    )
    assert mixed == sum(
        n for kind, n in fortnight.truth.malformed.items() if kind not in UNREADABLE
    )


def test_the_default_is_a_fortnight_around_the_change(museum: Museum, fortnight: Workload) -> None:
    """About 3,000 visits at twelve artworks, every kind of fault once."""
    truth = fortnight.truth
    assert truth == generate(museum, Options(), datetime(2026, 11, 21, tzinfo=UTC)).truth
    assert (truth.first_day, truth.last_day) == (date(2026, 10, 17), date(2026, 10, 30))
    assert len(truth.visits) == 3010
    assert len({v.artwork_id for v in truth.visits}) == 12
    assert truth.malformed == dict.fromkeys(Fault, 1)
    assert truth.clock_change == datetime(2026, 10, 25, 1, tzinfo=UTC)


def test_both_halves_of_the_repeated_hour_have_visits(museum: Museum, fortnight: Workload) -> None:
    """The night of the change counts 02:00 twice, told apart by its offset."""
    hours = recount(fortnight.truth.visits, museum, date(2026, 10, 25)).by_hour
    assert hours["02+0200"] >= 10
    assert hours["02+0100"] >= 10


def test_the_skipped_hour_has_none(museum: Museum) -> None:
    """In spring nobody comes between 02:00 and 03:00."""
    truth = generate(museum, Options(end=date(2026, 4, 4))).truth
    hours = recount(truth.visits, museum, date(2026, 3, 29)).by_hour
    assert hours["01+0100"]
    assert hours["03+0200"]
    assert not [h for h in hours if h.startswith("02")]


def test_an_offline_pi_delivers_late_and_whole(museum: Museum, fortnight: Workload) -> None:
    """Nothing of it arrives in two days, then all at once."""
    (outage,) = fortnight.truth.outages
    assert outage.end - outage.start == timedelta(days=2)
    own = [d for d in fortnight.deliveries if d.device_id == outage.device_id]
    late = {
        v.visit_id
        for d in own
        if outage.end <= d.at < outage.end + timedelta(minutes=5)
        for v in read_message(d, museum)[0]
        if v.ended_at < outage.end.timestamp() * 1000
    }
    assert fortnight.truth.held_back > 20
    assert len(late) >= fortnight.truth.held_back
    again = fortnight.truth.duplicates.messages + fortnight.truth.duplicates.single_visits
    assert sum(outage.start <= d.at < outage.end for d in own) <= again


def test_a_crowd_leaves_one_artwork_upset(museum: Museum, fortnight: Workload) -> None:
    """On the last day, within an hour, most visits at one artwork are negative."""
    truth = fortnight.truth
    last = [
        v
        for v in truth.visits
        if v.artwork_id == truth.upset_artwork and museum_day(v, museum) == truth.last_day
    ]
    best = max(
        sum(
            sentiment_of(w.emotion_id) is Sentiment.NEGATIVE
            for w in last
            if 0 <= w.detected_at - v.detected_at < 3_600_000
        )
        for v in last
    )
    assert best >= 20


def test_the_emotion_mix_is_an_option(museum: Museum) -> None:
    """Only expressions with a weight occur."""
    mix = {Expression.SURPRISE: 1.0, Expression.UNCERTAIN: 2.0}
    asked = Options(days=4, end=END, emotion_mix=mix, upset_visits=0, artwork_spread=0.0)
    seen = Counter(v.emotion_id for v in generate(museum, asked).truth.visits)
    assert set(seen) == {Expression.SURPRISE, Expression.UNCERTAIN}
    assert seen[Expression.UNCERTAIN] > seen[Expression.SURPRISE]


def test_artworks_can_be_chosen(museum: Museum) -> None:
    """Only the chosen ones are visited; an unknown one is refused by name."""
    asked = Options(days=3, end=END, artworks=("harvest", "the-letter"))
    assert {v.artwork_id for v in generate(museum, asked).truth.visits} == set(asked.artworks)
    with pytest.raises(WorkloadError, match="'sunflowers' is no artwork of city-gallery"):
        generate(museum, Options(artworks=("sunflowers",)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("days", 0),
        ("visits_per_day", -1.0),
        ("duplicates", 1.5),
        ("malformed", -1),
        ("flush_s", float("nan")),
        ("malformed_kinds", ()),
        ("emotion_mix", {}),
    ],
)
def test_impossible_options_are_refused(field: str, value: Any) -> None:  # noqa: ANN401  # any type
    """The error names the option."""
    with pytest.raises(WorkloadError, match=field):
        Options(**{field: value})


def test_a_museum_that_is_closed_throughout_is_refused(museum: Museum) -> None:
    """One Monday has no visitors to make."""
    with pytest.raises(WorkloadError, match="closed on all of these days"):
        generate(museum, Options(days=1, end=date(2026, 10, 20)))


def read_message(delivery: Delivery, museum: Museum) -> tuple[list[Visit], int]:
    """Good visits of a message and how many objects the quarantine would get from it."""
    try:
        data = json.loads(delivery.payload.decode(), parse_constant=_refuse)
    except ValueError:
        return [], 1
    good, bad = [], 0
    for item in data["visits"]:
        try:
            visit = parse_visit(item)
        except ContractError:
            bad += 1
            continue
        on_time = abs(visit.detected_at - delivery.at.timestamp() * 1000) < 30 * 86_400_000
        known = museum.artwork(visit.artwork_id) is not None
        if visit.device_id == delivery.device_id and known and on_time:
            good.append(visit)
        else:
            bad += 1
    return good, bad


def _refuse(constant: str) -> float:
    raise ValueError(constant)
