"""One line of a ledger → one person, with an issue for every cell that does not fit.

Nothing here refuses a person: a cell that cannot be read is reported and left
out, the rest of the row is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from fieldmap.datum import Datum, to_wgs84
from fieldmap.errors import Issue
from fieldmap.models import Channel, IdStatus, Position, Residence, Sex
from fieldmap.readers import cells
from fieldmap.readers.cells import AT_HOME, Contact, State, text_of
from fieldmap.readers.dates import NONE_WORDS, read_day
from fieldmap.readers.layout import Line, Table
from fieldmap.readers.tables import Cell
from fieldmap.readers.tagging import read_marks
from fieldmap.standards import IdentityNumber, TagMark, read_identity

__all__ = ["LedgerRow", "read_person"]

_LON, _LAT = (73.0, 136.0), (3.0, 54.0)
_PAIR = re.compile(r"\s*([^\s,;、]+)\s*[,;、\s]\s*([^\s,;、]+)\s*")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One person as one row of a ledger says, normalised.

    Attributes
    ----------
    row
        Row number as seen in the file, from 1.
    village, grid, address, head, relation
        As written, without superfluous blanks; nothing is looked up yet.
    tags
        Names and values of the vocabulary (:data:`fieldmap.standards.TAGS`).
    state
        Why and since when the person is not to be visited, if so.
    position
        WGS-84, or None; ``datum`` is what the file claimed.
    contacts
        Contacts that the ledger itself remembers, oldest first.
    extra
        Columns that are nothing the product knows: heading → text.
    """

    row: int
    sheet: str
    name: str
    identity: IdentityNumber
    sex: Sex = Sex.UNKNOWN
    birth_date: date | None = None
    village: str = ""
    grid: str = ""
    address: str = ""
    registered_address: str = ""
    head: str = ""
    relation: str = ""
    phones: tuple[str, ...] = ()
    tags: tuple[TagMark, ...] = ()
    state: State = AT_HOME
    position: Position | None = None
    datum: Datum | None = None
    registered_on: date | None = None
    contacts: tuple[Contact, ...] = ()
    residence: Residence | None = None
    guardian: str = ""
    school: str = ""
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


def read_person(
    line: Line, table: Table, today: date, datum: Datum | None, kind: str
) -> tuple[LedgerRow, list[Issue]]:
    """Read one line.

    Parameters
    ----------
    datum
        What the coordinates are in where the row does not say.
    kind
        What the ledger is about; it decides what a bare 类别 means.
    """
    reader = _Reader(line, table, today)
    identity = reader.identity()
    sex = reader.sex(identity)
    born = reader.birth_date(identity)
    identity = reader.doubted(identity)
    position, claimed = reader.position(datum)
    row = LedgerRow(
        row=line.number,
        sheet=table.sheet,
        name=cells.read_name(reader.cell("name")),
        identity=identity,
        sex=sex,
        birth_date=born,
        phones=tuple(
            dict.fromkeys(n for numbers in reader.all("phones", cells.read_phones) for n in numbers)
        ),
        tags=read_marks(reader, identity, born, kind),
        state=reader.first("status", lambda cell: cells.read_state(cell, today)) or AT_HOME,
        position=position,
        datum=claimed,
        registered_on=reader.day("registered_on"),
        contacts=reader.contacts(),
        residence=reader.first("residence", cells.read_residence),
        extra=reader.extra(),
        **{name: reader.text(name) for name in _TEXTS},
    )
    return row, reader.issues


_TEXTS = (
    "village",
    "grid",
    "address",
    "registered_address",
    "head",
    "relation",
    "guardian",
    "school",
    "note",
)


class _Reader:
    """The cells of one line by field, and the issues found in them."""

    def __init__(self, line: Line, table: Table, today: date) -> None:
        self.line, self.table, self.today = line, table, today
        self.issues: list[Issue] = []

    def given(self, name: str) -> Iterator[tuple[str, Cell]]:
        """Yield heading and cell of every column of a field that holds something."""
        for column in self.table.columns_of(name):
            cell = self.line.cell(column)
            if text_of(cell):
                yield column.heading, cell

    def cell(self, name: str) -> Cell:
        return next((cell for _, cell in self.given(name)), None)

    def text(self, name: str) -> str:
        text = text_of(self.cell(name))
        if name in ("head", "guardian"):
            return cells.read_name(text)
        return "" if text in NONE_WORDS else text

    def report(self, heading: str, value: Any, code: str, **details: object) -> None:
        """Note what is wrong with a cell; the row stays."""
        place = self.line.number, heading, text_of(value)
        self.issues.append(Issue(*place, code, kept=True, sheet=self.table.sheet, details=details))

    def all[T](self, name: str, read: Callable[[Cell], tuple[T, str]]) -> list[T]:
        """Read every column of a field, reporting what does not fit."""
        values = []
        for heading, cell in self.given(name):
            value, problem = read(cell)
            if problem:
                self.report(heading, cell, problem, **self._details(problem))
            values.append(value)
        return values

    def first[T](self, name: str, read: Callable[[Cell], tuple[T, str]]) -> T | None:
        """Return the first value of a field that says something."""
        values = self.all(name, read)
        return next((value for value in values if value), values[0] if values else None)

    def _details(self, problem: str) -> dict[str, object]:
        return {"today": self.today} if problem == "date.future" else {}

    def day(self, name: str) -> date | None:
        """Return the day of a column that looks back; a day to come is reported."""
        found = self.first(name, lambda cell: read_day(cell, self.today))
        if found is None or found <= self.today:
            return found
        heading, cell = next(self.given(name))
        self.report(heading, cell, "date.future", today=self.today)
        return None

    def identity(self) -> IdentityNumber:
        """Return the identity number; a card number serves where no other is given."""
        number = IdentityNumber("", IdStatus.MISSING)
        for name in ("identity", "disability_card"):
            heading, cell = next(self.given(name), ("", None))
            number = read_identity(cell)
            if name == "identity" and number.disability_class:
                self.report(heading, cell, "identity.card")
            if number.status is not IdStatus.MISSING:
                if number.problem:
                    self.report(heading, number.text, number.problem)
                break
        return number

    def sex(self, identity: IdentityNumber) -> Sex:
        """Return the sex: the column's, and the number's where no column says it."""
        said = self.first("sex", cells.read_sex) or Sex.UNKNOWN
        if said is Sex.UNKNOWN:
            return identity.sex
        if identity.sex not in (Sex.UNKNOWN, said):
            heading, cell = next(self.given("sex"))
            self.report(heading, cell, "identity.differs", other=heading)
        return said

    def doubted(self, identity: IdentityNumber) -> IdentityNumber:
        """Take the trust from a number that the row itself contradicts.

        A number whose lost digits were filled up by chance has a fitting check
        digit once in eleven; the other columns are what gives it away.
        """
        if identity.problem or not any(issue.code == "identity.differs" for issue in self.issues):
            return identity
        return replace(identity, status=IdStatus.UNVERIFIED, problem="identity.differs", eighteen=None)

    def birth_date(self, identity: IdentityNumber) -> date | None:
        """Return the birth date, and report where the columns contradict it."""
        said = self.day("birth")
        born = identity.birth_date or said
        if said and born and said != born:
            if identity.problem == "identity.check":
                born = said  # the number is wrong somewhere; the column need not be
            else:
                heading, cell = next(self.given("birth"))
                self.report(heading, cell, "identity.differs", other=heading)
        age = self.first("age", cells.read_age)
        if born is None:
            self.report("", "" if age is None else age, "birth.missing")
        elif age is not None and abs(age - (years := _years(born, self.today))) > 1:
            heading, cell = next(self.given("age"))
            self.report(heading, cell, "age.differs", age=years)
        return born

    def contacts(self) -> tuple[Contact, ...]:
        """Return every contact that the columns remember, oldest first, each once."""
        found: dict[Contact, None] = {}
        for name, channel in (("door_day", Channel.DOOR), ("phone_day", Channel.PHONE), ("contact", None)):
            for heading, cell in self.given(name):
                contacts, problems = cells.read_contacts(cell, self.today, channel)
                found |= dict.fromkeys(contacts)
                for problem in problems:
                    self.report(heading, cell, problem, **self._details(problem))
        return tuple(sorted(found))

    def position(self, default: Datum | None) -> tuple[Position | None, Datum | None]:
        """Return the door in WGS-84 and the datum the row claims."""
        lon, lat = self._lon_lat()
        if lon is None or lat is None:
            return None, None
        claimed = self._datum(default)
        if claimed is None:
            return None, None
        if not _within(lon, lat):
            value = f"{lon}, {lat}"
            if not _within(lat, lon):
                self.report("", value, "coordinate.range")
                return None, None
            self.report("", value, "coordinate.swapped")
            lon, lat = lat, lon
        x, y = to_wgs84(lon, lat, claimed)
        return Position(round(float(x), 7), round(float(y), 7)), claimed

    def _lon_lat(self) -> tuple[float | None, float | None]:
        heading, both = next(self.given("lon_lat"), ("", None))
        if both is not None:
            pair = _PAIR.fullmatch(unicodedata.normalize("NFKC", text_of(both)))
            values = [cells.read_degrees(part)[0] for part in pair.groups()] if pair else [None, None]
            if None in values and text_of(both) not in NONE_WORDS:
                self.report(heading, both, "coordinate.unclear")
            return values[0], values[1]
        before = len(self.issues)
        lon, lat = self.first("lon", cells.read_degrees), self.first("lat", cells.read_degrees)
        if (lon is None) != (lat is None) and len(self.issues) == before:
            self.report("", lon if lat is None else lat, "coordinate.half")
        return lon, lat

    def _datum(self, default: Datum | None) -> Datum | None:
        heading, cell = next(self.given("datum"), ("", None))
        said = text_of(cell)
        if said in NONE_WORDS:
            return default or Datum.WGS84
        claimed = Datum.parse(said)
        if claimed is None:
            self.report(heading, cell, "datum.unknown")
        return claimed

    def extra(self) -> dict[str, str]:
        """Return what stands in the columns that nobody knows."""
        unknown = [c for c in self.table.columns if c.field is None and c.heading]
        return {c.heading: text for c in unknown if (text := text_of(self.line.cell(c)))}


def _within(lon: float, lat: float) -> bool:
    return _LON[0] <= lon <= _LON[1] and _LAT[0] <= lat <= _LAT[1]


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
