"""Headings: synonyms, dirt, two rows, a remembered mapping."""

from __future__ import annotations

import pytest

from fieldmap.errors import InputError
from fieldmap.readers.headings import Headings

PLAIN = Headings.remembering(None)


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        (["姓名"], "name"),
        (["*姓 名:"], "name"),
        (["身份证\n号"], "identity"),
        (["村（社区）"], "village"),
        (["联系电话(必填)"], "phones"),
        (["地址/现住地址"], "address"),
        (["监护人/主要照顾者"], "guardian"),
        (["是否计划生育\n特殊家庭"], "tag.计生特殊家庭"),
        (["基本信息", "性别"], "sex"),
        (["姓名", "姓名"], "name"),
        (["监护人", "姓名"], "guardian"),
        (["户主", "姓名"], "head"),
        (["父亲", "姓名"], None),
        (["第一联系人", "电话"], None),
        (["联系电话", "(必填)"], "phones"),
        (["星座"], None),
        ([""], None),
        ([], None),
    ],
)
def test_known_headings(texts: list[str], field: str | None) -> None:
    """A heading is known however it is typed, and belongs to the person of the row or to nobody."""
    assert PLAIN.field(texts) == field


def test_remembered_mapping_goes_first() -> None:
    """What the station said about a heading once wins over the table, also to leave a column aside."""
    said = Headings.remembering({"称呼": "name", "备注": "", "性别": "note"})
    assert said.field(["称呼"]) == "name"
    assert said.is_name("称呼")
    assert said.field(["备注"]) is None
    assert said.field(["性别"]) == "note"


def test_unknown_field_is_refused() -> None:
    """A mapping to a field that does not exist is an error that names it."""
    with pytest.raises(InputError, match="血型") as error:
        Headings.remembering({"血型": "血型"})
    assert error.value.code == "ledger.mapping"
