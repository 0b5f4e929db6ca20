"""Losses of scores against classes, as functions."""

from __future__ import annotations

import math
from typing import Any

from chainrule.composed.arguments import shape_of
from chainrule.composed.comparison import where
from chainrule.composed.indexing import getitem
from chainrule.composed.operands import dtype_of
from chainrule.composed.reduction import log_softmax, mean
from chainrule.composed.reduction import sum as sum_
from chainrule.composed.shape import reshape, unsqueeze
from chainrule.nn.functional.reductions import check_class_weights, check_reduction, chosen
from chainrule.ops.indexing import every
from chainrule.ops.scattering import gather
from chainrule.ops.structure import cast

Tensor = Any
Shape = tuple[int, ...]


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean (or sum, or none) of -input[i, target[i]], the input holding the logarithms of probabilities.

    The input is (C), (N, C) or (N, C, ...), the target has class indices without the axis C; those equal to
    `ignore_index` do not count. `weight` (C) weighs classes, also in the mean. Raises IndexError for a
    class out of range, RuntimeError or ValueError when shapes or dtypes do not fit.

    >>> import chainrule
    >>> scores = chainrule.tensor([[-0.1, -2.0], [-3.0, -0.5]])
    >>> chainrule.nn.functional.nll_loss(scores, chainrule.tensor([0, 1]))
    tensor(0.3000)
    """
    reduction = chosen(reduction, size_average, reduce)
    check_reduction(reduction)
    shape, classes = _checked(input, target, weight)
    rows = input if len(shape) > 1 else reshape(input, (1, *shape))
    places = reshape(target, (rows.shape[0], *rows.shape[2:])).long()
    kept = _counted(places, classes, ignore_index)
    loss, weights = _picked(rows, places, kept, weight)
    if reduction == "mean":
        return mean(loss) if weights is None else sum_(loss) / sum_(weights)
    return sum_(loss) if reduction == "sum" else reshape(loss, tuple(target.shape))


def _counted(places: Any, classes: int, ignore_index: int) -> Any:
    """Return which targets count, None if all do; IndexError for a class that does not exist."""
    values = every(places)
    kept = values != ignore_index
    wrong = kept & ((values < 0) | (values >= classes))
    if wrong.any():
        raise IndexError(f"Target {values[wrong][0]} is out of bounds.")
    return None if kept.all() else places != ignore_index


def _picked(rows: Tensor, places: Any, kept: Any, weight: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Return the losses of all targets, weighted, and the weights (None if all are 1)."""
    if kept is not None:
        places = where(kept, places, 0)
    loss = -reshape(gather(rows, unsqueeze(places, 1), dim=1), places.shape)
    weights = None
    if weight is not None:
        weights = getitem(weight, places)
        loss = loss * weights
    if kept is not None:
        loss = where(kept, loss, 0.0)
        weights = cast(kept, dtype=dtype_of(rows).numpy) * (1 if weights is None else weights)
    return loss, weights


def _checked(input: Tensor, target: Tensor, weight: Tensor | None) -> tuple[Shape, int]:
    """Return the shape of the input and the number of classes, after torch's checks."""
    shape, targets = shape_of(input, "nll_loss"), shape_of(target, "nll_loss", "target", 2)
    if not shape:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    classes = shape[0] if len(shape) == 1 else shape[1]
    if len(shape) > 1 and targets and shape[0] != targets[0]:
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({targets[0]}).")
    if len(shape) < 3 and len(targets) > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    expected = (shape[0], *shape[2:]) if len(shape) > 1 else ()
    if len(shape) > 1 and targets != expected:
        if len(shape) == 4:
            raise RuntimeError(f"size mismatch (got input: {list(shape)} , target: {list(targets)}")
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(targets)}")
    if len(shape) == 1 and math.prod(targets) != 1:
        raise RuntimeError(
            "For 1D input, 1D target must have size 1, but got target size: " + str(math.prod(targets))
        )
    dtype = dtype_of(input)
    if dtype_of(target).name not in ("int64", "uint8"):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {dtype_of(target).title}")
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"nll_loss_out_frame\" not implemented for '{dtype.title}'")
    check_class_weights(weight, classes, dtype)
    return shape, classes


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """The negative logarithm of the probability that scores give to the target; softmax included.

    The input is (C), (N, C) or (N, C, ...). The target has class indices without the axis C, or
    probabilities in the input's shape. `weight` (C) weighs classes; targets equal to `ignore_index` do not
    count; `label_smoothing` mixes the target with the uniform distribution. Raises IndexError for a class out
    of range, RuntimeError or ValueError when shapes or dtypes do not fit.

    >>> import chainrule
    >>> chainrule.nn.functional.cross_entropy(chainrule.zeros(1, 2), chainrule.tensor([1]))
    tensor(0.6931)
    """
    reduction = chosen(reduction, size_average, reduce)
    check_reduction(reduction)
    shape = shape_of(input, "cross_entropy_loss")
    targets = shape_of(target, "cross_entropy_loss", "target", 2)
    if label_smoothing > 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    dim = 0 if len(shape) == 1 else 1
    if shape and shape == targets:
        return _of_probabilities(input, target, weight, ignore_index, reduction, label_smoothing, dim)
    scores = log_softmax(input, dim) if shape else input
    nll = nll_loss(scores, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing <= 0.0:
        return nll
    smooth = _uniform_part(scores, target, weight, ignore_index, reduction, dim)
    return nll * (1 - label_smoothing) + smooth * (label_smoothing / shape[dim])


def _along(weight: Tensor, shape: Shape, dim: int) -> Tensor:
    return reshape(weight, (-1, *[1] * (len(shape) - dim - 1)))


def _uniform_part(
    scores: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, dim: int
) -> Tensor:
    """Return the loss against all classes alike, without the factor 1 / C."""
    kept = target.long() != ignore_index
    loss = -sum_(scores if weight is None else scores * _along(weight, scores.shape, dim), dim)
    loss = where(kept, loss, 0.0)
    if reduction == "none":
        return loss
    if reduction == "sum":
        return sum_(loss)
    if weight is None:
        return sum_(loss) / sum_(kept)
    return sum_(loss) / sum_(getitem(weight, where(kept, target.long(), 0)) * kept)


def _of_probabilities(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
    dim: int,
) -> Tensor:
    dtype = dtype_of(target)
    if not dtype.is_floating_point:
        raise RuntimeError(
            f"Expected floating point type for target with class probabilities, got {dtype.title}"
        )
    if ignore_index >= 0:
        raise RuntimeError("ignore_index is not supported for floating point target")
    classes = input.shape[dim]
    check_class_weights(weight, classes, dtype_of(input), "cross_entropy: ")
    if label_smoothing > 0.0:
        target = target * (1 - label_smoothing) + label_smoothing / classes
    terms = log_softmax(input, dim) * target
    loss = -sum_(terms if weight is None else terms * _along(weight, input.shape, dim), dim)
    if reduction == "none":
        return loss
    total = sum_(loss)
    return total if reduction == "sum" else total / max(math.prod(loss.shape), 1)


__all__ = ["cross_entropy", "nll_loss"]
