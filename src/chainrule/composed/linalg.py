"""torch.linalg: determinants, inverses, linear equations, powers and products."""

# ruff: noqa: N803 (torch's names of matrices)

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import return_types
from chainrule.composed import products
from chainrule.composed.diagonals import diagonal as diagonal_
from chainrule.composed.matrices import check_inexact, check_matrices, check_square
from chainrule.composed.operands import C_NAMES, dtype_of, title_of
from chainrule.composed.products import operand_shape
from chainrule.composed.reduction import sum as sum_
from chainrule.composed.shape import common_shape
from chainrule.composed.views import copy_
from chainrule.core.kinds import conjugate, numpy_dtype
from chainrule.core.tensor import TensorBase, wrap
from chainrule.ops import determinants, inverses, pseudoinverse
from chainrule.ops.matrix_exponential import matrix_exp as exponential
from chainrule.ops.movement import clone, reshape

Tensor = Any
Shape = tuple[int, ...]


# -- determinants -------------------------------------------------------------------------------


def det(A: Tensor) -> Tensor:
    """The determinant of square matrices (..., n, n); its derivatives are right for singular ones, too.

    Raises RuntimeError for matrices that are not square, and for integers.

    >>> import chainrule
    >>> chainrule.linalg.det(chainrule.tensor([[2.0, 1.0], [1.0, 3.0]]))
    tensor(5.)
    """
    check_square(A, "linalg.det")
    check_inexact(A, "linalg.det", "lu_cpu")
    return determinants.det(A)


def slogdet(A: Tensor) -> Any:
    """The sign of the determinants of (..., n, n) and the logarithms of their absolute values.

    Returns a named tuple (sign, logabsdet). Raises RuntimeError for matrices that are not square,
    and for integers.

    >>> import chainrule
    >>> chainrule.linalg.slogdet(chainrule.tensor([[0.0, 1.0], [1.0, 0.0]]))
    chainrule.return_types.linalg_slogdet(
    sign=tensor(-1.),
    logabsdet=tensor(0.))
    """
    check_square(A, "linalg.slogdet")
    check_inexact(A, "linalg.slogdet")
    return return_types.linalg_slogdet(*determinants.slogdet(A))


# -- inverses and equations ---------------------------------------------------------------------


def inv(A: Tensor) -> Tensor:
    """The inverse of square matrices (..., n, n).

    Raises LinAlgError (a RuntimeError) for singular ones.

    >>> import chainrule
    >>> chainrule.linalg.inv(chainrule.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    check_square(A, "linalg.inv")
    check_inexact(A, "linalg.inv")
    return inverses.inv(A)


def pinv(
    A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Tensor:
    """The Moore-Penrose pseudoinverse (..., n, m) of matrices (..., m, n).

    Singular values up to max(atol, rtol * the largest) count as 0; `rtol` (or `rcond`) is max(m, n) times
    the machine epsilon unless given, 0 beside an `atol`. Raises RuntimeError for integers and vectors.

    >>> import chainrule
    >>> chainrule.linalg.pinv(chainrule.tensor([[2.0, 0.0], [0.0, 0.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.0000]])
    """
    shape = operand_shape(A, "linalg_pinv", "A")
    if len(shape) < 2 or numpy_dtype(A).kind not in "fc" or numpy_dtype(A).char == "e":
        raise RuntimeError(
            f"linalg.pinv({title_of(A)}{{{list(shape)}}}): expected a tensor with 2 or more dimensions of "
            "float, double, cfloat or cdouble types"
        )
    if hermitian:
        check_square(A, "linalg.eigh")
    atol, rtol = tolerances(A, atol, rcond if rtol is None else rtol)
    return pseudoinverse.pinv(A, atol=atol, rtol=rtol, hermitian=hermitian)


def tolerances(A: Tensor, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """Return the tolerances for singular values as plain values, with torch's defaults."""
    atol, rtol = (np.asarray(t._value) if isinstance(t, TensorBase) else t for t in (atol, rtol))
    if rtol is None:
        default = max(A.shape[-2:]) * float(np.finfo(numpy_dtype(A)).eps)
        rtol = default if atol is None else np.where(np.asarray(atol) > 0, 0.0, default)
    return 0.0 if atol is None else atol, rtol


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """The X with A X = B (X A = B with `left=False`), for A (..., n, n) and B (..., n, k) or (..., n).

    B counts as vectors when it has one axis, or the shape of A without its last axis.
    Raises LinAlgError (a RuntimeError) for singular A, RuntimeError for shapes that do not fit.

    >>> import chainrule
    >>> chainrule.linalg.solve(chainrule.tensor([[2.0, 0.0], [0.0, 4.0]]), chainrule.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    name = "linalg.solve"
    shape = check_square(A, name)
    b_shape = operand_shape(B, "linalg_solve", "B", 2)
    check_inexact(A, name, "lu_cpu")
    if numpy_dtype(A) != numpy_dtype(B):
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {title_of(A)} and "
            f"B of type {title_of(B)} instead"
        )
    vectors = len(b_shape) == 1 or (len(b_shape) == len(shape) - 1 and b_shape == shape[:-1])
    if not vectors:
        check_matrices(B, name, "B", 2)
    _check_fitting(name, shape, (*b_shape, 1) if vectors else b_shape, left)
    return inverses.solve(A, B, left=left or vectors, vectors=vectors)


def _check_fitting(name: str, a: Shape, b: Shape, left: bool) -> None:
    if b[-2 if left else -1] != a[-1]:
        equation = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {equation} "
            f"({a[-2]}x{a[-1]} and {b[-2]}x{b[-1]})"
        )
    common_shape(b[:-2], a[:-2])


def solve_triangular(
    A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The X with A X = B (X A = B with `left=False`) for triangular A (..., n, n) and B (..., n, k).

    Only the triangle that `upper` names is read; with `unitriangular` its diagonal is taken to be 1. Zeros
    on the diagonal give infinities and NaN. Raises RuntimeError for shapes that do not fit.

    >>> import chainrule
    >>> a = chainrule.tensor([[2.0, 1.0], [0.0, 4.0]])
    >>> chainrule.linalg.solve_triangular(a, chainrule.tensor([[4.0], [4.0]]), upper=True)
    tensor([[1.5000],
            [1.0000]])
    """
    name = "linalg.solve_triangular"
    for given, value in (("upper", upper), ("left", left), ("unitriangular", unitriangular)):
        if not isinstance(value, bool):
            raise TypeError(
                f"linalg_solve_triangular(): argument '{given}' must be bool, not {type(value).__name__}"
            )
    shape, b_shape = check_square(A, name, "input"), check_matrices(B, name, "B", 2)
    for x in (A, B):
        if numpy_dtype(x).kind not in "fc" or numpy_dtype(x).char == "e":
            raise NotImplementedError(f"\"triangular_solve_cpu\" not implemented for '{title_of(x)}'")
    _check_fitting(name, shape, b_shape, left)
    if numpy_dtype(A) != numpy_dtype(B):
        raise RuntimeError(
            f"{name}: Expected A and B to have the same dtype, but found A of type {title_of(A)} and "
            f"B of type {title_of(B)} instead"
        )
    return inverses.solve_triangular(A, B, upper=upper, left=left, unit=unitriangular)


# -- powers -------------------------------------------------------------------------------------


def matrix_power(A: Tensor, n: int) -> Tensor:
    """The n-th power of square matrices (..., m, m); that of the inverse for negative n.

    Raises LinAlgError (a RuntimeError) for singular ones and negative n.

    >>> import chainrule
    >>> chainrule.linalg.matrix_power(chainrule.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    shape = check_square(A, "linalg.matrix_power")
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool):
        raise TypeError(
            f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}"
        )
    if n == 0:
        one = np.broadcast_to(np.eye(shape[-1], dtype=numpy_dtype(A)), shape).copy()
        return copy_(clone(A), wrap(one)) if isinstance(A, TensorBase) else one
    x, n = (inv(A), -n) if n < 0 else (A, n)
    y = None
    while True:  # by the binary digits of n
        if n & 1:
            y = (clone(x) if x is A and n == 1 else x) if y is None else products.matmul(y, x)
        n >>= 1
        if not n:
            return y
        x = products.matmul(x, x)


def matrix_exp(A: Tensor) -> Tensor:
    """The exponential of square matrices (..., n, n): the sum of A^k / k!.

    Raises RuntimeError for matrices that are not square, and for integers.

    >>> import chainrule
    >>> chainrule.linalg.matrix_exp(chainrule.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    check_square(A, "linalg.matrix_exp", "input")
    if numpy_dtype(A).kind not in "fc":
        check_inexact(A, "linalg.matrix_exp")
    return exponential(A)


# -- products -----------------------------------------------------------------------------------


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product of tensors of any rank: `input @ other`.

    >>> import chainrule
    >>> chainrule.linalg.matmul(chainrule.ones(2, 3), chainrule.ones(3))
    tensor([3., 3.])
    """
    operand_shape(input, "linalg_matmul")
    operand_shape(other, "linalg_matmul", "other", 2)
    return products.matmul(input, other)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sums of conj(x) * y over the axis `dim`; the other axes broadcast.

    Raises RuntimeError for integers and for different dtypes.

    >>> import chainrule
    >>> chainrule.linalg.vecdot(chainrule.ones(2, 3), chainrule.tensor([1.0, 2.0, 3.0]))
    tensor([6., 6.])
    """
    shapes = operand_shape(x, "linalg_vecdot", "x"), operand_shape(y, "linalg_vecdot", "y", 2)
    if numpy_dtype(x).kind not in "fc":
        check_inexact(x, "linalg.vecdot")
    if numpy_dtype(x) != numpy_dtype(y):
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {title_of(x)} and "
            f"y of type {title_of(y)} instead"
        )
    if len(shapes[0]) == len(shapes[1]) == 1:
        return products.vdot(x, y)
    return sum_(conjugate(x) * y, dim)


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross products of vectors of three along the axis `dim`; the other axes broadcast.

    Raises RuntimeError for vectors that are not of three.

    >>> import chainrule
    >>> chainrule.linalg.cross(chainrule.tensor([1.0, 0, 0]), chainrule.tensor([0, 1.0, 0]))
    tensor([0., 0., 1.])
    """
    a, b = operand_shape(input, "linalg_cross"), operand_shape(other, "linalg_cross", "other", 2)
    return products.cross_along(input, other, a, b, dim)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """A view of the diagonals of matrices, by default those of the last two axes, as a last axis.

    >>> import chainrule
    >>> chainrule.linalg.diagonal(chainrule.tensor([[[1, 2], [3, 4]]]))
    tensor([[1, 4]])
    """
    operand_shape(A, "linalg_diagonal", "A")
    return diagonal_(A, offset, dim1, dim2)


def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of two or more matrices, in the order that takes the least work.

    The first and the last may be vectors. Raises RuntimeError for shapes and dtypes that do not fit.

    >>> import chainrule
    >>> a = chainrule.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> chainrule.linalg.multi_dot([a, a, chainrule.tensor([1.0, 1.0])])
    tensor([17., 37.])
    """
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(
            "linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, "
            f"not {type(tensors).__name__}"
        )
    matrices = list(tensors)
    if len(matrices) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(matrices)}")
    for i, x in enumerate(matrices):
        if not isinstance(x, (TensorBase, np.ndarray)):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    shapes = [tuple(x.shape) for x in matrices]
    _check_chain(matrices, shapes)
    out_shape = (*shapes[0][:-1], *shapes[-1][1:])
    if len(shapes[0]) == 1:
        matrices[0] = matrices[0][None, :]
    if len(shapes[-1]) == 1:
        matrices[-1] = matrices[-1][:, None]
    return reshape(_chain(matrices), shape=out_shape)


def _check_chain(matrices: list[Tensor], shapes: list[Shape]) -> None:
    last = len(shapes) - 1
    for i, which in ((0, "first"), (last, "last")):
        if len(shapes[i]) not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {len(shapes[i])}D")
    names = [C_NAMES[dtype_of(x).name] for x in matrices]
    for i in range(1, last + 1):
        if i < last and len(shapes[i]) != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {len(shapes[i])}D")
        if names[i] != names[0]:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {names[0]} and "
                f"tensor {i} {names[i]}"
            )
    for i in range(last):
        if shapes[i][-1] != shapes[i + 1][0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(shapes[i])} and "
                f"{list(shapes[i + 1])} cannot be multiplied"
            )


def _chain(matrices: list[Tensor]) -> Tensor:
    """Multiply matrices in the cheapest order (dynamic programming over the places to split)."""
    sizes = [matrices[0].shape[0], *(x.shape[1] for x in matrices)]

    @functools.cache
    def best(i: int, j: int) -> tuple[int, int]:
        if j - i == 1:
            return 0, i
        return min(
            (best(i, k)[0] + best(k, j)[0] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j)
        )

    def multiply(i: int, j: int) -> Tensor:
        if j - i == 1:
            return matrices[i]
        k = best(i, j)[1]
        return products.mm(multiply(i, k), multiply(k, j))

    return multiply(0, len(matrices))


NAMESPACE = "linalg"
__all__ = [
    "cross",
    "det",
    "diagonal",
    "inv",
    "matmul",
    "matrix_exp",
    "matrix_power",
    "multi_dot",
    "pinv",
    "slogdet",
    "solve",
    "solve_triangular",
    "vecdot",
]
