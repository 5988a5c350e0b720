"""A base map of another host: used only where everything about it is said."""

from __future__ import annotations

import pytest

from fieldmap.datum import Datum
from fieldmap.errors import InputError
from fieldmap.settings import load

WMTS = (
    "https://t0.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={{key}}"
)
TIANDITU = " ".join(WMTS.format(layer=layer) for layer in ("vec", "cva"))
GIVEN = {
    "FIELDMAP_TILE_URL": TIANDITU,
    "FIELDMAP_TILE_KEY": "0123abcd",
    "FIELDMAP_TILE_APPROVAL": "GS(2024)0650号",
    "FIELDMAP_TILE_ATTRIBUTION": "国家地理信息公共服务平台(天地图)",
}


def test_there_is_none_by_default() -> None:
    """Without an address the other settings say nothing."""
    assert load({}).tiles is None
    assert load({name: text for name, text in GIVEN.items() if name != "FIELDMAP_TILE_URL"}).tiles is None


def test_two_layers_of_one_host() -> None:
    """The map of 天地图 and its labels: the key put in, the levels left open, one host."""
    found = load(GIVEN).tiles
    assert found is not None
    assert found.origin == "https://t0.tianditu.gov.cn"
    assert [template.count("tk=0123abcd") for template in found.templates] == [1, 1]
    assert all("{z}" in template and "{key}" not in template for template in found.templates)
    assert (found.datum, found.matrix, found.max_zoom) == (Datum.CGCS2000, "w", 18)
    assert (found.approval, found.attribution) == (
        "GS(2024)0650号",
        "国家地理信息公共服务平台(天地图)",
    )


@pytest.mark.parametrize(
    ("text", "datum"), [("wgs84", Datum.WGS84), ("国家2000", Datum.CGCS2000), ("高德", Datum.GCJ02)]
)
def test_a_datum_is_named_as_people_name_it(text: str, datum: Datum) -> None:
    """What an import takes for a datum, a base map takes too."""
    found = load({**GIVEN, "FIELDMAP_TILE_DATUM": text}).tiles
    assert found is not None
    assert found.datum is datum


@pytest.mark.parametrize(
    ("setting", "text", "code"),
    [
        ("URL", "https://tiles.example/{z}/{x}.png?{key}", "tiles.url"),
        ("URL", "https://{s}.tiles.example/{z}/{x}/{y}.png?{key}", "tiles.url"),
        ("URL", "https://tiles.example/{z}/{x}/{y}/{r}.png?{key}", "tiles.url"),
        ("URL", "https://tiles.example/{z}/{x}/{y}}.png?{key}", "tiles.url"),
        ("URL", "//tiles.example/{z}/{x}/{y}.png?{key}", "tiles.url"),
        ("URL", "ftp://tiles.example/{z}/{x}/{y}.png?{key}", "tiles.url"),
        ("URL", "https://me@tiles.example/{z}/{x}/{y}.png?{key}", "tiles.url"),
        ("URL", "https://tiles.example;script-src/{z}/{x}/{y}.png?{key}", "tiles.url"),
        ("URL", 'https://tiles.example/{z}/{x}/{y}".png?{key}', "tiles.url"),
        ("URL", "https://a.example/{z}/{x}/{y}?{key} https://b.example/{z}/{x}/{y}?{key}", "tiles.hosts"),
        ("URL", "https://tiles.example/{z}/{x}/{y}.png", "tiles.key"),
        ("KEY", "", "tiles.key"),
        ("KEY", "a b", "tiles.key"),
        ("KEY", "{z}", "tiles.key"),
        ("APPROVAL", "", "tiles.approval"),
        ("APPROVAL", "  ", "tiles.approval"),
        ("DATUM", "BD-09", "tiles.datum"),
        ("DATUM", "北京54", "tiles.datum"),
        ("MATRIX", "x", "tiles.matrix"),
        ("MAX_ZOOM", "0", "tiles.zoom"),
    ],
)
def test_what_cannot_be_used_is_refused_at_start(setting: str, text: str, code: str) -> None:
    """Each setting that is wrong or missing is named when the settings are read."""
    with pytest.raises(InputError, match="FIELDMAP_TILE_") as refused:
        load({**GIVEN, f"FIELDMAP_TILE_{setting}": text})
    assert refused.value.code == code


def test_the_shifted_datum_needs_the_square_tiling() -> None:
    """GCJ-02 by degrees is no map anybody serves: more likely one of the two settings is wrong."""
    with pytest.raises(InputError) as refused:
        load({**GIVEN, "FIELDMAP_TILE_DATUM": "GCJ-02", "FIELDMAP_TILE_MATRIX": "c"})
    assert refused.value.code == "tiles.datum"


def test_an_error_does_not_tell_the_key() -> None:
    """The key is a secret of the county: messages show the address with its gap."""
    with pytest.raises(InputError) as refused:
        load({**GIVEN, "FIELDMAP_TILE_URL": TIANDITU.replace("{z}", "{zoom}")})
    assert "0123abcd" not in str(refused.value)


@pytest.mark.parametrize("name", ["NEAR_M", "VISITS", "MINUTES"])
def test_what_is_near_and_together_is_more_than_nothing(name: str) -> None:
    """A threshold of 0 would call everything in bulk, or nothing near."""
    with pytest.raises(InputError, match=f"FIELDMAP_EVIDENCE_{name}"):
        load({f"FIELDMAP_EVIDENCE_{name}": "0"})
