"""Singular values and vectors where singular values are equal or 0, and of full matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chainrule import linalg
from chainrule.autograd import grad
from matrices import adjoint, curvature, forward_curvature, gradient, noise, orthonormal, tangent, tensor

H = adjoint
SPECTRA = [
    ((3, 3), (1.0, 1.0, 1.0)),
    ((3, 3), (2.0, 1.0, 1.0)),
    ((4, 2), (1.0, 1.0)),
    ((2, 4), (3.0, 3.0)),
    ((3, 2), (2.0, 1.0)),
]
SINGULAR = [
    ((3, 3), (2.0, 0.0, 0.0)),
    ((4, 3), (1.0, 0.0, 0.0)),
    ((3, 2), (0.0, 0.0)),
    ((3, 3), (1.0, 1.0, 0.0)),
]


def matrix_of(shape: tuple[int, int], s: tuple[float, ...], complexes: bool) -> np.ndarray:
    u, v = (orthonormal(n, len(s), complexes, seed=i) for i, n in enumerate(shape))
    return (u * np.array(s)) @ H(v)


def cases(spectra: Any) -> Any:
    return pytest.mark.parametrize(
        ("shape", "s", "complexes"), [(*case, complexes) for case in spectra for complexes in (False, True)]
    )


def fourth_powers(a: Any) -> Any:
    """The sum of s^4, which is the trace of (x^H x)^2."""
    return (linalg.svdvals(a) ** 4).sum()


def fourth_powers_curved(x: np.ndarray, e: np.ndarray) -> np.ndarray:
    return 4 * (e @ H(x) @ x + x @ H(e) @ x + x @ H(x) @ e)


@cases(SPECTRA + SINGULAR)
def test_a_sum_over_singular_values_has_first_and_second_derivatives(
    shape: Any, s: Any, complexes: bool
) -> None:
    x, e = matrix_of(shape, s, complexes), noise(shape, complexes, seed=2)
    for create_graph in (False, True):
        found = gradient(fourth_powers, x, create_graph=create_graph)
        np.testing.assert_allclose(found, 4 * x @ H(x) @ x, atol=1e-10)
    np.testing.assert_allclose(curvature(fourth_powers, x, e), fourth_powers_curved(x, e), atol=1e-9)


@cases(SPECTRA)
def test_so_it_has_forward_over_reverse_where_none_is_0(shape: Any, s: Any, complexes: bool) -> None:
    x, e = matrix_of(shape, s, complexes), noise(shape, complexes, seed=2)
    np.testing.assert_allclose(forward_curvature(fourth_powers, x, e), fourth_powers_curved(x, e), atol=1e-9)


def test_forward_over_reverse_is_not_known_where_several_are_0() -> None:
    x = matrix_of((3, 3), (2.0, 0.0, 0.0), False)
    assert np.isnan(forward_curvature(fourth_powers, x, noise((3, 3)))).any()


@cases(SPECTRA + SINGULAR)
def test_so_has_a_function_that_mixes_them(shape: Any, s: Any, complexes: bool) -> None:
    """The fourth power of the Frobenius norm."""
    x, e = matrix_of(shape, s, complexes), noise(shape, complexes, seed=2)

    def f(a: Any) -> Any:
        return (linalg.svd(a, full_matrices=False).S ** 2).sum() ** 2

    want = 4 * np.sum(np.square(s)) * e + 8 * x * np.vdot(x, e).real
    np.testing.assert_allclose(curvature(f, x, e), want, atol=1e-9)


@pytest.mark.parametrize("complexes", [False, True])
def test_the_nuclear_norm_of_orthonormal_matrices_has_its_derivatives(complexes: bool) -> None:
    x, e = orthonormal(4, 4, complexes), noise((4, 4), complexes, seed=1)
    p = H(x) @ e
    want = x @ (p - H(p)) / 2

    def nuclear(a: Any) -> Any:
        return linalg.matrix_norm(a, "nuc")

    np.testing.assert_allclose(gradient(nuclear, x), x, atol=1e-12)
    np.testing.assert_allclose(curvature(nuclear, x, e), want, atol=1e-10)
    np.testing.assert_allclose(forward_curvature(nuclear, x, e), want, atol=1e-10)


@pytest.mark.parametrize("complexes", [False, True])
def test_the_polar_factor_of_orthonormal_matrices_has_its_derivative(complexes: bool) -> None:
    x, e, g = orthonormal(4, 4, complexes), noise((4, 4), complexes, 1), noise((4, 4), complexes, 2)

    def polar(a: Any) -> Any:
        u, _, vh = linalg.svd(a)
        return u @ vh

    p, q = H(x) @ e, H(x) @ g
    np.testing.assert_allclose(tangent(polar, x, e), x @ (p - H(p)) / 2, atol=1e-10)
    np.testing.assert_allclose(gradient(polar, x, g), x @ (q - H(q)) / 2, atol=1e-10)


@cases(SPECTRA)
def test_matrix_functions_have_their_derivative_in_forward_mode(shape: Any, s: Any, complexes: bool) -> None:
    """u s^3 vh is x x^H x."""
    x, e = matrix_of(shape, s, complexes), noise(shape, complexes, seed=2)

    def cube(a: Any) -> Any:
        u, s, vh = linalg.svd(a, full_matrices=False)
        return (u * (s**3).to(u.dtype)) @ vh

    want = e @ H(x) @ x + x @ H(e) @ x + x @ H(x) @ e
    np.testing.assert_allclose(tangent(cube, x, e), want, atol=1e-9)
    found = gradient(cube, x, e)
    if len(set(s)) == len(s):
        np.testing.assert_allclose(found, want, atol=1e-9)
    else:
        assert np.isnan(found).any()


def test_the_identity_by_a_decomposition_has_no_derivative_that_is_known_at_rank_1() -> None:
    """u s vh is x itself, but the cotangents at 0 singular values do not tell."""
    x = np.outer([1.0, 2.0, 3.0], [1.0, 0.0, 1.0])

    def same(a: Any) -> Any:
        u, s, vh = linalg.svd(a, full_matrices=False)
        return (u * s) @ vh

    assert np.isnan(gradient(same, x, noise((3, 3)))).any()


@pytest.mark.parametrize("complexes", [False, True])
@pytest.mark.parametrize("shape", [(4, 2), (2, 4)])
def test_the_vectors_that_only_full_matrices_have_span_the_null_space(shape: Any, complexes: bool) -> None:
    k = min(shape)
    x, e = matrix_of(shape, (2.0, 1.0), complexes), noise(shape, complexes, seed=2)
    g = noise((4, 4), complexes, seed=3)

    def null(a: Any) -> Any:
        u, _, vh = linalg.svd(a)
        rest = u[:, k:] if shape[0] > k else vh.mH[:, k:]
        return rest @ rest.mH

    def projection(x: np.ndarray) -> np.ndarray:
        q = np.linalg.qr(x if shape[0] > k else H(x))[0]
        return np.eye(4) - q @ H(q)

    step = 1e-5
    want = (projection(x + step * e) - projection(x - step * e)) / (2 * step)
    np.testing.assert_allclose(tangent(null, x, e), want, atol=1e-8)
    found = gradient(null, x, g)
    np.testing.assert_allclose(np.vdot(found, e).real, np.vdot(g, want).real, atol=1e-7)


def test_the_null_space_of_full_matrices_has_second_derivatives() -> None:
    x, e = matrix_of((4, 2), (2.0, 1.0), False), noise((4, 2), seed=2)
    weights = tensor(noise((4, 4), seed=3))

    def f(a: Any) -> Any:
        rest = linalg.svd(a).U[:, 2:]
        return (rest @ rest.mT * weights).sum()

    step = 1e-5
    differences = (gradient(f, x + step * e) - gradient(f, x - step * e)) / (2 * step)
    np.testing.assert_allclose(curvature(f, x, e), differences, atol=1e-7)
    np.testing.assert_allclose(forward_curvature(f, x, e), differences, atol=1e-7)


def test_complex_vectors_have_derivatives_that_do_not_depend_on_phases() -> None:
    x, e = noise((3, 2), True), noise((3, 2), True, seed=1)
    weights = tensor(noise((3, 3), True, seed=2))

    def f(a: Any) -> Any:
        u, s, vh = linalg.svd(a, full_matrices=False)
        first = u[:, :1] @ vh[:1]
        return (first @ first.mH * weights).sum().real + (s[0] * first).abs().sum()

    step = 1e-6
    differences = (f(tensor(x + step * e)) - f(tensor(x - step * e))).item() / (2 * step)
    assert np.vdot(gradient(f, x), e).real == pytest.approx(differences, rel=1e-7)


def test_phases_of_complex_vectors_are_torchs_error() -> None:
    x = tensor(noise((3, 3), True), requires_grad=True)
    u = linalg.svd(x).U
    with pytest.raises(RuntimeError, match=r"^svd_backward: The singular vectors in the complex case are"):
        grad((u * tensor(noise((3, 3), True, seed=1))).sum().real, x)


def test_singular_values_of_0_give_their_sum_a_subgradient_and_no_second_derivative() -> None:
    x = np.diag([1.0, 0.0, 0.0])
    g = gradient(lambda a: linalg.svdvals(a).sum(), x)
    np.testing.assert_allclose(g @ H(g), np.eye(3), atol=1e-12)
    assert np.isnan(curvature(lambda a: linalg.svdvals(a).sum(), x, noise((3, 3)))).any()


def test_all_results_are_of_one_node_as_in_torch() -> None:
    found = linalg.svd(tensor(np.eye(2), requires_grad=True))
    assert {y.grad_fn.name() for y in found} == {"LinalgSvdBackward0"}
    assert [y.output_nr for y in found] == [0, 1, 2]
