"""The report's numbers for programs; a hidden count is the text ``"< k"``."""

import json
from collections.abc import Mapping
from typing import Any, Final

from contracts.expressions import Expression, Sentiment
from lambdas.daily_report.report import ArtworkFigures, Comparison, Crowd, Figure, Figures, Report
from lambdas.daily_report.wilson import wilson_interval
from lambdas.shared.suppression import Hidden, Published

_DECIMALS: Final = 4


def to_json(report: Report) -> str:
    """The same numbers as the text, and the hours and expressions that it leaves out.

    Keys of the objects are hour keys, sentiments, expressions and artwork ids, the artworks with
    most visits first.
    """
    total = report.total
    data = {
        "museum_id": report.museum.id,
        "museum": report.museum.name,
        "day": report.day.isoformat(),
        "time_zone": report.museum.time_zone,
        "small_cell": report.k,
        "open": report.was_open,
        "visits": _count(report.visits),
        "average_dwell_s": _number(total.average_stay_s),
        "busiest_hour": _crowd(report.crowd),
        "hours": {hour: _count(n) for hour, n in report.hours.items()},
        "sentiments": _counts(total.sentiments),
        "sentiment_shares": _shares(total.sentiments),
        "expressions": _counts(total.expressions),
        "negative": _negative(total, report),
        "artworks": {one.artwork_id: _artwork(one) for one in report.artworks},
        "day_before": _comparison(report.day_before),
        "week_before": _comparison(report.week_before),
        "late_visits": [
            {"day": one.day.isoformat(), "more": _count(one.more), "visits": _count(one.visits)}
            for one in report.late
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _crowd(crowd: Crowd | None) -> dict[str, Any] | None:
    if crowd is None:
        return None
    return {"hour": crowd.hour, "label": crowd.label, "visits": crowd.visits}


def _count(count: Published) -> int | str:
    return str(count) if isinstance(count, Hidden) else count


def _number(number: float | Hidden) -> float | None:
    return None if isinstance(number, Hidden) else round(number, _DECIMALS)


def _counts(figures: Mapping[Any, Figure]) -> dict[str, int | str]:
    return {_name(key): _count(one.visits) for key, one in figures.items()}


def _shares(figures: Mapping[Any, Figure]) -> dict[str, float | None]:
    return {_name(key): _number(one.share) for key, one in figures.items()}


def _name(key: Sentiment | Expression) -> str:
    return key.value if isinstance(key, Sentiment) else key.label


def _artwork(artwork: ArtworkFigures) -> dict[str, Any]:
    figures = artwork.figures
    return {
        "title": artwork.title,
        "visits": _count(figures.visits),
        "average_dwell_s": _number(figures.average_stay_s),
        "sentiments": _counts(figures.sentiments),
        "sentiment_shares": _shares(figures.sentiments),
        "expressions": _counts(figures.expressions),
    }


def _negative(total: Figures, report: Report) -> dict[str, Any]:
    negative = total.sentiments[Sentiment.NEGATIVE]
    interval = None
    if isinstance(negative.visits, int) and isinstance(total.visits, int):
        low, high = wilson_interval(negative.visits, total.visits)
        interval = [round(low, _DECIMALS), round(high, _DECIMALS)]
    return {
        "visits": _count(negative.visits),
        "share": _number(negative.share),
        "share_interval_95": interval,
        "standing_out": [artwork.artwork_id for artwork in report.artworks if artwork.stands_out],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {"day": comparison.day.isoformat(), "visits": _count(comparison.visits)}
