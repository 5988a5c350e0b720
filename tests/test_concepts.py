"""docs/concepts.md says what the code does: its tables are made again and compared."""

from __future__ import annotations

import re
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import fieldmap.models
from fieldmap.access import RIGHTS, AccountRole, Right
from fieldmap.errors import catalogue
from fieldmap.rulebook import change_rules, rules_in_force
from fieldmap.store import Store
from routing.results import REASONS
from tests.source import ROOT
from tests.test_layers import DOORS

TEXT = (ROOT / "docs" / "concepts.md").read_text(encoding="utf-8")


def chapter(title: str) -> str:
    """Return the text of the chapter whose heading contains `title`."""
    parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    return next(text for head, text in zip(parts[1::2], parts[2::2], strict=True) if title in head)


def table(title: str) -> dict[str, list[str]]:
    """Return the rows of a chapter's first table by their first cell, without backticks."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in chapter(title).splitlines()
        if line.startswith("|")
    ]
    return {row[0].strip("`"): row[1:] for row in rows[2:]}


def default_rules() -> list[dict[str, Any]]:
    path = ROOT / "fieldmap" / "standards" / "rules.toml"
    tables: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    return tables


def how_often(rule: dict[str, Any]) -> str:
    """Return how often a rule asks for a contact, as the document writes it."""
    if rule.get("on"):
        again = f", again by day {rule['again_days']}" if rule.get("again_days") else ""
        return f"within {rule['within_hours']} h of `{rule['on']}`{again}"
    gap = f"{rule['interval_days']} days" if "interval_days" in rule else f"every {rule['calendar']}"
    met = f", met every {rule['in_person_days']} days" if "in_person_days" in rule else ""
    return gap + met


def rule_row(rule: dict[str, Any]) -> list[str]:
    marks = [name for name in ("pair", "mandatory", "restricted") if rule.get(name)]
    preset = rule.get("preset", "default")
    return [
        rule["zh"],
        rule["en"],
        how_often(rule),
        ", ".join(rule["channels"]),
        ", ".join([*marks, *([] if preset == "default" else [preset])]),
        rule["certainty"],
    ]


def test_every_noun_is_named() -> None:
    """Each noun of the models stands in the chapter of the nouns."""
    text = chapter("nouns")
    nouns = [
        name
        for name in fieldmap.models.__all__
        if hasattr(getattr(fieldmap.models, name), "__dataclass_fields__") and name != "Snapshot"
    ]
    assert [name for name in nouns if f"`{name}`" not in text] == []


def test_every_door_is_named() -> None:
    """Each heavy engine stands in the chapter of the floors."""
    text = chapter("Floors")
    assert [engine for engine in DOORS if f"`{engine}`" not in text] == []


def test_the_rules_are_those_of_the_default_set() -> None:
    """The rules table says of every rule what rules.toml says."""
    assert table("Rules") == {rule["id"]: rule_row(rule) for rule in default_rules()}


def test_the_example_of_own_rules_can_be_imported(tmp_path: Path) -> None:
    """The TOML example changes one rule, switches one off and adds one."""
    example = re.search(r"^```toml\n(.*?)^```$", chapter("Rules"), re.MULTILINE | re.DOTALL)
    assert example is not None
    file = tmp_path / "rules.toml"
    file.write_text(example[1], encoding="utf-8")
    county = fieldmap.models.Division("990101000000", "澄禾县", 2)
    with closing(Store.create(tmp_path / "county.db", county=county)) as store:
        before = {rule.id: rule for rule in rules_in_force(store).rules}
        assert change_rules(store, file) == 3
        after = {rule.id: rule for rule in rules_in_force(store).rules}
    assert before["E1"].interval_days == 7
    assert after["E1"].interval_days == 10
    assert before.keys() - after.keys() == {"C4"}
    assert after.keys() - before.keys() == {"K1"}


def test_the_reasons_are_those_of_the_planner() -> None:
    """The table of those left out names every code, in the order of asking, with its texts."""
    written = table("Plans")
    texts = catalogue()
    assert tuple(written) == REASONS
    assert written == {
        code: [texts[f"left.{code}"]["zh-CN"][0], texts[f"left.{code}"]["en"][0]] for code in REASONS
    }


@pytest.mark.parametrize("role", AccountRole)
def test_the_rights_of_a_role_are_those_of_the_code(role: AccountRole) -> None:
    """The table of roles has a mark exactly where the code gives the right."""
    assert list(table("Roles")) == [right.value for right in Right]
    heads = next(line for line in chapter("Roles").splitlines() if line.startswith("|"))
    column = [cell.strip().strip("`") for cell in heads.strip("|").split("|")].index(role.value) - 1
    marked = {right for right, row in table("Roles").items() if row[column] == "yes"}
    assert marked == set(RIGHTS[role])
