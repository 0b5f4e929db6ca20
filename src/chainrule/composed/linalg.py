"""Linear algebra as torch offers it: the checks and signatures over the primitives."""

# ruff: noqa: N803 (torch's names of matrices)

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import return_types
from chainrule.composed import extrema, reduction
from chainrule.composed.arguments import shape_of
from chainrule.composed.joining import cat
from chainrule.composed.numpy_names import as_dtype, title_of
from chainrule.composed.shape import movedim
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import wrap
from chainrule.ops import linalg
from chainrule.ops.contraction import matmul
from chainrule.ops.dims import normalize_dim
from chainrule.ops.elementwise.arithmetic import abs_
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.elementwise.exponential import log
from chainrule.ops.linalg import mH
from chainrule.ops.movement import reshape


def _check_matrices(x: Any, name: str, letter: str = "A") -> tuple[int, ...]:
    """Raise torch's error unless `x` is a batch of matrices; return its shape."""
    shape = shape_of(x, name.replace(".", "_"))
    if len(shape) < 2:
        raise RuntimeError(f"{name}: The input tensor {letter} must have at least 2 dimensions.")
    return shape


def _check_inexact(x: Any, name: str) -> None:
    if numpy_dtype(x).kind not in "fc":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {title_of(x)}")


def _check_square(x: Any, name: str) -> None:
    shape = _check_matrices(x, name)
    if shape[-1] != shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )
    _check_inexact(x, name)


# -- determinants, inverse, equations -------------------------------------------------------------


def det(A: Any) -> Any:
    """The determinant of square matrices (..., n, n); its derivatives are right for singular ones, too.

    Raises RuntimeError for matrices that are not square, and for integers.

    >>> import chainrule
    >>> chainrule.det(chainrule.tensor([[2.0, 1.0], [1.0, 3.0]]))
    tensor(5.)
    """
    _check_square(A, "linalg.det")
    return linalg.det(A)


def slogdet(A: Any) -> Any:
    """The sign of the determinants of (..., n, n) and the logarithms of their absolute values.

    Raises RuntimeError for matrices that are not square, and for integers.

    >>> import chainrule
    >>> chainrule.slogdet(chainrule.tensor([[0.0, 1.0], [1.0, 0.0]]))
    chainrule.return_types.linalg_slogdet(
    sign=tensor(-1.),
    logabsdet=tensor(0.))
    """
    _check_square(A, "linalg.slogdet")
    return return_types.linalg_slogdet(*linalg.slogdet(A))


def logdet(A: Any) -> Any:
    """The logarithm of the determinants of (..., n, n): -inf for 0, NaN for negative ones.

    Raises RuntimeError for matrices that are not square, and for integers.

    >>> import chainrule
    >>> chainrule.logdet(chainrule.tensor([[2.0, 0.0], [0.0, 0.5]]))
    tensor(0.)
    """
    _check_square(A, "logdet")
    sign, logabsdet = linalg.slogdet(A)
    if numpy_dtype(sign).kind == "c":
        return log(sign) + logabsdet
    return where(sign < 0, numpy_dtype(sign).type(math.nan), logabsdet)


def inv(A: Any) -> Any:
    """The inverse of square matrices (..., n, n).

    Raises LinAlgError (a RuntimeError) for singular ones.

    >>> import chainrule
    >>> chainrule.linalg.inv(chainrule.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    _check_square(A, "linalg.inv")
    return linalg.inv(A)


def inverse(input: Any) -> Any:
    """The inverse of square matrices: `linalg.inv`.

    >>> import chainrule
    >>> chainrule.inverse(chainrule.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    return inv(input)


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """The X with A X = B (X A = B with `left=False`), for A (..., n, n) and B (..., n, k) or (..., n).

    B counts as vectors when it has one axis, or the shape of A without its last axis.
    Raises LinAlgError (a RuntimeError) for singular A, RuntimeError for shapes that do not fit.

    >>> import chainrule
    >>> chainrule.linalg.solve(chainrule.tensor([[2.0, 0.0], [0.0, 4.0]]), chainrule.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    name = "linalg.solve"
    _check_square(A, name)
    shape, b_shape = A.shape, shape_of(B, "linalg_solve", "B", 2)
    is_vector = len(b_shape) == 1 or (len(b_shape) == len(shape) - 1 and tuple(b_shape) == tuple(shape[:-1]))
    if is_vector and not left:
        raise RuntimeError(
            f"{name}: Vector broadcasting of the left hand side is not supported for left=False"
        )
    b = B[..., None] if is_vector else B
    b_shape = _check_matrices(b, name, "B")
    if b_shape[-2 if left else -1] != shape[-1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({shape[-2]}x{shape[-1]} and {b_shape[-2]}x{b_shape[-1]})"
        )
    if numpy_dtype(A) != numpy_dtype(b):
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {title_of(A)} and "
            f"B of type {title_of(b)} instead"
        )
    if not left:
        return linalg.mT(linalg.solve(linalg.mT(A), linalg.mT(b)))
    y = linalg.solve(A, b)
    return y[..., 0] if is_vector else y


# -- factorisations -------------------------------------------------------------------------------


def cholesky(A: Any, upper: bool = False) -> Any:
    """The lower triangular L with L L^H = A for Hermitian positive definite A; with `upper`, L^H.

    The gradient is that with respect to Hermitian A, and Hermitian. Raises LinAlgError (a
    RuntimeError) if A is not positive definite; only its lower triangle is read.

    >>> import chainrule
    >>> chainrule.linalg.cholesky(chainrule.tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    _check_square(A, "linalg.cholesky")
    y = linalg.cholesky(A)
    return mH(y) if upper else y


def eigh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues (ascending) and eigenvectors (columns) of Hermitian matrices (..., n, n).

    Only the triangle `UPLO`, "L" or "U", is read. Of equal eigenvalues the vectors are not
    differentiable: those parts of the derivative are taken to be 0, so that what depends on the
    values alone has its first derivative. Raises RuntimeError for matrices that are not square.

    >>> import chainrule
    >>> chainrule.linalg.eigh(chainrule.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    name = "linalg.eigh"
    shape = _check_matrices(A, name)
    if shape[-1] != shape[-2]:
        _check_square(A, name)
    if str(UPLO).upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    if numpy_dtype(A).kind not in "fc":
        raise NotImplementedError(f"\"linalg_eigh_cpu\" not implemented for '{title_of(A)}'")
    return return_types.linalg_eigh(*linalg.eigh(A, lower=UPLO.upper() == "L"))


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues, ascending, of Hermitian matrices (..., n, n), of which one triangle is read.

    >>> import chainrule
    >>> chainrule.linalg.eigvalsh(chainrule.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([1., 2.])
    """
    return eigh(A, UPLO)[0]


def qr(A: Any, mode: str = "reduced") -> Any:
    """Q (..., m, k) with orthonormal columns, upper triangular R (..., k, n) with Q R = A; k = min(m, n).

    `mode` "r" leaves Q empty. "complete" makes Q square, which has a derivative for m <= n only:
    RuntimeError else. The first min(m, n) columns must be independent for derivatives.

    >>> import chainrule
    >>> q, r = chainrule.linalg.qr(chainrule.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> chainrule.allclose(q @ r, chainrule.tensor([[3.0, 1.0], [4.0, 2.0]]))
    True
    """
    name = "linalg.qr"
    rows, columns = _check_matrices(A, name)[-2:]
    _check_inexact(A, name)
    if mode not in ("reduced", "r", "complete"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
            "'complete'"
        )
    if mode == "complete" and rows > columns:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols; "
            "use mode='reduced'"
        )
    if rows >= columns:
        q, r = linalg.qr(A)
    else:
        q, r = linalg.qr(A[..., :rows])
        r = cat((r, matmul(mH(q), A[..., rows:])), -1)
    if mode == "r":
        q = wrap(np.zeros(0, numpy_dtype(r)))
    return return_types.linalg_qr(q, r)


# -- products -------------------------------------------------------------------------------------


def matrix_power(A: Any, n: int) -> Any:
    """The n-th power of square matrices (..., m, m); that of the inverse for negative n.

    Raises LinAlgError (a RuntimeError) for singular ones and negative n.

    >>> import chainrule
    >>> chainrule.linalg.matrix_power(chainrule.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    shape = _check_matrices(A, "linalg.matrix_power")
    if shape[-1] != shape[-2] or n < 0:
        _check_square(A, "linalg.matrix_power")
    if n == 0:
        return wrap(np.broadcast_to(np.eye(shape[-1], dtype=numpy_dtype(A)), shape).copy())
    x, n = (linalg.inv(A), -n) if n < 0 else (A, n)
    y = None
    while True:  # by the binary digits of n
        if n & 1:
            y = x if y is None else matmul(y, x)
        n >>= 1
        if not n:
            return y
        x = matmul(x, x)


def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of two or more matrices, in the order that takes the least work.

    The first and the last may be vectors. Raises RuntimeError for shapes that do not fit.

    >>> import chainrule
    >>> a = chainrule.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> chainrule.linalg.multi_dot([a, a, chainrule.tensor([1.0, 1.0])])
    tensor([17., 37.])
    """
    matrices = list(tensors)
    if len(matrices) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(matrices)}")
    shapes = [tuple(shape_of(x, "linalg_multi_dot", "tensors")) for x in matrices]
    last = len(shapes) - 1
    for i, shape in enumerate(shapes):
        if i in (0, last) and len(shape) not in (1, 2):
            which = "first" if i == 0 else "last"
            raise RuntimeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {len(shape)}D")
        if i not in (0, last) and len(shape) != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {len(shape)}D")
    for i in range(last):
        if shapes[i][-1] != shapes[i + 1][0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(shapes[i])} and "
                f"{list(shapes[i + 1])} cannot be multiplied"
            )
    out_shape = (shapes[0][:1] if len(shapes[0]) == 2 else ()) + (
        shapes[-1][1:] if len(shapes[-1]) == 2 else ()
    )
    if len(shapes[0]) == 1:
        matrices[0] = matrices[0][None, :]
    if len(shapes[-1]) == 1:
        matrices[-1] = matrices[-1][:, None]
    y = _chain(matrices)
    return y if tuple(y.shape) == out_shape else reshape(y, shape=out_shape)


def _chain(matrices: list[Any]) -> Any:
    """Multiply matrices in the cheapest order (dynamic programming over the places to split)."""
    sizes = [matrices[0].shape[0], *(x.shape[1] for x in matrices)]

    @functools.cache
    def best(i: int, j: int) -> tuple[int, int]:
        if j - i == 1:
            return 0, i
        return min(
            (best(i, k)[0] + best(k, j)[0] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j)
        )

    def multiply(i: int, j: int) -> Any:
        if j - i == 1:
            return matrices[i]
        k = best(i, j)[1]
        return matmul(multiply(i, k), multiply(k, j))

    return multiply(0, len(matrices))


# -- norms ----------------------------------------------------------------------------------------


def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The vector norm of order `ord`, a number or +-inf, of all elements or over `dim`.

    Raises RuntimeError for integers, and for inf and negative orders of nothing.

    >>> import chainrule
    >>> chainrule.linalg.vector_norm(chainrule.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if isinstance(ord, str) or ord is None:
        raise TypeError(
            f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}"
        )
    shape_of(x, "linalg_vector_norm", "x")
    return reduction.norm(x, ord, dim, keepdim, dtype)


def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The matrix norm of order "fro", "nuc", inf, -inf, 1, -1, 2 or -2 over the two axes `dim`.

    Raises RuntimeError for other orders, for integers and for axes that are not two.

    >>> import chainrule
    >>> chainrule.linalg.matrix_norm(chainrule.tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    name = "linalg.matrix_norm"
    x = as_dtype(A, dtype)
    ndim = len(_check_matrices(x, name))
    _check_inexact(x, name)
    if isinstance(dim, int) or len(dim) != 2:
        shown = dim if isinstance(dim, int) else ", ".join(map(str, dim))
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {shown}")
    rows, columns = (normalize_dim(d, ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({dim[0]}, {dim[1]})")
    if isinstance(ord, str):
        if ord not in ("fro", "nuc"):
            raise RuntimeError(f"{name}: Order {ord} not supported.")
    elif abs(ord) not in (1, 2, math.inf):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    if ord == "fro":
        return reduction.norm(x, 2, (rows, columns), keepdim)
    y = _norm_of_last(movedim(x, (rows, columns), (-2, -1)), ord)
    if not keepdim:
        return y
    return movedim(y[..., None, None], (-2, -1), (rows, columns))


def _norm_of_last(x: Any, ord: Any) -> Any:
    """Return the norm over the last two axes, for all orders but "fro"."""
    if ord == "nuc":
        return reduction.sum(linalg.svdvals(x), -1)
    if abs(ord) == 2:
        values = linalg.svdvals(x)
    else:
        values = reduction.sum(abs_(x), -2 if abs(ord) == 1 else -1)
    if not values.shape[-1]:
        return reduction.sum(values, -1)  # of nothing: 0, as in torch
    return extrema.amax(values, -1) if ord > 0 else extrema.amin(values, -1)


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The vector norm over one axis (or of all elements, without `ord`), else the matrix norm over two.

    Raises RuntimeError for an order without `dim` and more than two axes.

    >>> import chainrule
    >>> chainrule.linalg.norm(chainrule.tensor([[3.0, 0.0], [0.0, 4.0]]), "nuc")
    tensor(7.)
    """
    ndim = len(shape_of(A, "linalg_norm", "A"))
    axes = None if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    if axes is not None and len(axes) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(axes)}")
    if ord is None:
        return vector_norm(A, 2, axes, keepdim, dtype=dtype)
    if axes is None and ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {ndim}D."
        )
    if isinstance(ord, str) or (ndim if axes is None else len(axes)) == 2:
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(A, ord, axes, keepdim, dtype=dtype)


__all__ = ["cholesky", "det", "inverse", "logdet", "qr", "slogdet"]

METHODS = __all__
