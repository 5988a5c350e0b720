"""Filters, breakdowns and the pages around the coverage map; what of them a grid manager gets."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest
from starlette.testclient import TestClient

from fieldmap.counts import Rate
from fieldmap.coverage import measures
from fieldmap.incoming import Building, DoorResult, SweepResult
from fieldmap.models import Client, Household, Position, Sex, Tag
from fieldmap.parts import Dimension, Narrow
from fieldmap.periods import Period
from fieldmap.rules import load
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.test_coverage_page import of_town, text_of
from tests.web.village import (
    ACCOUNTS,
    ACTORS,
    CLIENTS,
    EXCLUSIONS,
    GRID_A,
    GRID_B,
    GRIDS,
    HOUSEHOLDS,
    LAT,
    LON,
    NORTH,
    NOW,
    TAGS,
    TODAY,
    TOWN,
    VISITS,
    Village,
)
from web._coverage_asked import Asked, asked
from web._coverage_page import FIRST_GAPS
from web.app import create_app
from web.closings import close_period
from web.scope import scoped
from web.security import SESSION_COOKIE

MARCH, FEBRUARY = Period.month(TODAY), Period.parse("2026-02")
RESTRICTED = "精神障碍"


def narrowed(store: Store, narrow: Narrow) -> Rate:
    """Return the rate of the head's township for some people."""
    _, hats, _ = ACCOUNTS["head"]
    return measures(scoped(store.snapshot(), hats), load(), MARCH, TODAY, narrow=narrow).total.contact_rate


def rows_of(html: str) -> list[tuple[str, str]]:
    """Return name and figure of each row of the table, without the total."""
    body = re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[0]
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in rows]
    return [(text_of(row[-6]), text_of(row[-5])) for row in cells]


def fill(path: str, head: TestClient) -> str:
    """Return the text of a page that is shown."""
    answer = head.get(path)
    assert answer.status_code == 200, path
    return text_of(answer.text)


def test_an_address_says_what_the_filter_bar_says() -> None:
    """The query of a page, read again, asks for the same."""
    wanted = Asked(
        "overdue",
        Period.parse("2026-03-01..2026-03-15"),
        frozenset({"never"}),
        Narrow(tag="独居", grid="outside", channel="phone"),
        date(2026, 3, 2),
        Dimension.OWNER,
    )
    given = dict(part.split("=") for part in wanted.query.split("&"))
    assert given["by"] == "owner"
    again = asked(
        TODAY,
        given["measure"],
        given["period"],
        tag="独居",
        grid=given["grid"],
        channel=given["channel"],
        known=given["known"],
        by=given["by"],
        layer=(given["layer"],),
        chosen=True,
    )
    assert again == wanted


@pytest.mark.parametrize(
    "narrow",
    [
        Narrow(tag="独居"),
        Narrow(village=NORTH.code),
        Narrow(grid=GRID_B),
        Narrow(owner="w1"),
        Narrow(channel="phone"),
        Narrow(society="volunteer"),
    ],
    ids=lambda narrow: str(narrow),
)
def test_every_filter_narrows_page_figures_and_print(signed_in: As, store: Store, narrow: Narrow) -> None:
    """The total is that of the measures for these people, on the page and in what the frame is given."""
    head, rate = signed_in("head"), narrowed(store, narrow).text()
    query = "&".join(
        f"{f}={getattr(narrow, f)}" for f in ("tag", "village", "grid", "owner", "channel", "society")
    )
    assert rate in fill(f"/map?{query}", head)
    assert head.get(f"/map/figures?{query}").json()["total"]["text"] == rate
    assert str(of_town(store).total.contact_rate) != rate


def test_a_channel_leaves_who_was_due(signed_in: As, store: Store) -> None:
    """Reached by phone is a share of everybody due, and the page says so."""
    whole, by_phone = narrowed(store, Narrow()), narrowed(store, Narrow(channel="phone"))
    assert by_phone.denominator == whole.denominator
    assert by_phone.numerator < whole.numerator
    assert "应访不变,已访只算这样走访的" in fill("/map?channel=phone", signed_in("head"))


@pytest.mark.parametrize("by", list(Dimension))
def test_the_table_is_broken_down_and_says_where_rows_overlap(
    signed_in: As, store: Store, by: Dimension
) -> None:
    """Each breakdown has its rows; those of grids, villages and owners add up to the total."""
    html = signed_in("head").get(f"/map?by={by}").text
    due = [int(found[1]) for _, text in rows_of(html) if (found := re.match(r"\d+/(\d+)", text))]
    adds_up = by in (Dimension.GRID, Dimension.VILLAGE, Dimension.OWNER)
    assert due
    assert sum(due) == of_town(store).total.due or not adds_up
    assert ("各行不相加" in html) != adds_up


def test_a_row_leads_to_the_page_about_its_people(signed_in: As, store: Store) -> None:
    """The name of a group links to the same page narrowed to it, by grid."""
    head = signed_in("head")
    html = head.get("/map?by=tag").text
    link = re.search(r'<a href="(/map\?[^"]*)">独居</a>', html)
    assert link is not None
    assert narrowed(store, Narrow(tag="独居")).text() in fill(unescape(link[1]), head)


def test_a_restricted_class_is_no_filter_no_row_and_no_word(signed_in: As, store: Store) -> None:
    """Who carries one counts, and nothing on the pages tells of the class."""
    store.facts.record([Tag("t-x", "p1", RESTRICTED, "", "2026年台账", date(2025, 1, 1))])
    head = signed_in("head")
    for path in ("/map", "/map?by=tag", "/map/print", "/map/figures?by=tag"):
        assert RESTRICTED not in head.get(path).text
    head.headers["accept"] = "application/json"
    for path in ("/map", "/map/frame", "/map/figures", "/map/print"):
        answer = head.get(f"{path}?tag={RESTRICTED}")
        assert (answer.status_code, answer.json()["code"]) == (422, "map.tag")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("known=2026-03-21", "map.known"),
        ("known=soon", "map.known"),
        ("by=weather", "map.by"),
        ("channel=pigeon", "map.channel"),
        ("period=days&first=2026-03-15&last=2026-03-01", "period.order"),
    ],
)
def test_a_filter_that_does_not_exist_is_named(signed_in: As, query: str, code: str) -> None:
    """A future day, an unknown breakdown or channel, days the wrong way round: each has its words."""
    head = signed_in("head")
    head.headers["accept"] = "application/json"
    answer = head.get(f"/map?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_past_day_is_shown_as_it_was_known(village: Village, signed_in: As) -> None:
    """What was received after that day is not in its figures, and page and sheet say which day."""
    head = signed_in("head")
    before = fill("/map?known=2026-03-20", head)
    late = Store.open(village.path, clock=lambda: datetime(2026, 3, 21, 1, 0, tzinfo=UTC))
    late.visits.record(
        replace(VISITS[0], id="late", day=TODAY, household_id="h3", client_ids=("p4",)), by="w"
    )
    late.close()
    assert "截至 2026-03-19 所知" in fill("/map?known=2026-03-19", head)
    assert "无应访对象" in fill("/map?known=2026-03-19", head)
    assert "截至 2026-03-19 所知" in fill("/map/print?known=2026-03-19", head)
    assert before != fill("/map", head)


def test_the_live_figures_are_the_pages(signed_in: As) -> None:
    """What an open page puts in place reads as a page that is opened anew."""
    head = signed_in("head")
    told = head.get("/map/figures").json()
    page = fill("/map", head)
    assert text_of(told["table"])
    for part in re.split(r"(?=<section|<div id)", told["table"]):
        assert text_of(part) in page
    assert [cell["code"] for cell in told["cells"]] == [row.code for row in GRIDS[:3]]


def test_the_strip_tells_what_no_polygon_shows_the_largest_gap_first(signed_in: As, store: Store) -> None:
    """Grids without a boundary and those outside all grids stand beside the map with who is due."""
    away = Position(LON + 0.2, LAT + 0.2)
    store.facts.record([replace(HOUSEHOLDS[0], door=away), replace(HOUSEHOLDS[1], door=away)])
    html = signed_in("head").get("/map").text
    strip = re.findall(r'class="coverage-strip".*?</div>', html, re.DOTALL)[0]
    rows = [row for row in of_town(store).grids if not row.drawn]
    gaps = sorted(rows, key=lambda row: row.figures.contacted - row.figures.due)
    found = [text_of(item) for item in re.findall(r"<li>.*?</li>", strip, re.DOTALL)]
    assert len(found) == len(gaps) == 2
    for text, row in zip(found, gaps, strict=True):
        assert f"应访 {row.figures.due} 人 {row.figures.contact_rate.text().split(' = ')[-1]}" in text
    assert any(text.startswith("网格外") for text in found)


def test_the_sheet_for_the_wall_has_figures_per_grid_and_nothing_else(signed_in: As, store: Store) -> None:
    """No name, address, door, owner, tag or point; the figures of every grid and the total."""
    head = signed_in("head")
    html = head.get("/map/print?owner=w1&by=owner&layer=never&chosen=1").text
    text = text_of(html)
    for told in (
        *(c.name for c in CLIENTS),
        *(h.address for h in HOUSEHOLDS),
        *(a.name for a in ACTORS),
        *(t.name for t in TAGS),
        *(note for e in EXCLUSIONS if (note := e.note)),
    ):
        assert told not in html, told
    assert not re.search(r"/people|<circle|<image|<iframe|<script|\b10[67]\.\d|\b26\.\d{3}", html)
    coverage = of_town(store)
    for row in coverage.grids:
        assert f"{row.figures.contacted}/{row.figures.due}" in text
    assert coverage.total.contact_rate.text() in text
    assert text.count("住院") == text.count("拒访") == 1  # in all, for no grid


def test_the_list_of_gaps_begins_with_two_hundred(signed_in: As, store: Store) -> None:
    """The page stays light where many were not seen; all of them are one click away."""
    numbers = range(FIRST_GAPS + 5)
    store.facts.record(
        [
            *(Household(f"x{n}", NORTH.code, f"北坡村{n + 100}号", "甲", GRID_A) for n in numbers),
            *(Client(f"y{n}", f"x{n}", "甲", Sex.MALE, date(1940, 1, 1)) for n in numbers),
            *(Tag(f"z{n}", f"y{n}", "独居", "", "2026年台账", date(2025, 1, 1)) for n in numbers),
        ]
    )
    head = signed_in("head")
    page, whole = head.get("/map").text, head.get("/map/gaps").text
    assert page.count('<b class="num">') == FIRST_GAPS
    total = whole.count('<b class="num">')
    assert total > FIRST_GAPS + 5
    assert f"显示全部 {total} 户" in text_of(page)


def test_the_trend_has_a_line_and_the_same_as_a_table(signed_in: As, store: Store) -> None:
    """Months since the record begins, none before it; each with its denominator."""
    html = signed_in("head").get("/map/trend").text
    months = dict(rows_of_trend(html))
    assert list(months) == ["2026-02", "2026-03"]
    assert months["2026-02"] == of_town(store, "2026-02").total.contact_rate.text()
    assert html.count("<circle") == 2


def rows_of_trend(html: str) -> list[tuple[str, str]]:
    """Return month and rate of each row."""
    return [
        (text_of(m), text_of(rate))
        for m, rate in re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', html)
    ]


def test_a_contact_far_from_the_door_is_listed_for_review(signed_in: As, store: Store) -> None:
    """The visit stands in the list with what is odd about it, under nobody's name but the household's."""
    far = replace(VISITS[0], id="far", day=TODAY, check_in=Position(LON + 0.3, LAT), check_in_accuracy_m=10)
    store.visits.record(far, by="w")
    head = signed_in("head")
    assert "要看的 1 次走访" in fill("/map", head)
    text = fill("/map/evidence", head)
    assert "签到处离门口远" in text
    assert "王*" in text
    assert not any(actor.name in text for actor in ACTORS)


def test_a_closed_month_says_so_and_what_it_is_now(signed_in: As, store: Store) -> None:
    """The version and the rate then; after a late visit the rate now, with the way to the reasons."""
    head = signed_in("head")
    assert "还没有关账" in fill("/map?period=2026-02", head)
    then = close_period(store, TOWN.code, FEBRUARY, today=TODAY, by="").total.rate
    assert f"第 1 版,2026-03-20 当时 {then[0]}/{then[1]} = " in fill("/map?period=2026-02", head)
    store.visits.record(
        replace(VISITS[0], id="late", day=date(2026, 2, 20), household_id="h6", client_ids=("p7",)), by="w"
    )
    assert f"现在 {then[0] + 1}/{then[1]} = " in fill("/map?period=2026-02", head)


def test_a_grid_manager_gets_her_own_grid_and_no_more(signed_in: As, store: Store) -> None:
    """Total, table, map and lists are of her grid; no file, owner, plan or other grid is on any page."""
    manager = signed_in("grid_manager")
    mine = next(row for row in of_town(store).grids if row.code == GRID_A).figures
    for path in ("/map", "/map/frame", "/map/figures", "/map/gaps", "/map/print", "/map/trend"):
        html = manager.get(f"{path}?chosen=1&layer=never&layer=overdue&layer=no_owner&layer=flags").text
        for grid in GRIDS[1:]:
            assert grid.name not in html, path
            assert grid.code not in html, path
        assert not re.search(r"/people|/plans|w1|w2|无责任", html), path
        assert not any(actor.name in html for actor in ACTORS), path
    assert manager.get("/map/figures").json()["total"]["text"] == mine.contact_rate.text()
    assert rows_of_own(manager.get("/map").text) == ["001 北坡一网格 北坡村 001"]


def rows_of_own(html: str) -> list[str]:
    """Return the heads of the rows of a grid manager's table."""
    body = re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL)[0]
    return [text_of(head) for head in re.findall(r"<th scope=\"row\">(.*?)</th>", body, re.DOTALL)]


@pytest.mark.parametrize(
    "query", ["owner=w1", "tag=独居", "by=owner", "by=tag", "measure=load", "measure=no_owner"]
)
def test_a_grid_manager_cannot_ask_for_owners_or_groups(signed_in: As, query: str) -> None:
    """An address that a head sent on is refused with the words of the catalogue, not shown by half."""
    manager = signed_in("grid_manager")
    manager.headers["accept"] = "application/json"
    answer = manager.get(f"/map?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "map.own-grid")


def test_an_answer_that_came_late_is_not_in_the_estimate_of_before(
    settings: Settings, village: Village, store: Store
) -> None:
    """Of two doors asked on the 21st one was received on the 23rd; so was another building of three."""
    told, late = datetime(2026, 3, 21, 2, tzinfo=UTC), datetime(2026, 3, 23, 2, tzinfo=UTC)
    day = told.date()
    with store.write():
        store.incoming.buildings.put(Building("b1", GRID_A, "一号楼", 2, "grid_manager", told))
        store.incoming.buildings.put(Building("b2", GRID_A, "二号楼", 3, "grid_manager", late))
        for door, received in (("1", told), ("2", late)):
            result = SweepResult(
                door, "b1", GRID_A, door, DoorResult.NO_NEED, day, "grid_manager", told, received
            )
            store.incoming.sweeps.add(result)
    with TestClient(create_app(settings, today=lambda: date(2026, 3, 24), clock=lambda: NOW)) as head:
        head.cookies.set(SESSION_COOKIE, village.tokens["head"])
        queries = ("", "?known=2026-03-22", "?known=2026-03-23")
        pages = [text_of(head.get(f"/map{query}").text) for query in queries]
    now, before, then = (re.findall(r"(\d+)/(\d+) 户答复", page)[0] for page in pages)
    assert now == then
    assert [int(a) - int(b) for a, b in zip(now, before, strict=True)] == [1, 3]
