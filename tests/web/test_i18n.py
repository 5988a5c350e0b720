"""Every text of the pages has its English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

import web
from fieldmap.errors import language
from web.i18n import english, gettext
from web.pages import environment

_WEB = Path(web.__file__).parent
_CHINESE = re.compile("[\u4e00-\u9fff]")


def _of_templates() -> dict[str, str]:
    made, found = environment(), {}
    for name in made.list_templates():
        source = (_WEB / "templates" / name).read_text(encoding="utf-8")
        for call in made.parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and call.args:
                first = call.args[0]
                if isinstance(first, nodes.Const):
                    found[str(first.value)] = name
    return found


def _of_modules() -> dict[str, str]:
    found = {}
    for path in sorted(_WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args:
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                first = node.args[0]
                if called in ("_", "N_", "gettext") and isinstance(first, ast.Constant):
                    found[str(first.value)] = path.name
    return found


def _texts() -> dict[str, str]:
    return {**_of_templates(), **_of_modules()}


def test_every_text_has_its_english() -> None:
    """A text without English, or with an empty one, is named with the file it stands in."""
    texts = _texts()
    assert len(texts) > 100
    missing = {text: file for text, file in texts.items() if not english().get(text, "").strip()}
    assert missing == {}


def test_the_english_fills_in_the_same_values() -> None:
    """A translation names the same {values} as the text it is of."""
    names = {text: set(re.findall(r"{(\w*)}", text)) for text in english()}
    wrong = {
        text: english()[text] for text in names if set(re.findall(r"{(\w*)}", english()[text])) != names[text]
    }
    assert wrong == {}


def test_two_catalogues_do_not_disagree() -> None:
    """A text that two areas use reads the same in both."""
    seen: dict[str, str] = {}
    for path in sorted((_WEB / "locale" / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    assert seen.setdefault(str(message.id), str(message.string)) == message.string, message.id


@pytest.mark.parametrize("path", sorted(p.name for p in (_WEB / "templates").glob("*.html")))
def test_a_template_has_no_text_outside_of_the_catalogues(path: str) -> None:
    """Chinese in a template stands inside of ``_()``; the name of the other language is the one exception."""
    source = (_WEB / "templates" / path).read_text(encoding="utf-8")
    plain = "".join(
        str(part.data)
        for output in environment().parse(source).find_all(nodes.Output)
        for part in output.nodes
        if isinstance(part, nodes.TemplateData)
    )
    assert _CHINESE.sub("", plain.replace("中文", "")) == plain.replace("中文", "")


def test_a_text_is_shown_in_the_language_of_the_request() -> None:
    """The same call gives Chinese and English, with the values filled in."""
    token = language.set("en")
    try:
        assert gettext("绑定后 {days} 天内不用再登录。", days=30) == "No need to sign in again for 30 days."
    finally:
        language.reset(token)
    assert gettext("绑定后 {days} 天内不用再登录。", days=30) == "绑定后 30 天内不用再登录。"


def test_what_is_not_translated_is_shown_as_it_is() -> None:
    """A text that no catalogue knows is better than an empty place."""
    token = language.set("en")
    try:
        assert gettext("没有译文 {n}", n=1) == "没有译文 1"
    finally:
        language.reset(token)
