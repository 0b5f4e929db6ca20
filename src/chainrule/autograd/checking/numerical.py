"""Finite differences: what derivatives are held against."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autograd.checking.cases import Array, Case, Tensor, as_tuple, is_inexact, values_of
from chainrule.core.tensor import array_of
from chainrule.dtypes import from_numpy_dtype
from chainrule.size import Size

Evaluate = Callable[[], list[Array]]


def numerical_jacobian(case: Case, x: Tensor, wanted: list[int], eps: float) -> list[Array]:
    """Return the Jacobian of each wanted output in one input: a row for each of its elements.

    The input is changed in its own memory, element by element, and in the end is what it was.
    """
    evaluate = evaluation(case)
    values = array_of(x)
    dtype = values.dtype if values.dtype.kind == "c" else None
    found = [np.zeros((values.size, y.size), dtype or y.dtype) for y in _picked(case.outputs, wanted)]
    for k, index in enumerate(itertools.product(*map(range, values.shape))):
        rows = _along(evaluate, values, index, eps, eps, eps, f"on index {index} ")
        for jacobian, row in zip(found, [rows[i] for i in wanted], strict=True):
            jacobian[k] = row
    return found


def numerical_product(case: Case, x: Tensor, u: Any, wanted: list[int], eps: float) -> list[Array]:
    """Return the derivative of each wanted output along `u`, two real directions where `x` is complex."""
    values = array_of(x)
    real, imaginary = u if isinstance(u, tuple) else (u, u)  # the second is of no use then
    real, imaginary = (eps * part.reshape(values.shape) for part in (real, imaginary))
    rows = _along(evaluation(case), values, ..., real, imaginary, eps, "")
    return [rows[i] for i in wanted]


def evaluation(case: Case) -> Evaluate:
    """Return the function that evaluates the case's function at whatever its inputs hold by then."""
    return lambda: [values_of(y) for y in as_tuple(case.func(*case.inputs))]


def inexact_outputs(case: Case) -> list[int]:
    """Return the places of the outputs that have derivatives."""
    return [i for i, y in enumerate(case.outputs) if is_inexact(y)]


def checked_outputs(case: Case) -> list[int]:
    """Return the places of the outputs that are recorded."""
    return [i for i, y in enumerate(case.outputs) if y.requires_grad]


def _picked(outputs: tuple[Tensor, ...], wanted: list[int]) -> list[Any]:
    return [outputs[i]._value for i in wanted]


def _along(
    evaluate: Evaluate, values: Array, index: Any, step: Any, imaginary_step: Any, eps: float, where: str
) -> list[Array]:
    """Return the derivatives at `values` when the elements at `index` move by multiples of `step`.

    Of complex values it is, for outputs u, what reverse mode gives: du/dx + i du/dy.
    """
    along_real = _difference(evaluate, values, index, step, eps, where)
    if values.dtype.kind != "c":
        return along_real
    along_imaginary = _difference(evaluate, values, index, 1j * imaginary_step, eps, where)
    return [dx + 1j * dy for dx, dy in zip(along_real, along_imaginary, strict=True)]


def _difference(
    evaluate: Evaluate, values: Array, index: Any, step: Any, eps: float, where: str
) -> list[Array]:
    """Return the central differences of all outputs."""
    original = np.array(values[index])
    try:
        values[index] = original - step
        before = evaluate()
        values[index] = original + step
        after = evaluate()
    finally:
        values[index] = original
    return [_slope(a, b, eps, where) for a, b in zip(before, after, strict=True)]


def _slope(before: Array, after: Array, eps: float, where: str) -> Array:
    for what, a, b in (
        ("shape", Size(before.shape), Size(after.shape)),
        ("dtype", from_numpy_dtype(before.dtype), from_numpy_dtype(after.dtype)),
    ):
        if a != b:
            raise AssertionError(
                f"Expected `func` to return outputs with the same {what} when inputs are perturbed {where}by "
                f"{eps}, but got: {what}s {a} and {b}."
            )
    if before.dtype.kind not in "fc":
        return before.reshape(-1)  # it has no derivative, and nobody asks for it
    return ((after - before) / (2 * eps)).reshape(-1)
