"""The day on paper: one sheet for each worker, and the calls that nobody on the road makes.

Paper lies about and is lost. So it has what a volunteer may read (surname,
door, dates) whoever carries it, and no tag, rule, map or point.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fieldmap.errors import language
from fieldmap.models import Channel, Outcome, Snapshot
from fieldmap.plans import DayPlan, PlannedRoute, PlannedStop, clock_time
from fieldmap.schedule import Due
from web.addresses import whole_address
from web.i18n import gettext
from web.labels import label
from web.masking import mask_name
from web.qr import qr_svg

__all__ = [
    "ANSWERS",
    "CALLS_EACH",
    "CALLS_STATION",
    "Call",
    "DaySheets",
    "Door",
    "Sheet",
    "calls_of",
    "day_sheets",
]

ANSWERS = (Outcome.SEEN, Outcome.NOBODY, Outcome.REFUSED, Outcome.MOVED, Outcome.HOSPITAL)
"""The boxes to tick, in the words of the form on the phone."""

CALLS_EACH = 8
"""How many of those left out a worker is asked to call beside a day on the road."""

CALLS_STATION = 18
"""How many are listed for whoever is at the station: a page."""


@dataclass(frozen=True, slots=True)
class Door:
    """A stop as paper has it.

    Attributes
    ----------
    number
        Its place in the sheet's column of numbers: the doors, then the calls.
    time, opens
        Clock times of arrival, and of the visit where that begins later;
        empty where it begins on arrival.
    people
        Who is to be seen; empty where the name of the door says it.
    code
        The QR code by which the line is entered later, as SVG.
    """

    number: int
    time: str
    opens: str
    name: str
    address: str
    people: tuple[str, ...]
    reason: str
    partners: tuple[str, ...]
    code: str


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody to be called.

    Attributes
    ----------
    number
        As of a door.
    time
        Clock time where the plan has one, else empty.
    code
        The QR code of a planned call, else empty.
    """

    number: int
    name: str
    phone: str
    address: str
    reason: str
    time: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worker's paper; without a worker the station's own list of calls.

    Attributes
    ----------
    mode
        How the worker travels, in words.
    start, back
        Clock times of leaving and of the expected return; empty without a door.
    partners
        Everybody with whom the worker makes a visit together.
    """

    worker: str
    mode: str = ""
    start: str = ""
    back: str = ""
    partners: tuple[str, ...] = ()
    doors: tuple[Door, ...] = ()
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True)
class DaySheets:
    """What is printed for a plan.

    Attributes
    ----------
    uncalled
        How many persons left out could be called as well and stand on no
        sheet: they have no number, or the lists are full.
    """

    sheets: tuple[Sheet, ...]
    uncalled: int


def day_sheets(plan: DayPlan, view: Snapshot, dues: Iterable[Due]) -> DaySheets:
    """Put a plan on paper.

    Parameters
    ----------
    view
        The record as the reader may see it; what lies outside is left blank.
    dues
        Who is due on the plan's day, the most urgent first: they say who of
        those left out may be reached by phone.

    Returns
    -------
    DaySheets
        A sheet for each worker with a door or a call, in the plan's order,
        then the calls of those for whom no worker of the plan answers.
    """
    waiting = _to_call(plan, dues)
    lists = _dealt(plan, view, waiting)
    made = [_sheet(route, view, lists[route.actor_id]) for route in plan.routes]
    made.append(Sheet(worker="", calls=_calls(view, lists[""], 1)))
    sheets = tuple(sheet for sheet in made if sheet.doors or sheet.calls)
    return DaySheets(sheets, len(waiting) - sum(map(len, lists.values())))


def calls_of(plan: DayPlan, view: Snapshot, dues: Iterable[Due]) -> dict[str, list[Due]]:
    """Return actor → whom to call of those left out, ``""`` for the station; the parameters as of a sheet."""
    return _dealt(plan, view, _to_call(plan, dues))


def _to_call(plan: DayPlan, dues: Iterable[Due]) -> list[Due]:
    """Return those whom the plan leaves out and who may be reached by phone."""
    left = {client_id for one in plan.unplanned for client_id in one.client_ids}
    return [item for item in dues if item.client_id in left and item.open and item.phone_will_do]


def _dealt(plan: DayPlan, view: Snapshot, waiting: Iterable[Due]) -> dict[str, list[Due]]:
    """Deal out the calls: to who answers for the person where on the road, else to the station ("")."""
    lists: dict[str, list[Due]] = {"": [], **{route.actor_id: [] for route in plan.routes}}
    for item in waiting:
        client = view.clients.get(item.client_id)
        if client is None or not client.phone:
            continue
        duty = view.responsibilities.get(client.id)
        own = (duty.actor_id, duty.deputy_id or "") if duty else ()
        to = next((a for a in own if a and a in lists and len(lists[a]) < CALLS_EACH), "")
        if to or len(lists[""]) < CALLS_STATION:
            lists[to].append(item)
    return lists


def _sheet(route: PlannedRoute, view: Snapshot, asked: Iterable[Due]) -> Sheet:
    doors = [stop for stop in route.stops if stop.channel is Channel.DOOR]
    calls = [stop for stop in route.stops if stop.channel is not Channel.DOOR]
    partners = dict.fromkeys(name for stop in doors for name in _partners(stop, view))
    after = max((stop.seq for stop in route.stops), default=0) + 1
    sheet = Sheet(
        worker=view.actors[route.actor_id].name if route.actor_id in view.actors else "–",
        mode=label(route.mode),
        partners=tuple(partners),
        doors=tuple(_door(stop, view) for stop in doors),
        calls=tuple(_planned_call(stop, view) for stop in calls) + _calls(view, asked, after),
    )
    if not doors:
        return sheet
    return replace(sheet, start=clock_time(route.start_s), back=clock_time(route.end_s))


def _door(stop: PlannedStop, view: Snapshot) -> Door:
    name, address = _place(stop, view)
    time, begins = clock_time(stop.arrive_s), clock_time(stop.start_s)
    people = tuple(mask_name(view.clients[c].name) for c in stop.client_ids if c in view.clients)
    return Door(
        number=stop.seq,
        time=time,
        opens=begins if begins != time else "",
        name=name,
        address=address,
        people=() if people == (name,) else people,
        reason=_reason(stop),
        partners=_partners(stop, view),
        code=_code(stop),
    )


def _place(stop: PlannedStop, view: Snapshot) -> tuple[str, str]:
    """Return whose door it is and where: the school or institution, or the household."""
    site, household = view.sites.get(stop.site_id), view.households.get(stop.household_id)
    if site is not None:
        return site.name, site.address
    if household is None:
        return "–", ""
    return mask_name(household.head_name), whole_address(household, view.divisions)


def _partners(stop: PlannedStop, view: Snapshot) -> tuple[str, ...]:
    return tuple(view.actors[a].name for a in stop.partner_ids if a in view.actors)


def _planned_call(stop: PlannedStop, view: Snapshot) -> Call:
    people = [view.clients[c] for c in stop.client_ids if c in view.clients]
    return Call(
        number=stop.seq,
        name=gettext("、").join(mask_name(client.name) for client in people),
        phone=" / ".join(dict.fromkeys(client.phone for client in people if client.phone)),
        address=_place(stop, view)[1],
        reason=_reason(stop),
        time=clock_time(stop.start_s),
        code=_code(stop),
    )


def _calls(view: Snapshot, dues: Iterable[Due], first: int) -> tuple[Call, ...]:
    """Return the calls of those left out, numbered as the rows in which they are entered later."""
    return tuple(
        Call(
            number=number,
            name=mask_name(view.clients[item.client_id].name),
            phone=view.clients[item.client_id].phone,
            address=whole_address(view.households[item.household_id], view.divisions),
            reason=item.public_reason(language.get()),
        )
        for number, item in enumerate(dues, start=first)
    )


def _reason(stop: PlannedStop) -> str:
    return stop.reason_en if language.get() == "en" else stop.reason_zh


def _code(stop: PlannedStop) -> str:
    """Return the code of a stop: its id and nothing else."""
    return qr_svg(f"fieldmap:stop:{stop.id}")
