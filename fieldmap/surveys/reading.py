"""Read the answers to a form: what is asked, what is wrong, what follows.

``web/static/phone/forms.js`` does the same on the phone, case by case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fieldmap.expressions import Scope, Value, as_day, as_number, holds, plain_text
from fieldmap.surveys.form import LONGEST_TEXT, Context, Field, FieldType, Form, Reading

__all__ = ["read_form"]

_LARGEST = 999_999_999


def read_form(form: Form, given: Mapping[str, object], context: Context) -> Reading:
    """Return what the answers to a form come to.

    Parameters
    ----------
    given
        Field → answer as it came over the wire: text, number, list of codes,
        None. Names that are no field are passed over.
    """
    values: dict[str, Value] = {}
    relevant: list[str] = []
    missing: list[str] = []
    wrong: dict[str, str] = {}
    for field in form.fields:
        scope = Scope(context.today, values, context.facts)
        if not holds(field.relevant, scope):
            continue
        relevant.append(field.name)
        value, fault = _read(field, given.get(field.name))
        if value is not None and not holds(
            field.constraint, Scope(context.today, {**values, field.name: value}, context.facts, value)
        ):
            value, fault = None, "constraint"
        if fault:
            wrong[field.name] = fault
        elif value is not None:
            values[field.name] = value
        elif field.type is not FieldType.NOTE and holds(field.required, scope):
            missing.append(field.name)
    filled = bool(values or wrong)
    scope = Scope(context.today, values, context.facts)
    found = [s.code for s in form.suggestions if filled and holds(s.when, scope)]
    return Reading(
        relevant=tuple(relevant),
        answers={name: list(value) if isinstance(value, tuple) else value for name, value in values.items()},
        missing=tuple(missing) if filled else (),
        wrong=wrong,
        suggestions=tuple(dict.fromkeys(found)),
    )


def _read(field: Field, given: object) -> tuple[Value, str]:
    """Return an answer as it is kept, None where there is none, and what is wrong with it."""
    blank = given is None or (isinstance(given, str) and not plain_text(given)) or given == []
    if blank or field.type is FieldType.NOTE:
        return None, ""
    match field.type:
        case FieldType.SELECT_MULTIPLE:
            return _several(field, given)
        case FieldType.INTEGER:
            return _whole(given)
        case _ if not isinstance(given, str):
            return None, "type"
        case FieldType.SELECT_ONE:
            code = plain_text(given)
            return (code, "") if any(code == choice.code for choice in field.choices) else (None, "choice")
        case FieldType.DATE:
            day = as_day(given)
            return (day.isoformat(), "") if day else (None, "type")
        case _:
            text = plain_text(given)
            return (text, "") if len(text) <= LONGEST_TEXT else (None, "long")


def _several(field: Field, given: object) -> tuple[Value, str]:
    """Return the codes in the order of the form, each once."""
    if not isinstance(given, list | tuple):
        return None, "type"
    codes = [choice.code for choice in field.choices]
    if any(code not in codes for code in given):
        return None, "choice"
    return tuple(code for code in codes if code in given), ""


def _whole(given: Any) -> tuple[Value, str]:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    number = None if isinstance(given, bool) else as_number(given)
    return (number, "") if number is not None and abs(number) <= _LARGEST else (None, "type")
