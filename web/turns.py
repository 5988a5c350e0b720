"""The turn list in words: "沿河堤走 300 米,过桥左转".

A plan keeps codes (:class:`fieldmap.plans.Turn`); the words are made here, in
the language of the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from fieldmap.plans import PlannedRoute, Turn
from web.i18n import N_, gettext
from web.sketch import lat_lon

__all__ = ["BACK", "Line", "far", "turn_lists", "words"]

BACK = "back"
"""The key of the way back, which leads to no stop."""

_WAYS: Mapping[str, str] = {
    "main": N_("大路"),
    "road": N_("村路"),
    "lane": N_("巷子"),
    "track": N_("田间路"),
    "path": N_("小路"),
    "dike": N_("河堤"),
}
_WINDS: Mapping[str, str] = {
    "n": N_("北"),
    "ne": N_("东北"),
    "e": N_("东"),
    "se": N_("东南"),
    "s": N_("南"),
    "sw": N_("西南"),
    "w": N_("西"),
    "nw": N_("西北"),
}
_OVER: Mapping[str, str] = {
    "bridge": N_("过桥"),
    "steps": N_("走台阶"),
    "ferry": N_("坐渡船"),
}
_THEN: Mapping[str, str] = {
    "left": N_("左转"),
    "right": N_("右转"),
    "slight left": N_("靠左走"),
    "slight right": N_("靠右走"),
    "sharp left": N_("向左急转"),
    "sharp right": N_("向右急转"),
    "straight": N_("一直走"),
    "back": N_("掉头"),
    "arrive": N_("就到了"),
    "arrive left": N_("就到了,在左手边"),
    "arrive right": N_("就到了,在右手边"),
}
_OFF: Mapping[str, str] = {
    "arrive": N_("离开路,再走约 {far}到门口"),
    "arrive left": N_("往左离开路,再走约 {far}到门口"),
    "arrive right": N_("往右离开路,再走约 {far}到门口"),
}


class Line(TypedDict):
    """One line as the phone gets it; ``at`` (latitude, longitude) is where it ends."""

    text: str
    metres: int
    at: list[float]


def turn_lists(route: PlannedRoute) -> dict[str, list[Line]]:
    """Return the lines to each stop of a route by its id, and those of the way back under :data:`BACK`."""
    found: dict[str, list[Line]] = {}
    for turn in route.turns:
        line = Line(text=words(turn), metres=turn.distance_m, at=lat_lon(turn.at))
        found.setdefault(turn.stop_id or BACK, []).append(line)
    return found


def words(turn: Turn) -> str:
    """Return one line of a turn list in words, in the language of the request."""
    if turn.way == "here":
        return gettext("就在旁边")
    if turn.way == "off":
        return gettext(_OFF[turn.then], far=far(turn.distance_m))
    go, over, end = _go(turn), _over(turn), _end(turn)
    if over and end:
        # what is crossed and what comes then are one thing, unless a place stands between them
        form = N_("{go},{over},{end}") if turn.landmark else N_("{go},{over}{end}")
        return gettext(form, go=go, over=over, end=end)
    return gettext("{go},{end}", go=go, end=over or end) if over or end else go


def far(metres: int) -> str:
    """Return a distance as a person can use it: to 10, 50 or 100 metres.

    >>> [far(metres) for metres in (3, 47, 130, 980, 1249)]
    ['10 米', '50 米', '150 米', '1 公里', '1.2 公里']
    """
    step = 10 if metres < 95 else 50 if metres < 975 else 100
    rounded = max(10, (metres + step // 2) // step * step)
    if rounded < 1000:
        return gettext("{n} 米", n=rounded)
    return gettext("{n} 公里", n=f"{rounded / 1000:g}")


def _go(turn: Turn) -> str:
    length = far(turn.distance_m)
    if turn.way == "ferry":
        return gettext("坐渡船过去({far})", far=length)
    if turn.way == "steps":
        return gettext("走台阶 {far}", far=length)
    way = turn.name or gettext(_WAYS[turn.way])
    if turn.heading:
        return gettext("向{wind}沿{way}走 {far}", wind=gettext(_WINDS[turn.heading]), way=way, far=length)
    return gettext("沿{way}走 {far}", way=way, far=length)


def _over(turn: Turn) -> str:
    return gettext("、").join(gettext(_OVER[code]) for code in turn.over)


def _end(turn: Turn) -> str:
    if not turn.then:
        return ""
    if turn.then != "roundabout":
        then = gettext(_THEN[turn.then])
    elif turn.exit:
        then = gettext("在环岛走第 {exit} 个出口", exit=turn.exit)
    else:
        then = gettext("过环岛")
    return gettext("到{place}{then}", place=turn.landmark, then=then) if turn.landmark else then
