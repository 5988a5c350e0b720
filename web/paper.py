"""A ticked sheet that comes back: what stood on it, what somebody typed, and the visit it makes.

The texts are what a person types fast from handwriting: ``905`` is a time,
``4-15`` a day, ``1 助餐`` needs of the menu. A row is read whole, with every
mistake beside its field, and one row does not hold another back.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from fieldmap.access import Account
from fieldmap.errors import Issue
from fieldmap.forms import FormError
from fieldmap.incoming import EnvelopeKind, Received, ReceivedState
from fieldmap.models import Channel, Outcome, Place, Site, SiteFunction, Snapshot, Visit
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, clock_time
from fieldmap.visiting import needs_menu, read_visit
from web.addresses import whole_address
from web.masking import mask_name
from web.pages import CHINA
from web.sheets import ANSWERS

__all__ = ["OUTCOMES", "Entry", "Line", "Pile", "Written", "piles", "read_entry", "record_id"]

OUTCOMES = (*ANSWERS, Outcome.AWAY, Outcome.DIED, Outcome.VACANT)
"""The boxes of the sheet in their order, then what is written beside them; a digit chooses by place."""

_CLOCK = re.compile(r"(\d{1,2})[:：.]?(\d{2})")
_DAY = re.compile(r"(?:(\d{4})[-/.])?(\d{1,2})[-/.月]?(\d{2}|(?<=[-/.月])\d)日?")
_BETWEEN = re.compile(r"[\s,，、;；]+")


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
    """The rows of one worker."""

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
        return cls(client_ids=line.stop.client_ids, time=clock_time(line.stop.start_s))

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


def piles(plan: DayPlan, view: Snapshot) -> tuple[Pile, ...]:
    """Return a plan's sheets as rows, in the order in which they are printed.

    Parameters
    ----------
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
            made.append(Pile(actor.name, lines))
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
            name=site.name if site else mask_name(household.head_name),
            address=site.address if site else address,
            people=people,
            done=_done(plan, codes[stop.id], (route.actor_id, *stop.partner_ids), stop, of_day),
        )


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


def clock(text: str) -> time | None:
    """Return a clock time as somebody writes it, None where it is none.

    Examples
    --------
    >>> clock("905"), clock("14:30"), clock("2570")
    (datetime.time(9, 5), datetime.time(14, 30), None)
    """
    found = _CLOCK.fullmatch(text)
    try:
        return time(int(found[1]), int(found[2])) if found else None
    except ValueError:
        return None


def day_after(text: str, day: date) -> date | None:
    """Return the next day of that name from a day on, None where there is none.

    Examples
    --------
    >>> day_after("4-15", date(2026, 3, 20)), day_after("0110", date(2026, 3, 20))
    (datetime.date(2026, 4, 15), datetime.date(2027, 1, 10))
    >>> day_after("13-1", date(2026, 3, 20)) is None
    True
    """
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        if found[1]:
            return date(int(found[1]), int(found[2]), int(found[3]))
        this = date(day.year, int(found[2]), int(found[3]))
        return this if this >= day else this.replace(year=day.year + 1)
    except ValueError:
        return None


def needs_of(text: str) -> tuple[str, ...] | None:
    """Return the needs that a text names, by number, name or how the name begins; None where one is unknown.

    Examples
    --------
    >>> needs_of("1 陪诊"), needs_of("clinic"), needs_of("外出购物、99")
    (('meals', 'clinic'), ('clinic',), None)
    """
    named = [word for word in _BETWEEN.split(text) if word]
    found = [_need(word.casefold()) for word in named]
    return None if None in found else tuple(dict.fromkeys(code for code in found if code))


def _need(word: str) -> str | None:
    menu = needs_menu()
    if word.isdecimal():
        codes = list(menu)
        return codes[int(word) - 1] if 0 < int(word) <= len(codes) else None
    names = [(code, name.casefold()) for lang in ("zh-CN", "en") for code, name in needs_menu(lang).items()]
    fitting = {code for code, name in names if name.startswith(word)}
    exact = {code for code, name in names if name == word}
    return next(iter(exact or fitting)) if len(exact or fitting) == 1 else None
