"""A packet's nouns as plain JSON: what goes to the phone, and by that what does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import language
from fieldmap.incoming import Outing
from fieldmap.models import Channel, Domain, Outcome, Place, Position, Society, Visit, VisitKind
from fieldmap.retry import Ladder
from fieldmap.visiting import needs_menu
from web._packet_month import Month
from web.i18n import N_, gettext
from web.labels import label
from web.pages import local_time
from web.sketch import lat_lon
from web.stops import Partner, Person, Stop

__all__ = ["codes", "plain_ladder", "plain_month", "plain_outing", "plain_partner", "plain_stop"]

_APPS: Mapping[str, str] = {
    "amap": N_("高德地图"),
    "baidu": N_("百度地图"),
    "tencent": N_("腾讯地图"),
    "geo": N_("其他地图"),
}
_NUMBER = re.compile(r"\+?\d[\d-]{4,}\d")  # a ledger's cell may hold two
_CHANNELS = (Channel.DOOR, Channel.PHONE, Channel.VIDEO)


def plain_stop(stop: Stop) -> dict[str, Any]:
    """Return a stop as the phone keeps it."""
    return {
        "id": stop.id,
        "planned": stop.planned,
        "number": stop.number,
        "time": stop.time,
        "window": stop.window,
        "stay_s": stop.stay_s,
        "title": stop.title,
        "address": stop.address,
        "village": stop.village,
        "building": stop.building,
        "household_id": stop.household_id,
        "people": [_person(person) for person in stop.people],
        "due_ids": stop.due_ids,
        "since": stop.since.isoformat() if stop.since else None,
        "reason": stop.reason,
        "overdue_days": stop.overdue_days,
        "last_seen_days": stop.last_seen_days,
        "never": stop.never,
        "due_words": stop.due_words,
        "partners": [plain_partner(partner) for partner in stop.partners],
        "channel": stop.channel.value,
        "position": lat_lon(stop.position) if stop.position else None,
        "coordinates": _coordinates(stop.goal) if stop.goal else "",
        "links": [{"app": link.app.value, "url": link.url} for link in stop.links],
        "societies": stop.societies,
        "done": _done(stop.done) if stop.done else None,
        "last_answers": stop.last_answers,
        "tries": stop.tries,
    }


def _person(person: Person) -> dict[str, Any]:
    numbers = _NUMBER.findall(person.phone)
    return {
        "id": person.id,
        "name": person.name,
        "about": person.about,
        "phone": numbers[0] if numbers else "",
        "phones": numbers,
        "group": person.group,
        "child": person.child,
    }


def plain_partner(partner: Partner) -> dict[str, str]:
    """Return a colleague as the phone keeps her."""
    return {"id": partner.id, "name": partner.name, "phone": partner.phone}


def _coordinates(goal: Position) -> str:
    """Return a point as Amap and Tencent take it when it is pasted: GCJ-02, latitude first."""
    lon, lat = from_wgs84(goal.lon, goal.lat, Datum.GCJ02)
    return f"{float(lat):.6f},{float(lon):.6f}"


def _done(visit: Visit) -> dict[str, str]:
    at = visit.ended_at or visit.started_at or visit.received_at
    return {
        "outcome": visit.outcome.value,
        "label": label(visit.outcome),
        "at": _clock(at) if at else "",
        "visit_id": visit.id,
    }


def _clock(moment: datetime) -> str:
    return local_time(moment, "%H:%M")


def plain_month(month: Month) -> dict[str, Any]:
    """Return a month's figures: visits, people and time each by itself."""
    return {
        "visits": month.visits,
        "reached": month.reached,
        "persons": month.persons,
        "minutes": month.minutes,
        "hours": month.hours,
        "untimed": month.untimed,
    }


def codes() -> dict[str, list[list[str]]]:
    """Return the code lists of the record, each code with its label, in the language of the request."""
    return {
        "outcomes": _labelled(Outcome),
        "channels": _labelled(_CHANNELS),
        "domains": _labelled(Domain),
        "kinds": _labelled(VisitKind),
        "places": _labelled(Place),
        "societies": _labelled(Society),
        "needs": [[code, text] for code, text in needs_menu(language.get()).items()],
        "apps": [[app, gettext(text)] for app, text in _APPS.items()],
    }


def _labelled(values: Iterable[StrEnum]) -> list[list[str]]:
    return [[value.value, label(value)] for value in values]


def plain_outing(outing: Outing) -> dict[str, Any]:
    """Return an outing as the phone keeps its own; ``time`` is when she is expected back, on a clock."""
    return {
        "id": outing.id,
        "out_at": outing.out_at.isoformat(),
        "time": _clock(outing.expected_back),
        "back_at": outing.back_at.isoformat() if outing.back_at else None,
    }


def plain_ladder(ladder: Ladder) -> dict[str, Any]:
    """Return the ladder for doors where nobody opens, as the phone walks it."""
    return {
        "again_h": ladder.again_h,
        "latest": ladder.latest.isoformat("minutes"),
        "tries": ladder.tries,
        "window_days": ladder.window_days,
    }
