"""From the losses of elements to the loss: what all losses have in common."""

from __future__ import annotations

from typing import Any

from chainrule.composed.operands import common_dtype, dtype_of
from chainrule.composed.reduction import mean
from chainrule.composed.reduction import sum as sum_
from chainrule.core.tensor import TensorBase
from chainrule.errors import warn

Tensor = Any


def chosen(reduction: str, size_average: bool | None, reduce: bool | None) -> str:
    """Return the reduction that torch's two old arguments ask for, with its warning; else `reduction`."""
    if size_average is None and reduce is None:
        return reduction
    found = "none" if reduce is False else "sum" if size_average is False else "mean"
    warn(f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.")
    return found


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """Return the mean or the sum of the elements' losses, or the losses; ValueError for another word."""
    check_reduction(reduction)
    if reduction == "mean":
        return mean(loss)
    return sum_(loss) if reduction == "sum" else loss


def check_reduction(reduction: str) -> None:
    """Raise ValueError, in torch's words, for a reduction that does not exist."""
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def check_tensors(*tensors: Any) -> None:
    """Raise torch's error for an argument that is no tensor."""
    for x in tensors:
        if not isinstance(x, TensorBase):
            raise AttributeError(
                f"'{type(x).__name__}' object has no attribute 'size': a loss compares tensors"
            )


def check_floating(kernel: str, *tensors: Tensor) -> None:
    """Raise NotImplementedError, in torch's words, unless the tensors promote to a floating-point dtype."""
    dtype = common_dtype(*tensors)
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype.title}'")


def check_class_weights(weight: Tensor | None, classes: int, dtype: Any, function: str = "") -> None:
    """Raise RuntimeError, in torch's words, unless there is a weight for every class."""
    if weight is None:
        return
    if tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"{function}weight tensor should be defined either for all {classes} classes or no classes but "
            f"got weight tensor of shape: {list(weight.shape)}"
        )
    if dtype_of(weight) is not dtype:
        raise RuntimeError(f"expected scalar type {dtype.title} but found {dtype_of(weight).title}")
