"""Indexing, gathering and scattering: what torch and NumPy say, errors, node names, dead elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import chainrule
from chainrule import tensor

I64 = chainrule.int64
V = chainrule.zeros(3)
M = chainrule.zeros(2, 3)
X = chainrule.zeros(2, 3, 4)
S = tensor(1.0)
K = chainrule.zeros(3, dtype=I64)
A = tensor([[0, 1, 0], [1, 1, 1]])
B = tensor([0, 2])
SIX = chainrule.ones(2, 3)
SCALAR = "invalid index of a 0-dim tensor. Use `tensor.item()` in Python"
KINDS = (
    "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
)
FLOATS = "tensors used as indices must be long, int, byte or bool tensors"


def _set(x: Any, key: Any, value: Any) -> Callable[[], Any]:
    return lambda: x.clone().__setitem__(key, value)


Errors = dict[str, tuple[Callable[[], Any], type[Exception], str]]
READING: Errors = {
    "int": (lambda: V[5], IndexError, "index 5 is out of bounds for dimension 0 with size 3"),
    "int below": (lambda: V[-4], IndexError, "index -4 is out of bounds for dimension 0 with size 3"),
    "second int": (lambda: X[0, 5], IndexError, "index 5 is out of bounds for dimension 1 with size 3"),
    "too many": (lambda: V[0, 0], IndexError, "too many indices for tensor of dimension 1"),
    "too many with an Ellipsis": (
        lambda: V[0, ..., 0],
        IndexError,
        "too many indices for tensor of dimension 1",
    ),
    "0-d": (lambda: S[0], IndexError, SCALAR),
    "float": (lambda: V[1.5], IndexError, f"{KINDS}float)"),
    "dict": (lambda: V[{1: 2}], IndexError, f"{KINDS}dict)"),
    "str": (lambda: V["a"], IndexError, f"{KINDS}str)"),
    "0-d float tensor": (lambda: V[tensor(1.5)], IndexError, FLOATS),
    "float tensor": (lambda: V[tensor([1.5])], IndexError, FLOATS),
    "float array": (lambda: V[np.ones(1)], IndexError, FLOATS),
    "array": (lambda: V[[5]], IndexError, "index 5 is out of bounds for dimension 0 with size 3"),
    "second array": (
        lambda: X[:, [0, -4]],
        IndexError,
        "index -4 is out of bounds for dimension 1 with size 3",
    ),
    "arrays": (
        lambda: X[[0, 1], [0, 1, 2]],
        IndexError,
        "shape mismatch: indexing tensors could not be broadcast together with shapes [2], [3]",
    ),
    "mask": (
        lambda: V[tensor([True, False])],
        IndexError,
        "The shape of the mask [2] at index 0 does not match the shape of the indexed tensor [3] at index 0",
    ),
    "second axis of a mask": (
        lambda: X[chainrule.ones(2, 2, dtype=chainrule.bool)],
        IndexError,
        "The shape of the mask [2, 2] at index 1 does not match the shape of the indexed tensor [2, 3, "
        "4] at index 1",
    ),
    "slice": (
        lambda: V[1:"a"],
        TypeError,
        "slice indices must be integers or None or have an __index__ method",
    ),
    "step": (lambda: V[::0], ValueError, "slice step cannot be zero"),
}
WRITING: Errors = {
    "int": (_set(V, 5, 1), IndexError, "index 5 is out of bounds for dimension 0 with size 3"),
    "0-d": (_set(S, 0, 1), IndexError, SCALAR),
    "slice": (
        _set(V, slice(0, 2), V),
        RuntimeError,
        "The expanded size of the tensor (2) must match the existing size (3) at non-singleton dimension 0.  "
        "Target sizes: [2].  Tensor sizes: [3]",
    ),
    "element": (
        _set(V, 0, V),
        RuntimeError,
        "size=[]): the number of sizes provided (0) must be greater or equal to the number of dimensions "
        "in the "
        "tensor (1)",
    ),
    "array": (
        _set(V, [0, 1], V),
        RuntimeError,
        "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [2]",
    ),
    "mask": (
        _set(V, V > 5, V),
        RuntimeError,
        "shape mismatch: value tensor of shape [3] cannot be broadcast to indexing result of shape [0]",
    ),
    "dtype": (
        _set(K, [0], S),
        RuntimeError,
        "Index put requires the source and destination dtypes match, got Long for the destination and "
        "Float for "
        "the source.",
    ),
    "complex": (_set(V, 0, 1j), RuntimeError, "value cannot be converted to type float without overflow"),
    "str": (_set(V, 0, "a"), TypeError, "can't assign a str to a chainrule.FloatTensor"),
    "list of tensors": (
        _set(V, slice(0, 1), [S]),
        TypeError,
        "can't assign a list to a chainrule.FloatTensor",
    ),
}
GATHERING: Errors = {
    "gather": (
        lambda: M.gather(1, tensor([[5]])),
        RuntimeError,
        "index 5 is out of bounds for dimension 1 with size 3",
    ),
    "gather dims": (
        lambda: M.gather(1, B),
        RuntimeError,
        "Index tensor must have the same number of dimensions as input tensor",
    ),
    "gather sizes": (
        lambda: M.gather(0, chainrule.zeros(1, 4, dtype=I64)),
        RuntimeError,
        "Size does not match at dimension 1 expected index [1, 4] to be no larger than self [2, 3] apart "
        "from "
        "dimension 0",
    ),
    "gather dtype": (lambda: M.gather(1, M), RuntimeError, "gather(): Expected dtype int32/int64 for index"),
    "take_along_dim": (
        lambda: chainrule.take_along_dim(M, B, 1),
        RuntimeError,
        "torch.take_along_dim(): input and indices should have the same number of dimensions, but got 2 "
        "dimensions "
        "for input, and 1 dimensions for indices",
    ),
    "take": (
        lambda: M.take(tensor([6])),
        IndexError,
        "out of range: tried to access index 6 on a tensor of 6 elements.",
    ),
    "take dtype": (
        lambda: M.take(V),
        RuntimeError,
        "take(): Expected a long tensor for index, but got Float",
    ),
    "index_select": (
        lambda: M.index_select(1, tensor([5])),
        RuntimeError,
        "INDICES element is out of DATA bounds, id=5 axis_dim=3",
    ),
    "index_select dims": (
        lambda: M.index_select(1, A),
        IndexError,
        "index_select(): Index is supposed to be a vector",
    ),
    "masked_select": (
        lambda: M.masked_select(M),
        RuntimeError,
        "masked_select: expected BoolTensor for mask",
    ),
    "masked_select shape": (
        lambda: M.masked_select(tensor([True, False])),
        RuntimeError,
        "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 1",
    ),
}
SCATTERING: Errors = {
    "scatter": (
        lambda: M.scatter(1, tensor([[9]]), SIX),
        RuntimeError,
        "index 9 is out of bounds for dimension 1 with size 3",
    ),
    "scatter dtype": (
        lambda: M.scatter(1, A, SIX.double()),
        RuntimeError,
        "scatter(): Expected self.dtype to be equal to src.dtype",
    ),
    "scatter sizes": (
        lambda: M.scatter(1, A, SIX[:1, :1]),
        RuntimeError,
        "Expected index [2, 3] to be no larger than self [2, 3] apart from dimension 1 and to be no "
        "larger size "
        "than src [1, 1]",
    ),
    "scatter dims": (
        lambda: M.scatter(1, B, SIX),
        RuntimeError,
        "Index tensor must have the same number of dimensions as self tensor",
    ),
    "scatter reduce": (
        lambda: M.scatter(1, A, SIX, reduce="x"),
        RuntimeError,
        "reduce argument must be either add or multiply.",
    ),
    "scatter_reduce": (
        lambda: M.scatter_reduce(1, A, SIX, "xx"),
        RuntimeError,
        "reduce argument must be either sum, prod, mean, amax or amin, got xx",
    ),
    "index_add": (
        lambda: M.index_add(1, B, SIX),
        RuntimeError,
        "index_add_(): Number of indices (2) should be equal to source.size(dim): (3), for dim: 1",
    ),
    "index_add place": (
        lambda: M.index_add(1, tensor([7, 0]), SIX[:, :2]),
        RuntimeError,
        "index 7 is out of bounds for dimension 1 with size 3",
    ),
    "index_add dtype": (
        lambda: M.index_add(1, B, SIX[:, :2].double()),
        RuntimeError,
        "index_add_(): self (Float) and source (Double) must have the same scalar type",
    ),
    "index_copy": (
        lambda: M.index_copy(1, B, SIX),
        IndexError,
        "index_copy_(): Number of indices (2) should be equal to source.size(dim) (3)",
    ),
    "index_fill": (
        lambda: M.index_fill(1, B, V),
        RuntimeError,
        "index_fill_ only supports a 0-dimensional value tensor, but got tensor with 1 dimension(s).",
    ),
    "index_put": (
        lambda: M.index_put(B, S),
        TypeError,
        "index_put(): argument 'indices' (position 1) must be tuple of Tensors, not Tensor",
    ),
    "masked_scatter": (
        lambda: M.masked_scatter(M == 0, V),
        RuntimeError,
        "Number of elements of source < number of ones in mask",
    ),
    "fill_": (
        lambda: chainrule.zeros(3).fill_(V),
        RuntimeError,
        "fill_ only supports 0-dimension value tensor but got tensor with 1 dimensions.",
    ),
    "copy_": (
        lambda: chainrule.zeros(3).copy_(M),
        RuntimeError,
        "output with shape [3] doesn't match the broadcast shape [2, 3]",
    ),
    "fill_diagonal_": (
        lambda: chainrule.zeros(3).fill_diagonal_(1),
        RuntimeError,
        "dimensions must larger than 1",
    ),
    "bincount": (
        lambda: tensor([-1]).bincount(),
        RuntimeError,
        "bincount only supports 1-d non-negative integral inputs.",
    ),
    "bincount weights": (
        lambda: B.bincount(V),
        RuntimeError,
        "weights should be 1-d and have the same length as input",
    ),
    "searchsorted": (
        lambda: chainrule.searchsorted(M, V),
        RuntimeError,
        "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
        "boundaries "
        "tensor and input value tensor must match, but we got boundaries tensor [2, 3] and input value "
        "tensor [3]",
    ),
    "searchsorted side": (
        lambda: chainrule.searchsorted(V, M, side="xx"),
        RuntimeError,
        "torch.searchsorted(): side can only be 'left' or 'right' but got xx",
    ),
    "bucketize": (
        lambda: chainrule.bucketize(M, M),
        RuntimeError,
        "boundaries tensor must be 1 dimension, but got dim(2)",
    ),
}
ERRORS = {
    f"{family}: {name}": error
    for family, errors in {
        "read": READING,
        "write": WRITING,
        "gather": GATHERING,
        "scatter": SCATTERING,
    }.items()
    for name, error in errors.items()
}


@pytest.mark.parametrize("name", ERRORS)
def test_mistakes_are_told_in_the_words_of_torch(name: str) -> None:
    act, kind, words = ERRORS[name]
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)


NODES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "int": (lambda x: x[0], "SelectBackward0"),
    "ints": (lambda x: x[0, 1], "SelectBackward0"),
    "int after slice": (lambda x: x[1:, 0], "SelectBackward0"),
    "slice": (lambda x: x[1:], "SliceBackward0"),
    "slice after int": (lambda x: x[0, 1:], "SliceBackward0"),
    "everything": (lambda x: x[:], "SliceBackward0"),
    "everything after int": (lambda x: x[0, :], "SelectBackward0"),
    "None": (lambda x: x[None], "UnsqueezeBackward0"),
    "Ellipsis": (lambda x: x[...], "AliasBackward0"),
    "empty key": (lambda x: x[()], "AliasBackward0"),
    "mask": (lambda x: x[x == 0], "IndexBackward0"),
    "array": (lambda x: x[[0, 1]], "IndexBackward0"),
    "bool": (lambda x: x[True], "IndexBackward0"),
    "gather": (lambda x: x.gather(1, A), "GatherBackward0"),
    "take": (lambda x: x.take(B), "TakeBackward0"),
    "take_along_dim": (lambda x: x.take_along_dim(A, 1), "GatherBackward0"),
    "index_select": (lambda x: x.index_select(1, B), "IndexSelectBackward0"),
    "masked_select": (lambda x: x.masked_select(x == 0), "MaskedSelectBackward0"),
    "masked_scatter": (lambda x: x.masked_scatter(x == 0, x), "MaskedScatterBackward0"),
    "scatter": (lambda x: x.scatter(1, A, SIX), "ScatterBackward0"),
    "scatter a number": (lambda x: x.scatter(1, A, 2.0), "ScatterBackward1"),
    "scatter_add": (lambda x: x.scatter_add(1, A, SIX), "ScatterAddBackward0"),
    "index_add": (lambda x: x.index_add(1, B, SIX[:, :2]), "IndexAddBackward0"),
    "index_copy": (lambda x: x.index_copy(1, B, SIX[:, :2]), "IndexCopyBackward0"),
    "index_fill": (lambda x: x.index_fill(1, B, 2), "IndexFillBackward0"),
    "index_put": (lambda x: x.index_put((B[:1],), S), "IndexPutBackward0"),
    "copy_": (lambda x: x.clone().copy_(SIX), "CopyBackwards"),
    "zero_": (lambda x: x.clone().zero_(), "ZeroBackward0"),
    "fill_": (lambda x: x.clone().fill_(2), "FillBackward2"),
}


@pytest.mark.parametrize("name", NODES)
def test_nodes_have_the_names_of_torch(name: str) -> None:
    act, expected = NODES[name]
    x = chainrule.zeros(2, 3, requires_grad=True)
    assert act(x).grad_fn.name() == expected


# -- against NumPy --------------------------------------------------------------------------------

SHAPE = (3, 4, 2)


@given(hnp.basic_indices(SHAPE, allow_newaxis=True, allow_ellipsis=True))
def test_basic_indices_are_those_of_numpy(key: Any) -> None:
    x = np.arange(24.0).reshape(SHAPE)
    y = tensor(x, requires_grad=True)
    part = y[key]
    np.testing.assert_array_equal(part.detach().numpy(), x[key])
    (g,) = chainrule.autograd.grad((part * part).sum(), y)
    expected = np.zeros(SHAPE)
    expected[key] = 2 * x[key]
    np.testing.assert_array_equal(g.numpy(), expected)


@given(hnp.basic_indices(SHAPE, allow_newaxis=True, allow_ellipsis=True))
def test_basic_indices_are_written_as_by_numpy(key: Any) -> None:
    x = np.arange(24.0).reshape(SHAPE)
    y = tensor(x)
    x[key] = -1
    y[key] = -1
    np.testing.assert_array_equal(y.numpy(), x)


@given(hnp.integer_array_indices(SHAPE, dtype=np.int64), st.booleans())
def test_index_arrays_are_those_of_numpy(key: Any, recorded: bool) -> None:
    x = np.arange(24.0).reshape(SHAPE)
    y = tensor(x, requires_grad=recorded)
    part = y[key]
    np.testing.assert_array_equal(part.detach().numpy(), x[key])
    if recorded:
        (g,) = chainrule.autograd.grad(part.sum(), y)
        expected = np.zeros(SHAPE)
        np.add.at(expected, key, 1)
        np.testing.assert_array_equal(g.numpy(), expected)
        return
    x[key] = -1
    y[tuple(tensor(k) for k in key)] = -1
    np.testing.assert_array_equal(y.numpy(), x)


def test_an_int_before_a_slice_is_applied_first_as_in_torch() -> None:
    """NumPy takes the int for an index array, and puts the axis of the arrays in front."""
    assert X[0, :, [0, 1]].shape == (3, 2)
    assert np.zeros((2, 3, 4))[0, :, [0, 1]].shape == (2, 3)


def test_nested_lists_are_one_index_array_as_in_numpy() -> None:
    assert X[[[0, 1], [1, 0]]].shape == (2, 2, 3, 4)


def test_bytes_in_a_tensor_are_a_mask_as_in_torch() -> None:
    assert tensor([5.0, 6.0, 7.0])[tensor([1, 0, 1], dtype=chainrule.uint8)].tolist() == [5, 7]


def test_indices_may_be_anything_with_an_index() -> None:
    x = tensor([5.0, 6.0, 7.0])
    assert [x[i].item() for i in (1, np.int8(1), tensor(1), np.array(1))] == [6, 6, 6, 6]
    assert x[tensor(1) : np.int64(3)].tolist() == [6, 7]
    assert x[range(2)].tolist() == [5, 6]
    assert x[(0, 2),].tolist() == [5, 7]


@pytest.mark.parametrize("value", [2.5, 7, True, np.float64(2.5), np.arange(3), [1, 2, 3], tensor([1, 2, 3])])
def test_anything_numeric_can_be_written(value: Any) -> None:
    for key in (slice(None), ..., tensor([0, 1, 2]), tensor([True, True, True])):
        if isinstance(value, chainrule.Tensor) and isinstance(key, chainrule.Tensor):
            value = value.float()
        x = chainrule.zeros(3)
        x[key] = value
        expected = np.zeros(3)
        expected[:] = value.numpy() if isinstance(value, chainrule.Tensor) else value
        assert x.tolist() == expected.tolist()


def test_floats_written_into_integers_are_cut_off() -> None:
    x = K.clone()
    x[0], x[[1]], x[2] = 1.5, 2.5, tensor(-3.5)
    assert x.tolist() == [1, 2, -3]


def test_overlapping_parts_are_written_as_they_were() -> None:
    x = tensor([1.0, 2.0, 3.0, 4.0])
    x[1:] = x[:-1]
    assert x.tolist() == [1, 1, 2, 3]
    x[[0, 1, 2, 3]] = x.flip(0)
    assert x.tolist() == [3, 2, 1, 1]


def test_an_index_array_that_changes_later_does_not_change_what_was_read() -> None:
    index = np.array([0, 1])
    x = tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[index]
    index[:] = 2
    y.sum().backward()
    assert x.grad.tolist() == [1, 1, 0]


def test_an_index_tensor_that_changes_later_is_noticed() -> None:
    index = tensor([0, 1])
    y = tensor([1.0, 2.0, 3.0], requires_grad=True)[index]
    index.fill_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


# -- dead elements --------------------------------------------------------------------------------

KEPT = tensor([True, False, True])
ENDS = tensor([0, 2])
MIDDLE = tensor([1])


def _written(key: Any, value: Any) -> Callable[[Any], Any]:
    def write(h: Any) -> Any:
        y = h * 1
        y[key] = value
        return y

    return write


# What is done with h at 0, where the derivative of h is infinite: nothing of it may come back.
UNUSED: dict[str, Callable[[Any], Any]] = {
    "int": lambda h: h[0],
    "mask": lambda h: h[KEPT],
    "array": lambda h: h[ENDS],
    "mask, then slice": lambda h: h[KEPT][:1],
    "arrays": lambda h: h.reshape(3, 1)[ENDS, 0],
    "gather": lambda h: h.gather(0, ENDS),
    "take": lambda h: h.take(ENDS),
    "take_along_dim": lambda h: h.take_along_dim(ENDS, 0),
    "index_select": lambda h: h.index_select(0, ENDS),
    "masked_select": lambda h: h.masked_select(KEPT),
    "index_copy": lambda h: h.index_copy(0, MIDDLE, chainrule.ones(1)),
    "index_put": lambda h: h.index_put((MIDDLE,), S),
    "index_fill": lambda h: h.index_fill(0, MIDDLE, 3.0),
    "scatter": lambda h: h.scatter(0, MIDDLE, 3.0),
    "masked_scatter": lambda h: h.masked_scatter(~KEPT, chainrule.ones(3)),
    "overwritten source": lambda h: chainrule.zeros(2).index_copy(0, tensor([0, 1, 1]), h),
    "overwritten values": lambda h: chainrule.zeros(2).index_put((tensor([0, 1, 1]),), h),
    "source not needed": lambda h: chainrule.zeros(1).masked_scatter(tensor([True]), h),
    "source too large": lambda h: chainrule.zeros(1).scatter(0, tensor([0]), h),
    "written int": _written(1, 7.0),
    "written slice": _written(slice(1, 2), V[:1]),
    "written mask": _written(~KEPT, 7.0),
    "written array": _written(MIDDLE, S),
}


@pytest.mark.parametrize("name", UNUSED)
def test_what_was_not_used_is_dead(name: str) -> None:
    at = [1.0, 0.0, 4.0]
    x = tensor(at, requires_grad=True)
    (g,) = chainrule.autograd.grad(UNUSED[name](x.sqrt()).sum(), x, create_graph=True)
    (h,) = chainrule.autograd.grad(g.sum(), x)
    (plain,) = chainrule.autograd.grad(UNUSED[name](x.sqrt()).sum(), x)
    assert g.tolist() == plain.tolist()
    assert g[1].item() == h[1].item() == 0
    assert np.isfinite(h.numpy()).all()


def test_a_quotient_is_finite_where_it_was_selected() -> None:
    x0 = tensor([1.0, 0.0, 2.0])
    x = x0.clone().requires_grad_()
    (x / x0)[x0 > 0].sum().backward()
    assert x.grad.tolist() == [1, 0, 0.5]


def test_of_several_values_for_one_place_the_last_counts() -> None:
    index = tensor([[0, 0, 1]])
    for scatter in (lambda x, s: x.scatter(1, index, s), lambda x, s: x.index_copy(1, index[0], s)):
        source = tensor([[1.0, 2.0, 3.0]], requires_grad=True)
        y = scatter(chainrule.zeros(1, 3), source)
        y.sum().backward()
        assert y.tolist() == [[2, 3, 0]]
        assert source.grad.tolist() == [[0, 1, 1]]
