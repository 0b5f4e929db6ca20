"""Tools for stacks of matrices, the last two axes of arrays and tensors alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.box import RANGE, Box
from chainrule.core.kinds import conjugate, numpy_dtype
from chainrule.core.tensor import TensorBase
from chainrule.ops.contraction import matmul
from chainrule.ops.diagonals import diagonal, put_diagonal
from chainrule.ops.joining import cat
from chainrule.ops.structure import cast, real

Array = Any


class LinAlgError(RuntimeError, np.linalg.LinAlgError):
    """A matrix has not what was asked for: an inverse, a Cholesky factor, converging eigenvalues.

    A RuntimeError as in torch, and NumPy's error, for programs written for NumPy.
    """


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


def hermitian(x: Any) -> Any:
    """Return the Hermitian part: a function of Hermitian matrices depends on no other."""
    return (x + mH(x)) * 0.5


def skew(x: Any) -> Any:
    """Return the skew-Hermitian part."""
    return (x - mH(x)) * 0.5


def diagonal_of(x: Any) -> Any:
    """Return the diagonals of matrices."""
    return diagonal(x, offset=0, dim1=-2, dim2=-1)


def as_diagonal(d: Any) -> Any:
    """Return diagonal matrices."""
    return put_diagonal(d, shape=(*d.shape, d.shape[-1]), offset=0, dim1=-2, dim2=-1)


def re(x: Any) -> Any:
    """Return the real part."""
    return real(x) if numpy_dtype(x).kind == "c" else x


def like(x: Any, y: Any) -> Any:
    """Return real x in y's dtype."""
    dtype = numpy_dtype(y)
    return x if numpy_dtype(x) == dtype else cast(x, dtype=dtype)


# Orthonormal columns q are often given with others, that span what is left of the space. When the first move
# by q', the others move by -q q'^H rest; any others will do as well.


def thin(g: Any, q: Any, k: int) -> tuple[Any, Any]:
    """Return the first k columns, and their cotangent with that of the others in it."""
    first, rest = q[..., :k], q[..., k:]
    if g is None or not rest.shape[-1]:
        return g, first
    return g[..., :k] - product(rest, mH(g[..., k:]), first), first


def with_rest(q_dot: Any, q: Any, rest: Any) -> Any:
    """Return the tangent of the first columns with that of the others beside it."""
    if not rest.shape[-1]:
        return q_dot
    return cat(q_dot, -product(q, mH(q_dot), rest), dim=q_dot.ndim - 1)


def plain(x: Any) -> Array:
    """Return the array in an operand, for a decision that depends on its values."""
    value = x._value if isinstance(x, TensorBase) else x
    return value.concrete("the values of a matrix") if isinstance(value, Box) else value


def everywhere(x: Any) -> Array:
    """Return the values of an operand, of a batch those of all members, for a check of each."""
    value = x._value if isinstance(x, TensorBase) else x
    return value.concrete(RANGE) if isinstance(value, Box) else value


def on_all(decide: Callable[[Array], Array], x: Any) -> Array:
    """Return marks that depend on the values of an operand.

    Of a batch they must be the same for all members: marks of nothing, else RuntimeError.
    """
    value = x._value if isinstance(x, TensorBase) else x
    if not isinstance(value, Box) or not value.differs:
        return decide(plain(x))
    found = decide(value.concrete(RANGE))
    if found.any():
        raise RuntimeError(
            "vmap: a member has equal or vanishing eigenvalues or singular values, where the derivative is a "
            "limit that is only taken outside vmap; loop over the members instead"
        )
    ndim = found.ndim - value.batches
    return np.zeros(found.shape[len(found.shape) - ndim :], bool)


def first_failing(x: Array, fails: Callable[[Array], bool]) -> tuple[str, Array]:
    """Return torch's words for the first matrix of a stack that `fails`, and the matrix."""
    stack = x.reshape(-1, *x.shape[-2:])
    number = next((i for i, matrix in enumerate(stack) if fails(matrix)), 0)
    return f"(Batch element {number}): " if x.ndim > 2 else "", stack[number]


def raises(function: Callable[[Array], Any], x: Array) -> bool:
    """Tell whether NumPy cannot do it."""
    try:
        function(x)
    except np.linalg.LinAlgError:
        return True
    return False
