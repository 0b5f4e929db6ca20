"""Copies and pickles of tensors, and the constructor."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import chainrule as t


@pytest.fixture
def x():
    return t.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)


@pytest.mark.parametrize("value", [3.0, [1.0, 2.0]])
def test_deepcopy_and_pickle_of_leaves(value):
    x = t.tensor(value, requires_grad=True)
    x.grad = t.ones_like(x)
    for y in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert y.tolist() == x.tolist()
        assert y.requires_grad
        assert y.is_leaf
        y.data.add_(1)
        assert x.tolist() == value
    assert copy.deepcopy(x).grad.tolist() == x.grad.tolist()
    assert pickle.loads(pickle.dumps(x)).grad is None
    x.data.copy_(copy.copy(x).data.add_(1))
    assert x.tolist() == (np.array(value) + 1).tolist()


def test_copies_keep_identity_within_a_container(x):
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_deepcopy_of_an_inner_tensor_is_refused(x):
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)
    assert pickle.loads(pickle.dumps(x * 2)).is_leaf


class Weight(t.Tensor):
    """A subclass, at module level so that it pickles."""


def test_subclasses_keep_their_class():
    w = Weight([1.0, 2.0])
    assert repr(w) == "Weight([1., 2.])"
    assert type(copy.deepcopy(w)) is type(pickle.loads(pickle.dumps(w))) is Weight


def test_the_constructor():
    assert t.Tensor([1, 2]).dtype is t.float32
    assert t.Tensor(2, 3).shape == (2, 3)
    assert t.Tensor().shape == (0,)
    x = t.ones(2)
    assert np.shares_memory(t.Tensor(x).numpy(), x.numpy())
    assert t.Tensor(t.Size([2, 3])).shape == (2, 3)
    assert t.Tensor(np.ones(2)).dtype is t.float32
    assert t.Tensor(t.tensor([1, 2])).dtype is t.int64
    for data, name in [(2.5, "float"), (True, "bool"), (None, "NoneType"), (np.float32(2), "numpy.float32")]:
        with pytest.raises(TypeError, match=rf"new\(\): data must be a sequence \(got {name}\)"):
            t.Tensor(data)
    with pytest.raises(RuntimeError, match=r"Trying to create tensor with negative dimension -1: \[-1\]"):
        t.Tensor(-1)


def test_the_constructor_keeps_the_graph(x):
    y = t.Tensor(x)
    (y * y).sum().backward()
    assert x.grad.tolist() == (2 * x).tolist()


def test_copies_are_as_dense_as_what_they_copy(x):
    assert copy.deepcopy(x.detach().T).T.is_contiguous()
    assert copy.deepcopy(t.ones(2).expand(3, 2)).is_contiguous()
