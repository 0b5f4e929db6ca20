"""Activations as functions; at kinks their derivatives are torch's."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from chainrule.composed import reduction
from chainrule.composed.arguments import shape_of
from chainrule.composed.arithmetic import abs as abs_
from chainrule.composed.arithmetic import clamp
from chainrule.composed.arithmetic import relu as positive_part
from chainrule.composed.comparison import where
from chainrule.composed.elementary import expm1, logaddexp, sigmoid, tanh
from chainrule.composed.elementary import softplus as smooth_positive_part
from chainrule.composed.operands import dtype_of
from chainrule.composed.shape import reshape
from chainrule.composed.special import erfc
from chainrule.composed.splitting import chunk
from chainrule.composed.views import detach
from chainrule.core.inplace import change
from chainrule.dtypes import finfo
from chainrule.errors import warn

Tensor = Any


def _floating(input: Tensor, function: str, kernel: str) -> Tensor:
    """Return `input` if it is a tensor of floating-point numbers; torch's errors for anything else."""
    shape_of(input, function)
    if not dtype_of(input).is_floating_point:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{dtype_of(input).title}'")
    return input


def _perhaps_in_place(function: Callable[[Tensor], Tensor], input: Tensor, inplace: bool) -> Tensor:
    return change(input, function, name="an activation with inplace=True") if inplace else function(input)


# -- piecewise linear -------------------------------------------------------------------------------


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """input where it is positive, else 0, elementwise; `inplace` writes it into the input.

    >>> import chainrule
    >>> chainrule.nn.functional.relu(chainrule.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    shape_of(input, "relu")
    return _perhaps_in_place(positive_part, input, inplace)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input where it is positive, else `negative_slope * input`, elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.leaky_relu(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])
    """
    _floating(input, "leaky_relu", "leaky_relu_cpu")
    return _perhaps_in_place(lambda x: where(x > 0, x, x * negative_slope), input, inplace)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input where it is positive, else `weight * input`; one weight, or one for each channel (axis 1).

    Raises RuntimeError when the weights are as many as neither, or of another dtype.

    >>> import chainrule
    >>> chainrule.nn.functional.prelu(chainrule.tensor([-1.0, 2.0]), chainrule.tensor([0.5]))
    tensor([-0.5000,  2.0000])
    """
    shape, count = shape_of(input, "prelu"), math.prod(shape_of(weight, "prelu", "weight", 2))
    have, got = dtype_of(input), dtype_of(weight)
    if have is not got:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {have.title} and {got.title}")
    if count == 1:
        factor = reshape(weight, ())
    else:
        channels = shape[1] if len(shape) > 1 else 1
        if count != channels or len(weight.shape) > 1:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{count} and channel size = {channels}."
            )
        factor = reshape(weight, (count, *[1] * (len(shape) - 2)))
    return where(input > 0, input, input * factor)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input where it is greater than `threshold`, else `value`, elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.threshold(chainrule.tensor([0.5, 2.0]), 1.0, 9.0)
    tensor([9., 2.])
    """
    shape_of(input, "threshold")
    return _perhaps_in_place(lambda x: where(x <= threshold, value, x), input, inplace)


def _clipped(x: Tensor, low: float, high: float) -> Tensor:
    """Clamp; at the bounds the derivative is 0, where that of `clamp` is 1."""
    return where((x > low) & (x < high), x, clamp(detach(x), low, high))


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, but at least `min_val` and at most `max_val`, elementwise; ValueError if they cross.

    >>> import chainrule
    >>> chainrule.nn.functional.hardtanh(chainrule.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    shape_of(input, "hardtanh")
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    if not dtype_of(input).is_floating_point:
        min_val, max_val = int(min_val), int(max_val)
    return _perhaps_in_place(lambda x: _clipped(x, min_val, max_val), input, inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """input, but at least 0 and at most 6, elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.relu6(chainrule.tensor([-3.0, 0.5, 7.0]))
    tensor([0.0000, 0.5000, 6.0000])
    """
    shape_of(input, "relu6")
    return _perhaps_in_place(lambda x: _clipped(x, 0, 6), input, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """input / 6 + 1/2, but at least 0 and at most 1, elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.hardsigmoid(chainrule.tensor([-4.0, 0.0, 4.0]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    _floating(input, "hardsigmoid", "hardsigmoid_cpu")
    return _perhaps_in_place(lambda x: _clipped(x + 3, 0, 6) / 6, input, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * hardsigmoid(input), elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.hardswish(chainrule.tensor([-4.0, 0.0, 4.0]))
    tensor([-0.,  0.,  4.])
    """
    _floating(input, "hardswish", "hardswish_cpu")
    # The middle piece alone would have slope -1/2 at -3 and 3/2 at 3, where torch has 0 and 1.
    return _perhaps_in_place(
        lambda x: where((x > -3) & (x < 3), x * (x + 3) / 6, where(x < 0, detach(x) * 0, x)), input, inplace
    )


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input where it is outside [-lambd, lambd], else 0, elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.hardshrink(chainrule.tensor([-1.0, 0.2, 1.0]))
    tensor([-1.,  0.,  1.])
    """
    _floating(input, "hardshrink", "hardshrink_cpu")
    return where((input >= -lambd) & (input <= lambd), 0.0, input)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input moved by `lambd` towards 0, and 0 within [-lambd, lambd], elementwise.

    Raises RuntimeError for a negative `lambd`.

    >>> import chainrule
    >>> chainrule.nn.functional.softshrink(chainrule.tensor([-1.0, 0.2, 1.0]))
    tensor([-0.5000,  0.0000,  0.5000])
    """
    _floating(input, "softshrink", "softshrink_check")
    if not lambd >= 0:
        dtype = dtype_of(input)
        raise RuntimeError(
            f"lambda must be in range [0, {finfo(dtype).max:g}] for input dtype {dtype.title}, "
            f"but found {lambd:g}"
        )
    return where(input > lambd, input - lambd, where(input < -lambd, input + lambd, input * 0))


# -- smooth -----------------------------------------------------------------------------------------


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else `alpha * (exp(input) - 1)`, elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.elu(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    _floating(input, "elu", "elu_cpu")
    return _perhaps_in_place(lambda x: where(x > 0, x, expm1(x) * alpha), input, inplace)


_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """1.0507 * elu(input, 1.6733), elementwise: keeps mean 0 and variance 1 from layer to layer.

    >>> import chainrule
    >>> chainrule.nn.functional.selu(chainrule.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    _floating(input, "selu", "elu_cpu")
    return _perhaps_in_place(
        lambda x: where(x > 0, x * _SELU_SCALE, expm1(x) * (_SELU_ALPHA * _SELU_SCALE)), input, inplace
    )


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input where it is positive, else `alpha * (exp(input / alpha) - 1)`, elementwise.

    Raises RuntimeError for an `alpha` of 0.

    >>> import chainrule
    >>> chainrule.nn.functional.celu(chainrule.tensor([-1.0, 2.0]), alpha=2.0)
    tensor([-0.7869,  2.0000])
    """
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    _floating(input, "celu", "elu_cpu")
    return _perhaps_in_place(lambda x: where(x > 0, x, expm1(x / alpha) * alpha), input, inplace)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """input times the normal distribution function of it, elementwise; needs SciPy.

    With `approximate="tanh"` by a formula that needs no SciPy. Raises RuntimeError for another word.

    >>> import chainrule
    >>> chainrule.nn.functional.gelu(chainrule.tensor([-1.0, 2.0]), approximate="tanh")
    tensor([-0.1588,  1.9546])
    """
    _floating(input, "gelu", "GeluKernelImpl")
    if approximate == "none":
        return input * 0.5 * erfc(input * -math.sqrt(0.5))
    if approximate == "tanh":
        inner = (input + 0.044715 * input * input * input) * math.sqrt(2 / math.pi)
        return 0.5 * input * (1 + tanh(inner))
    raise RuntimeError("approximate argument must be either none or tanh.")


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input * sigmoid(input), elementwise (also called swish).

    >>> import chainrule
    >>> chainrule.nn.functional.silu(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    _floating(input, "silu", "silu_cpu")
    return _perhaps_in_place(lambda x: x * sigmoid(x), input, inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)), elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.mish(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    _floating(input, "mish", "mish_cpu")
    return _perhaps_in_place(lambda x: x * tanh(smooth_positive_part(x)), input, inplace)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta * input)) / beta, elementwise; input itself where beta * input > threshold.

    >>> import chainrule
    >>> chainrule.nn.functional.softplus(chainrule.tensor([-1.0, 30.0]))
    tensor([ 0.3133, 30.0000])
    """
    shape_of(input, "softplus")
    return smooth_positive_part(input, beta=beta, threshold=threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(input)), elementwise, without underflow.

    >>> import chainrule
    >>> chainrule.nn.functional.logsigmoid(chainrule.tensor([-1000.0, 0.0]))
    tensor([-1.0000e+03, -6.9315e-01])
    """
    _floating(input, "log_sigmoid", "log_sigmoid_cpu")
    return -logaddexp(-input, 0.0)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|), elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.softsign(chainrule.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    return input / (abs_(input) + 1)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input), elementwise.

    >>> import chainrule
    >>> chainrule.nn.functional.tanhshrink(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.2384,  1.0360])
    """
    return input - tanh(input)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """One half of the input times the sigmoid of the other half along `dim`, of even length.

    >>> import chainrule
    >>> chainrule.nn.functional.glu(chainrule.tensor([1.0, 2.0, 0.0, 0.0]))
    tensor([0.5000, 1.0000])
    """
    shape = shape_of(input, "glu")
    if not shape:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    _floating(input, "glu", "glu_cpu")
    if shape[dim] % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim % len(shape)} is size {shape[dim]}"
        )
    left, right = chunk(input, 2, dim)
    return left * sigmoid(right)


# -- softmax ----------------------------------------------------------------------------------------


def _softmax_dim(name: str, input: Tensor, dim: int | None) -> int:
    if dim is not None:
        return dim
    warn(
        f"Implicit dimension choice for {name} has been deprecated. "
        "Change the call to include dim=X as an argument."
    )
    return 0 if len(input.shape) in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """exp(input) / sum(exp(input)) along `dim`; without a `dim` it is guessed, with a warning.

    >>> import chainrule
    >>> chainrule.nn.functional.softmax(chainrule.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return reduction.softmax(input, _softmax_dim("softmax", input, dim), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The softmax of -input along `dim`; without a `dim` it is guessed, with a warning.

    >>> import chainrule
    >>> chainrule.nn.functional.softmin(chainrule.tensor([1.0, 2.0]), dim=0)
    tensor([0.7311, 0.2689])
    """
    return reduction.softmax(-input, _softmax_dim("softmin", input, dim), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """The logarithm of the softmax along `dim`; without a `dim` it is guessed, with a warning.

    >>> import chainrule
    >>> chainrule.nn.functional.log_softmax(chainrule.tensor([0.0, 0.0]), dim=0)
    tensor([-0.6931, -0.6931])
    """
    return reduction.log_softmax(input, _softmax_dim("log_softmax", input, dim), dtype)


__all__ = [
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]
