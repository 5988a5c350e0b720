"""The smaller kinds of envelopes: what each says, read whole, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from fieldmap._intake_content import Content
from fieldmap._intake_visit import Scene, clock_disagreement, disagreement, visitor_of
from fieldmap.access import Account, Right, require, sees_grid, sees_household
from fieldmap.errors import InputError
from fieldmap.flagging import read_flag
from fieldmap.forms import FormReader
from fieldmap.incoming import (
    Building,
    Disagreement,
    DisagreementKind,
    DoorResult,
    Doorway,
    EnvelopeKind,
    OutingStep,
    OutingWhat,
    Pin,
    Received,
    Report,
    RouteOrder,
    SweepResult,
    Told,
)
from fieldmap.models import Flag, FlagState
from fieldmap.plans import PlannedRoute
from fieldmap.sweeps import LABEL_LENGTH, MOST_DOORS
from fieldmap.visiting import require_reach

__all__ = [
    "UNDO",
    "judge_building",
    "judge_flag",
    "judge_order",
    "judge_outing",
    "judge_pin",
    "judge_report",
    "judge_sweep",
    "judge_withdrawal",
    "may_withdraw",
]

UNDO = timedelta(minutes=10)
"""How long somebody may take back what she saved."""

_LONGEST_OUTING = timedelta(hours=24)
_SLACK = timedelta(minutes=1)
_WITHDRAWN = (EnvelopeKind.VISIT, EnvelopeKind.FLAG)
_NAME, _NOTE, _NUMBER = 60, 500, 60

type Found[T] = tuple[T, tuple[Disagreement, ...]]


def _reader(content: Content) -> FormReader:
    return FormReader({**content.body, "id": content.id})


def _account(scene: Scene, right: Right) -> Account:
    return require(scene.account, right)


def _short(reader: FormReader, name: str, most: int, *, least: int = 0) -> str:
    """Return a text of a field; too long or too short is a mistake."""
    text = reader.text(name)
    if not least <= len(text) <= most:
        reader.problem(name, "phone.text", least=least, most=most)
    return text


def _grid(reader: FormReader, grids: Iterable[str]) -> str:
    code = reader.text("grid_code")
    if code not in grids:
        reader.problem("grid_code", "flag.grid")
    return code


def _grids(scene: Scene, right: Right) -> frozenset[str]:
    hats = _account(scene, right).hats_with(right)
    return frozenset(code for code, grid in scene.snapshot.grids.items() if sees_grid(hats, grid))


def judge_flag(content: Content, scene: Scene) -> Found[Flag]:
    """Return the flag."""
    account = _account(scene, Right.FLAG)
    hats = account.hats_with(Right.FLAG)
    asked = scene.snapshot.households.get(str(content.body.get("household_id", "")))
    households = [asked.id] if asked is not None and sees_household(hats, asked) else []
    form = {**content.body, "id": content.id}
    flag = read_flag(form, _grids(scene, Right.FLAG), account.id, content.at, households)
    return flag, clock_disagreement(content, flag.household_id)


def judge_building(content: Content, scene: Scene) -> Found[Building]:
    """Return the building of an own grid."""
    reader = _reader(content)
    code = _grid(reader, _grids(scene, Right.GRID))
    name = _short(reader, "name", _NAME, least=1)
    doors = content.body.get("doors")
    if isinstance(doors, bool) or not isinstance(doors, int) or not 0 <= doors <= MOST_DOORS:
        reader.problem("doors", "phone.doors", most=MOST_DOORS)
        doors = 1
    reader.done("phone.invalid")
    return Building(content.id, code, name, doors, _account(scene, Right.GRID).id, content.at), ()


def judge_sweep(content: Content, scene: Scene) -> Found[SweepResult]:
    """Return what was found at a door of an own grid; the building need not have come in yet."""
    reader = _reader(content)
    found = SweepResult(
        content.id,
        _short(reader, "building_id", _NAME, least=1),
        _grid(reader, _grids(scene, Right.GRID)),
        _short(reader, "door", LABEL_LENGTH, least=1),
        _needed(reader, "result", DoorResult),
        content.day,
        _account(scene, Right.GRID).id,
        content.at,
        content.now,
    )
    reader.done("phone.invalid")
    return found, ()


def _needed[E: StrEnum](reader: FormReader, name: str, kind: type[E]) -> E:
    """Return a code that has to be given."""
    first = next(iter(kind))
    if not reader.text(name):
        reader.problem(name, "visit.choice", field=name, allowed=", ".join(kind))
    return reader.choice(name, kind, first)


def judge_outing(content: Content, scene: Scene) -> Found[OutingStep]:
    """Return a step of the worker's own outing."""
    account, actor, reader = _account(scene, Right.RECORD), visitor_of(scene), _reader(content)
    what = _needed(reader, "what", OutingWhat)
    said = reader.instant("expected_back", "phone.expected")
    expected = None if said is None else content.corrected(said)
    if what is not OutingWhat.BACK and (
        expected is None or not content.at < expected <= content.at + _LONGEST_OUTING
    ):
        reader.problem("expected_back", "phone.expected")
    outing_id = reader.uuid("outing_id", "phone.id")
    if scene.outing is not None and scene.outing.actor_id != actor.id:
        reader.problem("outing_id", "phone.id")
    reader.done("phone.invalid")
    expected = None if what is OutingWhat.BACK else expected
    step = OutingStep(content.id, outing_id, actor.id, what, content.at, account.id, expected)
    return step, clock_disagreement(content)


def judge_report(content: Content, scene: Scene) -> Found[Report]:
    """Return a mandatory report: taken from everybody who visits, about anybody on a ledger."""
    account, reader = _account(scene, Right.RECORD), _reader(content)
    client = scene.snapshot.clients.get(reader.text("client_id"))
    if client is None:
        reader.problem("client_id", "phone.client")
    report = Report(
        content.id,
        client.id if client else "",
        account.id,
        account.actor_id or "",
        content.at,
        _needed(reader, "told", Told),
        _short(reader, "number", _NUMBER),
        _short(reader, "note", _NOTE),
        content.now,
    )
    reader.done("phone.invalid")
    return report, clock_disagreement(content, client.household_id if client else "")


def judge_pin(content: Content, scene: Scene) -> Found[Pin]:
    """Return a better point for a household that is the account's to visit."""
    account, reader = _account(scene, Right.RECORD), _reader(content)
    household = require_reach(account, reader.text("household_id"), scene.snapshot, scene.planned)
    which = _needed(reader, "which", Doorway)
    position, accuracy = reader.position("position", "visit.position")
    if position is None and content.body.get("position") is None:
        reader.problem("position", "visit.position")
    reader.done("phone.invalid")
    assert position is not None
    return Pin(content.id, household.id, which, position, accuracy, account.id, content.at), ()


def judge_order(content: Content, scene: Scene) -> Found[RouteOrder]:
    """Return what is left of the worker's own route in another order; the plan stays as it is."""
    account, actor, reader = _account(scene, Right.RECORD), visitor_of(scene), _reader(content)
    route = _route(scene, reader.text("route_id"), actor.id)
    places = {stop.id: stop.seq for stop in route.stops} if route else {}
    stop_ids = reader.texts("stop_ids")
    if route is None:
        reader.problem("route_id", "phone.route")
    elif not stop_ids or not set(stop_ids) <= places.keys():
        reader.problem("stop_ids", "phone.stops")
    reader.done("phone.invalid")
    order = RouteOrder(content.id, reader.text("route_id"), stop_ids, account.id, content.at, content.now)
    said = [places[stop_id] for stop_id in stop_ids]
    if said == sorted(said):
        return order, ()
    entry = disagreement(
        content.id,
        content.now,
        DisagreementKind.ORDER,
        field="stop_ids",
        kept=" ".join(map(str, sorted(said))),
        kept_from="plan",
        losing=" ".join(map(str, said)),
        losing_from=actor.id,
        losing_at=content.at,
    )
    return order, (entry,)


def _route(scene: Scene, route_id: str, actor_id: str) -> PlannedRoute | None:
    routes = (route for plan in scene.plans for route in plan.routes)
    return next((r for r in routes if r.id == route_id and r.actor_id == actor_id), None)


def judge_withdrawal(content: Content, scene: Scene) -> Found[str]:
    """Return the id of the envelope to take back; it may come in later.

    Raises
    ------
    InputError
        ``phone.withdraw``: of somebody else, of a kind that stays, or too late.
    """
    reader = _reader(content)
    of_id = reader.uuid("of", "phone.id")
    reader.done("phone.invalid")
    target, by = scene.target, scene.account.id if scene.account else ""
    if target is not None and not (
        may_withdraw(target.kind, target.made_at, target.account_id, _since(content, target), by)
        and _untouched(scene, target.id)
    ):
        raise InputError("phone.withdraw", of_id, minutes=int(UNDO.total_seconds() // 60))
    return of_id, ()


def _since(content: Content, target: Received) -> datetime:
    """Return when a withdrawal was made, on the clock by which its target was taken.

    A wrong clock's moments give way to those of receiving; between the two
    of them the phone counted right.
    """
    try:
        said = datetime.fromisoformat(str(target.content.get("made_at")))
        return min(content.at, target.made_at + (content.said_at - said))
    except (ValueError, TypeError, OverflowError):  # kept without its moment, or with one without a zone
        return content.at


def may_withdraw(
    kind: EnvelopeKind, made_at: datetime, made_by: str, withdrawn_at: datetime, withdrawn_by: str
) -> bool:
    """Return whether a withdrawal takes an envelope back: one's own, of a kind that can, in time."""
    return kind in _WITHDRAWN and made_by == withdrawn_by and withdrawn_at <= made_at + UNDO + _SLACK


def _untouched(scene: Scene, flag_id: str) -> bool:
    """Return whether the station has not yet done anything about a flag."""
    states = {flag.id: flag.state for flag in scene.snapshot.flags}
    return states.get(flag_id, FlagState.REPORTED) in (FlagState.REPORTED, FlagState.REFUSED)
