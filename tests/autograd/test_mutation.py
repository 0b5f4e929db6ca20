"""allow_mutation_on_saved_tensors: backward uses the values that were saved, whatever was changed since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import chainrule
from torch_words import raises


def test_an_operand_may_be_changed_in_place(m: Any, leaf: Any) -> None:
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y = leaf * 1
        z = (y**2).sum()
        y.sin_()
        z.backward()
    assert leaf.grad.tolist() == [2.0, 4.0]


def test_a_result_may_be_changed_in_place(m: Any) -> None:
    x = m.zeros(2, requires_grad=True)
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y = x.exp()
        y.mul_(3)
        y.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_a_leaf_may_be_changed_in_place(m: Any, leaf: Any) -> None:
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y = (leaf * leaf).sum()
        with m.no_grad():
            leaf.mul_(10)
        y.backward()
    assert leaf.grad.tolist() == [2.0, 4.0]


def test_a_0d_tensor_may_be_changed_in_place(m: Any) -> None:
    x = m.tensor(2.0, requires_grad=True)
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 2
        z = y**3
        y.mul_(0)
        z.backward()
    assert x.grad.item() == 96.0


CHANGES: dict[str, Callable[[Any], Any]] = {
    "item": lambda y: y.__setitem__(0, 5.0),
    "slice": lambda y: y[1:].zero_(),
    "mask": lambda y: y.__setitem__(y > 0, 0.0),
    "fill": lambda y: y.fill_(7.0),
    "copy": lambda y: y.copy_(y * 0),
    "zero": lambda y: y.zero_(),
    "detached": lambda y: y.detach().mul_(2),
    "index_add": lambda y: y.index_add_(0, chainrule.tensor([0]), chainrule.tensor([1.0])),
    "shape": lambda y: y.unsqueeze_(0).mul_(2),
    "random": lambda y: y.detach().uniform_(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_way_to_change_memory_is_noticed(change: str) -> None:
    x = chainrule.tensor([1.0, 2.0], requires_grad=True)
    with chainrule.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1
        z = (y**3).sum()
        CHANGES[change](y)
        z.backward()
    assert x.grad.tolist() == [3.0, 12.0]


def test_the_step_of_an_optimizer_is_noticed() -> None:
    x = chainrule.tensor([1.0, 2.0], requires_grad=True)
    with chainrule.autograd.graph.allow_mutation_on_saved_tensors():
        y = (x**3).sum()
        x.grad = chainrule.ones(2)
        chainrule.optim.SGD([x], lr=1.0).step()
        x.grad = None
        y.backward()
    assert x.grad.tolist() == [3.0, 12.0]


def test_second_derivatives_use_the_saved_values(m: Any, leaf: Any) -> None:
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y = leaf * 1
        z = (y**3).sum()
        (d,) = m.autograd.grad(z, leaf, create_graph=True)
        y.mul_(0)
        assert m.autograd.grad(d.sum(), leaf)[0].tolist() == [6.0, 12.0]


def test_functions_may_have_their_saved_tensors_changed(m: Any, leaf: Any) -> None:
    class Square(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2 * ctx.saved_tensors[0]

    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y = leaf * 1
        z = Square.apply(y).sum()
        y.mul_(10)
        z.backward()
    assert leaf.grad.tolist() == [2.0, 4.0]


def test_nothing_is_copied_before_a_change() -> None:
    x = chainrule.ones(3, requires_grad=True)
    with chainrule.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1
        node = (y**2).grad_fn
        assert node._saved_self._value is y._value
        y.mul_(2)
        assert node._saved_self._value is not y._value


def test_backward_belongs_into_the_block(m: Any, leaf: Any) -> None:
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y = leaf.exp().sum()
    with pytest.raises(AssertionError, match="Trying to backward outside of the 'allow_mutation_on_saved"):
        y.backward()


def test_a_graph_from_before_the_block_is_not_protected(m: Any, leaf: Any) -> None:
    y = leaf.exp()
    with m.autograd.graph.allow_mutation_on_saved_tensors():
        y.mul_(2)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_blocks_cannot_be_nested(m: Any) -> None:
    block = m.autograd.graph.allow_mutation_on_saved_tensors
    sentence = "allow_mutation_on_saved_tensors contexts cannot be nested"
    with block(), raises(m, RuntimeError, sentence), block():
        pass
    with pytest.raises(ZeroDivisionError), block():
        raise ZeroDivisionError
    with block():
        pass
