"""Settings out of range are refused, with what is allowed."""

from __future__ import annotations

import pytest

from fieldmap.errors import InputError
from fieldmap.settings import LEAST_MEMORY_MB, Settings, load


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("MEMORY_MB", "-5", f">= {LEAST_MEMORY_MB}"),
        ("MEMORY_MB", "0", f">= {LEAST_MEMORY_MB}"),
        ("MEMORY_MB", str(LEAST_MEMORY_MB - 1), f">= {LEAST_MEMORY_MB}"),
        ("MEMORY_MB", "much", "MiB"),
        ("PLAN_SECONDS", "nan", "> 0"),
        ("PLAN_SECONDS", "inf", "> 0"),
        ("PLAN_SECONDS", "0", "> 0"),
        ("SNAP_LIMIT_M", "-1", "> 0"),
        ("PORT", "-1", ">= 0"),
        ("HTTP_PORT", "-8320", ">= 0"),
        ("LANG", "fr", "zh-CN, en"),
        ("PHONE_HOLD", "cookie", "pin, memory"),
        ("SESSION_HOURS", "0", "> 0"),
        ("DEVICE_DAYS", "-1", "> 0"),
        ("WALK_KMH", "nan", "> 0"),
        ("OVERDUE_MINUTES", "-1", ">= 0"),
        ("SUPPRESS_BELOW", "-1", ">= 0"),
        ("SLACK_SHARE", "nan", "0 … 0.99"),
        ("SLACK_SHARE", "1", "0 … 0.99"),
    ],
)
def test_a_setting_out_of_range_is_refused(name: str, value: str, allowed: str) -> None:
    """The message names the variable, the value and what is allowed."""
    with pytest.raises(InputError) as caught:
        load({f"FIELDMAP_{name}": value})
    assert caught.value.code == "setting.value"
    for part in (f"FIELDMAP_{name}", value, allowed):
        assert part in str(caught.value)


def test_settings_at_their_limits_are_taken() -> None:
    """The least memory, an alarm at once, figures without withholding, any free port are settings too."""
    given = {"MEMORY_MB": str(LEAST_MEMORY_MB), "OVERDUE_MINUTES": "0", "SUPPRESS_BELOW": "0", "PORT": "0"}
    found = load({f"FIELDMAP_{name}": value for name, value in given.items()})
    assert found.port == 0
    assert (found.memory_mb, found.overdue_minutes, found.suppress_below) == (LEAST_MEMORY_MB, 0, 0)
    assert load({}) == Settings()
