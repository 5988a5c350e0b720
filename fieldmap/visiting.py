"""A visit as somebody records it: checked whole, with what follows from it.

The form is what a phone or a desk page sends: plain texts and lists under the
names of :class:`fieldmap.models.Visit`. Every mistake is reported at once.
What nobody chose has a default: the domain follows from the persons' tags,
the societies from the visitors.
"""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from fieldmap.access import Account, AccountRole, Right, sees_household
from fieldmap.conditions import age_on
from fieldmap.errors import AccessError
from fieldmap.forms import FormReader
from fieldmap.models import (
    Actor,
    Channel,
    Client,
    Domain,
    Exclusion,
    ExclusionReason,
    Household,
    Outcome,
    Place,
    Snapshot,
    Society,
    Visit,
    VisitKind,
)
from fieldmap.surveys import Context, read_answers

__all__ = [
    "EXCLUDES",
    "LATEST_DAYS",
    "NOTE_LENGTH",
    "Recording",
    "credited",
    "default_domain",
    "may_pause",
    "may_visit",
    "members",
    "needs_menu",
    "of_staff",
    "read_visit",
    "require_reach",
]

NOTE_LENGTH = 500
"""Longest note, in characters."""

LATEST_DAYS = 62
"""A visit may come in this many days late."""

EXCLUDES: Mapping[Outcome, ExclusionReason] = MappingProxyType(
    {
        Outcome.REFUSED: ExclusionReason.REFUSED,
        Outcome.AWAY: ExclusionReason.AWAY,
        Outcome.HOSPITAL: ExclusionReason.HOSPITAL,
        Outcome.MOVED: ExclusionReason.MOVED,
    }
)
"""Outcomes after which a dated pause is proposed, and its reason."""

_STAFF = (AccountRole.WORKER, AccountRole.HEAD, AccountRole.DEPUTY)
_DOOR_ONLY = (Outcome.VACANT,)
_ELDER_AGE = 60
_ADULT_AGE = 18
_NEXT_DAYS = 366
_LONGEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Recording:
    """A visit and the facts that follow from it.

    Attributes
    ----------
    exclusions
        The dated pauses that the visitor ticked.
    ended
        Persons who died, with the visit's day as their last.
    """

    visit: Visit
    exclusions: tuple[Exclusion, ...] = ()
    ended: tuple[Client, ...] = ()


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("fieldmap") / "visiting.toml").read_text(encoding="utf-8"))


def needs_menu(lang: str = "zh-CN") -> dict[str, str]:
    """Return the menu of needs: code → label, in the order of the page.

    Examples
    --------
    >>> needs_menu()["meals"], needs_menu("en")["meals"]
    ('助餐送餐', 'meals')
    """
    return {code: texts[1 if lang == "en" else 0] for code, texts in _data()["needs"].items()}


def members(snapshot: Snapshot, household_id: str, day: date) -> tuple[Client, ...]:
    """Return the clients of a household on a day, by id."""
    return tuple(
        client
        for client in snapshot.clients.values()
        if client.household_id == household_id
        and client.valid_from <= day
        and (client.valid_to is None or day <= client.valid_to)
    )


def default_domain(snapshot: Snapshot, client_ids: Collection[str], day: date) -> Domain:
    """Return the domain a visit to some persons belongs to where nobody says otherwise.

    The first domain of ``visiting.toml`` with a tag of one of them in force;
    else by age; else social relief.
    """
    tags = {
        tag.name
        for tag in snapshot.tags
        if tag.client_id in client_ids
        and tag.valid_from <= day
        and (tag.valid_to is None or day <= tag.valid_to)
    }
    for entry in _data()["domain"]:
        if not tags.isdisjoint(entry["tags"]):
            return Domain(entry["code"])
    ages = [age_on(snapshot.clients[c].birth_date, day) for c in client_ids if c in snapshot.clients]
    known = [age for age in ages if age is not None]
    if any(age < _ADULT_AGE for age in known):
        return Domain.CHILD
    return Domain.ELDERLY if any(age >= _ELDER_AGE for age in known) else Domain.RELIEF


def credited(actors: Iterable[Actor]) -> tuple[Society, ...]:
    """Return the societies of the visitors, each once, in their order."""
    return tuple(dict.fromkeys(actor.society for actor in actors))


def may_visit(
    account: Account, household: Household, snapshot: Snapshot, planned: Collection[str] = ()
) -> bool:
    """Tell whether an account may record a visit to a household.

    Parameters
    ----------
    planned
        Households that a published plan gave to the account's own actor on
        the day of the visit.

    Notes
    -----
    Station staff may visit anybody in their area; a village contact those she
    answers for, and a volunteer only what was planned for him.
    """
    hats = account.hats_with(Right.RECORD)
    if hats and household.id in planned:
        return True
    staff = [h for h in hats if h.role in _STAFF]
    if sees_household(staff, household):
        return True
    contact = [h for h in hats if h.role is AccountRole.CONTACT]
    return sees_household(contact, household) and any(
        account.actor_id in (duty.actor_id, duty.deputy_id)
        for duty in snapshot.responsibilities.values()
        if account.actor_id is not None
        and duty.client_id in snapshot.clients
        and snapshot.clients[duty.client_id].household_id == household.id
    )


def of_staff(account: Account) -> bool:
    """Tell whether an account records visits as the station's own staff."""
    return any(hat.role in _STAFF for hat in account.hats_with(Right.RECORD))


def may_pause(account: Account) -> bool:
    """Tell whether an account's tick takes somebody off the list, for a time or for good.

    Station staff and village contacts answer for people; a volunteer reports
    the outcome, and the station draws the consequence.
    """
    return any(hat.role is not AccountRole.VOLUNTEER for hat in account.hats_with(Right.RECORD))


def require_reach(
    account: Account, household_id: str, snapshot: Snapshot, planned: Collection[str] = ()
) -> Household:
    """Return the household if the account may visit it, else refuse.

    A household that does not exist is refused in the same words, so that
    nobody learns which ids there are.

    Raises
    ------
    AccessError
        ``visit.reach``.
    """
    household = snapshot.households.get(household_id)
    if household is None or not may_visit(account, household, snapshot, planned):
        raise AccessError("visit.reach")
    return household


def read_visit(
    form: Mapping[str, object],
    snapshot: Snapshot,
    visitor: Actor,
    today: date,
    partners: Collection[str] | None = None,
) -> Recording:
    """Turn a recorded form into a visit, and the facts that follow from it.

    Parameters
    ----------
    form
        ``id``, ``household_id``, ``client_ids``, ``outcome``, and as far as
        given: ``day``, ``channel``, ``place``, ``kind``, ``domain``,
        ``societies``, ``partner_ids``, ``needs``, ``note``, ``next_day``,
        ``stop_id``, ``started_at``, ``ended_at``, ``check_in`` (a point),
        ``answers`` (client id → field → answer), ``exclude`` (true: also
        record the pause, or the end), ``until``.
    visitor
        Who records it.
    today
        The day the station receives it; the visit may be earlier.
    partners
        Ids of those who may be named as having come along; None: anybody.

    Raises
    ------
    FormError
        ``visit.invalid``, with every mistake by field.
    """
    reader = FormReader(form)
    day = _day(reader, today)
    household_id, client_ids = _whom(reader, snapshot, day)
    actors = _actors(reader, snapshot, visitor, partners)
    started, ended = _times(reader)
    check_in, accuracy = reader.position("check_in", "visit.position")
    visit = Visit(
        id=reader.uuid("id", "visit.id"),
        household_id=household_id,
        client_ids=client_ids,
        day=day,
        channel=reader.choice("channel", Channel, Channel.DOOR),
        outcome=_outcome(reader),
        domain=reader.choice("domain", Domain, default_domain(snapshot, client_ids, day)),
        societies=_societies(reader) or credited(actors),
        actor_ids=tuple(actor.id for actor in actors),
        actor_roles=tuple(dict.fromkeys(actor.role for actor in actors)),
        kind=reader.choice("kind", VisitKind, VisitKind.CONTACT),
        place=reader.choice("place", Place, Place.HOME),
        started_at=started,
        ended_at=ended,
        stop_id=reader.text("stop_id") or None,
        needs=_needs(reader),
        note=_note(reader),
        next_day=reader.day("next_day", "visit.next-day", day, day + timedelta(days=_NEXT_DAYS)),
        check_in=check_in,
        check_in_accuracy_m=accuracy,
    )
    visit = replace(visit, answers=_answers(reader, visit))
    until = reader.day("until", "visit.until", day, date.max)
    _at_a_door(reader, visit)
    reader.done("visit.invalid")
    return _following(visit, snapshot, until) if form.get("exclude") is True else Recording(visit)


def _at_a_door(reader: FormReader, visit: Visit) -> None:
    if visit.outcome in _DOOR_ONLY and visit.channel is not Channel.DOOR:
        reader.problem("channel", "visit.door-only")


def _day(reader: FormReader, today: date) -> date:
    first = today - timedelta(days=LATEST_DAYS)
    return reader.day("day", "visit.day", first, today) or today


def _whom(reader: FormReader, snapshot: Snapshot, day: date) -> tuple[str, tuple[str, ...]]:
    household_id = reader.text("household_id")
    if household_id not in snapshot.households:
        reader.problem("household_id", "visit.household")
        return household_id, ()
    client_ids = reader.texts("client_ids")
    known = {client.id for client in members(snapshot, household_id, day)}
    # an empty house has nobody to tick
    if not known.issuperset(client_ids) or not (client_ids or reader.text("outcome") == Outcome.VACANT):
        reader.problem("client_ids", "visit.clients")
        return household_id, ()
    return household_id, client_ids


def _actors(
    reader: FormReader, snapshot: Snapshot, visitor: Actor, allowed: Collection[str] | None
) -> tuple[Actor, ...]:
    others = [p for p in reader.texts("partner_ids") if p != visitor.id]
    if not all(p in snapshot.actors and (allowed is None or p in allowed) for p in others):
        reader.problem("partner_ids", "visit.choice", field="partner_ids", allowed="actor id")
    return (visitor, *(snapshot.actors[p] for p in others if p in snapshot.actors))


def _outcome(reader: FormReader) -> Outcome:
    if not reader.text("outcome"):
        reader.problem("outcome", "visit.choice", field="outcome", allowed=", ".join(Outcome))
    return reader.choice("outcome", Outcome, Outcome.SEEN)


def _societies(reader: FormReader) -> tuple[Society, ...]:
    given = reader.texts("societies")
    if any(text not in set(Society) for text in given):
        reader.problem("societies", "visit.choice", field="societies", allowed=", ".join(Society))
        return ()
    return tuple(Society(text) for text in given)


def _needs(reader: FormReader) -> tuple[str, ...]:
    given = reader.texts("needs")
    menu = needs_menu()
    if any(code not in menu for code in given):
        reader.problem("needs", "visit.choice", field="needs", allowed=", ".join(menu))
        return ()
    return tuple(code for code in menu if code in given)


def _note(reader: FormReader) -> str:
    note = reader.text("note")
    if len(note) > NOTE_LENGTH:
        reader.problem("note", "visit.note", most=NOTE_LENGTH)
    return note


def _times(reader: FormReader) -> tuple[datetime | None, datetime | None]:
    started = reader.instant("started_at", "visit.time")
    ended = reader.instant("ended_at", "visit.time")
    if started is not None and ended is not None and not started <= ended <= started + _LONGEST:
        reader.problem("ended_at", "visit.time")
    return started, ended


def _answers(reader: FormReader, visit: Visit) -> Mapping[str, Mapping[str, Any]]:
    context = Context(visit.day, {"channel": visit.channel.value, "place": visit.place.value})
    answers, issues = read_answers(reader.form.get("answers"), visit.client_ids, context)
    reader.issues.extend(issues)
    return answers


def _following(visit: Visit, snapshot: Snapshot, until: date | None) -> Recording:
    """Return the visit with its pauses; their ids follow from the visit's, so that a resend repeats them."""
    clients = [snapshot.clients[c] for c in visit.client_ids]
    if visit.outcome is Outcome.DIED:
        return Recording(visit, ended=tuple(replace(c, valid_to=visit.day) for c in clients))
    reason = EXCLUDES.get(visit.outcome)
    if reason is None:
        return Recording(visit)
    pauses = (
        Exclusion(str(uuid.uuid5(uuid.UUID(visit.id), client.id)), client.id, reason, visit.day, until)
        for client in clients
    )
    return Recording(visit, exclusions=tuple(pauses))
