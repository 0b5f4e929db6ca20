"""Products with zeros: derivatives of every order, without a division."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad

POINTS = [
    (2.0, 3.0, 5.0, 7.0),
    (0.0, 3.0, 5.0, 7.0),
    (0.0, 3.0, 0.0, 7.0),
    (2.0, 0.0, 0.0, 0.0),
    (0.0, 0.0, 0.0, 0.0),
]


def _others(x: tuple[float, ...], *without: int) -> float:
    if len(set(without)) < len(without):
        return 0.0  # a product is linear in each factor
    return math.prod(v for i, v in enumerate(x) if i not in without)


def _derivatives(f: Any, at: tuple[float, ...], order: int) -> dict[tuple[int, ...], float]:
    """Return all partial derivatives of an order, by reverse mode over and over."""
    x = chainrule.tensor(at, dtype=chainrule.float64, requires_grad=True)
    found = {(): f(x)}
    for _ in range(order):
        found = {
            (*key, i): g[i]
            for key, y in found.items()
            for g in grad(y, x, create_graph=True, materialize_grads=True)
            for i in range(len(at))
        }
    return {key: value.item() for key, value in found.items()}


@pytest.mark.parametrize("at", POINTS)
@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(
    "product",
    [chainrule.prod, lambda x: x.prod(0), lambda x: x.cumprod(0)[-1], lambda x: x.reshape(2, 2).prod()],
)
def test_derivatives_of_a_product_are_the_products_of_the_others(
    product: Any, at: tuple[float, ...], order: int
) -> None:
    for key, value in _derivatives(product, at, order).items():
        assert value == pytest.approx(_others(at, *key), abs=1e-12)


@pytest.mark.parametrize("at", POINTS)
def test_second_derivatives_of_running_products(at: tuple[float, ...]) -> None:
    weights = (1.0, -2.0, 3.0, 0.5)
    w = chainrule.tensor(weights, dtype=chainrule.float64)
    found = _derivatives(lambda x: (x.cumprod(0) * w).sum(), at, 2)
    for i, j in itertools.product(range(4), repeat=2):
        expected = sum(weights[k] * _others(at[: k + 1], i, j) for k in range(4) if max(i, j) <= k)
        assert found[i, j] == pytest.approx(expected, abs=1e-12)


def test_the_gradient_of_a_long_product_with_a_zero_in_each_lane() -> None:
    x = np.random.default_rng(0).uniform(0.5, 1.5, (40, 30))
    x[np.arange(30), np.arange(30)] = 0
    t = chainrule.tensor(x, requires_grad=True)
    (g,) = grad(t.cumprod(0).sum(), t)
    column = x[:, 7]
    expected = sum(np.prod(np.delete(column[: k + 1], 7)) for k in range(7, 40))
    assert g[7, 7].item() == pytest.approx(expected)
    assert g[8:, 7].tolist() == [0.0] * 32


def test_a_running_product_whose_later_part_overflows_has_a_finite_gradient_in_the_earlier() -> None:
    x = chainrule.tensor([2.0, 1e200, 1e200, 3.0], dtype=chainrule.float64, requires_grad=True)
    (g,) = grad(x.cumprod(0)[1], x)
    assert g[:3].tolist() == [1e200, 2.0, 0.0]


def test_axes_as_in_numpy() -> None:
    x = chainrule.arange(1.0, 7.0).reshape(2, 3)
    assert x.prod(axis=(0, 1)).item() == 720.0
    assert x.prod(axis=(0, 1), keepdims=True).shape == (1, 1)
