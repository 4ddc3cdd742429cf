"""How far a share of few visits may be off by chance."""

from math import sqrt
from typing import Final

_Z: Final = 1.959964
"""97.5 % quantile of the normal distribution: a two-sided interval of 95 %."""


def wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """The 95 % score interval of a share, both ends in 0 … 1.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference",
    JASA 22 (1927), equation for p; recommended for small samples by Brown, Cai and DasGupta,
    "Interval Estimation for a Binomial Proportion", Statistical Science 16 (2001).

    Args:
        part: Visits with the property, 0 … ``whole``.
        whole: All visits, at least 1.
    """
    share = part / whole
    centre = share + _Z**2 / (2 * whole)
    spread = _Z * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    scale = 1 + _Z**2 / whole
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
