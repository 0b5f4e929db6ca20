"""Eigenvalues and eigenvectors where eigenvalues are equal: what has derivatives has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chainrule import linalg
from chainrule.autograd import grad
from chainrule.core.dual import make_dual, new_level, unpack_dual
from matrices import (
    adjoint,
    curvature,
    forward_curvature,
    gradient,
    hermitian,
    orthonormal,
    tangent,
    tensor,
)

SPECTRA = [(1.0, 1.0, 1.0), (0.0, 0.0), (1.0, 1.0, 2.0), (-1.0, 2.0, 2.0, 5.0, 5.0), (1.0, 2.0, 3.0)]
CASES = [(w, complexes) for w in SPECTRA for complexes in (False, True)]


def matrix_of(w: tuple[float, ...], complexes: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return eigenvalues, eigenvectors, and their matrix; a multiple of the identity exactly."""
    values = np.array(w)
    q = orthonormal(len(w), len(w), complexes)
    if len(set(w)) == 1:
        q = np.eye(len(w), dtype=q.dtype)
    return values, q, (q * values) @ adjoint(q)


def change(w: np.ndarray, q: np.ndarray, f: Any, df: Any, e: np.ndarray) -> np.ndarray:
    """Return the derivative along e of the matrix function f, by the theorem of Daleckii and Krein."""
    rise, gap = (x[None, :] - x[:, None] for x in (f(w), w))
    middle = df((w[None, :] + w[:, None]) / 2)
    quotients = np.where(gap == 0, middle, rise / np.where(gap == 0, 1, gap))
    return q @ (quotients * (adjoint(q) @ e @ q)) @ adjoint(q)


def function(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return the matrix function v f(w) v^H, written with eigenvalues and eigenvectors."""

    def apply(a: Any) -> Any:
        w, v = linalg.eigh(a)
        return (v * f(w).to(v.dtype)) @ v.mH

    return apply


# -- functions of the eigenvalues ---------------------------------------------------------------


@pytest.mark.parametrize(("w", "complexes"), CASES)
def test_a_sum_over_eigenvalues_has_first_and_second_derivatives(
    w: tuple[float, ...], complexes: bool
) -> None:
    values, q, x = matrix_of(w, complexes)
    e = hermitian(len(w), complexes, seed=1)
    want = change(values, q, np.exp, np.exp, e)
    for f in (
        lambda a: linalg.eigvalsh(a).exp().sum(),
        lambda a: linalg.eigh(a).eigenvalues.exp().sum(),
        lambda a: linalg.eigvalsh(a, "U").exp().sum(),
    ):
        for create_graph in (False, True):
            g = gradient(f, x, create_graph=create_graph)
            np.testing.assert_allclose(g, (q * np.exp(values)) @ adjoint(q), atol=1e-12)
        np.testing.assert_allclose(curvature(f, x, e), want, atol=1e-10)
        np.testing.assert_allclose(forward_curvature(f, x, e), want, atol=1e-10)


@pytest.mark.parametrize(("w", "complexes"), CASES)
def test_so_has_a_function_that_mixes_them(w: tuple[float, ...], complexes: bool) -> None:
    """The square of trace(x^3), through eigenvalues that were computed twice."""
    values, q, x = matrix_of(w, complexes)
    e = hermitian(len(w), complexes, seed=1)
    slope = (q * (3 * values**2)) @ adjoint(q)
    along = np.vdot(slope, e).real
    cubes = (values**3).sum()
    want = 2 * along * slope + 2 * cubes * change(values, q, lambda t: 3 * t**2, lambda t: 6 * t, e)

    def f(a: Any) -> Any:
        return (linalg.eigvalsh(a) ** 3).sum() * (linalg.eigvalsh(a) ** 3).sum()

    np.testing.assert_allclose(gradient(f, x), 2 * cubes * slope, atol=1e-9)
    np.testing.assert_allclose(curvature(f, x, e), want, atol=1e-9)
    np.testing.assert_allclose(forward_curvature(f, x, e), want, atol=1e-9)


def test_a_stack_of_matrices_keeps_them_apart() -> None:
    stack = np.stack([np.eye(3), np.diag([1.0, 1.0, 2.0]), np.diag([1.0, 2.0, 3.0])])
    e = np.stack([hermitian(3, seed=i) for i in range(3)])
    found = curvature(lambda a: linalg.eigvalsh(a).exp().sum(), stack, e)
    for x, direction, h in zip(stack, e, found, strict=True):
        want = change(np.diag(x), np.eye(3), np.exp, np.exp, direction)
        np.testing.assert_allclose(h, want, atol=1e-12)


def test_eigenvalues_that_are_equal_up_to_rounding_count_as_equal() -> None:
    q = orthonormal(6, 6)
    x = q @ adjoint(q)
    assert len(set(np.linalg.eigvalsh(x))) > 1
    e = hermitian(6, seed=1)
    np.testing.assert_allclose(
        curvature(lambda a: linalg.eigvalsh(a).exp().sum(), x, e), np.e * e, atol=1e-10
    )


def test_single_precision_has_its_own_rounding() -> None:
    q = orthonormal(5, 5).astype(np.float32)
    x = tensor(q @ adjoint(q)).float().requires_grad_()
    (g,) = grad(linalg.eigvalsh(x).exp().sum(), x, create_graph=True)
    (h,) = grad(g[0, 0], x)
    want = np.zeros((5, 5))
    want[0, 0] = np.e
    np.testing.assert_allclose(h.numpy(), want, atol=1e-4)


def test_one_of_equal_eigenvalues_has_a_subgradient_and_no_second_derivative() -> None:
    """The least of them is not differentiable there; no number stands in for its curvature."""
    x = np.diag([1.0, 1.0, 2.0])
    np.testing.assert_allclose(gradient(lambda a: linalg.eigvalsh(a)[0], x), np.diag([1.0, 0, 0]))
    assert np.isnan(curvature(lambda a: linalg.eigvalsh(a)[0], x, hermitian(3))).all()
    assert np.isfinite(curvature(lambda a: linalg.eigvalsh(a)[2], x, hermitian(3))).all()


@pytest.mark.parametrize("complexes", [False, True])
def test_different_eigenvalues_have_all_derivatives(complexes: bool) -> None:
    """The third, of a function that is not linear in them: reverse three times, and twice over forward."""
    x = matrix_of((1.0, 2.0, 4.0), complexes)[2]
    e, f = hermitian(3, complexes, seed=1), hermitian(3, complexes, seed=2)

    def loss(a: Any) -> Any:
        return linalg.eigvalsh(a).exp().sum() * linalg.eigvalsh(a).sin().sum()

    leaf = tensor(x, requires_grad=True)
    (g,) = grad(loss(leaf), leaf, create_graph=True)
    (h,) = grad(g, leaf, tensor(e), create_graph=True)
    (third,) = grad(h, leaf, tensor(f))
    step = 1e-4
    differences = (curvature(loss, x + step * f, e) - curvature(loss, x - step * f, e)) / (2 * step)
    np.testing.assert_allclose(third.numpy(), differences, rtol=1e-6, atol=1e-4)
    with new_level():
        along = unpack_dual(loss(make_dual(leaf, tensor(e))))[1]
    (g,) = grad(along, leaf, create_graph=True)
    np.testing.assert_allclose(grad(g, leaf, tensor(f))[0].numpy(), third.numpy(), rtol=1e-9, atol=1e-9)


def test_a_third_derivative_is_not_known() -> None:
    leaf = tensor(np.eye(3), requires_grad=True)
    (g,) = grad(linalg.eigvalsh(leaf).exp().sum(), leaf, create_graph=True)
    (h,) = grad(g, leaf, tensor(hermitian(3)), create_graph=True)
    for create_graph in (False, True):
        (third,) = grad(h, leaf, tensor(hermitian(3, seed=1)), create_graph=create_graph, retain_graph=True)
        assert np.isnan(third.detach().numpy()).all()


# -- functions of the eigenvectors --------------------------------------------------------------


@pytest.mark.parametrize(("w", "complexes"), CASES)
def test_matrix_functions_have_their_derivative_in_forward_mode(
    w: tuple[float, ...], complexes: bool
) -> None:
    values, q, x = matrix_of(w, complexes)
    e = hermitian(len(w), complexes, seed=1)
    want = change(values, q, np.exp, np.exp, e)
    np.testing.assert_allclose(tangent(function(lambda w: w.exp()), x, e), want, atol=1e-10)


@pytest.mark.parametrize(("w", "complexes"), CASES)
def test_matrix_functions_have_their_derivative_in_a_recorded_backward_pass(
    w: tuple[float, ...], complexes: bool
) -> None:
    values, q, x = matrix_of(w, complexes)
    g = hermitian(len(w), complexes, seed=1)
    for f, df in ((np.exp, np.exp), (lambda t: t - 1, np.ones_like)):  # of the second one all is 0 at 1
        found = gradient(function(lambda w, f=f: w.exp() if f is np.exp else w - 1), x, g, create_graph=True)
        np.testing.assert_allclose(found, change(values, q, f, df, g), atol=1e-10)


def test_a_plain_backward_pass_cannot_know_it_and_says_so() -> None:
    f = function(lambda w: w.exp())
    assert np.isnan(gradient(f, np.eye(3), hermitian(3))).all()
    assert np.isfinite(gradient(f, np.diag([1.0, 2.0, 3.0]), hermitian(3))).all()


def test_nor_is_the_second_derivative_known() -> None:
    leaf = tensor(np.eye(3), requires_grad=True)
    (g,) = grad(function(lambda w: w.exp())(leaf), leaf, tensor(hermitian(3)), create_graph=True)
    for create_graph in (False, True):
        (h,) = grad(g, leaf, tensor(hermitian(3, seed=1)), create_graph=create_graph, retain_graph=True)
        assert np.isnan(h.detach().numpy()).all()


@pytest.mark.parametrize("complexes", [False, True])
def test_the_projection_on_equal_eigenvectors_has_its_derivative(complexes: bool) -> None:
    """It depends on their space only, and not on the eigenvalues."""
    q = orthonormal(5, 5, complexes)
    x = (q * np.array([1.0, 2.0, 2.0, 2.0, 3.0])) @ adjoint(q)
    e, g = hermitian(5, complexes, seed=1), hermitian(5, complexes, seed=2)

    def projection(a: Any) -> Any:
        v = linalg.eigh(a).eigenvectors[:, 1:4]
        return v @ v.mH

    outside = np.array([1.0, 0, 0, 0, 1.0])
    resolvent = (q * np.array([1.0, 0, 0, 0, -1.0])) @ adjoint(q)
    inside = (q * (1 - outside)) @ adjoint(q)
    want = resolvent @ e @ inside + inside @ e @ resolvent
    np.testing.assert_allclose(tangent(projection, x, e), want, atol=1e-10)
    found = gradient(projection, x, g)
    np.testing.assert_allclose(np.vdot(found, e).real, np.vdot(g, want).real, atol=1e-10)


def test_equal_eigenvectors_that_are_not_used_are_no_trouble() -> None:
    """A loss of the leading eigenvectors and of all eigenvalues of a singular covariance."""
    data = np.random.default_rng(0).normal(size=(3, 6))
    x, e = data.T @ data, hermitian(6, seed=1)
    weights = np.arange(36.0).reshape(6, 6)

    def loss(a: Any) -> Any:
        w, v = linalg.eigh(a)
        leading = v[:, -2:]
        return (leading @ leading.mT * tensor(weights)).sum() + w.sum() + w[-2:].log().sum()

    def value(x: np.ndarray) -> float:
        w, v = np.linalg.eigh(x)
        return (v[:, -2:] @ v[:, -2:].T * weights).sum() + w.sum() + np.log(w[-2:]).sum()

    step = 1e-6
    differences = (value(x + step * e) - value(x - step * e)) / (2 * step)
    assert np.vdot(gradient(loss, x), e) == pytest.approx(differences, rel=1e-7)


@pytest.mark.parametrize("loss", [lambda v: v[0, 1], lambda v: (v[:, :1] @ v[:, :1].mT)[0, 1]])
def test_what_depends_on_the_choice_of_equal_eigenvectors_has_no_derivative(loss: Any) -> None:
    assert np.isnan(gradient(lambda a: loss(linalg.eigh(a).eigenvectors), np.eye(3))).any()


def test_the_product_of_the_eigenvectors_with_their_adjoint_is_constant() -> None:
    def f(a: Any) -> Any:
        v = linalg.eigh(a).eigenvectors
        return (v @ v.mT)[0, 0]

    np.testing.assert_allclose(gradient(f, np.eye(3)), np.zeros((3, 3)), atol=1e-15)


def test_values_and_vectors_that_are_not_used_cost_no_nan() -> None:
    leaf = tensor(np.eye(3) * 2, requires_grad=True)
    w, v = linalg.eigh(leaf)
    (g,) = grad(w.sum(), leaf, retain_graph=True)
    np.testing.assert_allclose(g.numpy(), np.eye(3), atol=1e-12)
    assert np.isnan(grad(w.sum() + 0 * v.sum(), leaf)[0].numpy()).any()  # as far as anybody can tell


def test_the_vectors_turn_into_those_of_a_direction_in_forward_mode() -> None:
    """At the identity, the eigenvectors along e are those of e."""
    e = hermitian(3)
    w_dot = tangent(lambda a: linalg.eigh(a).eigenvalues, np.eye(3), e)
    np.testing.assert_allclose(w_dot, np.linalg.eigvalsh(e), atol=1e-12)


def test_phases_of_complex_vectors_are_torchs_error() -> None:
    x = tensor(hermitian(3, complexes=True), requires_grad=True)
    v = linalg.eigh(x).eigenvectors
    with pytest.raises(
        RuntimeError, match=r"^linalg_eigh_backward: The eigenvectors in the complex case are"
    ):
        grad((v * tensor(np.array([1 + 2j, 1, 1j]))).sum().real, x)


@pytest.mark.parametrize("lower", [True, False])
def test_one_triangle_is_read(lower: bool) -> None:
    x = np.array([[1.0, 2.0], [5.0, 3.0]])
    whole = np.array([[1.0, 5.0], [5.0, 3.0]] if lower else [[1.0, 2.0], [2.0, 3.0]])
    found = linalg.eigvalsh(tensor(x), "L" if lower else "u")
    np.testing.assert_allclose(found.numpy(), np.linalg.eigvalsh(whole))


def test_both_results_are_of_one_node_as_in_torch() -> None:
    w, v = linalg.eigh(tensor(np.eye(2), requires_grad=True))
    assert w.grad_fn is v.grad_fn
    assert [w.output_nr, v.output_nr] == [0, 1]
    assert w.grad_fn.name() == "LinalgEighBackward0"


def test_the_matrix_function_of_a_matrix_that_requires_no_grad_is_plain() -> None:
    assert not linalg.eigh(tensor(np.eye(2))).eigenvectors.requires_grad
