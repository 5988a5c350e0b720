"""The month: every due contact in a slot of day, visitors and channel.

The model
---------
Contacts are taken together where they are alike (village, days, channels,
crews, time they take): ``g`` with ``n_g`` contacts. Given: units ``u`` (a
worker, or two), free seconds ``Q_wd`` of worker ``w`` on day ``d``, the way to a
village and back ``r_vw``, from door to door there ``h_vw``.

Decide: ``x_gduc`` contacts of ``g`` made on ``d`` by ``u`` through channel
``c``; ``y_vdw`` whether ``w`` goes to village ``v``; ``z_g`` contacts left out.

Minimise left out by price, then ways, then the busiest worker's share of the
free time (fairness), subject to

1. everybody: ``Σ x_gduc + z_g = n_g``, only on days from opening to deadline;
2. time: ``Σ (s_g + h_vw) x_gduc + Σ r_vw y_vdw ≤ Q_wd`` over the units with
   ``w``, a call without way and door;
3. presence: ``x_gduc > 0`` at a door only where ``y_vdw`` for all ``w ∈ u``;
4. desk: on office duty calls only.

Three answers: *feasible* (everybody has a slot), *infeasible* (a linear
relaxation without any way proves that so many must be left out), *open* (both
numbers). Whether the days can be driven is for :func:`routing.plan`, which
routes each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from fieldmap.errors import InputError
from fieldmap.models import Channel
from routing.crews import Crew, Seat
from routing.models import DAY_S, Worker

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Answer", "Contact", "Month", "MonthProblem", "Shift", "Slot", "plan_month"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One door to be seen, or to be called, once in the period.

    Attributes
    ----------
    village
        Key of the ways; contacts of one village share the way there.
    service_s, call_s
        Seconds at the door, or on the telephone.
    first_day, last_day
        Days of the period, counted from 0, both included.
    channels
        ``door``, ``phone`` or both.
    crews
        Who may go, the best first; who calls is one person of any of them.
    price
        What leaving it out costs; only ratios count.
    """

    id: str
    village: str
    service_s: int
    first_day: int
    last_day: int
    channels: frozenset[Channel] = frozenset({Channel.DOOR})
    call_s: int = 600
    crews: tuple[Crew, ...] = ((Seat(),),)
    price: int = 1


@dataclass(frozen=True, slots=True)
class Shift:
    """A worker's free time on a day of the period; at the desk only calls are made."""

    worker_id: str
    day: int
    seconds: int
    at_desk: bool = False


@dataclass(frozen=True, eq=False)
class MonthProblem:
    """What is to be put into slots.

    Attributes
    ----------
    days
        Number of days of the period.
    way_s
        (worker, village) → seconds there and back.
    hop_s
        (worker, village) → seconds from one door to the next there.

    Raises
    ------
    InputError
        The parts do not fit together; all faults at once.
    """

    contacts: tuple[Contact, ...]
    workers: tuple[Worker, ...]
    shifts: tuple[Shift, ...]
    days: int
    way_s: Mapping[tuple[str, str], int] = field(default_factory=dict)
    hop_s: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = list(_faults(self))
        if found:
            raise InputError("month.inconsistent", "; ".join(found))


class Answer(StrEnum):
    """Whether everybody can be seen in time."""

    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Slot:
    """One contact on one day."""

    contact_id: str
    day: int
    worker_ids: tuple[str, ...]
    channel: Channel


@dataclass(frozen=True, slots=True)
class Month:
    """Slots, who has none, and what is proved about it.

    Attributes
    ----------
    least_left_out
        Proven: so many contacts at least cannot be made, whatever the plan.
    load
        Worker → share of the free time that is used, from 0 to 1.
    """

    slots: tuple[Slot, ...]
    left_out: tuple[str, ...]
    answer: Answer
    least_left_out: int
    load: Mapping[str, float]


def plan_month(problem: MonthProblem, seconds: float = 20.0, seed: int = 0) -> Month:
    """Put every contact into a slot, as far as there is time.

    Parameters
    ----------
    seconds
        Limit of the search; the proof takes a moment more.

    Returns
    -------
    Month
        Nobody is lost: each contact is in a slot or among those left out.

    References
    ----------
    CP-SAT of OR-Tools for the slots; a linear relaxation for the proof.
    """
    from routing import _month  # the engine takes a second to import

    return _month.solve(problem, seconds, seed)


def _faults(problem: MonthProblem) -> Iterable[str]:
    ids = [c.id for c in problem.contacts]
    workers = {w.id for w in problem.workers}
    if len(set(ids)) < len(ids):
        yield f"contact {sorted({i for i in ids if ids.count(i) > 1})} twice"
    for contact in problem.contacts:
        if not contact.crews or not contact.channels <= {Channel.DOOR, Channel.PHONE, Channel.VIDEO}:
            yield f"contact {contact.id!r}: crews {contact.crews}, channels {sorted(contact.channels)}"
        if not (0 <= contact.service_s <= DAY_S and 0 <= contact.call_s <= DAY_S and contact.price >= 0):
            yield f"contact {contact.id!r}: {contact.service_s} s, {contact.call_s} s, price {contact.price}"
    for shift in problem.shifts:
        if shift.worker_id not in workers or not 0 <= shift.day < problem.days or shift.seconds < 0:
            yield f"shift {shift}"
    if len({(s.worker_id, s.day) for s in problem.shifts}) < len(problem.shifts):
        yield "two shifts of one worker on one day"
