"""Derivatives beside finite differences: element by element, or along random directions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from chainrule.autograd.checking.analytical import forward_jacobians, reverse_jacobians, units
from chainrule.autograd.checking.cases import Array, Case, Settings, as_tensor
from chainrule.autograd.checking.error import GradcheckError
from chainrule.autograd.checking.numerical import (
    checked_outputs,
    inexact_outputs,
    numerical_jacobian,
    numerical_product,
)

_IN_SLOW_MODE: Final = (
    "\nThe above quantities relating the numerical and analytical jacobians are computed \n"
    "in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n"
    "about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:\n\n"
    "Numerical:\n {numerical}\nAnalytical:\n{analytical}\n\n"
    "The max per-element difference (slow mode) is: {difference}.\n"
)
_ONLY_FAST: Final = (
    "Fast gradcheck failed but element-wise differences are small. This means that the\n"
    "test might've passed in slow_mode!\n\n"
    "Call gradcheck/gradgradcheck with `fast_mode=False` to compare element by element."
)
_NOT_CONSTANT: Final = "Numerical gradient for function expected to be zero"


# -- element by element -------------------------------------------------------------------------------


def compare_elements(case: Case, settings: Settings) -> None:
    """Compare whole Jacobians; GradcheckError where one differs from finite differences."""
    wanted = checked_outputs(case)
    if not wanted:
        for x in case.xs:
            if any(n.any() for n in numerical_jacobian(case, x, inexact_outputs(case), settings.eps)):
                raise GradcheckError(_NOT_CONSTANT)
        return
    numerical = [numerical_jacobian(case, x, wanted, settings.eps) for x in case.xs]
    analytical = _jacobians(case, wanted, settings)
    for j in range(len(wanted)):
        for i in range(len(case.xs)):
            a, n = analytical[i][j], numerical[i][j]
            if not np.allclose(a, n, settings.rtol, settings.atol):
                raise GradcheckError(case.mismatch(j, i, a, n))


def _jacobians(case: Case, wanted: list[int], settings: Settings) -> list[Any]:
    """Return the analytical Jacobians by input and output: a row for each element of the input."""
    if case.forward:
        return [
            forward_jacobians(case, i, units(x._value), wanted, settings.check_grad_dtypes)
            for i, x in enumerate(case.xs)
        ]
    return _by_input([reverse_jacobians(y, case.xs, list(units(y._value)), settings) for y in case.ys])


def _by_input(by_output: list[list[Array]]) -> list[Any]:
    return list(zip(*by_output, strict=True))


# -- along random directions --------------------------------------------------------------------------


def compare_directions(case: Case, settings: Settings) -> None:
    """Compare the Jacobians in one random direction each; GradcheckError as from `compare_elements`.

    Reverse mode computes v J and forward mode J u, and differences J u. So in reverse mode the number v J u
    is compared, in forward mode the vector J u.
    """
    random = np.random.default_rng(0)
    us = [_direction(x, random) for x in case.xs]
    vs = None if case.forward else [_real_direction(y, random) for y in case.ys]
    wanted = checked_outputs(case)
    if not wanted:
        _check_constant(case, us, settings)
        return
    numerical = [
        _weighted(vs, numerical_product(case, x, u, wanted, settings.eps))
        for x, u in zip(case.xs, us, strict=True)
    ]
    analytical = _products(case, us, vs, wanted, settings)
    for i, u in enumerate(us):
        for j in range(len(wanted)):
            a, n = analytical[i][j], numerical[i][j]
            # An error of atol in each element of J adds up to this in v J u.
            atol = settings.atol * np.sum(u) * (1 if vs is None else vs[j].sum())
            if not np.allclose(a, n, settings.rtol, atol):
                raise GradcheckError(case.mismatch(j, i, a, n) + _elements(case, i, j, wanted[j], settings))


def _direction(x: Any, random: Any) -> Any:
    """Return a unit vector, or two for the real and the imaginary part."""
    if x._value.dtype.kind == "c":
        return _real_direction(x, random), _real_direction(x, random)
    return _real_direction(x, random)


def _real_direction(x: Any, random: Any) -> Array:
    vector: Array = random.random(x._value.size).astype(x._value.real.dtype)
    vector /= np.linalg.norm(vector)
    return vector


def _weighted(vs: list[Array] | None, products: list[Array]) -> list[Any]:
    return products if vs is None else [v @ product for v, product in zip(vs, products, strict=True)]


def _products(
    case: Case, us: list[Any], vs: list[Array] | None, wanted: list[int], settings: Settings
) -> list[Any]:
    """Return v J u, or J u when there are no vs, by input and output."""
    if vs is None:
        found = []
        for i, (x, u) in enumerate(zip(case.xs, us, strict=True)):
            tangent = u.reshape(x._value.shape)
            rows = forward_jacobians(case, i, [tangent], wanted, settings.check_grad_dtypes)
            found.append([row[0] for row in rows])
        return found
    by_output = []
    for y, v in zip(case.ys, vs, strict=True):
        pulled = reverse_jacobians(y, case.xs, [v.reshape(y._value.shape)], settings)
        by_output.append([_along(vJ[:, 0], u) for vJ, u in zip(pulled, us, strict=True)])
    return _by_input(by_output)


def _along(gradient: Array, u: Any) -> Any:
    if isinstance(u, tuple):
        return gradient.real @ u[0] + 1j * (gradient.imag @ u[1])
    return gradient @ u


def _check_constant(case: Case, us: list[Any], settings: Settings) -> None:
    for x, u in zip(case.xs, us, strict=True):
        for n in numerical_product(case, x, u, inexact_outputs(case), settings.eps):
            if n.size and np.abs(n).max() > settings.nondet_tol:
                raise GradcheckError(_NOT_CONSTANT)


def _elements(case: Case, i: int, j: int, place: int, settings: Settings) -> str:
    """Return the whole Jacobians of one output in one input, to be read in the message."""
    lenient = replace(settings, nondet_tol=np.inf, check_grad_dtypes=False)
    x = case.xs[i]
    (numerical,) = numerical_jacobian(case, x, [place], settings.eps)
    if case.forward:
        (analytical,) = forward_jacobians(case, i, units(x._value), [place], False)
    else:
        y = case.outputs[place]
        analytical = reverse_jacobians(y, case.xs, list(units(y._value)), lenient)[i]
    message = _IN_SLOW_MODE.format(
        numerical=as_tensor(numerical),
        analytical=as_tensor(analytical),
        difference=np.abs(numerical - analytical).max(),
    )
    return message + (_ONLY_FAST if np.allclose(analytical, numerical, settings.rtol, settings.atol) else "")
