"""The coverage map as a page: no other host, nobody's text as code, what goes to the frame."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fieldmap.coverage import measures
from fieldmap.errors import InputError, ServeError
from fieldmap.periods import Period
from tests.fieldmap.ten import GRID_2, TEN, TODAY
from tests.web.conftest import As
from tests.web.drawn import (
    CLINIC,
    RULES,
    WITH_SITES,
    layer_of,
    plan_of,
    scene_of,
)
from tests.web.village import GRID_A, GRID_B, GRIDS, HOUSEHOLDS
from web._map_picture import Scene, coverage_picture
from web._map_values import Layer, Mark, Picture
from web.basemap import Base, BaseKind, BaseLayer
from web.maps import Assets, coverage_map, figures, save


@pytest.mark.parametrize("assets", list(Assets))
def test_the_page_asks_no_other_host(assets: Assets) -> None:
    """Every address in the page is our own, and the inline page has none at all."""
    html = coverage_map(coverage_picture(scene_of(WITH_SITES, plan_of("h-B"))), assets=assets)
    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', html)
    ours = [
        "/static/css/coverage-map.css",
        "/static/js/coverage-map-dots.js",
        "/static/js/coverage-map-draw.js",
        "/static/js/coverage-map-marks.js",
        "/static/js/coverage-map-png.js",
        "/static/js/coverage-map.js",
        "/vendor/leaflet/leaflet.css",
        "/vendor/leaflet/leaflet.js",
    ]
    assert sorted(loaded) == (ours if assets is Assets.SERVER else [])
    assert "jquery" not in html.lower()
    assert "bootstrap" not in html.lower()


@pytest.mark.parametrize(
    "planted",
    ["https://cdn.example/x.js", "http://tiles.example/1.png", "//cdn.example/x.js", "ws://live.example/"],
)
def test_an_outside_address_is_refused(planted: str) -> None:
    """A page with an address of another host is not handed out."""
    layer = Layer("overdue", "超期", (Mark(116.93, 33.31, "1", "第 1 户", "overdue", planted),))
    with pytest.raises(ServeError) as error:
        coverage_map(replace(coverage_picture(scene_of()), layers=(layer,)))
    assert error.value.code == "map.foreign"
    assert planted in str(error.value)


def test_somebodys_text_is_no_address() -> None:
    """A clinic with its home page in its name is drawn, and the address is broken."""
    clinic = replace(CLINIC, name="卫生室 https://clinic.example")
    grid = replace(TEN.grids[GRID_2], name="https://grid.example")
    snapshot = replace(TEN, sites={"s2": clinic}, grids={**TEN.grids, GRID_2: grid})
    html = coverage_map(coverage_picture(scene_of(snapshot)))
    assert "https:/ /clinic.example" in html
    assert "https:/ /grid.example" in html


def test_a_grid_may_be_called_anything() -> None:
    """Markup in a name stays text: in the page, in the strip, in the script."""
    nasty = "</script><img src=x onerror=alert(1)>{{7*7}}`${1}"
    grids = {code: replace(grid, name=nasty) for code, grid in TEN.grids.items()}
    html = coverage_map(coverage_picture(scene_of(replace(TEN, grids=grids))), assets=Assets.INLINE)
    assert "<img src=x" not in html
    assert "{{7*7}}" in html


def test_a_reader_may_enlarge_the_page() -> None:
    """Folium's ban on zooming with two fingers is not taken over."""
    html = coverage_map(coverage_picture(scene_of()))
    assert re.findall(r'<meta name="viewport"[^>]*>', html) == [
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
    ]


def test_the_same_picture_gives_the_same_bytes() -> None:
    """Folium's random ids are replaced: a map can be compared with the one before."""
    picture = coverage_picture(scene_of(WITH_SITES, plan_of("h-B")))
    assert coverage_map(picture) == coverage_map(picture)
    assert re.search(r"_[0-9a-f]{32}", coverage_map(picture)) is None


def test_links_to_files_of_people_are_for_the_server_only() -> None:
    """The page of the desk links to the household, the page that stands alone to nothing."""
    picture = coverage_picture(scene_of())
    assert "/people/h-B" in coverage_map(picture)
    assert "/people/" not in coverage_map(picture, assets=Assets.INLINE)


def test_the_page_that_stands_alone_has_a_heading() -> None:
    """Printed or mailed, the page says measure, month, rate and exclusions."""
    html = coverage_map(coverage_picture(scene_of()), assets=Assets.INLINE)
    assert "<h1>月探访率 · 2026-03</h1><p>3/7 = 42.9 % · 不计 2 人(住院 1、拒访 1)</p>" in html


def test_saving_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """A file is written into a folder that is made; where it cannot be, nothing half stays."""
    save("<html></html>", tmp_path / "new" / "coverage.html")
    assert (tmp_path / "new" / "coverage.html").read_text() == "<html></html>"
    blocked = tmp_path / "taken"
    (blocked / "inside").mkdir(parents=True)
    with pytest.raises(InputError) as error:
        save("<html></html>", blocked)
    assert error.value.code == "map.write"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "taken"]


def test_marks_are_rounded_to_what_a_screen_shows() -> None:
    """A position goes out with six decimals, a decimetre."""
    picture = coverage_picture(scene_of())
    mark = Mark(116.930000049, 33.31, "1", "x", "overdue")
    html = coverage_map(replace(picture, layers=(Layer("overdue", "x", (mark,)),)))
    assert "116.930000049" not in html
    assert "[116.93,33.31," in html


def test_the_closed_month_is_as_it_was() -> None:
    """February is drawn with February's figures, and says until when it counts."""
    february = Period.month(date(2026, 2, 1))
    coverage = measures(TEN, RULES, february, TODAY)
    picture = coverage_picture(Scene(coverage, TEN))
    assert picture.title == "月探访率 · 2026-02"
    assert picture.total.text == coverage.total.contact_rate.text()
    assert "数字截至 2026-02-28" in picture.notes


# What a base map changes


def based(address: str, kind: BaseKind = BaseKind.TILES) -> Picture:
    origin = "https://t0.tiles.example" if kind is BaseKind.TILES else ""
    base = Base(kind, (BaseLayer(address, 0, 22, 18),), "某图", "GS(2024)0650号", origin)
    return replace(coverage_picture(scene_of()), base=base)


def test_a_base_map_of_ours_is_drawn_by_its_script_after_leaflet() -> None:
    """The page loads the script of the base map, after Leaflet, and asks nobody else."""
    html = coverage_map(based("/basemap/1/a.pmtiles", BaseKind.PMTILES))
    assert html.index("leaflet.js") < html.index("/static/js/base-map.js") < html.index("L.map(")
    assert "审图号:GS(2024)0650号" in html


def test_a_base_map_of_another_host_opens_the_page_for_that_host_only() -> None:
    """The host of the settings may be named, any other is refused still; a file to hand on has none."""
    assert "https://t0.tiles.example/{z}" in coverage_map(based("https://t0.tiles.example/{z}/{x}/{y}"))
    with pytest.raises(ServeError):
        coverage_map(based("https://t0.tiles.example.evil/{z}/{x}/{y}"))
    alone = coverage_map(based("https://t0.tiles.example/{z}/{x}/{y}"), assets=Assets.INLINE)
    assert "tiles.example" not in alone


# What goes to the frame


def test_the_figures_are_the_pictures() -> None:
    """Cells, total and layers say in JSON what the picture says; marks name text and style by place."""
    picture = coverage_picture(scene_of())
    sent = figures(picture)
    assert [(c["code"], c["text"], c["fill"]) for c in sent["cells"]] == [
        (c.code, c.text, c.shade.fill) for c in picture.cells
    ]
    assert sent["total"]["text"] == picture.total.text
    layer = next(layer for layer in sent["layers"] if layer["key"] == "overdue")
    (mark,) = layer_of(picture, "overdue").marks
    assert layer["marks"] == [[mark.lon, mark.lat, mark.sign, 0, 0, mark.href]]
    assert (layer["texts"], layer["styles"]) == ([mark.text], ["overdue"])
    assert figures(picture, links=False)["layers"][1]["marks"] == [[mark.lon, mark.lat, mark.sign, 0, 0]]


def test_a_grid_manager_reads_nothing_of_owners() -> None:
    """Without owners neither layer nor words say that nobody is responsible for a household."""
    picture = coverage_picture(scene_of(), owners=False)
    assert "no_owner" not in {layer.key for layer in picture.layers}
    assert [mark.text for layer in picture.layers for mark in layer.marks if "无责任人" in mark.text] == []


@pytest.mark.parametrize("path", ["/map/frame", "/map/figures"])
def test_a_grid_managers_map_has_nothing_of_another_grid(path: str, signed_in: As) -> None:
    """Neither code nor name nor door nor number of another grid goes to her, whatever layers she asks for."""
    layers = "&".join(f"layer={key}" for key in ("never", "overdue", "no_owner", "no_coordinates", "flags"))
    text = signed_in("grid_manager").get(f"{path}?chosen=1&{layers}").text
    assert GRID_A in text
    others = [grid for grid in GRIDS if grid.code != GRID_A]
    houses = [house for house in HOUSEHOLDS if house.grid_code != GRID_A]
    doors = [f"[{house.door.lon},{house.door.lat}" for house in houses if house.door is not None]
    hidden = [*(grid.code for grid in others), *(grid.name for grid in others), *doors, "/people/"]
    assert [word for word in hidden if word in text] == []
    whole = signed_in("head").get(f"{path}?chosen=1&{layers}").text
    assert [word for word in (GRID_A, GRID_B, "/people/") if word not in whole] == []
