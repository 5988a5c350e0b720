"""The coverage map by Folium: the only door to it.

Folium's own page asks 15 outside addresses (Leaflet, Bootstrap, jQuery, icon
fonts…) and draws nothing without them. Here it gets Leaflet from our own
server, or written into the file, and nothing else; popups and labels are
``static/js/coverage-map.js``. The finished page is searched for outside
addresses and refused if one is left.
"""

from __future__ import annotations

import base64
import re
from enum import StrEnum
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.map import CustomPane
from folium.template import Template
from shapely import set_precision
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from fieldmap.errors import InputError, ServeError
from web._map_page import foot, head, plain
from web._map_picture import SHOWN, Scene, coverage_picture
from web._map_values import Cell, Picture
from web._map_wire import figures, script_json
from web.basemap import Base
from web.i18n import gettext
from web.vendor import vendor_file

__all__ = ["SHOWN", "Assets", "Picture", "Scene", "coverage_map", "coverage_picture", "figures", "save"]

_STATIC = Path(__file__).parent / "static"
_SCRIPTS = [
    ("leaflet", "/vendor/leaflet/leaflet.js"),
    ("fieldmap", "/static/js/coverage-map.js"),
    ("fieldmap_dots", "/static/js/coverage-map-dots.js"),
    ("fieldmap_marks", "/static/js/coverage-map-marks.js"),
    ("fieldmap_draw", "/static/js/coverage-map-draw.js"),
    ("fieldmap_png", "/static/js/coverage-map-png.js"),
]
_STYLES = [("leaflet_css", "/vendor/leaflet/leaflet.css"), ("fieldmap_css", "/static/css/coverage-map.css")]

_HOST = re.compile(r"""//[^\s"'<>)]+""")
_BEFORE_HOST = re.compile(r"""(?:\b[a-z][a-z+.-]*:|["'(=]\s*)\Z""", re.IGNORECASE)
_SCHEME = 40  # characters before the slashes in which a scheme is looked for
_NAMESPACE = re.compile(r"http://www\.w3\.org/\S+")
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
_FOLIUM_ID = re.compile(r"(?<=_)[0-9a-f]{32}(?![0-9a-f])")

_DEGREES = 1e-6  # 0.1 m
_MAX_ZOOM = 19
_OUTLINE = {"className": "fm-cell", "color": "#3c4a47", "weight": 1.2, "fillOpacity": 0.85}
_EMPTY_VIEW = ([35.0, 105.0], 4)  # China, where nothing has a place yet


class Assets(StrEnum):
    """Where the page gets Leaflet from."""

    SERVER = "server"
    INLINE = "inline"


class _Map(folium.Map):
    """Folium's map with our own scripts and styles instead of its fifteen."""

    default_js = _SCRIPTS
    default_css = _STYLES


class _Html(Element):
    """HTML as it is: branca would read braces in it as a template."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html

    def render(self, **_: Any) -> str:
        """Return the HTML."""
        return self.html


class _Start(MacroElement):
    """The call that paints the figures of the page on Folium's map and its layer of grids."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        fieldmapMap.start({{ this._parent.get_name() }}, {{ this.grids.get_name() }}, {{ this.base }});
        {% endmacro %}
        """
    )

    def __init__(self, grids: folium.GeoJson, base: Base | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.grids = grids
        self.base = script_json(base.value() if base else None)


def coverage_map(picture: Picture, *, assets: Assets = Assets.SERVER) -> str:
    """Draw a coverage map as a whole HTML page.

    Parameters
    ----------
    picture
        Cells, layers and legend, in the language of the request.
    assets
        ``SERVER`` links Leaflet at ``/vendor/``; ``INLINE`` writes it, a
        heading and everything else into the page, which then needs no server
        and links to none.

    Returns
    -------
    str
        The same bytes for the same picture.

    Raises
    ------
    ServeError
        ``map.foreign``: an outside address is left; ``serve.vendor``: the npm
        packages are not installed.
    """
    base = picture.base if assets is Assets.SERVER else None
    page = Figure()
    map_ = _Map(
        tiles=None,
        crs=base.crs if base else "EPSG3857",
        max_zoom=_MAX_ZOOM,
        maxZoom=_MAX_ZOOM,
        zoom_snap=0.25,
        zoom_delta=0.5,
        attribution_control=False,
    )
    page.add_child(map_)
    grids = _draw_grids(map_, picture.drawn)
    _set_view(map_, picture)
    map_.add_child(_Start(grids, base))
    if assets is Assets.INLINE:
        page.html.add_child(_Html(head(picture)), index=0)
    page.html.add_child(_Html(foot(strip=assets is Assets.INLINE)))
    first = script_json(figures(picture, links=assets is Assets.SERVER))
    page.html.add_child(_Html(f'<script type="application/json" id="fm-figures">{first}</script>'))
    page.html.add_child(_Html("<script>fieldmapMap.begin();</script>"))
    if base is not None:
        # after Leaflet, which stands in the head, and before the map is made
        page.html.add_child(_Html(f'<script src="{base.script}"></script>'))
    html = _finish(page.render(), picture.title, base.origin if base else "")
    return _inlined(html) if assets is Assets.INLINE else html


def save(html: str, path: Path) -> None:
    """Write a page, whole or not at all.

    Raises
    ------
    InputError
        ``map.write``: the file cannot be written there.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(html, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise InputError("map.write", f"{path} ({error.strerror})") from error


def _draw_grids(map_: folium.Map, cells: tuple[Cell, ...]) -> folium.GeoJson:
    """Draw the outlines of the grids; their colours come with the figures."""
    # dots under the labels, signs over them; Leaflet's own pane for markers is 600
    CustomPane("fm-dots", z_index=550, pointer_events=True).add_to(map_)
    CustomPane("fm-labels", z_index=560).add_to(map_)
    grids = folium.GeoJson(
        {"type": "FeatureCollection", "features": [_outline(cell) for cell in cells]},
        name=gettext("网格"),
        control=False,
        style_function=lambda _: _OUTLINE,
    )
    grids.add_to(map_)
    return grids


def _set_view(map_: folium.Map, picture: Picture) -> None:
    """Fit the grids; without any, the points; without any, the country."""
    boxes = [cell.geometry.bounds for cell in picture.drawn if cell.geometry is not None]
    boxes = boxes or [(m.lon, m.lat, m.lon, m.lat) for layer in picture.layers for m in layer.marks]
    if not boxes:
        map_.location, map_.options["zoom"] = _EMPTY_VIEW
        return
    west, south, east, north = zip(*boxes, strict=True)
    map_.fit_bounds([[min(south), min(west)], [max(north), max(east)]], padding=(14, 14), max_zoom=17)


def _outline(cell: Cell) -> dict[str, Any]:
    """Return a grid as GeoJSON, with its box and a point inside it for the label."""
    shape = cell.geometry
    assert isinstance(shape, BaseGeometry)
    inside = shape.representative_point()
    return {
        "type": "Feature",
        "id": cell.code,
        "geometry": _geometry(shape),
        "properties": {
            "at": [round(inside.x, 6), round(inside.y, 6)],
            "box": [round(edge, 6) for edge in shape.bounds],
        },
    }


def _geometry(shape: BaseGeometry) -> dict[str, Any]:
    """Return GeoJSON rounded to what a screen can show."""
    rounded = set_precision(shape, _DEGREES)
    assert rounded is not None
    return dict(mapping(rounded))


def _finish(html: str, title: str, allowed: str) -> str:
    """Give the page language, title, a viewport that may be enlarged and lasting ids, and check it."""
    numbers: dict[str, str] = {}
    counter = count(1)
    html = _FOLIUM_ID.sub(lambda m: numbers.setdefault(m[0], str(next(counter))), html)
    html = _VIEWPORT.sub('<meta name="viewport" content="width=device-width, initial-scale=1">', html)
    html = html.replace("<html>", f'<html lang="{gettext("zh-CN")}">', 1)
    html = html.replace("<head>", f"<head>\n<title>{escape(plain(title))}</title>", 1)
    _assert_no_foreign(html, allowed)
    return html


def _assert_no_foreign(html: str, allowed: str) -> None:
    """Refuse a page with an address of another host; ``allowed`` is the one the settings name, or empty."""
    for host in _HOST.finditer(html):  # a county's page is a megabyte: slashes first
        before = _BEFORE_HOST.search(html, max(0, host.start() - _SCHEME), host.start())
        if before is None:
            continue
        found = before[0] + host[0]
        if not _NAMESPACE.fullmatch(found) and not (allowed and found.startswith(f"{allowed}/")):
            raise ServeError("map.foreign", found.strip("\"'(= "))


def _inlined(html: str) -> str:
    """Write scripts and styles into the page.

    This comes after the search for outside addresses: Leaflet names its own
    home page in a comment and in the attribution, which is switched off.
    """
    for _, address in _SCRIPTS:
        script = _source(address).read_text(encoding="utf-8")
        html = html.replace(f'<script src="{address}"></script>', f"<script>{script}</script>")
    for _, address in _STYLES:
        style = _with_pictures(_source(address))
        html = html.replace(f'<link rel="stylesheet" href="{address}"/>', f"<style>{style}</style>")
    return html


def _source(address: str) -> Path:
    _, root, name = address.split("/", 2)
    if root == "static":
        return _STATIC / name
    path = vendor_file(name)
    assert path is not None, name
    return path


def _with_pictures(path: Path) -> str:
    def data(match: re.Match[str]) -> str:
        picture = base64.b64encode((path.parent / match[1]).read_bytes()).decode()
        return f"url(data:image/png;base64,{picture})"

    return re.sub(r"url\((images/[\w.-]+\.png)\)", data, path.read_text(encoding="utf-8"))
