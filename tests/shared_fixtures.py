"""Fixtures of the tests that run with either library, `m`."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def leaf(m: Any) -> Any:
    """A vector that requires grad."""
    return m.tensor([1.0, 2.0], requires_grad=True)
