"""Numerical derivatives along a direction, and the real inner product they are compared in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

STEP = 1e-4
"""Truncation is O(step**4), rounding 1e-16 / step: both near 1e-12 for values near 1."""

Arrays = list[np.ndarray]


def along(
    f: Callable[[Arrays], Arrays], x: Sequence[Any], i: int, t: np.ndarray, step: float = STEP
) -> Arrays:
    """Return the derivative of the results of `f` when operand `i` moves along `t`.

    Central differences of fourth order: (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h.
    """

    def at(s: float) -> Arrays:
        return f([xj + s * t if j == i else xj for j, xj in enumerate(x)])

    ahead, behind, far_ahead, far_behind = at(step), at(-step), at(2 * step), at(-2 * step)
    return [
        (8 * (a - b) - (c - d)) / (12 * step)
        for a, b, c, d in zip(ahead, behind, far_ahead, far_behind, strict=True)
    ]


def inner(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Return Re <a, b>: complex numbers count as pairs of real ones."""
    return float(sum(np.sum((np.conj(x) * y).real) for x, y in zip(a, b, strict=True)))


def scale(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Return the size of the terms in `inner`, which tolerances are relative to."""
    return 1 + float(sum(np.sum(np.abs(x) * np.abs(y)) for x, y in zip(a, b, strict=True)))
