"""What goes upward: small counts withheld, no name, cut by scope; the audit trail."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from fieldmap.models import Client, Household, Tag, Visit
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import CLIENTS, HOUSEHOLDS, NORTH, SOUTH, VISITS

JSON = {"accept": "application/json"}


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def crowded(store: Store) -> Store:
    """Return the village with 24 more people, twelve in each of two villages, ten of them contacted."""
    facts: list[object] = []
    for n in range(24):
        village, many = (NORTH, n % 12) if n < 12 else (SOUTH, n % 12)
        facts += [
            Household(f"x{n}", village.code, f"{village.name}{n + 50}号", "新人"),
            Client(f"y{n}", f"x{n}", "新人", birth_date=date(1950, 1, 1)),
            Tag(f"z{n}", f"y{n}", "空巢", "", "2026年台账", date(2025, 1, 1)),
        ]
        if many < 10:
            facts.append(_seen(n))
    store.facts.record(facts)
    return store


def _seen(n: int) -> Visit:
    first = VISITS[4]
    return Visit(
        f"w{n}", f"x{n}", (f"y{n}",), first.day, first.channel, first.outcome, first.domain, first.societies
    )


def test_small_counts_are_withheld_with_what_they_follow_from(signed_in: As, crowded: Store) -> None:
    """Fewer than five persons are not printed, nor is a total less the printed rest; work done is."""
    rows = {r["区划代码"]: r for r in _rows(signed_in("county").get("/rollup.csv").text)}
    village = rows[NORTH.code]
    assert (village["在册人数"], village["已访人数"], village["无坐标人数"]) == ("19", "12", "13")
    assert village["超期人数"] == "*"  # one person
    assert village["应访人数"] == "*"  # 18, which would tell that one is excluded
    assert village["服务人次"] == "12"
    assert "※" in signed_in("county").get("/rollup").text


def test_nothing_that_goes_upward_names_anybody(signed_in: As, crowded: Store) -> None:
    """Neither the page nor the file has a name, an address or a coordinate."""
    county = signed_in("county")
    for text in (county.get("/rollup").text, county.get("/rollup.csv").text):
        secret = [c.name for c in CLIENTS] + [h.address for h in HOUSEHOLDS] + ["107.5", "26.7"]
        assert [word for word in secret if word in text] == []


def test_a_head_sees_her_township_as_the_county_published_it(signed_in: As, crowded: Store) -> None:
    """The cut shows the same cells withheld as the whole, so that two tables tell no more than one."""
    whole = {r["区划代码"]: r for r in _rows(signed_in("county").get("/rollup.csv").text)}
    part = {r["区划代码"]: r for r in _rows(signed_in("head").get("/rollup.csv").text)}
    assert set(part) == {"990101001000", NORTH.code, SOUTH.code}
    assert all(whole[code] == row for code, row in part.items())


def test_a_download_is_written_down_and_opens_in_excel(signed_in: As, store: Store) -> None:
    """The file begins with the mark that Excel needs for Chinese; the audit trail has the export."""
    answer = signed_in("county").get("/rollup.csv?month=2026-02")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"] == 'attachment; filename="rollup-2026-02.csv"'
    assert [(line.action, line.object) for line in store.audit.lines()] == [("export rollup", "2026-02")]


@pytest.mark.parametrize("month", ["2026", "2026-Q1", "March", "2026-13"])
def test_only_a_month_is_taken(month: str, signed_in: As) -> None:
    """Anything but a month is refused, so that two periods cannot be subtracted."""
    answer = signed_in("county").get(f"/rollup?month={month}", headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (422, "period.text")


def test_the_auditor_sees_who_did_what_and_whether_the_chain_holds(signed_in: As, store: Store) -> None:
    """A reveal stands in the trail with the person's name; a changed line is noticed."""
    signed_in("head").post("/people/h1/reveal")
    page = signed_in("auditor").get("/audit").text
    assert "站长高洁" in page
    assert "查看全名和号码" in page
    assert "记录链完整" in page
