"""Vector norms: orders, extreme values, the subgradient at 0, errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad

INF = math.inf


@pytest.mark.parametrize("p", ["fro", 2, 3, 1.5, 10])
@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_elements_near_the_ends_of_the_range_of_numbers(p: float, size: float) -> None:
    x = chainrule.tensor([3 * size, 4 * size, 0.0], dtype=chainrule.float64, requires_grad=True)
    small = chainrule.tensor([3.0, 4.0, 0.0], dtype=chainrule.float64, requires_grad=True)
    y, reference = x.norm(p), small.norm(p)
    assert y.item() == pytest.approx(reference.item() * size)
    assert grad(y, x)[0].tolist() == pytest.approx(grad(reference, small)[0].tolist())


@pytest.mark.parametrize("p", ["fro", 2, 1, 3, 1.5, 0.5, INF, -INF, 0, -1])
def test_the_gradient_at_0_is_0_in_either_mode_of_recording(p: float) -> None:
    x = chainrule.zeros(3, requires_grad=True)
    for create_graph in (False, True):
        (g,) = grad(x.norm(p), x, create_graph=create_graph)
        assert g.tolist() == [0.0, 0.0, 0.0]


def test_only_the_rows_that_are_0_have_the_subgradient() -> None:
    x = chainrule.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    (g,) = grad(x.norm(dim=1).sum(), x)
    np.testing.assert_allclose(g.numpy(), [[0, 0], [0.6, 0.8]], rtol=1e-6)


def test_the_infinity_norm_of_infinity() -> None:
    assert chainrule.tensor([INF, 1.0]).norm().item() == INF
    assert chainrule.tensor([-INF, 1.0]).norm(INF).item() == INF


def test_integers_are_torchs_error() -> None:
    with pytest.raises(RuntimeError, match=r"floating point or complex tensor as input. Got Long$"):
        chainrule.tensor([1, 2]).norm()


@pytest.mark.parametrize("p", [INF, -INF, -1])
def test_nothing_has_no_norm_without_an_identity(p: float) -> None:
    with pytest.raises(RuntimeError, match=f"cannot compute the {p:g} norm on an empty tensor"):
        chainrule.zeros(0).norm(p)
    with pytest.raises(RuntimeError, match=f"cannot compute the {p:g} norm on the dimension 1"):
        chainrule.zeros(2, 0).norm(p, dim=1)
    assert chainrule.zeros(0, 2).norm(p, dim=1).shape == (0,)
