"""NumPy's reductions and cumulative operations, with NumPy's parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.numpy_protocol.common import (
    NOT_GIVEN,
    Tensor,
    along,
    cast,
    floating,
    implements,
    kind,
    operand_of,
    ours,
    tensor_of,
)


def _over(function: Callable[..., Tensor], x: Tensor, axis: Any, keepdims: Any, **options: Any) -> Tensor:
    """Reduce over `axis`: None means all axes and () none, as in NumPy."""
    if axis == ():
        return function(ours.unsqueeze(x, -1), dim=-1, **options)
    return function(
        x, dim=tuple(range(x.ndim)) if axis is None else axis, keepdim=keepdims is True, **options
    )


def _chosen(x: Tensor, where: Any, neutral: Any) -> Tensor:
    """Return x with `neutral` where it is not to take part."""
    return x if where is True or where is NOT_GIVEN else ours.where(tensor_of(where), x, neutral)


def _given(x: Any) -> bool:
    return x is not None and x is not NOT_GIVEN


@implements("sum")
def _sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: Any = False,
    initial: Any = NOT_GIVEN,
    where: Any = True,
) -> Tensor:
    total = _over(ours.sum, _chosen(cast(a, dtype), where, 0), axis, keepdims)
    return total + operand_of(initial) if _given(initial) else total


@implements("prod")
def _prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: Any = False,
    initial: Any = NOT_GIVEN,
    where: Any = True,
) -> Tensor:
    product = _product(_chosen(cast(a, dtype), where, 1), axis, keepdims)
    return product * operand_of(initial) if _given(initial) else product


def _product(x: Tensor, axis: Any, keepdims: Any) -> Tensor:
    """Multiply over several axes, which torch's prod takes one by one."""
    if axis == () or x.ndim == 0:
        return x
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    for i in sorted((i % x.ndim for i in axes), reverse=True):
        x = ours.prod(x, dim=i, keepdim=keepdims is True)
    return x


@implements("max", "amax")
def _max(
    a: Any,
    axis: Any = None,
    out: None = None,
    keepdims: Any = False,
    initial: Any = NOT_GIVEN,
    where: Any = True,
) -> Tensor:
    return _extremum(ours.amax, ours.maximum, tensor_of(a), axis, keepdims, initial, where)


@implements("min", "amin")
def _min(
    a: Any,
    axis: Any = None,
    out: None = None,
    keepdims: Any = False,
    initial: Any = NOT_GIVEN,
    where: Any = True,
) -> Tensor:
    return _extremum(ours.amin, ours.minimum, tensor_of(a), axis, keepdims, initial, where)


def _extremum(
    reduction: Callable[..., Tensor],
    choice: Callable[..., Tensor],
    x: Tensor,
    axis: Any,
    keepdims: Any,
    initial: Any,
    where: Any,
) -> Tensor:
    if not _given(initial):
        if where is not True:
            raise ValueError(
                "reduction operation does not have an identity, so to use a where mask one "
                "has to specify 'initial'"
            )
        return _over(reduction, x, axis, keepdims)
    start = cast(initial, x._value.dtype)
    x = _chosen(x, where, start)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if any(x.shape[i] == 0 for i in axes):  # no element takes part
        rows = _over(ours.sum, x, axis, keepdims)
        return ours.broadcast_to(start, rows.shape)
    return choice(_over(reduction, x, axis, keepdims), start)


@implements("ptp")
def _ptp(a: Any, axis: Any = None, out: None = None, keepdims: Any = False) -> Tensor:
    return _max(a, axis, keepdims=keepdims) - _min(a, axis, keepdims=keepdims)


@implements("mean")
def _mean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Tensor:
    x = floating(cast(a, dtype))
    if where is True:
        return _over(ours.mean, x, axis, keepdims)
    return _sum(x, axis, keepdims=keepdims, where=where) / _count(x, axis, keepdims, where)


def _count(x: Tensor, axis: Any, keepdims: Any, where: Any) -> Tensor:
    """Return how many elements take part in each result."""
    return _over(ours.sum, ours.broadcast_to(tensor_of(where), x.shape), axis, keepdims)


@implements("var")
def _var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = NOT_GIVEN,
    correction: Any = NOT_GIVEN,
) -> Tensor:
    x = floating(cast(a, dtype))
    less = correction if _given(correction) else ddof
    if where is True and not _given(mean):
        return _over(ours.var, x, axis, keepdims, correction=less)
    return _variance(x, axis, keepdims, where, mean, less)


@implements("std")
def _std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    ddof: float = 0,
    keepdims: Any = False,
    *,
    where: Any = True,
    mean: Any = NOT_GIVEN,
    correction: Any = NOT_GIVEN,
) -> Tensor:
    x = floating(cast(a, dtype))
    less = correction if _given(correction) else ddof
    if where is True and not _given(mean):
        return _over(ours.std, x, axis, keepdims, correction=less)
    return root(_variance(x, axis, keepdims, where, mean, less))


def root(variance: Tensor) -> Tensor:
    """Return the standard deviation; where nothing varies, its derivative is 0."""
    return ours.where(variance == 0, 0.0, ours.sqrt(variance))


def _variance(x: Tensor, axis: Any, keepdims: Any, where: Any, mean: Any, less: Any) -> Tensor:
    """Return the variance of what takes part, around a mean that may be given."""
    centre = tensor_of(mean) if _given(mean) else _mean(x, axis, keepdims=True, where=where)
    distance = ours.abs(x - centre)
    count = _count(x, axis, keepdims, where)
    return _sum(distance * distance, axis, keepdims=keepdims, where=where) / ours.clamp(count - less, min=0)


@implements("argmax")
def _argmax(a: Any, axis: Any = None, out: None = None, *, keepdims: Any = False) -> Tensor:
    return ours.argmax(tensor_of(a), dim=axis, keepdim=keepdims is True)


@implements("argmin")
def _argmin(a: Any, axis: Any = None, out: None = None, *, keepdims: Any = False) -> Tensor:
    return ours.argmin(tensor_of(a), dim=axis, keepdim=keepdims is True)


@implements("all")
def _all(a: Any, axis: Any = None, out: None = None, keepdims: Any = False, *, where: Any = True) -> Tensor:
    return _over(ours.all, _chosen(cast(a, bool), where, True), axis, keepdims)


@implements("any")
def _any(a: Any, axis: Any = None, out: None = None, keepdims: Any = False, *, where: Any = True) -> Tensor:
    return _over(ours.any, _chosen(cast(a, bool), where, False), axis, keepdims)


@implements("count_nonzero")
def _count_nonzero(a: Any, axis: Any = None, *, keepdims: Any = False) -> Tensor:
    return _over(ours.sum, tensor_of(a) != 0, axis, keepdims)


@implements("cumsum", "cumulative_sum")
def _cumsum(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Tensor:
    return _cumulative(ours.cumsum, cast(a, dtype), axis)


@implements("cumprod", "cumulative_prod")
def _cumprod(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Tensor:
    return _cumulative(ours.cumprod, cast(a, dtype), axis)


def _cumulative(function: Callable[..., Tensor], x: Tensor, axis: Any) -> Tensor:
    return function(ours.ravel(x), dim=0) if axis is None else function(x, dim=axis)


@implements("average")
def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False
) -> Any:
    x = floating(tensor_of(a))
    w = tensor_of(np.ones(x.shape, x._value.dtype) if weights is None else weights)
    if w.shape != x.shape:
        if w.ndim != 1 or not isinstance(axis, int):
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        w = ours.reshape(w, tuple([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]))
        w = ours.broadcast_to(w, x.shape)
    total = _sum(w, axis, keepdims=keepdims)
    result = _sum(x * w, axis, keepdims=keepdims) / total
    return (result, total) if returned else result


@implements("diff")
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = NOT_GIVEN, append: Any = NOT_GIVEN) -> Tensor:
    if n < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    x = tensor_of(a)
    parts = [x]
    if _given(prepend):
        parts.insert(0, _slab(prepend, x, axis))
    if _given(append):
        parts.append(_slab(append, x, axis))
    if len(parts) > 1:
        x = ours.cat(parts, dim=axis)
    for _ in range(n):
        after, before = x[along(axis, slice(1, None), x.ndim)], x[along(axis, slice(-1), x.ndim)]
        x = ours.ne(after, before) if kind(x) == "b" else after - before
    return x


def _slab(edge: Any, x: Tensor, axis: int) -> Tensor:
    """Return what is to be put at an end of x: a number stands for a slab of it."""
    edge = tensor_of(edge)
    if edge.ndim:
        return edge
    return ours.broadcast_to(edge, tuple([1 if i == axis % x.ndim else k for i, k in enumerate(x.shape)]))


@implements("trapezoid")
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    y = tensor_of(y)
    step = operand_of(dx)
    if x is not None:
        x = tensor_of(x)
        step = _diff(x) if x.ndim == 1 else _diff(x, axis=axis)
        if x.ndim == 1:
            step = ours.reshape(step, tuple([-1 if i == axis % y.ndim else 1 for i in range(y.ndim)]))
    ends = y[along(axis, slice(1, None), y.ndim)] + y[along(axis, slice(-1), y.ndim)]
    return ours.sum(step * ends / 2, dim=axis)
