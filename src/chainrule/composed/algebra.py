"""Linear algebra under torch's top-level names, with signatures older than those of torch.linalg."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from chainrule import return_types
from chainrule.composed import factorizations, linalg, norms
from chainrule.composed.comparison import where
from chainrule.composed.matrices import check_inexact, check_square
from chainrule.composed.operands import title_of
from chainrule.composed.products import operand_shape
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import wrap
from chainrule.ops import determinants
from chainrule.ops.elementwise.exponential import log
from chainrule.ops.factorizations import cholesky as factor
from chainrule.ops.matrices import mH

Tensor = Any


def det(input: Tensor) -> Tensor:
    """The determinant of square matrices (..., n, n); its derivatives are right for singular ones, too.

    Raises RuntimeError for matrices that are not square, and for integers.

    >>> import chainrule
    >>> chainrule.det(chainrule.tensor([[2.0, 1.0], [1.0, 3.0]]))
    tensor(5.)
    """
    operand_shape(input, "det")
    return linalg.det(input)


def slogdet(input: Tensor) -> Any:
    """The sign of the determinants of (..., n, n) and the logarithms of their absolute values.

    Returns a named tuple (sign, logabsdet). Raises RuntimeError for matrices that are not square.

    >>> import chainrule
    >>> chainrule.slogdet(chainrule.tensor([[0.0, 1.0], [1.0, 0.0]])).sign
    tensor(-1.)
    """
    operand_shape(input, "slogdet")
    return return_types.slogdet(*linalg.slogdet(input))


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinants of (..., n, n): -inf for 0, NaN for negative ones.

    Raises RuntimeError for matrices that are not square, and for integers.

    >>> import chainrule
    >>> chainrule.logdet(chainrule.tensor([[2.0, 0.0], [0.0, 0.5]]))
    tensor(0.)
    """
    operand_shape(input, "logdet")
    check_square(input, "logdet")
    check_inexact(input, "logdet")
    sign, logabsdet = determinants.slogdet(input)
    if numpy_dtype(sign).kind == "c":
        return log(sign) + logabsdet
    return where(sign < 0, numpy_dtype(sign).type(math.nan), logabsdet)


def inverse(input: Tensor) -> Tensor:
    """The inverse of square matrices (..., n, n).

    Raises LinAlgError (a RuntimeError) for singular ones.

    >>> import chainrule
    >>> chainrule.inverse(chainrule.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    operand_shape(input, "inverse")
    return linalg.inv(input)


def pinverse(input: Tensor, rcond: Any = 1e-15) -> Tensor:
    """The Moore-Penrose pseudoinverse; singular values up to `rcond` times the largest count as 0.

    Raises RuntimeError for integers and vectors.

    >>> import chainrule
    >>> chainrule.pinverse(chainrule.tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    operand_shape(input, "pinverse")
    return linalg.pinv(input, rcond)


def matrix_power(input: Tensor, n: int) -> Tensor:
    """The n-th power of square matrices (..., m, m); that of the inverse for negative n.

    >>> import chainrule
    >>> chainrule.matrix_power(chainrule.tensor([[1.0, 1.0], [0.0, 1.0]]), -2)
    tensor([[ 1., -2.],
            [ 0.,  1.]])
    """
    return linalg.matrix_power(input, n)


def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of square matrices (..., n, n).

    >>> import chainrule
    >>> chainrule.matrix_exp(chainrule.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    return linalg.matrix_exp(input)


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The lower triangular L with L L^H = input for Hermitian positive definite ones; with `upper`, L^H.

    Only that triangle of the matrices is read. Raises LinAlgError (a RuntimeError) if they are not
    positive definite.

    >>> import chainrule
    >>> chainrule.cholesky(chainrule.tensor([[4.0, 2.0], [2.0, 2.0]]), upper=True)
    tensor([[2., 1.],
            [0., 1.]])
    """
    operand_shape(input, "cholesky")
    check_square(input, "cholesky")
    if numpy_dtype(input).kind not in "fc" or numpy_dtype(input).char == "e":
        raise NotImplementedError(f"\"cholesky_cpu\" not implemented for '{title_of(input)}'")
    return factor(mH(input) if upper else input, upper=upper, name="cholesky")


def qr(input: Tensor, some: bool = True) -> Any:
    """Q with orthonormal columns and upper triangular R with Q R = input; Q is square unless `some`.

    Returns a named tuple (Q, R). Raises RuntimeError for integers and vectors.

    >>> import chainrule
    >>> chainrule.qr(chainrule.tensor([[3.0], [4.0]]), some=False).Q.shape
    chainrule.Size([2, 2])
    """
    operand_shape(input, "qr")
    return return_types.qr(*factorizations.qr(input, "reduced" if some else "complete"))


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S, V with U diag(S) V^H = input; U and V are square unless `some`, zeros unless `compute_uv`.

    Returns a named tuple (U, S, V). Raises RuntimeError for integers and vectors.

    >>> import chainrule
    >>> chainrule.svd(chainrule.tensor([[0.0, 2.0], [1.0, 0.0]])).S
    tensor([2., 1.])
    """
    shape = operand_shape(input, "svd")
    if len(shape) < 2:
        raise RuntimeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {len(shape)} dimensions instead"
        )
    if not compute_uv:
        dtype, batch = numpy_dtype(input), shape[:-2]
        u, v = (wrap(np.zeros((*batch, n, n), dtype)) for n in shape[-2:])
        return return_types.svd(u, factorizations.svdvals(input), v)
    u, s, vh = factorizations.svd(input, full_matrices=not some)
    return return_types.svd(u, s, mH(vh))


def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The vector norm of order `p` ("fro" is 2; inf, -inf and 0 too) of all elements or over `dim`.

    "nuc" is the sum of the singular values of a matrix, or over two axes `dim`. At 0 the gradient is 0,
    and smooth functions of a norm such as `norm(x)**2` have their true second derivatives. Raises
    RuntimeError for integers, and for inf and negative orders of nothing.

    >>> import chainrule
    >>> chainrule.norm(chainrule.tensor([3.0, 4.0]))
    tensor(5.)
    """
    if not isinstance(p, str):
        return norms.vector_norm(input, 2 if p is None else p, dim, keepdim, dtype=dtype)
    axes = tuple(range(input.ndim)) if dim is None else tuple(dim) if isinstance(dim, Iterable) else (dim,)
    if p == "fro" and (dim is None or len(axes) <= 2):
        return norms.vector_norm(input, 2, dim, keepdim, dtype=dtype)
    return norms.matrix_norm(input, p, axes, keepdim, dtype=dtype)


METHODS = __all__ = [
    "cholesky",
    "det",
    "inverse",
    "logdet",
    "matrix_exp",
    "matrix_power",
    "norm",
    "pinverse",
    "qr",
    "slogdet",
    "svd",
]
