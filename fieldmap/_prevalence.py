"""A beta-binomial model of two levels: doors in buildings, buildings in grids.

Of a building's doors a share is in need; the shares of a grid's buildings lie
about the grid's mean, beta with the concentration ``k2``; the means of the
grids about the town's ``mu``, beta with ``k1``. Everything unknown is laid on
a lattice, so that nothing has to converge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln

__all__ = ["Swept", "draws"]

Array = NDArray[np.float64]

_DRAWS = 4000
_MEANS, _TOWNS = 60, 40
_SPREAD_OF_GRIDS = np.array([2.0, 5.0, 12.0, 30.0, 80.0, 250.0])
_SPREAD_OF_BUILDINGS = np.array([2.0, 6.0, 16.0, 45.0, 150.0, 1000.0])


@dataclass(frozen=True, slots=True)
class Swept:
    """A building: of ``answered`` doors ``need``; ``unknown`` are without an answer.

    All of them on no ledger; ``listed`` is every door of the building.
    """

    need: int
    answered: int
    unknown: int
    listed: int


def draws(grids: Sequence[Sequence[Swept]], seed: int) -> NDArray[np.int64]:
    """Draw how many of the doors without an answer are in need.

    Returns
    -------
    array
        Shape (draws, grids), from the posterior prediction; the grids of one
        draw belong together, so that sums over them can be taken.
    """
    random = np.random.default_rng(seed)
    if not grids:
        return np.zeros((_DRAWS, 0), dtype=np.int64)
    edges = np.sin(np.linspace(0.0, np.pi / 2, _MEANS + 1)) ** 2
    means = (edges[1:] + edges[:-1]) / 2
    logs = np.array([_likelihood(buildings, means) for buildings in grids])
    peaks = logs.max(axis=1, keepdims=True)
    fits, prior = np.exp(logs - peaks), _prior(edges)
    # the peak of each grid depends on k2, so that it counts in the weight of k2
    towns = random.choice(
        len(prior) * len(_SPREAD_OF_BUILDINGS), _DRAWS, p=_weights(fits, peaks[:, 0], prior)
    )
    unknown = np.array([sum(b.unknown for b in buildings) for buildings in grids])
    mean, spread = _predicted(grids, means)
    drawn, grid = np.zeros((_DRAWS, len(grids)), dtype=np.int64), np.arange(len(grids))
    for town in np.unique(towns):
        rows = np.flatnonzero(towns == town)
        above, within = divmod(int(town), len(_SPREAD_OF_BUILDINGS))
        at = _chosen(prior[above] * fits[:, :, within], len(rows), random)
        drawn[rows] = _beta_binomial(unknown, mean[grid, at, within], spread[grid, at, within], random)
    return drawn


def _chosen(weights: Array, rows: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Draw a mean for every grid, by its weights; shape (rows, grids)."""
    reach = np.cumsum(weights, axis=1)
    level = random.random((rows, len(weights))) * reach[:, -1]
    found = [np.searchsorted(reach[g], level[:, g]) for g in range(len(weights))]
    at: NDArray[np.int64] = np.minimum(np.array(found).T, weights.shape[1] - 1)
    return at


def _prior(edges: Array) -> Array:
    """Return for every (mu, k1) the chance of each mean of a grid; shape (towns, means).

    ``mu`` lies evenly on the scale of the arcsine of the root (Jeffreys), ``k1``
    evenly on its list.
    """
    towns = np.sin((np.arange(_TOWNS) + 0.5) / _TOWNS * np.pi / 2) ** 2
    mu, spread = (a.ravel()[:, None] for a in np.meshgrid(towns, _SPREAD_OF_GRIDS, indexing="ij"))
    chances: Array = np.diff(betainc(mu * spread, (1.0 - mu) * spread, edges[None, :]), axis=1)
    return chances


def _likelihood(buildings: Sequence[Swept], means: Array) -> Array:
    """Return the logarithm of how well each mean and ``k2`` explains a grid's answers."""
    alpha, beta = _shapes(means)
    before, found = betaln(alpha, beta), np.zeros(alpha.shape)
    alike = Counter((b.need, b.answered - b.need) for b in buildings if b.answered)
    for (need, others), number in alike.items():
        found += number * (betaln(alpha + need, beta + others) - before)
    return found


def _weights(scaled: Array, peaks: Array, prior: Array) -> Array:
    """Return the posterior chance of every (mu, k1) with every ``k2``, flat."""
    fits = np.einsum("tm,gmk->gtk", prior, scaled)
    logs = np.log(np.maximum(fits, np.finfo(float).tiny)).sum(axis=0) + peaks.sum(axis=0)
    chances: Array = np.exp(logs - logs.max()).ravel()
    chances /= chances.sum()
    return chances


def _predicted(grids: Sequence[Sequence[Swept]], means: Array) -> tuple[Array, Array]:
    """Return mean and variance of those in need behind a grid's unknown doors.

    Shape (grids, means, k2): a sum of the beta-binomial predictions of its buildings.
    """
    alpha, beta = _shapes(means)
    shape = (len(grids), *alpha.shape)
    mean, spread = np.zeros(shape), np.zeros(shape)
    for number, buildings in enumerate(grids):
        for b in buildings:
            if b.unknown:
                size = alpha + beta + b.answered
                share = (alpha + b.need) / size
                mean[number] += b.unknown * share
                spread[number] += b.unknown * share * (1.0 - share) * (size + b.unknown) / (size + 1.0)
    return mean, spread


def _beta_binomial(
    number: NDArray[np.int64], mean: Array, spread: Array, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw from the beta-binomial distributions that have these means and variances.

    Parameters
    ----------
    number
        Of doors; the other two have it as their last axis.
    """
    share = np.clip(mean / np.maximum(number, 1), 1e-9, 1.0 - 1e-9)
    alone = np.maximum(number, 1) * share * (1.0 - share)
    together = np.clip((spread / alone - 1.0) / np.maximum(number - 1, 1), 1e-6, 1.0 - 1e-6)
    size = 1.0 / together - 1.0
    return random.binomial(number, random.beta(share * size, (1.0 - share) * size))


def _shapes(means: Array) -> tuple[Array, Array]:
    return means[:, None] * _SPREAD_OF_BUILDINGS, (1.0 - means[:, None]) * _SPREAD_OF_BUILDINGS
