"""The rules in force in one county: the default ones as it changed them."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from fieldmap.errors import InputError
from fieldmap.models import RuleChange
from fieldmap.rules import RuleSet, load
from fieldmap.store import Store

__all__ = ["change_rules", "rules_in_force"]


def rules_in_force(store: Store, *, known_at: datetime | None = None) -> RuleSet:
    """Return the county's rules.

    Parameters
    ----------
    known_at
        As the county had changed them by this instant; None is now.
    """
    return load(_overrides(store, known_at))


def change_rules(store: Store, path: Path, *, batch_id: str | None = None) -> int:
    """Take over the changes of a TOML file; all of them or none.

    Parameters
    ----------
    batch_id
        The import that brings them, to be taken back with it.

    Returns
    -------
    int
        How many rules were changed or added.

    Raises
    ------
    InputError
        The file cannot be read, or a rule is wrong; every mistake is named.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise InputError("rulebook.unreadable", path, reason=fault) from None
    if not given:
        raise InputError("rulebook.unreadable", path, reason="[[rule]]: 0")
    load(given)  # the file for itself, with whatever it should not hold
    tables: list[dict[str, Any]] = given["rule"]
    merged = {table.get("id", ""): table for table in [*_overrides(store)["rule"], *tables]}
    load({"rule": list(merged.values())})
    changes = [RuleChange(str(t["id"]), json.dumps(t, ensure_ascii=False, default=str)) for t in tables]
    done = store.facts.record(changes, batch_id=batch_id)
    return done.new + done.changed


def _overrides(store: Store, known_at: datetime | None = None) -> dict[str, list[dict[str, Any]]]:
    return {"rule": [json.loads(change.body) for change in store.facts.read(RuleChange, known_at=known_at)]}
