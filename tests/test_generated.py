"""Every sample of every operation, through every check (see generated/checks.py)."""

from __future__ import annotations

import pytest

from chainrule.composed import families
from generated.calls import Call, all_calls
from generated.checks import CHECKS, applicable

IN_PLACE = {name for family in families for name in getattr(family, "IN_PLACE", ())}
CASES = [(call, check) for call in all_calls() for check in applicable(call, IN_PLACE)]


@pytest.mark.parametrize(
    ("call", "check"), CASES, ids=[f"{call.name}-{call.number}-{check}" for call, check in CASES]
)
def test_operation(call: Call, check: str) -> None:
    fresh = Call(call.name, call.number, call.sample)
    CHECKS[check](fresh)
