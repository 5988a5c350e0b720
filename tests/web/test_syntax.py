"""The phone's scripts are plain JavaScript of 2018 and weigh little."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from web.phone_files import lean
from web.vendor import vendor_file

ROOT = Path(__file__).parent.parent.parent
PHONE = ROOT / "web" / "static" / "phone"
ACORN = ROOT / "node_modules" / "acorn" / "dist" / "acorn.js"
MOST_BYTES = 120_000
"""Of all scripts of the phone, gzipped, the map's among them."""

PARSE = """sources => Object.entries(sources).flatMap(([name, source]) => {
  try {
    acorn.parse(source, {ecmaVersion: 2018, sourceType: "module"});
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
})"""

DIFFERENT = """([ours, theirs]) => {
  const bare = (key, value) => (["start", "end"].includes(key) && typeof value === "number" ? 0 : value);
  const tree = source => JSON.stringify(acorn.parse(source, {ecmaVersion: 2018, sourceType: "module"}), bare);
  return Object.keys(ours).filter(name => tree(ours[name]) !== tree(theirs[name]));
}"""

TOO_NEW = re.compile(
    r"\.(replaceChildren|replaceAll|at|findLast|findLastIndex|toSorted|toReversed|hasOwn|randomUUID)\("
    r"|structuredClone\(|AbortSignal\.timeout|Promise\.any|Object\.groupBy"
)
"""Functions that Chrome 80 does not have."""

TOO_NEW_STYLE = re.compile(r":(where|is|has)\(|:not\([^)]*,|\baspect-ratio\s*:")
"""What makes Chrome 80 drop a whole rule, or its line."""

UNSAFE = re.compile(r"\.(innerHTML|outerHTML)\b|insertAdjacentHTML|\beval\(|new Function\(|document\.write\(")
"""What would turn data into code."""


def scripts() -> dict[str, str]:
    """Return the phone's scripts by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(PHONE.glob("*.js"))}


def written(pattern: re.Pattern[str], sources: Mapping[str, str]) -> list[str]:
    """Return where a pattern stands in the sources, without their comments."""
    bare = {
        name: re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", source, flags=re.S) for name, source in sources.items()
    }
    return [f"{name}: {found[0]}" for name, source in bare.items() for found in pattern.finditer(source)]


def test_no_style_is_newer_than_the_scripts() -> None:
    """Chrome 80 reads every rule of the phone's own style sheets; planted ones that it drops are found."""
    sheets = [*PHONE.glob("*.css"), PHONE.parent / "css" / "base.css"]
    assert written(TOO_NEW_STYLE, {path.name: path.read_text(encoding="utf-8") for path in sheets}) == []
    planted = {"planted.css": "a:where(.b) {} a:not(b, i) {} .fm:is(a) {}"}
    assert len(written(TOO_NEW_STYLE, planted)) == 3


@pytest.fixture
def acorn(browser: Browser) -> Iterator[Page]:
    """Return a page that can parse."""
    page = browser.new_page()
    page.evaluate(ACORN.read_text(encoding="utf-8"))
    yield page
    page.close()


@pytest.mark.browser
def test_every_script_is_of_2018(acorn: Page) -> None:
    """A browser of 2018 reads every module; a planted one of 2020 is found."""
    assert acorn.evaluate(PARSE, scripts()) == []
    assert len(acorn.evaluate(PARSE, {"planted.js": "export const a = b?.c ?? 1;"})) == 1


@pytest.mark.browser
def test_what_travels_means_the_same(acorn: Page) -> None:
    """Without comments and indentation every script has the same syntax tree; a changed text is found."""
    travelling = {name: lean(source) for name, source in scripts().items()}
    assert acorn.evaluate(DIFFERENT, [scripts(), travelling]) == []
    planted = [{"planted.js": "a(`x\\n  y`);"}, {"planted.js": "a(`x\\ny`);"}]
    assert acorn.evaluate(DIFFERENT, planted) == ["planted.js"]


def test_no_script_uses_what_an_old_browser_has_not() -> None:
    """Neither a function newer than Chrome 80 nor one that makes code of data is called."""
    assert written(TOO_NEW, scripts()) == []
    assert written(UNSAFE, scripts()) == []
    assert written(UNSAFE, {"planted.js": "box.innerHTML = name;"}) == ["planted.js: .innerHTML"]


def test_all_scripts_weigh_less_than_the_limit() -> None:
    """All of the phone's scripts and the map's library stay below 120 kB as they travel."""
    leaflet = vendor_file("leaflet/leaflet.js")
    assert leaflet is not None
    sizes = {name: len(gzip.compress(lean(source).encode())) for name, source in scripts().items()}
    sizes["leaflet.js"] = len(gzip.compress(leaflet.read_bytes()))
    assert sum(sizes.values()) < MOST_BYTES
