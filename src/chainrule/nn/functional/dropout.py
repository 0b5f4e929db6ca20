"""Dropout as a function."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.composed.arguments import shape_of
from chainrule.composed.operands import dtype_of
from chainrule.core.inplace import change
from chainrule.core.tensor import wrap
from chainrule.drawing import draws
from chainrule.random import default_generator

Tensor = Any


def check_probability(p: float) -> None:
    """Raise ValueError, in torch's words, unless p is a probability."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set elements to 0 with probability p, and divide the others by 1 - p; nothing unless `training`.

    Raises ValueError unless p is a probability.

    >>> import chainrule
    >>> chainrule.nn.functional.dropout(chainrule.ones(2), p=0.5, training=False)
    tensor([1., 1.])
    """
    shape = shape_of(input, "dropout")
    check_probability(p)
    if not training or p == 0.0:
        return input
    dtype = dtype_of(input)
    if not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"result type Float can't be cast to the desired output type {dtype.title}")
    factor = dropout_factor(shape, p, dtype.numpy)
    if inplace:
        return change(input, lambda x: x * factor, name="dropout with inplace=True")
    return input * factor


@draws
def dropout_factor(shape: tuple[int, ...], p: float, dtype: Any) -> Tensor:
    """Return what dropout multiplies by: 0 with probability p, else 1 / (1 - p)."""
    kept = default_generator.stream.random(shape, np.float32) >= p
    return wrap((kept * (1 / (1 - p) if p < 1 else 0.0)).astype(dtype))


__all__ = ["dropout"]
