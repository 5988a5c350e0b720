"""The grid manager's phone of 360 × 640 without a signal: a flag with pin and photo, a sweep, both held."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fieldmap.incoming import DoorResult
from fieldmap.models import FlagKind
from fieldmap.store import Store
from tests.browser import accessibility_faults
from tests.phone import signed_in, unlocked
from tests.web.conftest import NewPage
from tests.web.test_grid import FLATS
from tests.web.test_phone_browser import FAULTS
from tests.web.village import GRID_A

pytestmark = pytest.mark.browser

PICTURE = """() => new Promise((done) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 900, height: 600});
  canvas.getContext("2d").fillRect(100, 100, 300, 200);
  canvas.toBlob((blob) => blob.arrayBuffer().then((b) => done(Array.from(new Uint8Array(b)))), "image/png");
})"""

MERGED = """async () => {
  const {addBuilding, carryGrid, dropRefused, nextBuilding, nextDoor, progressOf, setResult} =
    await import("/static/phone/sweep_state.js");
  const block = (doors) =>
    ({id: "b", ids: [], name: "5号楼", doors: doors.map((one) => [one, "h"]), results: {}});
  const part = (...buildings) => ({grids: [{code: "g", buildings}], flags: []});
  const found = (result, at, id) => ({result, at: `2026-03-20T0${at}:00:00Z`, ...(id ? {id} : {})});
  const entry = (id, state) => ({id, state});
  const labels = (building) => building.doors.map(([label]) => label);
  const told = {};

  const old = part(block(["101", "102"]));
  setResult(old.grids[0].buildings[0], "101", found("need", 2, "mine"));
  setResult(old.grids[0].buildings[0], "102", found("vacant", 2, "late"));
  setResult(old.grids[0].buildings[0], "201", found("no_need", 2, "refused"));
  addBuilding(old.grids[0], {id: "new", name: "7号楼", doors: 2});
  setResult(old.grids[0].buildings[1], "2", found("no_need", 3, "in-new"));
  old.flags = [{id: "f1", local: true}, {id: "f2", local: true}];
  const fresh = part(block(["101", "102"]));
  fresh.grids[0].buildings[0].results["102"] = found("need", 4);
  fresh.flags = [{id: "f2"}];
  const entries = ["mine", "late", "new", "in-new", "f1", "f2"].map((id) => entry(id, "waiting"));
  carryGrid(old, fresh, entries.concat(entry("refused", "rejected")));
  const [known, added] = fresh.grids[0].buildings;
  told.kept = known.results["101"].result;
  told.newer = known.results["102"].result;
  told.refused = labels(known);
  told.added = [added.name, labels(added), added.results["2"].result];
  told.flags = fresh.flags.map((flag) => [flag.id, Boolean(flag.local)]);

  const there = part({...block([]), id: "b7", ids: ["new"], name: "7号楼", doors: [["1", ""], ["2", ""]]});
  carryGrid(old, there, entries);
  told.renamed = there.grids[0].buildings.map((one) => [one.id, Object.keys(one.results)]);

  const more = addBuilding(part(block(["101", "102"])).grids[0], {id: "m", name: "5号楼", doors: 4});
  told.more = [more.id, labels(more)];
  told.next = ["", "1", "102"].map((from) => nextDoor(more, from));
  setResult(more, "1", found("nobody_home", 2, "x"));
  setResult(more, "102", found("vacant", 2, "y"));
  told.progress = progressOf([more]);
  told.after = nextDoor(more, "101");
  const [full, open] = [{doors: [["1", ""]], results: {1: {}}}, {doors: [["1", ""]], results: {}}];
  told.building = [nextBuilding([open, full, more], full) === more, nextBuilding([full], full) === undefined];
  const drop = part(more);
  told.dropped = [dropRefused(drop, [entry("y", "rejected")]), dropRefused(drop, [entry("y", "rejected")])];
  const gone = part(block([])).grids[0];
  addBuilding(gone, {id: "n", name: "9号楼", doors: 3});
  addBuilding(gone, {id: "n2", name: "9号楼", doors: 0});
  told.gone = gone.buildings.length;
  return told;
}"""


@pytest.fixture
def phone(new_page: NewPage, store: Store) -> Page:
    """Return the phone of the manager of grid A, ready offline, with a building of three flats."""
    store.facts.record(FLATS)
    page = new_page(width=360, height=640)
    signed_in(page, store, "grid_manager")
    return page


def test_a_newer_packet_wipes_out_nothing_that_waits(new_page: NewPage) -> None:
    """What was tapped here stays until the station tells it back; the later of two results wins."""
    page = new_page(width=360, height=640)
    page.goto("/phone")
    assert page.evaluate(MERGED) == {
        "kept": "need",
        "newer": "need",
        "refused": ["101", "102"],
        "added": ["7号楼", ["1", "2"], "no_need"],
        "flags": [["f1", True], ["f2", False]],
        "renamed": [["b7", ["2"]]],
        "more": ["b", ["1", "2", "101", "102"]],
        "next": ["1", "2", "1"],
        "progress": {"doors": 4, "known": 1, "nobody": 1},
        "after": "2",
        "building": [True, True],
        "dropped": [True, False],
        "gone": 0,
    }


def faults(page: Page, place: str = "main") -> list[Any]:
    """Return what is wrong with a view: size, place, reach."""
    return [*page.evaluate(FAULTS, [place, False]), *accessibility_faults(page)]


def sheet_faults(page: Page) -> list[Any]:
    """Return what is wrong with the open sheet, whose middle scrolls behind its foot."""
    behind = ("overlap", "outside: INPUT off-screen")
    return [one for one in faults(page, "dialog[open]") if not one.startswith(behind)]


def flag_with_photo(page: Page) -> None:
    """Report a door nobody covers: one sentence, a pin on the map, a photo."""
    picture = bytes(page.evaluate(PICTURE))
    page.locator("#report-door").tap()
    sheet = page.locator("dialog[open]")
    sheet.locator(".save").tap()
    expect(sheet.locator(".said")).to_have_text("先写一句站里能找到这户的话")
    sheet.locator("[name=note]").fill("桥头新搬来一户")
    sheet.locator("#pin-on-map").tap()
    sheet.locator("#pin-map canvas").wait_for()
    sheet.locator("#pin-map").tap(position={"x": 160, "y": 100})
    expect(sheet.locator("#pin-said")).to_have_text("✓ 已在图上标点")
    sheet.locator("input[type=file]").set_input_files(
        {"name": "door.png", "mimeType": "image/png", "buffer": picture}
    )
    sheet.locator(".photos img").wait_for()
    assert sheet_faults(page) == []
    sheet.locator(".save").tap()
    sheet.wait_for(state="detached")


def tap_results(page: Page, *results: str) -> None:
    """Tap one result after the other; the phone goes on to the next door by itself."""
    for result in results:
        now = page.locator(".asked").inner_text()
        page.locator(f"[data-result={result}]").tap()
        expect(page.locator(".asked")).not_to_have_text(now)


def test_a_flag_and_a_sweep_without_a_signal(phone: Page, store: Store, new_page: NewPage) -> None:
    """Six doors, one corrected, a flag with pin and photo: kept over a restart, then all held and shown."""
    assert faults(phone) == []
    phone.context.set_offline(True)
    flag_with_photo(phone)
    expect(phone.locator("#flags .chip")).to_have_text("… 等信号")
    expect(phone.locator("#held.wait")).to_have_text(
        "1 条中 0 条已在站里,其余等信号 · 照片 1 张中 0 张已在站里"
    )

    phone.locator("#sweep").tap()
    phone.locator("#add-building").tap()
    phone.locator("[name=name]").fill("7号楼")
    phone.locator("[name=doors]").fill("6")
    phone.locator("dialog[open] .save").tap()
    expect(phone.locator(".door")).to_have_count(6)
    tap_results(phone, "no_need", "no_need", "nobody_home", "vacant", "no_need", "no_need")
    expect(phone.locator(".asked")).to_have_text("选一户门")
    expect(phone.locator(".next-building")).to_have_text("下一栋:5号楼")
    phone.locator(".door[data-door='2']").tap()
    phone.locator("[data-result=need]").tap()
    expect(phone.locator(".result-pad .line")).to_contain_text("2:有人需要。现在报给站里?")
    assert faults(phone) == []

    phone.reload()
    unlocked(phone)
    expect(phone.locator(".sweep-progress")).to_have_text("5 / 6 户 · 没人在家 1,要再去")
    expect(phone.locator(".door[data-door='2']")).to_have_attribute("aria-label", "2 有人需要")
    assert store.incoming.sweeps.all() == ()

    phone.context.set_offline(False)
    expect(phone.locator("#held.ok")).to_have_text("9 条中 9 条已在站里 · 09:00")
    (building,) = store.incoming.buildings.all(grid_code=GRID_A)
    last = {result.door: result.result for result in store.incoming.sweeps.all(building_id=building.id)}
    assert (building.name, building.doors, last["2"]) == ("7号楼", 6, DoorResult.NEED)
    phone.locator(".tab.grid").tap()
    expect(phone.locator("#sweep")).to_contain_text("5 / 12 户")
    expect(phone.locator("#flags .chip")).to_have_text("✓ 站里已收到")

    (flag,) = store.flags.all()
    assert (flag.kind, flag.note, flag.position is not None) == (FlagKind.UNCOVERED, "桥头新搬来一户", True)
    for _ in range(200):  # photos trail behind
        if store.incoming.photos.all(of_id=flag.id):
            break
        phone.wait_for_timeout(50)
    head = new_page("head")
    head.goto("/flags")
    row = head.locator(f"#flag-{flag.id}")
    expect(row).to_contain_text("没人管的一户")
    assert row.locator("img").evaluate("i => i.decode().then(() => i.naturalWidth)") == 900
    expect(head.locator(f"[data-grid='{GRID_A}']")).to_contain_text("5 / 12")


def test_a_report_is_taken_back_and_everything_fits_at_200_percent(phone: Page, store: Store) -> None:
    """Undo opens the sheet as it was; every view fits half the width."""
    phone.locator("#late button").first.tap()
    sheet = phone.locator("dialog[open]")
    sheet.get_by_text("搬走了").tap()
    sheet.locator(".save").tap()
    expect(phone.locator("#held.ok")).to_be_visible()
    phone.locator(".undo").tap()
    expect(sheet.locator("[value=moved]")).to_be_checked()
    expect(sheet).to_contain_text("李* 北坡村2号")
    phone.set_viewport_size({"width": 180, "height": 320})
    found = sheet_faults(phone)
    sheet.locator(".close").tap()
    expect(phone.locator("#flags li")).to_have_count(0)
    for view in ("#grid", "#grid/sweep"):
        phone.goto(f"/phone{view}")
        found += faults(phone)
    phone.locator(".building-row").first.tap()
    phone.locator("[data-result=need]").tap()
    phone.locator(".result-pad .line").wait_for()
    found += faults(phone)
    assert found == []
    assert [flag.state.value for flag in store.flags.all()] == ["refused"]
