"""Dimension numbers as users give them: negative, out of range, twice."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any


def normalize_dim(dim: Any, ndim: int) -> int:
    """Return `dim` as an axis of 0..ndim-1; IndexError, in torch's words, when out of range.

    A 0-d tensor counts as one with a single axis, as in torch: 0 and -1 are allowed.
    """
    if type(dim) is not int:
        dim = _as_int(dim)
    span = ndim or 1
    if not -span <= dim < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})"
        )
    result: int = dim + span if dim < 0 else dim
    return result


def normalize_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """Return `dim` (int, sequence of ints, or None and () for all) as a tuple of distinct axes.

    The axes of a 0-d tensor are always (). RuntimeError, in torch's words, for a repeated axis.
    """
    if dim is None:
        return tuple(range(ndim))
    if type(dim) is int or not isinstance(dim, Iterable) or getattr(dim, "ndim", 1) == 0:
        found = (normalize_dim(dim, ndim),)
    else:
        found = tuple([normalize_dim(d, ndim) for d in dim])
        for i, d in enumerate(found):
            if d in found[:i]:
                raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return (found or tuple(range(ndim))) if ndim else ()


def _as_int(dim: Any) -> int:
    if not isinstance(dim, bool):
        try:
            return operator.index(dim)
        except TypeError:
            pass
    raise TypeError(f"argument 'dim' must be int, not {type(dim).__name__}")
