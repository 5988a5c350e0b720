"""A household's file: its people, their history, and what takes somebody out of the count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from fieldmap.conditions import is_child
from fieldmap.errors import InputError, StoreError
from fieldmap.models import Exclusion, ExclusionReason, Household, Snapshot, Tag, Visit
from fieldmap.standards import is_restricted
from web.station import Person, Station

__all__ = ["HouseholdFile", "exclusion_from", "file_of", "shown_tags"]


@dataclass(frozen=True, slots=True)
class HouseholdFile:
    """Everything about one door.

    Attributes
    ----------
    visits
        The newest first.
    exclusions
        Those of its people, the newest first.
    has_child
        Whether a child is in it: reading it is written down.
    """

    household: Household
    people: tuple[Person, ...]
    visits: tuple[Visit, ...]
    exclusions: tuple[Exclusion, ...]
    has_child: bool

    def exclusion(self, exclusion_id: str) -> Exclusion:
        """Return one of the exclusions.

        Raises
        ------
        StoreError
            It is not of this house.
        """
        for exclusion in self.exclusions:
            if exclusion.id == exclusion_id:
                return exclusion
        raise StoreError("store.unknown", exclusion_id, noun="exclusion")


def file_of(station: Station, household_id: str) -> HouseholdFile:
    """Return the file of a household that the desk sees.

    Raises
    ------
    StoreError
        There is no such household, or it lies outside the scope: the answer
        is the same, so that nobody learns which.
    """
    household = station.view.households.get(household_id)
    if household is None:
        raise StoreError("store.unknown", household_id, noun="household")
    people = tuple(station.of_household(household_id))
    ids = {person.client.id for person in people}
    visits = [v for v in station.view.visits if v.household_id == household_id]
    exclusions = [e for e in station.view.exclusions if e.client_id in ids]
    return HouseholdFile(
        household,
        people,
        tuple(reversed(visits)),
        tuple(sorted(exclusions, key=lambda e: e.valid_from, reverse=True)),
        any(is_child(person.client, station.view.tags, person.today) for person in people),
    )


def shown_tags(view: Snapshot, client_id: str, today: date, *, full: bool) -> list[Tag]:
    """Return somebody's tags in force; those of a restricted class only in full."""
    return [
        tag
        for tag in view.tags
        if tag.client_id == client_id
        and tag.valid_from <= today
        and (tag.valid_to is None or today <= tag.valid_to)
        and (full or not is_restricted(tag.name, tag.value))
    ]


def exclusion_from(
    found: HouseholdFile, client_id: str, reason: str, since: date, until: date | None, note: str, today: date
) -> Exclusion:
    """Return a dated reason not to visit, from the form.

    Raises
    ------
    InputError
        An unknown reason, somebody of another house, or dates that do not fit.
    """
    if reason not in set(ExclusionReason):
        raise InputError("exclusion.reason", reason, allowed=", ".join(ExclusionReason))
    if client_id not in {person.client.id for person in found.people}:
        raise StoreError("store.unknown", client_id, noun="client")
    if since > today or (until is not None and until < since):
        raise InputError("exclusion.days", f"{since} … {until or ''}")
    return Exclusion(str(uuid4()), client_id, ExclusionReason(reason), since, until, note.strip())
