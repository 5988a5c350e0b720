"""What is wrong with a home-care instance (HHCRSP) in JSON, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from routing._findings import Findings

__all__ = ["look"]

MOST_PATIENTS = 2_000
"""More would need several gigabytes."""

_TIES = ("simultaneous", "sequential")

_RULES = ("incompatible_caregivers", "optional", "working_shift")
"""Fields of other home-care sets that this model has no rule for."""


def look(content: object, found: Findings) -> None:
    """Keep every fault of an instance; where there is none, :mod:`routing.care` can read it."""
    if not isinstance(content, Mapping):
        found.add("instance.missing", type(content).__name__, allowed="{patients, caregivers, distances}")
        return
    patients = list(_objects(content, "patients", found))
    caregivers = list(_objects(content, "caregivers", found))
    if len(patients) > MOST_PATIENTS:
        found.add("instance.size", f"{len(patients):,}", field="patients", most=f"{MOST_PATIENTS:,}")
        return
    able = [_abilities(place, caregiver, found) for place, caregiver in caregivers]
    for place, patient in patients:
        services = _patient(place, patient, found)
        crews = [{k for k, abilities in enumerate(able) if wanted in abilities} for wanted in services]
        if services and (not all(crews) or len(set().union(*crews)) < len(crews)):
            wanted = ", ".join(map(str, services))
            found.add("instance.unable", wanted, field=f"{place} {patient.get('id', '')}")
    if isinstance(content.get("patients"), list):
        _distances(content.get("distances"), len(content["patients"]) + 1, found)


def _objects(
    content: Mapping[str, Any], name: str, found: Findings
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the objects of a list with their places; each must have an id of its own."""
    rows, seen = content.get(name), set[str]()
    if not isinstance(rows, list):
        found.add("instance.missing", field=name, allowed="[{id, …}]")
        return
    for i, row in enumerate(rows):
        place = f"{name}[{i}]"
        if not isinstance(row, Mapping):
            found.add("instance.missing", row, field=place, allowed="{id, …}")
            continue
        known = row.get("id")
        if isinstance(known, bool) or not isinstance(known, str | int):
            found.add("instance.missing", known, field=f"{place}.id", allowed='"…"')
        elif str(known) in seen:
            found.add("instance.twice", known, field=f"{place}.id")
        seen.add(str(known))
        for rule in _RULES:
            if row.get(rule):
                found.add("instance.unsupported", row[rule], field=f"{place}.{rule}", allowed="–")
        yield place, row


def _abilities(place: str, caregiver: Mapping[str, Any], found: Findings) -> list[object]:
    abilities = caregiver.get("abilities")
    if isinstance(abilities, list) and all(isinstance(able, str | int) for able in abilities):
        return abilities
    found.add("instance.missing", abilities, field=f"{place}.abilities", allowed='["…"]')
    return []


def _patient(place: str, patient: Mapping[str, Any], found: Findings) -> list[object]:
    """Look at a patient; return the services wanted where they can be read."""
    _pair(patient.get("time_window"), f"{place}.time_window", found)
    services = patient.get("required_caregivers")
    if not isinstance(services, list) or len(services) not in (1, 2):
        count = len(services) if isinstance(services, list) else None
        found.add("instance.count", count, field=f"{place}.required_caregivers", count="1, 2")
        return []
    wanted = list[object]()
    for i, service in enumerate(services):
        at = f"{place}.required_caregivers[{i}]"
        if isinstance(service, Mapping) and isinstance(service.get("service"), str | int):
            wanted.append(service["service"])
            found.number(service.get("duration"), field=f"{at}.duration")
        else:
            found.add("instance.missing", service, field=at, allowed='{service: "…", duration: …}')
    if len(services) == 2:
        _tie(patient.get("synchronization"), f"{place}.synchronization", found)
    return wanted


def _tie(tie: object, place: str, found: Findings) -> None:
    kind = tie.get("type") if isinstance(tie, Mapping) else None
    if kind not in _TIES:
        found.add("instance.unsupported", kind, field=f"{place}.type", allowed=", ".join(_TIES))
    elif kind == "sequential" and isinstance(tie, Mapping):
        _pair(tie.get("distance"), f"{place}.distance", found)


def _pair(value: object, place: str, found: Findings) -> None:
    """Look at two numbers of which the second is not below the first."""
    if not isinstance(value, list) or len(value) != 2:
        found.add("instance.count", value, field=place, count=2)
        return
    low, high = (found.number(end, field=f"{place}[{i}]") for i, end in enumerate(value))
    if low is not None and high is not None and low > high:
        found.add("instance.window", f"{low:g} > {high:g}", field=place)


def _distances(rows: object, n: int, found: Findings) -> None:
    """Look at the ways: from and to the office and every patient, none negative."""
    if not isinstance(rows, list) or len(rows) != n:
        count = len(rows) if isinstance(rows, list) else None
        found.add("instance.count", count, field="distances", count=n)
        return
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != n:
            count = len(row) if isinstance(row, list) else None
            found.add("instance.columns", count, field=f"distances[{i}]", count=n)
            continue
        if set(map(type, row)) <= {int, float} and np.min(row) >= 0 and np.max(row) < 1e6:
            continue  # nan is not below either; two million calls would take seconds
        for j, way in enumerate(row):
            found.number(way, field=f"distances[{i}][{j}]")
