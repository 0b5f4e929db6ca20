"""Linear algebra: errors in torch's words, signatures, named results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import linalg
from matrices import tensor

EYE, ZERO = cr.eye(2), cr.zeros(2, 2)
STACK = cr.stack([EYE, ZERO])
WIDE, VECTOR = cr.ones(2, 3), cr.ones(3)
INTEGERS, HALF = cr.ones(2, 2, dtype=cr.int64), cr.ones(2, 2, dtype=cr.float16)

SINGULAR = (
    "The diagonal element 1 is zero, the inversion could not be completed because the input matrix "
    "is singular."
)
NOT_DEFINITE = (
    "The factorization could not be completed because the input is not positive-definite "
    "(the leading minor of order 1 is not positive-definite)."
)
NO_SOLUTION = "The solver failed because the input matrix is singular."
NOT_FINITE = "The algorithm failed to converge because the input matrix contained non-finite values."


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: linalg.inv(ZERO), f"linalg.inv: {SINGULAR}"),
        (lambda: linalg.inv(STACK), f"linalg.inv: (Batch element 1): {SINGULAR}"),
        (lambda: cr.inverse(ZERO), f"linalg.inv: {SINGULAR}"),
        (lambda: linalg.matrix_power(ZERO, -1), f"linalg.inv: {SINGULAR}"),
        (lambda: linalg.cholesky(ZERO), f"linalg.cholesky: {NOT_DEFINITE}"),
        (lambda: linalg.cholesky(STACK), f"linalg.cholesky: (Batch element 1): {NOT_DEFINITE}"),
        (lambda: linalg.cholesky(EYE * np.nan), f"linalg.cholesky: {NOT_DEFINITE}"),
        (lambda: cr.cholesky(ZERO), f"cholesky: {NOT_DEFINITE}"),
        (lambda: linalg.solve(ZERO, ZERO), f"chainrule.linalg.solve: {NO_SOLUTION}"),
        (lambda: linalg.solve(STACK, STACK), f"chainrule.linalg.solve: (Batch element 1): {NO_SOLUTION}"),
        (lambda: linalg.svd(EYE * np.nan), f"linalg.svd: {NOT_FINITE}"),
        (lambda: linalg.pinv(EYE * np.nan), f"linalg.svd: {NOT_FINITE}"),
    ],
)
def test_a_matrix_that_will_not_do_raises_torchs_error(function: Any, message: str) -> None:
    with pytest.raises(linalg.LinAlgError) as info:
        function()
    assert str(info.value) == message


def test_the_error_is_a_runtime_error_as_in_torch_and_numpys_error() -> None:
    assert issubclass(linalg.LinAlgError, RuntimeError)
    assert issubclass(linalg.LinAlgError, np.linalg.LinAlgError)


def test_the_order_of_the_leading_minor_is_named() -> None:
    with pytest.raises(linalg.LinAlgError, match="leading minor of order 2 is"):
        linalg.cholesky(cr.tensor([[1.0, 2.0], [2.0, 1.0]]))


def test_the_zero_pivot_is_named() -> None:
    with pytest.raises(linalg.LinAlgError, match="diagonal element 2 is zero"):
        linalg.inv(cr.tensor([[1.0, 2.0], [1.0, 2.0]]))


SQUARE = ["det", "slogdet", "inv", "cholesky", "eigh", "matrix_exp"]
INEXACT = ["det", "slogdet", "inv", "cholesky", "qr", "svd", "matrix_exp"]


@pytest.mark.parametrize("name", SQUARE)
def test_a_rectangle_is_torchs_error(name: str) -> None:
    with pytest.raises(RuntimeError) as info:
        getattr(linalg, name)(WIDE)
    assert str(info.value) == (
        f"linalg.{name}: A must be batches of square matrices, but they are 2 by 3 matrices"
    )


@pytest.mark.parametrize("name", [*SQUARE, "qr", "svd"])
def test_a_vector_is_torchs_error(name: str) -> None:
    with pytest.raises(RuntimeError) as info:
        getattr(linalg, name)(VECTOR)
    assert str(info.value) == f"linalg.{name}: The input tensor A must have at least 2 dimensions."


@pytest.mark.parametrize("name", INEXACT)
def test_integers_are_torchs_error(name: str) -> None:
    with pytest.raises(RuntimeError) as info:
        getattr(linalg, name)(INTEGERS)
    assert str(info.value) == (
        f"linalg.{name}: Expected a floating point or complex tensor as input. Got Long"
    )


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("det", "lu_cpu"),
        ("cholesky", "cholesky_cpu"),
        ("eigh", "linalg_eigh_cpu"),
        ("qr", "geqrf_cpu"),
        ("svd", "linalg_svd_cpu"),
        ("slogdet", ""),
        ("inv", ""),
    ],
)
def test_half_precision_is_torchs_error(name: str, kernel: str) -> None:
    with pytest.raises((RuntimeError, NotImplementedError)) as info:
        getattr(linalg, name)(HALF)
    unsupported = f"linalg.{name}: Low precision dtypes not supported. Got Half"
    assert str(info.value) == (f"\"{kernel}\" not implemented for 'Half'" if kernel else unsupported)


@pytest.mark.parametrize(
    ("name", "argument"),
    [("det", "A"), ("inv", "A"), ("qr", "A"), ("svdvals", "A"), ("cholesky", "input"), ("eigvalsh", "input")],
)
def test_what_is_no_tensor_is_torchs_error(name: str, argument: str) -> None:
    with pytest.raises(TypeError) as info:
        getattr(linalg, name)([[1.0]])
    assert str(info.value) == (
        f"linalg_{name}(): argument '{argument}' (position 1) must be Tensor, not list"
    )


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "solve, sizes": (
        lambda: linalg.solve(EYE, VECTOR),
        RuntimeError,
        "linalg.solve: Incompatible shapes of A and B for the equation AX = B (2x2 and 3x1)",
    ),
    "solve, sizes on the other side": (
        lambda: linalg.solve(EYE, WIDE, left=False),
        RuntimeError,
        "linalg.solve: Incompatible shapes of A and B for the equation XA = B (2x2 and 2x3)",
    ),
    "solve, dtypes": (
        lambda: linalg.solve(EYE, INTEGERS),
        RuntimeError,
        "linalg.solve: Expected A and B to have the same dtype, but found A of type Float and B of type Long "
        "instead",
    ),
    "solve, a number": (
        lambda: linalg.solve(EYE, cr.ones(())),
        RuntimeError,
        "linalg.solve: The input tensor B must have at least 2 dimensions.",
    ),
    "solve_triangular, a vector": (
        lambda: linalg.solve_triangular(EYE, cr.ones(2), upper=True),
        RuntimeError,
        "linalg.solve_triangular: The input tensor B must have at least 2 dimensions.",
    ),
    "solve_triangular, sizes": (
        lambda: linalg.solve_triangular(EYE, cr.ones(3, 2), upper=True),
        RuntimeError,
        "linalg.solve_triangular: Incompatible shapes of A and B for the equation AX = B (2x2 and 3x2)",
    ),
    "solve_triangular, integers": (
        lambda: linalg.solve_triangular(INTEGERS, INTEGERS, upper=True),
        NotImplementedError,
        "\"triangular_solve_cpu\" not implemented for 'Long'",
    ),
    "solve_triangular, a flag": (
        lambda: linalg.solve_triangular(EYE, EYE, upper=1),
        TypeError,
        "linalg_solve_triangular(): argument 'upper' must be bool, not int",
    ),
    "pinv, integers": (
        lambda: linalg.pinv(INTEGERS),
        RuntimeError,
        "linalg.pinv(Long{[2, 2]}): expected a tensor with 2 or more dimensions of float, double, cfloat or "
        "cdouble types",
    ),
    "matrix_power of a fraction": (
        lambda: linalg.matrix_power(EYE, 0.5),
        TypeError,
        "linalg_matrix_power(): argument 'n' (position 2) must be int, not float",
    ),
    "matrix_power of integers": (
        lambda: linalg.matrix_power(INTEGERS, -2),
        RuntimeError,
        "linalg.inv: Expected a floating point or complex tensor as input. Got Long",
    ),
    "multi_dot of one": (
        lambda: linalg.multi_dot([VECTOR]),
        RuntimeError,
        "multi_dot(): expected at least 2 tensors but got 1",
    ),
    "multi_dot, sizes": (
        lambda: linalg.multi_dot([EYE, VECTOR]),
        RuntimeError,
        "multi_dot(): tensors 0 and 1 with shapes [2, 2] and [3] cannot be multiplied",
    ),
    "multi_dot, a stack": (
        lambda: linalg.multi_dot([STACK, EYE]),
        RuntimeError,
        "multi_dot(): the first tensor must be 1D or 2D but got 3D",
    ),
    "multi_dot, a vector between": (
        lambda: linalg.multi_dot([EYE, cr.ones(2), EYE]),
        RuntimeError,
        "multi_dot(): tensor 1 must be 2D but got 1D",
    ),
    "multi_dot, dtypes": (
        lambda: linalg.multi_dot([EYE, INTEGERS]),
        RuntimeError,
        "multi_dot(): all tensors must have be the same dtype but tensor 0 is float and tensor 1 long int",
    ),
    "multi_dot of a tensor": (
        lambda: linalg.multi_dot(STACK),
        TypeError,
        "linalg_multi_dot(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor",
    ),
    "vecdot of integers": (
        lambda: linalg.vecdot(INTEGERS, INTEGERS),
        RuntimeError,
        "linalg.vecdot: Expected a floating point or complex tensor as input. Got Long",
    ),
    "vecdot, dtypes": (
        lambda: linalg.vecdot(EYE, INTEGERS),
        RuntimeError,
        "linalg.vecdot: Expected x and y to have the same dtype, but found x of type Float and y of type "
        "Long instead",
    ),
    "cross, lengths": (
        lambda: linalg.cross(EYE, EYE),
        RuntimeError,
        "linalg.cross: inputs dimension -1 must have length 3. Got 2 and 2",
    ),
    "eigh, triangle": (
        lambda: linalg.eigh(EYE, "X"),
        RuntimeError,
        "Expected UPLO argument to be 'L' or 'U', but got X",
    ),
    "eigh, no triangle": (
        lambda: linalg.eigh(EYE, None),
        TypeError,
        "linalg_eigh(): argument 'UPLO' (position 2) must be str, not NoneType",
    ),
    "qr, mode": (
        lambda: linalg.qr(EYE, "foo"),
        RuntimeError,
        "qr received unrecognized mode 'foo' but expected one of 'reduced' (default), 'r', or 'complete'",
    ),
    "qr, no mode": (
        lambda: linalg.qr(EYE, False),
        TypeError,
        "linalg_qr(): argument 'mode' (position 2) must be str, not bool",
    ),
    "svd, driver": (
        lambda: linalg.svd(EYE, driver="gesvd"),
        RuntimeError,
        "chainrule.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER "
        "backend.",
    ),
    "svd of a vector": (
        lambda: cr.svd(VECTOR),
        RuntimeError,
        "linalg.svd: input should have at least 2 dimensions, but has 1 dimensions instead",
    ),
    "cholesky of integers": (
        lambda: cr.cholesky(INTEGERS),
        NotImplementedError,
        "\"cholesky_cpu\" not implemented for 'Long'",
    ),
    "logdet of a rectangle": (
        lambda: cr.logdet(WIDE),
        RuntimeError,
        "logdet: A must be batches of square matrices, but they are 2 by 3 matrices",
    ),
    "inverse of a list": (
        lambda: cr.inverse([[1.0]]),
        TypeError,
        "inverse(): argument 'input' (position 1) must be Tensor, not list",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_raise_torchs_errors(name: str) -> None:
    function, kind, message = WRONG[name]
    with pytest.raises(kind) as info:
        function()
    assert str(info.value) == message


@pytest.mark.parametrize(
    ("result", "printed"),
    [
        (lambda: linalg.slogdet(EYE), "linalg_slogdet(\nsign=tensor(1.),\nlogabsdet=tensor(0.))"),
        (lambda: cr.slogdet(EYE), "slogdet(\nsign=tensor(1.),\nlogabsdet=tensor(0.))"),
        (
            lambda: linalg.eigh(cr.ones(1, 1)),
            "linalg_eigh(\neigenvalues=tensor([1.]),\neigenvectors=tensor([[1.]]))",
        ),
        (lambda: linalg.qr(cr.ones(1, 1), "r"), "linalg_qr(\nQ=tensor([]),\nR=tensor([[1.]]))"),
        (lambda: cr.qr(cr.ones(1, 1)), "qr(\nQ=tensor([[1.]]),\nR=tensor([[1.]]))"),
        (
            lambda: linalg.svd(cr.ones(1, 1)),
            "linalg_svd(\nU=tensor([[1.]]),\nS=tensor([1.]),\nVh=tensor([[1.]]))",
        ),
        (
            lambda: cr.svd(cr.ones(1, 1), compute_uv=False),
            "svd(\nU=tensor([[0.]]),\nS=tensor([1.]),\nV=tensor([[0.]]))",
        ),
    ],
)
def test_results_are_named_and_printed_as_torchs(result: Callable[[], Any], printed: str) -> None:
    assert repr(result()).replace("-1.", "1.") == f"chainrule.return_types.{printed}"


def test_the_older_functions_take_their_options_by_position() -> None:
    tall = cr.ones(3, 2)
    assert cr.qr(tall, False).Q.shape == (3, 3)
    assert cr.svd(tall, False).U.shape == (3, 3)
    assert cr.svd(tall).U.shape == (3, 2)
    assert cr.cholesky(EYE * 4, True).tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_those_of_torch_linalg_take_them_by_name_only() -> None:
    for wrong in (
        lambda: linalg.cholesky(EYE, True),
        lambda: linalg.solve(EYE, EYE, True),
        lambda: linalg.vecdot(EYE, EYE, 0),
        lambda: linalg.cross(WIDE, WIDE, 0),
        lambda: linalg.solve_triangular(EYE, EYE),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_results_keep_single_precision() -> None:
    x = cr.tensor([[2.0, 1.0], [1.0, 3.0]])
    found = [linalg.inv(x), linalg.det(x), linalg.cholesky(x), linalg.matrix_norm(x, "nuc"), linalg.pinv(x)]
    found += [*linalg.eigh(x), *linalg.qr(x), *linalg.slogdet(x), *linalg.svd(x), linalg.cond(x)]
    found += [linalg.solve_triangular(x, x, upper=True), linalg.matrix_exp(x), linalg.solve(x, x)]
    assert {y.dtype for y in found} == {cr.float32}


def test_empty_matrices() -> None:
    nothing = cr.zeros(0, 0)
    assert linalg.det(nothing).item() == 1
    assert linalg.slogdet(nothing).logabsdet.item() == 0
    assert linalg.pinv(cr.zeros(0, 3)).shape == (3, 0)
    assert [tuple(y.shape) for y in linalg.svd(cr.zeros(2, 3)[:0])] == [(0, 0), (0,), (3, 3)]
    assert linalg.eigvalsh(cr.zeros(2, 0, 0)).shape == (2, 0)
    assert linalg.solve(nothing, cr.zeros(0, 2)).shape == (0, 2)


def test_the_power_0_is_the_identity_and_stays_in_the_graph() -> None:
    x = cr.tensor([[2, 1], [1, 3]])
    assert linalg.matrix_power(x, 0).tolist() == [[1, 0], [0, 1]]
    y = tensor(np.full((2, 2), np.nan), requires_grad=True)
    z = linalg.matrix_power(y, 0)
    z.sum().backward()
    assert y.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_the_chain_is_multiplied_in_the_cheapest_order() -> None:
    """From the left, this chain would go through a matrix of 10^8 elements."""
    y = linalg.multi_dot([cr.ones(10_000, 1), cr.ones(1, 10_000), cr.ones(10_000, 1)])
    assert y.shape == (10_000, 1)
    assert y.sum().item() == 1e8


def test_the_nodes_have_torchs_names() -> None:
    x = tensor(np.array([[2.0, 1.0], [1.0, 3.0]]), requires_grad=True)
    named = {
        "LinalgInvEx": linalg.inv(x),
        "LinalgDet": linalg.det(x),
        "LinalgSlogdet": linalg.slogdet(x).sign,
        "LinalgCholeskyEx": linalg.cholesky(x, upper=True),
        "LinalgEigh": linalg.eigvalsh(x),
        "LinalgSvd": linalg.svdvals(x),
        "LinalgPinv": linalg.pinv(x),
        "LinalgSolveTriangular": linalg.solve_triangular(x, x, upper=True, left=False),
        "LinalgMatrixExp": linalg.matrix_exp(x),
        "Clone": linalg.matrix_power(x, 1),
        "Mm": linalg.matrix_power(x, 3),
        "View": linalg.multi_dot([x, x]),
        "Diagonal": linalg.diagonal(x),
        "Squeeze": linalg.cond(x),
    }
    assert {name: y.grad_fn.name().rstrip("0123456789") for name, y in named.items()} == {
        name: f"{name}Backward" for name in named
    }
