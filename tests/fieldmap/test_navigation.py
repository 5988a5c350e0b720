"""Navigation links: the right datum, order and word for each app, and no name."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest

from fieldmap.models import Household, Position, TravelMode
from fieldmap.navigation import MapApp, Phone, destination, links, stop_label

# The first test vector of domain.md §4.1: WGS-84 and the same point in GCJ-02.
DOOR = Position(118.317000, 32.302000)
GCJ_LON, GCJ_LAT = "118.322401", "32.299993"
HOUSE = Household("h1", "990101001201", "安庄 3 号", "安一", door=DOOR)


def url(app: MapApp, mode: TravelMode, phone: Phone, origin: Position | None = None) -> str:
    """Return one of the links, label decoded."""
    found = {link.app: link.url for link in links(DOOR, mode, stop_label(7), phone=phone, origin=origin)}
    return unquote(found[app])


@pytest.mark.parametrize(
    ("mode", "word"), [(TravelMode.WALK, "walk"), (TravelMode.EBIKE, "ride"), (TravelMode.CAR, "car")]
)
def test_amap_gets_gcj02_longitude_first(mode: TravelMode, word: str) -> None:
    """Amap's universal link has GCJ-02, longitude first, and rides where the worker has an e-bike."""
    assert url(MapApp.AMAP, mode, Phone.ANDROID) == (
        f"https://uri.amap.com/navigation?to={GCJ_LON},{GCJ_LAT},走访点 7&mode={word}"
        "&src=fieldmap&callnative=1"
    )


@pytest.mark.parametrize(
    ("phone", "start", "source"),
    [(Phone.ANDROID, "bdapp", "andr"), (Phone.IOS, "baidumap", "ios")],
)
def test_baidu_app_gets_gcj02_latitude_first_and_says_so(phone: Phone, start: str, source: str) -> None:
    """Baidu's app takes latitude first and must be told the datum; each system has its scheme."""
    assert url(MapApp.BAIDU, TravelMode.EBIKE, phone) == (
        f"{start}://map/direction?destination=name:走访点 7|latlng:{GCJ_LAT},{GCJ_LON}"
        f"&coord_type=gcj02&mode=riding&src={source}.fieldmap.fieldmap"
    )


def test_baidu_page_starts_somewhere() -> None:
    """Baidu's page needs a start; without one there is no link rather than a broken one."""
    assert url(MapApp.BAIDU, TravelMode.WALK, Phone.OTHER, origin=Position(104.066, 30.572)) == (
        "https://api.map.baidu.com/direction?origin=latlng:30.569545,104.068504|name:起点"
        f"&destination=name:走访点 7|latlng:{GCJ_LAT},{GCJ_LON}&coord_type=gcj02&mode=walking"
        "&region=全国&output=html&src=webapp.fieldmap.fieldmap"
    )
    without = links(DOOR, TravelMode.WALK, stop_label(7), phone=Phone.WECHAT)
    assert [link.app for link in without] == [MapApp.AMAP, MapApp.TENCENT, MapApp.GEO]


def test_tencent_app_and_page_differ() -> None:
    """Tencent's app knows a bicycle, its page does not; both take latitude first."""
    assert url(MapApp.TENCENT, TravelMode.EBIKE, Phone.IOS) == (
        f"qqmap://map/routeplan?type=bike&to=走访点 7&tocoord={GCJ_LAT},{GCJ_LON}"
        "&fromcoord=CurrentLocation&referer=fieldmap"
    )
    assert url(MapApp.TENCENT, TravelMode.EBIKE, Phone.OTHER) == (
        f"https://apis.map.qq.com/uri/v1/routeplan?type=drive&to=走访点 7&tocoord={GCJ_LAT},{GCJ_LON}"
        "&coord_type=2&referer=fieldmap"
    )


def test_geo_is_wgs84_and_not_for_an_iphone_or_a_desk() -> None:
    """A geo: link is WGS-84 by its standard, latitude first; WeChat gets it too, an iPhone cannot open it."""
    for phone in (Phone.ANDROID, Phone.WECHAT):
        assert url(MapApp.GEO, TravelMode.WALK, phone) == (
            "geo:32.302000,118.317000?q=32.302000,118.317000(走访点 7)"
        )
    for phone in (Phone.IOS, Phone.OTHER):
        assert MapApp.GEO not in [link.app for link in links(DOOR, TravelMode.WALK, "", phone=phone)]


def test_wechat_gets_no_scheme_of_an_app() -> None:
    """Inside WeChat only pages and geo: are offered, and Amap is not asked to start its app."""
    found = links(DOOR, TravelMode.WALK, stop_label(7), phone=Phone.WECHAT, origin=DOOR)
    assert all(link.url.startswith(("https://", "geo:")) for link in found)
    assert found[0].url.endswith("callnative=0")


def test_links_are_plain_ascii() -> None:
    """A label in Chinese is percent-encoded, so that every browser passes it on unchanged."""
    assert all(link.url.isascii() for link in links(DOOR, TravelMode.CAR, stop_label(7), phone=Phone.ANDROID))


def test_label_is_a_number_in_both_languages() -> None:
    """What an app is told is the stop's number, in the language of the page."""
    assert [stop_label(7), stop_label(7, "en")] == ["走访点 7", "Stop 7"]


def test_the_way_in_comes_before_the_door() -> None:
    """Somebody is led to the way in where it is known, else to the door, else nowhere."""
    gate = Position(118.3171, 32.3021)
    assert destination(replace(HOUSE, entry=gate)) == gate
    assert destination(HOUSE) == DOOR
    assert destination(replace(HOUSE, door=None)) is None


@pytest.mark.parametrize(
    ("agent", "phone"),
    [
        ("Mozilla/5.0 (Linux; Android 12; SM) Chrome/120 MicroMessenger/8.0", Phone.WECHAT),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", Phone.IOS),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb", Phone.ANDROID),
        ("Mozilla/5.0 (Windows NT 10.0)", Phone.OTHER),
    ],
)
def test_the_browser_says_what_it_is(agent: str, phone: Phone) -> None:
    """The kind of phone is read from the user agent."""
    assert Phone.of(agent) is phone
