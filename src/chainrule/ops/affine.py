"""A product added to something, beta x + alpha a b: one node for what would be three.

x is broadcast to the shape of the product. With beta = 0 it does not count, NaN and infinity included.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.kinds import Reach, conjugate, primitive, sum_to, zeros_like
from chainrule.ops.contraction import MATRICES, MATRIX_AND_VECTOR, adjoint, matmul, mm, mv, outer
from chainrule.ops.structure import expand

Array = Any
Shape = tuple[int, ...]


def _times(x: Any, factor: Any) -> Any:
    return x if factor == 1 else x * factor


def _combined(x: Any, product: Any, beta: Any, alpha: Any) -> Any:
    product = _times(product, alpha)
    return product if beta == 0 else _times(x, beta) + product


def _back_x(g: Any, beta: Any, x_shape: Shape) -> Any:
    g = zeros_like(g) if beta == 0 else _times(g, beta.conjugate())
    return sum_to(g, x_shape)


def _tangent(product: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return the forward rule of x plus a bilinear product."""

    def jvp(x_dot: Any, a: Any, a_dot: Any, b: Any, b_dot: Any, y: Any, beta: Any, alpha: Any) -> Any:
        moved = _times(product(a_dot, b) + product(a, b_dot), alpha)
        return moved if beta == 0 else expand(_times(x_dot, beta), shape=tuple(y.shape)) + moved

    return jvp


def _reach(product: Reach) -> Reach:
    """Return how marks of the sum go on: into x as they are, into the factors as for the product."""
    return {"x": lambda live: live, **product}


@primitive(
    x=_back_x,
    a=lambda g, b, alpha: mm(_times(g, alpha.conjugate()), adjoint(b)),
    b=lambda g, a, alpha: mm(adjoint(a), _times(g, alpha.conjugate())),
    jvp=_tangent(mm),
    reach=_reach(MATRICES),
    products=True,
)
def addmm(x: Array, a: Array, b: Array, *, beta: Any, alpha: Any) -> Array:
    """beta x + alpha a b, for matrices."""
    return _combined(x, a @ b, beta, alpha)


@primitive(
    x=_back_x,
    a=lambda g, b, alpha: outer(_times(g, alpha.conjugate()), conjugate(b)),
    b=lambda g, a, alpha: mv(adjoint(a), _times(g, alpha.conjugate())),
    jvp=_tangent(mv),
    reach=_reach(MATRIX_AND_VECTOR),
    products=True,
)
def addmv(x: Array, a: Array, b: Array, *, beta: Any, alpha: Any) -> Array:
    """beta x + alpha a b, for a matrix a and a vector b."""
    return _combined(x, a @ b, beta, alpha)


@primitive(
    x=_back_x,
    a=lambda g, b, alpha: mv(_times(g, alpha.conjugate()), conjugate(b)),
    b=lambda g, a, alpha: mv(_times(g, alpha.conjugate()).swapaxes(0, 1), conjugate(a)),
    jvp=_tangent(outer),
    reach=_reach({"a": lambda live: live.any(1), "b": lambda live: live.any(0)}),
    products=True,
)
def addr(x: Array, a: Array, b: Array, *, beta: Any, alpha: Any) -> Array:
    """beta x + alpha times the matrix of products of the elements of two vectors."""
    return _combined(x, a[:, None] * b, beta, alpha)


@primitive(
    x=_back_x,
    a=lambda g, b, alpha: matmul(_times(g, alpha.conjugate()), adjoint(b)),
    b=lambda g, a, alpha: matmul(adjoint(a), _times(g, alpha.conjugate())),
    jvp=_tangent(matmul),
    reach=_reach(MATRICES),
    products=True,
)
def baddbmm(x: Array, a: Array, b: Array, *, beta: Any, alpha: Any) -> Array:
    """beta x + alpha a b, for stacks of matrices."""
    return _combined(x, np.matmul(a, b), beta, alpha)


def _side_by_side(a: Any) -> Any:
    """Return the matrices of a stack as one, (n, b m): sums of products are products of such."""
    count, rows, columns = a.shape
    return a.swapaxes(0, 1).reshape(rows, count * columns)


def _sum_of_products(a: Any, b: Any) -> Any:
    return _side_by_side(a) @ b.reshape(b.shape[0] * b.shape[1], b.shape[2])


@primitive(
    x=_back_x,
    a=lambda g, b, alpha: matmul(_times(g, alpha.conjugate()), adjoint(b)),
    b=lambda g, a, alpha: matmul(adjoint(a), _times(g, alpha.conjugate())),
    jvp=_tangent(_sum_of_products),
    reach=_reach(MATRICES),
    products=True,
)
def addbmm(x: Array, a: Array, b: Array, *, beta: Any, alpha: Any) -> Array:
    """beta x + alpha times the sum of the products of two stacks of matrices."""
    return _combined(x, _sum_of_products(a, b), beta, alpha)
