"""Filters that name a grid, a village or a person: whether there is such a one."""

from __future__ import annotations

from fieldmap.forms import FormReader
from fieldmap.models import Snapshot
from fieldmap.parts import OUTSIDE, Narrow

__all__ = ["check_filters"]


def check_filters(narrow: Narrow, *views: Snapshot) -> None:
    """Refuse to narrow figures to what is in none of some views: their "nobody" would be no answer.

    Parameters
    ----------
    views
        The record within the account's scope, as it is and as it was known.

    Raises
    ------
    FormError
        ``map.filters`` with every mistake: ``map.grid``, ``map.village``, ``map.owner``.
    """
    known = {
        "grid": {OUTSIDE}.union(*(view.grids for view in views)),
        "village": set[str]().union(*(view.divisions for view in views)),
        "owner": {duty.actor_id for view in views for duty in view.responsibilities.values()}.union(
            *(view.actors for view in views)
        ),
    }
    form = FormReader({field: getattr(narrow, field) for field in known})
    for field, values in known.items():
        if getattr(narrow, field) and getattr(narrow, field) not in values:
            form.problem(field, f"map.{field}")
    form.done("map.filters")
