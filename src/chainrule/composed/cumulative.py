"""Running sums, products and extrema, as torch offers them."""

from __future__ import annotations

from typing import Any

from chainrule import return_types
from chainrule.composed.operands import as_dtype, title_of
from chainrule.core.kinds import numpy_dtype
from chainrule.ops import cumulative, factors, picking
from chainrule.ops.dims import normalize_dim


def cumsum(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """The sum of the elements along `dim` up to each one; integers and bool give int64.

    >>> import chainrule
    >>> chainrule.cumsum(chainrule.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    x = as_dtype(input, dtype)
    y = cumulative.cumsum(x, dim=normalize_dim(dim, x.ndim), reverse=False)
    return y if dtype is None else as_dtype(y, dtype)


def cumprod(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """The product of the elements along `dim` up to each one; integers and bool give int64.

    Derivatives are exact, to any order, also where factors are 0.

    >>> import chainrule
    >>> chainrule.cumprod(chainrule.tensor([2.0, 3.0, 4.0]), dim=0)
    tensor([ 2.,  6., 24.])
    """
    x = as_dtype(input, dtype)
    y = factors.cumprod(x, dim=normalize_dim(dim, x.ndim), reverse=False)
    return y if dtype is None else as_dtype(y, dtype)


def cummax(input: Any, dim: Any) -> Any:
    """The greatest element along `dim` up to each one, as (values, indices): the last of equals.

    Raises NotImplementedError for complex numbers.

    >>> import chainrule
    >>> chainrule.cummax(chainrule.tensor([1.0, 3.0, 2.0]), dim=0)
    chainrule.return_types.cummax(
    values=tensor([1., 3., 3.]),
    indices=tensor([0, 1, 1]))
    """
    axis = _axis("cummax", input, dim)
    index = cumulative.argcummax(input, dim=axis)
    return return_types.cummax(picking.cummax_along(input, index, dim=axis), index)


def cummin(input: Any, dim: Any) -> Any:
    """The least element along `dim` up to each one, as (values, indices): the last of equals.

    Raises NotImplementedError for complex numbers.

    >>> import chainrule
    >>> chainrule.cummin(chainrule.tensor([3.0, 1.0, 2.0]), dim=0)
    chainrule.return_types.cummin(
    values=tensor([3., 1., 1.]),
    indices=tensor([0, 1, 1]))
    """
    axis = _axis("cummin", input, dim)
    index = cumulative.argcummin(input, dim=axis)
    return return_types.cummin(picking.cummin_along(input, index, dim=axis), index)


def _axis(name: str, input: Any, dim: Any) -> int:
    axis = normalize_dim(dim, input.ndim)
    if numpy_dtype(input).kind == "c":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{title_of(input)}'")
    return axis


__all__ = ["cummax", "cummin", "cumprod", "cumsum"]
METHODS = __all__
IN_PLACE = ["cumprod", "cumsum"]
