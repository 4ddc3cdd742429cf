"""The report as the curator reads it: plain text, at most 78 columns."""

import textwrap
from collections.abc import Iterator
from datetime import date
from typing import Final

from contracts.expressions import Sentiment
from lambdas.daily_report.report import ArtworkFigures, Comparison, Figures, Report
from lambdas.daily_report.wilson import wilson_interval
from lambdas.shared.suppression import Hidden, Published

WIDTH: Final = 78
_TITLE: Final = 27
_LONGEST_NAME_IN_SUBJECT: Final = 50
_HEADS: Final = {
    Sentiment.POSITIVE: "posit.",
    Sentiment.NEUTRAL: "neutr.",
    Sentiment.NEGATIVE: "negat.",
    Sentiment.UNCERTAIN: "uncert.",
}


def subject(report: Report) -> str:
    """The e-mail's subject, e.g. ``City Gallery: 12 November 2026, 213 visits``."""
    name = textwrap.shorten(report.museum.name, _LONGEST_NAME_IN_SUBJECT, placeholder="...")
    return f"{name}: {_date(report.day)}, {_count(report.visits)} visits"


def to_text(report: Report) -> str:
    """The e-mail's body."""
    sections = [_opening(report)]
    if isinstance(report.visits, int):
        sections += [_expressions(report.total), _artworks(report), _negative(report)]
    if report.late:
        sections.append(_late(report))
    sections.append(_how_to_read(report))
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _long_date(day: date) -> str:
    return f"{day:%A}, {_date(day)}"


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _percent(value: float | Hidden) -> str:
    return str(value) if isinstance(value, Hidden) else f"{100 * value:.0f} %"


def _seconds(value: float | Hidden) -> str:
    return "-" if isinstance(value, Hidden) else f"{value:.0f} s"


def _count(value: Published) -> str:
    return str(value) if isinstance(value, Hidden) else f"{value:,}"


def _opening(report: Report) -> list[str]:
    lines = [*_wrap(report.museum.name), _long_date(report.day), ""]
    if isinstance(report.visits, Hidden):
        if not report.was_open:
            lines.append("By its opening hours the museum was closed.")
        lines += _wrap(
            f"No visits, or fewer than {report.k}, were counted. Numbers that rest on so few are "
            "not shown."
        )
    else:
        lines.append(f"{_count(report.visits)} visits were counted at {_artwork_total(report)}.")
    for label, other in (("the day", report.day_before), ("a week", report.week_before)):
        lines += _wrap(_difference(report.visits, f"{label} before", other), "  ")
    if isinstance(report.visits, Hidden):
        return lines
    crowd = report.crowd
    lines.append(
        f"Most crowded hour: {crowd.label}, with {_count(crowd.visits)} visits."
        if crowd
        else f"Most crowded hour: not shown ({Hidden(report.k)} visits)."
    )
    lines.append(f"An average visit lasted {_seconds(report.total.average_stay_s)}.")
    return lines


def _artwork_total(report: Report) -> str:
    number = len(report.artworks)
    return "one artwork" if number == 1 else f"{number} artworks"


def _difference(visits: Published, label: str, other: Comparison) -> str:
    there = f"{_long_date(other.day)}: {_count(other.visits)}"
    if isinstance(visits, Hidden) or isinstance(other.visits, Hidden):
        return f"{label} ({there})"
    difference = visits - other.visits
    if difference == 0:
        return f"as many as {label} ({there})"
    return f"{abs(difference):,} {'more' if difference > 0 else 'fewer'} than {label} ({there})"


def _expressions(total: Figures) -> list[str]:
    rows = (
        f"  {sentiment.value:<12}{_count(figure.visits):>8}{_percent(figure.share):>9}"
        for sentiment, figure in total.sentiments.items()
    )
    return ["VISIBLE EXPRESSIONS", f"  {'':<12}{'visits':>8}{'share':>9}", *rows]


def _artworks(report: Report) -> list[str]:
    heads = "".join(f"{head:>8}" for head in _HEADS.values())
    header = f"{'':<{4 + _TITLE}}{'visits':>7}{'stay':>8}{heads}"
    return ["ARTWORKS BY NUMBER OF VISITS", header, *_artwork_rows(report)]


def _artwork_rows(report: Report) -> Iterator[str]:
    for place, artwork in enumerate(report.artworks, start=1):
        figures = artwork.figures
        shares = "".join(f"{_percent(figures.sentiments[s].share):>8}" for s in _HEADS)
        # Artworks whose number is hidden have no place among the others.
        number = "" if isinstance(figures.visits, Hidden) else f"{place}."
        yield (
            f"{number:>3} {_short(artwork.title):<{_TITLE}}{_count(figures.visits):>7}"
            f"{_seconds(figures.average_stay_s):>8}{shares}"
        )


def _short(title: str) -> str:
    return title if len(title) <= _TITLE else title[: _TITLE - 3].rstrip() + "..."


def _negative(report: Report) -> list[str]:
    total = report.total
    negative = total.sentiments[Sentiment.NEGATIVE]
    lines = ["NEGATIVE VISIBLE EXPRESSIONS"]
    if not isinstance(negative.visits, int) or not isinstance(total.visits, int):
        return [*lines, f"Their number is not shown ({negative.visits} visits)."]
    low, high = wilson_interval(negative.visits, total.visits)
    lines += _wrap(
        f"{_count(negative.visits)} of {_count(total.visits)} visits ({_percent(negative.share)}) "
        "showed sadness, anger, disgust, fear or contempt. With this many visits, chance alone "
        f"may move that share between {_percent(low)} and {_percent(high)}."
    )
    outstanding = [artwork for artwork in report.artworks if artwork.stands_out]
    if not outstanding:
        return [*lines, "No artwork stands out by more than chance explains."]
    lines.append("More often than in the whole museum, by more than chance explains, at:")
    for artwork in outstanding:
        lines += _wrap(_outstanding(artwork), "  ")
    return lines


def _outstanding(artwork: ArtworkFigures) -> str:
    negative = artwork.figures.sentiments[Sentiment.NEGATIVE]
    return (
        f"{artwork.title}: {_count(negative.visits)} of {_count(artwork.figures.visits)} visits "
        f"({_percent(negative.share)})"
    )


def _late(report: Report) -> list[str]:
    counts = [one.more for one in report.late]
    shown = [more for more in counts if isinstance(more, int)]
    # A sum over days of which one is hidden would give that one away.
    number = _count(sum(shown)) if len(shown) == len(counts) else f"at least {_count(sum(shown))}"
    if not shown:
        number = str(Hidden(report.k)) if len(counts) == 1 else "a few"
    lines = ["LATE VISITS"]
    lines += _wrap(
        f"Late arrivals: {number} visits for earlier days arrived since their reports were mailed, "
        "usually because a camera had no connection. The reports of these days have been written "
        "again:"
    )
    for one in report.late:
        now = "" if isinstance(one.visits, Hidden) else f", now {_count(one.visits)} in all"
        lines += _wrap(f"{_long_date(one.day)}: {_count(one.more)} more visits{now}", "  ")
    return lines


def _how_to_read(report: Report) -> list[str]:
    return [
        "HOW TO READ THIS",
        *_wrap(
            "A visit is one stay of one visitor in front of one artwork; someone who comes back is "
            "counted again. The cameras measure visible expressions, which are not feelings: a "
            "frown may be concentration. Positive is happiness; neutral includes surprise; "
            'negative is sadness, anger, disgust, fear or contempt; "uncertain" means that the '
            "camera could not tell. A visit counts in the hour in which it began."
        ),
        *_wrap(
            f'"{Hidden(report.k)}" is hidden for privacy: the number rests on fewer than '
            f"{report.k} visits, or would give away another that does."
        ),
    ]
