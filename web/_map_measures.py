"""The measures a map can show: each reads the figures of :mod:`fieldmap.coverage`.

Nothing is computed a second time here: a measure takes the counts of a part
(a grid, those outside all grids, the whole) and says what to print, which
class of the legend it is, and how large the gap is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from fieldmap.counts import Figures, Rate
from fieldmap.coverage import load_per_owner
from fieldmap.errors import InputError
from fieldmap.models import ExclusionReason, SiteFunction
from fieldmap.states import State
from web._map_scales import AMOUNT, LOAD, MET, MINUTES, NEUTRAL, RATE, rate_shade
from web._map_values import Scale, Shade
from web.i18n import N_, gettext
from web.labels import label

__all__ = [
    "MEASURES",
    "Figure",
    "Measure",
    "Part",
    "Reach",
    "excluded_text",
    "measure_of",
    "offered",
    "reach_key",
]

type Reach = Mapping[SiteFunction, Mapping[str, float]]
"""For each kind of site: household id → seconds to the nearest one."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a figure is about: a grid, those outside all grids, or the whole."""

    figures: Figures
    rows: tuple[State, ...]
    load: Mapping[str, int] = field(default_factory=dict)
    reach: Reach = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure of one part, ready to print; see :class:`web._map_values.Cell`."""

    shade: Shade
    text: str
    short: str
    gap: int
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One entry of the measure picker."""

    key: str
    name: str
    scale: Scale
    read: Callable[[Part], Figure]


def _rate(rate: Rate, scale: Scale = RATE) -> Figure:
    found, of = rate.numerator, rate.denominator
    beside = excluded_text(rate.excluded)
    if rate.share is None:
        nothing = rate_shade(0, 0, scale)
        return Figure(nothing, rate.text(), rate.text(), 0, beside)
    shade, short = rate_shade(found, of, scale), f"{rate.share:.1%}".replace("%", " %")
    return Figure(shade, rate.text(), short, of - found, beside)


def _in_person(part: Part) -> Figure:
    return _rate(part.figures.in_person_share, MET)


def _persons(count: Callable[[Figures], int], scale: Scale = AMOUNT) -> Callable[[Part], Figure]:
    def read(part: Part) -> Figure:
        number = count(part.figures)
        return Figure(scale.shade(number), gettext("{n} 人", n=number), str(number), number)

    return read


def _overdue(part: Part) -> Figure:
    number, days = part.figures.overdue, part.figures.overdue_days
    beside = gettext("共 {days} 天", days=days) if number else ""
    return Figure(AMOUNT.shade(number), gettext("{n} 人", n=number), str(number), number, beside)


def _excluded(part: Part) -> Figure:
    number = part.figures.excluded_total
    beside = excluded_text(part.figures.excluded)
    return Figure(NEUTRAL.shade(number), gettext("{n} 人", n=number), str(number), number, beside)


def _needs(part: Part) -> Figure:
    number = part.figures.open_needs
    return Figure(AMOUNT.shade(number), gettext("{n} 项", n=number), str(number), number)


def _load(part: Part) -> Figure:
    here = load_per_owner(part.rows)
    if not here:
        return Figure(LOAD.nothing or LOAD.shades[0], gettext("没有责任人"), "–", part.figures.no_owner)
    persons, owners = sum(here.values()), len(here)
    each = persons / owners
    most = max(part.load.get(owner, number) for owner, number in here.items())
    text = gettext("{persons} 人 / {owners} 名 = {each}", persons=persons, owners=owners, each=f"{each:.1f}")
    beside = gettext("最多的一名共负责 {n} 人", n=most)
    return Figure(LOAD.shade(each), text, f"{each:.1f}", round(each), beside)


def _minutes(function: SiteFunction) -> Callable[[Part], Figure]:
    def read(part: Part) -> Figure:
        seconds = part.reach.get(function, {})
        expected = [row for row in part.rows if row.expected]
        measured = [seconds[row.household_id] / 60 for row in expected if row.household_id in seconds]
        if not measured:
            return Figure(MINUTES.nothing or MINUTES.shades[0], gettext("无人可量"), "–", 0)
        middle = median(measured)
        text = gettext("中位数 {n} 分钟", n=f"{middle:.0f}")
        beside = gettext("{n} 人可量,{rest} 人不可量", n=len(measured), rest=len(expected) - len(measured))
        short = gettext("{n} 分", n=f"{middle:.0f}")
        return Figure(MINUTES.shade(middle), text, short, round(middle), beside)

    return read


MEASURES: tuple[Measure, ...] = (
    Measure("contact_rate", N_("月探访率"), RATE, lambda part: _rate(part.figures.contact_rate)),
    Measure(
        "in_person_share",
        N_("入户率(已访中见到本人)"),
        MET,
        lambda part: _rate(part.figures.in_person_share, MET),
    ),
    Measure("overdue", N_("超期人数"), AMOUNT, _overdue),
    Measure("never_contacted", N_("从未接触人数"), AMOUNT, _persons(lambda f: f.never_contacted)),
    Measure("no_coordinates", N_("无坐标人数"), AMOUNT, _persons(lambda f: f.no_coordinates)),
    Measure("no_owner", N_("无责任人人数"), AMOUNT, _persons(lambda f: f.no_owner)),
    Measure("excluded", N_("不计入的人数"), NEUTRAL, _excluded),
    Measure("without_rule", N_("无走访规则人数"), NEUTRAL, _persons(lambda f: f.without_rule, NEUTRAL)),
    Measure("load", N_("每名责任人负责的人数"), LOAD, _load),
    Measure("open_needs", N_("超过 30 天未解决的需求"), AMOUNT, _needs),
)
"""The measures that need nothing but the record."""


def reach_key(function: SiteFunction) -> str:
    """Return the key of the travel time to a kind of site."""
    return f"reach-{function.value}"


def _reach_measure(function: SiteFunction) -> Measure:
    name = gettext("到最近{site}的路程", site=label(function))
    return Measure(reach_key(function), name, MINUTES, _minutes(function))


def offered(reach: Reach) -> tuple[Measure, ...]:
    """Return the measures there are, with the travel times that have been measured."""
    return (*MEASURES, *(_reach_measure(function) for function in SiteFunction if function in reach))


def measure_of(key: str, reach: Reach) -> Measure:
    """Return a measure by its key.

    Raises
    ------
    InputError
        ``map.measure``: there is no such measure.
    """
    known = {measure.key: measure for measure in offered(reach)}
    if key not in known:
        raise InputError("map.measure", key, allowed=", ".join(known))
    return known[key]


def excluded_text(excluded: Mapping[ExclusionReason, int]) -> str:
    """Return who is not counted, by reason; empty where nobody is.

    Examples
    --------
    >>> excluded_text({ExclusionReason.HOSPITAL: 1, ExclusionReason.REFUSED: 1})
    '不计 2 人(住院 1、拒访 1)'
    """
    if not excluded:
        return ""
    comma = gettext("、")
    reasons = comma.join(f"{label(reason)} {number}" for reason, number in sorted(excluded.items()))
    return gettext("不计 {n} 人({reasons})", n=sum(excluded.values()), reasons=reasons)
