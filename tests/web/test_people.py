"""People: lists by gap, a household's file, dated reasons, what is written down."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from fieldmap.models import Exclusion, Tag
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import GRID_C, HOUSEHOLDS, NORTH
from web.masking import mask_id, mask_name, mask_phone

JSON = {"accept": "application/json"}


def _listed(page: str) -> list[str]:
    """Return the households that a list links to."""
    return re.findall(r'<td class="nowrap"><a href="/people/(\w+)"', page)


@pytest.mark.parametrize(
    ("query", "households"),
    [
        ("", ["h5", "h6", "h1", "h2", "h2", "h3", "h4", "h7", "h8", "h8"]),
        ("?gap=open", ["h1", "h2", "h2", "h3", "h4"]),
        ("?gap=overdue", ["h1"]),
        ("?gap=never", ["h4"]),
        ("?gap=no_coordinates", ["h4"]),
        ("?gap=no_owner", ["h8"]),
        ("?gap=unverified", ["h2"]),
        ("?gap=excluded", ["h5", "h7"]),
        ("?gap=without_rule", ["h8"]),
        (f"?grid={GRID_C}", ["h7", "h8", "h8"]),
        (f"?village={NORTH.code}&gap=excluded", ["h5"]),
        ("?gap=never&page=2", []),
    ],
)
def test_the_list_is_narrowed(query: str, households: list[str], signed_in: As) -> None:
    """Each gap lists exactly those whom the measure of the same name counts."""
    assert _listed(signed_in("head").get(f"/people{query}").text) == households


@pytest.mark.parametrize(("text", "households"), [("沈阿妹", ["h8"]), ("后山", ["h4"]), ("没有", [])])
def test_a_name_is_found_without_standing_in_an_address_line(
    text: str, households: list[str], signed_in: As
) -> None:
    """Searching is a form that is posted, so that no name is in a log of addresses."""
    assert _listed(signed_in("head").post("/people", data={"text": text}).text) == households


def test_lists_and_files_mask_what_tells_who(signed_in: As) -> None:
    """Name, identity number and telephone are masked until somebody asks to see them."""
    head = signed_in("head")
    page = head.get("/people/h1").text
    for shown, hidden in (
        (mask_name("王秀英"), "王秀英"),
        (mask_id("990101194405010025"), "990101194405010025"),
        (mask_phone("13800005678"), "13800005678"),
    ):
        assert shown in page
        assert hidden not in page
        assert hidden in head.post("/people/h1/reveal").text
    assert "王秀英" not in head.get("/people").text


def _actions(store: Store) -> list[tuple[str, str]]:
    return [(line.action, line.object) for line in reversed(store.audit.lines())]


def test_seeing_names_in_full_is_written_down(signed_in: As, store: Store) -> None:
    """Revealing leaves a line with who and what; looking at the masked file of a grown-up does not."""
    head = signed_in("head")
    head.get("/people/h1")
    assert _actions(store) == []
    head.post("/people/h1/reveal")
    assert _actions(store) == [("reveal", "h1")]
    assert store.audit.broken_at() is None


def test_every_reading_of_a_childs_file_is_written_down(signed_in: As, store: Store) -> None:
    """A child's file leaves a line even where it is masked."""
    signed_in("head").get("/people/h3")
    assert _actions(store) == [("read child", "h3")]


def test_a_restricted_class_does_not_show_until_revealed(signed_in: As, store: Store) -> None:
    """Neither tag nor reason tells of a restricted class on the list or on the masked file, nor a day count.

    Met on 1 February, every 14 days: due by the 15th, 33 days ago.
    """
    store.facts.record([Tag("t-x", "p9", "精神障碍", "3")])
    head = signed_in("head")
    for path in (
        "/desk",
        "/people",
        "/people/h8",
        "/plans?grid=990101001202001&span=day",
        "/map",
        "/map/gaps",
    ):
        rows = [row for row in re.split(r"<tr|<article|<section", head.get(path).text) if "沈*" in row]
        assert rows
        assert [word for word in ("精神", "2026-02-15", "33 天") if word in "".join(rows)] == []
    revealed = head.post("/people/h8/reveal").text
    assert "精神障碍" in revealed
    assert "▲ 33 天" in revealed


def _exclude(head: TestClient, **form: str) -> tuple[int, str]:
    given = {"client": "p1", "reason": "hospital", "since": "2026-03-19", **form}
    answer = head.post("/people/h1/exclusions", data=given, headers=JSON)
    return answer.status_code, "" if answer.status_code == 303 else answer.json()["code"]


def test_a_dated_reason_takes_somebody_out_and_is_shown_beside_the_rate(signed_in: As, store: Store) -> None:
    """A reason given before any contact of the month would; one after a contact leaves the person counted."""
    head = signed_in("head")
    form = {"client": "p4", "reason": "away", "since": "2026-03-20", "note": "去外婆家"}
    assert head.post("/people/h3/exclusions", data=form).headers["location"] == "/people/h3"
    page = head.get("/desk").text
    assert "3/6 = 50.0 %" in page
    assert "外出 1" in page
    assert _exclude(head) == (303, "")
    assert "3/6 = 50.0 %" in head.get("/desk").text
    assert ("exclude", "p4") in _actions(store)


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"reason": "tired"}, 422, "exclusion.reason"),
        ({"client": "p2"}, 404, "store.unknown"),
        ({"since": "2026-03-21"}, 422, "exclusion.days"),
        ({"until": "2026-03-18"}, 422, "exclusion.days"),
        ({"since": "soon"}, 422, "web.invalid"),
    ],
)
def test_a_wrong_reason_is_refused_and_nothing_kept(
    form: dict[str, str], status: int, code: str, signed_in: As, store: Store
) -> None:
    """An unknown reason, somebody of another house, or days that do not fit are said and not saved."""
    before = list(store.facts.read(Exclusion))
    assert _exclude(signed_in("head"), **form) == (status, code)
    assert list(store.facts.read(Exclusion)) == before


def test_a_reason_ends_and_the_person_is_to_be_seen_again(signed_in: As, store: Store) -> None:
    """From the day it ends somebody is due again; the reason stays in the file as it was."""
    head = signed_in("head")
    assert _listed(head.get("/people?gap=excluded").text) == ["h5", "h7"]
    assert head.post("/people/h7/exclusions/e2/end").status_code == 303
    assert _listed(head.get("/people?gap=excluded").text) == ["h5"]
    ended = next(e for e in store.facts.read(Exclusion) if e.id == "e2")
    assert str(ended.valid_to) == "2026-03-19"
    assert head.post("/people/h7/exclusions/e1/end", headers=JSON).status_code == 404


def test_the_file_tells_the_history(signed_in: As) -> None:
    """Visits stand with day, channel, outcome and visitor; owner and deputy are named."""
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", signed_in("head").get("/people/h1").text))
    assert "2026-03-10 电话 已见到 王* 周敏" in page
    assert "周敏 · 副手 刘强" in page


def test_the_list_goes_village_by_village(signed_in: As, store: Store) -> None:
    """House numbers repeat from village to village: the list keeps a village together."""
    numbers = {"h1": "9号", "h7": "1号"}
    store.facts.record([replace(h, address=numbers[h.id]) for h in HOUSEHOLDS if h.id in numbers])
    listed = _listed(signed_in("head").get("/people").text)
    assert listed.index("h1") < listed.index("h7")
