"""Who goes: a crew of one or two seats, and who may sit there.

One visit names the crews that may do it, so that one form carries every rule
about people: role, skill, certificate, a companion of the client's sex, two
people, and either of two of these.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fieldmap.models import Sex

__all__ = ["Crew", "Seat", "crews_for"]


@dataclass(frozen=True, slots=True)
class Seat:
    """Who may be one of the people at a visit; empty means anybody.

    Attributes
    ----------
    roles
        One of these roles.
    skills, certificates
        All of these.
    sex
        This sex (a companion of the client's sex).
    workers
        One of these, by id (the named responsible person and the deputy).
    """

    roles: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    certificates: frozenset[str] = frozenset()
    sex: Sex | None = None
    workers: frozenset[str] = frozenset()


type Crew = tuple[Seat, ...]
"""One seat, or two for a visit in a pair."""


def crews_for(
    workers_needed: int = 1,
    lead: Seat | None = None,
    companion: Sex | None = None,
    or_pair: bool = False,
) -> tuple[Crew, ...]:
    """Return the crews that the rules of ``domain.md`` §7.3 allow for one visit.

    Parameters
    ----------
    workers_needed
        1, or 2 for a visit in a pair.
    lead
        What the visitor must be; in a pair the first of the two, the second
        is anybody.
    companion
        A visitor of this sex must be there: the visitor, or a second person.
    or_pair
        Two people of any sex will do instead of `companion` (a man living
        alone is visited by a man, or by two).

    Examples
    --------
    >>> [len(crew) for crew in crews_for(companion=Sex.MALE, or_pair=True)]
    [1, 2]
    """
    first = lead or Seat()
    anybody, sexed = Seat(), replace(first, sex=companion)
    if companion is None:
        return ((first,),) if workers_needed == 1 else ((first, anybody),)
    pairs: tuple[Crew, ...] = ((sexed, anybody), (first, Seat(sex=companion)))
    if or_pair:
        pairs = ((first, anybody),)
    return pairs if workers_needed == 2 else ((sexed,), pairs[-1])
