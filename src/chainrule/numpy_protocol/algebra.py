"""NumPy's products and numpy.linalg, with NumPy's parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import linalg
from chainrule.numpy_protocol.common import (
    Tensor,
    alike,
    cast,
    conjugate,
    floating,
    implements,
    ours,
    tensor_of,
    tensors_of,
)


def _pair(a: Any, b: Any) -> tuple[Tensor, Tensor]:
    a, b = alike(tensor_of(a), tensor_of(b))
    return a, b


@implements("dot")
def _dot(a: Any, b: Any, out: None = None) -> Tensor:
    """The sum of products over the last axis of `a` and the last but one (or only) axis of `b`."""
    a, b = _pair(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if b.ndim == 1 or (b.ndim == 2 and a.ndim <= 2):
        return ours.matmul(a, b)
    return ours.tensordot(a, b, dims=([a.ndim - 1], [b.ndim - 2]))


@implements("vdot")
def _vdot(a: Any, b: Any, /) -> Tensor:
    a, b = _pair(a, b)
    return ours.sum(conjugate(ours.ravel(a)) * ours.ravel(b))


@implements("inner")
def _inner(a: Any, b: Any, /) -> Tensor:
    a, b = _pair(a, b)
    return a * b if a.ndim == 0 or b.ndim == 0 else ours.inner(a, b)


@implements("outer")
def _outer(a: Any, b: Any, out: None = None) -> Tensor:
    a, b = _pair(a, b)
    return ours.outer(ours.ravel(a), ours.ravel(b))


@implements("linalg.outer")
def _linalg_outer(x1: Any, x2: Any, /) -> Tensor:
    return _outer(x1, x2)


@implements("linalg.matmul")
def _matmul(x1: Any, x2: Any, /) -> Tensor:
    return ours.matmul(*_pair(x1, x2))


@implements("linalg.vecdot")
def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    a, b = _pair(x1, x2)
    return ours.sum(conjugate(a) * b, dim=axis)


@implements("tensordot", "linalg.tensordot")
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    a, b = _pair(a, b)
    if isinstance(axes, int):
        return ours.tensordot(a, b, dims=axes)
    return ours.tensordot(a, b, dims=tuple([[i] if isinstance(i, int) else list(i) for i in axes]))


@implements("kron")
def _kron(a: Any, b: Any) -> Tensor:
    return ours.kron(*_pair(a, b))


@implements("trace")
def _trace(
    a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: None = None
) -> Tensor:
    return ours.sum(ours.diagonal(cast(a, dtype), offset, axis1, axis2), dim=-1)


@implements("linalg.trace")
def _linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    return _trace(x, offset, -2, -1, dtype)


@implements("cross")
def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = _pair(a, b)
    a, b = ours.broadcast_tensors(ours.movedim(a, axisa, -1), ours.movedim(b, axisb, -1))
    return ours.movedim(ours.cross(a, b, dim=-1), -1, axisc)


@implements("linalg.cross")
def _linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    return _cross(x1, x2, axis=axis)


@implements("einsum")
def _einsum(*operands: Any, out: None = None, optimize: Any = False, **options: Any) -> Tensor:
    if isinstance(operands[0], str):
        return ours.einsum(operands[0], *alike(*map(tensor_of, operands[1:])))
    arrays = iter(alike(*map(tensor_of, operands[: len(operands) // 2 * 2 : 2])))
    mixed = [next(arrays) if i % 2 == 0 and i + 1 < len(operands) else x for i, x in enumerate(operands)]
    return ours.einsum(*mixed)


# -- numpy.linalg -------------------------------------------------------------------------------


@implements("linalg.norm")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    return linalg.norm(floating(tensor_of(x)), ord, axis, keepdims)


@implements("linalg.vector_norm")
def _vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    return linalg.vector_norm(floating(tensor_of(x)), ord, axis, keepdims)


@implements("linalg.matrix_norm")
def _matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    return linalg.matrix_norm(floating(tensor_of(x)), ord, keepdim=keepdims)


@implements("linalg.det")
def _det(a: Any) -> Tensor:
    return linalg.det(floating(tensor_of(a)))


@implements("linalg.slogdet")
def _slogdet(a: Any) -> Any:
    return linalg.slogdet(floating(tensor_of(a)))


@implements("linalg.inv")
def _inv(a: Any) -> Tensor:
    return linalg.inv(floating(tensor_of(a)))


@implements("linalg.solve")
def _solve(a: Any, b: Any) -> Tensor:
    """Only a 1-d `b` is a vector: anything else is a stack of matrices (torch guesses by the shape)."""
    a, b = _pair(a, b)
    a, b = floating(a), floating(b)
    if b.ndim == 1:
        return linalg.solve(a, b[:, None])[..., 0]
    return linalg.solve(a, ours.reshape(b, (*(1,) * (a.ndim - b.ndim), *b.shape)))


@implements("linalg.cholesky")
def _cholesky(a: Any, /, *, upper: bool = False) -> Tensor:
    return linalg.cholesky(floating(tensor_of(a)), upper=upper)


@implements("linalg.eigh")
def _eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803 (NumPy's name)
    return linalg.eigh(floating(tensor_of(a)), UPLO)


@implements("linalg.eigvalsh")
def _eigvalsh(a: Any, UPLO: str = "L") -> Tensor:  # noqa: N803 (NumPy's name)
    return linalg.eigvalsh(floating(tensor_of(a)), UPLO)


@implements("linalg.qr")
def _qr(a: Any, mode: str = "reduced") -> Any:
    result = linalg.qr(floating(tensor_of(a)), mode)
    return result[1] if mode == "r" else result


@implements("linalg.svd")
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    x = floating(tensor_of(a))
    return linalg.svd(x, full_matrices) if compute_uv else linalg.svdvals(x)


@implements("linalg.svdvals")
def _svdvals(x: Any, /) -> Tensor:
    return linalg.svdvals(floating(tensor_of(x)))


@implements("linalg.pinv")
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = np._NoValue) -> Tensor:
    """The default tolerance is 1e-15; `rtol=None` asks for one that depends on size and dtype."""
    if rcond is None:
        rcond = 1e-15 if rtol is np._NoValue else rtol
    return linalg.pinv(floating(tensor_of(a)), rcond, hermitian)


@implements("linalg.cond")
def _cond(x: Any, p: Any = None) -> Tensor:
    return linalg.cond(floating(tensor_of(x)), p)


@implements("linalg.matrix_rank")
def _matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Tensor:  # noqa: N803
    return linalg.matrix_rank(floating(tensor_of(A)), tol, hermitian, rtol=rtol)


@implements("linalg.multi_dot")
def _multi_dot(arrays: Any, *, out: None = None) -> Tensor:
    return linalg.multi_dot(alike(*tensors_of(arrays)))


@implements("linalg.matrix_power")
def _matrix_power(a: Any, n: int) -> Tensor:
    x = tensor_of(a)
    return linalg.matrix_power(x if n >= 0 else floating(x), n)
