"""``demo``: the whole way on a made township, from the ledgers to the county's figure."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click

import sample_data
from fieldmap.access import AccountRole, Hat
from fieldmap.coverage import Coverage
from fieldmap.errors import InputError, catalogue
from fieldmap.imports import ImportReport, import_file
from fieldmap.models import Channel, Division, Role, Snapshot
from fieldmap.periods import Period
from fieldmap.plans import DayPlan
from fieldmap.rollup import published, roll_up
from fieldmap.rulebook import rules_in_force
from fieldmap.schedule import schedule, to_visit
from fieldmap.settings import Settings, load
from fieldmap.store import Store
from routing.dispatch import Order, doors, on_duty, plan_day
from routing.network import build
from routing.params import Budget
from routing.sources import travel_for
from routing.tiles import make_tiles
from web.cli._demo_flags import keep_flags
from web.cli._demo_sweeps import keep_sweeps
from web.cli.figures import coverage_of, write_map, write_rollup
from web.cli.ledgers import report_table
from web.cli.output import progress, say, table, warn_plain, word
from web.cli.server import run_server
from web.labels import label
from web.pages import home_of

__all__ = ["COMMANDS", "DEMO_DAY", "FILES", "PASSWORD"]

DEMO_DAY = date(2026, 3, 20)
"""The day the made township begins to work; 120 days of visits lie before it."""

PASSWORD = "demo-2026"
"""Of every account of the demo."""

FILES = (
    "divisions.csv",
    "actors.csv",
    "grids.geojson",
    "sites.geojson",
    "老年人信息台账.xlsx",
    "困境儿童台账.xlsx",
    "残疾人台账.xlsx",
    "残疾人台账.csv",
    "低保特困台账.xlsx",
    "responsibilities.csv",
    "exclusions.csv",
    "visits.csv",
)
"""What is taken over, in this order: places and visitors before people, people before visits."""

_TOWNSHIP_LEVEL = 3
_LOW_RATE = 0.5


@dataclass(frozen=True, slots=True)
class _Login:
    """An account of the demo and what it is for."""

    login: str
    role: AccountRole
    first: str


@click.command(short_help="演示 · Go the whole way on a made township.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Folder to write."
)
@click.option("--serve/--no-serve", "serve_after", default=True, help="Serve the pages at the end.")
@click.option(
    "--seconds", type=float, default=5.0, show_default=True, help="How long to search for the plan."
)
@click.option("--port", type=int, default=None, help="Where to listen (FIELDMAP_PORT).")
def demo(out: Path, serve_after: bool, seconds: float, port: int | None) -> None:
    """演示。Go the whole way on a made township: ledgers, due list, routes, map, roll-up, pages.

    Nobody in it exists. OUT is made anew each time; nothing else is touched.
    """
    settings = replace(load(), db=out / "county.db", network=out / "network", today=DEMO_DAY)
    source = _source()
    _fresh(out)
    store = _county(settings)
    try:
        reports, made = _all_the_way(store, settings, source, seconds)
        coverage = coverage_of(store, DEMO_DAY)
        logins = _accounts(store, made)
        _flags(store, settings)
        figures = _figures(store, reports, made, coverage)
        files = _write(store, settings, coverage, figures, out)
    finally:
        store.close()
    report_table(reports)
    _print(figures, files, logins)
    if serve_after:
        run_server(settings, port=port)


def _source() -> Path:
    folder = Path(sample_data.__file__).parent / "township"
    if not folder.is_dir():
        raise InputError("demo.source", folder)
    return folder


def _fresh(out: Path) -> None:
    """Empty the folder of an earlier demo; refuse one that holds anything else."""
    mark = out / ".demo"
    if out.exists() and not mark.exists() and any(out.iterdir()):
        raise InputError("demo.folder", out)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    mark.touch()


def _county(settings: Settings) -> Store:
    store = Store.create(settings.db, settings.key, county=Division("990101000000", "澄禾县", 2), salt="demo")
    if not store.encrypted:
        warn_plain()
    return store


def _all_the_way(
    store: Store, settings: Settings, source: Path, seconds: float
) -> tuple[list[ImportReport], DayPlan]:
    reports = []
    steps = len(FILES) + 2
    with progress(word("演示", "demo")) as step:
        for number, name in enumerate(FILES):
            step(number, steps, name)
            reports.append(import_file(store, source / name, today=DEMO_DAY, by="demo"))
        keep_sweeps(store, source / "sweeps.csv", today=DEMO_DAY, by="demo")
        step(len(FILES), steps, word("路网", "network"))
        build(source / "township.osm.pbf", settings.network, settings=settings)
        make_tiles(settings.network)
        step(len(FILES) + 1, steps, word("排路线", "plan"))
        snapshot = store.snapshot()
        order = Order(DEMO_DAY, _town(snapshot).code, budget=Budget(seconds))
        travel = travel_for(settings, doors(snapshot, order))
        made = plan_day(store, rules_in_force(store), order, travel, settings, created_by="demo")
    return reports, made


def _town(snapshot: Snapshot) -> Division:
    return min((d for d in snapshot.divisions.values() if d.level == _TOWNSHIP_LEVEL), key=lambda d: d.code)


def _accounts(store: Store, made: DayPlan) -> list[_Login]:
    """Make an account for every hat; the workers are those with a route."""
    snapshot = store.snapshot()
    town, county = _town(snapshot), store.county
    workers = [r.actor_id for r in made.routes if r.stops]
    staff = [a.id for a in snapshot.actors.values() if a.role is Role.SOCIAL_WORKER and a.id not in workers]
    owned = {g.owner_id: g for g in snapshot.grids.values() if g.polygon_wkb and g.owner_id}
    grid = _gap_grid(store, {g.code for g in owned.values()})
    loads = Counter(r.actor_id for r in snapshot.responsibilities.values())
    contact = next(
        (i for i, _ in loads.most_common() if snapshot.actors[i].role is Role.VILLAGE_CADRE),
        next(iter(snapshot.actors)),
    )
    made_accounts = [
        ("head", AccountRole.HEAD, town.code, "", staff[0] if staff else None),
        ("worker", AccountRole.WORKER, town.code, "", workers[0] if workers else None),
        ("contact", AccountRole.CONTACT, snapshot.actors[contact].division_code, "", contact),
        ("grid", AccountRole.GRID_MANAGER, grid[:12], grid, snapshot.grids[grid].owner_id),
        ("county", AccountRole.COUNTY, county.code, "", None),
        ("auditor", AccountRole.AUDITOR, county.code, "", None),
        ("admin", AccountRole.ADMIN, county.code, "", None),
    ]
    logins = []
    for login, role, division, grid_code, actor in made_accounts:
        name = snapshot.actors[actor].name if actor else login
        hats = [Hat(role, division, grid_code)]
        account = store.accounts.add(login, name, PASSWORD, hats, actor_id=actor)
        logins.append(_Login(login, role, home_of(account)))
    return logins


def _flags(store: Store, settings: Settings) -> None:
    """Report two doors of the grid manager's grid."""
    ids = {account.login: account.id for account in store.accounts.all()}
    (hat,) = next(account.hats for account in store.accounts.all() if account.login == "grid")
    keep_flags(settings, hat.grid_code, manager=ids["grid"], head=ids["head"], today=DEMO_DAY)


def _gap_grid(store: Store, codes: set[str]) -> str:
    """Return the grid with the most persons who were due and not seen."""
    rows = [r for r in coverage_of(store, DEMO_DAY).grids if r.code in codes]
    worst = max(rows, key=lambda r: (r.figures.due - r.figures.contacted, r.code or ""))
    return worst.code or ""


def _figures(
    store: Store, reports: list[ImportReport], made: DayPlan, coverage: Coverage
) -> dict[str, int | str]:
    """Return every figure of the closing table."""
    listed = schedule(store.snapshot(), rules_in_force(store), DEMO_DAY)
    left = Counter(u.code for u in made.unplanned for _ in u.client_ids)
    rates = [r.figures.contact_rate.share for r in coverage.grids if r.code]
    stops = {(s.household_id, s.client_ids): s for route in made.routes for s in route.stops}
    met = [s for s in stops.values() if s.channel is Channel.DOOR]
    return {
        "rows_read": sum(r.read for r in reports),
        "rows_refused": sum(r.refused for r in reports),
        "rows_skipped": sum(r.skipped for r in reports),
        "clients": len(store.snapshot().clients),
        "clients_open_today": len(to_visit(listed.due)),
        "clients_excluded": len(listed.excluded),
        "clients_without_rule": len(listed.without_rule),
        "workers_on_duty": len(on_duty(store.snapshot(), Order(DEMO_DAY, made.division_code))),
        "doors_planned": len({s.household_id for s in met}),
        "clients_planned": sum(len(s.client_ids) for s in met),
        "clients_called": sum(len(s.client_ids) for s in stops.values() if s not in met),
        "clients_left_out": sum(left.values()),
        **{f"left_out_{code}": count for code, count in sorted(left.items())},
        "due_this_month": coverage.total.due,
        "contacted_this_month": coverage.total.contacted,
        "contact_rate": coverage.total.contact_rate.text("en"),
        "grids": len([r for r in coverage.grids if r.code]),
        "grids_below_half": sum(1 for share in rates if share is not None and share < _LOW_RATE),
        "grids_nobody_seen": sum(1 for share in rates if share == 0),
    }


def _write(
    store: Store, settings: Settings, coverage: Coverage, figures: Mapping[str, int | str], out: Path
) -> list[Path]:
    exact = roll_up(store.snapshot(), rules_in_force(store), Period.month(DEMO_DAY), DEMO_DAY)
    write_map(store, coverage, out / "coverage.html")
    write_rollup(published(exact, settings.suppress_below), out / "rollup-2026-03.csv")
    text = json.dumps(figures, ensure_ascii=False, indent=1)
    (out / "figures.json").write_text(f"{text}\n", encoding="utf-8")
    return [out / n for n in ("county.db", "network", "coverage.html", "rollup-2026-03.csv", "figures.json")]


_WORDS = {
    "rows_read": ("读入行", "rows read"),
    "rows_refused": ("拒收行", "rows refused"),
    "rows_skipped": ("跳过行(标题、小计、说明)", "rows skipped (titles, subtotals, notes)"),
    "clients": ("服务对象", "clients"),
    "clients_open_today": ("今天应访", "clients to be seen today"),
    "clients_excluded": ("不计(住院、拒访、外出、迁出)", "excluded (hospital, refused, away, moved)"),
    "clients_without_rule": ("无适用规则", "under no rule"),
    "workers_on_duty": ("今天外出人员", "workers in the field today"),
    "doors_planned": ("排入路线的户", "doors on a route"),
    "clients_planned": ("排入路线的人", "clients on a route"),
    "clients_called": ("今天打电话的人", "clients called today"),
    "clients_left_out": ("今天未排入的人", "clients left out today"),
    "due_this_month": ("本月应访", "due this month"),
    "contacted_this_month": ("本月已访", "contacted this month"),
    "contact_rate": ("月探访率", "monthly contact rate"),
    "grids": ("网格", "grids"),
    "grids_below_half": ("探访率低于 50 % 的网格", "grids below 50 %"),
    "grids_nobody_seen": ("本月一人未访的网格", "grids where nobody was seen"),
}


def _print(figures: Mapping[str, int | str], files: list[Path], logins: list[_Login]) -> None:
    rows: list[tuple[str, object]] = [(_name(key), value) for key, value in figures.items()]
    rows += [(word("写出", "written"), path) for path in files]
    table(f"{word('演示', 'demo')} {DEMO_DAY}", ("", ""), rows, wraps=(0, 1))
    table(
        word(f"密码都是 {PASSWORD}", f"password of all: {PASSWORD}"),
        (word("账号", "account"), word("岗位", "role"), word("首页", "first page")),
        ((i.login, label(i.role), i.first) for i in logins),
    )
    say(
        "先用 head 登录:看覆盖图和今天的计划,发布;再用 worker 在手机上记一次走访;再看地图。",
        "First sign in as head: look at the map and today's plan, publish it; then record a visit as worker"
        " on a phone; then look at the map again.",
    )


def _name(key: str) -> str:
    """Return what a figure is called; a reason for being left out in the words of the plan."""
    if key in _WORDS:
        return word(*_WORDS[key])
    zh, en = (catalogue()[f"left.{key.removeprefix('left_out_')}"][lang][0] for lang in ("zh-CN", "en"))
    return f"  · {word(zh, en)}"


COMMANDS = (demo,)
