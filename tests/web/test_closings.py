"""The page of closed periods: versions side by side, why they differ, and what those above see of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from fieldmap.closings import Closing
from fieldmap.periods import Period, china_day
from fieldmap.rollup import PERSONS, Row
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.twentytwo import G1, LATE, QUARTER, WRITTEN, build
from tests.web.conftest import As
from tests.web.village import COUNTY, SOUTH, TOWN, Village
from web._closing_above import printable
from web.app import create_app
from web.closings import close_period
from web.security import SESSION_COOKIE

FIRST_OF_APRIL = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
THIRD_OF_APRIL = datetime(2026, 4, 3, 1, 0, tzinfo=UTC)
JSON = {"accept": "application/json"}


@dataclass
class Town:
    """The twenty-two behind an app, with one clock for the app and for what a test writes."""

    village: Village
    store: Store
    client: TestClient
    at: list[datetime] = field(default_factory=lambda: [WRITTEN])

    def page(self, login: str, path: str = "/closings") -> str:
        """Return what somebody sees, tags taken out."""
        self.enter(login)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.client.get(path).text))

    def enter(self, login: str) -> None:
        """Be somebody from now on."""
        self.client.cookies.set(SESSION_COOKIE, self.village.tokens[login])
        self.client.headers["x-csrf"] = self.village.csrf[login]

    def close(self, login: str = "head", period: str = "2026-Q1", **more: str) -> tuple[int, str]:
        """Press the button; return the status and the code of what is wrong."""
        self.enter(login)
        answer = self.client.post("/closings", data={"period": period, **more}, headers=JSON)
        return answer.status_code, "" if answer.status_code == 303 else answer.json()["code"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Village:
    """Return the county file, written once; copied for each test."""
    return build(tmp_path_factory.mktemp("twentytwo") / "county.db")


@pytest.fixture
def town(built: Village, tmp_path: Path) -> Iterator[Town]:
    village = replace(built, path=tmp_path / "county.db")
    shutil.copy(built.path, village.path)
    at = [WRITTEN]
    store = Store.open(village.path, clock=lambda: at[0])
    app = create_app(
        Settings(db=village.path, network=tmp_path / "network"),
        today=lambda: china_day(at[0]),
        clock=lambda: at[0],
    )
    with TestClient(app, follow_redirects=False) as client:
        client.headers["accept"] = "text/html"
        yield Town(village, store, client, at)
    store.close()


def test_version_1_stays_and_version_2_says_why(town: Town) -> None:
    """Closed at 16/22; a visit of 30 March comes on 3 April: 17/22 stands beside it, with the reason."""
    town.at[0] = FIRST_OF_APRIL
    assert town.close() == (303, "")
    page = town.page("head")
    assert "16/22 = 72.7 %" in page
    assert "关账以后没有变化" in page
    town.at[0] = THIRD_OF_APRIL
    town.store.visits.record(LATE, by="a")
    page = town.page("head")
    assert "16/22 = 72.7 %" in page
    assert "17/22 = 77.3 % +1" in page
    assert "3 月 30 日的走访 1 次,4 月 3 日 收到" in page
    assert "关成第 2 版" in page
    assert town.close() == (303, "")
    first, second = town.store.closings.of(TOWN.code, QUARTER)
    assert (first.total.rate, second.total.rate) == ((16, 22), (17, 22))
    page = town.page("head")
    assert "关账以后没有变化" in page
    assert "3 月 30 日的走访 1 次,4 月 3 日 收到" in page
    assert [(line.action, line.detail) for line in town.store.audit.lines()] == [
        ("close", "v2"),
        ("close", "v1"),
    ]


def test_the_reason_reads_in_english(town: Town) -> None:
    """The same sentence, received on 3 April."""
    town.at[0] = FIRST_OF_APRIL
    town.close()
    town.at[0] = THIRD_OF_APRIL
    town.store.visits.record(LATE, by="a")
    town.client.cookies.set("lang", "en")
    page = town.page("head")
    assert "1 visit of 30 March, received on 3 April" in page
    assert "Freeze version 2" in page


def test_what_cannot_be_closed(town: Town) -> None:
    """A quarter that is not over, one with nothing changed, any two days, another town's."""
    assert town.close() == (422, "closing.open")
    town.at[0] = FIRST_OF_APRIL
    assert town.close(period="2026-01-01..2026-03-30") == (422, "closing.period")
    assert town.close(division="990101002000") == (403, "access.refused")
    assert town.close() == (303, "")
    assert town.close() == (422, "closing.same")
    assert len(town.store.closings.all()) == 1


def test_those_who_do_not_answer_for_an_area_close_nothing(town: Town) -> None:
    """Grid manager, worker and county are refused, and the grid manager does not even see the page."""
    town.at[0] = FIRST_OF_APRIL
    for login in ("g1", "worker", "county"):
        assert town.close(login) == (403, "access.refused")
    town.enter("g1")
    assert town.client.get("/closings").status_code == 403
    assert town.store.closings.all() == ()


def test_the_county_sees_no_difference_of_one(town: Town) -> None:
    """It sees 17 as the roll-up prints it; 16 beside it would be one person's visit, and is withheld."""
    town.at[0] = FIRST_OF_APRIL
    town.close()
    town.at[0] = THIRD_OF_APRIL
    town.store.visits.record(LATE, by="a")
    town.close()
    page = town.page("county")
    assert page.count("青石镇") >= 2
    assert "第 2 版" in page
    assert "3 月 30 日" not in page
    figures = re.findall(r"2026-04-0\d \d\d:\d\d (\S+) (\S+)", page)
    assert figures == [("※", "※"), ("22", "17")]


def test_a_campaign_is_added_listed_and_ended(town: Town) -> None:
    """The head names some days; the county sees them; ended they are no longer listed."""
    town.enter("head")
    told = {"name": "重阳节走访", "first": "2026-10-12", "last": "2026-10-25"}
    assert town.client.post("/campaigns", data=told).status_code == 303
    again = town.client.post("/campaigns", data=told, headers=JSON)
    assert again.json()["code"] == "campaign.taken"
    assert (
        town.client.post("/campaigns", data={**told, "name": "乙", "last": ""}, headers=JSON).status_code
        == 422
    )
    (kept,) = town.store.campaigns.all()
    assert kept.period == Period(date(2026, 10, 12), date(2026, 10, 25))
    assert "重阳节走访 2026-10-12 … 2026-10-25" in town.page("county")
    town.enter("head")
    assert town.client.post(f"/campaigns/{kept.id}/end").status_code == 303
    assert "重阳节走访" not in town.page("head")


def test_another_towns_campaign_cannot_be_ended(signed_in: As, store: Store) -> None:
    """It is as good as none; what the county set for all is seen and not ended by a town."""
    told = {"name": "甲村清查", "first": "2026-01-08", "last": "2026-01-14"}
    signed_in("other_head").post("/campaigns", data=told)
    (kept,) = store.campaigns.all()
    assert signed_in("head").post(f"/campaigns/{kept.id}/end").status_code == 404
    assert "甲村清查" not in signed_in("head").get("/closings").text
    assert len(store.campaigns.all()) == 1


def test_who_is_excluded_stands_beside_the_rate(signed_in: As, store: Store) -> None:
    """February of the village: the one who refused is named by number under the rate of the whole."""
    answer = signed_in("head").post("/closings", data={"period": "2026-02"})
    assert answer.status_code == 303
    (made,) = store.closings.all()
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", signed_in("head").get("/closings").text))
    contacted, due = made.total.rate
    assert made.total.excluded == 1
    assert re.search(rf"合计 {contacted}/{due} = [\d.]+ % 不计 1 人", page)


def test_the_page_names_nobody(town: Town) -> None:
    """Neither a person nor a door stands on the page of closed periods."""
    town.at[0] = FIRST_OF_APRIL
    town.close()
    town.at[0] = THIRD_OF_APRIL
    town.store.visits.record(LATE, by="a")
    page = town.page("head")
    record = town.store.snapshot()
    assert [c.name for c in record.clients.values() if c.name in page] == []
    assert [h.address for h in record.households.values() if h.address in page] == []


def test_what_is_printed_above_differs_by_none_or_by_many(town: Town) -> None:
    """Beside a roll-up of 30 of 60: 30 is printed, 31 is not, 36 is, 37 is not beside 36."""
    town.at[0] = FIRST_OF_APRIL
    made = close_period(town.store, TOWN.code, QUARTER, today=date(2026, 4, 1), by="")

    def version(number: int, contacted: int) -> Closing:
        whole = replace(made.parts[0], counts={**made.parts[0].counts, "due": 60, "contacted": contacted})
        return replace(made, version=number, parts=(whole, *made.parts[1:]))

    row = Row(TOWN.code, None, TOWN.name, 3, {**dict.fromkeys(PERSONS, 0), "due": 60, "contacted": 30}, {})
    versions = [version(1, 30), version(2, 31), version(3, 36), version(4, 37)]
    shown = [one.contacted for one in printable(versions, row, below=5)]
    assert shown == [30, None, 36, None]
    withheld = replace(row, persons={**row.persons, "contacted": None})
    assert [one.due for one in printable(versions, withheld, below=5)] == [None] * 4


def test_grid_rows_say_where_the_difference_lies(town: Town) -> None:
    """G1 gains one, the south village none; the closing of the whole county is not the head's."""
    town.at[0] = FIRST_OF_APRIL
    close_period(town.store, TOWN.code, QUARTER, today=date(2026, 4, 1), by="")
    close_period(town.store, COUNTY.code, QUARTER, today=date(2026, 4, 1), by="")
    town.at[0] = THIRD_OF_APRIL
    town.store.visits.record(LATE, by="a")
    page = town.page("head")
    assert page.count("2026-Q1 青石镇") == 1
    assert "2026-Q1 安和县" not in page
    assert re.search(rf"北坡一网格 {G1[-6:]} 9/10 = 90.0 % 10/10 = 100.0 % \+1", page)
    assert re.search(rf"南塘村 {SOUTH.code[-6:]} 7/8 = 87.5 % 7/8 = 87.5 % ", page)
