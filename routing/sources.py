"""Which travel times to use: the roads that were built, else a straight line that says so."""

from __future__ import annotations

from collections.abc import Sequence

from fieldmap.models import Position
from fieldmap.settings import Settings
from routing.travel import StraightLine, Travel

__all__ = ["travel_for"]


def travel_for(settings: Settings, positions: Sequence[Position]) -> Travel:
    """Return the source of travel times of a station.

    Parameters
    ----------
    settings
        ``network`` names the folder of the road graphs; without such a
        folder the answer is a straight line × ``detour_factor``.
    positions
        The doors it is for.

    Raises
    ------
    RoadError
        There is a network, but of another place.
    """
    if not settings.network.is_dir():
        return StraightLine.of(settings)
    from routing.network import Network  # loads the engine

    roads = Network.open(settings.network)
    roads.covers(positions)
    return roads
