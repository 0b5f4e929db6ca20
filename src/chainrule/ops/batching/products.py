"""Batching rules of products and of linear algebra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.core.batched import Batch, repeated
from chainrule.core.kinds import conjugate
from chainrule.ops.batching.rules import inside, ndim_of, rule, shape_of, widened
from chainrule.ops.contraction import matmul, outer
from chainrule.ops.diagonals import diagonal
from chainrule.ops.movement import reshape
from chainrule.ops.reduction import sum_


def _aligned(batch: Batch) -> list[Any]:
    """Return two operands whose axes broadcast as those of one member do, behind the batch."""
    ndim = max([ndim_of(x) for x in batch.operands])
    return [widened(x, ndim) if own else x for x, own in zip(batch.inner, batch.batched, strict=True)]


@rule("bmm", "mm", "matmul")
def _matmul(batch: Batch) -> Any:
    return matmul(*_aligned(batch))


@rule("solve")
def _solve(batch: Batch) -> Any:
    if not batch.params["vectors"]:
        return batch.primitive(*_aligned(batch), **batch.params)

    def of_columns(a: Any, b: Any) -> Any:
        shape = shape_of(b)
        return reshape(batch.primitive(a, reshape(b, shape=(*shape, 1))), shape=shape)

    return inside(batch, of_columns)


@rule("solve_triangular")
def _solve_triangular(batch: Batch) -> Any:
    return batch.primitive(*_aligned(batch), **batch.params)


@rule("cross")
def _cross(batch: Batch) -> Any:
    ndim = max([ndim_of(x) for x in batch.operands])
    # An axis counted from the front of the aligned operands.
    a, b = [widened(x, ndim) for x in batch.all_batched()]
    return batch.primitive(a, b, dim=batch.params["dim"] + 1)


@rule("mv")
def _mv(batch: Batch) -> Any:
    a, v = batch.inner
    y = matmul(a, reshape(v, shape=(*shape_of(v), 1)))
    return reshape(y, shape=shape_of(y)[:-1])


@rule("dot")
def _dot(batch: Batch) -> Any:
    a, b = batch.inner
    return sum_(a * b, dim=(1,))


@rule("vdot")
def _vdot(batch: Batch) -> Any:
    a, b = batch.inner
    return sum_(conjugate(a) * b, dim=(1,))


@rule("matrix_exp", "pinv", "rates", "recompose", "recompose_svd", "svd")
def _of_matrices(batch: Batch) -> Any:
    """The operation takes any number of axes in front, which all operands have."""
    operands = [
        x if own or isinstance(x, float) else repeated(x, batch.size)
        for x, own in zip(batch.inner, batch.batched, strict=True)
    ]
    return batch.primitive(*operands, **batch.params)


@rule("trace")
def _trace(batch: Batch) -> Any:
    return sum_(diagonal(batch.inner[0], offset=0, dim1=1, dim2=2), dim=(1,))


# -- a tensor plus a product ------------------------------------------------------------------------------


def _plus(batch: Batch, product: Callable[[Any, Any], Any]) -> Any:
    beta, alpha = batch.params["beta"], batch.params["alpha"]

    def combined(x: Any, a: Any, b: Any) -> Any:
        y = product(a, b)
        y = y if alpha == 1 else y * alpha
        return y if beta == 0 else (x if beta == 1 else x * beta) + y

    if beta == 0 and not any(batch.batched[1:]):
        return repeated(combined(*batch.operands), batch.size)
    return inside(batch, combined)


@rule("addmm", "addmv", "baddbmm")
def _add_product(batch: Batch) -> Any:
    return _plus(batch, lambda a, b: a @ b)


@rule("addr")
def _addr(batch: Batch) -> Any:
    return _plus(batch, outer)


@rule("addbmm")
def _addbmm(batch: Batch) -> Any:
    return _plus(batch, lambda a, b: sum_(matmul(a, b), dim=(0,)))
