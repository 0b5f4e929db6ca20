"""Formulas of a function's derivatives, as text that can be typed in again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def formula_texts(function: Any, terms: Sequence[Any]) -> dict[str, str]:
    return {}
