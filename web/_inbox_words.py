"""What a phone sent, in words that the head can read: no codes, no ids, surnames only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from fieldmap.codes import FlagKind
from fieldmap.errors import language
from fieldmap.incoming import Disagreement, DisagreementKind, DoorResult, Doorway, OutingWhat, Received, Told
from fieldmap.models import Channel, Domain, ExclusionReason, Outcome, Place, Snapshot, Society, VisitKind
from fieldmap.surveys import FORM_KEY, Field, form
from fieldmap.visiting import needs_menu
from web.addresses import whole_address
from web.i18n import N_, gettext
from web.labels import label
from web.masking import mask_name
from web.pages import local_time

__all__ = ["content_lines", "door_of", "field_word", "said_words", "sayer"]

_FIELDS: Mapping[str, str] = {
    "household_id": N_("哪一户"),
    "client_ids": N_("见了谁"),
    "client_id": N_("对象"),
    "outcome": N_("结果"),
    "day": N_("日期"),
    "channel": N_("方式"),
    "place": N_("地点"),
    "kind": N_("类型"),
    "domain": N_("领域"),
    "societies": N_("五社"),
    "partner_ids": N_("同行"),
    "needs": N_("需求"),
    "note": N_("备注"),
    "next_day": N_("下次日期"),
    "started_at": N_("开始"),
    "ended_at": N_("结束"),
    "made_at": N_("记录时间"),
    "check_in": N_("签到位置"),
    "position": N_("位置"),
    "exclude": N_("同时暂停走访"),
    "until": N_("暂停到"),
    "answers": N_("问卷"),
    "grid_code": N_("网格"),
    "name": N_("名称"),
    "doors": N_("门数"),
    "door": N_("门牌"),
    "result": N_("排查结果"),
    "what": N_("外出"),
    "expected_back": N_("预计回来"),
    "told": N_("报告给"),
    "number": N_("报告编号"),
    "which": N_("哪个点"),
    "stop_ids": N_("走访顺序"),
    "actor": N_("派给谁"),
    "state": N_("人员状态"),
}

_CODES: Mapping[str, type[StrEnum]] = {
    "outcome": Outcome,
    "channel": Channel,
    "place": Place,
    "domain": Domain,
    "societies": Society,
    "result": DoorResult,
    "what": OutingWhat,
    "told": Told,
    "which": Doorway,
    "state": ExclusionReason,
}

_INSTANTS = ("started_at", "ended_at", "made_at", "expected_back", "packet_at")
_MOST = 300


def field_word(name: str) -> str:
    """Return what a field is called; one that we do not know keeps its name."""
    return gettext(_FIELDS[name]) if name in _FIELDS else name


def door_of(view: Snapshot, household_id: str) -> str:
    """Return surname and address of a household, empty where it is not in the view."""
    household = view.households.get(household_id)
    if household is None:
        return ""
    return f"{mask_name(household.head_name)} {whole_address(household, view.divisions)}"


def content_lines(item: Received, view: Snapshot) -> tuple[tuple[str, str], ...]:
    """Return what an envelope says, as pairs of a field's name and its value in words."""
    body = item.content.get("body", item.content)
    given = body if isinstance(body, Mapping) else {}
    lines = [
        (field_word(name), _value(name, value, view)) for name, value in given.items() if name in _FIELDS
    ]
    unknown = {n: v for n, v in given.items() if n not in _FIELDS and n not in ("id", "stop_id", "photos")}
    lines += [(name, _short(value)) for name, value in unknown.items()]
    return tuple((name, words) for name, words in lines if words)


def said_words(item: Disagreement, value: str, view: Snapshot) -> str:
    """Return one side of a disagreement in words."""
    if item.kind is DisagreementKind.ORDER:
        return gettext("第 {n} 户", n=gettext("、").join(value.split()))
    if item.kind is not DisagreementKind.CONTENT:
        return _value(item.field, value, view)
    try:
        parts = json.loads(value)
    except ValueError:
        return value[:_MOST]
    told = (f"{field_word(name)}: {_value(name, part, view)}" for name, part in parts.items())
    return gettext(";").join(told) or gettext("没有填")


def sayer(source: str, view: Snapshot) -> str:
    """Return who said a value: the desk, a phone, the plan, the station's clock, or somebody by name."""
    fixed = {
        "desk": gettext("站里"),
        "phone": gettext("手机"),
        "station": gettext("站里的时钟"),
        "plan": gettext("计划"),
    }
    actor = view.actors.get(source)
    return fixed.get(source) or (actor.name if actor else gettext("别的站的人"))


def _value(name: str, value: Any, view: Snapshot) -> str:
    if value in (None, "", [], {}, False):
        return ""
    special = _SPECIAL.get(name)
    if special is not None:
        return special(value, view)
    if isinstance(value, list):
        return gettext("、").join(_value(name, one, view) for one in value)
    if name in _INSTANTS:
        return _instant(value)
    if value is True:
        return gettext("是")
    return _code(_CODES.get(name), value)


def _code(kind: type[StrEnum] | None, value: Any) -> str:
    if kind is ExclusionReason and value == "left":
        return gettext("已不在名单上")
    for one in (kind, Outcome) if kind is ExclusionReason else (kind,):
        if one is not None and value in set(one):
            return label(one(value))
    return _short(value)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _instant(value: Any) -> str:
    try:
        return local_time(datetime.fromisoformat(str(value)))
    except ValueError:
        return _short(value)


def _names(value: Any, view: Snapshot) -> str:
    ids = value if isinstance(value, list) else [value]
    names = [mask_name(view.clients[one].name) if one in view.clients else "–" for one in map(str, ids)]
    return gettext("、").join(names)


def _actors(value: Any, view: Snapshot) -> str:
    ids = value if isinstance(value, list) else [value]
    return gettext("、").join(view.actors[one].name if one in view.actors else "–" for one in map(str, ids))


def _needs(value: Any, _: Snapshot) -> str:
    menu = needs_menu(language.get())
    return (
        gettext("、").join(menu.get(str(one), str(one)) for one in value) if isinstance(value, list) else ""
    )


def _point(value: Any, _: Snapshot) -> str:
    if not isinstance(value, Mapping):
        return _short(value)
    place = f"{_degrees(value.get('lat'))}, {_degrees(value.get('lon'))}"
    accuracy = value.get("accuracy_m")
    return f"{place} ±{round(accuracy)} m" if isinstance(accuracy, int | float) else place


def _degrees(value: Any) -> str:
    return f"{value:.5f}" if isinstance(value, int | float) else "–"


def _kind(value: Any, _: Snapshot) -> str:
    return _code(FlagKind if value in set(FlagKind) else VisitKind, value)


def _answers(value: Any, view: Snapshot) -> str:
    if not isinstance(value, Mapping):
        return _short(value)
    return gettext(";").join(
        f"{_names(client_id, view)}: {_asked(given)}"
        for client_id, given in value.items()
        if isinstance(given, Mapping)
    )


def _asked(given: Mapping[str, Any]) -> str:
    made = form(str(given.get(FORM_KEY, "")))
    fields = {field.name: field for field in made.fields} if made else {}
    told = (
        f"{fields[name].label.text() if name in fields else name} {_answered(fields.get(name), answer)}"
        for name, answer in given.items()
        if name != FORM_KEY
    )
    return gettext(",").join(told)


def _answered(field: Field | None, answer: Any) -> str:
    choices = {choice.code: choice.label.text() for choice in field.choices} if field else {}
    parts = answer if isinstance(answer, list) else [answer]
    return "/".join(choices.get(str(part), _short(part)) for part in parts)


def _door(value: Any, view: Snapshot) -> str:
    return door_of(view, str(value)) or gettext("名单上没有的户")


def _grid(value: Any, view: Snapshot) -> str:
    grid = view.grids.get(str(value))
    return grid.name if grid else str(value)


_SPECIAL: Mapping[str, Callable[[Any, Snapshot], str]] = {
    "household_id": _door,
    "client_ids": _names,
    "client_id": _names,
    "partner_ids": _actors,
    "actor": _actors,
    "needs": _needs,
    "check_in": _point,
    "position": _point,
    "kind": _kind,
    "answers": _answers,
    "grid_code": _grid,
}
