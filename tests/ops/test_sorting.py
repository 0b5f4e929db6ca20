"""Sorting: order of equals, NaN, gradients, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad

NAN = float("nan")


def test_equal_elements_keep_their_order_both_ways() -> None:
    x = chainrule.tensor([2.0, 1.0, 2.0, 1.0])
    assert x.argsort().tolist() == [1, 3, 0, 2]
    assert x.argsort(descending=True).tolist() == [0, 2, 1, 3]
    assert x.topk(4)[1].tolist() == [0, 2, 1, 3]


def test_nan_is_the_greatest() -> None:
    x = chainrule.tensor([3.0, NAN, 1.0])
    assert x.argsort().tolist() == [2, 0, 1]
    assert x.argsort(descending=True).tolist() == [1, 0, 2]
    assert x.topk(1)[1].tolist() == [1]
    assert x.topk(2, largest=False)[1].tolist() == [2, 0]
    assert x.kthvalue(3)[1].item() == 1


@pytest.mark.parametrize("seed", range(5))
def test_sorting_along_any_axis_is_numpys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 5, (3, 4, 2)).astype(np.float32)
    for dim in (0, 1, -1):
        values, index = chainrule.from_numpy(x).sort(dim)
        np.testing.assert_array_equal(values.numpy(), np.sort(x, axis=dim))
        np.testing.assert_array_equal(index.numpy(), np.argsort(x, axis=dim, kind="stable"))


def test_gradients_go_back_where_the_elements_came_from() -> None:
    x = chainrule.tensor([[3.0, 1.0, 2.0]], requires_grad=True)
    weights = chainrule.tensor([[1.0, 10.0, 100.0]])
    assert grad((x.sort()[0] * weights).sum(), x)[0].tolist() == [[100.0, 1.0, 10.0]]
    assert grad((x.topk(2)[0] * weights[:, :2]).sum(), x)[0].tolist() == [[1.0, 0.0, 10.0]]
    assert grad(x.kthvalue(2, keepdim=True)[0], x, chainrule.tensor([[5.0]]))[0].tolist() == [[0.0, 0.0, 5.0]]


def test_the_first_of_equal_elements_has_the_gradient_of_unique() -> None:
    x = chainrule.tensor([2.0, 1.0, 2.0], requires_grad=True)
    assert grad(x.unique(), x, chainrule.tensor([5.0, 7.0]))[0].tolist() == [7.0, 5.0, 0.0]


def test_unique_slices_and_where_they_are() -> None:
    x = chainrule.tensor([[3, 1], [0, 2], [3, 1]])
    values, inverse, counts = x.unique(dim=0, return_inverse=True, return_counts=True)
    assert values.tolist() == [[0, 2], [3, 1]]
    assert inverse.tolist() == [1, 0, 1]
    assert counts.tolist() == [1, 2]


def test_every_nan_is_distinct() -> None:
    values, counts = chainrule.tensor([NAN, 1.0, NAN]).unique(return_counts=True)
    assert values.shape == (3,)
    assert counts.tolist() == [1, 1, 1]


def test_zero_dimensional_tensors_have_an_axis_of_one() -> None:
    s = chainrule.tensor(2.0)
    for values, index in (s.sort(), s.sort(0), s.topk(1), s.kthvalue(1), s.sort(-1, True)):
        assert (values.shape, index.shape) == ((), ())
        assert (values.item(), index.item()) == (2.0, 0)
    assert s.unique().tolist() == [2.0]
    with pytest.raises(IndexError, match=r"^Dimension out of range"):
        s.sort(1)
    with pytest.raises(IndexError, match=r"^Dimension specified as 0 but tensor has no dimensions$"):
        s.unique(dim=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: x.topk(4), RuntimeError, "selected index k out of range"),
        (lambda x: x.topk(-1), RuntimeError, "selected index k out of range"),
        (lambda x: x.kthvalue(0), RuntimeError, "kthvalue(): selected number k out of range for dimension 0"),
        (lambda x: x.kthvalue(4), RuntimeError, "kthvalue(): selected number k out of range for dimension 0"),
        (
            lambda x: chainrule.zeros(0, 2).kthvalue(1, 0),
            IndexError,
            "kthvalue(): Expected reduction dim 0 to have non-zero size.",
        ),
        (
            lambda x: chainrule.zeros(0, 2).unique(dim=1),
            RuntimeError,
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied",
        ),
        (lambda x: (x > 1).topk(1), RuntimeError, "topk does not support bool dtypes on CPU"),
        (lambda x: (x * 1j).sort(), RuntimeError, " Sort does not support complex dtypes on CPU"),
        (lambda x: (x * 1j).unique(), NotImplementedError, "\"unique\" not implemented for 'ComplexFloat'"),
    ],
)
def test_errors_are_torchs(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        call(chainrule.tensor([3.0, 1.0, 2.0]))
    assert str(raised.value) == message
