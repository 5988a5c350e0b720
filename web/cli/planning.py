"""``due`` and ``plan``: who is due today, and who goes."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import get_args

import click

from fieldmap.access import covers
from fieldmap.errors import InputError, language
from fieldmap.models import Channel, Division, Snapshot
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, clock_time
from fieldmap.rulebook import rules_in_force
from fieldmap.schedule import Due, Schedule, due, schedule
from fieldmap.settings import load
from routing.dispatch import Order
from routing.params import Budget, Engine, Params
from web.cli import jobs
from web.cli.output import console, opened, say, table, today_of, word
from web.labels import label
from web.planning import STEPS, make_plan

__all__ = ["COMMANDS", "DAY", "plan_tables", "town_of"]

_BY = "command line"
_LEFT_OUT = 20
DAY = click.DateTime(formats=["%Y-%m-%d"])
"""A day as an option."""


@click.command("due", short_help="应访名单 · List who is due, until when and why.")
@click.option(
    "--today", type=DAY, metavar="YYYY-MM-DD", default=None, help="As of this day (FIELDMAP_TODAY)."
)
@click.option("--division", default=None, metavar="CODE", help="Only this division.")
@click.option("--all", "everybody", is_flag=True, help="Also those not due yet.")
@click.option("--json", "as_json", is_flag=True, help="As JSON lines for other programs.")
@click.option("--most", default=40, show_default=True, help="Rows of the table.")
def due_command(
    today: datetime | None, division: str | None, everybody: bool, as_json: bool, most: int
) -> None:
    """应访名单。List who is due, until when, through which channel, and why."""
    settings = load()
    day = today.date() if today else today_of(settings)
    with opened(settings) as store:
        snapshot = store.snapshot()
        listed = schedule(snapshot, rules_in_force(store), day)
    wanted = [
        d
        for d in listed.due
        if (everybody or d.open)
        and (division is None or covers(division, snapshot.households[d.household_id].division_code))
    ]
    if as_json:
        for item in wanted:
            click.echo(json.dumps(_due_record(item, snapshot), ensure_ascii=False))
        return
    _due_table(wanted, snapshot, most, day)
    _due_counts(listed)


def _due_record(item: Due, snapshot: Snapshot) -> dict[str, object]:
    client = snapshot.clients[item.client_id]
    return {
        "client_id": item.client_id,
        "name": client.name,
        "opens": item.opens.isoformat(),
        "deadline": item.deadline.isoformat(),
        "overdue_days": item.overdue_days,
        "in_person_overdue_days": item.in_person_overdue_days,
        "rules": list(item.rule_ids),
        "tags": list(item.tags),
        "channels": list(item.channels),
        "roles": list(item.roles),
        "open": item.open,
        "reason": item.reason(language.get()),
    }


def _due_table(wanted: Sequence[Due], snapshot: Snapshot, most: int, day: date) -> None:
    heads = (word("姓名", "name"), word("期限", "by"), word("超期", "overdue"), word("原因", "why"))
    rows = [
        (
            snapshot.clients[d.client_id].name,
            d.deadline,
            max(d.overdue_days, d.in_person_overdue_days) or "",
            d.reason(language.get()),
        )
        for d in wanted[:most]
    ]
    title = word(f"{day} 应访 {len(wanted)} 人", f"Due on {day}: {len(wanted)}")
    table(title, heads, rows, wraps=(3,), numbers=(2,))
    if len(wanted) > most:
        say(f"……另有 {len(wanted) - most} 人", f"… and {len(wanted) - most} more")


def _due_counts(listed: Schedule) -> None:
    count = Counter(e.exclusion.reason for e in listed.excluded)
    each = word("、", ", ").join(f"{label(reason)} {count[reason]}" for reason in sorted(count))
    say(
        f"不计 {count.total()} 人({each or '无'}),无适用规则 {len(listed.without_rule)} 人",
        f"excluded {count.total()} ({each or 'nobody'}), under no rule {len(listed.without_rule)}",
    )


@click.command("plan", short_help="排路线 · Plan a station's day on the roads.")
@click.option("--day", type=DAY, metavar="YYYY-MM-DD", default=None, help="The day to plan (FIELDMAP_TODAY).")
@click.option("--division", default=None, metavar="CODE", help="The station's township.")
@click.option(
    "--actor", "actors", metavar="ID", multiple=True, help="Who goes; all staff on duty where not given."
)
@click.option("--seconds", type=float, default=None, help="How long to search (FIELDMAP_PLAN_SECONDS).")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Randomness.")
@click.option(
    "--engine",
    type=click.Choice(get_args(Engine.__value__)),
    default=Params().engine,
    show_default=True,
    help="谁来排:search 先自己搜索,再由 OR-Tools 核对、打磨;ortools 只用 OR-Tools。"
    "Who plans: the search, whose plan OR-Tools checks and polishes, or OR-Tools alone.",
)
@click.option(
    "--all",
    "everybody",
    is_flag=True,
    help="列出全部未排入的户,不只前 20 户。List every door left out, not the first 20.",
)
@click.option("--publish", is_flag=True, help="Publish at once; else it stays a draft for the head.")
def plan_command(
    day: datetime | None,
    division: str | None,
    actors: tuple[str, ...],
    seconds: float | None,
    seed: int,
    engine: Engine,
    everybody: bool,
    publish: bool,
) -> None:
    """排路线。Plan a station's day on the roads and keep it as a draft."""
    settings = load()
    budget = Budget(settings.plan_seconds if seconds is None else seconds)
    with opened(settings) as store:
        town = town_of(store.snapshot(), division)
        order = Order(
            day.date() if day else today_of(settings),
            town,
            actors or None,
            budget=budget,
            seed=seed,
            params=Params(engine=engine),
        )
        title = word("排路线", "plan")
        made: DayPlan = jobs.done(settings, title, make_plan, settings, order, _BY, steps=STEPS)
        store.plans.save(made)
        if publish:
            made = store.plans.publish(made.id, _BY)
        snapshot, rules = store.snapshot(), rules_in_force(store)
    must = {item.client_id for item in due(snapshot, rules, made.day) if item.mandatory}
    plan_tables(made, snapshot, must, everybody=everybody)


def town_of(snapshot: Snapshot, code: str | None) -> str:
    """Return the division to plan for: the one named, or the only township there is."""
    towns: list[Division] = [d for d in snapshot.divisions.values() if d.level == 3]
    names = ", ".join(f"{d.code} {d.name}" for d in towns) or "–"
    if code is not None and code not in snapshot.divisions:
        raise InputError("plan.no-division", code, towns=names)
    if code is None and len(towns) != 1:
        raise InputError("plan.division", len(towns), towns=names)
    return code or towns[0].code


def plan_tables(
    made: DayPlan, snapshot: Snapshot, must: Collection[str] = (), *, everybody: bool = False
) -> None:
    """Print the routes with their stops, and who was left out with the reason.

    Parameters
    ----------
    must
        Ids of the clients whom a plan may not leave out: their doors are marked.
    everybody
        Whether all doors left out are listed, or the first of them.
    """
    for route in made.routes:
        _route_table(route, snapshot)
    if made.unplanned:
        _left_out_table(made, snapshot, must, len(made.unplanned) if everybody else _LEFT_OUT)
    way = made.travel_source.replace("straight line", word("直线距离", "straight line"))
    console.print(f"{made.day} · {way} · {made.engine} · {label(made.state)} · {made.id}")


def _route_table(route: PlannedRoute, snapshot: Snapshot) -> None:
    heads = ("#", "at", "door", "persons", "way", "why today")
    if language.get() != "en":
        heads = ("序", "时间", "住址", "人", "路程", "为什么今天")
    rows = [
        (
            stop.seq,
            clock_time(stop.arrive_s),
            snapshot.households[stop.household_id].address,
            len(stop.client_ids),
            _way(stop),
            word(stop.reason_zh, stop.reason_en),
        )
        for stop in route.stops
    ]
    name = snapshot.actors[route.actor_id].name
    title = f"{name} · {label(route.mode)} · {route.distance_m / 1000:.1f} km"
    table(title, heads, rows, wraps=(2, 5), numbers=(0, 3, 4))


def _way(stop: PlannedStop) -> str:
    """Return how long it takes to get there, or that it is a call."""
    if stop.channel is not Channel.DOOR:
        return label(stop.channel)
    minutes = math.ceil(stop.travel_s / 60)
    return word(f"{minutes} 分钟", f"{minutes} min")


def _left_out_table(made: DayPlan, snapshot: Snapshot, must: Collection[str], most: int) -> None:
    """Print the doors left out, the mandatory ones first and marked."""
    left = sorted(made.unplanned, key=lambda one: set(must).isdisjoint(one.client_ids))
    persons = sum(len(one.client_ids) for one in left)
    heads = ("", word("住址", "door"), word("人", "persons"), word("原因", "reason"))
    rows = [
        (
            "" if set(must).isdisjoint(one.client_ids) else word("必访", "must"),
            snapshot.households[one.household_id].address,
            len(one.client_ids),
            word(one.reason_zh, one.reason_en),
        )
        for one in left[:most]
    ]
    title = word(f"未排入 {persons} 人", f"Left out: {persons} persons")
    table(title, heads, rows, wraps=(1, 3), numbers=(2,))
    if len(left) > most:
        say(
            f"……另有 {len(left) - most} 户,加 --all 全部列出",
            f"… and {len(left) - most} more doors; --all lists them",
        )


COMMANDS = (due_command, plan_command)
