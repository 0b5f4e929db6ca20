"""Factorisations of matrices: Cholesky and QR."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import primitive
from chainrule.core.reach import matrix
from chainrule.ops.contraction import matmul
from chainrule.ops.diagonals import tril, triu
from chainrule.ops.inverses import solve_triangular
from chainrule.ops.joining import cat
from chainrule.ops.matrices import (
    LinAlgError,
    as_diagonal,
    diagonal_of,
    first_failing,
    hermitian,
    like,
    mH,
    product,
    re,
    thin,
    with_rest,
)

Array = Any


def _lower_half(x: Any) -> Any:
    """Return the lower triangle with half of the diagonal."""
    return tril(x, diagonal=0) - as_diagonal(diagonal_of(x) * 0.5)


def _cholesky_back(g: Any, y: Any, upper: bool) -> Any:
    g, right = (mH(g), y) if upper else (g, mH(y))
    inner = solve_triangular(right, _lower_half(matmul(right, g)), upper=True)
    return hermitian(mH(solve_triangular(right, mH(inner), upper=True)))


def _cholesky_forward(x_dot: Any, y: Any, upper: bool) -> Any:
    left = mH(y) if upper else y
    inner = solve_triangular(left, hermitian(x_dot), upper=False)
    moved = matmul(left, _lower_half(mH(solve_triangular(left, mH(inner), upper=False))))
    return mH(moved) if upper else moved


def _lower_factor(x: Array) -> Array | None:
    """Return the factor, None where there is none."""
    try:
        y = np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        return None
    return None if np.isnan(np.diagonal(y, 0, -2, -1)).any() else y


# I. Murray, "Differentiation of the Cholesky decomposition" (2016). Cotangents are Hermitian, as torch's.
@primitive(x=_cholesky_back, jvp=_cholesky_forward, node="LinalgCholeskyEx", reach={"x": matrix})
def cholesky(x: Array, *, upper: bool, name: str = "linalg.cholesky") -> Array:
    """The lower triangular L with L L^H = x, for Hermitian positive definite x, or L^H.

    `name` stands in errors.
    """
    y = _lower_factor(x)
    if y is not None:
        return mH(y) if upper else y
    element, matrix = first_failing(x, lambda m: _lower_factor(m) is None)
    order = next(k for k in range(1, len(matrix) + 1) if _lower_factor(matrix[:k, :k]) is None)
    raise LinAlgError(
        f"{name}: {element}The factorization could not be completed because the input is not "
        f"positive-definite (the leading minor of order {order} is not positive-definite)."
    )


def _hermitian_upper(x: Any) -> Any:
    """Return the upper triangle of x + x^H with half of the diagonal."""
    both = x + mH(x)
    return triu(both, diagonal=0) - as_diagonal(diagonal_of(both) * 0.5)


def _qr_back(g: Any, y: Any) -> Any:
    (g_q, g_r), (q, r) = g, y
    rows, columns = q.shape[-2], r.shape[-1]
    k = min(rows, columns)
    g_q, q = thin(g_q, q, k)
    g_r, r = g_r[..., :k, :], r[..., :k, :]
    g_rest = matmul(q, g_r[..., k:])  # the columns that a wide x has beyond the square are q r
    g_q = g_q + product(q, r[..., k:], mH(g_r[..., k:]))
    g_r, r = g_r[..., :k], r[..., :k]
    inner = triu(matmul(g_r, mH(r)) - matmul(mH(q), g_q), diagonal=0)
    inner = inner + mH(inner)
    inner = inner - like(as_diagonal(re(diagonal_of(inner)) * 0.5), inner)
    back = mH(solve_triangular(r, mH(matmul(q, inner) + g_q), upper=True))
    return back if k == columns else cat(back, g_rest, dim=back.ndim - 1)


def _qr_forward(x_dot: Any, y: Any) -> tuple[Any, Any]:
    whole, r_whole = y
    k = min(whole.shape[-2], r_whole.shape[-1])
    q, r = whole[..., :k], r_whole[..., :k, :k]
    right = mH(solve_triangular(mH(r), mH(x_dot[..., :k]), upper=False))
    upper = _hermitian_upper(matmul(mH(q), right))
    q_dot, r_dot = right - matmul(q, upper), matmul(upper, r)
    if k < r_whole.shape[-1]:
        rest = product(mH(q_dot), q, r_whole[..., k:]) + matmul(mH(q), x_dot[..., k:])
        r_dot = cat(r_dot, rest, dim=r_dot.ndim - 1)
    below = r_whole[..., k:, :]
    if below.shape[-2]:
        r_dot = cat(r_dot, below * 0, dim=r_dot.ndim - 2)
    return with_rest(q_dot, q, whole[..., k:]), r_dot


# S. Walter, "Structured higher-order algorithmic differentiation in the forward and reverse mode" (2012).
@primitive(
    x=_qr_back,
    jvp=_qr_forward,
    node="LinalgQr",
    reach={"x": lambda live: matrix(live[0]) | matrix(live[1])},
)
def qr(x: Array, *, complete: bool) -> tuple[Array, Array]:
    """Q with orthonormal columns, as many as rows if `complete`, and upper triangular R with Q R = x."""
    q, r = np.linalg.qr(x, "complete" if complete else "reduced")
    return q, r
