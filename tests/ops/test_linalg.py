"""Linear algebra beyond the samples: errors in torch's words, singular matrices, equal eigenvalues."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import linalg
from chainrule.autograd import grad


def tensor(x: Any, requires_grad: bool = False) -> Any:
    return chainrule.tensor(x, dtype=chainrule.float64, requires_grad=requires_grad)


ZERO = tensor([[0.0, 0.0], [0.0, 0.0]])
EYE = tensor([[1.0, 0.0], [0.0, 1.0]])
BATCH = chainrule.stack([EYE, ZERO])
WIDE = tensor([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
VECTOR = tensor([1.0, 1.0, 1.0])
SINGULAR = (
    "The diagonal element 1 is zero, the inversion could not be completed because the input matrix "
    "is singular."
)
NOT_DEFINITE = (
    "The factorization could not be completed because the input is not positive-definite "
    "(the leading minor of order 1 is not positive-definite)."
)
NO_SOLUTION = "The solver failed because the input matrix is singular."


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: linalg.inv(ZERO), f"linalg.inv: {SINGULAR}"),
        (lambda: linalg.inv(BATCH), f"linalg.inv: (Batch element 1): {SINGULAR}"),
        (lambda: linalg.matrix_power(ZERO, -1), f"linalg.inv: {SINGULAR}"),
        (lambda: linalg.cholesky(ZERO), f"linalg.cholesky: {NOT_DEFINITE}"),
        (lambda: linalg.cholesky(BATCH), f"linalg.cholesky: (Batch element 1): {NOT_DEFINITE}"),
        (lambda: linalg.solve(ZERO, ZERO), f"torch.linalg.solve: {NO_SOLUTION}"),
        (lambda: linalg.solve(BATCH, BATCH), f"torch.linalg.solve: (Batch element 1): {NO_SOLUTION}"),
    ],
)
def test_a_matrix_that_will_not_do_raises_torchs_error(function: Any, message: str) -> None:
    with pytest.raises(linalg.LinAlgError) as info:
        function()
    assert str(info.value) == message
    assert isinstance(info.value, RuntimeError)


def test_the_order_of_the_leading_minor_is_named() -> None:
    with pytest.raises(linalg.LinAlgError, match="leading minor of order 2 is"):
        linalg.cholesky(tensor([[1.0, 2.0], [2.0, 1.0]]))


def test_the_zero_pivot_is_named() -> None:
    with pytest.raises(linalg.LinAlgError, match="diagonal element 2 is zero"):
        linalg.inv(tensor([[1.0, 2.0], [1.0, 2.0]]))


@pytest.mark.parametrize("name", ["inv", "det", "slogdet", "cholesky"])
def test_wrong_matrices_raise_torchs_errors(name: str) -> None:
    function = getattr(linalg, name)
    for x, message in (
        (WIDE, "A must be batches of square matrices, but they are 2 by 3 matrices"),
        (VECTOR, "The input tensor A must have at least 2 dimensions."),
        (chainrule.tensor([[1]]), "Expected a floating point or complex tensor as input. Got Long"),
    ):
        with pytest.raises(RuntimeError) as info:
            function(x)
        assert str(info.value) == f"linalg.{name}: {message}"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda: linalg.solve(EYE, VECTOR),
            "linalg.solve: Incompatible shapes of A and B for the equation AX = B (2x2 and 3x1)",
        ),
        (lambda: linalg.multi_dot([VECTOR]), "multi_dot(): expected at least 2 tensors but got 1"),
        (
            lambda: linalg.multi_dot([EYE, VECTOR]),
            "multi_dot(): tensors 0 and 1 with shapes [2, 2] and [3] cannot be multiplied",
        ),
        (lambda: linalg.matrix_norm(EYE, "foo"), "linalg.matrix_norm: Order foo not supported."),
        (lambda: linalg.matrix_norm(EYE, 3), "linalg.matrix_norm: Order 3 not supported."),
        (
            lambda: linalg.matrix_norm(EYE, "fro", (0, 0)),
            "linalg.matrix_norm: dims must be different. Got (0, 0)",
        ),
        (
            lambda: linalg.norm(BATCH, 2),
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got 3D.",
        ),
        (lambda: linalg.eigh(EYE, "X"), "Expected UPLO argument to be 'L' or 'U', but got X"),
        (
            lambda: linalg.qr(EYE, "foo"),
            "qr received unrecognized mode 'foo' but expected one of 'reduced' (default), 'r', or 'complete'",
        ),
    ],
)
def test_wrong_arguments_raise_torchs_errors(function: Any, message: str) -> None:
    with pytest.raises(RuntimeError) as info:
        function()
    assert str(info.value) == message


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


def test_equal_eigenvalues_leave_the_gradient_of_their_sum_finite() -> None:
    x = tensor(np.eye(3) * 2, requires_grad=True)
    w, v = linalg.eigh(x)
    (g,) = grad(w.sum() + 0 * v.sum(), x)
    np.testing.assert_allclose(g.numpy(), np.eye(3), atol=1e-12)


def test_logdet_is_minus_infinity_at_0_and_nan_for_negative_determinants() -> None:
    assert chainrule.logdet(ZERO).item() == -np.inf
    assert np.isnan(chainrule.logdet(tensor([[0.0, 1.0], [1.0, 0.0]])).item())


def test_results_keep_single_precision_and_are_named() -> None:
    x = chainrule.tensor([[2.0, 1.0], [1.0, 3.0]])
    found = [linalg.inv(x), linalg.det(x), linalg.cholesky(x), linalg.matrix_norm(x, "nuc")]
    found += [linalg.eigh(x).eigenvalues, linalg.qr(x).Q, linalg.qr(x).R, linalg.slogdet(x).logabsdet]
    assert {y.dtype for y in found} == {chainrule.float32}


def test_matrix_norms_of_nothing_are_0() -> None:
    assert [linalg.matrix_norm(chainrule.zeros(0, 3), p).item() for p in (1, -1, 2, "nuc", "fro")] == [
        0.0
    ] * 5


def test_the_chain_is_multiplied_in_the_cheapest_order() -> None:
    a, b, c = (tensor(np.ones(shape), requires_grad=True) for shape in ((1, 9), (9, 9), (9, 1)))
    y = linalg.multi_dot([a, b, c])
    assert y.shape == (1, 1)
    assert y.item() == 81


@pytest.mark.parametrize("mode", ["r", "complete"])
def test_other_modes_of_qr(mode: str) -> None:
    q, r = linalg.qr(WIDE, mode)
    assert r.shape == (2, 3)
    assert q.shape == ((0,) if mode == "r" else (2, 2))


def test_the_nodes_have_torchs_names() -> None:
    x = tensor([[2.0, 1.0], [1.0, 3.0]], requires_grad=True)
    names = [y.grad_fn.name() for y in (linalg.inv(x), linalg.det(x), linalg.cholesky(x), linalg.eigvalsh(x))]
    assert names == [
        "LinalgInvExBackward0",
        "LinalgDetBackward0",
        "LinalgCholeskyExBackward0",
        "LinalgEighBackward0",
    ]
