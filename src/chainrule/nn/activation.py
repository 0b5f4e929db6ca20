"""Activations as modules; the functions behind them are in `nn.functional`."""

from __future__ import annotations

from typing import Any

from chainrule import creation
from chainrule.errors import warn
from chainrule.nn import functional as F  # noqa: N812 (as everybody calls it)
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter

Tensor = Any


class _InPlace(Module):
    """An activation without parameters that may overwrite its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Return whether the input is overwritten, if it is."""
        return "inplace=True" if self.inplace else ""


def _also_in_place(text: str, inplace: bool) -> str:
    return text + (", inplace=True" if inplace else "")


class ReLU(_InPlace):
    """input where it is positive, else 0.

    >>> import chainrule
    >>> chainrule.nn.ReLU()(chainrule.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.relu(input, self.inplace)


class SELU(_InPlace):
    """1.0507 * elu(input, 1.6733): keeps mean 0 and variance 1 from layer to layer.

    >>> import chainrule
    >>> chainrule.nn.SELU()(chainrule.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.selu(input, self.inplace)


class SiLU(_InPlace):
    """input * sigmoid(input), also called swish.

    >>> import chainrule
    >>> chainrule.nn.SiLU()(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """input * tanh(softplus(input)).

    >>> import chainrule
    >>> chainrule.nn.Mish()(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.mish(input, self.inplace)


class Hardsigmoid(_InPlace):
    """input / 6 + 1/2, but at least 0 and at most 1.

    >>> import chainrule
    >>> chainrule.nn.Hardsigmoid()(chainrule.tensor([-4.0, 0.0]))
    tensor([0.0000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        """Return nothing, as in torch."""
        return ""


class Hardswish(_InPlace):
    """input * hardsigmoid(input).

    >>> import chainrule
    >>> chainrule.nn.Hardswish()(chainrule.tensor([-4.0, 4.0]))
    tensor([-0.,  4.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.hardswish(input, self.inplace)

    def extra_repr(self) -> str:
        """Return nothing, as in torch."""
        return ""


class Sigmoid(Module):
    """1 / (1 + exp(-input)).

    >>> import chainrule
    >>> chainrule.nn.Sigmoid()(chainrule.tensor([0.0, 1.0]))
    tensor([0.5000, 0.7311])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.sigmoid(input)


class LogSigmoid(Module):
    """log(sigmoid(input)), without underflow.

    >>> import chainrule
    >>> chainrule.nn.LogSigmoid()(chainrule.tensor([0.0, 1.0]))
    tensor([-0.6931, -0.3133])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent.

    >>> import chainrule
    >>> chainrule.nn.Tanh()(chainrule.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.tanh(input)


class Softsign(Module):
    """input / (1 + |input|).

    >>> import chainrule
    >>> chainrule.nn.Softsign()(chainrule.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.softsign(input)


class Tanhshrink(Module):
    """input - tanh(input).

    >>> import chainrule
    >>> chainrule.nn.Tanhshrink()(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.2384,  1.0360])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.tanhshrink(input)


class LeakyReLU(Module):
    """input where it is positive, else `negative_slope * input`.

    >>> import chainrule
    >>> chainrule.nn.LeakyReLU()(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        """Return the settings."""
        return _also_in_place(f"negative_slope={self.negative_slope}", self.inplace)


class ELU(Module):
    """input where it is positive, else `alpha * (exp(input) - 1)`.

    >>> import chainrule
    >>> chainrule.nn.ELU()(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Return the settings."""
        return _also_in_place(f"alpha={self.alpha}", self.inplace)


class CELU(Module):
    """input where it is positive, else `alpha * (exp(input / alpha) - 1)`.

    >>> import chainrule
    >>> chainrule.nn.CELU()(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        """Return the settings."""
        return _also_in_place(f"alpha={self.alpha}", self.inplace)


class Threshold(Module):
    """input where it is greater than `threshold`, else `value`.

    >>> import chainrule
    >>> chainrule.nn.Threshold(1.0, 9.0)(chainrule.tensor([-1.0, 2.0]))
    tensor([9., 2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        """Return the settings."""
        return _also_in_place(f"threshold={self.threshold}, value={self.value}", self.inplace)


class GELU(Module):
    """input times the normal distribution function of it: needs SciPy, unless `approximate="tanh"`.

    >>> import chainrule
    >>> chainrule.nn.GELU("tanh")(chainrule.tensor([-1.0, 2.0]))
    tensor([-0.1588,  1.9546])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + exp(beta * input)) / beta; input itself where beta * input > threshold.

    >>> import chainrule
    >>> chainrule.nn.Softplus()(chainrule.tensor([-1.0, 30.0]))
    tensor([ 0.3133, 30.0000])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"beta={self.beta}, threshold={self.threshold}"


class Hardshrink(Module):
    """input where it is outside [-lambd, lambd], else 0.

    >>> import chainrule
    >>> chainrule.nn.Hardshrink()(chainrule.tensor([-1.0, 0.2]))
    tensor([-1.,  0.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Return the settings."""
        return str(self.lambd)


class Softshrink(Module):
    """input moved by `lambd` towards 0, and 0 within [-lambd, lambd].

    >>> import chainrule
    >>> chainrule.nn.Softshrink()(chainrule.tensor([-1.0, 0.2]))
    tensor([-0.5000,  0.0000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        """Return the settings."""
        return str(self.lambd)


class GLU(Module):
    """One half of the input times the sigmoid of the other half along `dim`, of even length.

    >>> import chainrule
    >>> chainrule.nn.GLU()(chainrule.tensor([2.0, 0.0]))
    tensor([1.])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function along the axis."""
        return F.glu(input, self.dim)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"dim={self.dim}"


class Softmax(Module):
    """exp(input) / sum(exp(input)) along `dim`; without a `dim` it is guessed, with a warning.

    >>> import chainrule
    >>> chainrule.nn.Softmax(dim=0)(chainrule.tensor([0.0, 0.0]))
    tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function along the axis."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"dim={self.dim}"


class Softmin(Module):
    """The softmax of -input along `dim`; without a `dim` it is guessed, with a warning.

    >>> import chainrule
    >>> chainrule.nn.Softmin(dim=0)(chainrule.tensor([1.0, 2.0]))
    tensor([0.7311, 0.2689])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function along the axis."""
        return F.softmin(input, self.dim)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """The logarithm of the softmax along `dim`; without a `dim` it is guessed, with a warning.

    >>> import chainrule
    >>> chainrule.nn.LogSoftmax(dim=0)(chainrule.tensor([0.0, 0.0]))
    tensor([-0.6931, -0.6931])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function along the axis."""
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"dim={self.dim}"


class Hardtanh(Module):
    """input, but at least `min_val` and at most `max_val`; AssertionError unless they are in this order.

    >>> import chainrule
    >>> chainrule.nn.Hardtanh()(chainrule.tensor([-3.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        self.min_val = _renamed("min", min_value, min_val)
        self.max_val = _renamed("max", max_value, max_val)
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise AssertionError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        """Return the settings."""
        return _also_in_place(f"min_val={self.min_val}, max_val={self.max_val}", self.inplace)


def _renamed(name: str, old: float | None, new: float) -> float:
    if old is None:
        return new
    warn(f"keyword argument `{name}_value` is deprecated and renamed to `{name}_val`", FutureWarning)
    return old


class ReLU6(_InPlace):
    """input, but at least 0 and at most 6.

    >>> import chainrule
    >>> chainrule.nn.ReLU6()(chainrule.tensor([-3.0, 7.0]))
    tensor([0., 6.])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.relu6(input, self.inplace)


class PReLU(Module):
    """input where it is positive, else `weight * input`, with one weight that is learnt, or one per channel.

    >>> import chainrule
    >>> chainrule.nn.PReLU()(chainrule.tensor([-1.0, 2.0])).detach()
    tensor([-0.2500,  2.0000])
    """

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(creation.full((num_parameters,), float(init), dtype=dtype, device=device))

    def forward(self, input: Tensor) -> Tensor:
        """Apply the function to each element."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"num_parameters={self.num_parameters}"


__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]
