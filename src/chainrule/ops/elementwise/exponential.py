"""Exponentials, logarithms and their relatives."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import elementwise

Array = Any


@elementwise(promotion="float", x=lambda y: y)
def exp(x: Array) -> Array:
    """e raised to x.

    >>> import chainrule
    >>> chainrule.exp(chainrule.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    return np.exp(x)


@elementwise(promotion="float", x=lambda x: cos(x))
def sin(x: Array) -> Array:
    return np.sin(x)


@elementwise(promotion="float", x=lambda x: -sin(x))
def cos(x: Array) -> Array:
    return np.cos(x)


@elementwise(promotion="float", x=lambda y: 1 - y * y)
def tanh(x: Array) -> Array:
    return np.tanh(x)
