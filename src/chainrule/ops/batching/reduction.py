"""Batching rules of reductions and of what works along an axis."""

from __future__ import annotations

import math
from typing import Any

from chainrule.core.batched import Batch
from chainrule.ops.batching.rules import moved_params, ndim_of, rule, shape_of, widened
from chainrule.ops.extrema import amax, amin
from chainrule.ops.factors import prod
from chainrule.ops.movement import reshape
from chainrule.ops.reduction import mean, sum_


def flat(batch: Batch) -> Any:
    """Return the operand with one axis behind the batch."""
    return reshape(batch.inner[0], shape=(batch.size, math.prod(shape_of(batch.operands[0]))))


def _others(batch: Batch) -> tuple[int, ...]:
    """Return all axes behind the batch."""
    return tuple(range(1, ndim_of(batch.inner[0])))


@rule("total")
def _total(batch: Batch) -> Any:
    return sum_(batch.inner[0], dim=_others(batch)) if _others(batch) else batch.inner[0] + 0


@rule("mean_all")
def _mean_all(batch: Batch) -> Any:
    return mean(batch.inner[0], dim=_others(batch)) if _others(batch) else batch.inner[0] + 0


@rule("max")
def _max(batch: Batch) -> Any:
    return amax(batch.inner[0], dim=_others(batch)) if _others(batch) else batch.inner[0] + 0


@rule("min")
def _min(batch: Batch) -> Any:
    return amin(batch.inner[0], dim=_others(batch)) if _others(batch) else batch.inner[0] + 0


@rule("prod_all")
def _prod_all(batch: Batch) -> Any:
    return prod(flat(batch), dim=1)


@rule("all", "any", "argmax", "argmin", "count_nonzero")
def _maybe_all(batch: Batch) -> Any:
    """Flatten each member where there is no axis."""
    if batch.params["dim"] is not None:
        return along_axis(batch)
    keepdim = batch.params.get("keepdim", False)
    params = {**batch.params, "dim": 1}
    if "keepdim" in params:
        params["keepdim"] = False
    y = batch.primitive(flat(batch), **params)
    return reshape(y, shape=(batch.size, *(1,) * ndim_of(batch.operands[0]))) if keepdim else y


@rule(
    "amax",
    "amin",
    "aminmax_max",
    "aminmax_min",
    "argcummax",
    "argcummin",
    "argkth",
    "argmedian",
    "argnanmedian",
    "argsort",
    "argtopk",
    "cummax_along",
    "cummin_along",
    "cumprod",
    "cumsum",
    "gather",
    "kthvalue_along",
    "log_softmax",
    "logsumexp",
    "max_along",
    "mean",
    "mean_beside_std",
    "mean_beside_var",
    "median_along",
    "min_along",
    "nanmedian_along",
    "nansum",
    "prod",
    "recurrence",
    "shift",
    "softmax",
    "sort_along",
    "stable_sort_along",
    "std",
    "std_beside_mean",
    "sum",
    "topk_along",
    "unique_along",
    "unique_dim_along",
    "var",
    "var_beside_mean",
    "vector_norm",
)
def along_axis(batch: Batch) -> Any:
    """Give all operands the batch, and move the axis by one; a 0-d member counts as a vector of one."""
    if ndim_of(batch.operands[0]):
        return batch.primitive(*batch.all_batched(), **moved_params(batch))
    if batch.params["dim"] == ():  # of a reduction over no axes, which casts at most
        vectors = [reshape(x, shape=(batch.size, 1)) for x in batch.all_batched()]
        y = batch.primitive(*vectors, **{**batch.params, "dim": (1,)})
    else:
        vectors = [reshape(x, shape=(batch.size, 1)) for x in batch.all_batched()]
        y = batch.primitive(*vectors, **moved_params(batch))
    return reshape(y, shape=(batch.size,))


@rule("shares")
def _shares(batch: Batch) -> Any:
    """The extremum of all elements has no axes."""
    x, y = batch.all_batched()
    return batch.primitive(x, widened(y, ndim_of(batch.operands[0])), **moved_params(batch))


@rule("distinct")
def _distinct(batch: Batch) -> Any:
    raise batch.dynamic_shape("unique", "sort the values, or call it outside vmap")


@rule("median_all", "nanmedian_all")
def _one_by_one(batch: Batch) -> Any:
    """Its derivative shares ties, which no other operation does in the same way."""
    return batch.one_by_one()
