"""``month``: whether everybody can be seen in time, and on which day by whom."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import click

from fieldmap.models import Channel, Snapshot
from fieldmap.rulebook import rules_in_force
from fieldmap.settings import load
from routing.dispatch import Order, doors
from routing.month import Answer, Month, plan_month
from routing.monthly import StationMonth, station_month
from routing.sources import travel_for
from web.cli.output import opened, progress, say, table, today_of, word
from web.cli.planning import DAY, town_of

__all__ = ["COMMANDS"]


@click.command("month", short_help="排月 · Put everybody who is due into a day, a worker, a channel.")
@click.option("--first", type=DAY, metavar="YYYY-MM-DD", default=None, help="From (FIELDMAP_TODAY).")
@click.option("--last", type=DAY, metavar="YYYY-MM-DD", default=None, help="To; else the end of the month.")
@click.option("--division", default=None, metavar="CODE", help="The station's township.")
@click.option("--seconds", type=float, default=20.0, show_default=True, help="How long to search.")
def month_command(
    first: datetime | None, last: datetime | None, division: str | None, seconds: float
) -> None:
    """排月。Put everybody who is due into a slot of day, worker and channel.

    每个应访的人哪天、谁去、上门还是电话;排不下的,证明至少差多少。

    Where there is no time for all, it is proved how many at least cannot be
    seen. Nothing is kept: each day is planned by ``fieldmap plan``.
    """
    settings = load()
    begin = first.date() if first else today_of(settings)
    end = last.date() if last else _end_of_month(begin)
    with opened(settings) as store, progress(word("排月", "month")) as step:
        snapshot = store.snapshot()
        town = town_of(snapshot, division)
        step(0, 2, word("路网", "roads"))
        travel = travel_for(settings, doors(snapshot, Order(begin, town)))
        station = station_month(
            snapshot, rules_in_force(store), town, begin, end, travel, settings.slack_share
        )
        step(1, 2, word("搜索", "search"))
        made = plan_month(station.problem, seconds)
    _slots_table(station, made, snapshot)
    _answer(station, made)


def _end_of_month(day: date) -> date:
    following = (day.replace(day=28) + timedelta(4)).replace(day=1)
    return following - timedelta(1)


def _slots_table(station: StationMonth, made: Month, snapshot: Snapshot) -> None:
    count: Counter[tuple[int, str, bool]] = Counter()
    villages: dict[tuple[int, str], dict[str, None]] = {}
    of = {c.id: c for c in station.problem.contacts}
    for slot in made.slots:
        for worker in slot.worker_ids:
            count[slot.day, worker, slot.channel is Channel.DOOR] += 1
            if slot.channel is Channel.DOOR:
                names = villages.setdefault((slot.day, worker), {})
                names[snapshot.divisions[of[slot.contact_id].village].name] = None
    rows = [
        (
            station.days[day],
            snapshot.actors[worker].name,
            count[day, worker, True],
            count[day, worker, False],
            word("、", ", ").join(villages.get((day, worker), {})),
        )
        for day, worker in sorted({(day, worker) for day, worker, _ in count})
    ]
    heads = (word("日期", "day"), word("人员", "worker"), word("上门", "doors"), word("电话", "calls"))
    title = word("各天安排", "Slots")
    table(title, (*heads, word("村(社区)", "villages")), rows, wraps=(4,), numbers=(2, 3))


def _answer(station: StationMonth, made: Month) -> None:
    left, placed = len(made.left_out), len(made.slots)
    say(
        f"{len(station.dues)} 户应访,排入 {placed} 户", f"{len(station.dues)} doors due, {placed} have a slot"
    )
    if station.nowhere:
        n = len(station.nowhere)
        say(f"{n} 户没有坐标,也不能电话联系", f"{n} doors without coordinates, and a call does not do")
    if made.answer is Answer.FEASIBLE:
        say("人手够:每户都排得下", "There is time for everybody")
    elif made.answer is Answer.INFEASIBLE:
        say(
            f"人手不够:{left} 户排不下;已证明无论怎么排,至少 {made.least_left_out} 户见不到",
            f"Not enough people: {left} doors left out; proven: at least {made.least_left_out} in any plan",
        )
    else:
        say(
            f"未定:{left} 户没有排下,也没有证明排不下;可延长 --seconds 再试",
            f"Open: {left} doors left out, and no proof that they must be; try more --seconds",
        )


COMMANDS = (month_command,)
