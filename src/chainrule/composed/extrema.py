"""Extrema and medians, and where they are, as torch offers them."""

from __future__ import annotations

from typing import Any

from chainrule import return_types
from chainrule.composed.calls import whole
from chainrule.composed.operands import title_of
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import TensorBase
from chainrule.ops import extrema, picking
from chainrule.ops.dims import normalize_dim, normalize_dims
from chainrule.ops.elementwise.choice import maximum, minimum

_MISSING = object()


@whole(extrema.max_)
def max(input: Any, dim: Any = _MISSING, keepdim: bool = False, *, other: Any = None) -> Any:
    """The greatest of all elements; with `dim`, (values, indices) along it; of two tensors, `maximum`.

    Equal greatest elements share the gradient, except along `dim`, where the one at the index has it.
    Raises RuntimeError for an empty tensor, IndexError for an empty or missing `dim`.

    >>> import chainrule
    >>> chainrule.max(chainrule.tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
    chainrule.return_types.max(
    values=tensor([5., 3.]),
    indices=tensor([1, 0]))
    """
    if other is not None or isinstance(dim, TensorBase):
        return maximum(input, dim if other is None else other)
    if dim is _MISSING:
        return extrema.max_(input)
    axis = _axis("max", input, dim)
    index = extrema.argmax(input, dim=axis, keepdim=keepdim)
    return return_types.max(picking.max_along(input, index, dim=axis), index)


@whole(extrema.min_)
def min(input: Any, dim: Any = _MISSING, keepdim: bool = False, *, other: Any = None) -> Any:
    """The least of all elements; with `dim`, (values, indices) along it; of two tensors, `minimum`.

    Equal least elements share the gradient, except along `dim`, where the one at the index has it.
    Raises RuntimeError for an empty tensor, IndexError for an empty or missing `dim`.

    >>> import chainrule
    >>> chainrule.min(chainrule.tensor([3.0, 1.0, 2.0]))
    tensor(1.)
    """
    if other is not None or isinstance(dim, TensorBase):
        return minimum(input, dim if other is None else other)
    if dim is _MISSING:
        return extrema.min_(input)
    axis = _axis("min", input, dim)
    index = extrema.argmin(input, dim=axis, keepdim=keepdim)
    return return_types.min(picking.min_along(input, index, dim=axis), index)


def _axis(name: str, input: Any, dim: Any) -> int:
    """Return a normalised `dim` to reduce; torch's errors if that cannot be done."""
    if numpy_dtype(input).kind == "c":
        raise RuntimeError(f"{name}(): does not support complex input")
    axis = normalize_dim(dim, input.ndim)
    _check_size(f"{name}()", input, (axis,))
    return axis


def _check_size(name: str, input: Any, dims: tuple[int, ...]) -> None:
    for axis in dims if input.ndim else ():
        if not input.shape[axis]:
            raise IndexError(f"{name}: Expected reduction dim {axis} to have non-zero size.")


def _axes(name: str, input: Any, dim: Any) -> tuple[int, ...]:
    if numpy_dtype(input).kind == "c":
        kernel = {"amax": "max_values_cpu", "amin": "min_values_cpu"}.get(name, "aminmax_cpu")
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{title_of(input)}'")
    dims = normalize_dims(dim, input.ndim)
    if dim is None or dim == ():
        _check_any(name, input, RuntimeError, " Specify the reduction dim with the 'dim' argument.")
    _check_size(name if name == "aminmax" else f"{name}()", input, dims)
    return dims


def _check_any(name: str, input: Any, error: type[Exception], advice: str = "") -> None:
    if 0 in input.shape:
        raise error(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.{advice}")


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The greatest of all elements, or over the axes `dim`; equal ones share the gradient evenly.

    NaN wins over all. Raises RuntimeError for an empty tensor, IndexError for an empty `dim`.

    >>> import chainrule
    >>> chainrule.amax(chainrule.tensor([[1.0, 5.0], [3.0, 2.0]]), dim=0)
    tensor([3., 5.])
    """
    return extrema.amax(input, dim=_axes("amax", input, dim), keepdim=keepdim)


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The least of all elements, or over the axes `dim`; equal ones share the gradient evenly.

    NaN wins over all. Raises RuntimeError for an empty tensor, IndexError for an empty `dim`.

    >>> import chainrule
    >>> chainrule.amin(chainrule.tensor([[1.0, 5.0], [3.0, 2.0]]), dim=0)
    tensor([1., 2.])
    """
    return extrema.amin(input, dim=_axes("amin", input, dim), keepdim=keepdim)


def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The least and the greatest of all elements, or along `dim`, as (min, max).

    >>> import chainrule
    >>> chainrule.aminmax(chainrule.tensor([3.0, 1.0, 2.0]))
    chainrule.return_types.aminmax(
    min=tensor(1.),
    max=tensor(3.))
    """
    if dim is None and 0 in input.shape:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    dims = _axes("aminmax", input, dim)
    return return_types.aminmax(
        extrema.aminmax_min(input, dim=dims, keepdim=keepdim),
        extrema.aminmax_max(input, dim=dims, keepdim=keepdim),
    )


def argmax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The place of the greatest element along `dim`, or of all as if in one row: the first of equals.

    Raises RuntimeError for bool and complex, IndexError for an empty tensor or `dim`.

    >>> import chainrule
    >>> chainrule.argmax(chainrule.tensor([[1.0, 5.0], [3.0, 2.0]]))
    tensor(1)
    """
    return extrema.argmax(input, dim=_place("argmax", input, dim), keepdim=keepdim)


def argmin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The place of the least element along `dim`, or of all as if in one row: the first of equals.

    Raises RuntimeError for bool and complex, IndexError for an empty tensor or `dim`.

    >>> import chainrule
    >>> chainrule.argmin(chainrule.tensor([[1.0, 5.0], [3.0, 2.0]]), dim=1)
    tensor([0, 1])
    """
    return extrema.argmin(input, dim=_place("argmin", input, dim), keepdim=keepdim)


def _place(name: str, input: Any, dim: Any) -> int | None:
    kind = numpy_dtype(input).kind
    if kind in "bc":
        raise RuntimeError(f"{name}(): does not support {'bool' if kind == 'b' else 'complex'} input")
    if dim is not None:
        return _axis(name, input, dim)
    _check_any(name, input, IndexError)
    return None


# -- medians --------------------------------------------------------------------------------------


def median(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The median of all elements; with `dim`, (values, indices) along it. Of two middle ones the lower.

    NaN if any element is. Raises NotImplementedError for bool and complex.

    >>> import chainrule
    >>> chainrule.median(chainrule.tensor([4.0, 1.0, 3.0, 2.0]))
    tensor(2.)
    """
    _check_ordered("median", input)
    if dim is None:
        return extrema.median_all(input)
    axis = _axis("median", input, dim)
    index = extrema.argmedian(input, dim=axis, keepdim=keepdim)
    return return_types.median(picking.median_along(input, index, dim=axis), index)


def nanmedian(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The median of the elements that are not NaN; with `dim`, (values, indices) along it.

    Raises NotImplementedError for bool and complex.

    >>> import chainrule
    >>> chainrule.nanmedian(chainrule.tensor([4.0, float("nan"), 3.0, 5.0]))
    tensor(4.)
    """
    _check_ordered("median", input)
    if dim is None:
        return extrema.nanmedian_all(input)
    axis = _axis("nanmedian", input, dim)
    index = extrema.argnanmedian(input, dim=axis, keepdim=keepdim)
    return return_types.nanmedian(picking.nanmedian_along(input, index, dim=axis), index)


def _check_ordered(name: str, input: Any) -> None:
    if numpy_dtype(input).kind in "bc":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{title_of(input)}'")


__all__ = [
    "amax",
    "amin",
    "aminmax",
    "argmax",
    "argmin",
    "max",
    "median",
    "min",
    "nanmedian",
]
METHODS = __all__
