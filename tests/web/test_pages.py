"""What the pages are made of: labels, masked names, the npm files, who may be sent."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum

import pytest

from fieldmap import models
from fieldmap.access import AccountRole, Right
from fieldmap.plans import PlanState
from fieldmap.store import Store
from tests.web.conftest import As
from tests.web.village import ACTORS, HOUSEHOLDS, ROLES, TODAY, TOWN
from web.labels import label
from web.masking import mask_id, mask_name, mask_phone
from web.pages import NAVIGATION
from web.planning import crew
from web.vendor import VENDOR, vendor_file

ENUMERATIONS = [
    AccountRole,
    PlanState,
    *(
        found
        for name in models.__all__
        if isinstance(found := getattr(models, name), type) and issubclass(found, StrEnum)
    ),
]


@pytest.mark.parametrize("enumeration", ENUMERATIONS, ids=lambda e: e.__name__)
def test_every_code_has_a_label(enumeration: type[StrEnum]) -> None:
    """No page ever shows a bare code."""
    assert all(label(code) and label(code) != code.value for code in enumeration)


@pytest.mark.parametrize("name", VENDOR)
def test_a_listed_npm_file_is_served(name: str, signed_in: As) -> None:
    """What the pages load from npm is there, and may be kept by the browser."""
    assert vendor_file(name) is not None
    answer = signed_in("").get(f"/vendor/{name}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("public")


@pytest.mark.parametrize("name", ["leaflet/package.json", "../package.json", "%2e%2e/package.json", ""])
def test_nothing_else_of_the_npm_folder_is_served(name: str, signed_in: As) -> None:
    """A file that is not on the list does not exist, however it is spelled."""
    assert signed_in("").get(f"/vendor/{name}").status_code == 404


def test_short_values_are_masked_whole() -> None:
    """Where masking would leave nothing hidden, everything is."""
    assert (mask_name(""), mask_phone("12345"), mask_id("1234"), mask_id(None)) == ("", "*****", "****", "")
    assert mask_name("欧阳修") == "欧*"


@pytest.mark.parametrize("role", ROLES)
def test_the_menu_has_only_what_the_role_may_open(role: str, signed_in: As) -> None:
    """Every link of the menu opens, and no page outside of the role is in it."""
    client = signed_in(role)
    page = client.get("/desk").text  # where it is refused, the page that says so has the menu too
    shown = [path for _, path, _ in NAVIGATION if f'<a href="{path}"' in page]
    assert shown
    assert {client.get(path).status_code for path in shown} == {200}
    # the app's page opens for everybody, with nothing in it before the sign-in
    app = {"/phone", "/phone#grid"}
    hidden = {path for _, path, _ in NAVIGATION} - set(shown) - app
    assert {client.get(path).status_code for path in hidden} <= {403}


def test_every_right_of_the_menu_is_one_of_the_rights() -> None:
    """A menu line is tied to a right, so that it cannot be shown to everybody by mistake."""
    assert {right for right, _, _ in NAVIGATION} <= set(Right)


def test_who_is_off_duty_is_shown_and_not_sent(store: Store) -> None:
    """Staff on duty are chosen to begin with, contacts are offered, and staff on leave are named apart."""
    store.facts.record([replace(ACTORS[1], off_days=frozenset({TODAY}))])
    found = crew(store.snapshot(), [TOWN.code], TODAY)
    assert [a.id for a in found.staff] == ["w1"]
    assert [a.id for a in found.others] == ["c1"]
    assert [a.id for a in found.off] == ["w2"]


@pytest.mark.parametrize(
    ("login", "path"),
    [("head", "/desk"), ("head", "/people"), ("head", "/people/h1")],
)
def test_a_door_is_named_with_its_village(login: str, path: str, signed_in: As, store: Store) -> None:
    """Where the ledger wrote a house number alone, the page puts the village before it."""
    store.facts.record([replace(HOUSEHOLDS[0], address="1号")])
    text = re.sub(r"<[^>]+>", "", signed_in(login).get(path).text)
    assert "北坡村 1号" in text
    assert "北坡村 北坡村" not in text
