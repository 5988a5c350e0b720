"""Single cells as people fill them: yes and no, sex, age, telephones, degrees, states.

Every function is total: it gives the value that is certain and the code of
what is wrong, empty where nothing is.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from fieldmap.models import Channel, ExclusionReason, Residence, Sex
from fieldmap.readers.dates import NONE_WORDS, find_days

__all__ = [
    "AT_HOME",
    "Contact",
    "State",
    "read_age",
    "read_contacts",
    "read_degrees",
    "read_name",
    "read_phones",
    "read_residence",
    "read_sex",
    "read_state",
    "read_yes_no",
    "text_of",
]

_DOTS = re.compile(r"\s*[•・‧∙⋅・.·]\s*")
_YES = frozenset(["是", "√", "✓", "✔", "☑", "v", "1", "有", "y", "yes", "对", "true", "○", "●", "属于"])
_NO = frozenset(
    ["否", "×", "✗", "✘", "x", "0", "n", "no", "false", "不是", "不", "非", "没", "□", "☐", "不属于"]
)
_SEXES = {
    "男": Sex.MALE,
    "女": Sex.FEMALE,
    "1": Sex.MALE,
    "2": Sex.FEMALE,
    "男性": Sex.MALE,
    "女性": Sex.FEMALE,
}
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[-) ]?(\d{7,8})(?!\d)")
_LOCAL = re.compile(r"(?<!\d)([2-9]\d{6,7})(?!\d)")
_DEGREES = re.compile(r"\d{1,3}(?:\.\d+)?")
_DMS = re.compile(r"(\d{1,3})\s*[°度]\s*(\d{1,2})\s*['′’分]\s*(\d{1,2}(?:\.\d+)?)?")
_RESIDENCES = (
    (Residence.REGISTERED_NOT_LIVING, ("户在人不在", "空挂户", "人不在户在", "外出居住")),
    (Residence.LIVING_NOT_REGISTERED, ("户不在人在", "人在户不在", "人在户外", "外来居住", "寄住")),
    (Residence.HERE, ("户在人在", "人在户在", "人户一致", "常住", "本地居住")),
)
_RESIDENCE_CODES = {
    "0": Residence.HERE,
    "1": Residence.REGISTERED_NOT_LIVING,
    "2": Residence.LIVING_NOT_REGISTERED,
}
_PRESENT = ("在家", "正常", "健在", "在册", "在访", "在村", "居家")
_GONE = ("去世", "死亡", "已故", "病故", "亡故", "过世")
_STATES = (
    (ExclusionReason.HOSPITAL, ("住院", "入院")),
    (ExclusionReason.REFUSED, ("拒访", "拒绝", "不愿")),
    (ExclusionReason.MOVED, ("迁出", "迁走", "搬走", "搬离", "搬迁", "迁居")),
    (ExclusionReason.AWAY, ("外出", "在外", "务工", "打工", "随子女", "探亲")),
)
_MISSED = re.compile(r"无人|未接|没接|不在|未遇|拒|未见|空号|停机|关机|无应答")
_CHANNELS = (
    (Channel.VIDEO, ("视频",)),
    (Channel.PHONE, ("电", "通话", "致电", "微信")),
    (Channel.DOOR, ("入户", "上门", "走访", "探访", "家访", "见面", "面谈", "面访", "看望", "慰问")),
)


class Contact(NamedTuple):
    """A contact that a ledger remembers: the day and how."""

    day: date
    channel: Channel


class State(NamedTuple):
    """Why somebody is not to be visited, and from which day; or that they died."""

    reason: ExclusionReason | None = None
    day: date | None = None
    died: bool = False


AT_HOME = State()
"""Nothing stands against a visit."""


def text_of(cell: object) -> str:
    """Return a cell as one line of text; a whole number without its ``.0``."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())


def read_name(cell: object) -> str:
    """Return a name without the blanks typed for width, with one kind of middle dot.

    Examples
    --------
    >>> read_name("王 秀"), read_name("阿依古丽 • 买买提")
    ('王秀', '阿依古丽·买买提')
    """
    name = _DOTS.sub("·", text_of(cell)).strip("·")
    latin = all(c.isascii() for c in name)
    return name if latin else name.replace(" ", "").replace("\u3000", "")


def read_yes_no(cell: object) -> tuple[bool | None, str]:
    """Read yes, no or (blank) unknown.

    Examples
    --------
    >>> read_yes_no("√"), read_yes_no("无"), read_yes_no(None), read_yes_no("大概")
    ((True, ''), (False, ''), (None, ''), (None, 'yesno.unclear'))
    """
    if isinstance(cell, bool):
        return cell, ""
    text = _plain(cell).lower()
    if text in _YES:
        return True, ""
    if text in _NO or text in ("无", "没有", "-", "/"):
        return False, ""
    return None, "" if text in NONE_WORDS else "yesno.unclear"


def read_sex(cell: object) -> tuple[Sex, str]:
    """Read 男 or 女, also as the codes of GB/T 2261.1."""
    text = _plain(cell)
    if text in _SEXES:
        return _SEXES[text], ""
    known_unknown = text in NONE_WORDS or text in ("0", "9")
    return Sex.UNKNOWN, "" if known_unknown else "sex.unclear"


def read_age(cell: object) -> tuple[int | None, str]:
    """Read an age in whole years."""
    text = _plain(cell)
    if text in NONE_WORDS:
        return None, ""
    found = re.fullmatch(r"(\d{1,3})(?:\.0+)?\s*(?:周?岁)?", text)
    if found and int(found[1]) <= 130:
        return int(found[1]), ""
    return None, "age.unclear"


def read_phones(cell: object) -> tuple[tuple[str, ...], str]:
    """Read every telephone number of a cell.

    Examples
    --------
    >>> read_phones("19900001234/0557-3051234(儿子)")
    (('19900001234', '0557-3051234'), '')
    >>> read_phones("3051234"), read_phones("无")
    ((('3051234',), 'phone.no-area'), ((), ''))
    """
    text = _plain(cell)
    if text.lower() in NONE_WORDS:
        return (), ""
    mobiles = ["".join(m.groups()) for m in _MOBILE.finditer(text)]
    text = _MOBILE.sub(" ", text)
    landlines = ["-".join(m.groups()) for m in _LANDLINE.finditer(text)]
    text = _LANDLINE.sub(" ", text)
    local = [m[1] for m in _LOCAL.finditer(text)]
    left = re.search(r"\d{3}", _LOCAL.sub(" ", text))
    numbers = tuple(dict.fromkeys([*mobiles, *landlines, *local]))
    if left or not numbers:
        return numbers, "phone.unclear"
    return numbers, "phone.no-area" if local else ""


def read_degrees(cell: object) -> tuple[float | None, str]:
    """Read degrees, decimal or with minutes and seconds.

    Examples
    --------
    >>> read_degrees("116.93°"), read_degrees("33°18′36″"), read_degrees("东边")
    ((116.93, ''), (33.31, ''), (None, 'coordinate.unclear'))
    """
    text = re.sub(r"[EN东北经纬::\s]", "", _plain(cell).upper())
    if text.lower() in NONE_WORDS:
        return None, ""
    sexagesimal = _DMS.match(text)
    if sexagesimal:
        degrees, minutes, seconds = (float(part or 0) for part in sexagesimal.groups())
        return round(degrees + minutes / 60 + seconds / 3600, 9), ""
    text = text.rstrip("°度")
    return (float(text), "") if _DEGREES.fullmatch(text) else (None, "coordinate.unclear")


def read_residence(cell: object) -> tuple[Residence | None, str]:
    """Read register against residence (人户状态), in words or as code 0, 1, 2."""
    text = _plain(cell)
    if text in NONE_WORDS:
        return None, ""
    if text in _RESIDENCE_CODES:
        return _RESIDENCE_CODES[text], ""
    for residence, words in _RESIDENCES:
        if any(word in text for word in words):
            return residence, ""
    return None, "residence.unclear"


def read_state(cell: object, today: date) -> tuple[State, str]:
    """Read why and since when somebody is not to be visited.

    Nobody leaves the denominator without a dated reason, so a reason without
    a day is a problem and excludes nobody.
    """
    text = _plain(cell)
    died = any(word in text for word in _GONE)
    reason = next((r for r, words in _STATES if any(word in text for word in words)), None)
    if not died and reason is None:
        known = text in NONE_WORDS or any(word in text for word in _PRESENT)
        return State(), "" if known else "status.unclear"
    days = find_days(text, today)[0]
    if not days:
        return State(), "status.no-date"
    if days[-1].day > today:
        return State(), "date.future"
    state = State(None if died else reason, days[-1].day, died)
    return state, "" if days[-1].has_year else "date.no-year"


def read_contacts(
    cell: object, today: date, channel: Channel | None = None
) -> tuple[tuple[Contact, ...], tuple[str, ...]]:
    """Read the contacts that a cell remembers.

    Parameters
    ----------
    channel
        What the column is for; without it the words beside the day decide,
        and where they say nothing a telephone call is taken, because a
        meeting must never be counted that may not have been one.
    """
    found, problem = find_days(cell, today)
    problems = {problem} - {""}
    contacts = []
    for day in found:
        if day.day > today:
            problems.add("date.future")
        elif _MISSED.search(day.said):
            problems.add("contact.missed")
        else:
            contacts.append(Contact(day.day, channel or _channel(day.said)))
            problems |= set() if day.has_year else {"date.no-year"}
    return tuple(dict.fromkeys(contacts)), tuple(sorted(problems))


def _channel(said: str) -> Channel:
    for channel, words in _CHANNELS:
        if any(word in said for word in words):
            return channel
    return Channel.PHONE


def _plain(cell: object) -> str:
    return unicodedata.normalize("NFKC", text_of(cell)).strip().strip("'")
