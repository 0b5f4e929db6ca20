"""The error and gamma functions, and what happens without SciPy."""

from __future__ import annotations

import sys

import mpmath
import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import MissingExtraError
from chainrule.ops.elementwise import special

NAMES = ("erf", "erfc", "erfinv", "lgamma", "digamma")


def derivatives(f, x, order):
    """Return f's derivatives of order 0 .. `order` at a float64 number."""
    x = cr.tensor(x, dtype=cr.float64, requires_grad=True)
    ys = [f(x)]
    for _ in range(order):
        ys.append(cr.autograd.grad(ys[-1], x, create_graph=True)[0])
    return [y.item() for y in ys]


@pytest.mark.parametrize("x", [-3.5, -0.5, 0.1, 1.0, 2.5, 30.0])
def test_lgamma_derivatives_are_the_polygammas(x):
    found = derivatives(cr.lgamma, x, 4)
    expected = [mpmath.log(abs(mpmath.gamma(x))), *(mpmath.polygamma(n, x) for n in range(4))]
    assert found == pytest.approx([float(mpmath.re(e)) for e in expected], rel=1e-11, abs=1e-13)


@pytest.mark.parametrize("x", [-2.0, 0.0, 0.3, 4.0, 20.0])
def test_erf_and_erfc_have_gaussian_derivatives(x):
    expected = [float(mpmath.diff(mpmath.erf, x, n)) for n in range(4)]
    assert derivatives(cr.erf, x, 3) == pytest.approx(expected, rel=1e-11, abs=1e-14)
    assert derivatives(cr.erfc, x, 3)[1:] == pytest.approx([-e for e in expected[1:]], rel=1e-11, abs=1e-14)
    assert derivatives(cr.erfc, x, 0)[0] == pytest.approx(float(mpmath.erfc(x)), rel=1e-12)


@pytest.mark.parametrize("x", [-0.999, 0.0, 0.5])
def test_erfinv_derivatives(x):
    expected = [float(mpmath.diff(mpmath.erfinv, x, n)) for n in range(3)]
    assert derivatives(cr.erfinv, x, 2) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [cr.float16, cr.float32, cr.float64])
def test_dtypes_are_kept(name, dtype):
    for data in (0.5, [0.5, 0.25]):
        x = cr.tensor(data, dtype=dtype, requires_grad=True)
        y = getattr(cr, name)(x)
        assert y.dtype is dtype
        (g,) = cr.autograd.grad(y.sum(), x)
        assert g.dtype is dtype


@pytest.mark.parametrize("name", NAMES)
def test_integers_give_the_default_dtype(name):
    assert getattr(cr, name)(cr.tensor([0, 1])).dtype is cr.float32


def test_polygamma_as_function_method_and_in_place():
    x = cr.tensor([1.0, 2.0])
    expected = [-2.404113806, -0.404113806]
    assert cr.polygamma(2, x).tolist() == pytest.approx(expected)
    assert x.polygamma(2).tolist() == pytest.approx(expected)
    assert x.polygamma_(2) is x
    assert x.tolist() == pytest.approx(expected)


def test_polygamma_checks_its_order_in_torchs_words():
    with pytest.raises(RuntimeError, match="does not support negative n"):
        cr.polygamma(-1, cr.ones(2))
    with pytest.raises(TypeError, match=r"argument 'n' \(position 1\) must be int, not float"):
        cr.polygamma(1.5, cr.ones(2))


def test_without_scipy_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    special._from_scipy.cache_clear()
    try:
        with pytest.raises(
            MissingExtraError, match=r'chainrule.erf needs SciPy.*pip install "chainrule\[scipy\]"'
        ):
            cr.erf(cr.tensor(0.5))
        np.testing.assert_allclose(cr.exp(cr.tensor(0.0)).item(), 1.0)
    finally:
        special._from_scipy.cache_clear()
