"""An open page hears that something was written, whoever wrote it, and nothing else."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from datetime import date

import pytest
from fastapi import FastAPI

from fieldmap.errors import ServeError
from fieldmap.store import Store
from tests.ears import Ear
from tests.web.conftest import As, Served
from tests.web.village import HOUSEHOLDS, TODAY, VISITS, Village
from web.live import MOST_OF_ACCOUNT, Live

_NEW = replace(VISITS[0], id="v8", day=TODAY)
_QUIET_S = 1.0
"""Three looks at the county file."""


def test_a_visit_that_another_program_saved_is_heard(served_app: Served, store: Store) -> None:
    """Every page hears one new mark of a visit, the same one, and none of a line in the audit."""
    token = served_app.village.tokens
    with Ear(served_app.url, token["head"]) as head, Ear(served_app.url, token["county"]) as county:
        before = head.mark()
        assert county.mark() == before
        store.audit.log(None, "look", "child")
        time.sleep(_QUIET_S)  # a mark of it would come before the visit's
        store.visits.record(_NEW, by="w1")
        after = head.mark()
        assert county.mark() == after != before
        services = served_app.app.state.services
        assert after == services.live.mark(store.change)


def test_a_page_says_what_it_was_made_from(signed_in: As, app: FastAPI, store: Store) -> None:
    """The mark in a page is the record's when it was read; a write makes another one."""
    live = app.state.services.live
    page = signed_in("head").get("/map").text
    before = live.mark(store.change)
    assert f'data-mark="{before}"' in page
    store.visits.record(_NEW, by="w1")
    assert live.mark(store.change) != before


def test_a_mark_is_no_count_and_changes_with_the_day(store: Store) -> None:
    """The number of writes cannot be read from a mark, and another server's marks are others."""
    days = [TODAY]
    live, another = (Live(store.watch(), lambda: days[-1]) for _ in range(2))
    today = live.mark("8")
    assert today == live.mark("8")
    assert len({today, live.mark("9"), another.mark("8")}) == 3
    assert today != "8"
    days.append(date(2026, 3, 21))
    assert live.mark("8") != today


def test_a_stream_ends_with_the_sign_in(served_app: Served, store: Store) -> None:
    """Who signs out hears nothing of the next visit; the others do."""
    token = served_app.village.tokens
    with Ear(served_app.url, token["head"]) as gone, Ear(served_app.url, token["deputy"]) as here:
        before = gone.mark()
        assert here.mark() == before
        store.accounts.sign_out(token["head"])
        store.visits.record(_NEW, by="w1")
        assert here.mark() not in ("", before)
        assert gone.mark() == ""


def test_a_place_is_given_free(served_app: Served) -> None:
    """A page that goes away makes room, and with the last one the looks at the file end."""
    live = served_app.app.state.services.live
    with Ear(served_app.url, served_app.village.tokens["head"]) as ear:
        assert ear.mark()
        assert len(live) == 1
    _wait_until(lambda: len(live) == 0)
    with Ear(served_app.url, served_app.village.tokens["head"]) as again:
        assert again.mark()


def test_one_account_does_not_take_every_place(store: Store) -> None:
    """With more pages than one account may have, its oldest gives way; the others keep theirs."""
    live = Live(store.watch(), lambda: TODAY, most=MOST_OF_ACCOUNT + 1)
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(live.listening("head"))
        own = [stack.enter_context(live.listening("grid")) for _ in range(MOST_OF_ACCOUNT + 2)]
        assert [stream.over for stream in own[:3]] == [True, True, False]
        assert not other.over
    assert len(live) == 0


def test_one_page_too_many_is_told_so(app: FastAPI, signed_in: As, store: Store, village: Village) -> None:
    """Beyond the most that may listen the answer is 429 with words, before any stream begins."""
    app.state.services = replace(app.state.services, live=Live(store.watch(), lambda: TODAY, most=0))
    client = signed_in("head")
    client.headers["accept"] = "text/event-stream"
    answer = client.get("/events")
    assert answer.status_code == 429
    assert answer.json()["code"] == "live.full"
    with pytest.raises(ServeError, match=r"live\.full|听变化"), app.state.services.live.listening():
        pass


def test_what_is_computed_serves_the_next_page_until_a_write(
    app: FastAPI, signed_in: As, store: Store
) -> None:
    """The map, its frame and its figures compute once for both heads of a town; a visit makes it anew."""
    figures = app.state.services.figures
    query = "?measure=contact_rate&period=2026-03"
    head, deputy = signed_in("head"), signed_in("deputy")
    assert head.get(f"/map{query}").status_code == 200
    first = figures.made
    assert head.get(f"/map/frame{query}").status_code == 200
    assert head.get(f"/map/figures{query}").status_code == 200
    assert figures.made == first + 1  # the page of the frame itself
    assert deputy.get(f"/map/frame{query}").status_code == 200
    store.audit.log(None, "look", "child")
    assert head.get(f"/map/frame{query}").status_code == 200
    known = figures.made
    store.visits.record(replace(_NEW, household_id=HOUSEHOLDS[1].id, client_ids=("p2",)), by="w1")
    assert head.get(f"/map/frame{query}").status_code == 200
    assert figures.made > known


def _wait_until(holds: object) -> None:
    assert callable(holds)
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
