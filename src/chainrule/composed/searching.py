"""Places of elements: where they are not zero, how often they occur, where they would be inserted."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.core.box import SHAPE, Box
from chainrule.core.inplace import TITLES
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.ops import indexing, structure

Tensor = Any


def _plain(x: Any) -> Any:
    return array_of(x) if isinstance(x, TensorBase) else np.asarray(x)


def _counted(x: Any, name: str) -> Any:
    """Return the array whose values decide on the shape of the result."""
    value = x._value if isinstance(x, TensorBase) else None
    return value.concrete(f"{SHAPE} {name}") if isinstance(value, Box) else _plain(x)


def _like(x: Any, result: Any) -> Any:
    """Return a result as what the operand is: tensor or NumPy value."""
    return wrap(result) if isinstance(x, TensorBase) else result


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """Return the places of the elements that are not zero: an (n, ndim) tensor, or a tuple of n-vectors.

    >>> import chainrule
    >>> chainrule.nonzero(chainrule.tensor([0, 1, 2]))
    tensor([[1],
            [2]])
    """
    shape_of(input, "nonzero")
    plain = _counted(input, "nonzero")
    if as_tuple:
        return tuple([_like(input, places.copy()) for places in np.atleast_1d(plain).nonzero()])
    return _like(input, np.argwhere(plain))


def argwhere(input: Tensor) -> Tensor:
    """Return the places of the elements that are not zero as an (n, ndim) tensor.

    >>> import chainrule
    >>> chainrule.argwhere(chainrule.tensor([0, 1, 2]))
    tensor([[1],
            [2]])
    """
    return nonzero(input)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Return how often each number from 0 on occurs in a vector of ints, or the sums of their weights.

    The result is differentiable in `weights`.

    >>> import chainrule
    >>> chainrule.bincount(chainrule.tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """
    shape_of(input, "bincount")
    plain = _counted(input, "bincount")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if plain.dtype.kind not in "iu":
        raise NotImplementedError(f"\"bincount_cpu\" not implemented for '{TITLES[plain.dtype.name]}'")
    if plain.ndim != 1 or (plain.dtype.kind == "i" and (plain < 0).any()):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return _like(input, np.bincount(plain, minlength=minlength))
    if shape_of(weights, "bincount", "weights", 2) != plain.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    length = max(minlength, int(plain.max()) + 1 if plain.size else 0)
    if numpy_dtype(weights).char not in "fdFD":
        weights = structure.cast(weights, dtype=np.dtype(np.float64))
    zeros = np.zeros(length, numpy_dtype(weights))
    return indexing.index_put(zeros, plain, weights, dims=(0,), accumulate=True)


def searchsorted(
    sorted_sequence: Tensor,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
) -> Tensor:
    """Return where the values `input` would be inserted into the last axis of a sorted sequence.

    Before equal elements, or after them with `side="right"` (`right=True`). The leading axes of both
    must agree, unless the sequence has one axis.

    >>> import chainrule
    >>> chainrule.searchsorted(chainrule.tensor([1, 3, 5]), chainrule.tensor([3, 4]))
    tensor([1, 2])
    """
    shape = shape_of(sorted_sequence, "searchsorted", "sorted_sequence")
    values = _plain(input)
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if right and side == "left":
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, "
            "got side of left while right was True"
        )
    sequence = _plain(sorted_sequence)
    _check_boundaries(shape, values)
    for plain in (sequence, values):
        if plain.dtype.kind in "bc":
            title = TITLES[plain.dtype.name]
            raise NotImplementedError(f"\"searchsorted_out_cpu\" not implemented for '{title}'")
    where = "right" if right or side == "right" else "left"
    if sorter is not None:
        sequence = _sorted(sequence, _plain(sorter))
    found = _search(sequence, values, where).astype(np.int32 if out_int32 else np.int64)
    return wrap(found[()]) if any(isinstance(x, TensorBase) for x in (sorted_sequence, input)) else found


def _sorted(sequence: Any, order: Any) -> Any:
    """Return a sequence in the order that its sorter gives."""
    if order.shape != sequence.shape:
        raise RuntimeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(sequence.shape)}and got sorter tensor {list(order.shape)}"
        )
    if order.dtype != np.int64:
        raise RuntimeError(
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype "
            f"{TITLES[order.dtype.name]}"
        )
    if ((order < 0) | (order >= max(sequence.shape[-1], 1))).any():
        raise RuntimeError("torch.searchsorted(): sorter index out of range")
    return np.take_along_axis(sequence, order, -1)


def _check_boundaries(shape: tuple[int, ...], values: Any) -> None:
    if not shape:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension"
        )
    if len(shape) == 1:
        return
    if values.ndim == 0:
        raise RuntimeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, "
            f"but we got boundaries tensor dim({len(shape)}) and input value's dim(0) numel(1)"
        )
    if values.shape[:-1] != shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
            "boundaries tensor and input value tensor must match, but we got boundaries tensor "
            f"{list(shape)} and input value tensor {list(values.shape)}"
        )


def _search(sequence: Any, values: Any, side: Any) -> Any:
    if sequence.ndim == 1:
        return np.asarray(np.searchsorted(sequence, values, side))
    found = np.empty(values.shape, np.int64)
    for row in np.ndindex(sequence.shape[:-1]):
        found[row] = np.searchsorted(sequence[row], values[row], side)
    return found


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Return which of the buckets between sorted `boundaries` each value is in.

    A value equal to a boundary is in the bucket that it ends, or with `right` begins.

    >>> import chainrule
    >>> chainrule.bucketize(chainrule.tensor([0, 1, 5]), chainrule.tensor([1, 3]))
    tensor([0, 0, 2])
    """
    shape = shape_of(boundaries, "bucketize", "boundaries", 2)
    if len(shape) != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({len(shape)})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


METHODS = ["argwhere", "bincount", "nonzero"]
__all__ = ["argwhere", "bincount", "bucketize", "nonzero", "searchsorted"]
