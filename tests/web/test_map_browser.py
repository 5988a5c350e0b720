"""The coverage map in a browser with the network cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from fieldmap.coverage import measures
from fieldmap.models import Flag, Position, Snapshot
from fieldmap.periods import Period
from fieldmap.rules import load
from fieldmap.store import Store
from tests.fieldmap.ten import GRID_1, GRID_2, TEN, TODAY, visit, with_visits
from tests.web.conftest import NewPage
from tests.web.phone_plan import publish
from tests.web.village import GRID_A, LAT, LON, NOW
from web.maps import Assets, Scene, coverage_map, coverage_picture, figures, save

pytestmark = pytest.mark.browser

CELLS = "path.fm-cell"
VIEW = (
    "() => { const map = Object.values(window).find((value) => value instanceof L.Map).stop();"
    " const { lat, lng } = map.getCenter(); return [lat, lng, map.getZoom()]; }"
)


def open_map(page: Page, query: str = "") -> FrameLocator:
    """Open the page and wait until its map is drawn."""
    page.goto(f"/map{query}")
    frame = page.frame_locator("iframe")
    expect(frame.locator(CELLS).first).to_be_visible()
    return frame


def fills(frame: FrameLocator | Page) -> list[str]:
    """Return the colours of the grids, in their order."""
    return [str(cell.get_attribute("fill")) for cell in frame.locator(CELLS).all()]


def test_the_map_draws_every_grid_with_a_polygon(new_page: NewPage) -> None:
    """Two polygons, the third grid in the strip, the legend in words, and nothing asked elsewhere."""
    page = new_page("head")
    frame = open_map(page)
    expect(frame.locator(CELLS)).to_have_count(2)
    expect(frame.locator(".fm-legend")).to_contain_text("不足 50 %")
    expect(frame.locator(".fm-legend")).to_be_visible()
    expect(page.locator(".coverage-strip")).to_contain_text("001 南塘网格")
    expect(frame.locator(".fm-label").first).to_contain_text("001")


def test_map_and_table_stand_on_one_screen(new_page: NewPage) -> None:
    """At 1366 × 768 nothing scrolls away: map, legend, table and totals are all in view."""
    page = new_page("head")
    frame = open_map(page)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(frame.locator(".fm-foot")).to_be_in_viewport(ratio=1)
    expect(page.locator(".coverage-total")).to_be_in_viewport(ratio=1)
    expect(page.locator(".coverage-sum")).to_be_in_viewport(ratio=1)
    legend, drawing = frame.locator(".fm-foot").bounding_box(), frame.locator(".folium-map").bounding_box()
    assert legend is not None
    assert drawing is not None
    assert drawing["y"] + drawing["height"] <= legend["y"] + 1
    assert drawing["height"] > 380


def test_another_measure_colours_the_map_anew(new_page: NewPage) -> None:
    """Choosing a measure asks again at once; colours, legend and table follow."""
    page = new_page("head")
    frame = open_map(page)
    before = fills(frame)
    with page.expect_navigation():
        page.select_option("select[name=measure]", "never_contacted")
    expect(frame.locator(".fm-legend")).to_contain_text("10 以上")
    expect(frame.locator(CELLS)).to_have_count(2)
    assert fills(frame) == ["#ffffff", "#fdeccb"]
    assert fills(frame) != before
    expect(page.locator(".coverage-total")).to_have_text("1 人")
    assert "measure=never_contacted" in page.url


def test_a_visit_changes_colour_table_and_total(new_page: NewPage, store: Store) -> None:
    """After one more contact the open grid is drawn with its new rate."""
    page = new_page("head")
    open_map(page)
    before = page.locator(".coverage-total strong").inner_text()
    found = re.match(r"(\d+)/(\d+)", before)
    assert found is not None
    visit = next(v for v in store.snapshot().visits if v.household_id == "h3")
    store.visits.record(replace(visit, id="new", day=TODAY), by="w")
    page.reload()
    after = page.locator(".coverage-total strong").inner_text()
    assert after.startswith(f"{int(found[1]) + 1}/{found[2]} = ")


def test_a_grid_tells_its_figures_when_asked(new_page: NewPage) -> None:
    """A click on a grid opens all its figures, each rate with its denominator."""
    frame = open_map(new_page("head"), "?chosen=1")
    frame.locator(CELLS).first.click(position={"x": 40, "y": 40})
    popup = frame.locator(".leaflet-popup-content")
    expect(popup).to_contain_text("001 北坡一网格")
    expect(popup.locator("dt", has_text="已访 / 应访")).to_be_visible()
    assert re.search(r"\d+/\d+ = \d", popup.inner_text())


def test_a_gap_leads_to_the_household(new_page: NewPage) -> None:
    """The popup of a point has a number and no name, and its link opens the file in the whole window."""
    page = new_page("head")
    frame = open_map(page, "?chosen=1&layer=overdue")
    frame.locator(".fm-mark.fm-overdue span").first.click()
    popup = frame.locator(".leaflet-popup-content")
    expect(popup).to_contain_text(re.compile(r"第 \d+ 户 · .*超期 \d+ 天"))
    with page.expect_navigation():
        popup.locator("a").click()
    assert re.search(r"/people/h\d$", page.url)


def test_layers_are_switched_on_the_map_and_in_the_bar(new_page: NewPage, store: Store) -> None:
    """The layer switch of the map works at once, the boxes of the bar for the next look."""
    store.flags.report(Flag("f1", GRID_A, "", Position(LON + 0.005, LAT + 0.005), "grid_manager", NOW))
    publish(store)
    page = new_page("head")
    frame = open_map(page)
    expect(frame.locator(".fm-mark.fm-flag")).to_have_count(1)
    expect(frame.locator(".fm-mark.fm-planned")).to_have_count(3)
    frame.locator(".leaflet-control-layers-toggle").hover(force=True)
    frame.locator(".leaflet-control-layers-overlays label", has_text="上报").click()
    expect(frame.locator(".fm-mark.fm-flag")).to_have_count(0)
    page.locator(".coverage-layers summary").click()
    with page.expect_navigation():
        page.locator(".coverage-layers label", has_text="超期").click()
    expect(frame.locator(".fm-mark.fm-overdue").first).to_be_attached()


def test_the_map_speaks_english(new_page: NewPage) -> None:
    """Page and frame are English where the reader is."""
    page = new_page("head", lang="en")
    frame = open_map(page)
    expect(frame.locator(".fm-legend")).to_contain_text("under 50 %")
    expect(frame.locator(".leaflet-control-layers-toggle")).to_have_attribute("data-word", "Layers")
    expect(page.locator(".coverage-total")).to_contain_text("not counted")


@pytest.fixture
def cut_off(browser: Browser) -> Iterator[Page]:
    """Return a page that gets nothing but files of this machine; another request fails the test."""
    context = browser.new_context(viewport={"width": 1000, "height": 700}, offline=True)
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert errors == []


def test_the_written_file_draws_the_same_without_server_and_network(cut_off: Page, tmp_path: Path) -> None:
    """Opened from a disk the map has the same grids, colours, legend, strip and heading."""
    scene = Scene(measures(TEN, load(), Period.month(TODAY), TODAY), TEN)
    picture = coverage_picture(scene)
    save(coverage_map(picture, assets=Assets.INLINE), tmp_path / "coverage.html")
    cut_off.goto((tmp_path / "coverage.html").as_uri())
    expect(cut_off.locator(CELLS)).to_have_count(1)
    assert fills(cut_off) == [cell.shade.fill for cell in picture.drawn]
    expect(cut_off.locator("h1")).to_have_text("月探访率 · 2026-03")
    expect(cut_off.locator(".fm-legend li")).to_have_count(6)
    expect(cut_off.locator(".fm-strip")).to_contain_text("002 二网格: 0/2 = 0.0 %")
    expect(cut_off.locator(".fm-label")).to_contain_text("60.0 %")


def test_a_name_full_of_markup_is_shown_as_it_is(cut_off: Page, tmp_path: Path) -> None:
    """Whatever a grid is called, nothing of it runs; the popup shows it letter by letter."""
    nasty = "<img src=x onerror=alert(1)>"
    grids = {**TEN.grids, GRID_1: replace(TEN.grids[GRID_1], name=nasty)}
    snapshot = replace(TEN, grids={**grids, GRID_2: replace(TEN.grids[GRID_2], name=nasty)})
    scene = Scene(measures(snapshot, load(), Period.month(TODAY), TODAY), snapshot)
    html = coverage_map(coverage_picture(scene, shown=()), assets=Assets.INLINE)
    save(html, tmp_path / "coverage.html")
    cut_off.goto((tmp_path / "coverage.html").as_uri())
    cut_off.locator(CELLS).click(position={"x": 30, "y": 30})
    expect(cut_off.locator(".leaflet-popup-content")).to_contain_text(nasty)
    expect(cut_off.locator(".fm-strip")).to_contain_text(nasty)
    expect(cut_off.locator("img")).to_have_count(0)


def drawn(page: Page, scene: Scene, tmp_path: Path, shown: Iterable[str] = ()) -> None:
    """Draw a scene in a window without a server, and write down what the map tells its page."""
    save(
        coverage_map(coverage_picture(scene, shown=frozenset(shown)), assets=Assets.INLINE),
        tmp_path / "m.html",
    )
    page.goto((tmp_path / "m.html").as_uri())
    expect(page.locator(CELLS).first).to_be_visible()
    page.evaluate(
        "() => { window.picked = []; fieldmapMap.onPick((code) => window.picked.push(code));"
        " fieldmapMap.onDraw((points) => { window.area = points; }); }"
    )


def scene_of(snapshot: Snapshot) -> Scene:
    return Scene(measures(snapshot, load(), Period.month(TODAY), TODAY), snapshot)


def test_new_figures_are_painted_in_place(cut_off: Page, tmp_path: Path) -> None:
    """Colour, label, legend, marks and the open box follow a visit; view and picks stay; twice is as once."""
    drawn(cut_off, scene_of(TEN), tmp_path, {"overdue"})
    cut_off.evaluate("code => fieldmapMap.select([code])", GRID_1)
    cut_off.locator(CELLS).click(position={"x": 30, "y": 30})
    expect(cut_off.locator(".leaflet-popup-content")).to_contain_text("3/5 = 60.0 %")
    marks = cut_off.locator(".fm-mark.fm-overdue")
    before, view = marks.count(), cut_off.evaluate(VIEW)
    after = figures(
        coverage_picture(scene_of(with_visits(visit("B", TODAY), visit("CD", TODAY))), shown={"overdue"})
    )
    for _ in range(2):
        cut_off.evaluate("figures => fieldmapMap.update(figures)", after)
        expect(cut_off.locator(".leaflet-popup-content")).to_contain_text("5/5 = 100.0 %")
        expect(cut_off.locator(".fm-label")).to_contain_text("100.0 %")
        expect(cut_off.locator(".fm-legend li", has_text=re.compile("^100 %"))).to_contain_text("×1")
        assert fills(cut_off) == [after["cells"][0]["fill"]]
        assert marks.count() == before - 1
        expect(cut_off.locator(f"{CELLS}.fm-picked")).to_have_count(1)
    assert cut_off.evaluate(VIEW) == view
    expect(cut_off.locator(".leaflet-control-layers-overlays label")).to_have_count(len(after["layers"]))


def test_a_grid_is_picked_by_click_by_key_and_in_the_strip(cut_off: Page, tmp_path: Path) -> None:
    """A click, the enter key and the strip each name the grid; outside all grids has no code."""
    outside = replace(TEN.households["h-A"], door=Position(116.99, 33.31))
    drawn(cut_off, scene_of(replace(TEN, households={**TEN.households, "h-A": outside})), tmp_path)
    cut_off.locator(CELLS).click(position={"x": 30, "y": 30})
    cut_off.locator(CELLS).focus()
    cut_off.keyboard.press("Enter")
    cut_off.locator(".fm-strip button", has_text="002").click()
    cut_off.locator(".fm-strip button", has_text="网格外").click()
    assert cut_off.evaluate("window.picked") == [GRID_1, GRID_1, GRID_2, ""]
    cut_off.evaluate("fieldmapMap.select(['', 'unknown'])")
    expect(cut_off.locator(".fm-strip button[aria-pressed=true]")).to_have_text(re.compile("网格外"))


def test_an_area_is_drawn_point_by_point(cut_off: Page, tmp_path: Path) -> None:
    """Clicks make corners and no grid is picked; a point is taken back; escape leaves nothing."""
    drawn(cut_off, scene_of(TEN), tmp_path)
    corners = [(300, 300), (500, 300), (500, 420), (320, 430)]
    cut_off.evaluate("fieldmapMap.startDrawing()")
    done = cut_off.locator(".fm-draw-bar button").first
    for x, y in corners:
        cut_off.mouse.click(x, y)
    cut_off.locator(".fm-draw-bar button", has_text="退一点").click()
    expect(done).to_be_enabled()
    done.click()
    expect(cut_off.locator(".fm-draw-bar")).to_have_count(0)
    area = cut_off.evaluate("window.area")
    assert len(area) == 3
    assert all(116 < lon < 118 and 33 < lat < 34 for lon, lat in area)
    assert cut_off.evaluate("window.picked") == []
    cut_off.evaluate("() => { window.area = null; fieldmapMap.startDrawing(); }")
    for x, y in corners:
        cut_off.mouse.click(x, y)
    cut_off.keyboard.press("Escape")
    assert cut_off.evaluate("window.area") is None
    cut_off.evaluate("fieldmapMap.startDrawing()")
    for x, y in corners[:3]:
        cut_off.mouse.click(x, y)
    cut_off.mouse.dblclick(*corners[3])
    assert len(cut_off.evaluate("window.area")) == 4


def test_very_many_points_are_dots_that_answer(cut_off: Page, tmp_path: Path) -> None:
    """Beyond some hundred households the points are one canvas, and a click on one opens it."""
    west, south = 116.921, 33.301
    doors = [Position(west + 0.0006 * (n % 30), south + 0.0006 * (n // 30)) for n in range(450)]
    houses = {f"h{n}": replace(TEN.households["h-A"], id=f"h{n}", door=door) for n, door in enumerate(doors)}
    people = {f"c{n}": replace(TEN.clients["A"], id=f"c{n}", household_id=f"h{n}") for n in range(len(doors))}
    tags = [
        replace(tag, id=f"{tag.id}-{key}", client_id=key)
        for tag in TEN.tags
        if tag.client_id == "A"
        for key in people
    ]
    crowd = replace(
        TEN,
        households={**TEN.households, **houses},
        clients={**TEN.clients, **people},
        tags=(*TEN.tags, *tags),
    )
    drawn(cut_off, scene_of(crowd), tmp_path, {"no_owner"})
    expect(cut_off.locator("canvas.fm-dots-canvas")).to_have_count(1)
    expect(cut_off.locator(".fm-mark.fm-no_owner")).to_have_count(0)
    point = cut_off.evaluate(
        "([lat, lon]) => { const m = Object.values(window).find((v) => v instanceof L.Map);"
        " m.setView([lat, lon], 16, { animate: false }); const p = m.latLngToContainerPoint([lat, lon]);"
        " const box = m.getContainer().getBoundingClientRect(); return [p.x + box.left, p.y + box.top]; }",
        [doors[200].lat, doors[200].lon],
    )
    cut_off.mouse.click(point[0] - 9, point[1] + 9)
    expect(cut_off.locator(".leaflet-popup-content")).to_contain_text(
        re.compile(r"第 \d+ 户 · .*无责任人 1 人")
    )


def test_the_picture_to_keep_is_a_png_without_points(cut_off: Page, tmp_path: Path) -> None:
    """The PNG is as large as a sheet, and the same with all layers on and with none."""
    take = (
        "async () => { const blob = await fieldmapMap.png();"
        " const bytes = new Uint8Array(await blob.arrayBuffer());"
        " return [blob.type, bytes.length, bytes.join()]; }"
    )
    found = []
    for shown in ((), ("overdue", "never", "no_owner", "no_coordinates")):
        drawn(cut_off, scene_of(TEN), tmp_path, shown)
        found.append(cut_off.evaluate(take))
    assert found[0][0] == "image/png"
    assert found[0][1] > 10_000
    assert found[0] == found[1]
