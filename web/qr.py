"""QR codes, drawn into the page: no picture is fetched, nothing is asked of another host."""

from __future__ import annotations

import segno

__all__ = ["qr_svg"]


def qr_svg(text: str) -> str:
    """Return a QR code as SVG, black on white, without a size of its own."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(border=2, dark="#000", light="#fff", omitsize=True))
