"""Tests that take `m` say what both libraries do: here with chainrule; `make parity` runs them with torch."""

from __future__ import annotations

from types import ModuleType

import pytest

import chainrule
from shared_fixtures import leaf  # noqa: F401 (tests find it here)


@pytest.fixture
def m() -> ModuleType:
    return chainrule
