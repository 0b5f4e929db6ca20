"""GradientEdges, in the place of tensors: what is differentiated, and with respect to what."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule
from torch_words import raises


def lists(grads: Any) -> list[Any]:
    return [g if g is None else g.tolist() for g in grads]


def edge_of(m: Any, tensor: Any) -> Any:
    return m.autograd.graph.get_gradient_edge(tensor)


def test_an_edge_names_the_node_and_its_output(m: Any, leaf: Any) -> None:
    y = leaf * 2
    edge = edge_of(m, y)
    assert isinstance(edge, m.autograd.graph.GradientEdge)
    assert (edge.node is y.grad_fn, edge.output_nr) == (True, 0)
    assert edge_of(m, leaf).node.variable is leaf
    assert edge_of(m, m.linalg.eigh(m.eye(2).requires_grad_())[1]).output_nr == 1


def test_a_tensor_without_grad_has_no_edge(m: Any) -> None:
    sentence = "It is not possible to get the gradient edge for a Tensor that does not require gradients"
    with raises(m, RuntimeError, sentence):
        edge_of(m, m.ones(2))


def test_gradients_with_respect_to_edges(m: Any, leaf: Any) -> None:
    y = leaf * 2
    z = (y * y).sum()
    grads = m.autograd.grad(z, [edge_of(m, y), edge_of(m, leaf), y])
    assert lists(grads) == [[4.0, 8.0], [8.0, 16.0], [4.0, 8.0]]


def test_gradients_with_respect_to_one_of_several_outputs(m: Any) -> None:
    x = m.tensor([[1.0, 0.0], [0.0, 2.0]], requires_grad=True)
    values, vectors = m.linalg.eigh(x)
    edge = edge_of(m, vectors)
    (g,) = m.autograd.grad(vectors[0].sum() + values.sum(), edge)
    assert g.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_edges_are_differentiated(m: Any, leaf: Any) -> None:
    y = leaf * 2
    total = edge_of(m, (y * y).sum())
    inner = edge_of(m, y)
    assert lists(m.autograd.grad(total, leaf, retain_graph=True)) == [[8.0, 16.0]]
    assert lists(m.autograd.grad(inner, leaf, m.tensor([1.0, 2.0]), retain_graph=True)) == [[2.0, 4.0]]
    m.autograd.backward([inner, total], [m.ones(2), None])
    assert leaf.grad.tolist() == [10.0, 18.0]


def test_an_edge_keeps_the_graph_but_not_the_tensor(m: Any, leaf: Any) -> None:
    edge = edge_of(m, leaf * 2)
    assert lists(m.autograd.grad(edge, leaf, m.ones(2))) == [[2.0, 2.0]]


def test_an_edge_of_a_leaf_is_differentiated(m: Any, leaf: Any) -> None:
    edge = edge_of(m, leaf)
    assert lists(m.autograd.grad(edge, leaf, m.ones(2))) == [[1.0, 1.0]]
    m.autograd.backward(edge, m.ones(2))
    assert leaf.grad.tolist() == [1.0, 1.0]


def test_an_edge_of_a_function_is_differentiated(m: Any, leaf: Any) -> None:
    class Double(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    edge = edge_of(m, Double.apply(leaf))
    assert lists(m.autograd.grad(edge, leaf, m.ones(2))) == [[2.0, 2.0]]
    y = Double.apply(leaf)
    edge = m.autograd.graph.GradientEdge(y.grad_fn, 0)
    assert lists(m.autograd.grad(edge, leaf, m.ones(2))) == [[2.0, 2.0]]
    with raises(m, RuntimeError, "grad can be implicitly created only for scalar outputs"):
        m.autograd.grad(edge, leaf)


def test_an_edge_can_be_made_by_hand(m: Any, leaf: Any) -> None:
    y = leaf * 2
    z = (y * y).sum()
    edge = m.autograd.graph.GradientEdge(y.grad_fn, 0)
    assert lists(m.autograd.grad(z, edge, retain_graph=True)) == [[4.0, 8.0]]
    accumulator = m.autograd.graph.GradientEdge(y.grad_fn.next_functions[0][0], 0)
    assert lists(m.autograd.grad(z, accumulator)) == [[8.0, 16.0]]


def test_an_edge_made_by_hand_leads_to_one_of_several_outputs(m: Any) -> None:
    x = m.tensor([[1.0, 0.0], [0.0, 2.0]], requires_grad=True)
    values, vectors = m.linalg.eigh(x)
    edge = m.autograd.graph.GradientEdge(values.grad_fn, 1)
    (g,) = m.autograd.grad(vectors[0].sum(), edge, retain_graph=True)
    assert g.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    edge = m.autograd.graph.GradientEdge(values.grad_fn, 0)
    (g,) = m.autograd.grad(edge, x, m.tensor([1.0, 0.0]))
    assert g.tolist() == [[1.0, 0.0], [0.0, 0.0]]


def test_edges_are_differentiated_in_batches(m: Any, leaf: Any) -> None:
    (g,) = m.autograd.grad(edge_of(m, leaf * 2), leaf, m.eye(2), is_grads_batched=True)
    assert g.tolist() == [[2.0, 0.0], [0.0, 2.0]]


def test_gradients_are_accumulated_at_edges_of_leaves(m: Any, leaf: Any) -> None:
    w = m.ones(2, requires_grad=True)
    (leaf * w).sum().backward(inputs=edge_of(m, leaf))
    assert (leaf.grad.tolist(), w.grad) == ([1.0, 1.0], None)


@pytest.mark.filterwarnings("ignore:The .grad attribute")
def test_gradients_are_not_accumulated_at_edges_of_inner_tensors(m: Any, leaf: Any) -> None:
    y = leaf * 2
    (y * y).sum().backward(inputs=[edge_of(m, y)])
    assert (y.grad, leaf.grad) == (None, None)


def test_unused_edges(m: Any, leaf: Any) -> None:
    z = (leaf * 2).sum()
    unused = edge_of(m, leaf * 3)
    assert m.autograd.grad(z, unused, allow_unused=True, retain_graph=True) == (None,)
    with pytest.raises(
        RuntimeError, match="The differentiated Tensor at index 0 appears to not have been used"
    ):
        m.autograd.grad(z, unused, retain_graph=True)
    with raises(m, RuntimeError, "materialize_grads cannot be used when the given input is a GradientEdge"):
        m.autograd.grad(z, unused, materialize_grads=True)


def test_cotangents_of_edges_are_checked(m: Any, leaf: Any) -> None:
    edge = edge_of(m, leaf * 2)
    with raises(m, RuntimeError, "grad can be implicitly created only for scalar outputs"):
        m.autograd.grad(edge, leaf)
    sentence = (
        "Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of "
    )
    with raises(m, RuntimeError, f"{sentence}torch.Size([2])."):
        m.autograd.grad(edge, leaf, m.ones(3))


def test_the_cotangent_of_an_edge_of_unknown_shape_must_be_given() -> None:
    y = chainrule.tensor(1.0, requires_grad=True) * 2
    edge = chainrule.autograd.graph.GradientEdge(y.grad_fn, 0)
    with pytest.raises(RuntimeError, match="the shape of an edge made by hand is not known"):
        chainrule.autograd.backward(edge)
    chainrule.autograd.backward(edge, chainrule.tensor(1.0))
