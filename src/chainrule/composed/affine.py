"""Products added to something: beta * input + alpha * product, with torch's signatures and checks."""

from __future__ import annotations

from typing import Any

from chainrule import dtypes
from chainrule.composed.operands import C_NAMES, common_dtype, does_not_fit, dtype_of
from chainrule.composed.products import (
    check_alike,
    check_computes,
    check_inner,
    check_same_scalar,
    check_stacks,
    operand_shape,
)
from chainrule.composed.shape import broadcast_to
from chainrule.core.primitive import Primitive
from chainrule.ops import affine
from chainrule.ops.structure import cast

Tensor = Any
Shape = tuple[int, ...]


def _apply(
    primitive: Primitive, input: Tensor, a: Tensor, b: Tensor, shape: Shape, beta: Any, alpha: Any
) -> Tensor:
    """Check that `input` broadcasts to `shape`, and bring the factors to the dtype's kind."""
    if operand_shape(input, primitive.name) != shape:
        broadcast_to(input, shape)
    dtype = dtype_of(a)
    return primitive(input, a, b, beta=_factor(beta, dtype), alpha=_factor(alpha, dtype))


def _factor(factor: Any, dtype: dtypes.dtype) -> Any:
    """Return a factor as a Python number; integers cut fractions off, as in torch."""
    if isinstance(factor, complex) and not dtype.is_complex:
        raise does_not_fit(dtype)
    return int(factor) if dtype.category < dtypes.FLOATING else factor


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2), for matrices (n, m) and (m, p); `input` broadcasts to (n, p).

    With beta=0, NaN and infinity in `input` do not count. Raises RuntimeError for shapes that do
    not fit and for different dtypes.

    >>> import chainrule
    >>> chainrule.addmm(chainrule.ones(1), chainrule.ones(1, 2), chainrule.ones(2, 1))
    tensor([[3.]])
    """
    operand_shape(input, "addmm")
    for position, (name, x) in enumerate((("mat1", mat1), ("mat2", mat2)), 2):
        rank = len(operand_shape(x, "addmm", name, position))
        if rank != 2:
            raise RuntimeError(f"{name} must be a matrix, got {rank}-D tensor")
    check_inner(mat1, mat2)
    _check_same((("self", input), ("mat1", mat1)), mat2)
    check_computes("addmm_impl_cpu_", mat1)
    return _apply(affine.addmm, input, mat1, mat2, (mat1.shape[0], mat2.shape[1]), beta, alpha)


def _check_same(pairs: tuple[tuple[str, Tensor], ...], mat2: Tensor) -> None:
    for name, x in pairs:
        if dtype_of(x) is not dtype_of(mat2):
            raise RuntimeError(
                f"{name} and mat2 must have the same dtype, but got {dtype_of(x).title} and "
                f"{dtype_of(mat2).title}"
            )


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec), for a matrix (n, m) and a vector (m); `input` broadcasts to (n,).

    Raises RuntimeError for shapes that do not fit and for different dtypes.

    >>> import chainrule
    >>> chainrule.addmv(chainrule.ones(1), chainrule.ones(1, 2), chainrule.ones(2))
    tensor([3.])
    """
    x = operand_shape(input, "addmv")
    a, b = operand_shape(mat, "addmv", "mat", 2), operand_shape(vec, "addmv", "vec", 3)
    if len(a) != 2 or len(b) != 1 or len(x) > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {len(x)}, {len(a)}, {len(b)}")
    if a[1] != b[0] or (x and x[0] not in (1, a[0])):
        raise RuntimeError(
            f"size mismatch, got input ({x[0] if x else 1}), mat ({a[0]}x{a[1]}), vec ({b[0]})"
        )
    check_alike(input, mat, vec)
    check_computes("addmv_impl_cpu", mat)
    return _apply(affine.addmv, input, mat, vec, a[:1], beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * bmm(batch1, batch2), for (b, n, m) and (b, m, p).

    `input` broadcasts to (b, n, p). Raises RuntimeError for shapes that do not fit and for
    different dtypes.

    >>> import chainrule
    >>> chainrule.baddbmm(chainrule.ones(1), chainrule.ones(1, 1, 2), chainrule.ones(1, 2, 1))
    tensor([[[3.]]])
    """
    operand_shape(input, "baddbmm")
    stacks = operand_shape(batch1, "baddbmm", "batch1", 2), operand_shape(batch2, "baddbmm", "batch2", 3)
    shape = check_stacks(*stacks)
    names = [C_NAMES[dtype_of(x).name] for x in (input, batch1, batch2)]
    if names[0] != names[1]:
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {names[0]}, batch1: {names[1]}, batch2: {names[2]}"
        )
    check_same_scalar(batch1, batch2)
    check_computes("baddbmm", batch1)
    return _apply(affine.baddbmm, input, batch1, batch2, shape, beta, alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * bmm(batch1, batch2).sum(0), for (b, n, m) and (b, m, p).

    `input` broadcasts to (n, p). Raises RuntimeError for shapes that do not fit and for different
    dtypes.

    >>> import chainrule
    >>> chainrule.addbmm(chainrule.zeros(1), chainrule.ones(3, 1, 2), chainrule.ones(3, 2, 1))
    tensor([[6.]])
    """
    operand_shape(input, "addbmm")
    stacks = operand_shape(batch1, "addbmm", "batch1", 2), operand_shape(batch2, "addbmm", "batch2", 3)
    shape = check_stacks(*stacks)
    _check_same((("self", input), ("mat1", batch1)), batch2)
    check_computes("addmm_impl_cpu_", batch1)
    return _apply(affine.addbmm, input, batch1, batch2, shape[1:], beta, alpha)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * outer(vec1, vec2), for vectors (n) and (m); `input` broadcasts to (n, m).

    Dtypes are promoted. Raises RuntimeError for shapes that do not fit.

    >>> import chainrule
    >>> chainrule.addr(chainrule.ones(1), chainrule.ones(1), chainrule.ones(2))
    tensor([[2., 2.]])
    """
    operand_shape(input, "addr")
    for position, (name, x) in enumerate((("vec1", vec1), ("vec2", vec2)), 2):
        rank = len(operand_shape(x, "addr", name, position))
        if rank != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {rank}-D")
    dtype = common_dtype(input, vec1, vec2)
    for name, factor in (("beta", beta), ("alpha", alpha)):
        _check_factor(name, factor, dtype)
    x, a, b = (v if dtype_of(v) is dtype else cast(v, dtype=dtype.numpy) for v in (input, vec1, vec2))
    y = _apply(affine.addr, x, a, b, (*a.shape, *b.shape), beta, alpha)
    return y if dtype_of(y) is dtype else cast(y, dtype=dtype.numpy)  # NumPy adds booleans up to integers


def _check_factor(name: str, factor: Any, dtype: dtypes.dtype) -> None:
    if dtype.category < dtypes.FLOATING and isinstance(factor, (float, complex)):
        raise RuntimeError(
            f"For integral input tensors, argument {name} must not be a floating point number."
        )
    if isinstance(factor, bool) and dtype.category != dtypes.BOOL:
        raise RuntimeError(f"Boolean {name} only supported for Boolean results.")


__all__ = ["addbmm", "addmm", "addmv", "addr", "baddbmm"]
METHODS = __all__
IN_PLACE = __all__
