"""``map``, ``close`` and ``rollup``: what the station and those above it see."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import click

from fieldmap.closings import Closing, Whole
from fieldmap.counts import Persons, Rate
from fieldmap.coverage import Coverage, measures
from fieldmap.errors import InputError, language
from fieldmap.models import Snapshot
from fieldmap.periods import Period, known_instant
from fieldmap.plans import DayPlan, PlanState
from fieldmap.rollup import Rollup, beside, published, released, roll_up, to_csv, to_json
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import Settings, load
from fieldmap.store import Store
from web._map_measures import excluded_text
from web.cli.output import opened, say, table, today_of, word
from web.closings import close_period
from web.maps import Assets, Scene, coverage_map, coverage_picture, save

__all__ = ["COMMANDS", "coverage_of", "coverage_table", "write_map", "write_rollup"]

# the county's own digits are the same in every row
_COUNTY_DIGITS = 6


@click.command("map", short_help="覆盖图 · Print the coverage of every grid; write the map.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write the map as one HTML page.")
@click.option("--measure", default="contact_rate", show_default=True, help="What colours the grids.")
@click.option(
    "--period", default=None, help="2026-03, 2026-Q1 or 2026-03-01..2026-03-15; this month if not given."
)
@click.option(
    "--known-at",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    default=None,
    help="As the record stood at the end of this day in China; now if not given.",
)
@click.option("--doors", is_flag=True, help="Also doors and routes: for the station's own eyes only.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def map_command(
    out: Path | None,
    measure: str,
    period: str | None,
    known_at: datetime | None,
    doors: bool,
    as_json: bool,
) -> None:
    """覆盖图。Print the coverage of every grid, and write the map with --out.

    The page needs no server and asks no other host. It shows figures per grid
    and no household; with --doors it is not for the wall, and the file is as
    secret as a ledger.
    """
    settings = load()
    with opened(settings) as store:
        known = known_at.date() if known_at else None
        coverage = coverage_of(store, today_of(settings), period, known)
        if out is not None:
            write_map(store, coverage, out, measure, doors=doors)
    if as_json:
        click.echo(json.dumps(figures_record(coverage), ensure_ascii=False))
    else:
        coverage_table(coverage)
    if out is not None and not as_json:
        say(f"已写出 {out}", f"Wrote {out}")


@click.command("close", short_help="关账 · Freeze the figures of a period that is over.")
@click.option("--period", required=True, help="2026-Q1, 2026-03 or 2026: one that is over.")
@click.option("--division", default=None, help="Division code; the whole county if not given.")
def close_command(period: str, division: str | None) -> None:
    """关账。Freeze the figures of a period that is over: version 1, which nothing changes any more.

    What arrives later counts on the day it was made. Where the figures then
    differ, the command freezes the next version and says why; where nothing
    has changed it is refused.
    """
    settings = load()
    with opened(settings) as store:
        code = division or store.county.code
        if code not in store.snapshot().divisions:
            raise InputError("closing.division", code)
        made = close_period(store, code, Period.parse(period), today=today_of(settings), by="")
    closing_table(made)


@click.command("rollup", short_help="上报数 · Count for those above, without a name.")
@click.option("--period", "--month", default=None, help="2026-03 or 2026-Q1; this month if not given.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="CSV or JSON file to write.")
@click.option("--exact", is_flag=True, help="The exact table, which stays in the county's own hands.")
def rollup_command(period: str | None, out: Path | None, exact: bool) -> None:
    """上报数。Count by village, town and county without a name; small counts of persons are withheld."""
    settings = load()
    with opened(settings) as store:
        made = _rollup(store, settings, period, exact=exact)
    if out is None:
        click.echo(to_csv(made, language.get()), nl=False)
        return
    write_rollup(made, out)
    say(f"已写出 {out}", f"Wrote {out}")


def coverage_of(store: Store, today: date, period: str | None = None, known: date | None = None) -> Coverage:
    """Return the measures of a period, this month where none is named.

    Parameters
    ----------
    known
        As the record stood at the end of this day, with the figures of that
        day; None or a day that is not over is now.
    """
    until = min(today, known or today)
    at = known_instant(until) if until < today else None
    wanted = Period.parse(period) if period else Period.month(until)
    return measures(store.snapshot(known_at=at), rules_in_force(store, known_at=at), wanted, until)


def figures_record(coverage: Coverage) -> dict[str, object]:
    """Return the total's measures as plain values."""
    total = coverage.total
    return {
        "period": str(coverage.period),
        "people": total.people,
        "due": total.due,
        "contacted": total.contacted,
        "rate": total.contact_rate.text("en"),
        "in_person": total.in_person,
        "in_person_share": total.in_person_share.text("en"),
        "excluded": {reason.value: count for reason, count in total.excluded.items()},
        "without_rule": total.without_rule,
        "never_contacted": total.never_contacted,
        "no_coordinates": total.no_coordinates,
        "no_owner": total.no_owner,
        "overdue": total.overdue,
        "household_times": total.activity.household_times,
        "persons": total.activity.persons,
        "person_times": total.activity.person_times,
    }


def coverage_table(coverage: Coverage) -> None:
    """Print the measures of every grid and the total, each rate with its denominator."""
    english = language.get() == "en"
    heads = ("grid", "rate", "excluded", "met", "overdue", "never", "no coords", "no owner")
    if not english:
        heads = ("网格", "月探访率", "不计", "见面", "超期", "从未接触", "无坐标", "无责任人")
    outside = "outside all grids" if english else "网格外"
    parts = [
        (f"{row.code[_COUNTY_DIGITS:]} {row.name}" if row.code else outside, row.figures)
        for row in coverage.grids
    ]
    parts.append(("total" if english else "合计", coverage.total))
    table(
        f"{coverage.period} · {coverage.today}",
        heads,
        (
            (
                name,
                f.contact_rate,
                f.excluded_total,
                f"{f.in_person}/{f.contacted}",
                f.overdue,
                f.never_contacted,
                f.no_coordinates,
                f.no_owner,
            )
            for name, f in parts
        ),
        wraps=(0,),
        numbers=(2, 3, 4, 5, 6, 7),
    )
    reasons = excluded_text(coverage.total.excluded)
    total = coverage.total
    say(
        f"{reasons or '没有不计的人'};无适用规则 {total.without_rule} 人",
        f"{reasons or 'nobody excluded'}; under no rule: {total.without_rule}",
    )


def closing_table(closing: Closing) -> None:
    """Print contacted of due of a frozen version, in all and by grid and village, and why it differs."""
    english = language.get() == "en"
    names = {
        Whole.TOTAL: word("合计", "total"),
        Whole.GRID: word("网格", "grid"),
        Whole.VILLAGE: word("村", "village"),
    }
    table(
        f"{closing.period} · {closing.division_code} · {word('版本', 'version')} {closing.version}",
        (word("范围", "part"), "", word("探访率", "contact rate"), word("不计", "excluded")),
        (
            (
                names[part.kind],
                part.name or ("" if part.kind is Whole.TOTAL else word("网格外", "outside all grids")),
                Rate(Persons(part.counts["contacted"]), Persons(part.counts["due"])),
                part.excluded,
            )
            for part in closing.parts
        ),
        wraps=(1,),
        numbers=(3,),
    )
    for reason in closing.reasons:
        text = reason.text("en" if english else "zh-CN")
        say(f"与上一版不同:{text}", f"Differs from the version before: {text}")


def write_map(
    store: Store, coverage: Coverage, out: Path, measure: str = "contact_rate", *, doors: bool = False
) -> None:
    """Write the coverage map as one page that needs no server; households only with ``doors``."""
    snapshot: Snapshot = store.snapshot()
    plans: tuple[DayPlan, ...] = store.plans.of_day(coverage.today, state=PlanState.PUBLISHED)
    picture = coverage_picture(Scene(coverage, snapshot, plans), measure, points=doors)
    save(coverage_map(picture, assets=Assets.INLINE), out)


def write_rollup(made: Rollup, out: Path) -> None:
    """Write a roll-up as CSV (for Excel, with a byte order mark) or JSON, whole or not at all.

    Raises
    ------
    InputError
        Another kind of file, or the folder cannot be written.
    """
    writers = {".csv": to_csv, ".json": to_json}
    if out.suffix.lower() not in writers:
        raise InputError("rollup.suffix", out.name, allowed=", ".join(writers))
    text = writers[out.suffix.lower()](made, language.get())
    fresh = out.with_name(f".{out.name}.new")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8-sig" if out.suffix.lower() == ".csv" else "utf-8", newline="")
        fresh.replace(out)
    except OSError as fault:
        raise InputError("map.write", f"{out} ({fault.strerror})") from None


def _rollup(store: Store, settings: Settings, text: str | None, *, exact: bool) -> Rollup:
    today, snapshot, rules = today_of(settings), store.snapshot(), rules_in_force(store)
    if exact:
        return roll_up(snapshot, rules, Period.parse(text) if text else Period.month(today), today)
    period = released(text or "", today)
    below = settings.suppress_below
    months = [published(roll_up(snapshot, rules, one, today), below) for one in beside(period, today)]
    return published(roll_up(snapshot, rules, period, today), below, months)


COMMANDS = (map_command, close_command, rollup_command)
