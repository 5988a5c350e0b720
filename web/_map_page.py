"""What stands around the map in its page: heading, hatching, and the place of the legend."""

from __future__ import annotations

from html import escape

from web._map_values import Picture, Shade

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


def foot(*, strip: bool) -> str:
    """Return where the map's script writes legend and notes.

    Parameters
    ----------
    strip
        Whether the grids without a polygon stand there too; the desk's page
        has them beside the map.
    """
    chips = '<ul class="fm-strip" hidden></ul>' if strip else ""
    return f'{PATTERN}<footer class="fm-foot"><ul class="fm-legend"></ul>{chips}<p></p></footer>'


def swatch(shade: Shade) -> str:
    """Return a small drawn sample of a colour; the words must stand beside it."""
    return (
        '<svg width="18" height="13" aria-hidden="true">'
        f'<rect x=".5" y=".5" width="17" height="12" fill="{escape(shade.fill)}" stroke="#3c4a47"/></svg>'
    )
