"""How the phones of a station stand, and what its contacts are asked for: words for the head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from fieldmap.access import Account, AccountRole
from fieldmap.incoming import Health, Outing, OutingStep
from fieldmap.models import Snapshot
from fieldmap.periods import Period
from web.i18n import gettext, long_day
from web.station import Filters, Station

__all__ = [
    "Mood",
    "Out",
    "Phone",
    "Reminder",
    "Worker",
    "out_now",
    "phone_of",
    "reminders",
    "since",
    "workers",
]

_SILENT = timedelta(hours=12)
_EXPIRES = timedelta(days=7)
_SKEW_S = 120
_FAILURES = 3
_ASKED = (AccountRole.CONTACT, AccountRole.VOLUNTEER)


class Mood(StrEnum):
    """How much a phone asks for: nothing, a look, a call."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone with what is to be said of it.

    Attributes
    ----------
    words
        How it stands, the most urgent first.
    """

    health: Health
    mood: Mood
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody with her phones, those in use before those locked."""

    account: Account
    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """What a contact may be sent by any messenger: counts and a date, no name and no door."""

    account: Account
    households: int
    text: str


@dataclass(frozen=True, slots=True)
class Out:
    """Somebody who is out now, and what the desk has heard since."""

    outing: Outing
    name: str
    steps: tuple[OutingStep, ...]


def workers(accounts: Iterable[Account], health: Iterable[Health], now: datetime) -> tuple[Worker, ...]:
    """Return the accounts with their phones: those in trouble first, then by name."""
    of: dict[str, list[Phone]] = {}
    for one in health:
        of.setdefault(one.account_id, []).append(phone_of(one, now))
    found = []
    for account in accounts:
        phones = sorted(of.get(account.id, ()), key=lambda phone: phone.health.revoked_at is not None)
        if account.disabled_at is None or phones:
            found.append(Worker(account, tuple(phones)))
    return tuple(sorted(found, key=lambda worker: (_rank(worker), worker.account.name)))


def _rank(worker: Worker) -> int:
    """Return 0 for somebody with a phone in trouble, 3 for somebody without a phone."""
    moods = [list(Mood).index(p.mood) for p in worker.phones if p.health.revoked_at is None]
    return 2 - max(moods) if moods else 3


def phone_of(health: Health, now: datetime) -> Phone:
    """Return what is to be said of a phone at an instant."""
    if health.revoked_at is not None:
        return Phone(health, Mood.GOOD, (gettext("已锁定"),))
    said = [item for item in (_contact(health, now), *_troubles(health, now)) if item is not None]
    said.sort(key=lambda item: list(Mood).index(item[0]), reverse=True)
    return Phone(health, said[0][0], tuple(words for _, words in said))


def _contact(health: Health, now: datetime) -> tuple[Mood, str]:
    last = health.last_sync_at
    if last is None:
        return Mood.WARN, gettext("绑定后还没联系过")
    if now - last < _SILENT:
        return Mood.GOOD, gettext("{time}联系过", time=since(now - last))
    # what it still holds has not reached the station
    return (Mood.BAD if health.waiting else Mood.WARN), gettext("{time}没联系", time=length(now - last))


def _troubles(health: Health, now: datetime) -> Iterable[tuple[Mood, str]]:
    if health.expires_at <= now:
        yield Mood.BAD, gettext("绑定已到期,要重新扫码")
    elif health.expires_at - now <= _EXPIRES:
        yield Mood.WARN, gettext("绑定还有 {n} 天到期", n=(health.expires_at - now).days)
    if (health.failures or 0) >= _FAILURES:
        yield Mood.BAD, gettext("连续 {n} 次没送成", n=health.failures)
    if health.waiting:
        yield Mood.WARN, gettext("手机里还有 {n} 条没送到", n=health.waiting)
    skew = health.skew_s or 0
    if abs(skew) > _SKEW_S:
        text = gettext("手机时间快 {time}") if skew > 0 else gettext("手机时间慢 {time}")
        yield Mood.WARN, text.format(time=length(timedelta(seconds=abs(skew))))


def length(span: timedelta) -> str:
    """Return a length of time in one unit: minutes, hours under three days, else days."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 60:
        return gettext("{n} 分钟", n=minutes)
    if minutes < 3 * 24 * 60:
        return gettext("{n} 小时", n=minutes // 60)
    return gettext("{n} 天", n=minutes // (24 * 60))


def since(span: timedelta) -> str:
    """Return how long ago something was."""
    return gettext("刚刚") if span < timedelta(minutes=2) else gettext("{time}前", time=length(span))


def reminders(station: Station, accounts: Iterable[Account], today: date, link: str) -> tuple[Reminder, ...]:
    """Return what to send to those who have somebody to contact.

    Only the end of the month is told, never a deadline: from an interval
    somebody could read a restricted class.
    """
    until = long_day(Period.month(today).end)
    doors = _doors(station)
    found = []
    for account in accounts:
        asked = any(hat.role in _ASKED for hat in account.hats) and account.disabled_at is None
        number = len(doors.get(account.actor_id or "", ()))
        if asked and number:
            text = gettext(
                "{name},您好!您名下有 {n} 户要联系,最迟 {until}。名单在手机上看:{link}",
                name=account.name,
                n=number,
                until=until,
                link=link,
            )
            found.append(Reminder(account, number, text))
    return tuple(found)


def _doors(station: Station) -> Mapping[str, set[str]]:
    """Return actor → households where somebody is due whom the actor or deputy answers for."""
    doors: dict[str, set[str]] = {}
    for person in station.to_visit(Filters()):
        duty = station.view.responsibilities.get(person.client.id)
        for actor_id in (duty.actor_id, duty.deputy_id) if duty else ():
            if actor_id:
                doors.setdefault(actor_id, set()).add(person.household.id)
    return doors


def out_now(
    outings: Iterable[Outing], steps: Mapping[str, tuple[OutingStep, ...]], view: Snapshot
) -> tuple[Out, ...]:
    """Return who is out, the earliest return first."""
    here = sorted((o for o in outings if o.actor_id in view.actors), key=lambda o: (o.expected_back, o.id))
    return tuple(Out(o, view.actors[o.actor_id].name, steps.get(o.id, ())) for o in here)
