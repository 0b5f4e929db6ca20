"""NumPy's functions that leave out NaN: the others, with NaN replaced by what does not count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.numpy_protocol.common import FUNCTIONS, NOT_GIVEN, Tensor, cast, floating, implements, ours
from chainrule.numpy_protocol.reductions import root


def _without(a: Any, dtype: Any, neutral: float) -> Tensor:
    x = cast(a, dtype)
    return ours.where(ours.isnan(x), neutral, x)


def _present(x: Tensor, where: Any) -> Tensor:
    """Return which elements take part."""
    there = ours.logical_not(ours.isnan(x))
    return there if where is True else ours.logical_and(there, cast(where, bool))


@implements("nansum")
def _nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: Any = False,
    initial: Any = NOT_GIVEN,
    where: Any = True,
) -> Tensor:
    return FUNCTIONS[np.sum](_without(a, dtype, 0), axis, None, None, keepdims, initial, where)


@implements("nanprod")
def _nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: Any = False,
    initial: Any = NOT_GIVEN,
    where: Any = True,
) -> Tensor:
    return FUNCTIONS[np.prod](_without(a, dtype, 1), axis, None, None, keepdims, initial, where)


@implements("nancumsum")
def _nancumsum(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Tensor:
    return FUNCTIONS[np.cumsum](_without(a, dtype, 0), axis)


@implements("nancumprod")
def _nancumprod(a: Any, axis: Any = None, dtype: Any = None, out: None = None) -> Tensor:
    return FUNCTIONS[np.cumprod](_without(a, dtype, 1), axis)


@implements("nanmax")
def _nanmax(a: Any, axis: Any = None, out: None = None, keepdims: Any = False) -> Tensor:
    return _nan_extremum(np.max, -np.inf, a, axis, keepdims)


@implements("nanmin")
def _nanmin(a: Any, axis: Any = None, out: None = None, keepdims: Any = False) -> Tensor:
    return _nan_extremum(np.min, np.inf, a, axis, keepdims)


def _nan_extremum(function: Callable[..., Any], neutral: float, a: Any, axis: Any, keepdims: Any) -> Tensor:
    """Return the extremum of what is there, NaN where nothing is."""
    x = cast(a, None)
    if not x.is_floating_point():
        return FUNCTIONS[function](x, axis, None, keepdims)
    result = FUNCTIONS[function](_without(x, None, neutral), axis, None, keepdims)
    return ours.where(FUNCTIONS[np.all](ours.isnan(x), axis, None, keepdims), np.nan, result)


@implements("nanmean")
def _nanmean(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: None = None,
    keepdims: Any = False,
    *,
    where: Any = True,
) -> Tensor:
    x = floating(cast(a, dtype))
    return FUNCTIONS[np.mean](x, axis, keepdims=keepdims, where=_present(x, where))


@implements("nanvar")
def _nanvar(
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
    return FUNCTIONS[np.var](
        x, axis, None, None, ddof, keepdims, where=_present(x, where), mean=mean, correction=correction
    )


@implements("nanstd")
def _nanstd(
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
    return root(_nanvar(a, axis, dtype, None, ddof, keepdims, where=where, mean=mean, correction=correction))
