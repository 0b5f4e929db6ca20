"""Rounding has slope 0, and is recorded as torch records it."""

from __future__ import annotations

import pytest

import chainrule as cr


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign"])
def test_no_derivative_flows_whatever_is_behind(name):
    x = cr.tensor([0.0, 2.25], requires_grad=True)
    y = getattr(cr, name)(cr.sqrt(x))
    assert y.grad_fn.name() == f"{name.capitalize()}Backward0"
    assert cr.autograd.grad(y.sum(), x)[0].tolist() == [0.0, 0.0]


def test_halves_go_to_the_even_neighbour():
    x = cr.tensor([0.5, 1.5, 2.5, -0.5])
    assert cr.round(x).tolist() == [0.0, 2.0, 2.0, -0.0]
    assert cr.round(cr.tensor([1234.5678, 0.125]), decimals=2).tolist() == pytest.approx([1234.57, 0.12])
    assert cr.round(cr.tensor([1250.0]), decimals=-2).tolist() == [1200.0]


def test_integers_stay_and_booleans_are_refused():
    i = cr.tensor([3, -4])
    assert all(f(i).tolist() == [3, -4] for f in (cr.floor, cr.ceil, cr.trunc, cr.round))
    with pytest.raises(NotImplementedError, match="\"floor_vml_cpu\" not implemented for 'Bool'"):
        cr.floor(cr.tensor([True]))
    with pytest.raises(NotImplementedError, match="floor is not supported for complex inputs"):
        cr.floor(cr.tensor([1j]))
    with pytest.raises(NotImplementedError, match="\"frac_cpu\" not implemented for 'Long'"):
        cr.frac(i)


def test_the_fraction_keeps_the_slope():
    x = cr.tensor([1.5, -1.25], requires_grad=True)
    assert cr.frac(x).tolist() == [0.5, -0.25]
    assert cr.autograd.grad(cr.frac(x).sum(), x)[0].tolist() == [1.0, 1.0]
