"""Smooth functions of a norm at 0: second derivatives in all combinations of modes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad
from chainrule.core.dual import make_dual, new_level, unpack_dual
from chainrule.core.tensor import require_grad, wrap

Function = Callable[[Any], Any]


def _vector(values: Any) -> Any:
    return chainrule.tensor(values, dtype=chainrule.float64)


def _row(dot: Any, at: Any) -> Any:
    return np.zeros(len(at)) if dot is None else np.asarray(dot._value)


def reverse_over_reverse(f: Function, at: Any, u: Any) -> Any:
    x = _vector(at).requires_grad_()
    (g,) = grad(f(x), x, create_graph=True)
    return _row(grad(g, x, _vector(u), materialize_grads=True)[0], at)


def forward_over_reverse(f: Function, at: Any, u: Any) -> Any:
    with new_level():
        dual = make_dual(_vector(at), _vector(u))
        with new_level():
            x = wrap(dual._value)
            require_grad(x)
            (g,) = grad(f(x), x)
        return _row(unpack_dual(g)[1], at)


def reverse_over_forward(f: Function, at: Any, u: Any) -> Any:
    x = _vector(at).requires_grad_()
    with new_level():
        _, dot = unpack_dual(f(make_dual(x, _vector(u))))
    return _row(grad(dot, x, materialize_grads=True)[0], at)


def forward_over_forward(f: Function, at: Any, u: Any) -> Any:
    found = []
    for v in np.eye(len(at)):
        with new_level():
            outer = make_dual(_vector(at), _vector(v))
            with new_level():
                _, dot = unpack_dual(f(make_dual(outer, _vector(u))))
            _, twice = unpack_dual(dot)
        found.append(0.0 if twice is None else twice.item())
    return np.array(found)


MODES = [reverse_over_reverse, forward_over_reverse, reverse_over_forward, forward_over_forward]

SMOOTH: dict[str, tuple[Function, Any]] = {
    "norm(x)**2": (lambda x: x.norm() ** 2, 2 * np.eye(2)),
    "norm(x) * norm(x)": (lambda x: x.norm() * x.norm(), 2 * np.eye(2)),
    "exp(-norm(x)**2)": (lambda x: (-(x.norm() ** 2)).exp(), -2 * np.eye(2)),
    "cos(norm(x))": (lambda x: x.norm().cos(), -np.eye(2)),
    "norm(x)**4": (lambda x: x.norm() ** 4, np.zeros((2, 2))),
    "norm(x, dim=0)**2": (lambda x: (x.reshape(1, 2).norm(dim=1, keepdim=True) ** 2).sum(), 2 * np.eye(2)),
    "one row of two": (lambda x: (chainrule.stack([x, x + 1]).norm(dim=1) ** 2).sum(), 4 * np.eye(2)),
    "std(x)**2": (lambda x: x.std() ** 2, np.array([[1.0, -1.0], [-1.0, 1.0]])),
    "std_mean(x)[0]**2": (
        lambda x: chainrule.std_mean(x, correction=0)[0] ** 2,
        np.array([[0.5, -0.5], [-0.5, 0.5]]),
    ),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", SMOOTH)
def test_second_derivatives_at_the_tip(name: str, mode: Callable[..., Any]) -> None:
    f, hessian = SMOOTH[name]
    found = [mode(f, (0.0, 0.0), u) for u in np.eye(2)]
    np.testing.assert_allclose(found, hessian, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_modes_agree_away_from_the_tip(mode: Callable[..., Any]) -> None:
    found = [mode(lambda x: x.norm() ** 3, (3.0, 4.0), u) for u in np.eye(2)]
    np.testing.assert_allclose(found, [[15 + 27 / 5, 36 / 5], [36 / 5, 15 + 48 / 5]])


def test_the_value_at_the_tip_is_0() -> None:
    x = chainrule.zeros(2, requires_grad=True)
    assert x.norm().item() == x.std().item() == 0.0


def test_forward_mode_lifts_the_value_by_less_than_rounding() -> None:
    with new_level():
        y, dot = unpack_dual(make_dual(_vector((0.0, 0.0)), _vector((1.0, 2.0))).norm())
    assert 0 < y.item() < 1e-150
    assert dot.item() == 0.0


def test_a_cone_in_a_recorded_pass_has_the_slope_0() -> None:
    x = _vector((0.0, 0.0)).requires_grad_()
    (g,) = grad(x.norm(), x, create_graph=True)
    assert g.tolist() == [0.0, 0.0]
    assert grad(g.sum(), x, materialize_grads=True)[0].tolist() == [0.0, 0.0]
