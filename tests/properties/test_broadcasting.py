"""Shapes and broadcasting of binary operations, values and gradients, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import BroadcastableShapes, array_shapes, mutually_broadcastable_shapes

import chainrule
from properties import profiles

profiles.load()

BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "true_divide": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "atan2": np.arctan2,
    "hypot": np.hypot,
    "logaddexp": np.logaddexp,
    "fmod": np.fmod,
    "copysign": np.copysign,
    "gt": np.greater,
    "eq": np.equal,
}
pairs = mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3, min_side=0)


def _values(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).uniform(0.5, 2.0, shape))


@given(st.sampled_from(sorted(BINARY)), pairs, st.integers(0, 9))
def test_results_are_those_of_numpy(name: str, shapes: BroadcastableShapes, seed: int) -> None:
    a, b = (_values(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    y = getattr(chainrule, name)(chainrule.tensor(a), chainrule.tensor(b))
    assert tuple(y.shape) == shapes.result_shape
    np.testing.assert_allclose(y.numpy(), BINARY[name](a, b), rtol=1e-14)


@given(pairs, st.integers(0, 9))
def test_gradients_are_summed_over_the_axes_that_were_repeated(
    shapes: BroadcastableShapes, seed: int
) -> None:
    a, b = (_values(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    x = chainrule.tensor(a, requires_grad=True)
    y = chainrule.tensor(b, requires_grad=True)
    (x * y).sum().backward()
    ones = np.ones(shapes.result_shape)
    for leaf, other in ((x, b), (y, a)):
        expected = _summed(ones * other, tuple(leaf.shape))
        np.testing.assert_allclose(leaf.grad.numpy(), expected, rtol=1e-13)


def _summed(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    axes = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=axes, keepdims=True)


@given(array_shapes(max_dims=3, max_side=4), array_shapes(max_dims=3, max_side=4))
def test_shapes_that_do_not_broadcast_are_both_named(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(RuntimeError, match=r"The size of tensor a \(\d+\) must match"):
            chainrule.ones(a) + chainrule.ones(b)
    else:
        assert tuple((chainrule.ones(a) + chainrule.ones(b)).shape) == np.broadcast_shapes(a, b)


@given(pairs, st.integers(0, 9))
def test_where_broadcasts_all_three(shapes: BroadcastableShapes, seed: int) -> None:
    a, b = (_values(shape, seed + i) for i, shape in enumerate(shapes.input_shapes))
    y = chainrule.where(chainrule.tensor(a > 1), chainrule.tensor(a), chainrule.tensor(b))
    np.testing.assert_array_equal(y.numpy(), np.where(a > 1, a, b))


@given(array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3), st.data())
def test_sums_over_any_axes_are_those_of_numpy(shape: tuple[int, ...], data: Any) -> None:
    axes = data.draw(st.lists(st.integers(0, max(len(shape) - 1, 0)), unique=True, max_size=len(shape)))
    assume(axes)
    signs = data.draw(st.lists(st.booleans(), min_size=len(axes), max_size=len(axes)))
    axes = [axis - len(shape) if negative else axis for axis, negative in zip(axes, signs, strict=True)]
    keepdim = data.draw(st.booleans())
    a = _values(shape, 3)
    x = chainrule.tensor(a, requires_grad=True)
    y = x.sum(tuple(axes), keepdim=keepdim)
    np.testing.assert_allclose(y.detach().numpy(), a.sum(tuple(axes), keepdims=keepdim), rtol=1e-13)
    (y * y).sum().backward()
    expected = np.broadcast_to(2 * a.sum(tuple(axes), keepdims=True), shape)
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-13)
