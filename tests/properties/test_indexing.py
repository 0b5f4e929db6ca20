"""Random index expressions, read and written, with their gradients, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import chainrule
from properties import profiles

profiles.load()

shapes = array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)


@st.composite
def part(draw: Any, n: int, arrays: tuple[int, ...] | None) -> Any:
    """Return an index of one axis of length n; index arrays have the shape `arrays`."""
    kinds = ["int", "slice", "all"] if arrays is None else ["int", "slice", "all", "array", "list"]
    kind = draw(st.sampled_from(kinds))
    if kind == "int":
        return draw(st.integers(-n, n - 1))
    if kind == "slice":
        start = draw(st.none() | st.integers(-n - 1, n + 1))
        stop = draw(st.none() | st.integers(-n - 1, n + 1))
        return slice(start, stop, draw(st.none() | st.integers(1, 3)))
    if kind == "all":
        return slice(None)
    size = int(np.prod(arrays))
    found = draw(st.lists(st.integers(-n, n - 1), min_size=size, max_size=size))
    return np.array(found, np.int64).reshape(arrays) if kind == "array" else found


@st.composite
def index(draw: Any, shape: tuple[int, ...], advanced: bool = True) -> Any:
    """Return an index expression for an array of `shape`, of everything that `x[...]` takes."""
    if advanced and draw(st.integers(0, 5)) == 0:
        rank = draw(st.integers(1, len(shape)))
        size = int(np.prod(shape[:rank]))
        mask = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        return np.array(mask, bool).reshape(shape[:rank])
    arrays = draw(st.sampled_from([None, (2,), (3,), (1,)])) if advanced else None
    count = draw(st.integers(0, len(shape)))
    parts: list[Any] = [draw(part(n, arrays)) for n in shape[:count]]
    if draw(st.booleans()) and count < len(shape):
        # the ellipsis stands for the axes in the middle: the rest of the parts count from the end
        tail = draw(st.integers(0, len(shape) - count))
        parts.append(Ellipsis)
        parts += [draw(part(n, arrays)) for n in shape[len(shape) - tail :]] if tail else []
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    if len(parts) == 1 and draw(st.booleans()):
        return parts[0]
    return tuple(parts)


@st.composite
def indexed(draw: Any, advanced: bool = True) -> tuple[np.ndarray, Any]:
    shape = draw(shapes)
    a = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    return a, draw(index(shape, advanced))


def cut(a: np.ndarray, key: Any) -> tuple[np.ndarray, Any]:
    """Return a view of `a` and an index that together mean what `key` means in torch.

    The two differ in where the axis of index arrays comes to lie. Beside an array NumPy counts an int
    as one too, torch selects by ints first; an ellipsis that stands for nothing separates arrays in
    NumPy and does not in torch.
    """
    if not isinstance(key, tuple) or not any(isinstance(k, (np.ndarray, list)) for k in key):
        return a, key
    axes = [k for k in key if k is not None]
    if any(k is Ellipsis for k in axes) and len(axes) - 1 == a.ndim:
        return cut(a, tuple([k for k in key if k is not Ellipsis]))
    first = tuple([k if isinstance(k, int) or k is Ellipsis else slice(None) for k in axes])
    return a[first], tuple([k for k in key if not isinstance(k, int)])


def _ours(key: Any) -> Any:
    """Give index arrays as tensors half of the time: both must do."""
    if isinstance(key, tuple):
        return tuple(_ours(k) for k in key)
    if isinstance(key, np.ndarray) and key.size % 2:
        return chainrule.tensor(key)
    return key


@given(indexed())
def test_reading_gives_what_numpy_gives(case: tuple[np.ndarray, Any]) -> None:
    a, key = case
    y = chainrule.tensor(a)[_ours(key)]
    view, rest = cut(a, key)
    expected = view[rest]
    assert tuple(y.shape) == expected.shape
    np.testing.assert_array_equal(y.numpy(), expected)


@given(indexed())
def test_the_gradient_of_reading_counts_how_often_an_element_was_read(case: tuple[np.ndarray, Any]) -> None:
    a, key = case
    x = chainrule.tensor(a, requires_grad=True)
    y = x[_ours(key)]
    weights = np.arange(1.0, y.numel() + 1).reshape(y.shape)
    expected = np.zeros_like(a)
    view, rest = cut(expected, key)
    np.add.at(view, rest, weights)
    y.backward(chainrule.tensor(weights))
    np.testing.assert_array_equal(x.grad.numpy(), expected)


@given(indexed(advanced=False))
def test_basic_indices_give_views(case: tuple[np.ndarray, Any]) -> None:
    a, key = case
    x = chainrule.tensor(a)
    x[key].mul_(2.0)
    expected = a.copy()
    expected[key] *= 2.0
    np.testing.assert_array_equal(x.numpy(), expected)


@given(indexed(), st.booleans())
def test_writing_changes_what_numpy_changes(case: tuple[np.ndarray, Any], one_number: bool) -> None:
    a, key = case
    x = chainrule.tensor(a)
    expected = a.copy()
    view, rest = cut(expected, key)
    value = np.float64(-1.0) if one_number else _distinct(view, rest)
    view[rest] = value
    x[_ours(key)] = -1.0 if one_number else chainrule.tensor(value)
    np.testing.assert_array_equal(x.numpy(), expected)


def _distinct(a: np.ndarray, key: Any) -> np.ndarray:
    """Return values to write; the same for the same element, as torch does not say which one wins."""
    return -a[key] - 100.0


@given(indexed())
def test_what_was_overwritten_gets_no_gradient_but_what_was_written(
    case: tuple[np.ndarray, Any],
) -> None:
    a, key = case
    repeated = np.zeros_like(a)
    np.add.at(repeated, key, 1.0)
    if (repeated > 1).any():
        return  # which of several values stays is not defined
    x = chainrule.tensor(a, requires_grad=True)
    view, rest = cut(a, key)
    v = chainrule.tensor(view[rest], requires_grad=True)
    y = x * 1.0
    y[_ours(key)] = v
    weights = np.arange(1.0, a.size + 1).reshape(a.shape)
    (y * chainrule.tensor(weights)).sum().backward()
    kept = weights.copy()
    view, rest = cut(kept, key)
    np.testing.assert_array_equal(v.grad.numpy(), view[rest])
    view[rest] = 0.0
    np.testing.assert_array_equal(x.grad.numpy(), kept)


@given(indexed(), indexed())
def test_the_second_derivative_through_indices_is_right(
    case: tuple[np.ndarray, Any], other: tuple[np.ndarray, Any]
) -> None:
    a, key = case
    x = chainrule.tensor(a, requires_grad=True)
    (g,) = chainrule.autograd.grad((x**3)[_ours(key)].sum(), x, create_graph=True)
    (h,) = chainrule.autograd.grad(g.sum(), x, materialize_grads=True)
    times = np.zeros_like(a)
    np.add.at(times, key, 1.0)
    np.testing.assert_allclose(h.numpy(), 6 * a * times, rtol=1e-13)
