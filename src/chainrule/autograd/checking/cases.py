"""What is compared: a function in one mode, split into real functions where it is complex."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from chainrule.core.box import Box
from chainrule.core.tensor import TensorBase, wrap

Tensor = Any
Array = np.ndarray[Any, Any]
Function = Callable[..., Any]


@dataclass(frozen=True)
class Settings:
    """The numbers that `gradcheck` was given."""

    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    check_grad_dtypes: bool


@dataclass(frozen=True)
class Case:
    """A function at a point, to be differentiated in one mode."""

    func: Function
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]  # all that `func` gives at the inputs
    forward: bool
    part: str = ""  # "real" or "imaginary": of what was complex, outputs in reverse mode, inputs in forward
    complex_places: tuple[int, ...] = ()  # the numbers of what was complex

    @property
    def places(self) -> list[int]:
        """Where the inputs are that are differentiated in."""
        return [i for i, x in enumerate(self.inputs) if requires_grad(x)]

    @property
    def xs(self) -> list[Tensor]:
        """The inputs that are differentiated in."""
        return [x for x in self.inputs if requires_grad(x)]

    @property
    def ys(self) -> list[Tensor]:
        """The outputs that are differentiated."""
        return [y for y in self.outputs if y.requires_grad]

    def mismatch(self, output: int, input: int, analytical: Any, numerical: Any) -> str:
        """Return torch's words for two derivatives that differ."""
        place = input if self.forward else output
        what = "inputs" if self.forward else "outputs"
        within = f"While considering the {self.part} part of complex {what} only, "
        mode = "computed with forward mode " if self.forward else ""
        return (
            f"{within if place in self.complex_places else ''}Jacobian {mode}mismatch for output {output} "
            f"with respect to input {input},\n"
            f"numerical:{as_tensor(numerical)}\nanalytical:{as_tensor(analytical)}\n"
        )


# -- splitting complex functions ----------------------------------------------------------------------


_PARTS: Final = ("imaginary", "real")


def reverse_cases(func: Function, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> Iterator[Case]:
    """Give the function, or its imaginary and its real part where outputs are complex."""
    if not any(map(is_complex, outputs)):
        yield Case(func, inputs, outputs, forward=False)
        return
    differentiable = [y for y in outputs if y.requires_grad]
    places = tuple([i for i, y in enumerate(differentiable) if is_complex(y)])
    for part in _PARTS:
        split = _part_of_outputs(func, part)
        yield Case(split, inputs, split(*inputs), False, part, places)


def forward_cases(func: Function, inputs: tuple[Any, ...], outputs: tuple[Any, ...]) -> Iterator[Case]:
    """Give the function, or that of the imaginary and that of the real part of complex inputs."""
    if not any(map(is_complex, inputs)):
        yield Case(func, inputs, outputs, forward=True)
        return
    differentiable = [x for x in inputs if requires_grad(x)]
    places = tuple([i for i, x in enumerate(differentiable) if is_complex(x)])
    for part in _PARTS:
        split = _of_part_of_inputs(func, inputs, part)
        parts = tuple([_part(x, part) if is_complex(x) else x for x in inputs])
        yield Case(split, parts, split(*parts), True, part, places)


def _part(tensor: Tensor, part: str) -> Tensor:
    return tensor.imag if part == "imaginary" else tensor.real


def _part_of_outputs(func: Function, part: str) -> Function:
    def split(*inputs: Any) -> tuple[Any, ...]:
        return tuple([_part(y, part) if is_complex(y) else y for y in as_tuple(func(*inputs))])

    return split


def _of_part_of_inputs(func: Function, originals: tuple[Any, ...], part: str) -> Function:
    """Return `func` as a function of one part of its complex inputs, the other part being as it is."""

    def joined(x: Any, original: Any) -> Any:
        if not is_complex(original):
            return x
        return original.real + x * 1j if part == "imaginary" else x + original.imag * 1j

    def split(*inputs: Any) -> tuple[Any, ...]:
        return as_tuple(func(*map(joined, inputs, originals)))

    return split


# -- tensors and arrays -------------------------------------------------------------------------------


def as_tuple(x: Any) -> tuple[Any, ...]:
    """Return what may be one thing or a list or tuple of things as a tuple."""
    return tuple(x) if isinstance(x, (tuple, list)) else (x,)


def requires_grad(x: Any) -> bool:
    """Tell whether `x` is a tensor that requires grad."""
    return isinstance(x, TensorBase) and bool(x.requires_grad)  # type: ignore[attr-defined]


def is_complex(x: Any) -> bool:
    """Tell whether `x` is a complex tensor."""
    return isinstance(x, TensorBase) and x._value.dtype.kind == "c"


def is_inexact(x: Any) -> bool:
    """Tell whether `x` is a tensor of real or complex floating-point numbers."""
    return isinstance(x, TensorBase) and x._value.dtype.kind in "fc"


def values_of(tensor: Tensor) -> Array:
    """Return a copy of a tensor's values."""
    value = tensor._value
    return np.array(value.concrete("checking a gradient") if isinstance(value, Box) else value)


def as_tensor(values: Any) -> Tensor:
    """Return a tensor of given values."""
    return wrap(np.asarray(values)[()])
