"""Exponential, trigonometric and hyperbolic functions, as torch offers them."""

from __future__ import annotations

from typing import Any

from chainrule.composed import arithmetic
from chainrule.ops.elementwise import exponential
from chainrule.ops.elementwise.exponential import (
    exp,
    exp2,
    expm1,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    sigmoid,
    softplus,
    xlogy,
)
from chainrule.ops.elementwise.trigonometric import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    deg2rad,
    rad2deg,
    sin,
    sinc,
    sinh,
    tan,
    tanh,
)

arcsin, arccos, arctan, arctan2 = asin, acos, atan, atan2
arcsinh, arccosh, arctanh = asinh, acosh, atanh


def logit(input: Any, eps: float | None = None) -> Any:
    """log(x / (1 - x)), elementwise: the inverse of sigmoid; real only.

    With `eps` the input is first clamped to [eps, 1 - eps]; where that changes it the slope is 0.

    >>> import chainrule
    >>> chainrule.logit(chainrule.tensor([0.5, 1.0]), eps=0.1)
    tensor([0.0000, 2.1972])
    """
    return exponential.logit(input if eps is None else arithmetic.clamp(input, eps, 1 - eps))


__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logit",
    "rad2deg",
    "sigmoid",
    "sin",
    "sinc",
    "sinh",
    "softplus",
    "tan",
    "tanh",
    "xlogy",
]

METHODS = [name for name in __all__ if name != "softplus"]
IN_PLACE = [name for name in METHODS if not name.startswith("logaddexp")]
