"""The classes of the legend: fixed breaks, so that one colour says the same in every month.

Rates go from teal over pale to brown (the ColorBrewer scheme BrBG, told apart
by all common kinds of colour blindness), counts from white to brown. Every
class has words, and every cell its figure: colour is never alone.
"""

from __future__ import annotations

from dataclasses import replace

from web._map_values import Scale, Shade
from web.i18n import N_

__all__ = ["AMOUNT", "LOAD", "MET", "MINUTES", "NEUTRAL", "RATE", "rate_shade"]

_PATTERN = "url(#fm-none)"
_NOT_FULL = (90, 75, 50)

RATE = Scale(
    (
        Shade("full", "#01665e", N_("100 %")),
        Shade("r90", "#5ab4ac", N_("90 % 以上")),
        Shade("r75", "#c7eae5", N_("75 % 以上")),
        Shade("r50", "#dfc27d", N_("50 % 以上")),
        Shade("low", "#a6611a", N_("不足 50 %")),
    ),
    limits=(100, *_NOT_FULL),
    nothing=Shade("none", _PATTERN, N_("无应访对象")),
)
MET = replace(RATE, nothing=Shade("none", _PATTERN, N_("无已访对象")))
AMOUNT = Scale(
    (
        Shade("n0", "#ffffff", N_("没有")),
        Shade("n1", "#fdeccb", N_("1")),
        Shade("n2", "#f5c57e", N_("2 至 4")),
        Shade("n5", "#d98a2b", N_("5 至 9")),
        Shade("n10", "#8c4a0b", N_("10 以上")),
    ),
    limits=(1, 2, 5, 10),
    from_limit=True,
)
NEUTRAL = Scale(
    (
        Shade("n0", "#ffffff", N_("没有")),
        Shade("n1", "#e9e6f3", N_("1")),
        Shade("n2", "#c3bddd", N_("2 至 4")),
        Shade("n5", "#8f86bd", N_("5 至 9")),
        Shade("n10", "#544a8c", N_("10 以上")),
    ),
    limits=(1, 2, 5, 10),
    from_limit=True,
)
LOAD = Scale(
    (
        Shade("l1", "#eef6f5", N_("每名 8 人以内")),
        Shade("l8", "#c7eae5", N_("12 人以内")),
        Shade("l12", "#f5c57e", N_("20 人以内")),
        Shade("l20", "#8c4a0b", N_("超过 20 人")),
    ),
    limits=(8, 12, 20),
    nothing=Shade("none", _PATTERN, N_("没有责任人")),
)
MINUTES = Scale(
    (
        Shade("m0", "#eef6f5", N_("15 分钟以内")),
        Shade("m15", "#c7eae5", N_("30 分钟以内")),
        Shade("m30", "#f5c57e", N_("60 分钟以内")),
        Shade("m60", "#8c4a0b", N_("超过 60 分钟")),
    ),
    limits=(15, 30, 60),
    nothing=Shade("none", _PATTERN, N_("无人可量")),
)


def rate_shade(numerator: int, denominator: int, scale: Scale = RATE) -> Shade:
    """Return the class of a rate; a share of nobody is no rate at all.

    Examples
    --------
    >>> rate_shade(3, 7).words, rate_shade(9, 10).key, rate_shade(0, 0).words
    ('不足 50 %', 'r90', '无应访对象')
    """
    if denominator == 0 and scale.nothing is not None:
        return scale.nothing
    # whole numbers: 8,999 of 10,000 is not 90 %
    missed = sum(100 * numerator < limit * denominator for limit in scale.limits)
    return scale.shades[missed]
