"""What stands around the map in its page: heading, legend, and the grids no polygon shows."""

from __future__ import annotations

from html import escape

from web._map_values import Cell, Picture, Shade
from web.i18n import gettext

__all__ = ["PATTERN", "foot", "head", "plain", "swatch"]

PATTERN = (
    '<svg class="fm-defs" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="fm-none" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#ffffff"/><rect width="2" height="7" fill="#9aa5a2"/>'
    "</pattern></defs></svg>"
)


def plain(text: str) -> str:
    """Return somebody's text with no address in it.

    A site may be called ``http://…``; the page is refused where it holds an
    address, so that nothing but this text could be one.

    >>> plain("卫生室 http://clinic.example")
    '卫生室 http:/ /clinic.example'
    """
    return text.replace("//", "/ /")


def _html(text: str) -> str:
    return escape(plain(text))


def head(picture: Picture) -> str:
    """Return the heading of a page that stands alone."""
    return f'<header class="fm-head"><h1>{_html(picture.title)}</h1><p>{_html(picture.caption)}</p></header>'


def foot(picture: Picture) -> str:
    """Return the legend in words, the strip of grids without a polygon, and the notes."""
    parts = [_legend(picture)]
    if picture.beside:
        parts.append(_strip(picture.beside))
    rest = [layer.rest for layer in picture.layers if layer.rest]
    notes = [gettext("没有位置、只在名单里:{what}", what=gettext("、").join(rest))] if rest else []
    parts += [f"<p>{_html(' · '.join((*notes, *picture.notes)))}</p>"]
    return f'{PATTERN}<footer class="fm-foot">{"".join(parts)}</footer>'


def swatch(shade: Shade) -> str:
    """Return a small drawn sample of a colour; the words must stand beside it."""
    return (
        '<svg width="18" height="13" aria-hidden="true">'
        f'<rect x=".5" y=".5" width="17" height="12" fill="{escape(shade.fill)}" stroke="#3c4a47"/></svg>'
    )


def _legend(picture: Picture) -> str:
    counts = picture.counts()
    items = "".join(
        f"<li>{swatch(shade)}{_html(gettext(shade.words))}"
        f'<span class="fm-tally">×{counts.get(shade.key, 0)}</span></li>'
        for shade in picture.scale.all
    )
    return f'<ul class="fm-legend" aria-label="{gettext("图例")}">{items}</ul>'


def _strip(cells: tuple[Cell, ...]) -> str:
    chips = "".join(
        f'<li class="fm-chip">{swatch(cell.shade)}{_html(cell.label)}: {_html(cell.text)}</li>'
        for cell in cells
    )
    return f'<ul class="fm-strip"><li class="fm-lead">{gettext("图上没有边界")}</li>{chips}</ul>'
