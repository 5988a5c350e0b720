"""Runs by chance: whatever breaks on the way, every visit that the app called saved arrives exactly once.

``python -m tests.benchmarks.bench_faults`` makes two hundred of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.faults import PRESS, Fault, Field, Run, the_field
from tests.phone import PIN
from tests.wire import How

REACHED = {
    Fault.CUT_UP: {How.CUT_UP},
    Fault.CUT_DOWN: {How.CUT_DOWN},
    Fault.LOST: {How.LOST},
    Fault.TWICE: {How.TWICE},
    Fault.TOGETHER: {How.TOGETHER},
    Fault.SERVER: {How.KILLED_UP, How.KILLED_DOWN},
}
"""Of which one has to have befallen a request, or the run has shown nothing."""


MANY: list[Fault] = [fault for fault in Fault if fault is not Fault.BROWSER]
"""A browser killed twice may destroy its own database, which is its fault and not to be tested here."""


@pytest.fixture(scope="module")
def ground(browser: Browser, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Return a phone and its station for all runs, one after the other."""
    folder = tmp_path_factory.mktemp("faults")
    with the_field(browser.browser_type, chromium, folder, datetime.now(UTC)) as made:
        yield made


def check(run: Run) -> None:
    """Check that what the page said is what the station has."""
    assert run.broken == ""
    assert run.saved, "nothing was saved"
    assert (run.lost, run.doubled, run.unasked) == ([], [], [])
    if run.fault in REACHED:
        assert REACHED[run.fault] & set(run.hit)
    assert (run.refused > 0) == (run.fault is Fault.FULL)
    assert ("" in run.said.values()) == (run.fault is Fault.AMID)


@pytest.mark.browser
@pytest.mark.parametrize("fault", MANY, ids=lambda fault: fault.name.lower())
def test_every_saved_visit_arrives_once(ground: Field, fault: Fault) -> None:
    """Two runs of each fault: nothing that was called saved is lost, nothing is there twice or unasked."""
    for again in (0, 1):
        check(ground.run(2 * MANY.index(fault) + again, fault))


@pytest.mark.browser
def test_a_killed_browser_has_what_it_saved(browser: Browser, chromium: str, tmp_path: Path) -> None:
    """Every process of the browser is killed right after "saved"; started again, it sends all of it."""
    with the_field(browser.browser_type, chromium, tmp_path, datetime.now(UTC)) as ground:
        check(ground.run(100, Fault.BROWSER))


@pytest.mark.browser
def test_a_full_phone_says_so_at_the_door(ground: Field) -> None:
    """Where a try cannot be counted the right PIN opens nothing, the screen says why; with room it opens."""
    with ground.full() as page:
        page.reload()
        page.locator(".keypad").wait_for()
        page.evaluate(PRESS, PIN)
        expect(page.locator(".said")).to_contain_text("手机存储满了")
    page.evaluate(PRESS, PIN)
    expect(page.locator(".stop-title").first).to_be_visible()


def test_a_run_tells_what_is_lost_and_what_is_there_twice() -> None:
    """Counted against what the page said: lost, doubled, and there though refused or never filled in."""
    said = {"1 1": "saved", "1 2": "saved", "1 3": "refused", "1 4": "", "1 5": ""}
    rows = Counter({"1 1": 2, "1 3": 1, "1 4": 1, "1 9": 1})
    run = Run(1, Fault.AMID, said, 1, rows, Counter())
    assert (run.lost, run.doubled, run.unasked) == (["1 2"], ["1 1"], ["1 3", "1 9"])
