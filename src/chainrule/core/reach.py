"""Marks of dead elements through operations that sum: what no live element of a result depends on is dead.

A column of a matrix product that was not used leaves a column of the right operand dead, a lane of a softmax
that was not used its whole lane. A primitive says so with `reach`: for an operand, the marks of the result
reduced to its elements. Products need care besides: within a sum, a dead cotangent must not meet an infinite
or NaN element of the other operand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.partial import Masked, Partial, Parts, clear, dense, select_live
from chainrule.core.tensor import TensorBase

Array = Any


def is_dead(g: Any) -> bool:
    """Tell whether nothing at all of a cotangent (or of those of several results) is live."""
    if isinstance(g, Parts):
        return all(part is None or is_dead(part) for part in g.parts)
    return isinstance(g, Partial) and g.is_known() and not g.masked().live.any()


def lane(live: Array, dim: int) -> Array:
    """Return marks for an operation along an axis that it keeps: a lane is dead as a whole."""
    return live.any(axis=dim, keepdims=True) if live.ndim else live


def reduced(live: Array, dim: int | tuple[int, ...], keepdim: bool) -> Array:
    """Return marks for a reduction along axes."""
    return live if keepdim or (not live.ndim and dim == 0) else np.expand_dims(live, dim)


def matrix(live: Array) -> Array:
    """Return marks for matrices of a batch that go in and come out whole."""
    return live.any(axis=(-2, -1), keepdims=True)


def vector(live: Array) -> Array:
    """Return marks for vectors that matrices of a batch are made of."""
    return live.any(axis=(-2, -1))[..., None]


def onwards(live: Array, dim: int, reverse: bool) -> Array:
    """Return marks for a running operation: an element reaches all results from its own place on."""
    if not live.ndim:
        return live
    found = np.logical_or.accumulate(live if reverse else np.flip(live, dim), axis=dim)
    return found if reverse else np.flip(found, dim)


def fitted(reached: Array, shape: tuple[int, ...]) -> Array:
    """Bring marks to the shape of an operand: they broadcast, or the operand was broadcast."""
    live: Array = np.asarray(reached)
    if live.ndim > len(shape):
        live = live.any(axis=tuple(range(live.ndim - len(shape))))
    own = shape[len(shape) - live.ndim :]
    short = tuple([i for i, n in enumerate(own) if n == 1 != live.shape[i]])
    return np.broadcast_to(live.any(axis=short, keepdims=True) if short else live, shape)


def mark(grads: list[Any], reached: list[Any]) -> list[Any]:
    """Mark the elements of cotangents dead that are not reached (None: not known, all may be live)."""
    return [
        g if g is None or marks is None or np.all(marks) else _marked(g, marks)
        for g, marks in zip(grads, reached, strict=True)
    ]


def _marked(g: Any, reached: Array) -> Any:
    value = dense(g)
    live = fitted(reached, tuple(value.shape))
    return clear(value, live & g.masked().live if isinstance(g, Partial) else live)


def has_finite_sum(g: Any) -> bool:
    """Tell whether a plain cotangent holds no infinity and no NaN, if it can be told quickly."""
    return g is None or bool(np.isfinite(np.add.reduce(g, axis=None)))


def only_reached(x: Any, reached: Array | None) -> Any:
    """Return a saved operand with zeros where it is not reached (None: not known).

    So no NaN there can spread, and second derivatives know that the element does not matter.
    """
    if reached is None or np.all(reached) or not isinstance(x, (TensorBase, np.ndarray, np.generic)):
        return x
    shape: tuple[int, ...] = x._value.shape if isinstance(x, TensorBase) else x.shape
    live = fitted(reached, shape)
    return select_live(x, live)


def all_finite(x: Any) -> bool:
    """Tell whether a saved value is neither infinite nor NaN anywhere."""
    value = x._value if isinstance(x, TensorBase) else x
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind not in "fc":
        return True
    return bool(np.isfinite(value).all())


def _finite(x: Any) -> Array:
    return np.isfinite(x._value if isinstance(x, TensorBase) else x)


def without_dead_infinities(
    pull: Callable[[tuple[Any, ...], Any], list[Any]], saved: tuple[Any, ...], g: Masked
) -> list[Any]:
    """Return `pull(saved, g)`, sums of products in which dead elements of g contribute nothing.

    What infinities and NaNs among the saved values meet live elements is found by the same sums.
    """
    if all(map(all_finite, saved)):
        return pull(saved, g.value)
    finite = tuple([x if all_finite(x) else select_live(x, _finite(x)) for x in saved])
    infinite = tuple([_ones_where_infinite(x) for x in saved])
    grads = pull(finite, g.value)
    honest: list[Any] | None = None
    for i, spoilt in enumerate(pull(infinite, g.live.astype(np.float32))):
        if spoilt is not None and (spoilt != 0).any():
            honest = honest or pull(saved, g.value)
            grads[i] = select_live(grads[i], spoilt == 0) + select_live(honest[i], spoilt != 0)
    return grads


def _ones_where_infinite(x: Any) -> Any:
    value = x._value if isinstance(x, TensorBase) else x
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind not in "fc":
        return value
    return np.float32(0) + ~np.isfinite(value)
