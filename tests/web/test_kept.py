"""What was computed is kept until something is written, and no more than there is room for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from web.kept import Kept


def test_a_value_is_made_once_for_each_version() -> None:
    """The same version gives the same value, another one is made anew; an older one is no longer there."""
    kept = Kept()
    values = [kept.get("a", version, object) for version in (1, 1, 2, 2, 1)]
    assert values[0] is values[1]
    assert values[2] is values[3]
    assert len(set(map(id, values))) == 3
    assert kept.made == 3


def test_the_one_longest_unused_goes_first() -> None:
    """With room for two, a third takes the place of the one that nobody asked for since."""
    kept = Kept(most=2)
    for key in "abac":
        kept.get(key, 1, object)
    assert [key in kept for key in "abc"] == [True, False, True]
    assert len(kept) == 2


def test_two_who_ask_at_once_wait_for_one_computation() -> None:
    """The second thread gets what the first is making; one that asks for something else does not wait."""
    kept, making, go_on = Kept(), threading.Event(), threading.Event()

    def slow() -> object:
        making.set()
        assert go_on.wait(30)
        return object()

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(kept.get, "a", 1, slow)
        assert making.wait(30)
        second = threads.submit(kept.get, "a", 1, slow)
        assert kept.get("b", 1, lambda: "at once") == "at once"
        go_on.set()
        assert first.result(30) is second.result(30)
    assert kept.made == 2


def test_what_fails_is_not_kept() -> None:
    """The error is raised, and the next one who asks tries again; a value is one even where it is None."""
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("a", None, lambda: 1 // 0)
    assert kept.get("a", None, lambda: None) is None
    assert kept.get("a", None, lambda: 1) is None
