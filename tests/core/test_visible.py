"""Nodes as users see them: names, edges, notes, and what was saved."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

import chainrule
from torch_words import raises

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they "
    "have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward."
)


# -- nodes ---------------------------------------------------------------------------------------


def test_a_node_is_the_same_object_each_time(m: Any, leaf: Any) -> None:
    y = leaf * 2
    assert y.grad_fn is y.grad_fn
    assert (y * 3).grad_fn.next_functions[0][0] is y.grad_fn
    assert leaf.grad_fn is None


def test_a_node_has_the_name_of_its_operation(m: Any, leaf: Any) -> None:
    node = (leaf * 2).grad_fn
    assert node.name() == "MulBackward0"
    assert type(node).__name__ == "MulBackward0"
    assert repr(node).startswith("<MulBackward0 object at 0x")


def test_nodes_are_nodes(m: Any, leaf: Any) -> None:
    kind = m.autograd.graph.Node
    node = (leaf * 2).grad_fn
    assert isinstance(node, kind)
    assert issubclass(type(node), kind)
    assert isinstance(node.next_functions[0][0], kind)
    assert not isinstance(leaf, kind)
    assert not issubclass(int, kind)
    with pytest.raises(TypeError, match="Can't instantiate abstract class Node"):
        kind()


def test_edges_lead_to_nodes_and_outputs(m: Any) -> None:
    x = m.eye(2).requires_grad_()
    values, vectors = m.linalg.eigh(x)
    y = values * vectors
    assert [(node.name(), number) for node, number in y.grad_fn.next_functions] == [
        ("LinalgEighBackward0", 0),
        ("LinalgEighBackward0", 1),
    ]


def test_operands_without_grad_have_an_edge_to_nowhere(m: Any, leaf: Any) -> None:
    assert (leaf * m.ones(2)).grad_fn.next_functions[1] == (None, 0)
    assert (leaf * 2).grad_fn.next_functions[1] == (None, 0)


def test_operands_without_a_derivative_have_no_edge(m: Any, leaf: Any) -> None:
    assert len(m.where(leaf > 0, leaf, leaf).grad_fn.next_functions) == 2
    assert len((leaf**2).grad_fn.next_functions) == 1


def test_nodes_carry_the_users_notes(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.grad_fn.metadata["note"] = 3
    assert y.grad_fn.metadata == {"note": 3}
    assert (leaf * 2).grad_fn.metadata == {}


def test_later_nodes_have_higher_numbers(m: Any, leaf: Any) -> None:
    y = leaf * 2
    z = y * 3
    assert z.grad_fn._sequence_nr() > y.grad_fn._sequence_nr()
    assert z.grad_fn.requires_grad


def test_output_nr_is_the_number_among_several_results(m: Any, leaf: Any) -> None:
    factors = m.linalg.qr(m.eye(2).requires_grad_())
    assert [factor.output_nr for factor in factors] == [0, 1]
    assert (leaf.output_nr, (leaf * 2).output_nr) == (0, 0)


def test_unknown_attributes_are_errors(m: Any, leaf: Any) -> None:
    for name in ("nothing", "_saved_nothing", "_raw_saved_nothing"):
        with raises(m, AttributeError, f"'MulBackward0' object has no attribute '{name}'"):
            getattr((leaf * 2).grad_fn, name)


# -- leaves --------------------------------------------------------------------------------------


def test_an_edge_to_a_leaf_leads_to_its_accumulator(m: Any, leaf: Any) -> None:
    node, number = (leaf * 2).grad_fn.next_functions[0]
    assert (node.name(), number) == ("torch::autograd::AccumulateGrad", 0)
    assert node.variable is leaf
    assert node.next_functions == ()
    assert node.requires_grad
    assert repr(node).startswith("<AccumulateGrad object at 0x")


def test_a_leaf_has_one_accumulator(m: Any, leaf: Any) -> None:
    y = leaf * leaf
    (a, _), (b, _) = y.grad_fn.next_functions
    assert a is b
    a.metadata["note"] = 3
    del a, b
    gc.collect()
    assert y.grad_fn.next_functions[0][0].metadata == {"note": 3}


# -- saved values --------------------------------------------------------------------------------

SAVED: dict[str, Callable[[Any, Any], Any]] = {
    "mul: other self": lambda m, x: x * x,
    "mul: other": lambda m, x: x * m.ones(2),
    "div: other self": lambda m, x: x / x,
    "exp: result": lambda m, x: x.exp(),
    "log: self": lambda m, x: x.log(),
    "sin: self": lambda m, x: x.sin(),
    "sqrt: result": lambda m, x: x.sqrt(),
    "tanh: result": lambda m, x: x.tanh(),
    "pow: exponent self": lambda m, x: x**3,
    "pow of a number: exponent result self": lambda m, x: 2.0**x,
    "pow of tensors: exponent result self": lambda m, x: x**x,
    "sum: self_sym_sizes": lambda m, x: x.sum(),
    "sum along an axis: dim keepdim self_sym_sizes": lambda m, x: x.sum(0),
    "where: condition": lambda m, x: m.where(x > 1, x, x),
    "mm: mat2": lambda m, x: x.view(1, 2) @ m.ones(2, 1),
    "sort: dim indices self_sym_sizes": lambda m, x: x.sort()[0],
    "clamp: max min self": lambda m, x: x.clamp(0, 1),
    "softmax: dim result": lambda m, x: x.softmax(0),
}


@pytest.mark.parametrize("name", SAVED)
def test_saved_values_have_torchs_names(m: Any, leaf: Any, name: str) -> None:
    node = SAVED[name](m, leaf).grad_fn
    found = [a.removeprefix("_saved_") for a in dir(node) if a.startswith("_saved_")]
    wanted = name.partition(": ")[2].split()
    if m is chainrule:
        assert found == wanted
    else:  # which has more: None for what is not saved, and for matrices also their strides
        assert set(wanted) <= set(found)


def test_saved_operands_are_the_tensors_themselves_or_like_them(m: Any, leaf: Any) -> None:
    y = leaf * 2
    node = (leaf * y).grad_fn
    assert node._saved_self is leaf
    assert node._saved_other.grad_fn is y.grad_fn
    assert node._saved_other.tolist() == [2.0, 4.0]


def test_saved_results_are_at_their_place_in_the_graph(m: Any, leaf: Any) -> None:
    y = leaf.exp()
    assert y.grad_fn._saved_result.grad_fn is y.grad_fn
    assert y.grad_fn._saved_result.tolist() == y.tolist()


def test_saved_parameters_are_as_they_were_given(m: Any, leaf: Any) -> None:
    assert (leaf**3).grad_fn._saved_exponent == 3
    assert leaf.sum().grad_fn._saved_self_sym_sizes == (2,)


def test_saved_values_are_freed_by_backward(m: Any, leaf: Any) -> None:
    y = leaf * leaf
    assert y.grad_fn._saved_self is leaf
    y.sum().backward()
    with raises(m, RuntimeError, FREED):
        _ = y.grad_fn._saved_self


def test_only_tensors_have_a_raw_form(m: Any, leaf: Any) -> None:
    raw = [a for a in dir((leaf**3).grad_fn) if a.startswith("_raw_saved_")]
    assert raw == ["_raw_saved_self"]


# -- hooks on one saved tensor -------------------------------------------------------------------


def test_one_saved_tensor_may_be_put_away(m: Any, leaf: Any) -> None:
    y = (leaf * 2).exp()
    packed: list[Any] = []
    y.grad_fn._raw_saved_result.register_hooks(
        lambda t: packed.append(t.tolist()) or t.detach(), lambda t: t * 10
    )
    assert packed == [y.tolist()]
    assert y.grad_fn._saved_result.tolist() == (10 * y).tolist()
    y.sum().backward()
    assert leaf.grad.tolist() == pytest.approx((20 * y).tolist())


def test_of_several_saved_tensors_the_others_stay(m: Any, leaf: Any) -> None:
    w = m.tensor([3.0, 4.0], requires_grad=True)
    y = leaf * w
    y.grad_fn._raw_saved_self.register_hooks(lambda t: t.detach(), lambda t: t * 10)
    y.sum().backward()
    assert (leaf.grad.tolist(), w.grad.tolist()) == ([3.0, 4.0], [10.0, 20.0])


def test_a_tensor_that_a_function_saved_may_be_put_away(m: Any, leaf: Any) -> None:
    class Square(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(None, x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2 * ctx.saved_tensors[1]

    y = Square.apply(leaf)
    y.grad_fn._raw_saved_tensors[-1].register_hooks(lambda t: t.detach(), lambda t: t * 10)
    y.sum().backward()
    assert leaf.grad.tolist() == [20.0, 40.0]


def test_a_saved_tensor_has_one_pair_of_hooks(m: Any, leaf: Any) -> None:
    sentence = (
        "Calling register_hooks on a saved tensor whose hooks have already been set. "
        "Hint: only one pair of hooks is allowed at a time."
    )
    y = leaf.exp()
    y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda t: t)
    with raises(m, RuntimeError, sentence):
        y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda t: t)
    with m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        y = leaf.exp()
    with raises(m, RuntimeError, sentence):
        y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda t: t)


def test_a_freed_tensor_takes_no_hooks(m: Any, leaf: Any) -> None:
    y = leaf.exp()
    saved = y.grad_fn._raw_saved_result
    y.sum().backward()
    sentence = (
        "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of "
        "the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if "
        "you need to backward through the graph a second time or if you need to access saved variables "
        "after calling backward."
    )
    with raises(m, RuntimeError, sentence):
        saved.register_hooks(lambda t: t, lambda t: t)


def test_hooks_on_a_saved_tensor_must_be_functions(m: Any, leaf: Any) -> None:
    with pytest.raises(TypeError):
        leaf.exp().grad_fn._raw_saved_result.register_hooks(3, lambda t: t)
