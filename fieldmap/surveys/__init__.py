"""The questions of a visit as data: a form for each group of people.

A form is one file ``ID.VERSION.toml`` beside this module: its fields in order,
what makes a field be asked (``relevant``), be needed (``required``) and pass
(``constraint``), and what its answers suggest. The expressions are those of
:mod:`fieldmap.expressions`; the phone evaluates the same form by the same
rules. A form that changes gets a new file; the old ones stay, because a phone
may bring answers to them weeks later.

The rules of an evaluation: fields are read in their order, and an expression of
a field asks earlier fields only. What is not relevant is dropped, whatever was
answered. A wrong answer is empty for the other fields. A form without any
answer is a form that was not filled in: it misses nothing and suggests nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from fieldmap.conditions import facts_of
from fieldmap.errors import Issue
from fieldmap.models import Client, Tag
from fieldmap.obligations import in_force
from fieldmap.standards import is_restricted
from fieldmap.surveys.form import (
    LONGEST_TEXT,
    Choice,
    Context,
    Field,
    FieldType,
    Form,
    Label,
    Reading,
    Suggestion,
)
from fieldmap.surveys.reading import read_form

__all__ = [
    "FORM_KEY",
    "LONGEST_TEXT",
    "Choice",
    "Context",
    "Field",
    "FieldType",
    "Form",
    "Label",
    "Reading",
    "Suggestion",
    "check",
    "form",
    "form_for",
    "forms",
    "read_answers",
    "read_form",
    "suggestions",
]

FORM_KEY = "_form"
"""Under this name a person's answers say which form they answer: ``elder/1``."""

_CODES = {
    "type": "answer.type",
    "choice": "answer.choice",
    "long": "answer.long",
    "constraint": "answer.constraint",
}


@cache
def _all() -> Mapping[str, Form]:
    """Return every form that ever was: ``id/version`` → form."""
    found = {}
    for file in resources.files(__name__).iterdir():
        if file.name.endswith(".toml"):
            made = Form.load(file.read_text(encoding="utf-8"), file.name)
            found[made.key] = made
    return found


@cache
def forms() -> tuple[Form, ...]:
    """Return the newest version of every form, in the order in which they are offered.

    Examples
    --------
    >>> [form.id for form in forms()]
    ['child', 'elder', 'disabled', 'relief', 'general']
    """
    newest: dict[str, Form] = {}
    for made in sorted(_all().values(), key=lambda made: made.version):
        newest[made.id] = made
    return tuple(sorted(newest.values(), key=lambda made: made.rank))


def form(key: str) -> Form | None:
    """Return the form ``id/version``, or the newest of an ``id``; None where there is none.

    Examples
    --------
    >>> form("elder/1").title.zh, form("elder/0")
    ('老年人', None)
    """
    return _all().get(key) or next((made for made in forms() if made.id == key), None)


def form_for(client: Client, tags: Iterable[Tag], day: date) -> str:
    """Return the id of the form for somebody: the first whose condition holds.

    Parameters
    ----------
    tags
        As far as the visitor may read them: without any, only the age decides.
        A restricted tag never does, so that a form tells of no such class.

    Examples
    --------
    >>> form_for(Client("p", "h", "王秀英", birth_date=date(1944, 5, 1)), (), date(2026, 3, 20))
    'elder'
    """
    open_tags: dict[str, tuple[str, ...]] = {}
    for tag in tags:
        if tag.client_id == client.id and in_force(tag, day) and not is_restricted(tag.name, tag.value):
            open_tags[tag.name] = (*open_tags.get(tag.name, ()), tag.value)
    facts = facts_of(client.birth_date, open_tags, False, day)
    return next(made.id for made in forms() if made.whom is None or made.whom(facts))


def check(
    answers: Mapping[str, object], form: Form, context: Context, client_id: str = ""
) -> tuple[Issue, ...]:
    """Return what is wrong with the answers to one form, all at once.

    Parameters
    ----------
    answers
        Field → answer as it came over the wire.
    client_id
        Whose answers they are; the issues are about ``answers.CLIENT.FIELD``.
    """
    reading = read_form(form, answers, context)
    place = f"answers.{client_id}." if client_id else ""
    named = {field.name: field for field in form.fields}
    found = [_issue(place, named[name], answers, _CODES[code]) for name, code in reading.wrong.items()]
    found += [_issue(place, named[name], answers, "answer.required") for name in reading.missing]
    found += [
        Issue(0, place + name, name, "answer.field", details={"form": form.key})
        for name in answers
        if name not in named and name != FORM_KEY
    ]
    return tuple(found)


def suggestions(answers: Mapping[str, object], form: Form, context: Context) -> tuple[str, ...]:
    """Return the codes of what the answers to a form suggest, in the form's order."""
    return read_form(form, answers, context).suggestions


def read_answers(
    answers: object, client_ids: Collection[str], context: Context
) -> tuple[dict[str, dict[str, Any]], tuple[Issue, ...]]:
    """Return the answers of a visit as they are kept, and what is wrong with them.

    Parameters
    ----------
    answers
        Client id → field → answer; :data:`FORM_KEY` names the form.
    client_ids
        The persons of the visit.

    Returns
    -------
    answers
        Only what was asked and answered; a form without answers is left out.
    issues
        About ``answers``, ``answers.CLIENT`` or ``answers.CLIENT.FIELD``.
    """
    if not isinstance(answers, Mapping):
        return {}, (() if answers is None else (Issue(0, "answers", str(answers)[:40], "answer.shape"),))
    kept: dict[str, dict[str, Any]] = {}
    issues: list[Issue] = []
    for client_id, given in answers.items():
        place = f"answers.{client_id}"
        if client_id not in client_ids or not isinstance(given, Mapping):
            issues.append(Issue(0, place, "", "answer.shape"))
            continue
        key = given.get(FORM_KEY)
        made = _all().get(key) if isinstance(key, str) else None
        if made is None:
            issues.append(Issue(0, place, str(key)[:40], "answer.form"))
            continue
        issues += check(given, made, context, client_id)
        if found := read_form(made, given, context).answers:
            kept[client_id] = {FORM_KEY: made.key, **found}
    return kept, tuple(issues)


def _issue(place: str, field: Field, answers: Mapping[str, object], code: str) -> Issue:
    value = answers.get(field.name)
    shown = "" if value is None else str(value)[:40]
    details = {"label": field.label.text(), "allowed": field.allowed()}
    return Issue(0, place + field.name, shown, code, details=details)
