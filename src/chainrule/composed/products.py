"""Products of vectors and matrices, with torch's signatures and checks."""

from __future__ import annotations

import math
from numbers import Number
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.composed.arguments import shape_of
from chainrule.composed.operands import C_NAMES, OPERANDS, dtype_of
from chainrule.composed.reduction import sum as sum_
from chainrule.composed.shape import common_shape, permute, reshape, transpose, unsqueeze
from chainrule.core.tensor import TensorBase
from chainrule.ops import contraction, diagonals, movement
from chainrule.ops.dims import normalize_dim, normalize_dims

Tensor = Any
Shape = tuple[int, ...]


# -- checks -----------------------------------------------------------------------------------------


def operand_shape(x: Any, function: str, name: str = "input", position: int = 1) -> Shape:
    """Return the shape of a tensor or an array; TypeError, in torch's words, for anything else."""
    if isinstance(x, Number) and not isinstance(x, np.generic):
        raise TypeError(
            f"{function}(): argument '{name}' (position {position}) must be Tensor, not {type(x).__name__}"
        )
    return shape_of(x, function, name, position)


def check_computes(kernel: str, x: Any) -> None:
    """Raise torch's error for booleans, which its products do not take."""
    if dtype_of(x) is dtypes.bool_:
        raise NotImplementedError(f"\"{kernel}\" not implemented for 'Bool'")


def check_inner(a: Any, b: Any) -> None:
    """Raise torch's error unless the columns of one matrix are as many as the rows of the other."""
    if a.shape[-1] != b.shape[-2]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and "
            f"{b.shape[0]}x{b.shape[1]})"
        )


def check_same_scalar(a: Any, b: Any) -> None:
    """Raise torch's error unless two operands have one dtype."""
    if dtype_of(a) is not dtype_of(b):
        raise RuntimeError(f"expected scalar type {dtype_of(a).title} but found {dtype_of(b).title}")


def check_alike(input: Any, mat: Any, vec: Any) -> None:
    """The same for the operands of beta * input + alpha * mat @ vec."""
    found = [dtype_of(x).title for x in (input, mat, vec)]
    if len(set(found)) > 1:
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {found[0]}, {found[1]}, and {found[2]}"
        )


def check_stacks(a: Shape, b: Shape) -> Shape:
    """Return the shape of the products of two stacks of matrices; RuntimeError unless they fit."""
    for name, shape in (("batch1", a), ("batch2", b)):
        if len(shape) != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    if a[0] != b[0] or a[2] != b[1]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a[0]}, {a[2]}] but got: [{b[0]}, {b[1]}]."
        )
    return a[0], a[1], b[2]


# -- products of matrices -----------------------------------------------------------------------


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product of tensors of any rank: `input @ other`.

    Vectors act as a row on the left and a column on the right; leading axes of stacks of matrices
    are broadcast. Raises RuntimeError when the inner sizes or the dtypes differ.

    >>> import chainrule
    >>> chainrule.matmul(chainrule.tensor([[1.0, 2.0], [3.0, 4.0]]), chainrule.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    if _are_plain_matrices(input, other):
        return contraction.mm(input, other)
    a, b = operand_shape(input, "matmul"), operand_shape(other, "matmul", "other", 2)
    ranks = len(a), len(b)
    if 0 in ranks:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {ranks[0]}D and {ranks[1]}D"
        )
    if ranks == (2, 2):
        return mm(input, other)
    if ranks == (2, 1):
        return mv(input, other)
    if ranks == (1, 1):
        return dot(input, other)
    if ranks == (1, 2):
        return movement.squeeze_in_place(mm(unsqueeze(input, 0), other), dim=0)
    if ranks[1] <= 2:  # one product of all rows instead of many small ones
        rows = reshape(input, (math.prod(a[:-1]), a[-1]))
        return movement.unsafe_view((mm if ranks[1] == 2 else mv)(rows, other), shape=(*a[:-1], *b[1:]))
    _check_broadcast_inner(a, b)
    if ranks[0] == 1:
        columns = reshape(transpose(other, -1, -2), (math.prod(b) // (b[-2] or 1), b[-2]))
        return movement.unsafe_view(mv(columns, input), shape=(*b[:-2], b[-1]))
    common_shape(a[:-2], b[:-2])
    check_same_scalar(input, other)
    check_computes("bmm", input)
    return contraction.matmul(input, other)


def _are_plain_matrices(a: Any, b: Any) -> bool:
    """Tell, by the few questions that it takes, whether this is the product of two matrices that fit."""
    if not isinstance(a, TensorBase) or not isinstance(b, TensorBase):
        return False
    a, b = a._value, b._value
    return a.ndim == 2 == b.ndim and a.shape[1] == b.shape[0] and a.dtype is b.dtype and a.dtype.kind in "fc"


def _check_broadcast_inner(a: Shape, b: Shape) -> None:
    if a[-1] != b[-2]:
        count = math.prod(common_shape(a[:-2], b[:-2]))
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{count}, {a[-1]}] but got: [{count}, {b[-2]}]."
        )


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices, (n, m) times (m, p); no broadcasting.

    Raises RuntimeError for shapes that do not fit and for different dtypes.

    >>> import chainrule
    >>> chainrule.mm(chainrule.eye(2), chainrule.ones(2, 1))
    tensor([[1.],
            [1.]])
    """
    for position, (name, word, x) in enumerate((("input", "self", input), ("mat2", "mat2", mat2)), 1):
        if len(operand_shape(x, "mm", name, position)) != 2:
            raise RuntimeError(f"{word} must be a matrix")
    check_inner(input, mat2)
    have, got = dtype_of(input), dtype_of(mat2)
    if have is not got:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {C_NAMES[have.name]} != {C_NAMES[got.name]}"
        )
    check_computes("addmm_impl_cpu_", input)
    return contraction.mm(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two stacks of matrices, (b, n, m) times (b, m, p).

    Raises RuntimeError for shapes that do not fit and for different dtypes.

    >>> import chainrule
    >>> chainrule.bmm(chainrule.ones(2, 1, 3), chainrule.ones(2, 3, 1)).shape
    chainrule.Size([2, 1, 1])
    """
    check_stacks(operand_shape(input, "bmm"), operand_shape(mat2, "bmm", "mat2", 2))
    check_same_scalar(input, mat2)
    check_computes("bmm", input)
    return contraction.bmm(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix (n, m) and a vector (m).

    Raises RuntimeError for shapes that do not fit and for different dtypes.

    >>> import chainrule
    >>> chainrule.mv(chainrule.eye(2), chainrule.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    a, b = operand_shape(input, "mv"), operand_shape(vec, "mv", "vec", 2)
    if len(a) != 2 or len(b) != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {len(a)}, {len(b)}")
    if a[1] != b[0]:
        raise RuntimeError(f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})")
    check_alike(vec, input, vec)
    check_computes("addmv_impl_cpu", input)
    return contraction.mv(input, vec)


# -- products of vectors ------------------------------------------------------------------------


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The sum of the products of two vectors' elements; nothing is conjugated.

    Raises RuntimeError for different sizes and for different dtypes.

    >>> import chainrule
    >>> chainrule.dot(chainrule.tensor([2, 3]), chainrule.tensor([2, 1]))
    tensor(7)
    """
    _check_vectors("dot", input, "tensor", tensor)
    return contraction.dot(input, tensor)


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The sum of conj(input) times other over two vectors.

    Raises RuntimeError for different sizes and for different dtypes.

    >>> import chainrule
    >>> chainrule.vdot(chainrule.tensor([1j]), chainrule.tensor([1j]))
    tensor(1.+0.j)
    """
    _check_vectors("vdot", input, "other", other)
    return contraction.vdot(input, other)


def _check_vectors(function: str, a: Any, name: str, b: Any) -> None:
    m, n = operand_shape(a, function), operand_shape(b, function, name, 2)
    if len(m) != 1 or len(n) != 1:
        raise RuntimeError(f"1D tensors expected, but got {len(m)}D and {len(n)}D tensors")
    have, got = dtype_of(a), dtype_of(b)
    if have is not got:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {have.title} and {got.title}"
        )
    if m != n:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{m[0]}] and src [{n[0]}] to have the same number "
            f"of elements, but got {m[0]} and {n[0]} elements respectively"
        )
    check_computes("dot", a)


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sums of products over the last axes of both (numbers multiply).

    Raises RuntimeError when these have different lengths, or for different dtypes.

    >>> import chainrule
    >>> chainrule.inner(chainrule.tensor([1.0, 2.0]), chainrule.tensor([3.0, 4.0]))
    tensor(11.)
    """
    a, b = operand_shape(input, "inner"), operand_shape(other, "inner", "other", 2)
    if not a or not b:
        return input * other
    if a[-1] != b[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(a)} and {list(b)}"
        )
    return tensordot(input, other, dims=([-1], [-1]))


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The products of every element of one vector with every element of another.

    Raises RuntimeError for what is not a vector.

    >>> import chainrule
    >>> chainrule.outer(chainrule.tensor([1.0, 2.0]), chainrule.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    for position, (name, word, x) in enumerate((("input", "self", input), ("vec2", "vec2", vec2)), 1):
        rank = len(operand_shape(x, "outer", name, position))
        if rank != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {word}, but got {rank}-D")
    return reshape(input, (input.shape[0], 1)) * vec2


ger = outer


# -- along any axes -----------------------------------------------------------------------------


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over `dims`: the last of a and first of b (an int), or two lists of axes.

    An axis of length 1 is summed with one of any length. Raises RuntimeError for axes of different
    lengths and for different dtypes.

    >>> import chainrule
    >>> chainrule.tensordot(chainrule.ones(2, 3), chainrule.ones(3, 4), dims=1).shape
    chainrule.Size([2, 4])
    """
    left, right = _contracted(operand_shape(a, "tensordot", "a"), operand_shape(b, "tensordot", "b", 2), dims)
    if dtype_of(a) is not dtype_of(b):
        raise RuntimeError("both inputs should have same dtype")
    for i, j in zip(left, right, strict=True):
        if a.shape[i] != b.shape[j]:
            if a.shape[i] == 1:
                b = sum_(b, j, keepdim=True)
            else:
                a = sum_(a, i, keepdim=True)
    kept = [i for i in range(a.ndim) if i not in left], [j for j in range(b.ndim) if j not in right]
    shape = [a.shape[i] for i in kept[0]] + [b.shape[j] for j in kept[1]]
    if not shape:
        first, second = (reshape(permute(x, axes), (-1,)) for x, axes in ((a, left), (b, right)))
        return reshape(dot(first, second), ())
    size = math.prod([a.shape[i] for i in left])
    rows = math.prod([a.shape[i] for i in kept[0]])
    columns = math.prod([b.shape[j] for j in kept[1]])
    first = reshape(permute(a, (*kept[0], *left)), (rows, size))
    second = reshape(permute(b, (*right, *kept[1])), (size, columns))
    return reshape(mm(first, second), shape)


def _contracted(a: Shape, b: Shape, dims: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the axes to sum over, checked."""
    if isinstance(dims, TensorBase):
        dims = dims.tolist()  # type: ignore[attr-defined]
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(len(a), len(b)):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims = range(-dims, 0), range(dims)
    elif not isinstance(dims, (tuple, list)) or len(dims) != 2:
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing "
            f"two lists, but got dims={dims}"
        )
    given = [(d,) if isinstance(d, int) else tuple(d) for d in dims]
    if len(given[0]) != len(given[1]):
        raise RuntimeError("both dimension lists should have same length")
    for i, j in zip(*given, strict=True):
        m, n = a[normalize_dim(i, len(a))], b[normalize_dim(j, len(b))]
        if m != n and 1 not in (m, n):
            raise RuntimeError(
                "contracted dimensions need to match, but first has size "
                f"{m} in dim {i} and second has size {n} in dim {j}"
            )
    return _distinct(given[0], len(a)), _distinct(given[1], len(b))


def _distinct(dims: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    return normalize_dims(dims, ndim) if dims else ()


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: every element of `input` times all of `other`, laid out in blocks.

    >>> import chainrule
    >>> chainrule.kron(chainrule.tensor([1.0, 10.0]), chainrule.tensor([1.0, 2.0]))
    tensor([ 1.,  2., 10., 20.])
    """
    a, b = operand_shape(input, "kron"), operand_shape(other, "kron", "other", 2)
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    left = reshape(input, [n for pair in zip(a, (1,) * rank, strict=True) for n in pair])
    right = reshape(other, [n for pair in zip((1,) * rank, b, strict=True) for n in pair])
    return movement.unsafe_view(left * right, shape=tuple([m * n for m, n in zip(a, b, strict=True)]))


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal.

    Raises RuntimeError for what is not a matrix.

    >>> import chainrule
    >>> chainrule.trace(chainrule.eye(3))
    tensor(3.)
    """
    rank = len(operand_shape(input, "trace"))
    if rank != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {rank}")
    check_computes("trace", input)
    return diagonals.trace(input)


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross products of vectors of three along `dim` (by default the first axis of length 3).

    The other axes are broadcast. Raises RuntimeError for vectors that are not of three.

    >>> import chainrule
    >>> chainrule.cross(chainrule.tensor([1.0, 0, 0]), chainrule.tensor([0, 1.0, 0]), dim=0)
    tensor([0., 0., 1.])
    """
    a, b = operand_shape(input, "cross"), operand_shape(other, "cross", "other", 2)
    if dim is None:
        if 3 not in a:
            raise RuntimeError("no dimension of size 3 in input")
        dim = a.index(3)
    return cross_along(input, other, a, b, dim)


def cross_along(input: Tensor, other: Tensor, a: Shape, b: Shape, dim: int) -> Tensor:
    """Return the cross products along an axis; `a` and `b` are the shapes."""
    if len(a) != len(b):
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    axis = normalize_dim(dim, len(a))
    if a[axis] != 3 or b[axis] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {a[axis]} and {b[axis]}"
        )
    common_shape(a, b)
    check_same_scalar(input, other)
    check_computes("cross", input)
    return contraction.cross(input, other, dim=axis)


def _matmul_operator(self: Any, other: Any) -> Any:
    return matmul(self, other) if isinstance(other, OPERANDS) else NotImplemented


def _matmul_reflected(self: Any, other: Any) -> Any:
    return matmul(other, self) if isinstance(other, OPERANDS) else NotImplemented


__all__ = [
    "bmm",
    "cross",
    "dot",
    "ger",
    "inner",
    "kron",
    "matmul",
    "mm",
    "mv",
    "outer",
    "tensordot",
    "trace",
    "vdot",
]
METHODS = tuple(name for name in __all__ if name != "tensordot")
OPERATORS = {"__matmul__": _matmul_operator, "__rmatmul__": _matmul_reflected}
