"""What the templates of the coverage page are filled with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from fieldmap.access import Account, Right
from fieldmap.errors import Issue
from fieldmap.grids import problems
from fieldmap.models import Channel, Snapshot, Society
from fieldmap.omissions import left_out
from fieldmap.parts import EVERYBODY, OUTSIDE, Dimension
from fieldmap.periods import Period
from fieldmap.standards import TAGS, is_restricted, tag_label
from web._coverage_asked import ANY_DAYS, calendar_periods
from web._coverage_rows import DIMENSIONS, Row, beside, cells, grid_rows, rows_by
from web._coverage_scene import Seen
from web._coverage_summary import account_campaigns, campaigns_of, cards, headline, narrowed_to
from web._map_gaps import gaps
from web._map_measures import measure_of
from web._map_page import PATTERN, swatch
from web._map_picture import grid_label, notices
from web._map_values import Picture
from web.deps import Services
from web.i18n import gettext
from web.labels import label
from web.pages import local_time

__all__ = ["FIRST_GAPS", "bar", "figures_of", "gap_parts"]

FIRST_GAPS = 200
"""Households of the list of gaps that the page begins with."""


def figures_of(services: Services, account: Account, seen: Seen, picture: Picture) -> dict[str, Any]:
    """Return what the live parts of the page are filled with: totals, strip, table, list of gaps."""
    scene, wanted = seen.scene, seen.asked
    grids = grid_rows(scene, picture)
    rows, notes = _table(seen, grids)
    return {
        "asked": wanted,
        "wide": seen.wide,
        "picture": picture,
        "headline": headline(scene.coverage, wanted),
        "narrowed_to": narrowed_to(wanted, seen),
        "cards": cards(services, account, seen),
        "updated": local_time(services.clock(), "%H:%M"),
        "cells": cells(grids, scene.coverage),
        "beside": beside(grids),
        "rows": rows,
        "whole": Row(picture.total, scene.coverage.total, picture.total.label),
        "table_notes": notes,
        "breakdowns": [(key, gettext(name)) for key, name in DIMENSIONS.items()],
        "by_name": gettext(DIMENSIONS[wanted.by]),
        "measure_name": picture.title.rsplit(" · ", 1)[0],
        "left_out": [issue.explanation() for issue in _left_out(services, account, seen)],
        "lists": _has_lists(services.today(), seen),
        "campaigns": campaigns_of(services, account, wanted.period),
        "swatch": swatch,
        **gap_parts(seen, FIRST_GAPS),
    }


def _left_out(services: Services, account: Account, seen: Seen) -> tuple[Issue, ...]:
    """Return what the figures leave out; overlaps and holes for who can mend them."""
    coverage, known = seen.scene.coverage, seen.asked.known
    said = (*left_out(coverage, known), *notices(coverage))
    if not seen.wide:
        return said
    snapshot, assignment = seen.scene.snapshot, coverage.assignment
    # doors come and go; the shapes, seldom
    version = tuple((code, shape.wkb) for code, shape in sorted(assignment.polygons.items()))
    key = ("shapes", account.hats_with(Right.MAP), known)
    shaped = services.figures.get(key, version, lambda: problems(snapshot, assignment))
    here = {row.code for row in coverage.grids if row.code}
    here |= {snapshot.grids[code].division_code for code in here}
    return (*said, *(issue for issue in shaped if issue.value in here))


def _has_lists(today: date, seen: Seen) -> bool:
    """Return whether the desk's lists are of the same people: this month, now, everybody of a grid."""
    wanted = seen.asked
    whole = replace(wanted.narrow, grid="") == EVERYBODY
    return seen.wide and whole and wanted.known is None and wanted.period == Period.month(today)


def gap_parts(seen: Seen, most: int | None = None) -> dict[str, Any]:
    """Return the households with a gap, the most urgent first, and how many there are."""
    scene = seen.scene
    found = gaps(scene.coverage, scene.snapshot, owners=seen.wide)
    return {
        "gaps": found[:most],
        "gap_total": len(found),
        "households": scene.snapshot.households,
        "grids": {row.code: grid_label(row.code, row.name) for row in scene.coverage.grids},
    }


def _table(seen: Seen, grids: tuple[Row, ...]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """Return the rows asked for, and what must be said below them."""
    wanted = seen.asked
    if wanted.by is Dimension.GRID:
        return grids, ()
    rows, adds_up = rows_by(
        seen.scene, seen.scene.coverage.counted, wanted, measure_of(wanted.measure, seen.scene.reach or {})
    )
    return rows, () if adds_up else (gettext("一个人可在几行里,各行不相加。"),)


def bar(services: Services, account: Account, seen: Seen) -> dict[str, Any]:
    """Return what the filter bar offers."""
    wanted = seen.asked
    return {
        "measures": seen.measures,
        "periods": _periods(services, account, wide=seen.wide),
        "any_days": ANY_DAYS,
        "choices": _choices(seen.scene.snapshot) if seen.wide else _own_choices(),
        "plain_query": wanted.other(narrow=EVERYBODY, known=None, by=Dimension.GRID),
        "pattern": PATTERN,
        "chosen_words": {
            "nothing": gettext("在图上或表里点选网格,或勾选名单里的户,就能排进计划"),
            "chosen": gettext("{grids} 个网格,{n} 户待访"),
            "area": gettext("圈出一片"),
            "doors": gettext("名单里 {n} 户"),
            "full": gettext("先选网格或户,或圈出一片地方"),
        },
    }


def _periods(services: Services, account: Account, *, wide: bool) -> list[tuple[str, str]]:
    """Return months and quarters, then the campaigns of the account's divisions; with their names."""
    found = {str(period): str(period) for period in calendar_periods(services.today())}
    for one in account_campaigns(services, account) if wide else ():
        value = str(one.period)
        found[value] = f"{one.name} {value}" if value not in found else f"{found[value]} · {one.name}"
    return list(found.items())


def _own_choices() -> dict[str, Sequence[tuple[str, str]]]:
    return {
        "channels": [(code.value, label(code)) for code in Channel],
        "societies": [(code.value, label(code)) for code in Society],
    }


def _choices(view: Snapshot) -> dict[str, Sequence[tuple[str, str]]]:
    """Return what is in the record to narrow to; a restricted tag is none of it."""
    tags = {tag.name for tag in view.tags if tag.name in TAGS and not is_restricted(tag.name)}
    owners = {duty.actor_id for duty in view.responsibilities.values()} & view.actors.keys()
    villages = {h.division_code for h in view.households.values()} & view.divisions.keys()
    return {
        "tags": sorted((tag, tag_label(tag)) for tag in tags),
        "villages": [(code, view.divisions[code].name) for code in sorted(villages)],
        "grids": [
            *((code, grid_label(code, view.grids[code].name)) for code in sorted(view.grids)),
            (OUTSIDE, gettext("网格外")),
        ],
        "owners": sorted(((key, view.actors[key].name) for key in owners), key=lambda item: item[1]),
        **_own_choices(),
    }
