"""torch.nn.init: fill tensors in place with the values that layers start from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.core.modes import no_grad
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.errors import warn
from chainrule.random import Generator, default_generator

Tensor = Any

_LINEAR = (
    "linear",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "sigmoid",
)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return the factor by which an activation's weights are larger than those of a linear map.

    `param` is the slope of "leaky_relu" (0.01). Raises ValueError for an unknown name or a bad slope.

    >>> import chainrule
    >>> chainrule.nn.init.calculate_gain("relu")
    1.4142135623730951
    """
    if nonlinearity in _LINEAR:
        return 1
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "leaky_relu":
        if param is None:
            return math.sqrt(2.0 / (1 + 0.01**2))
        if isinstance(param, bool) or not isinstance(param, (int, float)):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + param**2))
    if nonlinearity == "selu":
        return 3.0 / 4  # found by trial
    raise ValueError(f"Unsupported nonlinearity {nonlinearity}")


# -- distributions and constants --------------------------------------------------------------------


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with samples of the uniform distribution on [a, b); returns the tensor.

    >>> import chainrule
    >>> chainrule.nn.init.uniform_(chainrule.zeros(2), 3.0, 3.0)
    tensor([3., 3.])
    """
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Fill with samples of a normal distribution; returns the tensor.

    >>> import chainrule
    >>> chainrule.nn.init.normal_(chainrule.zeros(2), 3.0, 0.0)
    tensor([3., 3.])
    """
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Fill with samples of a normal distribution, those outside [a, b] drawn again; returns the tensor.

    Warns when the mean is more than two standard deviations outside.

    >>> import chainrule
    >>> chainrule.nn.init.trunc_normal_(chainrule.zeros(100)).abs().max() <= 2
    tensor(True)
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect."
        )
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a:g} > to={b:g}")
    stream = (generator or default_generator).stream
    return _assign(tensor, _truncated(stream, tensor._value.shape, mean, std, a, b))


def _truncated(stream: Any, shape: Any, mean: float, std: float, a: float, b: float) -> Any:
    """Return samples of a truncated normal distribution by rejection."""
    low, high = (math.erf((bound - mean) / std / math.sqrt(2.0)) for bound in (a, b))
    nearest = (min(max(mean, a), b) - mean) / std
    samples = np.empty(math.prod(shape))
    waiting = np.arange(samples.size)
    while waiting.size:
        if high - low > 0.5:  # a quarter or more of the normal samples lie between the bounds
            drawn = mean + std * stream.standard_normal(waiting.size)
            accepted = (drawn >= a) & (drawn <= b)
        else:
            drawn = stream.uniform(a, b, waiting.size)
            density = np.exp((nearest**2 - ((drawn - mean) / std) ** 2) / 2)
            accepted = stream.random(waiting.size) <= density
        samples[waiting] = drawn
        waiting = waiting[~accepted]
    return samples.reshape(shape)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with a number; returns the tensor.

    >>> import chainrule
    >>> chainrule.nn.init.constant_(chainrule.zeros(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones; returns the tensor.

    >>> import chainrule
    >>> chainrule.nn.init.ones_(chainrule.zeros(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros; returns the tensor.

    >>> import chainrule
    >>> chainrule.nn.init.zeros_(chainrule.ones(2))
    tensor([0., 0.])
    """
    with no_grad():
        return tensor.zero_()


def _assign(tensor: TensorBase, values: Any) -> Tensor:
    with no_grad():
        return tensor.copy_(wrap(np.asarray(values)))


def eye_(tensor: Tensor) -> Tensor:
    """Make a matrix the identity (ones on its diagonal, else zeros); returns the tensor.

    Raises ValueError unless it has two axes.

    >>> import chainrule
    >>> chainrule.nn.init.eye_(chainrule.zeros(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return _assign(tensor, np.eye(*tensor.shape))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Make convolution weights (3 to 5 axes) that pass on as many channels as they can; returns the tensor.

    Raises ValueError for other numbers of axes, and when the first is not divisible by `groups`.

    >>> import chainrule
    >>> chainrule.nn.init.dirac_(chainrule.zeros(2, 2, 3))[1]
    tensor([[0., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    sizes = tuple(tensor.shape)
    if sizes[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    channels = sizes[0] // groups
    values = np.zeros(sizes)
    middle = tuple(n // 2 for n in sizes[2:])
    for group in range(groups):
        for d in range(min(channels, sizes[1])):
            values[(group * channels + d, d, *middle)] = 1
    return _assign(tensor, values)


# -- by the number of inputs and outputs ------------------------------------------------------------


def _calculate_fan_in_and_fan_out(tensor: TensorBase) -> tuple[int, int]:
    """Return how many inputs each output has, and outputs each input."""
    shape = tensor._value.shape
    if len(shape) < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with uniform samples of deviation gain * sqrt(2 / (fan_in + fan_out)); returns the tensor.

    Raises ValueError for fewer than two axes.

    >>> import chainrule
    >>> chainrule.nn.init.xavier_uniform_(chainrule.empty(3, 3)).abs().max() <= 1
    tensor(True)
    """
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Fill with normal samples of deviation gain * sqrt(2 / (fan_in + fan_out)); returns the tensor.

    Raises ValueError for fewer than two axes.

    >>> import chainrule
    >>> chainrule.nn.init.xavier_normal_(chainrule.empty(3, 3), gain=0.0).abs().max()
    tensor(0.)
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor))), generator)


def _kaiming_std(tensor: TensorBase, a: float, mode: str, nonlinearity: str) -> float:
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode.lower()} not supported, please use one of {modes}")
    fan = _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _is_empty(tensor: TensorBase) -> bool:
    if 0 not in tensor._value.shape:
        return False
    warn("Initializing zero-element tensors is a no-op")
    return True


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with uniform samples of standard deviation gain / sqrt(fan); returns the tensor.

    The gain is that of `nonlinearity` with parameter `a`, the fan that of `mode` ("fan_in" or "fan_out").
    Raises ValueError for fewer than two axes or unknown words.

    >>> import chainrule
    >>> chainrule.nn.init.kaiming_uniform_(chainrule.empty(3, 6)).abs().max() <= 1
    tensor(True)
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Fill with normal samples of standard deviation gain / sqrt(fan); returns the tensor.

    The gain is that of `nonlinearity` with parameter `a`, the fan that of `mode` ("fan_in" or "fan_out").
    Raises ValueError for fewer than two axes or unknown words.

    >>> import chainrule
    >>> chainrule.nn.init.kaiming_normal_(chainrule.empty(3, 6)).shape
    chainrule.Size([3, 6])
    """
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """Fill with a random matrix of orthonormal rows or columns, times `gain`; returns the tensor.

    Axes after the first count as columns. Raises ValueError for fewer than two axes.

    >>> import chainrule
    >>> w = chainrule.nn.init.orthogonal_(chainrule.empty(2, 3))
    >>> chainrule.allclose(w @ w.T, chainrule.eye(2), atol=1e-5)
    True
    """
    shape = tensor._value.shape
    if len(shape) < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if 0 in shape:
        return tensor
    rows, columns = shape[0], math.prod(shape[1:])
    flat = wrap(np.empty((rows, columns), np.float64))
    samples = array_of(normal_(flat, 0, 1, generator))
    q, r = np.linalg.qr(samples.T if rows < columns else samples)
    q = q * np.sign(np.diagonal(r))  # so that all orthogonal matrices are equally likely
    return _assign(tensor, gain * (q.T if rows < columns else q).reshape(shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Fill a matrix with normal samples, but a fraction of each column with zeros; returns the tensor.

    Raises ValueError unless it has two axes.

    >>> import chainrule
    >>> (chainrule.nn.init.sparse_(chainrule.empty(4, 2), sparsity=0.5) == 0).sum(0)
    tensor([2, 2])
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    stream = (generator or default_generator).stream
    normal_(tensor, 0, std, generator)
    mask = np.ones((rows, columns))
    for column in range(columns):
        mask[stream.permutation(rows)[:zeros], column] = 0
    return _assign(tensor, array_of(tensor) * mask)


__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]
