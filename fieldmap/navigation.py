"""Hand a stop over to the map app on the phone: Amap, Baidu, Tencent or ``geo:``.

Every app wants its own datum, order of coordinates and word for a mode. What
leaves the phone is a point and a neutral label (走访点 7), never a name or a
reason. The links follow the vendors' pages as collected in ``domain.md`` §4.4.

Sources: https://lbs.amap.com/api/uri-api/guide/travel/route,
https://lbs.qq.com/webApi/uriV1/uriGuide/uriMobileRoute and ``…/uriWebRoute``,
https://lbsyun.baidu.com (URI API), RFC 5870 for ``geo:``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from fieldmap.datum import Datum, from_wgs84
from fieldmap.models import Household, Position, TravelMode

__all__ = ["MapApp", "NavigationLink", "Phone", "destination", "links", "stop_label"]

_APP = "fieldmap"
_AMAP: Mapping[TravelMode, str] = {
    TravelMode.WALK: "walk",
    TravelMode.EBIKE: "ride",
    TravelMode.CAR: "car",
}
_BAIDU: Mapping[TravelMode, str] = {
    TravelMode.WALK: "walking",
    TravelMode.EBIKE: "riding",
    TravelMode.CAR: "driving",
}
_TENCENT: Mapping[TravelMode, str] = {
    TravelMode.WALK: "walk",
    TravelMode.EBIKE: "bike",
    TravelMode.CAR: "drive",
}


class MapApp(StrEnum):
    """Who draws the way."""

    AMAP = "amap"
    BAIDU = "baidu"
    TENCENT = "tencent"
    GEO = "geo"


class Phone(StrEnum):
    """What opens the link: it decides which kind of link works."""

    ANDROID = "android"
    IOS = "ios"
    WECHAT = "wechat"
    OTHER = "other"

    @classmethod
    def of(cls, user_agent: str) -> Phone:
        """Read the browser's own description of itself.

        Examples
        --------
        >>> Phone.of("Mozilla/5.0 (Linux; Android 10; K) Chrome/137")
        <Phone.ANDROID: 'android'>
        """
        agent = user_agent.lower()
        if "micromessenger" in agent:
            return cls.WECHAT
        if "iphone" in agent or "ipad" in agent:
            return cls.IOS
        return cls.ANDROID if "android" in agent or "harmony" in agent else cls.OTHER


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link that a person taps; nothing is asked of anybody before that."""

    app: MapApp
    url: str


def stop_label(number: int, lang: str = "zh-CN") -> str:
    """Return what a map app is told: a number.

    Examples
    --------
    >>> stop_label(7), stop_label(7, "en")
    ('走访点 7', 'Stop 7')
    """
    return f"Stop {number}" if lang == "en" else f"走访点 {number}"


def destination(household: Household) -> Position | None:
    """Return where to lead somebody: the way in, or the door, or None where neither is known."""
    return household.entry or household.door


def links(
    to: Position,
    mode: TravelMode,
    label: str,
    *,
    phone: Phone = Phone.OTHER,
    origin: Position | None = None,
) -> tuple[NavigationLink, ...]:
    """Return the links that work on a phone, the most common app first.

    Parameters
    ----------
    to
        Where to, WGS-84.
    mode
        How the worker travels; an e-bike rides.
    label
        A neutral label, see :func:`stop_label`.
    phone
        What opens the links. A bare ``geo:`` is for Android. WeChat gets pages,
        because it opens no app by its own scheme, and ``geo:``, which is all
        that is left to try there.
    origin
        Where from, WGS-84: Baidu's page (not its app) insists on one.

    Notes
    -----
    Tencent's page knows no bicycle: outside its app an e-bike gets the way of
    a car, which an e-bike may ride.
    """
    found = [NavigationLink(MapApp.AMAP, _amap(to, mode, label, phone))]
    baidu = _baidu(to, mode, label, phone, origin)
    if baidu:
        found.append(NavigationLink(MapApp.BAIDU, baidu))
    found.append(NavigationLink(MapApp.TENCENT, _tencent(to, mode, label, phone)))
    if phone in (Phone.ANDROID, Phone.WECHAT):
        found.append(NavigationLink(MapApp.GEO, _geo(to, label)))
    return tuple(found)


def _shifted(position: Position) -> tuple[str, str]:
    """Return (lon, lat) in GCJ-02 as text, to about 0.1 m."""
    lon, lat = from_wgs84(position.lon, position.lat, Datum.GCJ02)
    return f"{float(lon):.6f}", f"{float(lat):.6f}"


def _amap(to: Position, mode: TravelMode, label: str, phone: Phone) -> str:
    lon, lat = _shifted(to)
    # callnative fails inside WeChat
    native = "0" if phone is Phone.WECHAT else "1"
    return (
        f"https://uri.amap.com/navigation?to={lon},{lat},{quote(label)}"
        f"&mode={_AMAP[mode]}&src={_APP}&callnative={native}"
    )


def _baidu(to: Position, mode: TravelMode, label: str, phone: Phone, origin: Position | None) -> str:
    lon, lat = _shifted(to)
    there = f"name:{quote(label)}|latlng:{lat},{lon}"
    tail = f"&coord_type=gcj02&mode={_BAIDU[mode]}"
    if phone is Phone.ANDROID:
        return f"bdapp://map/direction?destination={there}{tail}&src=andr.{_APP}.{_APP}"
    if phone is Phone.IOS:
        return f"baidumap://map/direction?destination={there}{tail}&src=ios.{_APP}.{_APP}"
    if origin is None:
        return ""
    from_lon, from_lat = _shifted(origin)
    here = f"latlng:{from_lat},{from_lon}|name:{quote('起点')}"
    return (
        f"https://api.map.baidu.com/direction?origin={here}&destination={there}{tail}"
        f"&region={quote('全国')}&output=html&src=webapp.{_APP}.{_APP}"
    )


def _tencent(to: Position, mode: TravelMode, label: str, phone: Phone) -> str:
    lon, lat = _shifted(to)
    where = f"to={quote(label)}&tocoord={lat},{lon}"
    if phone in (Phone.ANDROID, Phone.IOS):
        return f"qqmap://map/routeplan?type={_TENCENT[mode]}&{where}&fromcoord=CurrentLocation&referer={_APP}"
    kind = "drive" if mode is TravelMode.EBIKE else _TENCENT[mode]
    return f"https://apis.map.qq.com/uri/v1/routeplan?type={kind}&{where}&coord_type=2&referer={_APP}"


def _geo(to: Position, label: str) -> str:
    """RFC 5870: WGS-84, latitude first; ``q`` sets the pin and its label on Android."""
    point = f"{to.lat:.6f},{to.lon:.6f}"
    return f"geo:{point}?q={point}({quote(label)})"
