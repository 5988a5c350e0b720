"""Suppression: what is withheld cannot be worked out from what is printed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from fieldmap.suppression import Relation, recoverable, suppress

TOWN = [Relation("town", ("a", "b", "c"))]


def test_nothing_small_nothing_withheld() -> None:
    """A table without small counts is printed whole, zeros too."""
    assert suppress({"town": 27, "a": 12, "b": 15, "c": 0}, TOWN) == frozenset()


def test_three_and_twelve_of_fifteen() -> None:
    """Villages of 3 and 12 under a town of 15 are both withheld and the total is shown."""
    assert suppress({"town": 15, "a": 3, "b": 12}, [Relation("town", ("a", "b"))]) == {"a", "b"}


def test_the_smallest_part_goes_with_it() -> None:
    """Of several parts the smallest is withheld beside a small one; a zero protects nobody."""
    assert suppress({"town": 40, "a": 3, "b": 12, "c": 25}, TOWN) == {"a", "b"}
    assert suppress({"town": 15, "a": 3, "b": 12, "c": 0}, TOWN) == {"a", "b"}


def test_ones_that_fill_the_rest_are_no_secret() -> None:
    """Two villages that share a rest of 2 must each be 1, so a third is withheld."""
    assert suppress({"town": 15, "a": 1, "b": 1, "c": 13}, TOWN) == {"a", "b", "c"}


def test_a_total_goes_where_it_is_the_only_cover() -> None:
    """A village that is the whole of a small town takes the town's count with it."""
    assert suppress({"town": 3, "a": 3, "b": 0, "c": 0}, TOWN) == {"town", "a"}


def test_complement_that_is_never_printed() -> None:
    """Due 12 and contacted 9 tell of 3 who were not: one of the two is withheld."""
    relation = [Relation("due", ("contacted", "missed"))]
    values = {"due": 12, "contacted": 9, "missed": 3}
    assert suppress(values, relation, hidden={"missed"}) == {"contacted"}
    assert suppress({"due": 12, "contacted": 12, "missed": 0}, relation, hidden={"missed"}) == frozenset()


@pytest.mark.parametrize("below", [1, 3, 5, 10])
def test_the_limit_is_a_setting(below: int) -> None:
    """Counts from 1 to one less than the limit are withheld."""
    withheld = suppress({"town": 20, "a": 4, "b": 7, "c": 9}, TOWN, below=below)
    assert ("a" in withheld) is (below > 4)


def test_recoverable_names_what_primary_suppression_alone_gives_away() -> None:
    """With the small count alone withheld, the attack finds it; after a second one it does not."""
    values = {"town": 15, "a": 3, "b": 12}
    relation = [Relation("town", ("a", "b"))]
    assert recoverable(values, relation, {"a"}) == {"a": 3}
    assert recoverable(values, relation, {"a", "b"}) == {}


Cell = tuple[int, int]


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[Cell, int], list[Relation[Cell]], set[Cell]]:
    """Draw a two-way table with totals in both directions, some columns never printed."""
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    counts = st.sampled_from([0, 0, 1, 1, 2, 3, 4, 5, 7, 12, 30])
    inner = {(r, c): draw(counts) for r in range(1, height + 1) for c in range(1, width + 1)}
    values = dict(inner)
    for r in range(1, height + 1):
        values[r, 0] = sum(inner[r, c] for c in range(1, width + 1))
    for c in range(1, width + 1):
        values[0, c] = sum(inner[r, c] for r in range(1, height + 1))
    values[0, 0] = sum(inner.values())
    rows = [Relation((r, 0), tuple((r, c) for c in range(1, width + 1))) for r in range(height + 1)]
    columns = [Relation((0, c), tuple((r, c) for r in range(1, height + 1))) for c in range(width + 1)]
    hidden = {cell for cell in values if cell[1] == width} if width > 1 and draw(st.booleans()) else set()
    return values, rows + columns, hidden


def system[C: Hashable](
    values: Mapping[C, int], relations: Sequence[Relation[C]], unknown: Sequence[C]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the linear system of the printed totals in the unknown cells."""
    place = {cell: number for number, cell in enumerate(unknown)}
    matrix = np.zeros((len(relations), len(unknown)))
    right = np.zeros(len(relations))
    for number, relation in enumerate(relations):
        for sign, cells in ((1.0, (relation.total,)), (-1.0, relation.parts)):
            for cell in cells:
                if cell in place:
                    matrix[number, place[cell]] += sign
                else:
                    right[number] -= sign * values[cell]
    return matrix, right


@settings(max_examples=80, deadline=None)
@given(table=tables())
def test_nobody_can_solve_for_a_withheld_count(
    table: tuple[dict[Cell, int], list[Relation[Cell]], set[Cell]],
) -> None:
    """No withheld or small hidden count is determined by the totals, nor by their bounds."""
    values, relations, hidden = table
    withheld = suppress(values, relations, hidden=hidden)
    unknown = sorted(withheld | hidden)
    secret = [cell for cell in unknown if cell in withheld or 0 < values[cell] < 5]
    assert not withheld & hidden
    assert all(cell in withheld | hidden for cell, value in values.items() if 0 < value < 5)
    assert all(values[cell] for cell in withheld), "zeros are printed"
    if not secret:
        return
    matrix, right = system(values, relations, unknown)
    rank = np.linalg.matrix_rank(matrix)
    bounds = [(0 if cell in hidden else 1, None) for cell in unknown]
    for cell in secret:
        unit = np.eye(len(unknown))[unknown.index(cell)]
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) == rank + 1, f"{cell} follows from the totals"
        low = linprog(unit, A_eq=matrix, b_eq=right, bounds=bounds)
        high = linprog(-unit, A_eq=matrix, b_eq=right, bounds=bounds)
        least = -np.inf if low.fun is None else low.fun
        most = np.inf if high.fun is None else -high.fun
        assert most - least > 0.999, f"{cell} follows from the bounds"


@settings(max_examples=15, deadline=None)
@given(table=tables())
def test_same_table_same_answer(table: tuple[dict[Cell, int], list[Relation[Cell]], set[Cell]]) -> None:
    """Suppression is a function: two runs withhold the same cells."""
    values, relations, hidden = table
    assert suppress(values, relations, hidden=hidden) == suppress(values, relations, hidden=hidden)


def test_what_is_withheld_for_another_reason_is_protected_too() -> None:
    """A large count that is withheld takes a second one with it; a 0 is printed all the same."""
    values = {"town": 40, "a": 25, "b": 15, "c": 0}
    relation = [Relation("town", ("a", "b", "c"))]
    assert suppress(values, relation) == set()
    assert suppress(values, relation, also={"a", "c"}) == {"a", "b"}


def test_a_count_that_is_in_no_sum_is_withheld_alone() -> None:
    """Nothing tells it, and nothing else need be withheld for it."""
    values = {"town": 30, "a": 10, "b": 20, "apart": 3}
    assert suppress(values, [Relation("town", ("a", "b"))]) == {"apart"}
