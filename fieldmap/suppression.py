"""Withholding small counts so that nobody can work them out again.

A table of counts is printed with its totals. A count of 1 to 4 persons is
withheld (primary suppression); further counts are withheld with it (secondary
suppression), so that no withheld count follows from what is printed.

What the reader is taken to know: every printed count, every relation "total =
sum of parts", that counts are not negative, and that a withheld count is not 0
(zeros are printed). A withheld count is safe where these leave a choice of
more than one whole number, which an integer program finds out.

Counts that are never printed but could be worked out (due and not contacted)
take part as *hidden* cells: a small one is protected like a withheld one.

References
----------
Hundepool et al. (2012), Statistical Disclosure Control, chapter 4: tables of
counts, secondary cell suppression, the audit by mathematical programs.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

__all__ = ["Relation", "recoverable", "suppress"]

_PROBES = 6
# a search cut short shows no second value: the cell counts as exposed, which is the safe side
_NODES = 2000
_CHOICE = 0.999  # whole numbers, up to the solver's rounding


@dataclass(frozen=True, slots=True)
class Relation[Cell: Hashable]:
    """One cell is the sum of others."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return the total and its parts."""
        return (self.total, *self.parts)


def suppress[Cell: Hashable](
    values: Mapping[Cell, int],
    relations: Sequence[Relation[Cell]],
    *,
    below: int = 5,
    hidden: Collection[Cell] = (),
) -> frozenset[Cell]:
    """Return the cells of a table that must not be printed.

    Parameters
    ----------
    values
        Every cell's exact count, the hidden ones too; the relations hold.
    relations
        Which cell is the sum of which others.
    below
        Counts from 1 to one less than this are withheld; 0 is printed.
    hidden
        Cells that are never printed.

    Returns
    -------
    frozenset
        Printed cells to withhold. The same input gives the same answer; where
        there is a choice, parts go before totals and small counts first.
    """
    table = _Table(values, relations, below, frozenset(hidden))
    while True:
        table.close()
        exposed = table.exposed()
        if not exposed:
            return frozenset(table.withheld - table.hidden)
        table.protect(exposed)


def recoverable[Cell: Hashable](
    values: Mapping[Cell, int],
    relations: Sequence[Relation[Cell]],
    withheld: Collection[Cell],
    hidden: Collection[Cell] = (),
) -> dict[Cell, int]:
    """Return the withheld and hidden cells that a reader can work out, with their values.

    The attack that :func:`suppress` defends against; hidden cells of any size
    are in the answer.
    """
    unknown = [cell for cell in values if cell in set(withheld) | set(hidden)]
    pinned = _pinned(values, relations, unknown, frozenset(hidden), unknown)
    return {cell: values[cell] for cell in pinned}


class _Table[Cell: Hashable]:
    """The state of a suppression: what is withheld so far."""

    def __init__(
        self,
        values: Mapping[Cell, int],
        relations: Sequence[Relation[Cell]],
        below: int,
        hidden: frozenset[Cell],
    ) -> None:
        self.values = values
        self.relations = relations
        self.hidden = hidden
        small = {cell for cell, value in values.items() if 0 < value < below}
        self.withheld: set[Cell] = small | hidden
        self.protected: set[Cell] = set(small)
        self._order = {cell: number for number, cell in enumerate(values)}
        self._of: dict[Cell, list[Relation[Cell]]] = {cell: [] for cell in values}
        for relation in relations:
            for cell in relation.cells:
                self._of[cell].append(relation)

    def close(self) -> None:
        """Withhold a second cell wherever one protected cell is all that a relation lacks."""
        queue = list(self.relations)
        while queue:
            relation = queue.pop()
            lacking = [cell for cell in relation.cells if cell in self.withheld]
            if len(lacking) == 1 and lacking[0] in self.protected:
                choice = self._choice([relation], lacking[0])
                if choice is not None:
                    self._withhold(choice)
                    queue.extend(self._of[choice])

    def exposed(self) -> list[Cell]:
        """Return the protected cells that can be worked out all the same."""
        unknown = sorted(self.withheld, key=self._order.__getitem__)
        suspects = sorted(self.protected, key=self._order.__getitem__)
        return _pinned(self.values, self.relations, unknown, self.hidden, suspects)

    def protect(self, exposed: Iterable[Cell]) -> None:
        """Withhold one more cell near each exposed one, unless something near was just withheld."""
        changed: set[Cell] = set()
        for cell in exposed:
            choice = self._nearest(cell, changed)
            if choice is not None:
                self._withhold(choice)
                changed.add(choice)

    def _nearest(self, cell: Cell, changed: set[Cell]) -> Cell | None:
        """Return the nearest cell to withhold, over relations and withheld cells."""
        seen, ring = {cell}, [cell]
        while ring:
            around = dict.fromkeys(c for near in ring for relation in self._of[near] for c in relation.cells)
            if not changed.isdisjoint(around):
                return None
            for near in ring:
                choice = self._choice(self._of[near], near)
                if choice is not None:
                    return choice
            ring = [c for c in around if c not in seen and c in self.withheld]
            seen.update(ring)
        return None

    def _withhold(self, cell: Cell) -> None:
        self.withheld.add(cell)
        self.protected.add(cell)

    def _choice(self, relations: Iterable[Relation[Cell]], beside: Cell) -> Cell | None:
        """Return the best cell to withhold beside another: a part before a total, then the smallest."""
        ranked = [
            (cell == relation.total, self.values[cell], self._order[cell], cell)
            for relation in relations
            for cell in relation.cells
            if cell != beside and cell not in self.withheld and self.values[cell]
        ]
        return min(ranked, key=lambda entry: entry[:3])[3] if ranked else None


def _pinned[Cell: Hashable](
    values: Mapping[Cell, int],
    relations: Sequence[Relation[Cell]],
    unknown: Sequence[Cell],
    hidden: frozenset[Cell],
    suspects: Sequence[Cell],
) -> list[Cell]:
    """Return the suspects whose value follows from the rest.

    A few programs with random objectives show a second value for most cells
    at once; only those left are looked at one by one.
    """
    if not suspects or not relations:
        return []
    column = {cell: number for number, cell in enumerate(unknown)}
    audit = _Audit(values, relations, column, hidden)
    left = [column[cell] for cell in suspects]
    random = np.random.default_rng(0)
    for _ in range(_PROBES):
        if left:
            objective = random.normal(size=len(unknown))
            audit.probe(objective)
            audit.probe(-objective)
            left = [number for number in left if audit.fixed(number)]
    for number in left:
        for sign in (1.0, -1.0):
            if audit.fixed(number):
                audit.probe(sign * np.eye(1, len(unknown), number)[0])
    return [unknown[number] for number in left if audit.fixed(number)]


class _Audit:
    """What whole numbers the unknown cells may have, as far as seen."""

    def __init__[Cell: Hashable](
        self,
        values: Mapping[Cell, int],
        relations: Sequence[Relation[Cell]],
        column: Mapping[Cell, int],
        hidden: frozenset[Cell],
    ) -> None:
        truth = np.array([values[cell] for cell in column], dtype=np.float64)
        matrix = _equations(column, relations)
        # the relations hold, so the right side is what the true values give
        self._equations = LinearConstraint(matrix, matrix @ truth, matrix @ truth)
        least = np.array([0.0 if cell in hidden else 1.0 for cell in column])
        self._bounds = Bounds(least, np.full(len(truth), 2.0 * truth.sum() + 2.0))
        self._whole = np.ones(len(truth), dtype=np.int64)
        self._low, self._high = truth.copy(), truth.copy()

    def fixed(self, number: int) -> bool:
        """Return whether no second value of a cell was seen."""
        return bool(self._high[number] - self._low[number] < _CHOICE)

    def probe(self, objective: NDArray[np.float64]) -> None:
        """Look at the table that is least by an objective."""
        answer = milp(
            objective,
            integrality=self._whole,
            bounds=self._bounds,
            constraints=self._equations,
            options={"node_limit": _NODES},
        )
        if answer.x is not None:
            np.minimum(self._low, answer.x, out=self._low)
            np.maximum(self._high, answer.x, out=self._high)


def _equations[Cell: Hashable](column: Mapping[Cell, int], relations: Sequence[Relation[Cell]]) -> csr_array:
    """Return the relations as rows over the unknown cells: total − parts."""
    entries = [
        (number, column[cell], 1.0 if cell == relation.total else -1.0)
        for number, relation in enumerate(relations)
        for cell in relation.cells
        if cell in column
    ]
    rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array((signs, (rows, columns)), shape=(len(relations), len(column)))
