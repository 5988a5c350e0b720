"""What goes upward: small counts withheld, no name, cut by scope; the audit trail."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest

from fieldmap.models import Client, Division, Household, Tag, Visit
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import CLIENTS, COUNTY, HOUSEHOLDS, NORTH, SOUTH, VISITS

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


def _cells(page: str, name: str) -> list[str]:
    """Return the figures of a division's row on the page: persons on the ledgers, due, and so on."""
    row = page[page.index(f">{name}</td>") :]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row[: row.index("</tr>")], re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]


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


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ("2026", "rollup.period"),
        ("2026-03-01..2026-03-30", "rollup.period"),
        ("2026-Q5", "period.text"),
        ("March", "period.text"),
        ("2026-13", "period.text"),
    ],
)
def test_only_a_month_or_a_quarter_is_taken(period: str, code: str, signed_in: As) -> None:
    """Any other stretch of days is refused, so that no two overlapping ones can be subtracted."""
    for address in ("/rollup", "/rollup.csv"):
        answer = signed_in("county").get(f"{address}?period={period}", headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_quarter_has_a_page_of_its_own(signed_in: As, crowded: Store) -> None:
    """Its heading and its file say the quarter, and the page says that it is no sum of months."""
    page = signed_in("county").get("/rollup?period=2026-Q1").text
    assert '<span class="quiet">2026-Q1</span>' in page
    assert "不等于三个月相加" in page
    assert "不等于三个月相加" not in signed_in("county").get("/rollup?month=2026-03").text
    answer = signed_in("county").get("/rollup.csv?period=2026-Q1")
    assert answer.headers["content-disposition"] == 'attachment; filename="rollup-2026-Q1.csv"'
    assert {row["时段"] for row in _rows(answer.text)} == {"2026-Q1"}


def test_a_quarter_does_not_give_away_what_its_months_withhold(signed_in: As, crowded: Store) -> None:
    """A cell that is withheld in March is withheld or 0 in the quarter."""
    county = signed_in("county")
    month, quarter = (
        {r["区划代码"]: r for r in _rows(county.get(f"/rollup.csv?period={text}").text)}
        for text in ("2026-03", "2026-Q1")
    )
    withheld = [(code, name) for code, row in month.items() for name in row if row[name] == "*"]
    assert len(withheld) > 5
    assert {quarter[code][name] for code, name in withheld} <= {"*", "0"}


def test_villages_of_3_and_12_under_a_town_of_15(signed_in: As, store: Store) -> None:
    """On the page both villages show ※ for the persons on the ledgers, and the town shows 15."""
    town = Division("990101003000", "石桥镇", 3, COUNTY.code)
    villages = (
        Division(f"{town.code[:9]}201", "上店村", 4, town.code),
        Division(f"{town.code[:9]}202", "下店村", 4, town.code),
    )
    facts: list[object] = [town, *villages]
    for n in range(15):
        village = villages[0] if n < 3 else villages[1]
        facts += [
            Household(f"x{n}", village.code, f"{n}号", "新人"),
            Client(f"y{n}", f"x{n}", "新人", birth_date=date(1950, 1, 1)),
            Tag(f"z{n}", f"y{n}", "空巢", "", "2026年台账", date(2025, 1, 1)),
        ]
    store.facts.record(facts)
    page = signed_in("county").get("/rollup").text
    shown = {name: _cells(page, name) for name in ("上店村", "下店村", "石桥镇")}
    assert [cells[:2] for cells in shown.values()] == [["※", "※"], ["※", "※"], ["15", "15"]]


def test_the_auditor_sees_who_did_what_and_whether_the_chain_holds(signed_in: As, store: Store) -> None:
    """A reveal stands in the trail with the person's name; a changed line is noticed."""
    signed_in("head").post("/people/h1/reveal")
    page = signed_in("auditor").get("/audit").text
    assert "站长高洁" in page
    assert "查看全名和号码" in page
    assert "记录链完整" in page
