"""Beside the figures stands what they leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import shapely

from fieldmap.coverage import Coverage, measures
from fieldmap.errors import language
from fieldmap.models import Exclusion, ExclusionReason, Grid, Position, Snapshot
from fieldmap.omissions import left_out
from fieldmap.parts import Dimension, Narrow
from fieldmap.periods import Period
from fieldmap.rules import RuleSet, load
from tests.fieldmap.ten import GRID_1, GRID_2, TEN, TODAY, VILLAGE

MONTH = Period.month(TODAY)


def coverage(snapshot: Snapshot, rules: RuleSet | None = None, period: Period = MONTH) -> Coverage:
    """Return the measures of the ten, changed a little."""
    return measures(snapshot, rules or load(), period, TODAY)


def said(snapshot: Snapshot, rules: RuleSet | None = None, period: Period = MONTH) -> Sequence[str]:
    """Return the codes of what is left out."""
    return [issue.code for issue in left_out(coverage(snapshot, rules, period))]


def test_grids_without_boundary_are_named() -> None:
    """The second grid of the ten has no polygon: it is said by name, in both languages."""
    issue = next(i for i in left_out(coverage(TEN)) if i.code == "figures.undrawn")
    assert TEN.grids[GRID_2].name in str(issue)
    token = language.set("en")
    try:
        assert "without a boundary" in str(issue)
    finally:
        language.reset(token)


def test_a_boundary_that_cannot_be_read_is_not_just_missing() -> None:
    """Junk is named as unreadable and not a second time as undrawn; a bow tie counts as corrected."""
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    grids = {
        **TEN.grids,
        GRID_2: Grid(GRID_2, "坏格", VILLAGE, b"junk"),
        "Z": Grid("Z", "蝴蝶结", VILLAGE, bow.wkb),
    }
    found = {i.code: i for i in left_out(coverage(replace(TEN, grids=grids)))}
    assert found["figures.unreadable"].details["grids"] == "坏格 (002)"
    assert found["figures.corrected"].details["grids"] == "蝴蝶结 (Z)"
    assert "figures.undrawn" not in found


def test_people_outside_and_without_a_point_are_counted() -> None:
    """Moved far away a household lies outside; without a point it has no coordinates."""
    house = next(h for h in TEN.households.values() if h.grid_code == GRID_1 and h.door)
    living = {c.id for c in TEN.clients.values() if c.household_id == house.id}
    far = {**TEN.households, house.id: replace(house, door=Position(117.9, 33.9))}
    found = {i.code: i for i in left_out(coverage(replace(TEN, households=far)))}
    assert found["figures.outside"].details["people"] == len(living)
    before = coverage(TEN).total.no_coordinates
    blank = {**TEN.households, house.id: replace(house, door=None, entry=None)}
    found = {i.code: i for i in left_out(coverage(replace(TEN, households=blank)))}
    assert found["figures.no-coordinates"].details["people"] == before + len(living)


def test_an_empty_month_says_why() -> None:
    """No ledger, no rule, everybody excluded, nothing that falls due, too few days: five sentences."""
    assert said(replace(TEN, clients={}, visits=())) == ["figures.empty-ledger", "figures.undrawn"]
    assert said(TEN, RuleSet(()))[0] == "figures.no-rule"
    away = tuple(Exclusion(c, c, ExclusionReason.AWAY, date(2026, 1, 1)) for c in TEN.clients)
    assert said(replace(TEN, exclusions=away))[0] == "figures.all-excluded"
    one_day = Period(TODAY, TODAY)
    quarterly = RuleSet(tuple(rule for rule in load().rules if rule.gap_days > 31))
    assert said(TEN, quarterly, Period.parse("2026-02"))[0] == "figures.none-due"
    assert said(TEN, quarterly, one_day)[0] == "figures.part-of-month"


def test_nobody_who_fits_is_not_an_empty_ledger() -> None:
    """Narrowed to nobody it is the filter's doing; as known before the ledgers it names that day."""
    nobody = Narrow(tag="特困", village="990000000000")
    assert left_out(measures(TEN, load(), MONTH, TODAY, narrow=nobody))[0].code == "figures.nobody-fits"
    empty = coverage(replace(TEN, clients={}, visits=()))
    assert left_out(empty, known=TODAY)[0].code == "figures.empty-then"


def test_a_period_to_come_has_no_rate() -> None:
    """Who is due in April is foreseen in March; contacted ÷ due is not 0 % but not begun, in every part."""
    april = coverage(TEN, period=Period.parse("2026-04"))
    assert left_out(april)[0].code == "figures.not-begun"
    assert april.total.due > 0
    for part in (april.total, *(row.figures for row in april.grids), *april.by(Dimension.TAG).parts.values()):
        assert part.contact_rate.share is None
        assert part.contact_rate.text("en") == "not begun"
    assert "figures.not-begun" not in said(TEN)
