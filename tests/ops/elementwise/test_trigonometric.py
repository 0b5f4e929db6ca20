"""Circular and hyperbolic functions where they are delicate."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import chainrule as cr


def derivatives(f, x, order):
    """Return f's derivatives of order 0 .. `order` at a float64 number."""
    x = cr.tensor(x, dtype=cr.float64, requires_grad=True)
    ys = [f(x)]
    for _ in range(order):
        ys.append(cr.autograd.grad(ys[-1], x, create_graph=True)[0])
    return [y.item() for y in ys]


def sinc_derivative(x, n):
    """sinc(x) is the integral of cos(pi x t) over t from 0 to 1."""
    with mpmath.workdps(30):
        x = mpmath.mpf(x)
        y = mpmath.quad(
            lambda t: (mpmath.pi * t) ** n * mpmath.cos(mpmath.pi * x * t + n * mpmath.pi / 2),
            mpmath.linspace(0, 1, 5),
        )
        return float(y)


@pytest.mark.parametrize("x", [0.0, -0.0, 1e-300, 1e-9, -1e-4, 0.02, 0.318, 0.32, 0.64, -0.95, 3.0, 20.5])
def test_sinc_has_exact_derivatives_of_every_order(x):
    expected = [sinc_derivative(x, n) for n in range(6)]
    found = derivatives(cr.sinc, x, 5)
    for n, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert a == pytest.approx(b, rel=1e-13, abs=2e-15 * math.pi**n), n


def test_sinc_derivatives_do_not_mix_elements():
    x = np.array([0.0, 5.0, 1e-8, -0.4])
    t = cr.tensor(x, requires_grad=True)
    (g,) = cr.autograd.grad(cr.sinc(t).sum(), t)
    np.testing.assert_allclose(g.numpy(), [sinc_derivative(v, 1) for v in x], rtol=1e-12, atol=1e-15)


def test_sinc_of_single_precision_stays_single():
    x = cr.tensor([0.0, 0.5], requires_grad=True)
    (g,) = cr.autograd.grad(cr.sinc(x).sum(), x)
    assert g.dtype is cr.float32


@pytest.mark.parametrize("name", ["asin", "acos", "atanh", "acosh"])
def test_slopes_keep_their_digits_near_the_end_of_the_domain(name):
    x = 1 + 1e-9 if name == "acosh" else 1 - 1e-9
    with mpmath.workdps(40):
        expected = float(mpmath.diff(getattr(mpmath, name), mpmath.mpf(x), h=mpmath.mpf(10) ** -18))
    assert derivatives(getattr(cr, name), x, 1)[1] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    "z", [0.3 + 0.4j, -2 + 0.5j, 2 - 0.5j, -0.5 - 3j, 1.5 + 0.1j, -1.5 - 0.1j, 0.1 + 1.5j, -0.1 - 1.5j]
)
@pytest.mark.parametrize("name", ["asin", "acos", "atan", "asinh", "acosh", "atanh", "tan", "tanh"])
def test_complex_slopes_are_on_the_right_branch(name, z):
    x = cr.tensor(z, dtype=cr.complex128, requires_grad=True)
    y = getattr(cr, name)(x)
    y.backward(cr.tensor(1 + 0j, dtype=cr.complex128))
    expected = complex(mpmath.diff(getattr(mpmath, name), mpmath.mpc(z)))
    assert x.grad.item() == pytest.approx(expected.conjugate(), rel=1e-9)  # torch's convention


def test_acosh_tells_the_sides_of_its_cut_apart():
    x = cr.tensor([complex(-2, 0.0), complex(-2, -0.0)], dtype=cr.complex128, requires_grad=True)
    cr.acosh(x).backward(cr.tensor([1 + 0j, 1 + 0j], dtype=cr.complex128))
    slope = 1 / math.sqrt(3)
    np.testing.assert_allclose(x.grad.numpy(), [-slope, -slope])


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1.0, 1e200])
def test_atan2_neither_overflows_nor_underflows(size):
    a = cr.tensor(size, dtype=cr.float64, requires_grad=True)
    b = cr.tensor(2 * size, dtype=cr.float64, requires_grad=True)
    da, db = cr.autograd.grad(cr.atan2(a, b), (a, b))
    assert da.item() == pytest.approx(0.4 / size)
    assert db.item() == pytest.approx(-0.2 / size)


@pytest.mark.parametrize(("a", "b", "angle"), [(0.0, 0.0, 0.0), (0.0, -0.0, math.pi), (-0.0, -0.0, -math.pi)])
def test_atan2_at_the_origin_has_the_slope_zero(a, b, angle):
    a = cr.tensor(a, requires_grad=True)
    b = cr.tensor(b, requires_grad=True)
    y = cr.atan2(a, b)
    y.backward()
    assert y.item() == pytest.approx(angle)
    assert (a.grad.item(), b.grad.item()) == (0.0, 0.0)


def test_arc_names_are_the_same_operations():
    for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2"):
        assert getattr(cr, f"arc{name}") is getattr(cr, f"a{name}")
        assert getattr(cr.Tensor, f"arc{name}") is not None
        assert callable(getattr(cr.Tensor, f"arc{name}_"))


@pytest.mark.parametrize(("name", "factor"), [("deg2rad", math.pi / 180), ("rad2deg", 180 / math.pi)])
def test_angle_units_convert_by_a_factor(name, factor):
    assert derivatives(getattr(cr, name), 2.0, 1) == pytest.approx([2 * factor, factor])


def test_in_place_forms_differentiate():
    x = cr.tensor([0.3, 0.5], dtype=cr.float64, requires_grad=True)
    y = x * 1
    y.sin_()
    y.arctan_()
    (g,) = cr.autograd.grad(y.sum(), x)
    v = x.detach().numpy()
    np.testing.assert_allclose(g.numpy(), np.cos(v) / (1 + np.sin(v) ** 2))


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("arcsin", "AsinBackward0"),
        ("tanh", "TanhBackward0"),
        ("sinc", "SincBackward0"),
        ("deg2rad", "Deg2RadBackward0"),
        ("rad2deg", "Rad2DegBackward0"),
    ],
)
def test_nodes_are_named_as_in_torch(name, node):
    assert getattr(cr, name)(cr.tensor([0.5], requires_grad=True)).grad_fn.name() == node
