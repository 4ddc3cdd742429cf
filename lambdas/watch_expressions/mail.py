"""The words of the alerts."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from contracts.expressions import MEMBERS, Sentiment
from contracts.museums import Artwork, CrowdingAlert, Museum
from lambdas.shared.museum_time import to_local
from lambdas.shared.suppression import Hidden, Published, share

WIDTH: Final = 78


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An artwork to be alerted about, in numbers that may be published.

    Attributes:
        artwork: The artwork.
        negative: Visits of the window with a negative expression.
        visits: All visits of the window.
    """

    artwork: Artwork
    negative: Published
    visits: Published


def alert_subject(museum: Museum, findings: Sequence[Finding]) -> str:
    """One line that names the artwork, or how many there are."""
    where = findings[0].artwork.title if len(findings) == 1 else f"{len(findings)} artworks"
    return f"{museum.name}: many negative expressions at {where}"


def alert_body(
    museum: Museum, findings: Sequence[Finding], start_ms: int, end_ms: int, k: int
) -> str:
    """The mail, at most 78 columns wide."""
    rule = museum.expression_alert
    names = [expression.label for expression in MEMBERS[Sentiment.NEGATIVE]]
    kinds = f"{', '.join(names[:-1])} or {names[-1]}"
    lines = [
        *_wrapped(
            f"Between {_span(museum, start_ms, end_ms)}, many visitors' visible expressions "
            f"were negative ({kinds})."
        ),
        "",
    ]
    for finding in findings:
        lines += _wrapped(f"  {finding.artwork.title}: {_numbers(finding, museum)}", indent="    ")
    lines += [
        "",
        *_wrapped(
            "The cameras measure visible expressions, not feelings. A sad painting may well be "
            "met with sad faces; a blocked view, a queue or a room that is too warm may show in "
            "the same way."
        ),
        "",
        *_wrapped(
            "You will be told again about the same artwork only after the share has fallen below "
            f"{100 * rule.clears_below:.0f} %, and not before a whole {rule.window_minutes} "
            f"minutes have passed. For privacy, numbers of fewer than {k} visits are not shown, "
            "nor numbers that would give them away."
        ),
    ]
    return "\n".join(lines) + "\n"


def crowding_subject(museum: Museum, artworks: Sequence[Artwork]) -> str:
    """One line that names the artwork, or how many there are."""
    where = artworks[0].title if len(artworks) == 1 else f"{len(artworks)} artworks"
    return f"{museum.name}: many visitors at {where}"


def crowding_body(
    museum: Museum, rule: CrowdingAlert, artworks: Sequence[Artwork], start_ms: int, end_ms: int
) -> str:
    """The mail, at most 78 columns wide; its only numbers are the configured ones."""
    lines = [
        *_wrapped(
            f"Between {_span(museum, start_ms, end_ms)}, {rule.visits} visits or more began at"
        ),
        "",
        *(line for one in artworks for line in _wrapped(f"  {one.title}", indent="    ")),
        "",
        *_wrapped(
            "A visit is one person's stay in front of one artwork; who comes twice is counted "
            "twice."
        ),
        "",
        *_wrapped(
            "You will be told again about the same artwork only after fewer than "
            f"{rule.clears_below} visits have begun within {rule.window_minutes} minutes."
        ),
    ]
    return "\n".join(lines) + "\n"


def _numbers(finding: Finding, museum: Museum) -> str:
    part = share(finding.negative, finding.visits)
    if isinstance(part, Hidden):
        bound = museum.expression_alert.negative_share
        # Near 100 % the bound and the number of visits together would leave one possibility.
        known = isinstance(finding.visits, int) and ceil(bound * finding.visits) < finding.visits
        whole = f"{finding.visits} visits" if known else "the visits"
        return f"at least {100 * bound:.0f} % of {whole} were negative"
    return f"{finding.negative} of {finding.visits} visits were negative ({100 * part:.0f} %)"


def _span(museum: Museum, start_ms: int, end_ms: int) -> str:
    start, end = to_local(start_ms, museum.zone), to_local(end_ms, museum.zone)
    # On the night of a change 02:30 to 02:30 is an hour, so the distance from UTC is said too.
    style = "%H:%M" if start.utcoffset() == end.utcoffset() else "%H:%M (UTC%z)"
    return f"{start:{style}} and {end:{style}} on {start:%A}, {start.day} {start:%B %Y}"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)
