"""Who is on duty as the planner sees them: hours, lunch, skills, where the day begins."""

from __future__ import annotations

from datetime import date

from fieldmap.access import covers
from fieldmap.models import Actor, Position, Role, SiteFunction, Snapshot
from routing.models import Lunch, Worker

__all__ = ["LONG_DAY_S", "LUNCH", "STAFF", "base_of", "worker_of"]

STAFF = (Role.SOCIAL_WORKER, Role.SUPERVISOR)
"""Who is sent on routes; the others visit their own village from a list."""

_MINUTE, _HOUR = 60, 3600
LUNCH = Lunch(11 * _HOUR + 30 * _MINUTE, 14 * _HOUR, _HOUR)
"""An hour between half past eleven and two."""

LONG_DAY_S = 5 * _HOUR
"""Who works longer has lunch, where the hours leave room for it between half past eleven and two."""


def worker_of(actor: Actor, day: date, base: int | None, slack_share: float) -> Worker:
    """Return somebody on duty on a day.

    Parameters
    ----------
    base
        Row of the travel tables where the day begins and ends; None: at the
        first and the last door.
    slack_share
        Share of the hours that stays free for emergencies, from 0 to 1.
    """
    begin, end = (t.hour * _HOUR + t.minute * _MINUTE for t in actor.hours)
    noon = min(end, LUNCH.to_s) - max(begin, LUNCH.from_s)
    return Worker(
        id=actor.id,
        start=base,
        end=base,
        sex=actor.sex,
        role=actor.role,
        skills=frozenset(actor.skills),
        certificates=frozenset({actor.certificate} - {""}),
        hours=(begin, end),
        lunch=LUNCH if end - begin > LONG_DAY_S and noon >= LUNCH.seconds else None,
        mode=actor.travel_mode,
        slack_s=round((end - begin) * slack_share),
        at_desk=day in actor.desk_days,
    )


def base_of(actor: Actor, snapshot: Snapshot, division_code: str) -> Position | None:
    """Return where the actor's day begins: at home where it is said so, else at the station.

    Also at the station where nobody knows where home is; None where there is
    no station with a place.
    """
    if actor.starts_at_home and actor.home is not None:
        return actor.home
    stations = [
        s
        for s in snapshot.sites.values()
        if SiteFunction.STATION in s.functions and covers(division_code, s.division_code) and s.position
    ]
    return min(stations, key=lambda s: s.id).position if stations else None
