"""Inverses, determinants and factorisations of matrices, the last two axes of their operands.

The derivatives are collected in M. Giles, "An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation" (2008), and for complex matrices in the sources
named at each operation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.box import Box
from chainrule.core.kinds import conjugate, numpy_dtype, primitive, sum_to
from chainrule.core.partial import select_live
from chainrule.core.tensor import TensorBase
from chainrule.ops.contraction import matmul
from chainrule.ops.diagonals import diagonal, put_diagonal, tril, triu
from chainrule.ops.reduction import sum_
from chainrule.ops.structure import cast, imag, real

Array = Any
Shape = tuple[int, ...]


class LinAlgError(RuntimeError):
    """A matrix has not what was asked for: an inverse, a Cholesky factor, converging eigenvalues."""


# -- small tools, for arrays and tensors alike --------------------------------------------------


def mT(x: Any) -> Any:  # noqa: N802 (torch's name)
    """Return the transposed matrices."""
    return x.swapaxes(-1, -2)


def mH(x: Any) -> Any:  # noqa: N802 (torch's name)
    """Return the transposed and conjugated matrices."""
    return conjugate(mT(x))


def product(*matrices: Any) -> Any:
    """Return the product of matrices, from the left."""
    y = matrices[0]
    for x in matrices[1:]:
        y = matmul(y, x)
    return y


def _diagonal(x: Any) -> Any:
    return diagonal(x, offset=0, dim1=-2, dim2=-1)


def _as_diagonal(d: Any) -> Any:
    shape = (*d.shape, d.shape[-1])
    return put_diagonal(d, shape=shape, offset=0, dim1=-2, dim2=-1)


def _plain(x: Any) -> Any:
    return x._value if isinstance(x, TensorBase) else x


def _re(x: Any) -> Any:
    return real(x) if numpy_dtype(x).kind == "c" else x


def _like(x: Any, y: Any) -> Any:
    """Return real x in y's dtype."""
    dtype = numpy_dtype(y)
    return x if numpy_dtype(x) == dtype else cast(x, dtype=dtype)


# -- errors -------------------------------------------------------------------------------------


def _first(x: Array, fails: Any) -> tuple[str, Array]:
    """Return torch's words for the first matrix of a batch that `fails`, and the matrix."""
    matrices = x.reshape(-1, *x.shape[-2:])
    number = next((i for i, matrix in enumerate(matrices) if fails(matrix)), 0)
    return f"(Batch element {number}): " if x.ndim > 2 else "", matrices[number]


def _raises(function: Any, x: Array) -> bool:
    try:
        function(x)
    except np.linalg.LinAlgError:
        return True
    return False


def _zero_pivot(x: Array) -> int:
    """Return the number, from 1, of the first zero pivot in Gaussian elimination."""
    x = x.copy()
    for k in range(len(x)):
        best = k + int(np.argmax(np.abs(x[k:, k])))
        if x[best, k] == 0:
            return k + 1
        x[[k, best]] = x[[best, k]]
        x[k + 1 :] -= np.outer(x[k + 1 :, k] / x[k, k], x[k])
    return len(x)


# -- inverse and linear equations ---------------------------------------------------------------


def _inv_back(g: Any, y: Any) -> Any:
    h = mH(y)
    return -product(h, g, h)


@primitive(x=_inv_back, jvp=lambda x_dot, y: -product(y, x_dot, y), node="LinalgInvEx")
def inv(x: Array) -> Array:
    """The inverse of square matrices."""
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        element, matrix = _first(x, lambda m: _raises(np.linalg.inv, m))
    raise LinAlgError(
        f"linalg.inv: {element}The diagonal element {_zero_pivot(matrix)} is zero, the inversion could not "
        "be completed because the input matrix is singular."
    )


def _solve_back_a(g: Any, a: Any, y: Any, a_shape: Shape) -> Any:
    return sum_to(-matmul(solve(mH(a), g), mH(y)), a_shape)


def _solve_back_b(g: Any, a: Any, b_shape: Shape) -> Any:
    return sum_to(solve(mH(a), g), b_shape)


def _solve_forward(a: Any, a_dot: Any, b_dot: Any, y: Any) -> Any:
    return solve(a, b_dot - matmul(a_dot, y))


@primitive(
    a=_solve_back_a,
    b=_solve_back_b,
    jvp=_solve_forward,
    node="LinalgSolveEx",
)
def solve(a: Array, b: Array) -> Array:
    """The matrices y with a y = b."""
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        element, _ = _first(a, lambda m: _raises(np.linalg.inv, m))
    raise LinAlgError(f"torch.linalg.solve: {element}The solver failed because the input matrix is singular.")


# -- determinants -------------------------------------------------------------------------------


def cofactors(x: Any) -> Any:
    """Return the matrices of cofactors, the derivatives of the determinant, of singular matrices too."""
    n = x.shape[-1]
    if n > 4 and _is_regular(_plain(x)):
        return det(x)[..., None, None] * mT(inv(x))
    if n > 4 and isinstance(x, np.ndarray):
        return _cofactors_by_svd(x)
    if n == 0:
        return x
    # Determinants of the minors: polynomials, so right to any order for every matrix.
    others = np.array([[j for j in range(n) if j != i] for i in range(n)], np.int64).reshape(n, n - 1)
    minors = x[..., others[:, None, :, None], others[None, :, None, :]]
    signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
    return det(minors) * signs.astype(numpy_dtype(x))


def _is_regular(x: Array) -> bool:
    """Tell whether the inverses of all matrices are known to half of the digits."""
    if isinstance(x, Box) or not np.isfinite(x).all():
        return False
    return bool((np.linalg.cond(x) < np.finfo(x.dtype).eps ** -0.5).all())


def _cofactors_by_svd(x: Array) -> Array:
    """Return det(U Vh) U diag(products of the other singular values) Vh, conjugated: numbers only."""
    u, s, vh = np.linalg.svd(x)
    n = s.shape[-1]
    others = np.where(np.eye(n, dtype=bool), s.dtype.type(1), s[..., None, :]).prod(-1)
    return np.linalg.det(u @ vh)[..., None, None] * np.conjugate((u * others[..., None, :]) @ vh)


@primitive(
    x=lambda g, x: g[..., None, None] * conjugate(cofactors(x)),
    jvp=lambda x, x_dot: sum_(cofactors(x) * x_dot, dim=(x.ndim - 2, x.ndim - 1), keepdim=False),
    node="LinalgDet",
)
def det(x: Array) -> Array:
    """The determinant of square matrices."""
    return np.linalg.det(x)


def _slogdet_back(g: Any, x: Any, y: Any) -> Any:
    g_sign, g_log = g
    if numpy_dtype(x).kind == "c":
        # d log det = a + ib moves log|det| by a and the sign by i b sign.
        g_log = g_log - 1j * imag(conjugate(g_sign) * y[0])
    return g_log[..., None, None] * mH(inv(x))


def _slogdet_forward(x: Any, x_dot: Any, y: Any) -> tuple[Any, Any]:
    moved = sum_(mT(inv(x)) * x_dot, dim=(x.ndim - 2, x.ndim - 1), keepdim=False)
    sign = y[0]
    if numpy_dtype(x).kind == "c":
        return sign * (1j * imag(moved)), real(moved)
    return sign * 0, moved


@primitive(x=_slogdet_back, jvp=_slogdet_forward, node="LinalgSlogdet")
def slogdet(x: Array) -> tuple[Array, Array]:
    """The sign of the determinant and the logarithm of its absolute value."""
    sign, logabsdet = np.linalg.slogdet(x)
    return sign, logabsdet


# -- factorisations -----------------------------------------------------------------------------


def _lower_half(x: Any) -> Any:
    """Return the lower triangle with half of the diagonal."""
    return tril(x, diagonal=0) - _as_diagonal(_diagonal(x) * 0.5)


def _hermitian(x: Any) -> Any:
    """Return the Hermitian part: a function of Hermitian matrices depends on no other."""
    return (x + mH(x)) * 0.5


def _cholesky_back(g: Any, y: Any) -> Any:
    left = inv(y)
    s = product(mH(left), _lower_half(matmul(mH(y), g)), left)
    return _hermitian(s)


def _cholesky_forward(x_dot: Any, y: Any) -> Any:
    left = inv(y)
    return matmul(y, _lower_half(product(left, _hermitian(x_dot), mH(left))))


# I. Murray, "Differentiation of the Cholesky decomposition" (2016). Cotangents are Hermitian, as torch's.
@primitive(x=_cholesky_back, jvp=_cholesky_forward, node="LinalgCholeskyEx")
def cholesky(x: Array) -> Array:
    """The lower triangular L with L L^H = x, for Hermitian positive definite x."""
    try:
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        element, matrix = _first(x, lambda m: _raises(np.linalg.cholesky, m))
    order = next(k for k in range(1, len(matrix) + 1) if _raises(np.linalg.cholesky, matrix[:k, :k]))
    raise LinAlgError(
        f"linalg.cholesky: {element}The factorization could not be completed because the input is not "
        f"positive-definite (the leading minor of order {order} is not positive-definite)."
    )


def _inverse_gaps(w: Any) -> Any:
    """Return 1 / (w[j] - w[i]), and 0 where these are equal.

    There eigenvectors have no derivative; what depends on the eigenvalues only does not need one.
    """
    gaps = w[..., None, :] - w[..., :, None]
    equal = gaps == 0
    return select_live(1 / (gaps + equal), ~equal)


def _eigh_back(g: Any, y: Any) -> Any:
    (g_w, g_v), (w, v) = g, y
    inner = matmul(mH(v), g_v) * _inverse_gaps(w)
    return _hermitian(product(v, inner + _like(_as_diagonal(g_w), v), mH(v)))


def _eigh_forward(x_dot: Any, y: Any) -> tuple[Any, Any]:
    w, v = y
    moved = product(mH(v), _hermitian(x_dot), v)
    return _re(_diagonal(moved)), matmul(v, moved * _inverse_gaps(w))


@primitive(x=_eigh_back, jvp=_eigh_forward, node="LinalgEigh")
def eigh(x: Array, *, lower: bool = True) -> tuple[Array, Array]:
    """The eigenvalues, ascending, and eigenvectors of Hermitian matrices given by one triangle."""
    try:
        w, v = np.linalg.eigh(x, "L" if lower else "U")
    except np.linalg.LinAlgError:
        raise LinAlgError("linalg.eigh: The algorithm failed to converge.") from None
    return w, v


def _singular_vectors(x: Any, y: Any) -> tuple[Any, Any]:
    """Return U and V with x = U diag(y) V^H; of tensors such that they can be differentiated."""
    if isinstance(x, np.ndarray):
        u, _, vh = np.linalg.svd(x, full_matrices=False)
        return u, mH(vh)
    if x.shape[-2] < x.shape[-1]:
        v, u = _singular_vectors(mH(x), y)
        return u, v
    v = eigh(matmul(mH(x), x))[1][..., ::-1]
    zero = y == 0
    return matmul(x, v) * _like(select_live(1 / (y + zero), ~zero), x)[..., None, :], v


def _svdvals_back(g: Any, x: Any, y: Any) -> Any:
    u, v = _singular_vectors(x, y)
    return matmul(u * _like(g, x)[..., None, :], mH(v))


def _svdvals_forward(x: Any, x_dot: Any, y: Any) -> Any:
    u, v = _singular_vectors(x, y)
    return _re(sum_(conjugate(u) * matmul(x_dot, v), dim=(x.ndim - 2,), keepdim=False))


@primitive(x=_svdvals_back, jvp=_svdvals_forward, node="LinalgSvd")
def svdvals(x: Array) -> Array:
    """The singular values of matrices, descending."""
    return np.linalg.svd(x, compute_uv=False)


def _hermitian_upper(x: Any) -> Any:
    """Return the upper triangle of x + x^H with half of the diagonal."""
    both = x + mH(x)
    return triu(both, diagonal=0) - _as_diagonal(_diagonal(both) * 0.5)


def _qr_back(g: Any, y: Any) -> Any:
    (g_q, g_r), (q, r) = g, y
    inner = triu(matmul(g_r, mH(r)) - matmul(mH(q), g_q), diagonal=0)
    inner = inner + mH(inner)
    inner = inner - _like(_as_diagonal(_re(_diagonal(inner)) * 0.5), inner)
    return mH(solve(r, mH(matmul(q, inner) + g_q)))


def _qr_forward(x_dot: Any, y: Any) -> tuple[Any, Any]:
    q, r = y
    right = mH(solve(mH(r), mH(x_dot)))
    upper = _hermitian_upper(matmul(mH(q), right))
    return right - matmul(q, upper), matmul(upper, r)


# S. Walter, "Structured higher-order algorithmic differentiation in the forward and reverse mode" (2012).
@primitive(x=_qr_back, jvp=_qr_forward, node="LinalgQr")
def qr(x: Array) -> tuple[Array, Array]:
    """Q with orthonormal columns and upper triangular R with Q R = x, no wider than tall."""
    q, r = np.linalg.qr(x)
    return q, r
