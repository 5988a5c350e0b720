"""What a code is called on a page: the standards' labels, and those of the pages' own codes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fieldmap import standards
from fieldmap.access import AccountRole
from fieldmap.plans import PlanState
from web.i18n import N_, gettext

__all__ = ["ACTIONS", "LABELS", "label"]

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

ACTIONS: Mapping[str, str] = {
    "add account": N_("添加账号"),
    "campaign": N_("定集中走访的日期"),
    "close": N_("关账"),
    "disable account": N_("停用账号"),
    "end campaign": N_("不再列出集中走访"),
    "end exclusion": N_("恢复走访"),
    "enter paper": N_("补录走访单"),
    "exclude": N_("暂不走访"),
    "export rollup": N_("下载汇总"),
    "flag": N_("处理上报"),
    "invite": N_("打印登录二维码"),
    "outing back": N_("记下外出的人已回来"),
    "outing later": N_("打过电话,外出的人晚点回"),
    "plan": N_("排计划"),
    "print plan": N_("打印走访单"),
    "publish": N_("发布计划"),
    "read child": N_("查看儿童档案"),
    "refuse pin": N_("没有采用新标的位置"),
    "register flag": N_("登记上报的户"),
    "repair grid": N_("修正网格"),
    "reveal": N_("查看全名和号码"),
    "revoke phone": N_("锁定手机"),
    "settle": N_("处理待核对的记录"),
    "take pin": N_("采用新标的位置"),
    "undo grid repair": N_("撤销网格修正"),
}
"""What stands in the audit trail → Chinese text; other actions are shown as they are."""


def label(value: StrEnum) -> str:
    """Return what a code is called in the language of the request."""
    own = LABELS.get(type(value))
    return gettext(own[value.value]) if own else standards.label(value)
