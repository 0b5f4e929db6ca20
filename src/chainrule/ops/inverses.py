"""Inverses of matrices, and the solutions of linear equations.

The derivatives are collected in M. Giles, "An extended collection of matrix derivative results for
forward and reverse mode algorithmic differentiation" (2008).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import primitive, sum_to
from chainrule.core.reach import matrix
from chainrule.ops.contraction import matmul
from chainrule.ops.diagonals import tril, triu
from chainrule.ops.matrices import LinAlgError, first_failing, mH, mT, product, raises

Array = Any
Shape = tuple[int, ...]


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


def _inv_back(g: Any, y: Any) -> Any:
    h = mH(y)
    return -product(h, g, h)


@primitive(x=_inv_back, jvp=lambda x_dot, y: -product(y, x_dot, y), node="LinalgInvEx", reach={"x": matrix})
def inv(x: Array) -> Array:
    """The inverse of square matrices."""
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        element, matrix = first_failing(x, lambda m: raises(np.linalg.inv, m))
    raise LinAlgError(
        f"linalg.inv: {element}The diagonal element {_zero_pivot(matrix)} is zero, the inversion could not "
        "be completed because the input matrix is singular."
    )


def _columns(x: Any, vectors: bool) -> Any:
    return x[..., None] if vectors else x


def _solve_back_a(g: Any, a: Any, y: Any, a_shape: Shape, left: bool, vectors: bool) -> Any:
    moved = _columns(solve(mH(a), g, left=left, vectors=vectors), vectors)
    y = _columns(y, vectors)
    return sum_to(-matmul(moved, mH(y)) if left else -matmul(mH(y), moved), a_shape)


def _solve_back_b(g: Any, a: Any, b_shape: Shape, left: bool, vectors: bool) -> Any:
    return sum_to(solve(mH(a), g, left=left, vectors=vectors), b_shape)


def _solve_forward(a: Any, a_dot: Any, b_dot: Any, y: Any, left: bool, vectors: bool) -> Any:
    y = _columns(y, vectors)
    moved = matmul(a_dot, y) if left else matmul(y, a_dot)
    return solve(a, b_dot - (moved[..., 0] if vectors else moved), left=left, vectors=vectors)


def _system(live: Any, vectors: bool) -> Any:
    return live.any(-1)[..., None, None] if vectors else matrix(live)


@primitive(
    a=_solve_back_a,
    b=_solve_back_b,
    jvp=_solve_forward,
    node="LinalgSolveEx",
    reach={
        "a": _system,
        "b": lambda live, left, vectors: live.any(-1 if vectors or not left else -2, keepdims=True),
    },
)
def solve(a: Array, b: Array, *, left: bool = True, vectors: bool = False) -> Array:
    """The matrices (or vectors) y with a y = b, or the matrices with y a = b."""
    try:
        if vectors:
            return np.linalg.solve(a, b[..., None])[..., 0]
        return np.linalg.solve(a, b) if left else mT(np.linalg.solve(mT(a), mT(b)))
    except np.linalg.LinAlgError:
        element, _ = first_failing(a, lambda m: raises(np.linalg.inv, m))
    raise LinAlgError(
        f"chainrule.linalg.solve: {element}The solver failed because the input matrix is singular."
    )


# -- triangular matrices ------------------------------------------------------------------------


def _triangle(x: Any, upper: bool, unit: bool) -> Any:
    """Return the triangle that is read, without its diagonal where that is taken to be 1."""
    return triu(x, diagonal=int(unit)) if upper else tril(x, diagonal=-int(unit))


def _triangular_back_a(g: Any, a: Any, y: Any, a_shape: Shape, upper: bool, left: bool, unit: bool) -> Any:
    moved = solve_triangular(mH(a), g, upper=not upper, left=left, unit=unit)
    back = -matmul(moved, mH(y)) if left else -matmul(mH(y), moved)
    return sum_to(_triangle(back, upper, unit), a_shape)


def _triangular_back_b(g: Any, a: Any, b_shape: Shape, upper: bool, left: bool, unit: bool) -> Any:
    return sum_to(solve_triangular(mH(a), g, upper=not upper, left=left, unit=unit), b_shape)


def _triangular_forward(a: Any, a_dot: Any, b_dot: Any, y: Any, upper: bool, left: bool, unit: bool) -> Any:
    a_dot = _triangle(a_dot, upper, unit)
    moved = b_dot - (matmul(a_dot, y) if left else matmul(y, a_dot))
    return solve_triangular(a, moved, upper=upper, left=left, unit=unit)


@primitive(
    a=_triangular_back_a,
    b=_triangular_back_b,
    jvp=_triangular_forward,
    node="LinalgSolveTriangular",
    reach={"a": matrix, "b": lambda live, left: live.any(-2 if left else -1, keepdims=True)},
)
def solve_triangular(a: Array, b: Array, *, upper: bool, left: bool = True, unit: bool = False) -> Array:
    """The matrices y with a y = b, or y a = b, for one triangle of a, its diagonal ones if `unit`."""
    if not left:
        return mT(solve_triangular.forward(mT(a), mT(b), upper=not upper, unit=unit))
    shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = np.broadcast_to(b, (*shape, *b.shape[-2:])).astype(b.dtype, order="C")
    _substitute(a, y, upper, unit)
    return y


_BLOCK = 32
"""The size up to which rows are solved for one by one; larger triangles are halved, for BLAS."""


def _substitute(a: Array, y: Array, upper: bool, unit: bool) -> None:
    """Replace the right hand sides y by the solutions."""
    n = a.shape[-1]
    if n > _BLOCK:
        known, other = slice(n // 2), slice(n // 2, n)
        if upper:
            known, other = other, known
        _substitute(a[..., known, known], y[..., known, :], upper, unit)
        y[..., other, :] -= np.matmul(a[..., other, known], y[..., known, :])
        _substitute(a[..., other, other], y[..., other, :], upper, unit)
        return
    for i in reversed(range(n)) if upper else range(n):
        known = slice(i + 1, n) if upper else slice(i)
        y[..., i, :] -= np.matmul(a[..., i, None, known], y[..., known, :])[..., 0, :]
        if not unit:
            y[..., i, :] /= a[..., i, i, None]
