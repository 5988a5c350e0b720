"""The page of the measures says what the functions say."""

from __future__ import annotations

import re

from fieldmap import coverage, figures
from fieldmap.counts import activity
from fieldmap.parts import Dimension
from tests.source import ROOT

PAGE = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
NO_MEASURES = {"OPEN_NEED_DAYS", "figures"}


def named() -> dict[str, str]:
    """Return function → Chinese name, from the docstrings."""
    functions = {name: getattr(figures, name) for name in set(figures.__all__) - NO_MEASURES}
    functions["activity"] = activity
    return {name: re.split(r"\.|, by reason\.", f.__doc__)[0].split(",")[0] for name, f in functions.items()}


def rows() -> dict[str, str]:
    """Return function → Chinese name, from the page."""
    cells = [line.strip("| \n").split(" | ") for line in PAGE.splitlines() if line.endswith("` |")]
    return {row[-1].strip("` "): row[0] for row in cells if len(row) == 6}


def test_every_measure_is_on_the_page_under_its_name() -> None:
    """Each function has one row with the name that its docstring begins with, and none is made up."""
    assert rows() == named()


def test_measures_are_offered_where_the_design_says() -> None:
    """Every measure can be taken from ``fieldmap.coverage``."""
    assert set(named()) - {"activity"} <= set(coverage.__all__)


def test_every_dimension_is_on_the_page() -> None:
    """Each way to split figures is explained."""
    chapter = PAGE.split("## 分项与筛选")[1]
    assert [d.value for d in Dimension if d.value not in chapter] == []
