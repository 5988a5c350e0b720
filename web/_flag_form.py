"""The page on which a flag becomes a household of the ledger: who it may be, and what was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from starlette.datastructures import FormData

from fieldmap.doors import metres
from fieldmap.enrolment import LISTED
from fieldmap.errors import explain
from fieldmap.forms import FormError
from fieldmap.models import Client, Flag, Household, Sex, Snapshot
from fieldmap.registering import HEADINGS, MOST_PEOPLE
from fieldmap.roster import plain_name
from fieldmap.standards import TAGS, tag_label
from web.i18n import N_, gettext

__all__ = [
    "SEXES",
    "Candidate",
    "TagField",
    "candidates",
    "faults_of",
    "headings",
    "living",
    "sent",
    "tag_fields",
]

SEXES: Mapping[str, Sex] = {"男": Sex.MALE, "女": Sex.FEMALE}
"""What the form sends for a sex, as a ledger writes it."""

_NEAR_M = 300
_MOST_FOUND = 12
_HEADINGS: Mapping[str, str] = {
    "address": N_("住址"),
    "head": N_("户主姓名"),
    "lon": N_("经度"),
    "lat": N_("纬度"),
    "name": N_("姓名"),
    "identity": N_("身份证号"),
    "sex": N_("性别"),
    "birth": N_("出生日期"),
    "phones": N_("电话"),
}
assert _HEADINGS.keys() == HEADINGS.keys()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A household of the ledger that a flag may be about.

    Attributes
    ----------
    people
        How many live there.
    away_m
        Metres from the flag's point; None where one of the two has none.
    """

    household: Household
    people: int
    away_m: int | None


@dataclass(frozen=True, slots=True)
class TagField:
    """A tag of the vocabulary as the form offers it: what is sent, and what is read."""

    label: str
    options: tuple[tuple[str, str], ...]


def candidates(view: Snapshot, flag: Flag, text: str) -> tuple[Candidate, ...]:
    """Return the households that a flag may be about, the nearest first.

    Parameters
    ----------
    text
        A part of a name or an address; without it those near the flag's point.
    """
    people: dict[str, list[Client]] = {}
    for client in view.clients.values():
        people.setdefault(client.household_id, []).append(client)
    wanted = plain_name(text)
    found = []
    for household in view.households.values():
        place = household.place
        away = round(metres(flag.position, place)) if flag.position and place else None
        own = people.get(household.id, ())
        near = away is not None and away <= _NEAR_M
        if _says(household, own, wanted) if wanted else near:
            found.append(Candidate(household, len(own), away))
    found.sort(key=lambda one: (one.away_m is None, one.away_m or 0, one.household.address))
    return tuple(found[:_MOST_FOUND])


def _says(household: Household, people: Iterable[Client], wanted: str) -> bool:
    texts = (household.address, household.head_name, *(client.name for client in people))
    return any(wanted in plain_name(text) for text in texts)


def living(view: Snapshot, household_id: str, today: date) -> tuple[Client, ...]:
    """Return the people of a household whom nothing keeps from being visited."""
    gone = {
        e.client_id
        for e in view.exclusions
        if e.valid_from <= today and (e.valid_to is None or e.valid_to >= today)
    }
    return tuple(
        client
        for client in view.clients.values()
        if client.household_id == household_id
        and client.id not in gone
        and (client.valid_to is None or client.valid_to > today)
    )


def tag_fields() -> tuple[TagField, ...]:
    """Return the vocabulary as the form offers it; what an import sets by itself is not in it."""
    made = []
    for kind in TAGS.values():
        if kind.name != LISTED:
            graded = [(f"{kind.name}={value}", tag_label(kind.name, value)) for value in kind.values]
            made.append(TagField(tag_label(kind.name), ((kind.name, tag_label(kind.name)), *graded)))
    return tuple(made)


def sent(form: FormData) -> dict[str, object]:
    """Return what a page sent: texts, and the tags of each person as a list."""
    lists = {f"tags-{number}" for number in range(MOST_PEOPLE)}
    return {
        key: [str(one) for one in form.getlist(key) if one] if key in lists else str(form[key])
        for key in form
    }


def headings() -> dict[str, str]:
    """Return what the form calls its fields, in the reader's language."""
    return {field: gettext(text) for field, text in _HEADINGS.items()}


def faults_of(error: FormError) -> dict[str, str]:
    """Return what is wrong by field: what, and what is allowed.

    What an import does with such a row is left out: a form keeps nothing.
    """
    found: dict[str, str] = {}
    for issue in error.issues:
        said = explain(issue.code, **issue.details)
        text = (
            gettext("{what}({allowed})", what=said.what, allowed=said.allowed) if said.allowed else said.what
        )
        found[issue.field] = (
            gettext("{a};{b}", a=found[issue.field], b=text) if issue.field in found else text
        )
    return found
