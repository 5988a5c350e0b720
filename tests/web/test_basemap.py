"""The base map under the coverage map: what it is, how it is sent, how it is drawn."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from fieldmap.datum import Datum, from_wgs84
from fieldmap.errors import language
from fieldmap.settings import Settings
from fieldmap.store import Store
from routing.tiles import Tiles, make_tiles
from tests.browser import Windows, serving
from tests.routing.test_clip import VILLAGE, drawn
from tests.routing.test_tiles import folder
from tests.web.cli.county import Ran
from tests.web.conftest import As, NewPage, Served
from tests.web.village import NOW, TODAY, Village
from web.app import create_app
from web.basemap import BaseKind, base_of
from web.cli.demonstration import DEMO_DAY, PASSWORD
from web.security import CSP, frame_csp

HOST = "https://t0.tianditu.gov.cn"
WORDS = "国家地理信息公共服务平台(天地图) · 审图号:GS(2024)0650号"
SOURCE = Settings(
    tile_url=f"{HOST}/vec/{{z}}/{{y}}/{{x}} {HOST}/cva/{{z}}/{{y}}/{{x}}",
    tile_approval="GS(2024)0650号",
    tile_attribution="国家地理信息公共服务平台(天地图)",
)
NOWHERE = Path("no-such-network")


@pytest.fixture
def tiles(settings: Settings) -> Tiles:
    """Return the base map of another village, where the app looks for it."""
    return make_tiles(folder(settings.network.parent, drawn()))


def test_without_roads_and_source_there_is_none() -> None:
    """The map then stands on white, and its frame may ask nobody."""
    assert base_of(Settings(network=NOWHERE)) is None
    assert "http" not in frame_csp()


def test_our_own_tiles_ask_no_other_host(tiles: Tiles, settings: Settings) -> None:
    """Each level of the map is drawn from one file; whose data it is stands beside it."""
    base = base_of(settings)
    assert base is not None
    assert (base.kind, base.origin, base.crs) == (BaseKind.PMTILES, "", "EPSG3857")
    assert [layer.url for layer in base.layers] == [
        f"/basemap/{tiles.edition}/{name}.pmtiles" for name in ("county", "town", "street")
    ]
    assert [(layer.first, layer.last, layer.finest) for layer in base.layers] == [
        (9, 11, 10),
        (12, 14, 13),
        (15, 22, 14),
    ]
    assert base.words() == "地图数据 © OpenStreetMap 贡献者"
    token = language.set("en")
    assert base_of(settings) == replace(base, attribution="Map data © OpenStreetMap contributors")
    language.reset(token)


def test_a_source_of_the_settings_goes_before_our_own(tiles: Tiles, settings: Settings) -> None:
    """Its two layers, its host for the frame's policy, its approval number beside the map."""
    base = base_of(replace(SOURCE, network=settings.network))
    assert tiles.folder.is_dir()
    assert base is not None
    assert (base.kind, base.origin, base.crs) == (BaseKind.TILES, HOST, "EPSG3857")
    assert [layer.url for layer in base.layers] == SOURCE.tile_url.split()
    assert base.words() == WORDS
    assert base.value()["scripts"] == ()


@pytest.mark.parametrize(
    ("changes", "crs", "offset"),
    [
        ({"tile_datum": "WGS-84"}, "EPSG3857", 0),
        ({"tile_datum": "GCJ-02"}, "GCJ02", 0),
        ({"tile_matrix": "c"}, "EPSG4326", 1),
    ],
)
def test_the_map_follows_the_datum_and_the_tiling(changes: dict[str, Any], crs: str, offset: int) -> None:
    """A shifted source shifts the whole map, so that nothing on it lies half a kilometre off."""
    base = base_of(replace(SOURCE, **changes))
    assert base is not None
    assert (base.crs, base.zoom_offset) == (crs, offset)


def test_only_pictures_and_only_of_that_host() -> None:
    """The frame's policy gains one host for pictures, in nothing else; no page gains anything."""
    mine, theirs = frame_csp().split("; "), frame_csp(HOST).split("; ")
    assert [pair for pair in zip(mine, theirs, strict=True) if pair[0] != pair[1]] == [
        ("img-src 'self' data:", f"img-src 'self' data: {HOST}")
    ]
    assert "http" not in CSP


def test_a_file_is_sent_by_pieces(signed_in: As, tiles: Tiles) -> None:
    """A browser asks for a range and gets it, may keep it for ever, and knows the whole by its tag."""
    path = tiles.file("street.pmtiles")
    assert path is not None
    address = f"/basemap/{tiles.edition}/street.pmtiles"
    client = signed_in("head")
    piece = client.get(address, headers={"range": "bytes=0-6"})
    assert (piece.status_code, piece.content) == (206, b"PMTiles")
    assert piece.headers["content-range"] == f"bytes 0-6/{path.stat().st_size}"
    assert "immutable" in piece.headers["cache-control"]
    whole = client.get(address)
    assert (whole.status_code, whole.content) == (200, path.read_bytes())
    assert whole.headers["etag"] == piece.headers["etag"]
    beyond = client.get(address, headers={"range": f"bytes={path.stat().st_size}-"})
    assert beyond.status_code == 416


def test_nothing_else_of_the_folder_is_sent(signed_in: As, tiles: Tiles) -> None:
    """Another name, another edition or the way up finds nothing; without a session nobody gets anything."""
    client = signed_in("worker")
    for address in (
        f"/basemap/{tiles.edition}/network.json",
        f"/basemap/{tiles.edition}/..%2Fnetwork.json",
        "/basemap/tiles-000000000000-1/street.pmtiles",
    ):
        assert client.get(address).status_code == 404
    assert signed_in("").get(f"/basemap/{tiles.edition}/street.pmtiles").status_code == 303


BLANK = """base => {
  document.body.replaceChildren(document.createElement("div"));
  const box = document.body.firstChild;
  Object.assign(box.style, {position: "fixed", inset: 0});
  window.map = L.map(box, {crs: L.CRS[base.crs], attributionControl: false, zoomSnap: 0.25});
  map.setView(base.view, base.zoom, {animate: false});
  window.ready = new Promise(done => fieldmapBase.add(map, base.value).on("ready", done));
}"""
"""A map with nothing on it but a base map."""

PAINTED = """([grey, water]) => {
  const found = {grey: 0, water: 0};
  for (const canvas of document.querySelectorAll(".leaflet-fm-base-pane canvas")) {
    const {width, height} = canvas;
    const pixels = width ? canvas.getContext("2d").getImageData(0, 0, width, height).data : [];
    for (let i = 0; i < pixels.length; i += 4) {
      const [red, green, blue, opaque] = pixels.slice(i, i + 4);
      if (opaque < 200 || red > 230) continue;
      if (blue > red + 20) found.water += 1;
      else if (Math.abs(blue - red) < 16 && Math.abs(green - red) < 16) found.grey += 1;
    }
  }
  return found.grey >= grey && found.water >= water;
}"""
"""Whether the base map has so many pixels of a road's or a house's grey, and so many of water."""


def show(page: Page, base: Mapping[str, Any]) -> None:
    """Put a base map on an empty page of ours."""
    page.goto("/desk")
    page.add_style_tag(url="/vendor/leaflet/leaflet.css")
    page.add_script_tag(url="/vendor/leaflet/leaflet.js")
    page.add_script_tag(url="/static/js/base-map.js")
    page.evaluate(BLANK, {"crs": "EPSG3857", "view": VILLAGE[::-1], "zoom": 16, **base})


@pytest.mark.browser
def test_roads_and_water_are_drawn(new_page: NewPage, tiles: Tiles, settings: Settings) -> None:
    """From our own file, at a whole level and between two, with the network cut; the credit is plain text."""
    base = base_of(settings)
    assert base is not None
    page = new_page("head")
    for zoom, grey, water in ((16, 500, 500), (14.25, 50, 100), (11.25, 0, 5)):
        show(page, {"value": base.value(), "zoom": zoom})
        page.evaluate("ready")
        page.wait_for_function(PAINTED, arg=[grey, water])
    credit = page.locator(".fm-base-words")
    assert credit.inner_text() == base.words()
    assert credit.locator("a").count() == 0
    assert page.evaluate("map.options.minZoom") is None


@pytest.mark.browser
def test_the_shifted_map_agrees_with_the_datum(new_page: NewPage) -> None:
    """In a browser GCJ-02 lies where fieldmap.datum puts it, and comes back to a tenth of a millimetre."""
    page = new_page("head")
    show(page, {"value": {"kind": "tiles", "layers": [], "words": ""}, "crs": "GCJ02"})
    lon, lat = np.meshgrid(np.linspace(75, 134, 9), np.linspace(19, 53, 7))
    places = np.column_stack([lon.ravel(), lat.ravel()])
    there, back = page.evaluate(
        """places => {
          const {SphericalMercator} = L.Projection;
          const put = places.map(([lon, lat]) => L.CRS.GCJ02.project(L.latLng(lat, lon)));
          const pairs = found => found.map(({lng, lat}) => [lng, lat]);
          const unput = by => pairs(put.map(point => by.unproject(point)));
          return [unput(SphericalMercator), unput(L.CRS.GCJ02)];
        }""",
        places.tolist(),
    )
    expected = np.column_stack(from_wgs84(places[:, 0], places[:, 1], Datum.GCJ02))
    assert np.abs(expected - places).max() > 0.001
    np.testing.assert_allclose(np.array(there), expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.array(back), places, rtol=0, atol=1e-9)


@pytest.mark.browser
def test_pictures_are_asked_for_at_the_right_level(new_page: NewPage, served_app: Served) -> None:
    """Two layers by degrees at level 12: their host's level 13 of the tile that the village lies in."""
    picture = f"{served_app.url}/vendor/leaflet/images/layers.png?{{z}}/{{x}}/{{y}}"
    settings = replace(SOURCE, tile_url=f"{picture}/vec {picture}/cva", tile_matrix="c")
    base = base_of(settings)
    assert base is not None
    page = new_page("head")
    show(page, {"value": base.value(), "crs": base.crs, "zoom": 12})
    expect(page.locator(".leaflet-fm-base-pane img.leaflet-tile-loaded").nth(3)).to_be_attached()
    asked = page.evaluate(
        "[...document.querySelectorAll('.leaflet-fm-base-pane img')].map(image => image.src.split('?')[1])"
    )
    column, row = int((VILLAGE[0] + 180) / 360 * 2**13), int((90 - VILLAGE[1]) / 180 * 2**12)
    assert {f"13/{column}/{row}/vec", f"13/{column}/{row}/cva"} <= set(asked)
    assert page.locator(".fm-base-words").inner_text() == WORDS


def open_map(page: Page) -> Frame:
    """Open the coverage page and return its map."""
    page.goto("/map")
    expect(page.frame_locator("iframe").locator("path.fm-cell").first).to_be_visible()
    return next(frame for frame in page.frames if "/map/frame" in frame.url)


@pytest.mark.browser
def test_the_towns_roads_lie_on_its_map(browser: Browser, demo_ran: tuple[Path, Ran], tmp_path: Path) -> None:
    """The demo's coverage page draws roads of the sample town and asks nobody but the station."""
    made, _ = demo_ran
    db = Path(shutil.copy(made / "county.db", tmp_path))
    store = Store.open(db)
    session = store.accounts.sign_in("head", PASSWORD, hours=1)
    store.close()
    with serving(create_app(Settings(db=db, network=made / "network", today=DEMO_DAY))) as url:
        windows = Windows(browser, url)
        frame = open_map(windows.open(session=session))
        frame.wait_for_function(PAINTED, arg=[300, 20])
        expect(frame.locator(".fm-base-words")).to_have_text("地图数据 © OpenStreetMap 贡献者")
        frame.locator(".leaflet-control-layers-toggle").hover(force=True)
        frame.locator(".leaflet-control-layers-overlays label", has_text="底图").click()
        expect(frame.locator(".fm-base-words")).to_have_count(0)
        expect(frame.locator(".leaflet-fm-base-pane canvas")).to_have_count(0)
        windows.close()
    assert windows.foreign == windows.errors == windows.complaints == []


@pytest.mark.browser
def test_a_named_host_is_asked_for_pictures_and_nothing_else(
    browser: Browser, village: Village, settings: Settings
) -> None:
    """With a source set the map asks that host for tiles only, and says whose they are and their number."""
    named = replace(SOURCE, db=settings.db, network=NOWHERE)
    with serving(create_app(named, today=lambda: TODAY, clock=lambda: NOW)) as url:
        windows = Windows(browser, url)
        frame = open_map(windows.open(session=village.tokens["head"]))
        expect(frame.locator(".leaflet-fm-base-pane img").first).to_be_attached()
        expect(frame.locator(".fm-base-words")).to_have_text(WORDS)
        windows.close()
    assert windows.errors == []
    assert windows.foreign
    assert all(address.startswith((f"{HOST}/vec/", f"{HOST}/cva/")) for address in windows.foreign)
