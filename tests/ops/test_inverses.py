"""Inverses, linear equations and the pseudoinverse: what the samples do not show."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule import linalg
from chainrule.autograd import grad
from matrices import gradient, noise, tensor


@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("n", [1, 31, 33, 100])
def test_triangles_of_any_size_are_solved(n: int, left: bool, upper: bool) -> None:
    a = noise((n, n)) / n + np.eye(n)
    b = noise((2, n, 3) if left else (2, 3, n), seed=1)
    y = linalg.solve_triangular(tensor(a), tensor(b), upper=upper, left=left).numpy()
    triangle = np.triu(a) if upper else np.tril(a)
    np.testing.assert_allclose(triangle @ y if left else y @ triangle, b, atol=1e-10)


def test_zeros_on_the_diagonal_of_a_triangle_give_infinities() -> None:
    found = linalg.solve_triangular(chainrule.zeros(2, 2), chainrule.ones(2, 1), upper=True)
    assert np.isnan(found[0, 0].item())
    assert found[1, 0].item() == np.inf


def test_what_is_not_in_the_triangle_has_no_gradient() -> None:
    a = tensor(noise((3, 3)), requires_grad=True)
    (g,) = grad(linalg.solve_triangular(a, tensor(np.ones((3, 1))), upper=True, unitriangular=True).sum(), a)
    np.testing.assert_array_equal(g.numpy() != 0, np.triu(np.ones((3, 3)), 1) > 0)


def test_the_pseudoinverse_of_a_matrix_of_lower_rank_has_its_derivative_among_such() -> None:
    """Along matrices of the same rank it is differentiable."""
    left, right, moved = noise((4, 2)), noise((2, 3), seed=1), noise((4, 2), seed=2)
    weights = noise((3, 4), seed=3)

    def value(step: float) -> float:
        return (np.linalg.pinv((left + step * moved) @ right, rtol=1e-10) * weights).sum()

    g = gradient(lambda a: (linalg.pinv(a, rtol=1e-10) * tensor(weights)).sum(), left @ right)
    differences = (value(1e-6) - value(-1e-6)) / 2e-6
    assert np.vdot(g, moved @ right) == pytest.approx(differences, rel=1e-6)


def test_small_singular_values_count_as_0() -> None:
    x = tensor(np.diag([1.0, 1e-3]))
    for found in (
        linalg.pinv(x, rtol=1e-2),
        linalg.pinv(x, atol=1e-2),
        linalg.pinv(x, 1e-2),
        linalg.pinv(x, atol=tensor(np.array(1e-2))),
        chainrule.pinverse(x, rcond=1e-2),
        linalg.pinv(x, rtol=1e-2, hermitian=True),
    ):
        np.testing.assert_allclose(found.numpy(), np.diag([1.0, 0.0]), atol=1e-12)
    np.testing.assert_allclose(linalg.pinv(x).numpy(), np.diag([1.0, 1e3]), rtol=1e-9)


def test_tolerances_are_given_matrix_by_matrix() -> None:
    stack = tensor(np.stack([np.diag([1.0, 0.1])] * 2))
    tolerance = tensor(np.array([0.0, 0.5]))
    assert linalg.matrix_rank(stack, atol=tolerance).tolist() == [2, 1]
    assert linalg.pinv(stack, atol=tolerance)[1].tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_vectors_and_the_other_side_are_one_node_as_in_torch() -> None:
    a = tensor(np.eye(2), requires_grad=True)
    for y in (linalg.solve(a, tensor(np.ones(2))), linalg.solve(a, tensor(np.ones((3, 2))), left=False)):
        assert y.grad_fn.name() == "LinalgSolveExBackward0"
