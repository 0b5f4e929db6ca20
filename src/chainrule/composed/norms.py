"""torch.linalg: norms of vectors and matrices, condition and rank."""

# ruff: noqa: N803 (torch's names of matrices)

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed import extrema, reduction
from chainrule.composed.comparison import where
from chainrule.composed.factorizations import eigvalsh, svdvals
from chainrule.composed.linalg import inv, tolerances
from chainrule.composed.matrices import check_matrices, check_square
from chainrule.composed.operands import as_dtype, dtype_of
from chainrule.composed.products import operand_shape
from chainrule.composed.shape import movedim, squeeze
from chainrule.composed.views import narrow
from chainrule.core.kinds import numpy_dtype
from chainrule.core.modes import no_grad
from chainrule.core.tensor import TensorBase, wrap
from chainrule.ops import norms
from chainrule.ops.dims import normalize_dim, normalize_dims
from chainrule.ops.elementwise.arithmetic import abs_
from chainrule.ops.matrices import LinAlgError, plain, raises

Tensor = Any


# -- vectors ------------------------------------------------------------------------------------


def vector_norm(
    x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The vector norm of order `ord`, a number or +-inf, of all elements or over the axes `dim`.

    At 0 its gradient is 0, and smooth functions of it such as its square have their true second
    derivatives. Raises RuntimeError for integers, and for inf and negative orders of nothing.

    >>> import chainrule
    >>> chainrule.linalg.vector_norm(chainrule.tensor([3.0, 4.0]))
    tensor(5.)
    """
    operand_shape(x, "linalg_vector_norm", "x")
    if isinstance(ord, str) or ord is None:
        raise TypeError(
            f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}"
        )
    if isinstance(ord, complex):
        raise RuntimeError("linalg.vector_norm: Expected a non-complex scalar as the order of norm.")
    _check_inexact(x, "linalg.vector_norm", dtype)
    x, order = as_dtype(x, dtype), float(ord)
    dims = normalize_dims(dim, x.ndim)
    _check_identity(x.shape, order, dim, dims)
    if numpy_dtype(x).kind == "c" and order != 2:
        x = abs_(x)
    return norms.vector_norm(x, ord=order, dim=dims, keepdim=keepdim)


def _check_inexact(x: Tensor, name: str, dtype: Any) -> None:
    """Raise torch's errors for integers, and for a `dtype` that is of another kind or narrower."""
    have = dtype_of(x)
    if have.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {have.title}")
    if dtype is None:
        return
    wanted = dtypes.as_dtype(dtype)
    if wanted.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {wanted.title}")
    if wanted.is_complex != have.is_complex:
        kind = "complex" if have.is_complex else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {wanted.title}")
    if dtypes.promote_types(have, wanted) is not wanted:
        raise RuntimeError(
            f"{name}: the dtype of the input ({have.title}) should be convertible without narrowing to the "
            f"specified dtype ({wanted.title})"
        )


def _check_identity(shape: tuple[int, ...], order: float, dim: Any, dims: tuple[int, ...]) -> None:
    """Raise torch's error for a norm of nothing, where that is not 0."""
    if order >= 0 and not math.isinf(order):
        return
    name = f"{order:g}"
    for axis in dims:
        if shape[axis]:
            continue
        if dim is None:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {name} norm on an empty tensor because the operation "
                "does not have an identity"
            )
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {name} norm on the dimension {axis} because this "
            "dimension is empty and the operation does not have an identity"
        )


# -- matrices -----------------------------------------------------------------------------------


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The matrix norm of order "fro", "nuc", inf, -inf, 1, -1, 2 or -2 over the two axes `dim`.

    Raises RuntimeError for other orders, for integers and for axes that are not two.

    >>> import chainrule
    >>> chainrule.linalg.matrix_norm(chainrule.tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    name = "linalg.matrix_norm"
    if ord is None or dim is None:
        raise TypeError("linalg_matrix_norm(): 'ord' must be a number or str, and 'dim' a tuple of ints")
    if isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    ndim = len(check_matrices(A, name))
    _check_inexact(A, name, dtype)
    given = tuple(dim) if isinstance(dim, Iterable) else (dim,)
    if len(given) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, given))}")
    if not isinstance(ord, str) and abs(ord) not in (1, 2, math.inf):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    rows, columns = (normalize_dim(d, ndim) for d in given)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({given[0]}, {given[1]})")
    x = as_dtype(A, dtype)
    if ord == "fro":
        return vector_norm(x, 2, (rows, columns), keepdim)
    if ord == "nuc" or abs(ord) == 2:
        return _spectral_norm(x, ord, rows, columns, keepdim)
    summed, left = (rows, columns) if abs(ord) == 1 else (columns, rows)
    return _extreme(vector_norm(x, 1, summed, True), ord, left, summed, keepdim)


def _spectral_norm(x: Tensor, ord: Any, rows: int, columns: int, keepdim: bool) -> Tensor:
    """Return the norm of the singular values: their sum, or the largest or least."""
    if numpy_dtype(x).char == "e":
        raise RuntimeError("linalg.matrix_norm: Low precision dtypes not supported. Got Half")
    values = svdvals(movedim(x, (rows, columns), (-2, -1)))
    if keepdim:
        values = movedim(values[..., None], (-2, -1), (columns, rows))
    axis = columns if keepdim else values.ndim - 1
    if ord == "nuc" or not values.shape[axis]:
        return reduction.sum(values, axis, keepdim)
    return (extrema.amax if ord > 0 else extrema.amin)(values, axis, keepdim)


def _extreme(sums: Tensor, ord: float, axis: int, summed: int, keepdim: bool) -> Tensor:
    """Return the largest or least of the sums along `axis`; `summed` is a unit axis."""
    if not keepdim:
        sums = squeeze(sums, summed)
        axis -= axis > summed
    if not sums.shape[axis]:
        return reduction.sum(sums, axis, keepdim)  # of nothing: 0, as in torch
    return (extrema.amax if ord > 0 else extrema.amin)(sums, axis, keepdim)


def norm(
    input: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The vector norm over one axis (or of all elements, without `ord`), else the matrix norm over two.

    Raises RuntimeError for an order without `dim` and more than two axes.

    >>> import chainrule
    >>> chainrule.linalg.norm(chainrule.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    ndim = len(operand_shape(input, "linalg_norm"))
    axes = None if dim is None else tuple(dim) if isinstance(dim, Iterable) else (dim,)
    if axes is not None and len(axes) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(axes)}")
    if ord is None:
        return vector_norm(input, 2, axes, keepdim, dtype=dtype)
    if axes is None and ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {ndim}D."
        )
    if isinstance(ord, str) or (ndim if axes is None else len(axes)) == 2:
        return matrix_norm(input, ord, (-2, -1) if axes is None else axes, keepdim, dtype=dtype)
    return vector_norm(input, ord, axes, keepdim, dtype=dtype)


# -- condition and rank -------------------------------------------------------------------------


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition number of matrices in the norm `p`: norm(A) * norm(inverse of A); inf for singular ones.

    `p` is None or 2 (the quotient of the largest and the least singular value; -2 the other way round), or
    for square matrices any order of `matrix_norm`. Raises RuntimeError for other orders, and for integers.

    >>> import chainrule
    >>> chainrule.linalg.cond(chainrule.tensor([[4.0, 0.0], [0.0, 2.0]]))
    tensor(2.)
    """
    shape = operand_shape(A, "linalg_cond")
    if len(shape) < 2:
        raise RuntimeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if p is not None and p not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    if p in (None, 2, -2):
        values = svdvals(A)
        if not values.shape[-1]:
            return reduction.sum(values, -1)
        largest, least = narrow(values, -1, 0, 1), narrow(values, -1, values.shape[-1] - 1, 1)
        return squeeze(least / largest if p == -2 else largest / least, -1)
    check_square(A, f"linalg.cond(ord={p:g})" if isinstance(p, (int, float)) else f"linalg.cond(ord={p})")
    if p == "nuc":
        values = svdvals(A)
        return reduction.sum(values, -1) * reduction.sum(1 / values, -1)
    return _cond_by_inverse(A, p)


def _cond_by_inverse(A: Tensor, p: Any) -> Tensor:
    try:
        inverse = inv(A)
        return matrix_norm(A, p) * matrix_norm(inverse, p)
    except LinAlgError:
        array = plain(A)
        stack = array.reshape(-1, *array.shape[-2:])
        singular = np.array([raises(np.linalg.inv, m) for m in stack]).reshape(array.shape[:-2])
    regular = where(wrap(singular[..., None, None]), wrap(np.eye(array.shape[-1], dtype=array.dtype)), A)
    return where(wrap(singular[()]), math.inf, matrix_norm(A, p) * matrix_norm(inv(regular), p))


def matrix_rank(
    A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """The number of singular values above max(atol, rtol * the largest), an int64 tensor.

    `rtol` is max(m, n) times the machine epsilon unless given, 0 beside an `atol` (or `tol`). With
    `hermitian` only the lower triangle is read. Raises RuntimeError for integers and vectors.

    >>> import chainrule
    >>> chainrule.linalg.matrix_rank(chainrule.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    shape = operand_shape(A, "linalg_matrix_rank")
    if numpy_dtype(A).kind not in "fc" or numpy_dtype(A).char == "e":
        raise RuntimeError("This function doesn't handle types other than float and double")
    if len(shape) < 2:
        raise RuntimeError(
            "chainrule.linalg.matrix_rank: The input tensor input must have at least 2 dimensions."
        )
    if tol is not None and (atol is not None or rtol is not None):
        raise TypeError("linalg_matrix_rank(): 'tol' is an older name of 'atol'; give one of them")
    absolute, relative = (tol, 0.0) if tol is not None else tolerances(A, atol, rtol)
    with no_grad():
        values = np.abs(plain(eigvalsh(A) if hermitian else svdvals(A)))
    if isinstance(absolute, TensorBase):
        absolute = plain(absolute)
    top = np.maximum.reduce(values, axis=-1, initial=0)
    bound = np.maximum(absolute, relative * top)
    return wrap(np.count_nonzero(values > bound[..., None], axis=-1).astype(np.int64)[()])


NAMESPACE = "linalg"
__all__ = ["cond", "matrix_norm", "matrix_rank", "norm", "vector_norm"]
