"""Sorting: the places of elements in order. Picking the elements is linear (see picking)."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import constant

Array = Any


@constant(promotion="none")
def argsort(x: Array, *, dim: int, descending: bool = False) -> Array:
    """The places of the elements along `dim` in order, equal ones in theirs; NaN is the greatest."""
    return _order(x, dim, descending)


def _order(x: Array, dim: int, descending: bool) -> Array:
    if not x.ndim:
        return np.int64(0)
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    # Sorted backwards and read backwards, so that equal elements keep their order.
    backwards = np.argsort(np.flip(x, dim), axis=dim, kind="stable")
    return x.shape[dim] - 1 - np.flip(backwards, dim)


@constant(promotion="none")
def argtopk(x: Array, *, k: int, dim: int, largest: bool) -> Array:
    """The places of the k greatest (or least) elements along `dim`, in order."""
    order = _order(x, dim, largest)
    return np.ascontiguousarray(order[(slice(None),) * dim + (slice(0, k),)]) if x.ndim else order


@constant(promotion="none")
def argkth(x: Array, *, k: int, dim: int, keepdim: bool = False) -> Array:
    """The place of the k-th least element along `dim`, counted from 1."""
    order = _order(x, dim, False)
    if not x.ndim:
        return order
    index = order[(slice(None),) * dim + (slice(k - 1, k),)]
    return (index if keepdim else index.squeeze(dim)).copy()


@constant(promotion="none")
def distinct(x: Array, *, dim: int | None) -> tuple[Array, Array, Array]:
    """The first place of each distinct element (or slice along `dim`), in order; inverse; counts.

    Every NaN is distinct from all else, as in torch.
    """
    found = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=dim, equal_nan=False
    )
    _, first, inverse, counts = found
    return first, inverse.reshape(x.shape if dim is None else -1), counts
