"""Sorting, as torch offers it. Equal elements keep their order throughout; NaN is the greatest."""

from __future__ import annotations

from typing import Any

from chainrule import return_types
from chainrule.composed.operands import title_of
from chainrule.core.kinds import numpy_dtype
from chainrule.ops import picking, sorting
from chainrule.ops.dims import normalize_dim
from chainrule.ops.movement import reshape
from chainrule.ops.structure import expand


def sort(input: Any, dim: Any = -1, descending: bool = False, *, stable: bool | None = None) -> Any:
    """The elements along `dim` in order, as (values, indices of them in the input).

    Sorting is always stable. Raises RuntimeError for complex numbers.

    >>> import chainrule
    >>> chainrule.sort(chainrule.tensor([3.0, 1.0, 2.0]))
    chainrule.return_types.sort(
    values=tensor([1., 2., 3.]),
    indices=tensor([1, 2, 0]))
    """
    axis = _axis(" Sort", input, dim)
    index = sorting.argsort(input, dim=axis, descending=descending)
    pick = picking.sort_along if stable is None else picking.stable_sort_along
    return return_types.sort(pick(input, index, dim=axis), index)


def _axis(name: str, input: Any, dim: Any) -> int:
    if numpy_dtype(input).kind == "c":
        raise RuntimeError(f"{name} does not support complex dtypes on CPU")
    return normalize_dim(dim, input.ndim)


def argsort(input: Any, dim: Any = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The indices that put the elements along `dim` in order.

    Sorting is always stable. Raises RuntimeError for complex numbers.

    >>> import chainrule
    >>> chainrule.argsort(chainrule.tensor([3.0, 1.0, 2.0]), descending=True)
    tensor([0, 2, 1])
    """
    return sorting.argsort(input, dim=_axis(" Sort", input, dim), descending=descending)


def msort(input: Any) -> Any:
    """The elements in order along the first axis.

    >>> import chainrule
    >>> chainrule.msort(chainrule.tensor([[3.0, 1.0], [2.0, 4.0]]))
    tensor([[2., 1.],
            [3., 4.]])
    """
    return sort(input, 0)[0]


def topk(input: Any, k: int, dim: Any = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The `k` greatest (or least) elements along `dim`, as (values, indices), always in order.

    Raises RuntimeError for bool and complex, and for a `k` that exceeds the axis.

    >>> import chainrule
    >>> chainrule.topk(chainrule.tensor([3.0, 1.0, 2.0]), 2)
    chainrule.return_types.topk(
    values=tensor([3., 2.]),
    indices=tensor([0, 2]))
    """
    axis = _axis(" topk", input, dim)
    if numpy_dtype(input).kind == "b":
        raise RuntimeError("topk does not support bool dtypes on CPU")
    if not 0 <= k <= (input.shape[axis] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    index = sorting.argtopk(input, k=k, dim=axis, largest=largest)
    return return_types.topk(picking.topk_along(input, index, dim=axis), index)


def kthvalue(input: Any, k: int, dim: Any = -1, keepdim: bool = False) -> Any:
    """The `k`-th least element along `dim`, counted from 1, as (values, indices).

    Raises RuntimeError for a `k` out of range, NotImplementedError for bool and complex.

    >>> import chainrule
    >>> chainrule.kthvalue(chainrule.tensor([3.0, 1.0, 2.0]), 2)
    chainrule.return_types.kthvalue(
    values=tensor(2.),
    indices=tensor(2))
    """
    if numpy_dtype(input).kind in "bc":
        raise NotImplementedError(f"\"kthvalue_cpu\" not implemented for '{title_of(input)}'")
    axis = normalize_dim(dim, input.ndim)
    size = input.shape[axis] if input.ndim else 1
    if not size:
        raise IndexError(f"kthvalue(): Expected reduction dim {axis} to have non-zero size.")
    if not 1 <= k <= size:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {axis}")
    index = sorting.argkth(input, k=k, dim=axis, keepdim=keepdim)
    return return_types.kthvalue(picking.kthvalue_along(input, index, dim=axis), index)


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: Any = None,
) -> Any:
    """The distinct elements in order, or the distinct slices along `dim`.

    On request with the place of each element of the input among them, and with how often each
    occurs. A gradient goes to the first of equal elements. Every NaN is distinct from all else.
    Raises NotImplementedError for complex numbers.

    >>> import chainrule
    >>> chainrule.unique(chainrule.tensor([2.0, 1.0, 2.0]), return_counts=True)
    (tensor([1., 2.]), tensor([1, 2]))
    """
    if numpy_dtype(input).kind == "c":
        raise NotImplementedError(f"\"unique\" not implemented for '{title_of(input)}'")
    if dim is None:
        first, inverse, counts = sorting.distinct(input, dim=None)
        values = picking.unique_along(reshape(input, shape=(-1,)), first, dim=0)
    else:
        axis = _unique_axis(input, dim)
        first, inverse, counts = sorting.distinct(input, dim=axis)
        values = picking.unique_dim_along(input, _slices(first, input.shape, axis), dim=axis)
    if not return_inverse and not return_counts:
        return values
    return (values, *([inverse] if return_inverse else []), *([counts] if return_counts else []))


def _unique_axis(input: Any, dim: Any) -> int:
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    axis = normalize_dim(dim, input.ndim)
    if 0 in input.shape[:axis] + input.shape[axis + 1 :]:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )
    return axis


def _slices(first: Any, shape: tuple[int, ...], axis: int) -> Any:
    """Return places along `axis` as the index of whole slices of an array of `shape`."""
    places = reshape(first, shape=tuple([-1 if i == axis else 1 for i in range(len(shape))]))
    full = (*shape[:axis], first.shape[0], *shape[axis + 1 :])
    return expand(places, shape=full)


__all__ = ["argsort", "kthvalue", "msort", "sort", "topk", "unique"]
METHODS = __all__
