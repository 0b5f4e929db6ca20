"""Diagonals, triangles, and the indices of triangles."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed.arguments import integers, shape_of
from chainrule.core.tensor import TensorBase, wrap
from chainrule.ops import diagonals, movement
from chainrule.ops.dims import normalize_dim
from chainrule.size import check_device

Tensor = Any


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """Return a view of the diagonals of the matrices along `dim1` and `dim2`, as a last axis.

    >>> import chainrule
    >>> chainrule.diagonal(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    ndim = len(shape_of(input, "diagonal"))
    a, b = normalize_dim(dim1, ndim), normalize_dim(dim2, ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonals.diagonal(input, offset=offset, dim1=a, dim2=b)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Return matrices along `dim1` and `dim2` with the last axis of `input` on a diagonal, else zero.

    >>> import chainrule
    >>> chainrule.diag_embed(chainrule.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    shape = shape_of(input, "diag_embed")
    if not shape:
        normalize_dim(dim1, 0)
        normalize_dim(dim2, 0)
    a, b = normalize_dim(dim1, len(shape) + 1), normalize_dim(dim2, len(shape) + 1)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    whole = list(shape[:-1])
    n = shape[-1] + abs(offset)
    for axis in sorted((a, b)):
        whole.insert(axis, n)
    return diagonals.put_diagonal(input, shape=tuple(whole), offset=offset, dim1=a, dim2=b)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return a copy of a matrix's diagonal, or the matrix with a vector on its diagonal.

    >>> import chainrule
    >>> chainrule.diag(chainrule.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    ndim = len(shape_of(input, "diag"))
    if ndim == 1:
        return diag_embed(input, diagonal)
    if ndim == 2:
        return movement.clone(diagonals.diagonal(input, offset=diagonal, dim1=0, dim2=1))
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {ndim}D")


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return matrices with zeros above a diagonal.

    >>> import chainrule
    >>> chainrule.tril(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([[1, 0],
            [3, 4]])
    """
    _check_matrix(input, "tril")
    return diagonals.tril(input, diagonal=diagonal)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """Return matrices with zeros below a diagonal.

    >>> import chainrule
    >>> chainrule.triu(chainrule.tensor([[1, 2], [3, 4]]))
    tensor([[1, 2],
            [0, 4]])
    """
    _check_matrix(input, "triu")
    return diagonals.triu(input, diagonal=diagonal)


def _check_matrix(input: Tensor, function: str) -> None:
    if len(shape_of(input, function)) < 2:
        raise RuntimeError(f"{function}: input tensor must have at least 2 dimensions")


def tril_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """Return the rows and columns of the elements on and below a diagonal, as a (2, n) tensor.

    >>> import chainrule
    >>> chainrule.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _indices(np.tril_indices, row, col, offset, dtype, device)


def triu_indices(
    row: int, col: int, offset: int = 0, *, dtype: Any = dtypes.int64, device: Any = None
) -> Tensor:
    """Return the rows and columns of the elements on and above a diagonal, as a (2, n) tensor.

    >>> import chainrule
    >>> chainrule.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _indices(np.triu_indices, row, col, offset, dtype, device)


def _indices(find: Any, row: int, col: int, offset: int, dtype: Any, device: Any) -> TensorBase:
    check_device(device)
    for name, n in zip(("row", "col"), integers((row, col), find.__name__, "sizes"), strict=True):
        if n < 0:
            raise RuntimeError(f"{name} must be non-negative, got{n}")
    return wrap(np.stack(find(row, offset, col)).astype(dtypes.as_dtype(dtype).numpy))


METHODS = ["diag", "diag_embed", "diagonal", "tril", "triu"]
IN_PLACE = ["tril", "triu"]
__all__ = ["diag", "diag_embed", "diagonal", "tril", "tril_indices", "triu", "triu_indices"]
