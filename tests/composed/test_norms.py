"""Norms, condition and rank: orders, axes, dtypes, errors in torch's words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import linalg
from matrices import noise, tensor

INF = math.inf
EYE, STACK = cr.eye(2), cr.ones(2, 2, 2)
COMPLEX = cr.ones(2, 2) + 1j


@pytest.mark.parametrize("order", ["fro", "nuc", INF, -INF, 1, -1, 2, -2])
@pytest.mark.parametrize("dims", [(-2, -1), (0, 1), (2, 0), (1, 0)])
@pytest.mark.parametrize("keepdim", [False, True])
def test_matrix_norms_over_any_two_axes(order: Any, dims: Any, keepdim: bool) -> None:
    x = noise((2, 3, 4))
    found = linalg.matrix_norm(tensor(x), order, dims, keepdim)
    np.testing.assert_allclose(found.numpy(), np.linalg.norm(x, order, dims, keepdim), rtol=1e-12)


@pytest.mark.parametrize("p", ["fro", "nuc", None, INF, 1, 3, -2])
def test_the_older_norm_is_of_all_elements_but_for_nuc(p: Any) -> None:
    x = noise((3, 3))
    want = np.linalg.norm(x, "nuc") if p == "nuc" else np.linalg.norm(x.ravel(), 2 if p == "fro" else p)
    assert cr.norm(tensor(x), p).item() == pytest.approx(want, rel=1e-12)
    assert tensor(x).norm(p).item() == pytest.approx(want, rel=1e-12)


def test_the_older_norm_over_axes() -> None:
    x = noise((2, 3, 4))
    nuclear = cr.norm(tensor(x), "nuc", (0, 2), True)
    np.testing.assert_allclose(nuclear.numpy(), np.linalg.norm(x, "nuc", (0, 2), True), rtol=1e-12)
    np.testing.assert_allclose(cr.norm(tensor(x), "fro", [0, 1]).numpy(), np.linalg.norm(x, "fro", (0, 1)))
    np.testing.assert_allclose(
        cr.norm(tensor(x), 1, axis=1, keepdims=True).numpy(), np.abs(x).sum(1)[:, None]
    )
    assert cr.norm(cr.ones(2), dtype=cr.float64).dtype is cr.float64


def test_matrix_norms_of_nothing_are_0() -> None:
    for order in (1, -1, 2, -2, INF, -INF, "nuc", "fro"):
        assert linalg.matrix_norm(cr.zeros(0, 3), order).item() == 0.0
        assert linalg.matrix_norm(cr.zeros(3, 0), order, keepdim=True).tolist() == [[0.0]]


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a word": (
        lambda: linalg.matrix_norm(EYE, "foo"),
        RuntimeError,
        "linalg.matrix_norm: Order foo not supported.",
    ),
    "an order": (
        lambda: linalg.matrix_norm(EYE, 3),
        RuntimeError,
        "linalg.matrix_norm: Order 3 not supported.",
    ),
    "a repeated axis": (
        lambda: linalg.matrix_norm(EYE, "fro", (0, 0)),
        RuntimeError,
        "linalg.matrix_norm: dims must be different. Got (0, 0)",
    ),
    "one axis": (
        lambda: linalg.matrix_norm(EYE, "fro", (0,)),
        RuntimeError,
        "linalg.matrix_norm: dim must be a 2-tuple. Got 0",
    ),
    "three axes": (
        lambda: cr.norm(STACK, "nuc"),
        RuntimeError,
        "linalg.matrix_norm: dim must be a 2-tuple. Got 0 1 2",
    ),
    "a vector": (
        lambda: cr.norm(cr.ones(2), "nuc"),
        RuntimeError,
        "linalg.matrix_norm: The input tensor A must have at least 2 dimensions.",
    ),
    "integers": (
        lambda: linalg.matrix_norm(EYE.long()),
        RuntimeError,
        "linalg.matrix_norm: Expected a floating point or complex tensor as input. Got Long",
    ),
    "half precision": (
        lambda: linalg.matrix_norm(EYE.half(), 2),
        RuntimeError,
        "linalg.matrix_norm: Low precision dtypes not supported. Got Half",
    ),
    "an integer dtype": (
        lambda: linalg.vector_norm(EYE, dtype=cr.int64),
        RuntimeError,
        "linalg.vector_norm: dtype should be floating point or complex, but got Long",
    ),
    "a complex dtype": (
        lambda: linalg.vector_norm(EYE, dtype=cr.complex64),
        RuntimeError,
        "linalg.vector_norm: dtype should be real for real inputs, but got ComplexFloat",
    ),
    "a real dtype": (
        lambda: linalg.vector_norm(COMPLEX, dtype=cr.float32),
        RuntimeError,
        "linalg.vector_norm: dtype should be complex for complex inputs, but got Float",
    ),
    "a narrow dtype": (
        lambda: linalg.vector_norm(EYE.double(), dtype=cr.float32),
        RuntimeError,
        "linalg.vector_norm: the dtype of the input (Double) should be convertible without narrowing to the "
        "specified dtype (Float)",
    ),
    "a complex order": (
        lambda: linalg.vector_norm(EYE, 1j),
        RuntimeError,
        "linalg.vector_norm: Expected a non-complex scalar as the order of norm.",
    ),
    "a word for a vector": (
        lambda: linalg.vector_norm(EYE, "fro"),
        TypeError,
        "linalg_vector_norm(): argument 'ord' (position 2) must be Number, not str",
    ),
    "an order of a stack": (
        lambda: linalg.norm(STACK, 2),
        RuntimeError,
        "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got 3D.",
    ),
    "three axes of norm": (
        lambda: linalg.norm(STACK, dim=(0, 1, 2)),
        RuntimeError,
        "linalg.norm: If dim is specified, it must be of length 1 or 2. Got [0, 1, 2]",
    ),
    "cond, an order": (
        lambda: linalg.cond(EYE, 3),
        RuntimeError,
        "linalg.cond got an invalid norm type: 3",
    ),
    "cond of a rectangle": (
        lambda: linalg.cond(cr.ones(2, 3), 1),
        RuntimeError,
        "linalg.cond(ord=1): A must be batches of square matrices, but they are 2 by 3 matrices",
    ),
    "cond of a vector": (
        lambda: linalg.cond(cr.ones(2)),
        RuntimeError,
        "linalg.cond: The input tensor must have at least 2 dimensions.",
    ),
    "rank of integers": (
        lambda: linalg.matrix_rank(EYE.long()),
        RuntimeError,
        "This function doesn't handle types other than float and double",
    ),
    "rank of a vector": (
        lambda: linalg.matrix_rank(cr.ones(2)),
        RuntimeError,
        "chainrule.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_raise_torchs_errors(name: str) -> None:
    function, kind, message = WRONG[name]
    with pytest.raises(kind) as info:
        function()
    assert str(info.value) == message


@pytest.mark.parametrize("p", [1, -1, INF, "fro"])
def test_the_condition_of_singular_matrices_is_infinite(p: Any) -> None:
    assert linalg.cond(cr.zeros(2, 2), p).item() == INF
    found = linalg.cond(cr.stack([EYE, cr.zeros(2, 2)]), p)
    assert found[1].item() == INF
    assert found[0].item() == linalg.cond(EYE, p).item()


def test_the_rank_takes_tolerances() -> None:
    x = tensor(np.diag([1.0, 1e-3, 1e-20]))
    assert linalg.matrix_rank(x).item() == 2
    assert linalg.matrix_rank(x, 1e-2).item() == 1
    assert linalg.matrix_rank(x, tol=tensor(np.array(1e-2))).item() == 1
    assert linalg.matrix_rank(x, rtol=1e-2).item() == 1
    assert linalg.matrix_rank(x, atol=1e-30).item() == 3
    assert linalg.matrix_rank(-x, hermitian=True).item() == 2
    assert linalg.matrix_rank(x.requires_grad_()).dtype is cr.int64


def test_nodes_have_torchs_names() -> None:
    x = tensor(noise((2, 2)), requires_grad=True)
    named = {
        "LinalgVectorNorm": linalg.matrix_norm(x),
        "Sum": linalg.matrix_norm(x, "nuc"),
        "Amax": linalg.matrix_norm(x, 1),
        "Amin": linalg.matrix_norm(x, -2),
    }
    assert {name: y.grad_fn.name().rstrip("01") for name, y in named.items()} == {
        name: f"{name}Backward" for name in named
    }
