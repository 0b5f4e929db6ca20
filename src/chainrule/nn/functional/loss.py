"""Losses of numbers against numbers, as functions."""

from __future__ import annotations

from typing import Any

from chainrule.composed.arguments import shape_of
from chainrule.composed.arithmetic import abs as abs_
from chainrule.composed.arithmetic import clamp
from chainrule.composed.comparison import where
from chainrule.composed.elementary import exp, log, log1p, logaddexp, xlogy
from chainrule.composed.operands import common_dtype, dtype_of
from chainrule.composed.reduction import sum as sum_
from chainrule.errors import warn
from chainrule.nn.functional.reductions import (
    check_floating,
    check_reduction,
    check_tensors,
    chosen,
    reduced,
)
from chainrule.ops.indexing import every

Tensor = Any


def _warn_of_broadcasting(input: Tensor, target: Tensor) -> None:
    check_tensors(input, target)
    if input.shape != target.shape:
        warn(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This "
            "will likely lead to incorrect results due to broadcasting. Please ensure they have the same "
            "size."
        )


def _check_weights(weight: Tensor | None, input: Tensor) -> None:
    if weight is not None and weight.shape != input.shape:
        raise ValueError("Weights and input must have the same size.")


def _weighted(loss: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """Reduce with weights; the mean is then divided by their sum."""
    if weight is None:
        return reduced(loss, reduction)
    if reduction == "mean":
        return sum_(loss * weight) / sum_(weight)
    return reduced(loss * weight, reduction)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean (or sum, or none) of the squares of input - target; with `weight`, weighted.

    Raises ValueError for another `reduction`, and for a weight of another shape; warns when the shapes of
    input and target differ.

    >>> import chainrule
    >>> chainrule.nn.functional.mse_loss(chainrule.tensor([1.0, 2.0]), chainrule.tensor([0.0, 0.0]))
    tensor(2.5000)
    """
    reduction = chosen(reduction, size_average, reduce)
    check_reduction(reduction)
    _warn_of_broadcasting(input, target)
    check_floating("mse_cpu", input, target)
    _check_weights(weight, input)
    gap = input - target
    return _weighted(gap * gap, weight, reduction)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """The mean (or sum, or none) of |input - target|; with `weight`, weighted.

    Raises ValueError for another `reduction`, and for a weight of another shape; warns when the shapes of
    input and target differ.

    >>> import chainrule
    >>> chainrule.nn.functional.l1_loss(chainrule.tensor([1.0, 2.0]), chainrule.tensor([0.0, 0.0]))
    tensor(1.5000)
    """
    reduction = chosen(reduction, size_average, reduce)
    check_reduction(reduction)
    _warn_of_broadcasting(input, target)
    _check_weights(weight, input)
    return _weighted(abs_(input - target), weight, reduction)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """The mean (or sum, or none) of d²/(2 beta) where d = |input - target| < beta, else of d - beta/2.

    Raises RuntimeError for a negative `beta`; warns when the shapes of input and target differ.

    >>> import chainrule
    >>> chainrule.nn.functional.smooth_l1_loss(chainrule.tensor([0.5, 2.0]), chainrule.zeros(2))
    tensor(0.8125)
    """
    reduction = chosen(reduction, size_average, reduce)
    check_reduction(reduction)
    _warn_of_broadcasting(input, target)
    check_floating("smooth_l1_cpu", input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    gap = input - target
    size = abs_(gap)
    if beta == 0:
        return reduced(size, reduction)
    return reduced(where(size < beta, gap * gap * (0.5 / beta), size - 0.5 * beta), reduction)


def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """The mean (or sum, or none) of d²/2 where d = |input - target| <= delta, else of delta (d - delta/2).

    Raises RuntimeError unless `delta` is positive; warns when the shapes of input and target differ.

    >>> import chainrule
    >>> chainrule.nn.functional.huber_loss(chainrule.tensor([0.5, 2.0]), chainrule.zeros(2))
    tensor(0.8125)
    """
    check_reduction(reduction)
    _warn_of_broadcasting(input, target)
    check_floating("huber_cpu", input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    _check_weights(weight, input)
    gap = input - target
    size = abs_(gap)
    loss = where(size <= delta, gap * gap * 0.5, (size - 0.5 * delta) * delta)
    return reduced(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean (or sum, or none) of -target log(input) - (1 - target) log(1 - input).

    Both are between 0 and 1, else RuntimeError; logarithms are at least -100. `weight` is broadcast. Raises
    ValueError when shapes differ.

    >>> import chainrule
    >>> half = chainrule.tensor([0.5, 0.5])
    >>> chainrule.nn.functional.binary_cross_entropy(half, chainrule.tensor([0.0, 1.0]))
    tensor(0.6931)
    """
    reduction = chosen(reduction, size_average, reduce)
    check_reduction(reduction)
    check_tensors(input, target)
    if input.shape != target.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is "
            "deprecated. Please ensure they have the same size."
        )
    check_floating("binary_cross_entropy", input)
    have, want = dtype_of(target), dtype_of(input)
    if have is not want:
        raise RuntimeError(f"Found dtype {have.title} but expected {want.title}")
    for name, x in (("input", input), ("target", target)):
        values = every(x)
        if not ((values >= 0) & (values <= 1)).all():
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    loss = -(target * clamp(log(input), min=-100) + (1 - target) * clamp(log1p(-input), min=-100))
    return reduced(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """binary_cross_entropy of sigmoid(input), without overflow; `pos_weight` multiplies the target's term.

    `weight` and `pos_weight` are broadcast. Raises ValueError when the shapes of input and target differ.

    >>> import chainrule
    >>> chainrule.nn.functional.binary_cross_entropy_with_logits(chainrule.zeros(2), chainrule.ones(2))
    tensor(0.6931)
    """
    reduction = chosen(reduction, size_average, reduce)
    check_reduction(reduction)
    check_tensors(input, target)
    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    check_floating("log_sigmoid_cpu", input)
    loss = logaddexp(-input, 0.0)  # -log(sigmoid(input))
    if pos_weight is not None:
        loss = loss * ((pos_weight - 1) * target + 1)
    loss = loss + (1 - target) * input
    return reduced(loss if weight is None else loss * weight, reduction)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """The sum of target (log(target) - input), where `input`, and with `log_target` target, holds logarithms.

    `reduction` is "batchmean" (the divergence, averaged over the first axis), "sum", "none" or "mean" (over
    all elements, with torch's warning). Raises RuntimeError for integers and complex numbers.

    >>> import chainrule
    >>> half = chainrule.tensor([[0.5, 0.5]])
    >>> chainrule.nn.functional.kl_div(half.log(), half, reduction="batchmean")
    tensor(0.)
    """
    if size_average is None and reduce is None and reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release."
        )
    reduction = chosen(reduction, size_average, reduce)
    shape = shape_of(input, "kl_div")
    shape_of(target, "kl_div", "target", 2)
    if common_dtype(input, target).is_complex:
        raise RuntimeError("kl_div: Complex inputs not supported.")
    if not (dtype_of(input).is_floating_point and dtype_of(target).is_floating_point):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if log_target:
        loss = exp(target) * (target - input)
    else:
        loss = xlogy(target, target) - target * input
    if reduction == "batchmean":
        return sum_(loss) / shape[0] if shape else sum_(loss)
    return reduced(loss, reduction)


__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "smooth_l1_loss",
]
