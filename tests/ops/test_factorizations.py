"""Cholesky and QR factors: what the samples do not show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import linalg
from matrices import adjoint, curvature, gradient, noise, tangent, tensor


@pytest.mark.parametrize("complexes", [False, True])
def test_the_columns_that_only_complete_factors_have_span_what_is_left(complexes: bool) -> None:
    """PyTorch refuses this derivative; what does not depend on the choice of the columns has it."""
    x, e = noise((4, 2), complexes), noise((4, 2), complexes, seed=1)
    g = noise((4, 4), complexes, seed=2)

    def rest(a: Any) -> Any:
        q = linalg.qr(a, "complete").Q[:, 2:]
        return q @ q.mH

    def projection(x: np.ndarray) -> np.ndarray:
        q = np.linalg.qr(x)[0]
        return np.eye(4) - q @ adjoint(q)

    want = (projection(x + 1e-5 * e) - projection(x - 1e-5 * e)) / 2e-5
    np.testing.assert_allclose(tangent(rest, x, e), want, atol=1e-8)
    np.testing.assert_allclose(np.vdot(gradient(rest, x, g), e).real, np.vdot(g, want).real, atol=1e-7)


def test_complete_factors_have_second_derivatives() -> None:
    x, e = noise((4, 2)), noise((4, 2), seed=1)
    weights = tensor(noise((4, 4), seed=2))

    def f(a: Any) -> Any:
        q, r = linalg.qr(a, "complete")
        return (q[:, 2:] @ q[:, 2:].mT * weights).sum() + (r**2).sum()

    differences = (gradient(f, x + 1e-5 * e) - gradient(f, x - 1e-5 * e)) / 2e-5
    np.testing.assert_allclose(curvature(f, x, e), differences, atol=1e-7)


@pytest.mark.parametrize(("shape", "mode"), [((2, 3), "reduced"), ((3, 2), "complete"), ((3, 2), "r")])
def test_both_factors_are_of_one_node_as_in_torch(shape: tuple[int, int], mode: str) -> None:
    q, r = linalg.qr(tensor(noise(shape), requires_grad=True), mode)
    assert r.grad_fn.name() == "LinalgQrBackward0"
    if mode == "r":
        assert q.shape == (0,)
    else:
        assert q.grad_fn is r.grad_fn


def test_dependent_columns_give_infinities_for_derivatives() -> None:
    x = np.ones((3, 2))
    assert not np.isfinite(gradient(lambda a: linalg.qr(a).Q.sum(), x)).all()


@pytest.mark.parametrize("upper", [False, True])
def test_the_older_cholesky_reads_the_triangle_that_it_returns(upper: bool) -> None:
    """That of torch.linalg always reads the lower one."""
    x = np.array([[2.0, 1.0], [0.5, 3.0]])
    whole = np.array([[2.0, 1.0], [1.0, 3.0]] if upper else [[2.0, 0.5], [0.5, 3.0]])
    y = chainrule.cholesky(tensor(x), upper=upper).numpy()
    np.testing.assert_allclose(y.T @ y if upper else y @ y.T, whole)
    y = linalg.cholesky(tensor(x), upper=upper).numpy()
    np.testing.assert_allclose(y.T @ y if upper else y @ y.T, [[2.0, 0.5], [0.5, 3.0]])


@pytest.mark.parametrize("n", [5, 70])
def test_large_factors_have_their_gradient(n: int) -> None:
    x = noise((n, n))
    x, e = x @ x.T + n * np.eye(n), noise((n, n), seed=1)
    e = (e + e.T) / 2
    weights = noise((n, n), seed=2)
    g = gradient(lambda a: (linalg.cholesky(a) * tensor(weights)).sum(), x)
    differences = (
        (np.linalg.cholesky(x + 1e-5 * e) - np.linalg.cholesky(x - 1e-5 * e)) * weights
    ).sum() / 2e-5
    assert np.vdot(g, e) == pytest.approx(differences, rel=1e-7)
