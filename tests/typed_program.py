"""A program of a user's, which type checkers must accept: `make lint` checks it, a test runs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_type

import numpy as np

import chainrule
from chainrule import Tensor


def loss(x: Tensor, y: Tensor) -> Tensor:
    """The mean of the squares, by operators, methods and NumPy."""
    residual = x.exp().sub(y, alpha=2) - y.mean(dim=0, keepdim=True)
    residual = -residual * 2 + np.ones(2) @ residual / 3.0
    return (residual**2).mean(axis=None)


def main() -> float:
    """Differentiate, and look at everything that a tensor knows of itself."""
    x: Tensor = chainrule.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = Tensor([1.0, 2.0])
    value = loss(x, y)
    (gradient,) = chainrule.autograd.grad(value, x, retain_graph=True)
    value.backward()
    assert_type(x.grad, Tensor | None)
    assert x.grad is not None
    assert chainrule.equal(gradient, x.grad)
    assert_type(x.grad.sum(), Tensor)

    assert_type(x.shape, chainrule.Size)
    assert_type(x.shape[0], Any)
    assert_type(x.dtype, chainrule.dtype)
    assert_type(x.requires_grad, bool)
    assert_type(x.T, Tensor)
    assert_type(x.detach().numpy(), np.ndarray[Any, Any])
    assert_type(len(x), int)
    assert_type(float(x.detach()[0, 0]), float)
    assert_type(iter(x), Iterator[Tensor])
    assert_type(x == y, Tensor)
    assert_type(2.0 - x, Tensor)
    assert_type(x.allclose(x), bool)

    ordered = x.sort(dim=1, descending=True)
    assert_type(ordered.values, Tensor)
    _, indices = ordered
    assert_type(indices, Tensor)
    assert_type(x.split(1), tuple[Tensor, ...])

    with chainrule.no_grad():
        x.add_(y).mul_(2.0)
        x[0, 0] = 5.0
        x.data = x.to(chainrule.float64).data
    x.requires_grad = False
    x.grad = None
    return sum((row.double().sum().item() for row in x), 0.0)
