"""What is made once for a page, its frame and its figures, and again when something was written.

Page and frame ask the same question one after the other, and every open page
asks it again after a change: the picture and the answers made of it are kept
with what they were made of.
"""

from __future__ import annotations

import gzip
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from fieldmap.access import Account, Right
from fieldmap.errors import language
from web._coverage_page import figures_of
from web._coverage_scene import Seen
from web.basemap import Base
from web.deps import Services
from web.maps import Picture, coverage_map
from web.pages import local_time
from web.phone_files import PhoneFile

__all__ = ["Answer", "frame_kept", "parts_kept", "picture_kept"]

_QUICK = 4  # a county's figures are a megabyte: half the time of the best packing for a tenth more


@dataclass(frozen=True, slots=True)
class Answer:
    """A body and the same packed."""

    file: PhoneFile
    packed: bytes

    @classmethod
    def of(cls, content: bytes, media_type: str) -> Answer:
        """Pack a body."""
        return cls(PhoneFile(content, media_type), gzip.compress(content, _QUICK, mtime=0))


class _Same:
    """A version that is the same as long as the very same values are meant: comparing them takes longer."""

    def __init__(self, *values: object) -> None:
        self._values = values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Same) or len(self._values) != len(other._values):
            return False
        return all(mine is theirs for mine, theirs in zip(self._values, other._values, strict=True))

    __hash__ = None  # type: ignore[assignment]


def picture_kept(services: Services, account: Account, seen: Seen) -> Picture:
    """Return the picture of a request (:meth:`Seen.picture`)."""
    scene = seen.scene
    reach = scene.reach or scene.reach is None  # an empty one is another one each time
    version = (_Same(scene.coverage, scene.snapshot, scene.unregistered, reach), scene.plans)
    return services.figures.get(_key("picture", account, seen), version, seen.picture)


def frame_kept(services: Services, account: Account, seen: Seen, base: Base | None) -> Answer:
    """Return the page of the frame."""
    picture = picture_kept(services, account, seen)

    def make() -> Answer:
        return Answer.of(coverage_map(replace(picture, base=base)).encode(), "text/html")

    return services.figures.get(_key("frame", account, seen), (_Same(picture), base), make)


def parts_kept(services: Services, account: Account, seen: Seen) -> dict[str, Any]:
    """Return what the live parts of the page are filled with, and when."""
    picture, change = picture_kept(services, account, seen), services.store.change
    version = (_Same(picture), change)
    made = services.figures.get(
        _key("parts", account, seen), version, lambda: figures_of(services, account, seen, picture)
    )
    return {**made, "updated": local_time(services.clock(), "%H:%M")}


def _key(what: str, account: Account, seen: Seen) -> Hashable:
    return (what, language.get(), account.hats_with(Right.MAP), seen.asked)
