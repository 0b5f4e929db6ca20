"""Determinants of singular matrices."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule import linalg
from chainrule.autograd import grad
from matrices import tensor


@pytest.mark.parametrize("n", [2, 3, 5])
@pytest.mark.parametrize("lost", [1, 2])
def test_the_determinant_of_a_singular_matrix_has_its_derivatives(n: int, lost: int) -> None:
    """diag(1, .., 0) has d det / d x_nn = 1; two zeros leave second derivatives only."""
    x = tensor(np.diag([1.0] * (n - lost) + [0.0] * lost), requires_grad=True)
    (g,) = grad(linalg.det(x), x, create_graph=True)
    expected = np.zeros((n, n))
    if lost == 1:
        expected[-1, -1] = 1
    np.testing.assert_allclose(g.detach().numpy(), expected, atol=1e-12)
    (h,) = grad(g[-1, -1], x)
    second = np.zeros((n, n))
    second[range(n - 1), range(n - 1)] = [1.0] * (n - 1) if lost == 1 else [0.0] * (n - 2) + [1.0]
    np.testing.assert_allclose(h.numpy(), second, atol=1e-12)


def test_a_large_singular_matrix_has_the_cofactors_for_its_gradient() -> None:
    x = tensor(np.diag([2.0] * 5 + [0.0]), requires_grad=True)
    (g,) = grad(linalg.det(x), x)
    expected = np.zeros((6, 6))
    expected[5, 5] = 32
    np.testing.assert_allclose(g.numpy(), expected, atol=1e-12)


def test_logdet_is_minus_infinity_at_0_and_nan_for_negative_determinants() -> None:
    assert chainrule.logdet(tensor(np.zeros((2, 2)))).item() == -np.inf
    assert np.isnan(chainrule.logdet(tensor([[0.0, 1.0], [1.0, 0.0]])).item())
