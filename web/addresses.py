"""Where a door is, said the same way on every page: the village, then the ledger's address."""

from __future__ import annotations

from collections.abc import Mapping

from fieldmap.models import Division, Household

__all__ = ["village_before", "whole_address"]


def village_before(household: Household, divisions: Mapping[str, Division]) -> str:
    """Return the village to put before an address, "" where the address names it or it is not known.

    >>> village = Division("990101100201", "殷家寨村", 4)
    >>> village_before(Household("h1", village.code, "4组27号", ""), {village.code: village})
    '殷家寨村'
    >>> village_before(Household("h2", village.code, "殷家寨村4组27号", ""), {village.code: village})
    ''
    """
    division = divisions.get(household.division_code)
    return division.name if division and division.name not in household.address else ""


def whole_address(household: Household, divisions: Mapping[str, Division]) -> str:
    """Return the address with the village before it, where the ledger left that out.

    >>> village = Division("990101100201", "殷家寨村", 4)
    >>> whole_address(Household("h1", village.code, "4组27号", ""), {village.code: village})
    '殷家寨村 4组27号'
    """
    return f"{village_before(household, divisions)} {household.address}".strip()
