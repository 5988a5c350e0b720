"""What was computed for one page is there for the next, until something is written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MOST_KEPT", "Kept"]

MOST_KEPT = 64
"""How many values an app keeps; a county's figures of one question take a few MB."""


@dataclass
class _Slot:
    """One value and what it was made of."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    version: object = None
    value: Any = None
    made: bool = False


class Kept:
    """Values by key, each with the version of what it was made of; the one longest unused goes first.

    Parameters
    ----------
    most
        How many values are kept.

    Examples
    --------
    >>> kept = Kept(most=2)
    >>> [kept.get("a", version, lambda: version * 10) for version in (1, 1, 2)]
    [10, 10, 20]
    >>> kept.made
    2
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._slots: dict[Hashable, _Slot] = {}
        self._lock = threading.Lock()
        self.made = 0

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._slots

    def get[T](self, key: Hashable, version: object, make: Callable[[], T]) -> T:
        """Return the value of a key, made anew where the version is another one.

        Whoever asks while it is made waits for it: two requests at once
        compute once. What `make` raises, it raises, and nothing is kept.
        """
        with self._lock:
            slot = self._slots.pop(key, None) or _Slot()
            self._slots[key] = slot
            while len(self._slots) > self._most:
                del self._slots[next(iter(self._slots))]
        with slot.lock:
            if not slot.made or slot.version != version:
                slot.value, slot.version, slot.made = make(), version, True
                with self._lock:
                    self.made += 1
            value: T = slot.value
            return value
