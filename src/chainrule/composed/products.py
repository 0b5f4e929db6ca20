"""Products of vectors and matrices, with torch's signatures and checks."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.composed.diagonals import diagonal
from chainrule.composed.operands import C_NAMES, OPERANDS, dtype_of
from chainrule.composed.reduction import sum as sum_
from chainrule.composed.shape import movedim, permute, reshape, squeeze, unsqueeze
from chainrule.ops import contraction, structure
from chainrule.ops.dims import normalize_dim

Tensor = Any


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product of tensors of any rank: `input @ other`.

    Vectors act as a row on the left and a column on the right; leading axes of stacks of matrices
    are broadcast. Raises RuntimeError when the inner sizes or the dtypes differ.

    >>> import chainrule
    >>> chainrule.matmul(chainrule.tensor([[1.0, 2.0], [3.0, 4.0]]), chainrule.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    a, b = len(shape_of(input, "matmul")), len(shape_of(other, "matmul", "other", 2))
    if a == 0 or b == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if a == 1 and b == 1:
        return dot(input, other)
    if a == 2 and b == 2:
        return mm(input, other)
    if a == 2 and b == 1:
        return mv(input, other)
    if a == 1:
        return squeeze(matmul(unsqueeze(input, 0), other), -2)
    if b == 1:
        return squeeze(matmul(input, unsqueeze(other, 1)), -1)
    _check_dtypes(input, other)
    _check_inner(input, other)
    return contraction.matmul(input, other)


def _check_dtypes(a: Any, b: Any) -> None:
    have, got = dtype_of(a), dtype_of(b)
    if have is not got:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {C_NAMES[have.name]} != {C_NAMES[got.name]}"
        )


def _check_inner(a: Any, b: Any) -> None:
    if a.shape[-1] != b.shape[-2]:
        rows = int(np.prod(a.shape[:-1]))
        raise RuntimeError(
            "mat1 and mat2 shapes cannot be multiplied "
            f"({rows}x{a.shape[-1]} and {b.shape[-2]}x{b.shape[-1]})"
        )


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices, (n, m) times (m, p); no broadcasting.

    >>> import chainrule
    >>> chainrule.mm(chainrule.eye(2), chainrule.ones(2, 1))
    tensor([[1.],
            [1.]])
    """
    for name, x in (("self", input), ("mat2", mat2)):
        if len(shape_of(x, "mm", name)) != 2:
            raise RuntimeError(f"{name} must be a matrix")
    _check_inner(input, mat2)
    _check_dtypes(input, mat2)
    return contraction.mm(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two stacks of matrices, (b, n, m) times (b, m, p).

    >>> import chainrule
    >>> chainrule.bmm(chainrule.ones(2, 1, 3), chainrule.ones(2, 3, 1)).shape
    chainrule.Size([2, 1, 1])
    """
    for name, x in (("batch1", input), ("batch2", mat2)):
        if len(shape_of(x, "bmm", name)) != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    _check_dtypes(input, mat2)
    if mat2.shape[0] != input.shape[0] or mat2.shape[1] != input.shape[2]:
        raise RuntimeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{input.shape[0]}, {input.shape[2]}] but got: [{mat2.shape[0]}, {mat2.shape[1]}]."
        )
    return contraction.matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix (n, m) and a vector (m).

    >>> import chainrule
    >>> chainrule.mv(chainrule.eye(2), chainrule.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    a, b = shape_of(input, "mv"), shape_of(vec, "mv", "vec", 2)
    if len(a) != 2 or len(b) != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {len(a)}, {len(b)}")
    if a[1] != b[0]:
        raise RuntimeError(f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})")
    _check_dtypes(input, vec)
    return contraction.mv(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The sum of the products of two vectors' elements; nothing is conjugated.

    >>> import chainrule
    >>> chainrule.dot(chainrule.tensor([2, 3]), chainrule.tensor([2, 1]))
    tensor(7)
    """
    _check_vectors("dot", input, tensor)
    return contraction.dot(input, tensor)


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The sum of conj(input) times other over two vectors.

    >>> import chainrule
    >>> chainrule.vdot(chainrule.tensor([1j]), chainrule.tensor([1j]))
    tensor(1.+0.j)
    """
    _check_vectors("vdot", input, other)
    return contraction.dot(structure.conj(input) if dtype_of(input).is_complex else input, other)


def _check_vectors(function: str, a: Any, b: Any) -> None:
    m, n = shape_of(a, function), shape_of(b, function, "tensor", 2)
    if len(m) != 1 or len(n) != 1:
        raise RuntimeError(f"1D tensors expected, but got {len(m)}D and {len(n)}D tensors")
    if dtype_of(a) is not dtype_of(b):
        have, got = (dtype_of(x).name.capitalize() for x in (a, b))
        raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {have} and {got}")
    if m != n:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{m[0]}] and src [{n[0]}] to have the same number "
            f"of elements, but got {m[0]} and {n[0]} elements respectively"
        )


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sums of products over the last axes of both (numbers multiply).

    >>> import chainrule
    >>> chainrule.inner(chainrule.tensor([1.0, 2.0]), chainrule.tensor([3.0, 4.0]))
    tensor(11.)
    """
    a, b = shape_of(input, "inner"), shape_of(other, "inner", "other", 2)
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

    >>> import chainrule
    >>> chainrule.outer(chainrule.tensor([1.0, 2.0]), chainrule.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    for position, (name, x) in enumerate((("self", input), ("vec2", vec2)), 1):
        rank = len(shape_of(x, "outer", name, position))
        if rank != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {rank}-D")
    return unsqueeze(input, 1) * vec2


def _weighted(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    """beta * input + alpha * product; with beta = 0, NaN and infinity in `input` do not count."""
    product = product if alpha == 1 else alpha * product
    if beta == 0:
        return product
    return (input if beta == 1 else beta * input) + product


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2).

    >>> import chainrule
    >>> chainrule.addmm(chainrule.ones(1), chainrule.ones(1, 2), chainrule.ones(2, 1))
    tensor([[3.]])
    """
    return _weighted(input, mm(mat1, mat2), beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec).

    >>> import chainrule
    >>> chainrule.addmv(chainrule.ones(1), chainrule.ones(1, 2), chainrule.ones(2))
    tensor([3.])
    """
    return _weighted(input, mv(mat, vec), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * bmm(batch1, batch2).

    >>> import chainrule
    >>> chainrule.baddbmm(chainrule.ones(1), chainrule.ones(1, 1, 2), chainrule.ones(1, 2, 1))
    tensor([[[3.]]])
    """
    return _weighted(input, bmm(batch1, batch2), beta, alpha)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * outer(vec1, vec2).

    >>> import chainrule
    >>> chainrule.addr(chainrule.ones(1), chainrule.ones(1), chainrule.ones(2))
    tensor([[2., 2.]])
    """
    return _weighted(input, outer(vec1, vec2), beta, alpha)


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Sums of products over `dims`: the last of a and first of b (an int), or two lists of axes.

    >>> import chainrule
    >>> chainrule.tensordot(chainrule.ones(2, 3), chainrule.ones(3, 4), dims=1).shape
    chainrule.Size([2, 4])
    """
    left, right = _contracted(a, b, dims)
    for i, j in zip(left, right, strict=True):
        if a.shape[i] != b.shape[j]:
            raise RuntimeError(
                "contracted dimensions need to match, but first has size "
                f"{a.shape[i]} in dim {i} and second has size {b.shape[j]} in dim {j}"
            )
    kept = [i for i in range(a.ndim) if i not in left], [j for j in range(b.ndim) if j not in right]
    shape = [a.shape[i] for i in kept[0]] + [b.shape[j] for j in kept[1]]
    size = int(np.prod([a.shape[i] for i in left]))
    rows = int(np.prod([a.shape[i] for i in kept[0]]))
    columns = int(np.prod([b.shape[j] for j in kept[1]]))
    first = reshape(permute(a, (*kept[0], *left)), (rows, size))
    second = reshape(permute(b, (*right, *kept[1])), (size, columns))
    return reshape(mm(first, second), shape)


def _contracted(a: Any, b: Any, dims: Any) -> tuple[list[int], list[int]]:
    m, n = len(shape_of(a, "tensordot", "a")), len(shape_of(b, "tensordot", "b", 2))
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(m, n):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return list(range(m - dims, m)), list(range(dims))
    left, right = ([d] if isinstance(d, int) else [int(i) for i in d] for d in dims)
    if len(left) != len(right):
        raise RuntimeError("both dimension lists should have same length")
    return [normalize_dim(i, m) for i in left], [normalize_dim(j, n) for j in right]


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: every element of `input` times all of `other`, laid out in blocks.

    >>> import chainrule
    >>> chainrule.kron(chainrule.tensor([1.0, 10.0]), chainrule.tensor([1.0, 2.0]))
    tensor([ 1.,  2., 10., 20.])
    """
    a, b = shape_of(input, "kron"), shape_of(other, "kron", "other", 2)
    rank = max(len(a), len(b))
    a, b = (1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b
    left = reshape(input, [n for pair in zip(a, (1,) * rank, strict=True) for n in pair])
    right = reshape(other, [n for pair in zip((1,) * rank, b, strict=True) for n in pair])
    return reshape(left * right, [m * n for m, n in zip(a, b, strict=True)])


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal.

    >>> import chainrule
    >>> chainrule.trace(chainrule.eye(3))
    tensor(3.)
    """
    if len(shape_of(input, "trace")) != 2:
        raise RuntimeError("trace: expected a matrix")
    return sum_(diagonal(input))


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross products of vectors of three along `dim` (by default the first axis of length 3).

    >>> import chainrule
    >>> chainrule.cross(chainrule.tensor([1.0, 0, 0]), chainrule.tensor([0, 1.0, 0]), dim=0)
    tensor([0., 0., 1.])
    """
    a, b = shape_of(input, "cross"), shape_of(other, "cross", "other", 2)
    if len(a) != len(b):
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if dim is None:
        if 3 not in a:
            raise RuntimeError("no dimension of size 3 in input")
        dim = a.index(3)
    dim = normalize_dim(dim, len(a))
    if a[dim] != 3 or b[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {a[dim]} and {b[dim]}"
        )
    _check_dtypes(input, other)
    return contraction.cross(input, other, dim=dim)


# -- einsum ---------------------------------------------------------------------------------------


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sum products of elements along named axes: `einsum("ij,jk->ik", a, b)` is a matrix product.

    Takes an ellipsis, repeated letters (diagonals), an implicit result, a list of operands, and
    the form `einsum(a, [0, 1], b, [1, 2], [0, 2])`. Raises RuntimeError when terms and operands do
    not fit.

    >>> import chainrule
    >>> chainrule.einsum("ii", chainrule.eye(3))
    tensor(3.)
    """
    if not isinstance(equation, str):
        equation, operands = _from_sublists((equation, *operands))
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise RuntimeError("einsum(): must provide at least one operand")
    terms, result = _terms(equation.replace(" ", ""), operands)
    simple = [_without_repeats(x, term) for x, term in zip(operands, terms, strict=True)]
    simple = [_without_lone(i, simple, result) for i in range(len(simple))]
    if len(simple) == 1:
        x, term = simple[0]
        return permute(x, [term.index(letter) for letter in result]) if term != result else x + 0
    left = ",".join(term for _, term in simple)
    return contraction.einsum(*[x for x, _ in simple], equation=f"{left}->{result}")


def _from_sublists(arguments: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """Translate operands and lists of axis numbers, in turn, into an equation."""
    operands, lists = arguments[0::2], list(arguments[1::2])
    result = operands[-1] if len(arguments) % 2 else None
    if result is not None:
        operands = operands[:-1]
    letters = string.ascii_letters
    words = ["".join("..." if i is Ellipsis else letters[i] for i in part) for part in lists]
    equation = ",".join(words)
    if result is not None:
        equation += "->" + "".join("..." if i is Ellipsis else letters[i] for i in result)
    return equation, tuple(operands)


def _terms(equation: str, operands: tuple[Any, ...]) -> tuple[list[str], str]:
    """Return a term of letters for each operand, and the result's: ellipses written out."""
    left, arrow, result = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        few = "fewer" if len(terms) > len(operands) else "more"
        raise RuntimeError(f"einsum(): {few} operands were provided than specified in the equation")
    free = [c for c in string.ascii_letters if c not in equation]
    most = 0
    for i, (term, x) in enumerate(zip(terms, operands, strict=True)):
        rank = len(shape_of(x, "einsum", "operands", i + 1)) - len(term.replace("...", ""))
        if rank < 0 or (rank > 0 and "..." not in term):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(term.replace('...', ''))}) does "
                f"not match the number of dimensions ({x.ndim}) for operand {i} and no ellipsis was given"
            )
        most = max(most, rank if "..." in term else 0)
        terms[i] = term.replace("...", "".join(free[len(free) - rank :]) if rank else "")
    ellipsis = "".join(free[len(free) - most :]) if most else ""
    if arrow:
        result = result.replace("...", ellipsis)
    else:
        seen = "".join(terms)
        result = ellipsis + "".join(sorted(c for c in set(seen) - set(ellipsis) if seen.count(c) == 1))
    for letter in result:
        if letter not in "".join(terms):
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any input operand"
            )
        if result.count(letter) > 1:
            raise RuntimeError(f"einsum(): output subscript {letter} appears more than once in the output")
    _check_sizes(terms, operands)
    return terms, result


def _check_sizes(terms: list[str], operands: tuple[Any, ...]) -> None:
    sizes: dict[str, int] = {}
    for i, (term, x) in enumerate(zip(terms, operands, strict=True)):
        for axis, (letter, n) in enumerate(zip(term, x.shape, strict=True)):
            known = sizes.setdefault(letter, n)
            if known == 1:
                sizes[letter] = n
            elif n not in (1, known):
                raise RuntimeError(
                    f"einsum(): subscript {letter} has size {n} for operand {i} which does not broadcast "
                    f"with previously seen size {known} (axis {axis})"
                )


def _without_repeats(x: Any, term: str) -> tuple[Any, str]:
    """Replace axes with the same letter by their diagonal."""
    for letter in sorted(set(term)):
        while term.count(letter) > 1:
            i = term.index(letter)
            j = term.index(letter, i + 1)
            x = movedim(diagonal(x, dim1=i, dim2=j), -1, i)
            term = term[:j] + term[j + 1 :]
    return x, term


def _without_lone(i: int, terms: list[tuple[Any, str]], result: str) -> tuple[Any, str]:
    """Sum over the axes that only this operand has and the result has not."""
    x, own = terms[i]
    others = result + "".join(term for j, (_, term) in enumerate(terms) if j != i)
    lone = [axis for axis, letter in enumerate(own) if letter not in others]
    if not lone:
        return x, own
    return sum_(x, lone), "".join(letter for letter in own if letter in others)


def _matmul_operator(self: Any, other: Any) -> Any:
    return matmul(self, other) if isinstance(other, OPERANDS) else NotImplemented


def _matmul_reflected(self: Any, other: Any) -> Any:
    return matmul(other, self) if isinstance(other, OPERANDS) else NotImplemented


ger = outer

__all__ = [
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "cross",
    "dot",
    "einsum",
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
METHODS = tuple(name for name in __all__ if name not in ("einsum", "tensordot"))
IN_PLACE = ("addmm", "addmv", "addr", "baddbmm")
OPERATORS = {"__matmul__": _matmul_operator, "__rmatmul__": _matmul_reflected}
