"""Normalisation by mean and variance, as functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.composed.arithmetic import rsqrt
from chainrule.composed.operands import dtype_of
from chainrule.composed.reduction import mean, var
from chainrule.composed.shape import reshape
from chainrule.core.inplace import write
from chainrule.core.tensor import TensorBase, array_of
from chainrule.size import Size

Tensor = Any


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(input - mean) / sqrt(variance + eps) * weight + bias, over the last axes, of `normalized_shape`.

    Raises RuntimeError when shapes do not fit.

    >>> import chainrule
    >>> chainrule.nn.functional.layer_norm(chainrule.tensor([1.0, 3.0]), (2,))
    tensor([-1.0000,  1.0000])
    """
    shape = shape_of(input, "layer_norm")
    if isinstance(normalized_shape, int):
        raise TypeError(
            "layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int"
        )
    sizes = tuple(normalized_shape)
    _check_layer_norm(input, shape, sizes, weight, bias)
    axes = tuple(range(-len(sizes), 0))
    y = (input - mean(input, axes, keepdim=True)) * rsqrt(var(input, axes, correction=0, keepdim=True) + eps)
    if weight is not None:
        y = y * weight
    return y if bias is None else y + bias


def _check_layer_norm(
    input: Tensor, shape: tuple[int, ...], sizes: tuple[int, ...], weight: Any, bias: Any
) -> None:
    if not sizes:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, "
            "but got normalized_shape = []"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and tuple(x.shape) != sizes:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(x.shape)} and normalized_shape = {list(sizes)}"
            )
    if shape[-len(sizes) :] != sizes:
        wanted = ", ".join(["*", *map(str, sizes)])
        raise RuntimeError(
            f"Given normalized_shape={list(sizes)}, expected input with shape [{wanted}], but got input of "
            f"size{list(shape)}"
        )
    dtype = dtype_of(input)
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"LayerNormKernelImpl\" not implemented for '{dtype.title}'")
    if any(x is not None and dtype_of(x) is not dtype for x in (weight, bias)):
        raise RuntimeError(f"mixed dtype (CPU): expect parameter to have scalar type of {dtype.title}")


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(input - mean) / sqrt(variance + eps) * weight + bias for each channel (axis 1).

    In training, mean and variance are the input's, and the running ones, if given, move towards them by
    `momentum`, in place; else they are the running ones. Raises ValueError when there is but one value
    per channel in training, RuntimeError when shapes or dtypes do not fit.

    >>> import chainrule
    >>> chainrule.nn.functional.batch_norm(chainrule.tensor([[1.0], [3.0]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    shape = shape_of(input, "batch_norm")
    running = {"running_mean": running_mean, "running_var": running_var}
    _check_batch_norm(input, shape, {**running, "weight": weight, "bias": bias}, training)
    axes = (0, *range(2, len(shape)))
    along = (1, -1, *[1] * (len(shape) - 2))
    if training:
        centre, spread = mean(input, axes, keepdim=True), var(input, axes, correction=0, keepdim=True)
        count = math.prod(shape) // shape[1]
        for old, new in ((running_mean, centre), (running_var, spread)):
            if old is not None:
                factor = count / (count - 1) if new is spread else 1.0
                _move(old, np.reshape(new._value, -1) * factor, momentum)
    else:
        centre, spread = reshape(running_mean, along), reshape(running_var, along)
    y = (input - centre) * rsqrt(spread + eps)
    if weight is not None:
        y = y * reshape(weight, along)
    return y if bias is None else y + reshape(bias, along)


def _move(old: TensorBase, new: Any, momentum: float) -> None:
    """Let a running statistic take over `momentum` of a new one, in place."""
    value = array_of(old)
    write(old, (value * (1 - momentum) + new * momentum).astype(value.dtype))


def _check_batch_norm(input: Tensor, shape: tuple[int, ...], given: dict[str, Any], training: bool) -> None:
    if training and math.prod(shape) == shape[1]:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {Size(shape)}"
        )
    for name, x in given.items():
        if x is None:
            if not training and name.startswith("running"):
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif math.prod(x.shape) != shape[1]:
            raise RuntimeError(f"{name} should contain {shape[1]} elements not {math.prod(x.shape)}")
    dtype = dtype_of(input)
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"batch_norm\" not implemented for '{dtype.title}'")
    if any(x is not None and dtype_of(x) is not dtype for x in given.values()):
        raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


__all__ = ["batch_norm", "layer_norm"]
