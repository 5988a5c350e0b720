"""What those above the station see of closed periods: never more than the roll-up prints.

The roll-up of a period is one table; figures frozen earlier are a second one of
the same people. Where they differ by one, the difference is one person's
visit. So a frozen count is shown only where the roll-up of the same period
prints the same cell, and where it differs from that and from the versions
before by nothing or by as many persons as may be printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fieldmap.access import covers
from fieldmap.closings import Closing
from fieldmap.periods import Period
from fieldmap.rollup import RELEASED, Row
from web.deps import Services

__all__ = ["Above", "above", "printable"]


@dataclass(frozen=True)
class Above:
    """One version of a division's closed period; ``due`` and ``contacted`` are None where withheld."""

    closing: Closing
    due: int | None
    contacted: int | None


def above(services: Services, scopes: Iterable[str]) -> tuple[Above, ...]:
    """Return the versions within some divisions, the latest period first."""
    codes = tuple(scopes)
    by_ledger: dict[tuple[str, Period], list[Closing]] = {}
    for closing in services.store.closings.all():
        if any(covers(code, closing.division_code) for code in codes):
            by_ledger.setdefault((closing.division_code, closing.period), []).append(closing)
    found: list[Above] = []
    for (code, period), versions in by_ledger.items():
        rows = services.rollup(period).rows if period.kind in RELEASED else ()
        row = next((row for row in rows if row.code == code), None)
        found.extend(printable(versions, row, services.settings.suppress_below))
    return tuple(found)


def printable(versions: Sequence[Closing], row: Row | None, below: int) -> tuple[Above, ...]:
    """Return versions of one period with what of them may be printed beside a row of the roll-up.

    Parameters
    ----------
    row
        The division's row of the published roll-up; None where it publishes none.
    """
    due, contacted = (row.persons["due"], row.persons["contacted"]) if row else (None, None)
    if due is None or contacted is None:
        return tuple(Above(version, None, None) for version in versions)
    shown, found = [(due, contacted)], []
    for version in versions:
        due, contacted = version.total.counts["due"], version.total.counts["contacted"]
        # the small counts that printing it would tell
        told = {due, contacted, due - contacted}
        for other_due, other_contacted in shown:
            told |= {abs(due - other_due), abs(contacted - other_contacted)}
        if any(0 < number < below for number in told):
            found.append(Above(version, None, None))
        else:
            shown.append((due, contacted))
            found.append(Above(version, due, contacted))
    return tuple(found)
