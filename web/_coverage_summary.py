"""What stands above the map: whom the rate is about, and beside it what is no part of it."""

from __future__ import annotations

from dataclasses import dataclass

from fieldmap.access import Account, Right
from fieldmap.campaigns import Campaign, seen_from
from fieldmap.counts import Persons, Rate
from fieldmap.coverage import Coverage
from fieldmap.estimates import Estimate, Unregistered
from fieldmap.evidence import Evidence, evidence
from fieldmap.models import Visit
from fieldmap.parts import EVERYBODY, OUTSIDE, Dimension
from fieldmap.periods import Period, china_day
from fieldmap.terms import MONTH_DAYS
from fieldmap.trends import Month, trend
from web._coverage_asked import Asked
from web._coverage_rows import DIMENSIONS, name_of
from web._coverage_scene import Seen
from web._map_measures import excluded_text
from web.closings import whole_period
from web.deps import Services
from web.i18n import gettext

__all__ = [
    "Card",
    "account_campaigns",
    "campaigns_of",
    "cards",
    "evidence_of",
    "headline",
    "months_of",
    "narrowed_to",
    "visits_in",
]


@dataclass(frozen=True, slots=True)
class Card:
    """A figure that stands beside the rate and is no part of it."""

    name: str
    value: str
    lines: tuple[str, ...] = ()
    href: str = ""
    link: str = ""


def narrowed_to(wanted: Asked, seen: Seen) -> str:
    """Return in words whom the figures are narrowed to; empty where to nobody."""
    found = []
    for dimension in Dimension:
        key = getattr(wanted.narrow, dimension.value)
        if key:
            found.append(f"{gettext(DIMENSIONS[dimension])} {name_of(dimension, key, seen.scene.snapshot)}")
    return " · ".join(found)


def account_campaigns(services: Services, account: Account) -> tuple[Campaign, ...]:
    """Return the campaigns of the divisions whose map an account sees."""
    codes = [hat.division_code for hat in account.hats_with(Right.MAP)]
    return seen_from(services.store.campaigns.all(), codes)


def campaigns_of(services: Services, account: Account, period: Period) -> tuple[str, ...]:
    """Return what a period is called: the names of the campaigns of just these days."""
    return tuple(one.name for one in account_campaigns(services, account) if one.period == period)


def headline(coverage: Coverage, wanted: Asked) -> tuple[str, ...]:
    """Return whom the official rate is about: persons and households, apart.

    Of a few days, in which hardly anybody falls due, also what was done.
    """
    found = coverage.total
    due = gettext("应访 {due} 人、{doors} 户", due=found.due, doors=found.due_households)
    done = gettext("已访 {due} 人、{doors} 户", due=found.contacted, doors=found.contacted_households)
    lines = [f"{due} · {done}"]
    if wanted.measure != "contact_rate":
        rate = gettext("月探访率 {rate}", rate=found.contact_rate.text())
        lines.insert(0, " · ".join(filter(None, (rate, excluded_text(found.excluded)))))
    if coverage.period.days < MONTH_DAYS:
        made = found.activity
        told = {"times": made.household_times, "persons": made.persons}
        lines.append(gettext("这几天走访 {times} 户次,联系到 {persons} 人", **told))
    if wanted.narrow.channel or wanted.narrow.society:
        lines.append(gettext("应访不变,已访只算这样走访的"))
    return tuple(lines)


def cards(services: Services, account: Account, seen: Seen) -> tuple[Card, ...]:
    """Return the figures beside the rate; a grid manager has no evidence of others' work."""
    found = [_unregistered(seen.scene.unregistered, seen.asked)]
    if seen.wide:
        found.append(_evidence(evidence_of(services, seen), seen.asked))
        found += _closings(services, account, seen)
    return tuple(found)


def _closings(services: Services, account: Account, seen: Seen) -> list[Card]:
    """Return whether the period is closed in the division that the account is head of."""
    codes = {hat.division_code for hat in account.hats_with(Right.MAP) if not hat.grid_code}
    if len(codes) != 1 or not whole_period(seen.asked.period):
        return []
    day = seen.asked.known or services.today()
    frozen = services.store.closings.of(codes.pop(), seen.asked.period)
    versions = [one for one in frozen if china_day(one.closed_at) <= day]
    name, period = gettext("关账"), seen.asked.period
    if not versions:
        over = period.end < day
        value = gettext("还没有关账") if over else gettext("{day} 结束", day=period.end)
        return [Card(name, value, (), "/closings" if over else "", gettext("去关账"))]
    last = versions[-1]
    value = gettext("第 {n} 版,{day}", n=last.version, day=china_day(last.closed_at))
    then = Rate(Persons(last.total.counts["contacted"]), Persons(last.total.counts["due"]))
    lines = [gettext("当时 {rate}", rate=then.text())]
    if last.total.excluded:
        lines.append(gettext("不计 {n} 人", n=last.total.excluded))
    now = seen.scene.coverage.total.contact_rate
    whole = seen.asked.narrow == EVERYBODY and seen.asked.known is None
    differs = whole and (now.numerator, now.denominator) != (then.numerator, then.denominator)
    if differs:
        lines.append(gettext("现在 {rate}", rate=now.text()))
    link = gettext("为什么不一样") if differs else gettext("看各版")
    return [Card(name, value, tuple(lines), "/closings", link)]


def _unregistered(found: Unregistered | None, wanted: Asked) -> Card:
    grid = wanted.narrow.grid
    name, estimate = gettext("估计未登记(不算进探访率)"), None
    if found is not None and grid != OUTSIDE:
        estimate = found.by_grid.get(grid) if grid else found.total
    if estimate is None:
        return Card(name, gettext("未知"), (gettext("没有挨户摸排的结果"),))
    value = gettext(
        "约 {n} 户({low}–{high})", n=f"{estimate.value:.0f}", low=estimate.low, high=estimate.high
    )
    return Card(name, value, tuple(_estimate_lines(estimate)))


def _estimate_lines(found: Estimate) -> list[str]:
    lines = []
    between = found.share_interval
    if found.share is not None and between is not None:
        low, high = (f"{edge:.1%}".replace("%", " %") for edge in between)
        share = f"{found.share:.1%}".replace("%", " %")
        lines.append(gettext("在册 ÷ 估计 {share}({low}–{high})", share=share, low=low, high=high))
    asked = gettext(
        "{grids} 个网格摸排,{known}/{doors} 户答复,{level} 区间",
        grids=found.grids,
        known=found.doors_known,
        doors=found.doors,
        level=f"{found.level:.0%}".replace("%", " %"),
    )
    return [*lines, asked]


def visits_in(seen: Seen) -> tuple[Visit, ...]:
    """Return the visits of the period, as far as it has gone, that the filters keep."""
    coverage, narrow = seen.scene.coverage, seen.asked.narrow
    houses = {row.household_id for row in coverage.rows}
    last = min(coverage.today, coverage.period.end)
    return tuple(
        visit
        for visit in seen.scene.snapshot.visits
        if coverage.period.start <= visit.day <= last and visit.household_id in houses and narrow.takes(visit)
    )


def evidence_of(services: Services, seen: Seen) -> Evidence:
    """Return what speaks for the door contacts of the period."""
    settings, period = services.settings, seen.asked.period
    return evidence(
        visits_in(seen),
        seen.scene.snapshot.households,
        services.store.visits.entries(period.start, period.end),
        near_m=settings.evidence_near_m,
        most=settings.evidence_visits,
        minutes=settings.evidence_minutes,
    )


def _evidence(found: Evidence, wanted: Asked) -> Card:
    name = gettext("门口签到(供复核)")
    if not found.door_contacts:
        return Card(name, gettext("没有上门"))
    value = gettext("{near}/{all} 户次", near=found.near_door, all=found.door_contacts)
    lines = [gettext("无法签到:补录 {paper}、导入 {files}", paper=found.on_paper, files=found.imported)]
    if wanted.known:
        # how a visit came in, and when, is held for what stands in the record now
        lines.append(gettext("怎样记录的,按现在的记录"))
    if found.no_door_point:
        lines.append(gettext("户没有坐标,不能比对:{n}", n=found.no_door_point))
    to_review = len({key for ids in found.review.values() for key in ids})
    if not to_review:
        return Card(name, value, tuple(lines))
    link = gettext("要看的 {n} 次走访", n=to_review)
    return Card(name, value, tuple(lines), f"/map/evidence?{wanted.query}", link)


def months_of(services: Services, account: Account, seen: Seen) -> tuple[Month, ...]:
    """Return the 12 months up to the period's last, under the same filters."""
    wanted = seen.asked
    day = min(services.today(), wanted.known or services.today())

    def make() -> tuple[Month, ...]:
        scene = seen.scene
        return trend(
            scene.snapshot,
            services.rules(wanted.known),
            wanted.period,
            day,
            narrow=wanted.narrow,
            assignment=scene.coverage.assignment,
        )

    key = ("trend", account.hats_with(Right.MAP), wanted.period, wanted.narrow, wanted.known)
    return services.figures.get(key, (services.store.change, day), make)
