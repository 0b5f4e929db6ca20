"""Variance and standard deviation."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad


def test_every_way_to_say_how_much_is_subtracted_from_n() -> None:
    x = chainrule.tensor([1.0, 2.0, 4.0])
    assert x.var(unbiased=False).item() == x.var(False).item() == x.var(correction=0).item()
    assert x.var(0, False).item() == x.var(dim=0, correction=0).item() == pytest.approx(14 / 9)
    assert x.var().item() == x.var(0, True).item() == pytest.approx(7 / 3)
    assert x.var(0, True, True).shape == (1,)


def test_two_ways_at_once_are_an_error() -> None:
    with pytest.raises(TypeError, match=r"^var\(\) received an invalid combination of arguments"):
        chainrule.ones(3).var(0, unbiased=True, correction=1)


def test_integers_are_torchs_error() -> None:
    message = r"^std and var only support floating point and complex dtypes$"
    for name in ("var", "std"):
        with pytest.raises(RuntimeError, match=message):
            getattr(chainrule.tensor([1, 2]), name)()


def test_one_element_has_no_variance_unless_nothing_is_subtracted() -> None:
    x = chainrule.tensor([5.0], requires_grad=True)
    assert np.isnan(x.var().item())
    y = x.var(correction=0)
    assert y.item() == 0.0
    assert grad(y, x)[0].tolist() == [0.0]


def test_equal_elements_have_exactly_no_variance() -> None:
    """Their mean is not exact in binary, their deviations must be."""
    x = chainrule.full((3,), 0.1, dtype=chainrule.float64).requires_grad_()
    y = x.std()
    assert y.item() == x.var().item() == 0.0
    assert grad(y, x)[0].tolist() == [0.0, 0.0, 0.0]


def test_a_large_mean_does_not_cancel_the_variance() -> None:
    x = np.array([1.0, 2.0, 3.0]) + 1e9
    assert chainrule.tensor(x).var().item() == 1.0


def test_complex_numbers_have_a_real_variance_and_a_complex_gradient() -> None:
    x = chainrule.tensor([1 + 1j, -1 - 1j], dtype=chainrule.complex128, requires_grad=True)
    y = x.var()
    assert (y.dtype, y.item()) == (chainrule.float64, 4.0)
    assert grad(y, x)[0].tolist() == [2 + 2j, -2 - 2j]


def test_half_precision_is_computed_in_single_precision() -> None:
    x = chainrule.tensor([300.0, -300.0] * 100, dtype=chainrule.float16)
    assert x.std(correction=0).item() == 300.0
