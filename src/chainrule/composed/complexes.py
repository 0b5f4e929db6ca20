"""Complex tensors from real ones: by their parts, or by absolute value and angle."""

from __future__ import annotations

from typing import Any

from chainrule import dtypes
from chainrule.core.tensor import TensorBase
from chainrule.ops.complexes import complex_
from chainrule.ops.elementwise.trigonometric import cos, sin

Tensor = Any


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """Return the complex tensor with the given parts, float tensors of one dtype.

    Raises TypeError or RuntimeError for anything else.

    >>> import chainrule
    >>> chainrule.complex(chainrule.tensor([1.0]), chainrule.tensor([-2.0]))
    tensor([1.-2.j])
    """
    _check("complex", real=real, imag=imag)
    return complex_(real, imag)


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """Return the complex tensor abs * exp(i angle), of two float tensors of one dtype.

    Raises TypeError or RuntimeError for anything else.

    >>> import chainrule
    >>> chainrule.polar(chainrule.tensor([2.0]), chainrule.tensor([0.0]))
    tensor([2.+0.j])
    """
    _check("polar", abs=abs, angle=angle)
    return complex_(abs * cos(angle), abs * sin(angle))


def _check(function: str, **parts: Any) -> None:
    """Raise torch's errors unless both parts are float tensors of one dtype."""
    for i, (name, x) in enumerate(parts.items(), 1):
        if not isinstance(x, TensorBase):
            raise TypeError(
                f"{function}(): argument '{name}' (position {i}) must be Tensor, not {type(x).__name__}"
            )
    first, second = [dtypes.from_numpy_dtype(x._value.dtype) for x in parts.values()]
    if not (first.is_floating_point and second.is_floating_point):
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{first.title} and {second.title}"
        )
    if first is not second:
        raise RuntimeError(
            f"Expected object of scalar type {first.title} but got scalar type {second.title} for second "
            "argument"
        )


__all__ = ["complex", "polar"]
