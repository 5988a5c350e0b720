"""The slots of a month in CP-SAT, and a linear proof of how many cannot have one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ortools.linear_solver import pywraplp
from ortools.sat.python import cp_model

from fieldmap.models import Channel
from routing.month import Answer, Contact, Month, MonthProblem, Shift, Slot

__all__ = ["solve"]

_PRICE, _WAY, _FAIR = 100_000, 1, 2
"""Weights: leaving somebody out, a second on the way, a thousandth of the busiest one's time."""


@dataclass(frozen=True, slots=True)
class _Use:
    """Contacts of one group on one day by one unit through one channel."""

    group: int
    day: int
    unit: tuple[str, ...]
    channel: Channel


class _Groups:
    """Contacts that are alike, and the uses that are allowed for each group."""

    def __init__(self, problem: MonthProblem) -> None:
        self.problem = problem
        alike: dict[tuple[object, ...], list[Contact]] = {}
        for c in problem.contacts:
            band = c.price.bit_length()  # prices within a factor of two are alike
            key = (c.village, c.service_s, c.call_s, c.first_day, c.last_day, c.channels, c.crews, band)
            alike.setdefault(key, []).append(c)
        self.groups = [sorted(found, key=lambda c: -c.price) for found in alike.values()]
        self.shift = {(s.worker_id, s.day): s for s in problem.shifts}
        self.uses = [use for g in range(len(self.groups)) for use in self._uses(g)]
        self.by_shift: dict[tuple[str, int], list[int]] = {key: [] for key in self.shift}
        for i, use in enumerate(self.uses):
            for w in use.unit:
                self.by_shift[w, use.day].append(i)

    def _uses(self, group: int) -> Iterator[_Use]:
        contact = self.groups[group][0]
        days = range(max(0, contact.first_day), min(self.problem.days - 1, contact.last_day) + 1)
        units, callers = self._units(contact), self._callers(contact)
        for day in days:
            for channel in sorted(contact.channels):
                for unit in units if channel is Channel.DOOR else callers:
                    shifts = [self.shift.get((w, day)) for w in unit]
                    if all(self._works(s, channel) for s in shifts):
                        yield _Use(group, day, unit, channel)

    @staticmethod
    def _works(shift: Shift | None, channel: Channel) -> bool:
        return shift is not None and shift.seconds > 0 and (channel is not Channel.DOOR or not shift.at_desk)

    def _units(self, contact: Contact) -> list[tuple[str, ...]]:
        """Return who may go together, each once."""
        found: dict[tuple[str, ...], None] = {}
        for crew in contact.crews:
            seats = [[w.id for w in self.problem.workers if w.may_take(seat)] for seat in crew]
            if len(crew) == 1:
                found |= {(w,): None for w in seats[0]}
            else:
                found |= {(min(a, b), max(a, b)): None for a in seats[0] for b in seats[1] if a != b}
        return list(found)

    def _callers(self, contact: Contact) -> list[tuple[str, ...]]:
        seats = [seat for crew in contact.crews for seat in crew]
        return [(w.id,) for w in self.problem.workers if any(w.may_take(seat) for seat in seats)]

    def seconds(self, use: _Use, worker: str, *, ways: bool = True) -> int:
        """Return what one contact of this use takes of the worker's time."""
        contact = self.groups[use.group][0]
        if use.channel is not Channel.DOOR:
            return contact.call_s
        hop = self.problem.hop_s.get((worker, contact.village), 0) if ways else 0
        return contact.service_s + hop


def solve(problem: MonthProblem, seconds: float, seed: int) -> Month:
    """Search for slots, then prove how many cannot have one."""
    groups = _Groups(problem)
    slots = _Search(groups, seed).slots(seconds)
    placed = {slot.contact_id for slot in slots}
    left = tuple(c.id for c in problem.contacts if c.id not in placed)
    least = _least_left_out(groups) if left else 0
    answer = Answer.FEASIBLE if not left else Answer.INFEASIBLE if least else Answer.OPEN
    return Month(tuple(slots), left, answer, least, _load(groups, slots))


class _Search:
    """The model of :mod:`routing.month`; one method per rule."""

    def __init__(self, groups: _Groups, seed: int) -> None:
        self.groups, self.seed = groups, seed
        self.model = cp_model.CpModel()
        sizes = [len(g) for g in groups.groups]
        self.x = [self.model.new_int_var(0, sizes[use.group], f"x{i}") for i, use in enumerate(groups.uses)]
        self.left = [self.model.new_int_var(0, n, f"z{g}") for g, n in enumerate(sizes)]
        self.there: dict[tuple[str, int, str], Any] = {}
        self._everybody(sizes)
        self._presence(sizes)
        busiest = self._time()
        prices = [g[0].price for g in groups.groups]
        most = max([1, *prices])
        self.model.minimize(
            sum(_PRICE * max(1, 100 * p // most) * z for p, z in zip(prices, self.left, strict=True))
            + _WAY * sum(self._way(v, w) * y for (v, _, w), y in self.there.items())
            + _FAIR * busiest
        )

    def _everybody(self, sizes: list[int]) -> None:
        uses: list[list[Any]] = [[] for _ in sizes]
        for x, use in zip(self.x, self.groups.uses, strict=True):
            uses[use.group].append(x)
        for g, n in enumerate(sizes):
            self.model.add(sum(uses[g]) + self.left[g] == n)

    def _presence(self, sizes: list[int]) -> None:
        for x, use in zip(self.x, self.groups.uses, strict=True):
            if use.channel is Channel.DOOR:
                for w in use.unit:
                    key = (self.groups.groups[use.group][0].village, use.day, w)
                    if key not in self.there:
                        self.there[key] = self.model.new_bool_var(f"y{len(self.there)}")
                    self.model.add(x <= sizes[use.group] * self.there[key])

    def _way(self, village: str, worker: str) -> int:
        return self.groups.problem.way_s.get((worker, village), 0)

    def _time(self) -> Any:
        """Return the busiest worker's thousandths of the free time."""
        busiest = self.model.new_int_var(0, 1000, "busiest")
        spent: dict[str, list[Any]] = {}
        free: dict[str, int] = {}
        for (w, day), shift in self.groups.shift.items():
            parts = [
                self.groups.seconds(self.groups.uses[i], w) * self.x[i] for i in self.groups.by_shift[w, day]
            ]
            parts += [self._way(v, w) * y for (v, d, who), y in self.there.items() if (d, who) == (day, w)]
            self.model.add(sum(parts) <= shift.seconds)
            spent.setdefault(w, []).extend(parts)
            free[w] = free.get(w, 0) + shift.seconds
        for w, parts in spent.items():
            self.model.add(1000 * sum(parts) <= busiest * max(1, free[w]))
        return busiest

    def slots(self, seconds: float) -> list[Slot]:
        """Return the slots found; none where the time was too short even for a first answer."""
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = self.seed
        first = _First(self.groups)
        self._hint(first)
        found = solver.solve(self.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        counts = [solver.value(x) for x in self.x] if found else first.counts
        waiting = [iter(group) for group in self.groups.groups]
        slots = [
            Slot(next(waiting[use.group]).id, use.day, use.unit, use.channel)
            for n, use in zip(counts, self.groups.uses, strict=True)
            for _ in range(n)
        ]
        return sorted(slots, key=lambda s: (s.day, s.worker_ids, s.contact_id))

    def _hint(self, first: _First) -> None:
        """Begin with a plan that is allowed."""
        done = [0] * len(self.left)
        for x, n, use in zip(self.x, first.counts, self.groups.uses, strict=True):
            self.model.add_hint(x, n)
            done[use.group] += n
        for z, n, group in zip(self.left, done, self.groups.groups, strict=True):
            self.model.add_hint(z, len(group) - n)
        for key, y in self.there.items():
            self.model.add_hint(y, key in first.there)


class _First:
    """A first plan: group by group, the dearest for its time first, each contact where it takes least time.

    Attributes
    ----------
    counts
        Contacts of each use.
    there
        (village, day, worker) of every way.
    """

    def __init__(self, groups: _Groups) -> None:
        self.groups = groups
        self.counts = [0] * len(groups.uses)
        self.there: set[tuple[str, int, str]] = set()
        self.free = {key: shift.seconds for key, shift in groups.shift.items()}
        uses: dict[int, list[int]] = {}
        for i, use in enumerate(groups.uses):
            uses.setdefault(use.group, []).append(i)
        for group in sorted(uses, key=self._urgent):
            for _ in groups.groups[group]:
                self._place(uses[group])

    def _urgent(self, group: int) -> tuple[float, int]:
        """Return what goes first: the dearest for the seconds it takes of everybody."""
        contact = self.groups.groups[group][0]
        alone = contact.call_s if contact.channels - {Channel.DOOR} else contact.service_s
        seconds = max(1, alone * min(len(crew) for crew in contact.crews))
        return -contact.price / seconds, contact.last_day

    def _place(self, uses: list[int]) -> None:
        costs = {i: cost for i in uses if (cost := self._cost(i))}
        if not costs:
            return
        best = min(costs, key=lambda i: (sum(costs[i].values()), i))
        use = self.groups.uses[best]
        self.counts[best] += 1
        for w, seconds in costs[best].items():
            self.free[w, use.day] -= seconds
            if use.channel is Channel.DOOR:
                self.there.add((self._village(use), use.day, w))

    def _cost(self, i: int) -> dict[str, int]:
        """Return the seconds of each worker, empty where somebody has not so many."""
        use = self.groups.uses[i]
        costs = {w: self.groups.seconds(use, w) + self._way(use, w) for w in use.unit}
        return costs if all(self.free[w, use.day] >= s for w, s in costs.items()) else {}

    def _village(self, use: _Use) -> str:
        return self.groups.groups[use.group][0].village

    def _way(self, use: _Use, worker: str) -> int:
        village = self._village(use)
        if use.channel is not Channel.DOOR or (village, use.day, worker) in self.there:
            return 0
        return self.groups.problem.way_s.get((worker, village), 0)


def _least_left_out(groups: _Groups) -> int:
    """Return how many have no slot in any plan: proven without any way, where parts of a visit would do."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x = [solver.NumVar(0, len(groups.groups[use.group]), "") for use in groups.uses]
    left = [solver.NumVar(0, len(g), "") for g in groups.groups]
    uses: list[list[Any]] = [[] for _ in groups.groups]
    for part, use in zip(x, groups.uses, strict=True):
        uses[use.group].append(part)
    for g, group in enumerate(groups.groups):
        solver.Add(solver.Sum([*uses[g], left[g]]) == len(group))
    for (w, day), shift in groups.shift.items():
        parts = [groups.seconds(groups.uses[i], w, ways=False) * x[i] for i in groups.by_shift[w, day]]
        if parts:
            solver.Add(solver.Sum(parts) <= shift.seconds)
    solver.Minimize(solver.Sum(left))
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return 0
    return max(0, math.ceil(float(solver.Objective().Value()) - 1e-6))


def _load(groups: _Groups, slots: list[Slot]) -> dict[str, float]:
    """Return each worker's share of the free time that slots and ways take."""
    of = {c.id: c for c in groups.problem.contacts}
    spent = {w.id: 0 for w in groups.problem.workers}
    ways: set[tuple[str, int, str]] = set()
    for slot in slots:
        contact = of[slot.contact_id]
        for w in slot.worker_ids:
            if slot.channel is Channel.DOOR:
                spent[w] += contact.service_s + groups.problem.hop_s.get((w, contact.village), 0)
                ways.add((contact.village, slot.day, w))
            else:
                spent[w] += contact.call_s
    for village, _, w in ways:
        spent[w] += groups.problem.way_s.get((w, village), 0)
    free = {w: sum(s.seconds for s in groups.problem.shifts if s.worker_id == w) for w in spent}
    return {w: spent[w] / free[w] if free[w] else 0.0 for w in spent}
