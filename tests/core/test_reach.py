"""What no live element of a result depends on is dead: through products, lanes and running operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr

KEEP = cr.tensor([True, False, True])
"""Of three rows or columns the second is not used."""

MATRIX = np.arange(9.0).reshape(3, 3) % 5 + 1.5
FACTOR = cr.tensor(MATRIX.T / 4, dtype=cr.float64)
BATCH = np.stack([MATRIX, MATRIX * 2, MATRIX @ MATRIX.T])


def rows(y: Any) -> Any:
    return y[KEEP]


def columns(y: Any) -> Any:
    return y[..., KEEP]


LANES: dict[str, Callable[[Any], Any]] = {
    "softmax": lambda x: rows(x.softmax(1)),
    "log_softmax": lambda x: rows(x.log_softmax(1)),
    "logsumexp": lambda x: rows(x.logsumexp(1)),
    "logsumexp, kept": lambda x: rows(x.logsumexp(1, keepdim=True)),
    "var": lambda x: rows(x.var(1)),
    "std": lambda x: rows(x.std(1, keepdim=True)),
    "var_mean": lambda x: rows(cr.var_mean(x, 1)[0]),
    "prod": lambda x: rows(x.prod(1)),
    "norm": lambda x: rows(x.norm(dim=1)),
    "norm of order 3": lambda x: rows(x.norm(3, dim=1)),
    "norm of infinite order": lambda x: rows(x.norm(float("inf"), dim=1)),
    "cumprod": lambda x: rows(x.cumprod(1)),
    "mean": lambda x: rows(x.mean(1)),
    "mm from the left": lambda x: rows(x @ FACTOR),
    "einsum": lambda x: cr.einsum("ij,jk->ki", x, FACTOR)[:, KEEP],
    "mv": lambda x: rows(x @ FACTOR[0]),
    "tensordot": lambda x: rows(cr.tensordot(x, FACTOR, 1)),
    "cross": lambda x: rows(cr.cross(x, FACTOR, dim=1)),
    "dot": lambda x: rows(cr.stack([cr.dot(row, row) for row in x])),
    "complex": lambda x: rows(cr.complex(x, FACTOR).real),
    "imaginary part": lambda x: rows(cr.complex(FACTOR, x).imag),
    "sgn": lambda x: rows(cr.sgn(cr.complex(x, FACTOR)).imag),
    "copy_": lambda x: rows(cr.zeros(3, 3, dtype=cr.float64).copy_(x)),
    "a chain": lambda x: rows((x.T.reshape(3, 3).T @ FACTOR).exp().cumsum(1).softmax(1).sum(1)),
}

COLUMNS: dict[str, Callable[[Any], Any]] = {
    "mm from the right": lambda x: columns(FACTOR @ x),
    "matmul of a batch": lambda x: columns(cr.matmul(FACTOR.expand(2, 3, 3), x)),
    "solve": lambda x: columns(cr.linalg.solve(FACTOR + cr.eye(3, dtype=cr.float64), x)),
    "cat and stack": lambda x: columns(FACTOR @ cr.stack([x, cr.cat([x[:2], x[2:]])])),
}

BATCHES: dict[str, Callable[[Any], Any]] = {
    "det": cr.linalg.det,
    "inv": cr.linalg.inv,
    "solve": lambda x: cr.linalg.solve(x, FACTOR),
    "slogdet": lambda x: cr.linalg.slogdet(x)[1],
    "cholesky": lambda x: cr.linalg.cholesky(x @ x.mT + cr.eye(3, dtype=cr.float64)),
    "eigh": lambda x: cr.linalg.eigh(x @ x.mT)[0],
    "qr": lambda x: cr.linalg.qr(x)[1],
    "spectral norm": lambda x: cr.linalg.matrix_norm(x, 2),
}


def _gradients(f: Callable[[Any], Any], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient of a smooth function of f(sqrt(x)), and that of the sum of its squares."""
    leaf = cr.tensor(x, dtype=cr.float64, requires_grad=True)
    y = f(leaf.sqrt())
    (first,) = cr.autograd.grad((y * y + y).sum(), leaf, create_graph=True)
    (second,) = cr.autograd.grad((first * first).sum(), leaf)
    return np.asarray(first.detach()), np.asarray(second)


def _check(f: Callable[[Any], Any], x: np.ndarray, dead: np.ndarray) -> None:
    """Dead elements, of infinite slope, have gradient 0, and change nothing for the others."""
    wanted = _gradients(f, x)
    for found, other in zip(_gradients(f, np.where(dead, 0.0, x)), wanted, strict=True):
        np.testing.assert_allclose(found, np.where(dead, 0.0, other), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", LANES)
def test_a_row_that_was_not_used_is_dead(name: str) -> None:
    dead = np.zeros((3, 3), bool)
    dead[1] = True
    _check(LANES[name], MATRIX, dead)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_that_was_not_used_is_dead(name: str) -> None:
    dead = np.zeros((3, 3), bool)
    dead[:, 1] = True
    _check(COLUMNS[name], MATRIX, dead)


@pytest.mark.parametrize("name", BATCHES)
def test_of_a_batch_a_matrix_that_was_not_used_is_dead(name: str) -> None:
    dead = np.zeros((3, 3, 3), bool)
    dead[1] = ~np.eye(3, dtype=bool)
    _check(lambda x: BATCHES[name](x + cr.eye(3, dtype=cr.float64))[KEEP], BATCH, dead)


@pytest.mark.parametrize("reverse", [False, True])
def test_the_rest_of_a_running_product_is_dead(reverse: bool) -> None:
    def f(x: Any) -> Any:
        x = x.flip(1) if reverse else x
        return x.cumprod(1)[:, :2]

    dead = np.zeros((3, 3), bool)
    dead[:, 0 if reverse else 2] = True
    _check(f, MATRIX, dead)


WEIGHTS: dict[str, Callable[[Any, Any], Any]] = {
    "mm": lambda x, w: x @ w,
    "einsum": lambda x, w: cr.einsum("ij,jk->ik", x, w),
    "matmul": lambda x, w: cr.matmul(x.expand(2, 3, 3), w)[0],
    "mv": lambda x, w: (x @ w[0])[:, None],
    "elementwise": lambda x, w: x * w,
}


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
@pytest.mark.parametrize("name", [n for n in WEIGHTS if n != "cumprod"])
def test_rows_of_data_that_were_left_out_do_not_spoil_the_gradient_of_weights(
    name: str, spoilt: float
) -> None:
    w = cr.tensor(FACTOR.numpy().copy(), requires_grad=True)
    clean = cr.tensor(MATRIX)
    missing = cr.where(KEEP[:, None], clean, spoilt)
    (wanted,) = cr.autograd.grad((rows(WEIGHTS[name](clean, w)) ** 2).sum(), w)
    (found,) = cr.autograd.grad((rows(WEIGHTS[name](missing, w)) ** 2).sum(), w)
    assert found.tolist() == wanted.tolist()


def test_an_infinity_meets_dead_and_live_cotangents_in_one_sum() -> None:
    x = cr.tensor([[float("inf"), 1.0], [2.0, 3.0]])
    w = cr.tensor([[0.0, 1.0], [1.0, 1.0]], requires_grad=True)
    y = x @ w  # the first row is infinite; of it only the second element is left out
    used = cr.tensor([[False, False], [True, True]])
    y[used].sum().backward()
    assert w.grad.tolist() == [[2, 2], [3, 3]]
    w.grad = None
    (x @ w)[cr.tensor([[False, True], [True, True]])].sum().backward()
    assert w.grad.tolist() == [[2, float("inf")], [3, 4]]


def test_honest_nans_stay() -> None:
    x = cr.tensor([[0.0, 1.0], [1.0, 2.0]], requires_grad=True)
    (x.sqrt() @ cr.ones(2, 2))[:1].sum().backward()
    assert x.grad.tolist() == [[float("inf"), 1], [0, 0]]
    x.grad = None
    (x.sqrt() ** 2)[:1].sum().backward()
    assert np.isnan(x.grad[0, 0].item())
    assert x.grad[1].tolist() == [0, 0]


def test_what_is_dead_as_a_whole_sends_nothing_back() -> None:
    x = cr.tensor([0.0, 0.0], requires_grad=True)
    total = cr.stack([x.sqrt().prod(), x.sum()])
    total[cr.tensor([False, True])].sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_strict_ieee_drops_these_marks_too() -> None:
    x = cr.tensor([[0.0, 1.0], [1.0, 2.0]], requires_grad=True)
    with cr.strict_ieee():
        (x.sqrt() @ cr.ones(2, 2))[1:].sum().backward()
    assert np.isnan(x.grad[0, 0].item())
