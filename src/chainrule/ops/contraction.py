"""Products that sum: of matrices, of vectors, and along named axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import bilinear, conjugate, multilinear, sum_to
from chainrule.ops.structure import expand

Array = Any
Shape = tuple[int, ...]


def _adjoint(x: Any) -> Any:
    return conjugate(x.swapaxes(-1, -2))


@bilinear(a=lambda g, b: mm(g, _adjoint(b)), b=lambda g, a: mm(_adjoint(a), g))
def mm(a: Array, b: Array) -> Array:
    """The product of two matrices."""
    return a @ b


@bilinear(
    node="Bmm",
    a=lambda g, b, a_shape: sum_to(matmul(g, _adjoint(b)), a_shape),
    b=lambda g, a, b_shape: sum_to(matmul(_adjoint(a), g), b_shape),
)
def matmul(a: Array, b: Array) -> Array:
    """The products of matrices in the last two axes, the others broadcast."""
    return np.matmul(a, b)


def _outer(a: Any, b: Any) -> Any:
    return a[..., :, None] * b[..., None, :]


@bilinear(a=lambda g, b: _outer(g, conjugate(b)), b=lambda g, a: mv(_adjoint(a), g))
def mv(a: Array, b: Array) -> Array:
    """The product of a matrix and a vector."""
    return a @ b


@bilinear(a=lambda g, b: g * conjugate(b), b=lambda g, a: g * conjugate(a))
def dot(a: Array, b: Array) -> Array:
    """The sum of the products of two vectors' elements."""
    return np.dot(a, b)


@bilinear(
    node="LinalgCross",
    a=lambda g, b, a_shape, dim: sum_to(cross(conjugate(b), g, dim=dim), a_shape),
    b=lambda g, a, b_shape, dim: sum_to(cross(g, conjugate(a), dim=dim), b_shape),
)
def cross(a: Array, b: Array, *, dim: int) -> Array:
    """The cross product of vectors of three along axis `dim` (<g, a x b> = <b x g, a> = <g x a, b>)."""
    return np.cross(a, b, axis=dim)


def _einsum_back(g: Any, operands: tuple[Any, ...], shapes: tuple[Shape, ...], equation: str) -> Any:
    """Exchange the result with each operand in turn: an einsum is linear in all of them."""
    terms, result = equation.split("->")
    inputs = terms.split(",")
    grads = []
    for i, own in enumerate(inputs):
        others = [conjugate(x) for j, x in enumerate(operands) if j != i]
        names = [result, *(term for j, term in enumerate(inputs) if j != i)]
        # An axis of unit length elsewhere has the cotangent's length here, or the other way round.
        back = einsum(g, *others, equation=f"{','.join(names)}->{own}")
        grads.append(expand(sum_to_sizes(back, shapes[i]), shape=shapes[i]))
    return grads


def sum_to_sizes(x: Any, shape: Shape) -> Any:
    """Sum over the axes that are longer than in `shape`."""
    return sum_to(x, tuple([1 if n == 1 else m for m, n in zip(x.shape, shape, strict=True)]))


@multilinear(transpose=_einsum_back)
def einsum(*operands: Array, equation: str) -> Array:
    """Products summed over the axes that the right of `equation` does not name.

    No letter repeats within a term, and each on the left stands in another term or on the right.
    """
    return np.einsum(equation, *operands, optimize=len(operands) > 1)
