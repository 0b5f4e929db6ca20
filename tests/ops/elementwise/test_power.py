"""Powers: which node and which slope, of tensors and numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr


def leaf(*values):
    return cr.tensor(values if len(values) > 1 else values[0], dtype=cr.float64, requires_grad=True)


def derivatives(f, x, order):
    """Return f's derivatives of order 0 .. `order` at a float64 number."""
    x = leaf(x)
    ys = [f(x)]
    for _ in range(order):
        ys.append(cr.autograd.grad(ys[-1], x, create_graph=True)[0])
    return [y.item() for y in ys]


def test_a_number_as_exponent_or_base_has_a_node_of_its_own():
    x, z = leaf(1.5, 2.5), leaf(2.0, 3.0)
    powers = [
        x**2,
        cr.square(x),
        x**z,
        x ** z.detach(),
        2**x,
        cr.pow(2.0, x),
        x ** np.float32(2),
        cr.float_power(x, 3),
    ]
    assert [y.grad_fn.name() for y in powers] == [f"PowBackward{i}" for i in (0, 0, 1, 1, 2, 2, 0, 0)]
    assert len((x**2).grad_fn.next_functions) == 1


@pytest.mark.parametrize("p", [0, 1, 2, 3, 4, 2.0, 3.0])
@pytest.mark.parametrize("x", [0.0, -2.0, 1.5])
def test_whole_powers_have_exact_derivatives_until_they_vanish(p, x):
    n = int(p)
    expected = [math.perm(n, k) * x ** (n - k) for k in range(n + 1)] + [0.0]
    for exponent in (p, cr.tensor(float(p), dtype=cr.float64)):
        assert derivatives(lambda t, e=exponent: t**e, x, n + 1) == pytest.approx(expected, rel=1e-12)


def test_x_to_the_zero_is_flat_everywhere():
    x = leaf(0.0, -3.0, math.inf)
    assert cr.autograd.grad((x**0).sum(), x)[0].tolist() == [0.0, 0.0, 0.0]


def test_the_derivative_in_the_exponent_survives_where_the_exponent_is_zero():
    """d/dp d/dx x**p = 1/x at p = 0; torch gives 0."""
    x, p = leaf(2.0), leaf(0.0)
    (slope,) = cr.autograd.grad(x**p, x, create_graph=True)
    assert cr.autograd.grad(slope, p)[0].item() == 0.5


@pytest.mark.parametrize("zero", [0, 0.0, cr.tensor(0.0, dtype=cr.float64)])
def test_powers_of_zero_are_flat_in_the_exponent(zero):
    for p in (0.0, 0.5, 2.0):
        assert derivatives(lambda p: zero**p, p, 2)[1:] == [0.0, 0.0]
    assert derivatives(lambda p: zero**p, -1.0, 1) == [math.inf, -math.inf]


def test_a_negative_base_has_no_slope_in_a_real_exponent():
    assert math.isnan(derivatives(lambda p: (-2.0) ** p, 2.0, 1)[1])
    p = cr.tensor(2 + 0j, dtype=cr.complex128, requires_grad=True)
    (g,) = cr.autograd.grad((-2.0) ** p, p, cr.ones((), dtype=cr.complex128))
    assert g.item() == pytest.approx(4 * complex(math.log(2), -math.pi))


def test_integers():
    i = cr.tensor([3, -1, 0, 1])
    assert (i**2).tolist() == [9, 1, 0, 1]
    assert (i ** cr.tensor([-1, -3, -1, -5])).tolist() == [0, -1, 0, 1]
    assert (2 ** cr.tensor([-1, 3])).tolist() == [0, 8]
    assert (i**0.5).dtype is cr.float32
    assert (cr.tensor([True, False]) ** 2).dtype is cr.int64
    with pytest.raises(RuntimeError, match="Integers to negative integer powers are not allowed"):
        i**-1


def test_float_power_computes_in_double_precision():
    x = cr.tensor([2.0, 3.0], requires_grad=True)
    y = cr.float_power(x, 0.5)
    assert y.dtype is cr.float64
    assert cr.autograd.grad(y.sum(), x)[0].dtype is cr.float32
    assert cr.float_power(cr.tensor([2]), 1j).dtype is cr.complex128
