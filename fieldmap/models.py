"""The nouns of the field: what a county's file is made of.

Frozen values with codes in lower case English (``domain.md`` §9 terms); the
labels a person reads are in :mod:`fieldmap.standards`. Positions are WGS-84
degrees, longitude first. Days are calendar days in China; instants are UTC,
ISO 8601 with ``Z``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from fieldmap.codes import (
    Channel,
    Domain,
    ExclusionReason,
    FlagCause,
    FlagKind,
    FlagState,
    IdStatus,
    Outcome,
    Place,
    Residence,
    Role,
    Sex,
    SiteFunction,
    Society,
    TravelMode,
    VisitKind,
)

__all__ = [
    "Actor",
    "Channel",
    "Client",
    "Division",
    "Domain",
    "Event",
    "Exclusion",
    "ExclusionReason",
    "Flag",
    "FlagCause",
    "FlagKind",
    "FlagState",
    "Grid",
    "Household",
    "IdStatus",
    "Outcome",
    "Place",
    "Position",
    "Residence",
    "Responsibility",
    "Role",
    "RuleChange",
    "Sex",
    "Site",
    "SiteFunction",
    "Snapshot",
    "Society",
    "Tag",
    "TravelMode",
    "Visit",
    "VisitKind",
]


@dataclass(frozen=True, slots=True)
class Position:
    """A point in WGS-84 degrees."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Division:
    """An administrative division with its 12-digit statistics code.

    ``level`` is 1 city, 2 county, 3 township or sub-district, 4 village or
    community.
    """

    code: str
    name: str
    level: int
    parent_code: str | None = None
    urban: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid (网格): 12-digit village code + 3 digits; the polygon is optional.

    ``polygon_wkb`` is WGS-84; ``datum_claimed`` is what the source said.
    """

    code: str
    name: str
    division_code: str
    polygon_wkb: bytes | None = None
    datum_claimed: str = "WGS-84"
    owner_id: str | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A place of service; it may carry several functions."""

    id: str
    name: str
    functions: tuple[SiteFunction, ...]
    division_code: str
    position: Position | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who can visit.

    Attributes
    ----------
    hours
        Working hours of a day in the field, start and end.
    off_days
        Days of leave: not to be planned at all.
    desk_days
        Days of office duty (坐班): at the desk, where calls can be made.
    """

    id: str
    name: str
    role: Role
    society: Society
    sex: Sex
    division_code: str
    certificate: str = ""
    skills: tuple[str, ...] = ()
    hours: tuple[time, time] = (time(8, 30), time(17, 30))
    travel_mode: TravelMode = TravelMode.EBIKE
    starts_at_home: bool = False
    home: Position | None = None
    off_days: frozenset[date] = frozenset()
    phone: str = ""
    desk_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Household:
    """A door with the people behind it.

    Attributes
    ----------
    door
        Where a visit takes place, or None where nobody has been yet.
    entry
        Where the way in from the road begins, if it is another point.
    accuracy_m
        Radius in metres within which the door lies; None where unknown.
    """

    id: str
    division_code: str
    address: str
    head_name: str
    grid_code: str | None = None
    door: Position | None = None
    entry: Position | None = None
    coord_source: str = ""
    datum_claimed: str = ""
    accuracy_m: int | None = None
    residence: Residence = Residence.HERE

    @property
    def place(self) -> Position | None:
        """Return where the household is: its door, else the way in; None where nobody knows."""
        return self.door or self.entry


@dataclass(frozen=True, slots=True)
class Client:
    """A person on a ledger.

    Attributes
    ----------
    school
        Name of the school as the ledger writes it.
    """

    id: str
    household_id: str
    name: str
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    id_number: str | None = None
    id_status: IdStatus = IdStatus.MISSING
    phone: str = ""
    valid_from: date = date.min
    valid_to: date | None = None
    school: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """Why somebody is on a ledger, from a day on.

    ``name`` is the Chinese term of the vocabulary
    (:data:`fieldmap.standards.TAGS`), ``value`` its grade or class, such as
    ``A`` of 低保 or ``2`` of 残疾.
    """

    id: str
    client_id: str
    name: str
    value: str = ""
    ledger: str = ""
    valid_from: date = date.min
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A dated reason not to visit; ``valid_to`` None is still in force."""

    id: str
    client_id: str
    reason: ExclusionReason
    valid_from: date
    valid_to: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """The named person who answers for a client, and the deputy."""

    client_id: str
    actor_id: str
    deputy_id: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a client and calls for a visit."""

    id: str
    client_id: str
    kind: str
    day: date


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A county's own rule, or its change of a default one: a JSON object of its fields."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A contact, or the attempt at one; one household, one or more persons.

    Attributes
    ----------
    id
        UUID made where the visit was recorded: sent twice, stored once.
    client_ids
        The persons whom the outcome is about.
    actor_roles
        Roles of the visitors on that day: rules say whose contact counts.
    received_at
        When the station received it; the visit counts on ``day``.
    answers
        What was filled in for each person: client id → field → value, the
        form's id and version under ``_form``.
    """

    id: str
    household_id: str
    client_ids: tuple[str, ...]
    day: date
    channel: Channel
    outcome: Outcome
    domain: Domain
    societies: tuple[Society, ...]
    actor_ids: tuple[str, ...] = ()
    actor_roles: tuple[Role, ...] = ()
    kind: VisitKind = VisitKind.CONTACT
    place: Place = Place.HOME
    started_at: datetime | None = None
    ended_at: datetime | None = None
    stop_id: str | None = None
    needs: tuple[str, ...] = ()
    note: str = ""
    next_day: date | None = None
    check_in: Position | None = None
    check_in_accuracy_m: int | None = None
    received_at: datetime | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)

    @property
    def in_person(self) -> bool:
        """True where somebody met the client."""
        return self.channel is Channel.DOOR

    @property
    def contact(self) -> bool:
        """True where the client was reached."""
        return self.outcome is Outcome.SEEN


@dataclass(frozen=True, slots=True)
class Flag:
    """Something the station should know of a door, reported from the ground.

    Attributes
    ----------
    household_id
        The household of the ledger it is about; empty for one that nobody covers.
    since
        When it came into its state; None where only the report is known.
    """

    id: str
    grid_code: str
    note: str
    position: Position | None
    reported_by: str
    reported_at: datetime
    state: FlagState = FlagState.REPORTED
    kind: FlagKind = FlagKind.UNCOVERED
    household_id: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the pure functions need, as the record stood at one moment.

    Visits are sorted by day; every mapping is by id (grids and divisions by
    code). Nothing in it depends on a clock.
    """

    divisions: Mapping[str, Division] = field(default_factory=dict)
    grids: Mapping[str, Grid] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    actors: Mapping[str, Actor] = field(default_factory=dict)
    households: Mapping[str, Household] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    responsibilities: Mapping[str, Responsibility] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    visits: tuple[Visit, ...] = ()
    flags: tuple[Flag, ...] = ()
