"""What reverse and forward mode give: the derivatives that are checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from chainrule.autograd.checking.cases import (
    Array,
    Case,
    Settings,
    Tensor,
    as_tensor,
    as_tuple,
    is_complex,
    requires_grad,
    values_of,
)
from chainrule.autograd.checking.error import GradcheckError
from chainrule.autograd.forward_ad import dual_level, make_dual, unpack_dual
from chainrule.autograd.gradients import grad


def units(like: Any) -> Iterator[Array]:
    """Give the arrays in the shape and dtype of another that are 1 at one element and 0 elsewhere."""
    for k in range(like.size):
        unit = np.zeros(like.shape, like.dtype)
        unit.reshape(-1)[k] = 1
        yield unit


# -- reverse mode -----------------------------------------------------------------------------------


def reverse_jacobians(
    y: Tensor, xs: list[Tensor], cotangents: list[Array], settings: Settings
) -> list[Array]:
    """Return, for each input, a matrix whose columns are the gradients for each of the cotangents.

    Everything is computed twice; GradcheckError if it is not the same, or has a wrong shape or dtype.
    """
    gradients = [_pulled(y, xs, cotangents) for _ in range(2)]
    if settings.check_grad_dtypes and any(g.dtype != x._value.dtype for g, x in _present(gradients[0], xs)):
        raise GradcheckError("Gradient has dtype mismatch")
    if any(g.shape != x._value.shape for g, x in _present(gradients[0], xs)):
        raise GradcheckError("Analytical gradient has incorrect size")
    first, second = [_as_columns(found, xs) for found in gradients]
    for a, b in zip(first, second, strict=True):
        if a.size and np.abs(a - b).max() > settings.nondet_tol:
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple "
                "times gives different values, although analytical gradient matches numerical gradient.The "
                f"tolerance for nondeterminism was {settings.nondet_tol}.\n\nIf the function is meant to be "
                "random, pass the tolerance that it needs as `nondet_tol=<tol>`."
            )
    return first


def _pulled(y: Tensor, xs: list[Tensor], cotangents: Iterable[Array]) -> list[list[Array | None]]:
    """Return the gradients in all inputs for each cotangent."""
    return [
        [
            None if g is None else values_of(g)
            for g in grad(y, xs, as_tensor(cotangent), retain_graph=True, allow_unused=True)
        ]
        for cotangent in cotangents
    ]


def _present(rows: list[list[Array | None]], xs: list[Tensor]) -> Iterator[tuple[Array, Tensor]]:
    for row in rows:
        for g, x in zip(row, xs, strict=True):
            if g is not None:
                yield g, x


def _as_columns(rows: list[list[Array | None]], xs: list[Tensor]) -> list[Array]:
    found = [np.zeros((x._value.size, len(rows)), x._value.dtype) for x in xs]
    for k, row in enumerate(rows):
        for columns, g in zip(found, row, strict=True):
            if g is not None:
                columns[:, k] = g.reshape(-1)
    return found


# -- forward mode -----------------------------------------------------------------------------------


def forward_jacobians(
    case: Case, number: int, tangents: Iterable[Array], wanted: list[int], check_dtypes: bool
) -> list[Array]:
    """Return, for each wanted output, a matrix whose rows are its tangents along each of `tangents`.

    These are the tangents of the input with that number, the other inputs do not move.
    """
    rows = []
    for tangent in tangents:
        moves = [np.zeros(x._value.shape, x._value.dtype) for x in case.xs]
        moves[number] = tangent
        rows.append([_flat(case.outputs[i], t) for i, t in _pushed(case, moves, wanted, check_dtypes)])
    ys = [case.outputs[i]._value for i in wanted]
    columns = zip(*rows, strict=True) if rows else [()] * len(ys)
    return [
        np.array(column, y.dtype).reshape(len(rows), y.size) for column, y in zip(columns, ys, strict=True)
    ]


def _flat(y: Tensor, tangent: Array | None) -> Array:
    return np.zeros(y._value.size, y._value.dtype) if tangent is None else tangent.reshape(-1)


def _pushed(
    case: Case, moves: list[Array], wanted: list[int], check_dtypes: bool
) -> list[tuple[int, Array | None]]:
    found = []
    with dual_level():
        remaining = iter(moves)
        inputs = [dual(x, next(remaining)) if requires_grad(x) else x for x in case.inputs]
        results = as_tuple(case.func(*inputs))
        for i in wanted:
            primal, tangent = unpack_dual(results[i])
            if check_dtypes and tangent is not None and is_complex(primal) != is_complex(tangent):
                raise GradcheckError("Forward AD gradient has dtype mismatch.")
            found.append((i, None if tangent is None else values_of(tangent)))
    return found


def dual(x: Tensor, tangent: Array) -> Tensor:
    """Return the values of `x`, off its graph, moving along `tangent`."""
    return make_dual(x.detach(), as_tensor(tangent))
