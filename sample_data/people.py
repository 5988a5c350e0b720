"""The people on the ledgers: households by kind, each person with dated tags.

Shares are those of a plausible township (rough figures of the brief of the
field): elders living alone or as a couple lead, then families on allowance,
disabled people, children in difficulty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from sample_data.frame import Point
from sample_data.identity import disability_card, identity_number, phone
from sample_data.names import odd_name, person_name
from sample_data.recipe import Recipe

__all__ = ["DISABILITY_CLASSES", "HARDSHIPS", "Door", "Household", "People", "Person", "Tag"]

DISABILITY_CLASSES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
"""GB/T 26341, in the order of their digit, from 1."""

HARDSHIPS = ("困境儿童", "孤儿", "事实无人抚养儿童", "农村留守儿童")
"""Why a child is on the ledger."""

_IMPAIRED = ("中度失能", "重度失能", "完全失能")


@dataclass(frozen=True, slots=True)
class Tag:
    """Why somebody is on a ledger, with its grade or class, from a day on."""

    name: str
    value: str
    since: date


@dataclass(slots=True)
class Person:
    """One client."""

    name: str
    male: bool
    birth: date
    id_number: str | None
    phone: str
    relation: str
    tags: list[Tag] = field(default_factory=list)
    guardian: str = ""
    school: str = ""

    def has(self, *names: str) -> bool:
        """Return whether any of these tags is there."""
        return any(t.name in names for t in self.tags)

    def value(self, name: str) -> str:
        """Return the value of a tag, empty where it is not there."""
        return next((t.value for t in self.tags if t.name == name), "")

    def age(self, day: date) -> int:
        """Return full years on a day."""
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))

    @property
    def card(self) -> str:
        """The disability card number, empty without one."""
        if not self.has("残疾") or self.id_number is None:
            return ""
        kind = DISABILITY_CLASSES.index(self.value("残疾类别")) + 1
        return disability_card(self.id_number, kind, int(self.value("残疾")))

    @property
    def ledgers(self) -> tuple[str, ...]:
        """The ledgers this person is on."""
        reasons = {
            "elder": self.has("独居", "空巢", "留守", "失能", "计生特殊家庭", "高龄"),
            "child": self.has(*HARDSHIPS),
            "disabled": self.has("残疾"),
            "relief": self.has("低保", "低保边缘", "特困"),
        }
        return tuple(name for name, there in reasons.items() if there)


@dataclass(frozen=True, slots=True)
class Door:
    """Where a household lives: village and grid by code, and the point of the door."""

    at: Point
    division_code: str
    village: str
    grid_code: str
    address: str
    institution: bool = False
    far: bool = False


@dataclass(slots=True)
class Household:
    """A door and the clients behind it."""

    key: str
    door: Door
    kind: str
    members: list[Person]
    head_name: str
    second_head: str = ""
    on_map: bool = True
    residence: int = 0


class People:
    """Make the households of one station, one after the other."""

    def __init__(self, recipe: Recipe, station: int, area: str) -> None:
        """Take the seed's stream for this station and the area code of its people."""
        self._rng = recipe.random("people", station)
        self._start = recipe.start
        self._area = area
        self._seen: set[tuple[str, date, str]] = set()
        self._numbers: set[str] = set()

    def household(self, key: str, door: Door) -> Household:
        """Return a household of a kind drawn for this door."""
        kinds = [k for k in _KINDS if (k.name == "集中供养") == door.institution]
        kind = self._rng.choices(kinds, [k.weight for k in kinds])[0]
        self._village = door.division_code
        members = kind.makes(self)
        adults = [m for m in members if m.age(self._start) >= 18]
        head = adults[0].name if adults else members[0].guardian
        if members[0].relation in ("父亲", "母亲"):
            head = person_name(self._rng, True, members[0].name if members[0].male else "")
        house = Household(key, door, kind.name, members, head)
        if len(adults) > 1 and self._rng.random() < 0.12:
            house.second_head = adults[1].name
        house.on_map = self._rng.random() >= 0.19
        house.residence = self._rng.choices((0, 1, 2), (93, 4, 3))[0]
        return house

    # One person

    def _person(self, male: bool, low: int, high: int, relation: str = "本人", surname: str = "") -> Person:
        rng, young = self._rng, high < 18
        odd = odd_name(rng, len(self._seen))
        while True:
            birth = self._birth(low, high)
            name = odd or person_name(rng, male, surname, young)
            number = identity_number(rng, self._area, birth, male)
            if (name, birth, self._village) not in self._seen and number not in self._numbers:
                break
        self._seen.add((name, birth, self._village))
        self._numbers.add(number)
        registered = not (young and rng.random() < 0.03)
        called = phone(rng) if high >= 12 and rng.random() < 0.86 else ""
        return Person(name, male, birth, number if registered else None, called, relation)

    def _birth(self, low: int, high: int) -> date:
        """Return a date of birth between two ages; of elders the younger are more."""
        rng = self._rng
        age = (
            rng.randint(low, high)
            if high < 18
            else int(rng.triangular(low, high + 1, 0.65 * low + 0.35 * high))
        )
        return self._start - timedelta(days=round(age * 365.25) + rng.randrange(1, 364))

    def _tag(self, person: Person, name: str, value: str = "") -> None:
        earliest = max(date(2016, 1, 1), person.birth + timedelta(days=30))
        span = (self._start - timedelta(days=3) - earliest).days
        since = earliest + timedelta(days=int(span * self._rng.betavariate(2.2, 1.1)))
        person.tags.append(Tag(name, value, since))

    def _disability(self, person: Person, severe: float = 0.45) -> None:
        kinds, weights = DISABILITY_CLASSES, (11, 12, 2, 52, 9, 9, 5)
        kind = self._rng.choices(kinds, weights)[0]
        grade = self._rng.choice("12") if self._rng.random() < severe else self._rng.choice("34")
        self._tag(person, "残疾", grade)
        person.tags.append(Tag("残疾类别", kind, person.tags[-1].since))

    def _allowance(self, *people: Person) -> None:
        grade = self._rng.choices("ABC", (5, 3, 2))[0]
        for person in people:
            self._tag(person, "低保", grade)

    def _elder_extras(self, person: Person) -> None:
        """Add what old age and poverty bring: the same person comes into other ledgers."""
        rng, age = self._rng, person.age(self._start)
        if age >= 80:
            self._tag(person, "高龄")
        if not person.has("失能") and rng.random() < (0.14 if age >= 78 else 0.04):
            self._tag(person, "失能", rng.choice(_IMPAIRED))
        if rng.random() < 0.08:
            self._disability(person)
        if not person.has("特困", "低保"):
            draw = rng.random()
            if draw < 0.06:
                self._allowance(person)
            elif draw < 0.09:
                self._tag(person, "低保边缘")

    # Kinds of household

    def _alone(self) -> list[Person]:
        person = self._person(self._rng.random() < 0.42, 62, 93)
        self._tag(person, "独居")
        self._elder_extras(person)
        return [person]

    def _couple(self, tag: str = "空巢", low: int = 61, high: int = 87) -> list[Person]:
        man = self._person(True, low, high)
        age = man.age(self._start)
        woman = self._person(False, max(60, age - 6), max(62, age + 1), "配偶")
        for person in (man, woman):
            self._tag(person, tag)
            self._elder_extras(person)
        return [man, woman]

    def _left_behind(self) -> list[Person]:
        elders = self._couple("留守", 60, 74) if self._rng.random() < 0.6 else self._one_left()
        children = []
        for _ in range(self._rng.choices((0, 1, 2), (35, 48, 17))[0]):
            child = self._child(4, 15, "孙子", elders[0])
            self._tag(child, "农村留守儿童")
            children.append(child)
        return elders + children

    def _one_left(self) -> list[Person]:
        person = self._person(self._rng.random() < 0.3, 60, 76)
        self._tag(person, "留守")
        self._elder_extras(person)
        return [person]

    def _child(self, low: int, high: int, relation: str, guardian: Person | None = None) -> Person:
        male = self._rng.random() < 0.52
        surname = guardian.name if guardian and "·" not in guardian.name else ""
        child = self._person(male, low, high, relation if male else relation.replace("子", "女"), surname)
        child.guardian = guardian.name if guardian else person_name(self._rng, False)
        age = child.age(self._start)
        child.school = "" if age < 6 else "初级中学" if age >= 12 else "中心小学"
        return child

    def _cared_for(self) -> list[Person]:
        person = self._person(self._rng.random() < 0.45, 68, 95, self._rng.choice(("本人", "父亲", "母亲")))
        if person.relation != "本人":
            person.relation = "父亲" if person.male else "母亲"
        self._tag(person, "失能", self._rng.choice(_IMPAIRED))
        self._elder_extras(person)
        return [person]

    def _oldest(self) -> list[Person]:
        person = self._person(self._rng.random() < 0.4, 80, 98)
        self._elder_extras(person)
        return [person]

    def _bereaved(self) -> list[Person]:
        return self._couple("计生特殊家庭", 60, 76)

    def _disabled(self) -> list[Person]:
        people = [self._person(self._rng.random() < 0.57, 19, 66)]
        if self._rng.random() < 0.22:
            people.append(self._person(not people[0].male, 19, 64, "配偶"))
        for person in people:
            self._disability(person)
            if self._rng.random() < 0.22:
                self._allowance(person)
        return people

    def _poor_family(self) -> list[Person]:
        head = self._person(self._rng.random() < 0.65, 30, 66, "户主")
        family = [head]
        if self._rng.random() < 0.6:
            family.append(self._person(not head.male, 30, 64, "配偶"))
        for _ in range(self._rng.choices((0, 1, 2), (40, 42, 18))[0]):
            family.append(self._child(2, 17, "儿子", head))
        if self._rng.random() < 0.16:
            for person in family:
                self._tag(person, "低保边缘")
        else:
            self._allowance(*family)
        for person in family:
            if person.age(self._start) >= 18 and self._rng.random() < 0.14:
                self._disability(person)
            if person.age(self._start) < 18 and self._rng.random() < 0.35:
                self._tag(person, "困境儿童")
        return family

    def _destitute(self, way: str = "分散") -> list[Person]:
        person = self._person(self._rng.random() < 0.83, 60, 88)
        self._tag(person, "特困", way)
        since = person.tags[-1].since
        care = self._rng.choices(
            ("全自理", "半护理", "全护理"), (60, 25, 15) if way == "分散" else (25, 40, 35)
        )[0]
        person.tags.append(Tag("护理", care, since))
        if way == "分散":
            self._tag(person, "独居")
        if self._rng.random() < 0.25:
            self._disability(person, 0.6)
        return [person]

    def _in_home(self) -> list[Person]:
        return self._destitute("集中")

    def _hard_childhood(self) -> list[Person]:
        child = self._child(3, 17, "儿子")
        self._tag(child, "困境儿童")
        if self._rng.random() < 0.35:
            self._disability(child, 0.7)
        return [child]

    def _without_parents(self) -> list[Person]:
        grandparent = self._one_left()[0]
        child = self._child(5, 17, "孙子", grandparent)
        self._tag(child, self._rng.choices(("事实无人抚养儿童", "孤儿"), (7, 3))[0])
        return [grandparent, child]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    weight: float
    makes: Callable[[People], list[Person]]


_KINDS = (
    _Kind("独居", 19, People._alone),
    _Kind("空巢", 24, People._couple),
    _Kind("留守", 12, People._left_behind),
    _Kind("失能", 8, People._cared_for),
    _Kind("高龄", 6, People._oldest),
    _Kind("计生特殊家庭", 2, People._bereaved),
    _Kind("残疾", 10, People._disabled),
    _Kind("低保", 11, People._poor_family),
    _Kind("分散供养", 3.5, People._destitute),
    _Kind("集中供养", 1, People._in_home),
    _Kind("困境儿童", 3, People._hard_childhood),
    _Kind("无人抚养", 1.8, People._without_parents),
)
