"""The code lists of the field, in lower case English (``domain.md`` §9 terms).

The labels a person reads are in :mod:`fieldmap.standards`.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "Channel",
    "Domain",
    "ExclusionReason",
    "FlagCause",
    "FlagKind",
    "FlagState",
    "IdStatus",
    "Outcome",
    "Place",
    "Residence",
    "Role",
    "Sex",
    "SiteFunction",
    "Society",
    "TravelMode",
    "VisitKind",
]


class Sex(StrEnum):
    """GB/T 2261.1."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


class Channel(StrEnum):
    """How somebody was reached; ``door`` is every meeting in person."""

    DOOR = "door"
    PHONE = "phone"
    VIDEO = "video"
    SENSOR = "sensor"


class Place(StrEnum):
    """Where a meeting in person took place."""

    HOME = "home"
    SCHOOL = "school"
    INSTITUTION = "institution"
    STATION = "station"


class Outcome(StrEnum):
    """What came of a visit; only ``seen`` is a contact."""

    SEEN = "seen"
    NOBODY = "nobody"
    REFUSED = "refused"
    AWAY = "away"
    HOSPITAL = "hospital"
    MOVED = "moved"
    DIED = "died"
    VACANT = "vacant"


class VisitKind(StrEnum):
    """What a visit is for."""

    CONTACT = "contact"
    VERIFICATION = "verification"
    ASSESSMENT = "assessment"
    CASEWORK = "casework"
    RELIEF = "relief"
    PATROL = "patrol"


class Domain(StrEnum):
    """The eight service domains (Shaanxi 2022)."""

    RELIEF = "relief"
    ELDERLY = "elderly"
    CHILD = "child"
    COMMUNITY = "community"
    AFFAIRS = "affairs"
    SAFETY = "safety"
    RURAL = "rural"
    EPIDEMIC = "epidemic"


class Society(StrEnum):
    """The five societies (五社)."""

    COMMUNITY = "community"
    SOCIAL_WORKER = "social_worker"
    ORGANISATION = "organisation"
    VOLUNTEER = "volunteer"
    CHARITY = "charity"


class Role(StrEnum):
    """Who can visit."""

    SOCIAL_WORKER = "social_worker"
    SUPERVISOR = "supervisor"
    GRID_WORKER = "grid_worker"
    VILLAGE_CADRE = "village_cadre"
    CHILD_DIRECTOR = "child_director"
    VOLUNTEER = "volunteer"
    CARER = "carer"


class TravelMode(StrEnum):
    """How a worker travels."""

    WALK = "walk"
    EBIKE = "ebike"
    CAR = "car"


class Residence(StrEnum):
    """Household register against actual residence (人户状态 0, 1, 2)."""

    HERE = "here"
    REGISTERED_NOT_LIVING = "registered_not_living"
    LIVING_NOT_REGISTERED = "living_not_registered"


class IdStatus(StrEnum):
    """What is known of an identity number; nothing is ever repaired by guess."""

    OK = "ok"
    UNVERIFIED = "unverified"
    MISSING = "missing"


class ExclusionReason(StrEnum):
    """Why somebody is not expected to be visited, from a day on."""

    REFUSED = "refused"
    AWAY = "away"
    HOSPITAL = "hospital"
    MOVED = "moved"


class SiteFunction(StrEnum):
    """What a place is for; one place may carry several."""

    STATION = "station"
    ROOM = "room"
    CARE_INSTITUTION = "care_institution"
    CLINIC = "clinic"
    SCHOOL = "school"
    MEAL_POINT = "meal_point"


class FlagKind(StrEnum):
    """What a flag says of a door."""

    UNCOVERED = "uncovered"
    MOVED = "moved"
    VACANT = "vacant"
    VISIT_NOW = "visit_now"


class FlagState(StrEnum):
    """How far the station has come with a flag."""

    REPORTED = "reported"
    CHECKED = "checked"
    REGISTERED = "registered"
    REFUSED = "refused"
    PLANNED = "planned"
    VISITED = "visited"


class FlagCause(StrEnum):
    """What took a flag a step further: a person, or what the record came to know."""

    PERSON = "person"
    PLAN_PUBLISHED = "plan_published"
    PLAN_REPLACED = "plan_replaced"
    VISIT_RECORDED = "visit_recorded"
    VISIT_WITHDRAWN = "visit_withdrawn"
