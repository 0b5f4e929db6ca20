"""Products along an axis, whole and running, differentiated without a division.

A quotient y / x would be NaN at a zero factor. Instead the product of the other factors comes from
running products, and the sums of such products from the recurrence s[i] = b[i] + a[i] s[i-1], whose
derivatives are recurrences of the same kind: exact to any order, whatever factors are 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import conjugate, linear, primitive
from chainrule.core.reach import onwards, reduced
from chainrule.ops.cumulative import accumulate
from chainrule.ops.movement import reshape
from chainrule.ops.reduction import kept, sum_

Array = Any
Dims = tuple[int, ...]


@linear(transpose=lambda g, dim, reverse: shift(g, dim=dim, reverse=not reverse), moves=True, node="Roll")
def shift(x: Array, *, dim: int, reverse: bool) -> Array:
    """x moved one place along `dim` (towards the start if `reverse`); 0 comes in, the end drops out."""
    y = np.zeros(x.shape, x.dtype)[()]
    if x.ndim:
        y[_cut(dim, slice(None, -1) if reverse else slice(1, None))] = x[
            _cut(dim, slice(1, None) if reverse else slice(None, -1))
        ]
    return y


def _cut(dim: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * dim + (part,)


def previous(y: Any, dim: int, reverse: bool) -> Any:
    """Return running products y moved one place: the product before each factor, 1 at the first."""
    moved = shift(y, dim=dim, reverse=reverse)
    first = np.zeros([n if axis == dim else 1 for axis, n in enumerate(y.shape)], bool)
    if y.ndim:
        first[_cut(dim, slice(-1, None) if reverse else slice(0, 1))] = True
    return moved + (first if y.ndim else 1)


def _cumprod_back(g: Any, x: Any, y: Any, dim: int, reverse: bool) -> Any:
    # dL/dx[i] = (product before i) * s[i], s[i] = g[i] + x[i+1] s[i+1]
    following = conjugate(shift(x, dim=dim, reverse=not reverse))
    s = recurrence(following, g, dim=dim, reverse=not reverse)
    return conjugate(previous(y, dim, reverse)) * s


@primitive(
    x=_cumprod_back,
    jvp=lambda x, x_dot, y, dim, reverse: recurrence(
        x, x_dot * previous(y, dim, reverse), dim=dim, reverse=reverse
    ),
    reach={"x": onwards},
    mixes=True,
)
def cumprod(x: Array, *, dim: int, reverse: bool = False) -> Array:
    """The products of the elements along `dim` up to each one (from each one on if `reverse`)."""
    return accumulate(np.multiply, x, dim, reverse)


def _recurrence_back(g: Any, a: Any, y: Any, dim: int, reverse: bool) -> tuple[Any, Any]:
    following = conjugate(shift(a, dim=dim, reverse=not reverse))
    t = recurrence(following, g, dim=dim, reverse=not reverse)
    return t * conjugate(shift(y, dim=dim, reverse=reverse)), t


@primitive(
    vjp=_recurrence_back,
    jvp=lambda a, a_dot, b_dot, y, dim, reverse: recurrence(
        a, b_dot + a_dot * shift(y, dim=dim, reverse=reverse), dim=dim, reverse=reverse
    ),
    reach={"a": onwards, "b": onwards},
    mixes=True,
)
def recurrence(a: Array, b: Array, *, dim: int, reverse: bool) -> Array:
    """s[i] = b[i] + a[i] s[i-1] along `dim`, s = 0 before the start (after the end if `reverse`)."""
    if not b.ndim:
        return b
    s = np.empty(b.shape, b.dtype)
    lanes = [np.moveaxis(x, dim, 0)[:: -1 if reverse else 1] for x in (a, b, s)]
    _run(*lanes)
    return s


def _run(a: Array, b: Array, s: Array) -> None:
    """Fill s along the first axis."""
    before: Any = 0
    if s.size == len(s):  # one lane: Python's floats are far quicker than NumPy's
        found = []
        for a_i, b_i in zip(a.ravel().tolist(), b.ravel().tolist(), strict=True):
            before = b_i + a_i * before
            found.append(before)
        s[...] = np.array(found, s.dtype).reshape(s.shape)
        return
    for i in range(len(s)):
        before = s[i] = b[i] + a[i] * before


def _others(x: Any, dim: int) -> Any:
    """Return for each factor along `dim` the product of the others."""
    before = previous(cumprod(x, dim=dim, reverse=False), dim, False)
    after = previous(cumprod(x, dim=dim, reverse=True), dim, True)
    return before * after


def _others_of_all(x: Any) -> Any:
    return reshape(_others(reshape(x, shape=(-1,)), 0), shape=tuple(x.shape))


@primitive(
    x=lambda g, x: g * conjugate(_others_of_all(x)),
    jvp=lambda x, x_dot: sum_(x_dot * _others_of_all(x), dim=tuple(range(x.ndim))),
    node="Prod",
)
def prod_all(x: Array) -> Array:
    """The product of all elements."""
    return _multiply(x, None, False)


@primitive(
    x=lambda g, x, dim, keepdim: kept(g, tuple(x.shape), (dim,), keepdim) * conjugate(_others(x, dim)),
    jvp=lambda x, x_dot, dim, keepdim: sum_(
        x_dot * _others(x, dim), dim=(dim,) if x.ndim else (), keepdim=keepdim
    ),
    variant=lambda: 1,
    reach={"x": reduced},
)
def prod(x: Array, *, dim: int, keepdim: bool = False) -> Array:
    """The product over the axis `dim`."""
    return _multiply(x, dim if x.ndim else (), keepdim)


def _multiply(x: Array, axis: Any, keepdim: bool) -> Array:
    if x.dtype.char == "e":
        return np.multiply.reduce(x, axis=axis, keepdims=keepdim, dtype=np.float32).astype(x.dtype)
    dtype = x.dtype if x.dtype.kind in "fc" else np.int64
    return np.multiply.reduce(x, axis=axis, keepdims=keepdim, dtype=dtype)
