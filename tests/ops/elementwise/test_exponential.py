"""Exponentials and logarithms where they are delicate."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

import chainrule as cr

INF = math.inf


def gradients(f, *values):
    """Return the gradients of f at float64 numbers."""
    xs = [cr.tensor(v, dtype=cr.float64, requires_grad=True) for v in values]
    return [g.item() for g in cr.autograd.grad(f(*xs), xs, allow_unused=True)]


def hessian(f, *values):
    """Return the matrix of second derivatives at float64 numbers."""
    xs = [cr.tensor(v, dtype=cr.float64, requires_grad=True) for v in values]
    first = cr.autograd.grad(f(*xs), xs, create_graph=True)
    rows = [cr.autograd.grad(d, xs, retain_graph=True, materialize_grads=True) for d in first]
    return [[g.item() for g in row] for row in rows]


@pytest.mark.parametrize("f", [cr.logaddexp, cr.logaddexp2])
@pytest.mark.parametrize(
    ("a", "b", "value", "slopes"),
    [
        (-INF, -INF, -INF, [0.5, 0.5]),
        (INF, INF, INF, [0.5, 0.5]),
        (INF, -INF, INF, [1.0, 0.0]),
        (-INF, 1.0, 1.0, [0.0, 1.0]),
        (1.0, INF, INF, [0.0, 1.0]),
        (1e300, 1e300, 1e300, [0.5, 0.5]),
    ],
)
def test_logaddexp_at_infinities(f, a, b, value, slopes):
    assert f(cr.tensor(a, dtype=cr.float64), cr.tensor(b, dtype=cr.float64)).item() == pytest.approx(value)
    assert gradients(f, a, b) == slopes
    assert np.isfinite(hessian(f, a, b)).all()


def test_logaddexp_of_equal_numbers_curves():
    np.testing.assert_allclose(hessian(cr.logaddexp, 3.0, 3.0), [[0.25, -0.25], [-0.25, 0.25]])


def test_complex_logaddexp_does_not_overflow():
    a = cr.tensor([800 + 1j], dtype=cr.complex128)
    b = cr.tensor([799 - 2j], dtype=cr.complex128)
    with mpmath.workdps(30):
        expected = complex(mpmath.log(mpmath.exp(mpmath.mpc(800, 1)) + mpmath.exp(mpmath.mpc(799, -2))))
    assert cr.logaddexp(a, b).item() == pytest.approx(expected)
    assert cr.logaddexp(b, a).item() == pytest.approx(expected)


@pytest.mark.parametrize("x", [-INF, -800.0, -40.0, -1.0, 0.0, 1.0, 30.0, 800.0, INF])
def test_sigmoid_is_accurate_and_finite_everywhere(x):
    with mpmath.workdps(40):
        value = mpmath.mpf(1) / (1 + mpmath.exp(-mpmath.mpf(x)))
        slope = value * (1 - value)
        curvature = slope * (1 - 2 * value)
    assert cr.sigmoid(cr.tensor(x, dtype=cr.float64)).item() == pytest.approx(
        float(value), rel=1e-14, abs=1e-300
    )
    assert gradients(cr.sigmoid, x) == pytest.approx([float(slope)], rel=1e-2, abs=1e-15)
    assert hessian(cr.sigmoid, x)[0] == pytest.approx([float(curvature)], rel=1e-2, abs=1e-15)


def test_sigmoid_of_half_precision_stays_finite():
    y = cr.sigmoid(cr.tensor([-60000.0, 60000.0], dtype=cr.float16))
    assert y.dtype is cr.float16
    assert y.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("x", [-INF, -800.0, -40.0, 0.0, 19.0, 21.0, 800.0])
def test_softplus_neither_overflows_nor_loses_digits(x):
    with mpmath.workdps(40):
        value = float(mpmath.log1p(mpmath.exp(mpmath.mpf(x))))
        slope = float(1 / (1 + mpmath.exp(-mpmath.mpf(x))))
    y = cr.softplus(cr.tensor(x, dtype=cr.float64)).item()
    assert y == pytest.approx(value, rel=1e-9, abs=1e-300)
    assert gradients(cr.softplus, x) == pytest.approx([slope], rel=1e-8)


def test_softplus_is_the_identity_above_its_threshold():
    def f(x):
        return cr.softplus(x, beta=2, threshold=5)

    assert f(cr.tensor(2.6, dtype=cr.float64)).item() == 2.6
    assert gradients(f, 2.6) == [1.0]
    assert hessian(f, 2.6) == [[0.0]]


@pytest.mark.parametrize(
    ("a", "b", "value", "slopes"),
    [
        (0.0, 2.0, 0.0, [math.log(2.0), 0.0]),
        (0.0, 0.0, 0.0, [0.0, 0.0]),
        (0.0, -1.0, 0.0, [0.0, 0.0]),
        (0.0, INF, 0.0, [INF, 0.0]),
        (2.0, 0.0, -INF, [-INF, INF]),
        (2.0, 3.0, 2 * math.log(3.0), [math.log(3.0), 2 / 3]),
    ],
)
def test_xlogy_on_its_edges(a, b, value, slopes):
    assert cr.xlogy(cr.tensor(a), cr.tensor(b)).item() == pytest.approx(value)
    assert gradients(cr.xlogy, a, b) == pytest.approx(slopes)


def test_xlogy_keeps_its_mixed_derivative_at_zero():
    assert hessian(cr.xlogy, 0.0, 2.0) == [[0.0, 0.5], [0.5, 0.0]]


def test_xlogy_of_nan_is_nan():
    assert math.isnan(cr.xlogy(cr.tensor(0.0), cr.tensor(math.nan)).item())


def test_expm1_has_an_accurate_slope_far_left():
    assert gradients(cr.expm1, -45.0) == pytest.approx([math.exp(-45.0)])


def test_logit_inverts_sigmoid():
    x = np.linspace(-20, 20, 41)
    np.testing.assert_allclose(cr.logit(cr.sigmoid(cr.tensor(x))).numpy(), x, rtol=1e-6)


def test_logit_is_flat_outside_its_eps():
    assert gradients(lambda x: cr.logit(x, 0.25), 0.2) == [0.0]
    assert gradients(lambda x: cr.logit(x, 0.25), 0.25) == pytest.approx([1 / (0.25 * 0.75)])
    assert gradients(lambda x: cr.logit(x, 0.0), -1.0) == [0.0]


@pytest.mark.parametrize("name", ["exp", "log", "log1p", "sigmoid", "logit", "exp2", "log10"])
def test_integers_give_the_default_dtype(name):
    y = getattr(cr, name)(cr.tensor([1, 2]))
    assert y.dtype is cr.float32
    assert y.grad_fn is None


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("exp", "ExpBackward0"),
        ("exp2", "Exp2Backward0"),
        ("expm1", "Expm1Backward0"),
        ("log", "LogBackward0"),
        ("log2", "Log2Backward0"),
        ("log10", "Log10Backward0"),
        ("log1p", "Log1PBackward0"),
        ("sigmoid", "SigmoidBackward0"),
        ("logit", "LogitBackward0"),
        ("softplus", "SoftplusBackward0"),
    ],
)
def test_nodes_are_named_as_in_torch(name, node):
    assert getattr(cr, name)(cr.tensor([0.5], requires_grad=True)).grad_fn.name() == node


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cr.softplus(cr.tensor([1])), "\"softplus_cpu\" not implemented for 'Long'"),
        (
            lambda: cr.logaddexp(cr.tensor([1]), cr.tensor([1])),
            "\"logaddexp_cpu\" not implemented for 'Long'",
        ),
        (lambda: cr.logit(cr.tensor([1j])), "\"logit_cpu\" not implemented for 'ComplexFloat'"),
        (lambda: cr.xlogy(cr.tensor([1j]), 2.0), "\"xlogy_cpu\" not implemented for 'ComplexFloat'"),
    ],
)
def test_dtypes_without_a_meaning_are_refused_in_torchs_words(call, message):
    with pytest.raises(NotImplementedError, match=message):
        call()
