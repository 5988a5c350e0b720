"""Campaigns: a name for some days, seen by those whom it concerns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fieldmap.campaigns import Campaign, announce, seen_from
from fieldmap.errors import InputError
from fieldmap.periods import Period

COUNTY, TOWN, OTHER_TOWN, VILLAGE = "990101000000", "990101001000", "990101002000", "990101001201"
COLD = Campaign(
    "k",
    "寒潮走访",
    Period(date(2026, 1, 8), date(2026, 1, 14)),
    TOWN,
    datetime(2026, 1, 7, tzinfo=UTC),
    "head",
)


def test_a_name_is_trimmed() -> None:
    """Blanks around and within do not make another name."""
    assert announce(replace(COLD, name="  寒潮 走访\n"), []).name == "寒潮 走访"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (replace(COLD, name="  "), "campaign.name"),
        (replace(COLD, name="走" * 41), "campaign.name"),
        (replace(COLD, period=Period(date(2026, 1, 1), date(2027, 1, 2))), "campaign.long"),
        (replace(COLD, id="other"), "campaign.taken"),
    ],
)
def test_what_cannot_be_announced(wanted: Campaign, code: str) -> None:
    """No name, a name too long, more than a year, a name that the same people see already."""
    with pytest.raises(InputError) as refused:
        announce(wanted, [COLD])
    assert refused.value.code == code


def test_another_town_may_use_the_name() -> None:
    """Two towns do not see each other's campaigns."""
    assert announce(replace(COLD, division_code=OTHER_TOWN), [COLD]).name == "寒潮走访"


def test_campaigns_are_seen_upward_and_downward() -> None:
    """The county's is seen in a village, the town's in the county and not in the other town."""
    sweep = replace(COLD, id="s", name="重阳节", division_code=COUNTY, period=Period.parse("2026-10"))
    assert seen_from([COLD, sweep], [VILLAGE]) == (sweep, COLD)
    assert seen_from([COLD, sweep], [COUNTY]) == (sweep, COLD)
    assert seen_from([COLD, sweep], [OTHER_TOWN]) == (sweep,)
