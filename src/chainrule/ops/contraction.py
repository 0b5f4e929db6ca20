"""Products that sum: of matrices and of vectors."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import bilinear, conjugate, sum_to
from chainrule.core.reach import lane

Array = Any
Shape = tuple[int, ...]


def adjoint(x: Any) -> Any:
    """Return the transposed and conjugated matrices."""
    return conjugate(x.swapaxes(-1, -2))


MATRICES = {"a": lambda live: live.any(-1, keepdims=True), "b": lambda live: live.any(-2, keepdims=True)}
"""A row that was not used leaves a row of the left factor dead, a column one of the right factor."""

MATRIX_AND_VECTOR = {"a": lambda live: live[:, None], "b": lambda live: live.any()}
VECTORS = {"a": lambda live: live, "b": lambda live: live}


@bilinear(a=lambda g, b: mm(g, adjoint(b)), b=lambda g, a: mm(adjoint(a), g), reach=MATRICES)
def mm(a: Array, b: Array) -> Array:
    """The product of two matrices."""
    return a @ b


@bilinear(a=lambda g, b: bmm(g, adjoint(b)), b=lambda g, a: bmm(adjoint(a), g), reach=MATRICES)
def bmm(a: Array, b: Array) -> Array:
    """The products of two stacks of matrices."""
    return np.matmul(a, b)


@bilinear(
    node="UnsafeView",  # where torch arrives after it has expanded both and made stacks of them
    a=lambda g, b, a_shape: sum_to(matmul(g, adjoint(b)), a_shape),
    b=lambda g, a, b_shape: sum_to(matmul(adjoint(a), g), b_shape),
    reach=MATRICES,
)
def matmul(a: Array, b: Array) -> Array:
    """The products of matrices in the last two axes, the others broadcast."""
    return np.matmul(a, b)


def outer(a: Any, b: Any) -> Any:
    """Return the products of the elements of vectors, the last axes."""
    return a[..., :, None] * b[..., None, :]


@bilinear(
    a=lambda g, b: outer(g, conjugate(b)),
    b=lambda g, a: mv(adjoint(a), g),
    reach=MATRIX_AND_VECTOR,
)
def mv(a: Array, b: Array) -> Array:
    """The product of a matrix and a vector."""
    return a @ b


@bilinear(
    a=lambda g, b: g * conjugate(b),
    b=lambda g, a: g * conjugate(a),
    reach=VECTORS,
)
def dot(a: Array, b: Array) -> Array:
    """The sum of the products of two vectors' elements."""
    return np.dot(a, b)


@bilinear(a=lambda g, b: conjugate(g) * b, b=lambda g, a: g * a, reach=VECTORS)
def vdot(a: Array, b: Array) -> Array:
    """The sum of the products of two vectors' elements, those of the first conjugated."""
    return np.vdot(a, b)


@bilinear(
    node="LinalgCross",
    a=lambda g, b, a_shape, dim: sum_to(cross(conjugate(b), g, dim=dim), a_shape),
    b=lambda g, a, b_shape, dim: sum_to(cross(g, conjugate(a), dim=dim), b_shape),
    reach={"a": lane, "b": lane},
    products=False,  # but differences
)
def cross(a: Array, b: Array, *, dim: int) -> Array:
    """The cross product of vectors of three along axis `dim` (<g, a x b> = <b x g, a> = <g x a, b>)."""
    return np.cross(a, b, axis=dim)
