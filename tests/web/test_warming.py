"""The first page of a day waits for nothing that could be made before, and the server ends at once."""

from __future__ import annotations

import time

from starlette.testclient import TestClient

from fieldmap.access import Right
from fieldmap.periods import Period
from fieldmap.settings import Settings
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import NOW, TODAY
from web.app import create_app
from web.warming import Warming, warm_steps


def test_the_figures_of_the_month_are_there_before_anybody_asks(signed_in: As, store: Store) -> None:
    """After the last step a head's figures of the month are the ones that were made."""
    app = signed_in("head").app
    services = app.state.services  # type: ignore[attr-defined]
    steps = sum(1 for _ in warm_steps(services))
    made = services.figures.made
    (head,) = [account for account in store.accounts.all() if account.login == "head"]
    services.coverage(head, Right.MAP, Period.month(TODAY))
    assert services.figures.made == made
    assert steps > 10


def test_warming_ends_between_two_steps(signed_in: As) -> None:
    """Closed at once, no further step is made, and nothing runs any more; never started it closes too."""
    services = signed_in("head").app.state.services  # type: ignore[attr-defined]
    warming = Warming(services)
    warming.start()
    warming.close()
    made = services.figures.made
    time.sleep(0.05)
    assert services.figures.made == made
    Warming(services).close()


def test_an_app_that_warms_up_ends_in_order(settings: Settings) -> None:
    """Pages answer meanwhile, and the county file is closed after the thread that reads it."""
    with TestClient(create_app(settings, clock=lambda: NOW, today=lambda: TODAY, warm=True)) as client:
        assert client.get("/health").json() == {"status": "ok"}


def test_scripts_travel_packed_and_are_not_sent_again(signed_in: As) -> None:
    """A style is packed for who can unpack it, the same otherwise, and not sent where the browser has it."""
    client = signed_in("head")
    packed = client.get("/static/css/coverage.css")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "accept-encoding"
    plain = client.get("/static/css/coverage.css", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text
    known = client.get("/static/css/coverage.css", headers={"if-none-match": packed.headers["etag"]})
    assert known.status_code == 304


def test_the_map_travels_packed_and_the_form_token_never_does(signed_in: As) -> None:
    """Frame and figures are packed; the page with the form's token is not."""
    client = signed_in("head")
    for path in ("/map/frame", "/map/figures"):
        answer = client.get(path)
        assert answer.headers["content-encoding"] == "gzip"
        assert "csrf" not in answer.text
    assert "content-encoding" not in client.get("/map").headers
