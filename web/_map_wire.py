"""A picture as the page and its frame exchange it: plain values for JSON, compact where there are many.

The frame paints itself from this at first and again with every change, so
nothing is drawn in two ways.
"""

from __future__ import annotations

import json
from typing import Any

from web._map_page import plain
from web._map_values import Cell, Layer, Line, Mark, Picture
from web.i18n import gettext

__all__ = ["figures", "script_json"]

_DECIMALS = 6  # 0.1 m


def figures(picture: Picture, *, links: bool = True) -> dict[str, Any]:
    """Return what the frame paints, ready for JSON.

    Parameters
    ----------
    links
        Whether a mark leads to the file of its household.

    Returns
    -------
    dict
        ``cells`` and ``total`` (figures in words, colour and class), ``legend``,
        ``layers``, ``strip``, ``notes`` and ``words``. A layer's marks are
        ``[lon, lat, sign, text, style, address]``, ``text`` and ``style``
        being places in the layer's lists ``texts`` and ``styles``; degrees
        are WGS-84.
    """
    counts = picture.counts()
    return {
        "title": plain(picture.title),
        "caption": plain(picture.caption),
        "cells": [_cell(cell) for cell in picture.cells],
        "total": _cell(picture.total),
        "legend": [
            {"key": s.key, "fill": s.fill, "words": gettext(s.words), "n": counts.get(s.key, 0)}
            for s in picture.scale.all
        ],
        "layers": [_layer(layer, links) for layer in picture.layers],
        "strip": [cell.code for cell in picture.beside],
        "notes": plain(" · ".join((*_without_place(picture), *picture.notes))),
        "words": _words(),
    }


def script_json(values: Any) -> str:
    """Return JSON that may stand in a script element: nothing in it ends the element."""
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _without_place(picture: Picture) -> list[str]:
    rest = [layer.rest for layer in picture.layers if layer.rest]
    return [gettext("没有位置、只在名单里:{what}", what=gettext("、").join(rest))] if rest else []


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "code": cell.code,
        "label": plain(cell.label),
        "digits": cell.digits,
        "name": plain(cell.name),
        "shade": cell.shade.key,
        "fill": cell.shade.fill,
        "text": cell.text,
        "short": cell.short,
        "beside": cell.beside,
        "words": gettext(cell.shade.words),
        "lines": [list(line) for line in cell.lines],
        "gap": cell.gap,
    }


def _layer(layer: Layer, links: bool) -> dict[str, Any]:
    texts = {text: n for n, text in enumerate(dict.fromkeys(mark.text for mark in layer.marks))}
    styles = {style: n for n, style in enumerate(dict.fromkeys(mark.style for mark in layer.marks))}

    def row(mark: Mark) -> list[Any]:
        place = [round(mark.lon, _DECIMALS), round(mark.lat, _DECIMALS)]
        found = [*place, mark.sign, texts[mark.text], styles[mark.style]]
        return [*found, mark.href] if links and mark.href else found

    return {
        "key": layer.key,
        "name": plain(layer.name),
        "sign": layer.marks[0].style if layer.marks else layer.key,
        "shown": layer.shown,
        "lead": layer.lead,
        "texts": [plain(text) for text in texts],
        "styles": list(styles),
        "marks": [row(mark) for mark in layer.marks],
        "lines": [_line(line) for line in layer.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    path = [[round(lat, _DECIMALS), round(lon, _DECIMALS)] for lon, lat in line.path]
    return {"path": path, "colour": line.colour, "dash": line.dash, "text": plain(line.text)}


def _words() -> dict[str, str]:
    return {
        "layers": gettext("图层"),
        "legend": gettext("图例"),
        "beside": gettext("图上没有边界"),
        "open": gettext("打开家庭档案"),
        "done": gettext("画完"),
        "cancel": gettext("取消"),
        "undo": gettext("退一点"),
        "draw": gettext("在图上逐点点击,围出一片地方;双击或“画完”结束"),
        "full": gettext("最多 100 个点"),
    }
