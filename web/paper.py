"""A ticked sheet that comes back: what stood on it, what somebody typed, and the visit it makes.

The texts are what a person types fast from handwriting: ``905`` is a time,
``4-15`` a day, ``1 助餐`` needs of the menu. A row is read whole, with every
mistake beside its field, and one row does not hold another back.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from fieldmap.access import Account
from fieldmap.errors import Issue
from fieldmap.forms import FormError
from fieldmap.incoming import EnvelopeKind, Received, ReceivedState
from fieldmap.models import (
    Channel,
    Household,
    Outcome,
    Place,
    Site,
    SiteFunction,
    Snapshot,
    TravelMode,
    Visit,
)
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, clock_time
from fieldmap.rules import RuleSet
from fieldmap.schedule import Due, due
from fieldmap.visiting import read_visit
from web._paper_texts import clock, day_after, needs_of
from web.addresses import whole_address
from web.i18n import gettext
from web.masking import mask_name
from web.pages import CHINA
from web.sheets import ANSWERS, calls_of

__all__ = ["OUTCOMES", "Entry", "Line", "Pile", "Written", "piles", "read_entry", "record_id", "with_calls"]

OUTCOMES = (*ANSWERS, Outcome.AWAY, Outcome.DIED, Outcome.VACANT)
"""The boxes of the sheet in their order, then what is written beside them; a digit chooses by place."""


_NO_TIME = -1
_STATION = PlannedRoute(
    id="station",
    actor_id="",
    mode=TravelMode.WALK,
    distance_m=0,
    travel_s=0,
    start_s=0,
    end_s=0,
    shape=(),
    stops=(),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet.

    Attributes
    ----------
    actor_id
        Whose sheet it stands on.
    codes
        The printed codes that lead here: a pair has the stop on both sheets.
    people
        Who is to be seen: client id and masked name.
    done
        The visit that the station has already.
    """

    stop: PlannedStop
    actor_id: str
    codes: tuple[str, ...]
    name: str
    address: str
    people: tuple[tuple[str, str], ...]
    done: Visit | None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Return what can come of it; an empty house is found at the door only."""
        if self.stop.channel is Channel.DOOR:
            return OUTCOMES
        return tuple(one for one in OUTCOMES if one is not Outcome.VACANT)


@dataclass(frozen=True, slots=True)
class Pile:
    """The rows of one worker; without a name the station's own calls."""

    worker: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed into a row, as it was typed.

    Attributes
    ----------
    also
        True where it is to be kept although the station has a visit already.
    """

    outcome: str = ""
    client_ids: tuple[str, ...] = ()
    time: str = ""
    needs: str = ""
    note: str = ""
    next_day: str = ""
    also: bool = False

    @classmethod
    def blank(cls, line: Line) -> Entry:
        """Return a row as it is before anything is typed: everybody, at the planned time."""
        planned = line.stop.start_s
        return cls(client_ids=line.stop.client_ids, time=clock_time(planned) if planned >= 0 else "")

    @classmethod
    def of(cls, line: Line, form: Fields) -> Entry:
        """Return what a sent page says about a row."""

        def text(name: str) -> str:
            value = form.get(f"{name}.{line.stop.id}")
            return value.strip() if isinstance(value, str) else ""

        ticked = form.getlist(f"clients.{line.stop.id}")
        only = line.stop.client_ids if len(line.stop.client_ids) == 1 else ()
        return cls(
            outcome=text("outcome"),
            client_ids=tuple(one for one in ticked if isinstance(one, str)) or only,
            time=text("time"),
            needs=text("needs"),
            note=text("note"),
            next_day=text("next_day"),
            also=bool(text("also")),
        )


class Fields(Protocol):
    """A sent form: names with one or more values."""

    def get(self, key: str, /) -> object:
        """Return the last value of a name, or None."""

    def getlist(self, key: str, /) -> Sequence[object]:
        """Return every value of a name."""


def record_id(plan_id: str, stop_id: str) -> str:
    """Return the id of the visit that a row makes: the same sheet entered twice is one visit."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"fieldmap:paper:{plan_id}:{stop_id}"))


def with_calls(plan: DayPlan, view: Snapshot, rules: RuleSet, caller_id: str) -> DayPlan:
    """Return a plan with the calls of its sheets that stand on no route as stops without a time.

    They are found as they were printed: from the record without the contacts
    of the day itself.

    Parameters
    ----------
    caller_id
        The actor who made the calls of the station's own list.
    """
    morning = replace(view, visits=tuple(visit for visit in view.visits if visit.day < plan.day))
    asked = calls_of(plan, morning, due(morning, rules, plan.day))
    routes = [_longer(plan, route, asked[route.actor_id]) for route in plan.routes]
    if asked[""]:
        routes.append(_longer(plan, replace(_STATION, actor_id=caller_id), asked[""]))
    return replace(plan, routes=tuple(routes))


def _longer(plan: DayPlan, route: PlannedRoute, calls: Iterable[Due]) -> PlannedRoute:
    first = max((stop.seq for stop in route.stops), default=0) + 1
    stops = tuple(_call(plan, item, seq) for seq, item in enumerate(calls, start=first))
    return replace(route, stops=(*route.stops, *stops))


def _call(plan: DayPlan, item: Due, seq: int) -> PlannedStop:
    return PlannedStop(
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"fieldmap:call:{plan.id}:{item.client_id}")),
        seq=seq,
        household_id=item.household_id,
        client_ids=(item.client_id,),
        partner_ids=(),
        channel=Channel.PHONE,
        arrive_s=_NO_TIME,
        start_s=_NO_TIME,
        depart_s=_NO_TIME,
        travel_s=0,
        travel_m=0,
        reason_zh="",
        reason_en="",
    )


def piles(plan: DayPlan, view: Snapshot) -> tuple[Pile, ...]:
    """Return a plan's sheets as rows, in the order in which they are printed.

    Parameters
    ----------
    plan
        With the calls of its sheets (:func:`with_calls`).
    view
        The record as the reader may see it; what lies outside is left out.
    """
    of_day = [visit for visit in view.visits if visit.day == plan.day]
    codes = _codes(plan)
    made = []
    for route in plan.routes:
        lines = tuple(_lines(plan, route, view, codes, of_day))
        actor = view.actors.get(route.actor_id)
        if lines and actor is not None:
            made.append(Pile("" if route.id == _STATION.id else actor.name, lines))
    return tuple(made)


def _codes(plan: DayPlan) -> dict[str, tuple[str, ...]]:
    """Return stop → the stops that are one visit with it; a pair's second stop is under the first."""
    found: dict[str, tuple[str, ...]] = {}
    first: dict[object, str] = {}
    for route in plan.routes:
        for stop in route.stops:
            visit = (stop.household_id, stop.client_ids, stop.start_s)
            other = next((first[p, visit] for p in stop.partner_ids if (p, visit) in first), "")
            first[route.actor_id, visit] = stop.id
            found[other or stop.id] = (*found.get(other, ()), stop.id)
    return found


def _lines(
    plan: DayPlan,
    route: PlannedRoute,
    view: Snapshot,
    codes: Mapping[str, tuple[str, ...]],
    of_day: Iterable[Visit],
) -> Iterator[Line]:
    """Yield the rows of a route that stand on no earlier one."""
    for stop in route.stops:
        household, site = view.households.get(stop.household_id), view.sites.get(stop.site_id)
        if household is None or stop.id not in codes:
            continue
        people = tuple((c, mask_name(view.clients[c].name)) for c in stop.client_ids if c in view.clients)
        address = whole_address(household, view.divisions)
        yield Line(
            stop=stop,
            actor_id=route.actor_id,
            codes=codes[stop.id],
            name=_name(stop, household, site, people),
            address=site.address if site else address,
            people=people,
            done=_done(plan, codes[stop.id], (route.actor_id, *stop.partner_ids), stop, of_day),
        )


def _name(
    stop: PlannedStop, household: Household, site: Site | None, people: Iterable[tuple[str, str]]
) -> str:
    """Return what the sheet calls a row: the place that is gone to, or who is called."""
    if stop.channel is not Channel.DOOR:
        return gettext("、").join(name for _, name in people)
    return site.name if site else mask_name(household.head_name)


def _done(
    plan: DayPlan, codes: Collection[str], actors: Collection[str], stop: PlannedStop, of_day: Iterable[Visit]
) -> Visit | None:
    """Return the visit that the station has: of this row, else of its people by its visitors that day.

    A visit that was made for another stop of the plan is that stop's.
    """
    planned = {one.id for route in plan.routes for one in route.stops}
    other = None
    for visit in of_day:
        if visit.id == record_id(plan.id, stop.id) or visit.stop_id in codes:
            return visit
        same = visit.household_id == stop.household_id and not set(actors).isdisjoint(visit.actor_ids)
        if same and visit.stop_id not in planned and not set(stop.client_ids).isdisjoint(visit.client_ids):
            other = visit
    return other


@dataclass(frozen=True, slots=True)
class Written:
    """A row that can be kept: the visit, and the fields it was made of."""

    visit: Visit
    fields: Mapping[str, object]

    def received(self, account: Account, at: datetime) -> Received:
        """Return it as something that came in, on paper and by whose hands."""
        payload = json.dumps(self.fields, ensure_ascii=False, sort_keys=True)
        return Received(
            id=self.visit.id,
            kind=EnvelopeKind.PAPER,
            state=ReceivedState.HELD,
            account_id=account.id,
            device_id="",
            actor_id=self.visit.actor_ids[0],
            made_at=at,
            received_at=at,
            sha256=hashlib.sha256(payload.encode()).hexdigest(),
            payload=payload,
            household_id=self.visit.household_id,
        )


def read_entry(plan: DayPlan, line: Line, entry: Entry, snapshot: Snapshot, today: date) -> Written:
    """Turn a row into a visit.

    Raises
    ------
    FormError
        ``visit.invalid``, with every mistake by field.
    """
    form, issues = _form(plan, line, entry, snapshot)
    try:
        recording = read_visit(form, snapshot, snapshot.actors[line.actor_id], today)
    except FormError as error:
        raise FormError(error.code, (*issues, *error.issues)) from None
    if issues:
        raise FormError("visit.invalid", issues)
    return Written(recording.visit, form)


def _form(
    plan: DayPlan, line: Line, entry: Entry, snapshot: Snapshot
) -> tuple[dict[str, object], list[Issue]]:
    """Return the fields of a visit, without those that cannot be read, and what is wrong with these."""
    issues = []
    started, needs, next_day = clock(entry.time), needs_of(entry.needs), day_after(entry.next_day, plan.day)
    for field, text, value in (
        ("time", entry.time, started),
        ("needs", entry.needs, needs),
        ("next_day", entry.next_day, next_day),
    ):
        if text and value is None:
            issues.append(Issue(0, field, text, f"paper.{field.removesuffix('_day')}"))
    form: dict[str, object] = {
        "id": record_id(plan.id, line.stop.id),
        "household_id": line.stop.household_id,
        "stop_id": line.stop.id,
        "day": plan.day.isoformat(),
        "channel": line.stop.channel,
        "place": _place(snapshot.sites.get(line.stop.site_id)),
        "outcome": entry.outcome,
        "client_ids": () if entry.outcome == Outcome.VACANT else entry.client_ids,
        "partner_ids": line.stop.partner_ids,
        "needs": needs or (),
        "note": entry.note,
        "next_day": next_day.isoformat() if next_day else "",
        "started_at": datetime.combine(plan.day, started, CHINA).isoformat() if started else "",
    }
    return form, issues


def _place(site: Site | None) -> Place:
    if site is None:
        return Place.HOME
    return Place.SCHOOL if SiteFunction.SCHOOL in site.functions else Place.INSTITUTION
