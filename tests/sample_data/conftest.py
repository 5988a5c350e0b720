"""The township in the repository, and the same one in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sample_data
from sample_data import Recipe
from sample_data.places import lay_out
from sample_data.township import Station, found


@pytest.fixture(scope="session")
def township() -> Path:
    """Return the folder held in the repository."""
    return Path(sample_data.__file__).parent / "township"


@pytest.fixture(scope="session")
def truth(township: Path) -> dict[str, Any]:
    """Return what was made, as the folder says."""
    told: dict[str, Any] = json.loads((township / "truth.json").read_text(encoding="utf-8"))
    return told


@pytest.fixture(scope="session")
def station() -> Station:
    """Return the default township before it is written."""
    return found(Recipe(), lay_out(Recipe())[0])
