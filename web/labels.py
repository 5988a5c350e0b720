"""What a code is called on a page: the standards' labels, and those of the pages' own codes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fieldmap import standards
from fieldmap.access import AccountRole
from fieldmap.plans import PlanState
from web.i18n import N_, gettext

__all__ = ["LABELS", "label"]

LABELS: Mapping[type[StrEnum], Mapping[str, str]] = {
    AccountRole: {
        "worker": N_("驻站社工"),
        "contact": N_("村(社区)联系人"),
        "volunteer": N_("志愿者"),
        "head": N_("站长"),
        "deputy": N_("副站长"),
        "grid_manager": N_("网格员"),
        "county": N_("县总站"),
        "auditor": N_("审计评估"),
        "admin": N_("管理员"),
    },
    PlanState: {
        "draft": N_("草案"),
        "published": N_("已发布"),
        "replaced": N_("已替换"),
    },
}
"""Enumeration → code → Chinese text, for what :mod:`fieldmap.standards` does not name."""


def label(value: StrEnum) -> str:
    """Return what a code is called in the language of the request."""
    own = LABELS.get(type(value))
    return gettext(own[value.value]) if own else standards.label(value)
