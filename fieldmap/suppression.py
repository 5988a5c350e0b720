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
    also: Collection[Cell] = (),
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
    also
        Counts to withhold for another reason, whatever their size; 0 is
        printed all the same.

    Returns
    -------
    frozenset
        Printed cells to withhold. The same input gives the same answer; where
        there is a choice, parts go before totals and small counts first.
    """
    table = _Table(values, relations, below, frozenset(hidden), also)
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
        also: Collection[Cell],
    ) -> None:
        self.values = values
        self.relations = relations
        self.hidden = hidden
        small = {cell for cell, value in values.items() if 0 < value < below}
        small |= {cell for cell in also if values[cell]}
        self.withheld: set[Cell] = small | hidden
        self.protected: set[Cell] = set(small)
        self._safe: set[Cell] = set()
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
        # what had a second value has one still: withholding more leaves the reader more to choose from
        suspects = sorted(self.protected - self._safe, key=self._order.__getitem__)
        found = _pinned(self.values, self.relations, unknown, self.hidden, suspects)
        self._safe.update(set(suspects).difference(found))
        return found

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

    Most that follow do so by bounds alone. Of the others a few programs with
    random objectives show a second value for most at once; only those left are
    looked at one by one, each among the unknown cells it hangs together with.
    """
    if not suspects or not relations:
        return []
    home = {cell: island for island in _islands(unknown, relations) for cell in island.cells}
    spans = {c: span for island in _of(home, suspects) for c, span in _spans(values, island, hidden).items()}
    fixed = {cell for cell in suspects if spans[cell][0] == spans[cell][1]}
    doubtful = [cell for cell in suspects if cell not in fixed]
    for cell in _unmoved(values, _of(home, doubtful), hidden, doubtful):
        if not _Audit(values, [home[cell]], hidden).moves(cell):
            fixed.add(cell)
    return [cell for cell in suspects if cell in fixed]


def _of[Cell: Hashable](home: Mapping[Cell, _Island[Cell]], cells: Iterable[Cell]) -> list[_Island[Cell]]:
    """Return the islands of some cells, each once."""
    return list({id(home[cell]): home[cell] for cell in cells}.values())


def _spans[Cell: Hashable](
    values: Mapping[Cell, int], island: _Island[Cell], hidden: frozenset[Cell]
) -> dict[Cell, tuple[float, float]]:
    """Return between what each unknown cell must lie, as each relation for itself tells.

    A total is no less than its parts' least, a part no more than its total's
    most less the other parts' least, over and over until nothing moves.
    """
    known = {c: (float(n), float(n)) for r in island.relations for c in r.cells if (n := values[c]) >= 0}
    spans = known | {cell: (0.0 if cell in hidden else 1.0, np.inf) for cell in island.cells}
    moved = True
    while moved:
        moved = False
        for relation in island.relations:
            low = sum(spans[part][0] for part in relation.parts)
            high = sum(spans[part][1] for part in relation.parts)
            least, most = spans[relation.total]
            fresh = {relation.total: (max(least, low), min(most, high))}
            for part in relation.parts:
                mine, other = spans[part]
                rest = high - other if np.isfinite(high) else _finite_rest(spans, relation, part)
                fresh[part] = (max(mine, least - rest), min(other, most - (low - mine)))
            for cell, span in fresh.items():
                if span != spans[cell]:
                    spans[cell] = span
                    moved = True
    return {cell: spans[cell] for cell in island.cells}


def _finite_rest[Cell: Hashable](
    spans: Mapping[Cell, tuple[float, float]], relation: Relation[Cell], part: Cell
) -> float:
    return sum(spans[other][1] for other in relation.parts if other != part)


def _unmoved[Cell: Hashable](
    values: Mapping[Cell, int],
    islands: Sequence[_Island[Cell]],
    hidden: frozenset[Cell],
    suspects: Sequence[Cell],
) -> list[Cell]:
    """Return the suspects of which a few random programs show no second value."""
    if not suspects:
        return []
    audit, left = _Audit(values, islands, hidden), list(suspects)
    random = np.random.default_rng(0)
    for _ in range(_PROBES):
        objective = random.normal(size=audit.size)
        audit.probe(objective)
        audit.probe(-objective)
        left = [cell for cell in left if audit.fixed(cell)]
        if not left:
            break
    return left


@dataclass(frozen=True, slots=True)
class _Island[Cell: Hashable]:
    """Unknown cells that hang together, and the relations between them."""

    cells: tuple[Cell, ...]
    relations: tuple[Relation[Cell], ...]


def _islands[Cell: Hashable](
    unknown: Sequence[Cell], relations: Sequence[Relation[Cell]]
) -> list[_Island[Cell]]:
    """Return the unknown cells in groups that share no relation: what is printed parts them."""
    of: dict[Cell, list[Relation[Cell]]] = {cell: [] for cell in unknown}
    for relation in relations:
        for cell in relation.cells:
            if cell in of:
                of[cell].append(relation)
    found: list[_Island[Cell]] = []
    seen: set[Cell] = set()
    for start in unknown:
        if start in seen:
            continue
        cells, between = {start: None}, {}
        queue = [start]
        while queue:
            for relation in of[queue.pop()]:
                between[id(relation)] = relation
                fresh = [cell for cell in relation.cells if cell in of and cell not in cells]
                cells |= dict.fromkeys(fresh)
                queue.extend(fresh)
        seen.update(cells)
        found.append(_Island(tuple(cells), tuple(between.values())))
    return found


class _Audit[Cell: Hashable]:
    """What whole numbers the unknown cells may have, as far as seen."""

    def __init__(
        self, values: Mapping[Cell, int], islands: Sequence[_Island[Cell]], hidden: frozenset[Cell]
    ) -> None:
        cells = [cell for island in islands for cell in island.cells]
        self._column = column = {cell: number for number, cell in enumerate(cells)}
        truth = np.array([values[cell] for cell in cells], dtype=np.float64)
        matrix = _equations(column, [relation for island in islands for relation in island.relations])
        # the relations hold, so the right side is what the true values give
        self._equations = LinearConstraint(matrix, matrix @ truth, matrix @ truth)
        least = np.array([0.0 if cell in hidden else 1.0 for cell in cells])
        self._bounds = Bounds(least, np.full(len(truth), 2.0 * truth.sum() + 2.0))
        self._whole = np.ones(len(truth), dtype=np.int64)
        self._low, self._high = truth.copy(), truth.copy()

    @property
    def size(self) -> int:
        """Return the number of unknown cells."""
        return len(self._column)

    def fixed(self, cell: Cell) -> bool:
        """Return whether no second value of a cell was seen."""
        number = self._column[cell]
        return bool(self._high[number] - self._low[number] < _CHOICE)

    def moves(self, cell: Cell) -> bool:
        """Return whether a cell has a second value: the least and the greatest are looked for."""
        for sign in (1.0, -1.0):
            if self.fixed(cell):
                self.probe(sign * np.eye(1, self.size, self._column[cell])[0])
        return not self.fixed(cell)

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
