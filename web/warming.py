"""What the first page of a day would wait for, made while nobody waits.

A county's record takes seconds to read and to count. The server does that on
a thread of its own when it starts, in small steps: it can be stopped between
any two of them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

from jinja2 import Environment

from fieldmap.access import Account, Right
from fieldmap.periods import Period
from web.deps import Services

__all__ = ["MOST_WARMED", "Warming", "warm_steps"]

_log = logging.getLogger("fieldmap.web")

MOST_WARMED = 6
"""For how many scopes the figures of the month are made; there is room for more of them."""


class Warming:
    """Makes what the first page needs, on a thread.

    Parameters
    ----------
    services
        Whose figures; must stay open until :meth:`close` has returned.
    templates
        Whose templates are read too.
    """

    def __init__(self, services: Services, templates: Environment | None = None) -> None:
        self._services = services
        self._templates = templates
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warming", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the step that is being made, and wait for its end."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            for _ in warm_steps(self._services, self._templates):
                if self._over.is_set():
                    return
        except Exception:
            # whoever opens the page is told what is wrong
            _log.exception("the figures could not be made beforehand")


def warm_steps(services: Services, templates: Environment | None = None) -> Iterator[None]:
    """Read templates, then make the figures of the month for those who look at a map, step by step."""
    if templates is not None:
        for name in templates.list_templates():
            templates.get_template(name)
            yield
    for _ in services.store.reading():
        yield
    services.rules()
    yield
    month = Period.month(services.today())
    scopes = {account.hats_with(Right.MAP): account for account in _heads(services)}
    for account in list(scopes.values())[:MOST_WARMED]:
        services.assignment(account, Right.MAP)
        yield
        services.coverage(account, Right.MAP, month)
        yield


def _heads(services: Services) -> list[Account]:
    """Return who looks at the map of more than a grid."""
    accounts = [account for account in services.store.accounts.all() if account.disabled_at is None]
    return [a for a in accounts if any(not hat.grid_code for hat in a.hats_with(Right.MAP))]
