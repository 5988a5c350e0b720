"""The tables of a county file, as migrations first made them; never changed afterwards.

A column is ``name``, ``name:int``, ``name:float`` or ``name:bytes``; text where
no type is said. ``?`` may be empty, ``>table`` refers to the id of a row there
(``>`` alone: of any fact).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["FACT_TABLES", "TABLES", "Columns", "columns"]

_TYPES: Mapping[str, type] = {"": str, "int": int, "float": float, "bytes": bytes}
_TOKEN = re.compile(r"(?P<name>\w+)(?::(?P<type>int|float|bytes))?(?P<empty>\?)?(?P<refers>>\w*)?")

FACT_TABLES: Mapping[str, Mapping[str, str]] = {
    "places": {
        "division": "code name level:int parent_code? urban:int?",
        "grid": "code name division_code polygon_wkb:bytes? datum_claimed? owner_id? alias?",
        "site": "name functions division_code position_lon:float? position_lat:float? address?",
    },
    "people": {
        "actor": "name role society sex division_code certificate? skills? hours? travel_mode?"
        " starts_at_home:int? home_lon:float? home_lat:float? off_days? phone?",
        "household": "division_code address head_name grid_code? door_lon:float? door_lat:float?"
        " entry_lon:float? entry_lat:float? coord_source? datum_claimed? accuracy_m:int? residence",
        "client": "household_id> name sex birth_date? id_number? id_status phone?",
        "tag": "client_id> name value? ledger?",
        "exclusion": "client_id> reason note?",
        "responsibility": "client_id> actor_id> deputy_id?",
        "event": "client_id> kind day",
        "rule": "body",
    },
    "visits": {
        "visit": "household_id> client_ids day channel outcome domain societies actor_ids? actor_roles?"
        " kind? place? started_at? ended_at? stop_id? needs? note? next_day? check_in_lon:float?"
        " check_in_lat:float? check_in_accuracy_m:int? received_at? recorded_by?",
    },
}
"""The bitemporal tables, by the migration that makes them."""

TABLES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "record": {
        "meta": ("key", "key value?"),
        "entity": ("id", "id noun"),
        "import_batch": (
            "id",
            "id file_name sha256 ledger imported_at imported_by? rows_read:int? rows_kept:int?"
            " rows_refused:int? rows_skipped:int? issues? mapping? undone_at?",
        ),
        "audit": ("seq", "seq:int at account_id? action object detail? previous hash"),
    },
    "plans": {
        "plan": (
            "id",
            "id day division_code state created_at created_by? published_at? published_by? engine?"
            " travel_source? seed:int?",
        ),
        "route": (
            "id",
            "id plan_id>plan actor_id> mode distance_m:int? travel_s:int? start_s:int? end_s:int? shape?",
        ),
        "stop": (
            "id",
            "id route_id>route seq:int household_id> client_ids partner_ids? channel? arrive_s:int?"
            " start_s:int? depart_s:int? travel_s:int? travel_m:int? reason_zh? reason_en?",
        ),
        "unplanned": (
            "plan_id household_id client_ids",
            "plan_id>plan household_id> client_ids code? reason_zh? reason_en?",
        ),
        "flag": ("id", "id grid_code note lon:float? lat:float? reported_by reported_at"),
        "flag_state": ("seq", "seq:int flag_id>flag state at by reason?"),
    },
    "accounts": {
        "account": ("id", "id login name password_hash? actor_id? created_at disabled_at?"),
        "hat": (
            "account_id role division_code grid_code",
            "account_id>account role division_code grid_code",
        ),
        "invitation": ("token_hash", "token_hash account_id>account created_at? expires_at used_at?"),
        "device": ("id", "id account_id>account token_hash label? bound_at expires_at revoked_at?"),
        "session": (
            "token_hash",
            "token_hash account_id>account device_id?>device csrf created_at expires_at revoked_at?",
        ),
    },
    "incoming": {
        "received": (
            "id",
            "id kind state account_id device_id actor_id made_at received_at sha256 payload of_id"
            " household_id grid_code problems settled_at? settled_by remark",
        ),
        "disagreement": (
            "id",
            "id kind received_id household_id client_id field kept kept_from losing losing_from at"
            " kept_at? losing_at? settled_at? settled_by remark",
        ),
        "outing": ("id", "id actor_id day out_at expected_back back_at?"),
        "outing_step": ("id", "id outing_id actor_id what at by expected_back? reason"),
        "report": (
            "id",
            "id client_id by actor_id at told number note received_at settled_at? settled_by remark",
        ),
        "pin": (
            "id",
            "id household_id which position_lon:float position_lat:float accuracy_m:int? by at state"
            " settled_at? settled_by remark",
        ),
        "photo": ("id", "id of_id kind type size:int sha256 by at content:bytes"),
        "photo_due": ("id", "id of_id account_id"),
        "photo_part": ("id at", "id at:int total:int content:bytes"),
        "building": ("id", "id grid_code name doors:int by at"),
        "sweep": ("id", "id building_id grid_code door result day by at received_at"),
        "route_order": ("id", "id route_id stop_ids by at received_at"),
    },
    "closings": {
        "closing": (
            "id",
            "id division_code period_start period_end version:int known_at closed_at closed_by reason body",
        ),
        "campaign": ("id", "id name period_start period_end division_code created_at created_by"),
        "campaign_end": ("campaign_id", "campaign_id>campaign at by"),
    },
}
"""The other tables, by the migration that makes them: primary key and columns."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a text of columns says: types, those never empty, and references."""

    types: dict[str, type]
    not_null: set[str]
    refers: list[tuple[str, str, str]]


def columns(text: str) -> Columns:
    """Read a text of columns.

    Examples
    --------
    >>> columns("id level:int? client_id>").refers
    [('client_id', 'entity', 'id')]
    """
    found = Columns({}, set(), [])
    for token in text.split():
        part = _TOKEN.fullmatch(token)
        if part is None:
            raise ValueError(f"no column: {token!r}")
        name = part["name"]
        found.types[name] = _TYPES[part["type"] or ""]
        if not part["empty"]:
            found.not_null.add(name)
        if part["refers"]:
            found.refers.append((name, part["refers"][1:] or "entity", "id"))
    return found
