"""Third-party scripts and styles, from the locked npm packages; nothing else is served."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fieldmap.errors import ServeError

__all__ = ["VENDOR", "vendor_file"]

_NODE_MODULES = Path(__file__).parent.parent / "node_modules"

VENDOR: Mapping[str, str] = {
    "leaflet/leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet/leaflet.css": "leaflet/dist/leaflet.css",
    "leaflet/images/layers.png": "leaflet/dist/images/layers.png",
    "leaflet/images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "leaflet/images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
    "leaflet/images/marker-icon-2x.png": "leaflet/dist/images/marker-icon-2x.png",
    "leaflet/images/marker-shadow.png": "leaflet/dist/images/marker-shadow.png",
    "protomaps-leaflet/protomaps-leaflet.js": "protomaps-leaflet/dist/protomaps-leaflet.js",
}
"""Path under ``/vendor/`` → path in ``node_modules``."""


def vendor_file(name: str) -> Path | None:
    """Return the file behind ``/vendor/name``, or None where it is not on the list.

    Raises
    ------
    ServeError
        ``serve.vendor``: it is on the list, but the npm packages are not installed.
    """
    listed = VENDOR.get(name)
    if listed is None:
        return None
    path = _NODE_MODULES / listed
    if not path.is_file():
        raise ServeError("serve.vendor", listed)
    return path
