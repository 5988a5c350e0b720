"""What "registered" means for a flag: the household goes on the ledger, or what became of it is written down.

A form is read as the rows of a ledger are read, and enrolled as they are
enrolled; but where an import keeps a row and reports the cell, a form goes
back to whoever fills it in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from fieldmap.datum import Datum
from fieldmap.enrolment import LISTED, Enrolment
from fieldmap.errors import Issue
from fieldmap.forms import FormError, FormReader
from fieldmap.models import (
    Client,
    Event,
    Exclusion,
    ExclusionReason,
    Flag,
    FlagKind,
    FlagState,
    Household,
    Snapshot,
)
from fieldmap.readers import LedgerRow
from fieldmap.readers.layout import Column, Line, Table
from fieldmap.readers.person import read_person
from fieldmap.standards import TAGS, TagMark, merge_marks
from fieldmap.store import Batch, Store
from fieldmap.store.codec import instant

__all__ = [
    "DIED",
    "FLAGGED",
    "HEADINGS",
    "MOST_PEOPLE",
    "VISIT_ASKED",
    "Registration",
    "read_departures",
    "read_registration",
    "register_departures",
    "register_known",
    "register_new",
    "take",
]

FLAGGED = "flag"
"""The ledger of those who came on it by a flag: their tags and their door say so."""

MOST_PEOPLE = 6
"""People of one household that one form takes."""

VISIT_ASKED = "flagged"
"""The event of everybody behind a door where a visit is asked for now (rule F1)."""

DIED = "died"
"""What a form says of somebody who has died, beside the reasons not to visit."""

HEADINGS: Mapping[str, str] = {
    "address": "住址",
    "head": "户主",
    "lon": "经度",
    "lat": "纬度",
    "name": "姓名",
    "identity": "身份证号",
    "sex": "性别",
    "birth": "出生日期",
    "phones": "电话",
}
"""The fields of the form and what it calls them."""

_OF_HOUSE = ("address", "head", "lon", "lat")
_OF_PERSON = ("name", "identity", "sex", "birth", "phones")
# who is found alone behind a door may have no paper and not know the day of birth
_KEPT = frozenset({"birth.missing"})
_EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Registration:
    """A household as a form tells it.

    Attributes
    ----------
    grid_code
        The grid it lies in.
    rows
        Its people, each as a row of a ledger.
    remarks
        What was kept and has to be looked at.
    """

    grid_code: str
    rows: tuple[LedgerRow, ...]
    remarks: tuple[Issue, ...]


def read_registration(
    form: Mapping[str, object],
    grids: Collection[str],
    today: date,
    headings: Mapping[str, str] = HEADINGS,
) -> Registration:
    """Read the form of a new household.

    Parameters
    ----------
    form
        ``grid``, ``address``, ``head``, ``lon``, ``lat`` (WGS-84 degrees); for
        each person from 0 on ``name-0``, ``identity-0``, ``sex-0``,
        ``birth-0``, ``phones-0`` and a list ``tags-0`` of ``name`` or
        ``name=value``. Who has no field filled in is nobody.
    grids
        Codes of the grids in which somebody may register.
    headings
        What the form calls its fields, for the texts of the mistakes.

    Raises
    ------
    FormError
        ``flag.registration``, with every mistake by field.
    """
    reader = FormReader(form)
    if reader.text("grid") not in grids:
        reader.problem("grid", "flag.grid")
    if not reader.text("address"):
        reader.problem("address", "flag.address")
    rows: list[LedgerRow] = []
    for number in range(MOST_PEOPLE):
        if any(form.get(f"{name}-{number}") for name in (*_OF_PERSON, "tags")):
            rows.append(_person(reader, number, rows, today, headings))
    if not rows:
        reader.problem("name-0", "flag.nobody")
    remarks = tuple(issue for issue in reader.issues if issue.code in _KEPT)
    reader.issues = [issue for issue in reader.issues if issue.code not in _KEPT]
    reader.done("flag.registration")
    return Registration(reader.text("grid"), tuple(rows), remarks)


def _person(
    reader: FormReader,
    number: int,
    before: Sequence[LedgerRow],
    today: date,
    headings: Mapping[str, str],
) -> LedgerRow:
    """Read one person as a row; the house is read with the first."""
    keys = {name: f"{name}-{number}" for name in _OF_PERSON}
    if not before:
        keys |= {name: name for name in _OF_HOUSE}
    columns = tuple(Column(at, headings[name], name) for at, name in enumerate(keys))
    line = Line(number + 1, tuple(reader.text(key) or None for key in keys.values()))
    row, issues = read_person(line, Table("", columns, (line,), ()), today, Datum.WGS84, "")
    fields = {headings[name]: key for name, key in keys.items()}
    for issue in issues:
        unsaid = "lon" if issue.code.startswith("coordinate") else f"birth-{number}"
        reader.issues.append(replace(issue, row=number + 1, field=fields.get(issue.field, unsaid)))
    if not row.name:
        reader.problem(f"name-{number}", "row.no-name")
    twin = next((r.row for r in before if r.identity.eighteen and r.identity == row.identity), None)
    if twin is not None:
        reader.problem(f"identity-{number}", "row.duplicate", first=twin)
    marks = tuple(_marks(reader, f"tags-{number}"))
    house = before[0] if before else row
    return replace(
        row,
        grid=reader.text("grid"),
        address=house.address,
        head=house.head or house.name,
        position=house.position,
        datum=house.datum,
        tags=merge_marks(marks),
        registered_on=today,
    )


def _marks(reader: FormReader, field: str) -> Iterator[TagMark]:
    for text in reader.texts(field):
        name, _, value = text.partition("=")
        kind = TAGS.get(name)
        if kind is None or name == LISTED or (value and value not in kind.values):
            reader.problem(field, "flag.tag")
        else:
            yield TagMark(name, value)


def take(store: Store, flag: Flag, state: FlagState, *, today: date, by: str, reason: str = "") -> None:
    """Take a flag a step further by hand.

    Where a visit is asked for now, *checked* makes everybody behind that door
    due (rule F1), so that the planner goes there; *refused* takes that back.

    Raises
    ------
    InputError
        The flag cannot go there, or the step lacks a reason or a household.
    """
    with store.write():
        if state is FlagState.CHECKED and flag.household_id:
            _ask(store, flag, flag.household_id, today)
        elif state is FlagState.REFUSED:
            store.facts.withdraw(_asked(flag))
        store.flags.move(flag.id, state, by, reason)


def _ask(store: Store, flag: Flag, household_id: str, today: date) -> None:
    """Make the people of a household due where a visit is asked for now."""
    if flag.kind is not FlagKind.VISIT_NOW:
        return
    people = [c.id for c in store.snapshot().clients.values() if c.household_id == household_id]
    events = [Event(store.new_id("event", key, flag.id), key, VISIT_ASKED, today) for key in people]
    store.facts.record(events, batch_id=_asked(flag))


def _asked(flag: Flag) -> str:
    """Return the batch of what a flag asks for: never the id of a visit or an import."""
    return f"flag:{flag.id}"


def register_new(
    store: Store, flag: Flag, form: Registration, view: Snapshot, *, today: date, by: str
) -> str:
    """Enrol a household and take its flag to *registered*, both or neither; return the household's id.

    Its people count as newly listed today: the rule for newcomers asks for
    a first visit.

    Parameters
    ----------
    view
        What the account sees of the record. Who is on a ledger elsewhere is
        refused without a word of where.

    Raises
    ------
    FormError
        ``flag.registration``: somebody is on a ledger already.
    InputError
        The flag cannot be registered.
    """
    batch_id = str(uuid4())
    with store.write():
        whole = store.snapshot()
        enrolment = Enrolment(whole, store.new_id, FLAGGED, arrivals=today)
        village = view.grids[form.grid_code].division_code
        if issues := list(_known(enrolment, form.rows, village, view)):
            raise FormError("flag.registration", issues)
        clients = [enrolment.add(row) for row in form.rows]
        door = clients[0].household_id
        if door in whole.households and door not in view.households:
            raise FormError("flag.registration", [Issue(0, "address", "", "flag.elsewhere")])
        store.facts.record(enrolment.facts(), batch_id=batch_id)
        _ask(store, flag, door, today)
        store.flags.move(flag.id, FlagState.REGISTERED, by, household_id=door)
        remarks = (*form.remarks, *enrolment.issues)
        store.batches.add(_batch(store, flag, batch_id, by, len(form.rows), remarks))
    return door


def _known(enrolment: Enrolment, rows: Iterable[LedgerRow], village: str, view: Snapshot) -> Iterator[Issue]:
    """Yield a mistake for everybody who is on a ledger: such a household is chosen, not made again."""
    for row in rows:
        number = row.identity.eighteen
        found = enrolment.roster.find(name=row.name, id_number=number, birth=row.birth_date, village=village)
        if found is not None:
            here = found.household_id in view.households
            field = f"{'identity' if number else 'name'}-{row.row - 1}"
            yield Issue(row.row, field, row.name, "flag.listed" if here else "flag.elsewhere")


def register_known(
    store: Store, flag: Flag, household: Household, *, today: date, by: str, pin: bool = False
) -> None:
    """Take a flag to *registered* with a household that is on the ledger.

    Parameters
    ----------
    pin
        Whether the flag's point is taken as the door of a household that has none.

    Raises
    ------
    InputError
        The flag cannot be registered.
    """
    with store.write():
        if pin and household.door is None and flag.position is not None:
            placed = replace(household, door=flag.position, coord_source=FLAGGED, datum_claimed="WGS-84")
            store.facts.record([placed])
        _ask(store, flag, household.id, today)
        store.flags.move(flag.id, FlagState.REGISTERED, by, household_id=household.id)


def read_departures(
    form: Mapping[str, object], people: Collection[Client], since: date, today: date
) -> tuple[Client | Exclusion, ...]:
    """Read what became of the people of a door that was left.

    Parameters
    ----------
    form
        ``became-ID`` for each person: a reason not to visit, :data:`DIED`, or
        nothing for who still lives there; ``day-ID`` from when on.
    people
        Those of the household who are to be visited until now.
    since
        The day where none is given: that of the report.

    Raises
    ------
    FormError
        ``flag.registration``, with every mistake by field; one of them is
        that nothing has become of anybody.
    """
    reader = FormReader(form)
    found: list[Client | Exclusion] = []
    for client in people:
        became = reader.text(f"became-{client.id}")
        day = reader.day(f"day-{client.id}", "flag.day", _EARLIEST, today) or since
        if became == DIED:
            found.append(replace(client, valid_to=day))
        elif became in set(ExclusionReason):
            found.append(Exclusion(str(uuid4()), client.id, ExclusionReason(became), day, note="上报"))
        elif became:
            reader.problem(f"became-{client.id}", "exclusion.reason", allowed=", ".join(ExclusionReason))
    if people and not found and not reader.issues:
        reader.problem("became", "flag.unchanged")
    reader.done("flag.registration")
    return tuple(found)


def register_departures(
    store: Store, flag: Flag, facts: Sequence[Client | Exclusion], *, by: str, reason: str = ""
) -> None:
    """Write down what became of a door's people, and take its flag to *registered*; both or neither.

    Raises
    ------
    InputError
        The flag cannot be registered.
    """
    batch_id = str(uuid4())
    with store.write():
        store.facts.record(facts, batch_id=batch_id)
        store.flags.move(flag.id, FlagState.REGISTERED, by, reason)
        if facts:
            store.batches.add(_batch(store, flag, batch_id, by, len(facts), ()))


def _batch(store: Store, flag: Flag, batch_id: str, by: str, rows: int, remarks: Iterable[Issue]) -> Batch:
    """Return what says later where these facts came from."""
    issues = [{"row": issue.row, "field": issue.field, "code": issue.code, "kept": True} for issue in remarks]
    return Batch(
        id=batch_id,
        file_name=f"上报 {flag.id}",
        sha256=hashlib.sha256(flag.id.encode()).hexdigest(),
        ledger=FLAGGED,
        imported_at=instant(store.clock()),
        imported_by=by,
        rows_read=rows,
        rows_kept=rows,
        issues=json.dumps(issues, ensure_ascii=False),
    )
