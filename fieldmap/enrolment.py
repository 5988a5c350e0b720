"""Ledger rows → households, clients, tags: the good is kept, the old is not lost.

A row completes what is known of a person and never takes anything away: a
blank cell changes nothing, a trusted identity number replaces an untrusted
one and not the other way round, and where two ledgers disagree the first
stands and the other value is an issue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from fieldmap.doors import Doors, door_key, metres
from fieldmap.errors import Issue
from fieldmap.models import (
    Channel,
    Client,
    Event,
    Exclusion,
    Household,
    IdStatus,
    Outcome,
    Sex,
    Snapshot,
    Society,
    Tag,
    Visit,
)
from fieldmap.readers import LedgerRow
from fieldmap.roster import Roster, plain_name
from fieldmap.territory import Territory
from fieldmap.visiting import default_domain

__all__ = ["LISTED", "Enrolment"]

LISTED = "在册"
"""The tag of everybody on a ledger; its value is the kind of ledger."""

_SAME_DOOR_M = 200


@dataclass(frozen=True, slots=True)
class _Contacts:
    """Who was reached at one door on one day through one channel."""

    household_id: str
    day: date
    channel: Channel


class Enrolment:
    """Takes rows of one ledger and knows the facts that follow.

    Parameters
    ----------
    snapshot
        What the county's file holds.
    new_id
        Makes a stable id from content.
    ledger
        Kind of the ledger, kept with every tag.
    arrivals
        The day on which people not known before count as newly listed; None
        where the whole stock is taken over.
    """

    def __init__(
        self, snapshot: Snapshot, new_id: Callable[..., str], ledger: str, *, arrivals: date | None = None
    ) -> None:
        self._snapshot = snapshot
        self._new_id = new_id
        self._ledger = ledger
        self._arrivals = arrivals
        self._territory = Territory(snapshot)
        self._doors = Doors(snapshot.households.values())
        self.roster = Roster(snapshot)
        self.issues: list[Issue] = []
        self.new_clients: set[str] = set()
        self.client_ids: set[str] = set()
        self._tags: dict[str, Tag] = {}
        self._values: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._exclusions: dict[str, Exclusion] = {}
        self._events: list[Event] = []
        self._contacts: defaultdict[_Contacts, list[str]] = defaultdict(list)

    def add(self, row: LedgerRow) -> Client:
        """Take one row; return the person it is about."""
        village = self._village(row)
        known = self.roster.find(
            name=row.name,
            id_number=row.identity.eighteen,
            birth=row.birth_date,
            village=village,
        )
        household = self._household(row, village, known)
        client = self._completed(known, row) if known else self._new_client(row, household, village)
        self.roster.add(client, household)
        self.client_ids.add(client.id)
        self._add_tags(row, client)
        self._add_state(row, client)
        for contact in row.contacts:
            door = _Contacts(household.id, contact.day, contact.channel)
            if client.id not in self._contacts[door]:
                self._contacts[door].append(client.id)
        return client

    def facts(self) -> Iterator[object]:
        """Yield what is to be recorded: people and doors first."""
        touched = {self.roster.clients[i].household_id for i in self.client_ids}
        yield from (self.roster.households[i] for i in sorted(touched))
        yield from (self.roster.clients[i] for i in sorted(self.client_ids))
        yield from self._tags.values()
        yield from self._exclusions.values()
        yield from self._events
        yield from self._visits()

    def _issue(self, row: LedgerRow, field: str, value: object, code: str, **details: object) -> None:
        self.issues.append(Issue(row.row, field, str(value), code, True, row.sheet, details))

    def _village(self, row: LedgerRow) -> str:
        code = self._territory.village(row.village, row.grid)
        if code is None:
            self._issue(row, "村(社区)", row.village, "enrolment.village")
            return self._territory.county
        return code

    def _household(self, row: LedgerRow, village: str, known: Client | None) -> Household:
        address = self._territory.within_village(row.address or row.registered_address, village)
        if known is not None:
            household = self.roster.households[known.household_id]
        else:
            head = row.head or row.name
            found = self._doors.find(village, address, head)
            household = found or Household(
                self._new_id("household", village, door_key(address, head)),
                village,
                address or row.village,
                head,
            )
            # what rows before this one said of the door is in the roster
            household = self._doors.add(self.roster.households.get(household.id, household), address)
        grid = household.grid_code or self._territory.grid(row.grid, village)
        household = replace(household, grid_code=grid, residence=row.residence or household.residence)
        return self._placed(row, household)

    def _placed(self, row: LedgerRow, household: Household) -> Household:
        if row.position is None:
            return household
        if household.door is not None:
            apart = metres(household.door, row.position)
            if apart > _SAME_DOOR_M:
                self._issue(row, "经度", f"{apart:.0f} m", "enrolment.position", limit=_SAME_DOOR_M)
            return household
        datum = row.datum.value if row.datum else ""
        return replace(
            household, door=row.position, coord_source=f"ledger:{self._ledger}", datum_claimed=datum
        )

    def _new_client(self, row: LedgerRow, household: Household, village: str) -> Client:
        trusted = row.identity.eighteen if row.identity.status is IdStatus.OK else None
        born = row.birth_date.isoformat() if row.birth_date else household.id
        name = plain_name(row.name)
        key = self._new_id("client", trusted) if trusted else self._new_id("client", name, born, village)
        if key not in self.roster.clients:
            self.new_clients.add(key)
            if self._arrivals is not None:
                event = self._new_id("event", key, "new_on_ledger", self._arrivals.isoformat())
                self._events.append(Event(event, key, "new_on_ledger", self._arrivals))
        return Client(
            id=key,
            household_id=household.id,
            name=row.name,
            sex=row.sex,
            birth_date=row.birth_date,
            id_number=row.identity.eighteen or row.identity.text or None,
            id_status=row.identity.status,
            phone=" / ".join(row.phones),
            valid_from=row.registered_on or date.min,
            school=row.school,
        )

    def _completed(self, known: Client, row: LedgerRow) -> Client:
        if known.birth_date and row.birth_date and known.birth_date != row.birth_date:
            self._issue(row, "出生日期", row.birth_date, "enrolment.birth", known=known.birth_date)
        client = known
        if known.id_status is not IdStatus.OK and row.identity.status is not IdStatus.MISSING:
            number = row.identity.eighteen or row.identity.text
            if row.identity.status is IdStatus.OK or known.id_status is IdStatus.MISSING:
                client = replace(client, id_number=number, id_status=row.identity.status)
        registered = [d for d in (known.valid_from, row.registered_on) if d and d > date.min]
        return replace(
            client,
            sex=known.sex if known.sex is not Sex.UNKNOWN else row.sex,
            birth_date=known.birth_date or row.birth_date,
            phone=known.phone or " / ".join(row.phones),
            valid_from=min(registered, default=date.min),
            school=row.school or known.school,  # the newest ledger knows the school of this year
        )

    def _add_tags(self, row: LedgerRow, client: Client) -> None:
        since = row.registered_on or date.min
        for name, value in [(LISTED, self._ledger), *((t.name, t.value) for t in row.tags)]:
            values = self._values[client.id, name]
            if value not in values:
                values.append(value)
            # next month's grade replaces this month's; two at once are both kept
            number = values.index(value)
            which = (name, self._ledger, str(number)) if number else (name, self._ledger)
            key = self._new_id("tag", client.id, *which)
            self._tags[key] = Tag(key, client.id, name, value, self._ledger, since)

    def _add_state(self, row: LedgerRow, client: Client) -> None:
        state = row.state
        since = state.day or (self._arrivals if state.died else row.registered_on)
        if not state.died and state.reason is None:
            return
        if since is None:
            self._issue(row, "状态", "去世" if state.died else state.reason, "enrolment.undated")
        elif state.died:
            self.roster.add(replace(client, valid_to=since))
        elif state.reason is not None:
            key = self._new_id("exclusion", client.id, state.reason, since.isoformat())
            self._exclusions[key] = Exclusion(key, client.id, state.reason, since, note="台账")

    def _visits(self) -> Iterator[Visit]:
        """Yield the contacts that the ledger remembers; members of one house make one visit.

        Who is on another ledger of the same visit stays on it; a contact that
        was recorded as a visit already is not told a second time.
        """
        held = {visit.id: visit for visit in self._snapshot.visits}
        reached: defaultdict[_Contacts, dict[str, set[str]]] = defaultdict(dict)
        for visit in held.values():
            if visit.contact:
                door = _Contacts(visit.household_id, visit.day, visit.channel)
                reached[door][visit.id] = set(visit.client_ids)
        for door, client_ids in self._contacts.items():
            key = self._new_id("visit", "ledger", door.household_id, door.day.isoformat(), door.channel)
            elsewhere = set().union(*(who for i, who in reached[door].items() if i != key))
            people = (set(client_ids) | reached[door].get(key, set())) - elsewhere
            if people:
                yield self._visit(held.get(key), key, door, people)

    def _visit(self, held: Visit | None, key: str, door: _Contacts, people: set[str]) -> Visit:
        if held is not None:
            return replace(held, client_ids=tuple(sorted(people)))
        known = replace(self._snapshot, clients=self.roster.clients, tags=tuple(self._tags.values()))
        return Visit(
            id=key,
            household_id=door.household_id,
            client_ids=tuple(sorted(people)),
            day=door.day,
            channel=door.channel,
            outcome=Outcome.SEEN,
            domain=default_domain(known, people, door.day),
            societies=(Society.COMMUNITY,),
            note="台账",
        )
