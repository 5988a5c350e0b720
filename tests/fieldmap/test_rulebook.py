"""A county's own rules: taken over whole, kept with the record, and in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from fieldmap.errors import InputError
from fieldmap.models import Division
from fieldmap.rulebook import change_rules, rules_in_force
from fieldmap.rules import load
from fieldmap.schedule import schedule
from fieldmap.store import Store
from tests.fieldmap.ten import TEN, TODAY

CHANGES = """
[[rule]]
id = "E1"
interval_days = 20
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(tmp_path / "county.db", county=Division("990101000000", "安县", 2), salt="test")
    yield made
    made.close()


def toml(folder: Path, text: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def deadline(store: Store, client: str) -> date:
    found = schedule(TEN, rules_in_force(store), TODAY).due
    contact = next(d.contact for d in found if d.client_id == client)
    assert contact is not None
    return contact.deadline


def test_without_changes_the_default_rules_are_in_force(store: Store) -> None:
    """A new county has them all."""
    assert rules_in_force(store) == load()


def test_a_changed_interval_moves_a_due_date(store: Store, tmp_path: Path) -> None:
    """B was phoned on 10 March: due after 7 days by default, after 20 in this county."""
    assert deadline(store, "B") == date(2026, 3, 17)
    assert change_rules(store, toml(tmp_path, CHANGES)) == 1
    assert deadline(store, "B") == date(2026, 3, 30)
    assert change_rules(store, toml(tmp_path, CHANGES)) == 0


def test_changes_add_up(store: Store, tmp_path: Path) -> None:
    """A second file changes another rule and leaves the first change; the same rule again replaces it."""
    change_rules(store, toml(tmp_path, CHANGES))
    change_rules(store, toml(tmp_path, '[[rule]]\nid = "E2"\npreset = "off"\n'))
    assert rules_in_force(store)["E1"].interval_days == 20
    assert "E2" not in {r.id for r in rules_in_force(store).rules}
    change_rules(store, toml(tmp_path, '[[rule]]\nid = "E1"\ninterval_days = 10\n'))
    assert rules_in_force(store)["E1"].interval_days == 10


def test_rules_are_known_as_they_were(store: Store, tmp_path: Path) -> None:
    """As known before the change the default interval stands; as known now the county's own."""
    before = store.clock()
    change_rules(store, toml(tmp_path, CHANGES))
    assert rules_in_force(store, known_at=before) == load()
    assert rules_in_force(store, known_at=store.clock())["E1"].interval_days == 20


def test_every_mistake_is_named_and_none_is_taken_over(store: Store, tmp_path: Path) -> None:
    """An unknown field, a wrong value and a misspelt tag in one file: three lines, nothing changed."""
    text = """
[[rule]]
id = "E1"
interval_dais = 20
[[rule]]
id = "E2"
in_person_days = -1
[[rule]]
id = "Z1"
zh = "独居"
en = "alone"
when = "毒居"
interval_days = 7
channels = ["door"]
risk = 1
[[rule]]
id = "P1"
review_days = 100
"""
    before = store.change
    with pytest.raises(InputError) as refused:
        change_rules(store, toml(tmp_path, text))
    assert refused.value.code == "rules.invalid"
    said = str(refused.value.value)
    assert all(part in said for part in ("interval_dais", "E2", "毒居"))
    assert store.change == before
    assert rules_in_force(store)["P1"].review_days == load()["P1"].review_days


@pytest.mark.parametrize("text", ["[[rule]\n", "rule = 5\n", "[[rules]]\nid = 'E1'\n", ""])
def test_a_file_that_is_no_list_of_rules_is_refused(text: str, store: Store, tmp_path: Path) -> None:
    """Torn TOML, another shape, a misspelt table: nothing is silently taken for no change."""
    with pytest.raises(InputError):
        change_rules(store, toml(tmp_path, text))
    assert rules_in_force(store) == load()


def test_a_missing_file_is_said(store: Store, tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(InputError, match=r"none\.toml"):
        change_rules(store, tmp_path / "none.toml")
