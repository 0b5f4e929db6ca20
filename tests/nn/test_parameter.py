"""Parameter: a tensor of a class of its own, with ordinary tensors for results."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


@pytest.fixture
def p():
    return nn.Parameter(cr.tensor([[1.0, 2.0], [3.0, 4.0]]))


OPERATIONS = {
    "operator": lambda p: p * 2 + 1,
    "reflected": lambda p: 1 - p,
    "second operand": lambda p: cr.ones(2, 2) * p,
    "both operands": lambda p: p * p,
    "comparison": lambda p: p > 2,
    "unary": lambda p: p.exp(),
    "view": lambda p: p.t(),
    "index": lambda p: p[0],
    "product": lambda p: p @ p,
    "reduction": lambda p: p.sum(),
    "softmax": lambda p: p.softmax(0),
    "several results": lambda p: p.max(0).values,
    "list": lambda p: cr.stack([p, p]),
    "detached": lambda p: p.detach(),
    "data": lambda p: p.data,
    "cast": lambda p: p.double(),
    "clone": lambda p: p.clone(),
    "NumPy": lambda p: np.sin(p),
    "iteration": lambda p: next(iter(p)),
    "like": lambda p: cr.zeros_like(p),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_results_are_ordinary_tensors(p, name):
    assert type(OPERATIONS[name](p)) is cr.Tensor


@pytest.mark.parametrize(
    "name", ["operator", "reflected", "second operand", "both operands", "view", "product"]
)
def test_gradients_reach_a_parameter_as_they_reach_a_tensor(p, name):
    x = p.detach().clone().requires_grad_()
    for leaf in (p, x):
        (OPERATIONS[name](leaf) * cr.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    assert cr.equal(p.grad, x.grad)
    assert type(p.grad) is cr.Tensor


def test_second_derivatives_reach_a_parameter():
    p = nn.Parameter(cr.tensor(2.0))
    (g,) = cr.autograd.grad(cr.tensor(1.0) * p**3, p, create_graph=True)
    assert cr.autograd.grad(g, p)[0].item() == 12.0


def test_it_shares_the_memory_of_its_data():
    x = cr.zeros(2)
    p = nn.Parameter(x)
    x.fill_(3)
    assert p.tolist() == [3.0, 3.0]


def test_it_shares_the_memory_of_a_number():
    x = cr.tensor(1.0)
    p = nn.Parameter(x)
    with cr.no_grad():
        p.add_(1)
    assert x.item() == 2.0


def test_it_is_a_leaf_whatever_it_was_made_of():
    p = nn.Parameter(cr.ones(2, requires_grad=True) * 2)
    assert p.is_leaf
    assert p.requires_grad
    assert isinstance(p, cr.Tensor)


def test_changes_in_place_are_guarded(p):
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place"):
        p.add_(1)
    y = (p * p).sum()
    with cr.no_grad():
        p.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_attributes_survive_pickling_and_shallow_copies_but_not_deep_ones(p):
    p.group = "weights"
    p.grad = cr.ones(2, 2)
    for other in (pickle.loads(pickle.dumps(p)), copy.copy(p)):
        assert type(other) is nn.Parameter
        assert other.group == "weights"
    deep = copy.deepcopy(p)
    assert not hasattr(deep, "group")
    assert deep.grad is None
    assert cr.equal(deep, p)
    assert deep.data_ptr() != p.data_ptr()


def test_one_parameter_in_a_structure_is_copied_once(p):
    a, b = copy.deepcopy([p, p])
    assert a is b


def test_buffers_keep_whether_they_persist():
    buffer = nn.Buffer(cr.ones(2), persistent=False)
    assert not buffer.requires_grad
    assert not pickle.loads(pickle.dumps(buffer)).persistent
    assert type(buffer + 1) is cr.Tensor


def test_subclasses_stay_what_they_are():
    class Scaled(nn.Parameter):
        pass

    module = nn.Module()
    module.w = Scaled(cr.ones(1))
    assert type(copy.deepcopy(module).w) is Scaled
    assert "w" in module.state_dict()
