"""Checks of stacks of matrices, in torch's words."""

from __future__ import annotations

from typing import Any

from chainrule.composed.operands import title_of
from chainrule.composed.products import operand_shape
from chainrule.core.kinds import numpy_dtype

Shape = tuple[int, ...]


def check_matrices(x: Any, name: str, letter: str = "A", position: int = 1, argument: str = "") -> Shape:
    """Return the shape of a stack of matrices; RuntimeError for anything of fewer axes.

    `name` is how torch calls the operation, such as "linalg.inv", `argument` the operand where that is not
    the letter.
    """
    shape = operand_shape(x, name.replace(".", "_"), argument or letter, position)
    if len(shape) < 2:
        raise RuntimeError(f"{name}: The input tensor {letter} must have at least 2 dimensions.")
    return shape


def check_inexact(x: Any, name: str, kernel: str = "") -> None:
    """Raise torch's error for integers, and for half precision: torch's `kernel` does not do it."""
    dtype = numpy_dtype(x)
    if dtype.kind not in "fc":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {title_of(x)}")
    if dtype.char == "e":
        if kernel:
            raise NotImplementedError(f"\"{kernel}\" not implemented for 'Half'")
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got Half")


def check_square(x: Any, name: str, argument: str = "") -> Shape:
    """Return the shape of a stack of square matrices; RuntimeError for others."""
    shape = check_matrices(x, name, argument=argument)
    if shape[-1] != shape[-2]:
        raise RuntimeError(
            f"{name}: A must be batches of square matrices, but they are {shape[-2]} by {shape[-1]} matrices"
        )
    return shape
