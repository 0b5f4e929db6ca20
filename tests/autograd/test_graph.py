"""increment_version, and the attributes of tensors that speak of the graph."""

from __future__ import annotations

from typing import Any

import pytest

from torch_words import raises


@pytest.mark.parametrize("shape", [(), (2,)])
def test_increment_version_counts_a_change(m: Any, shape: Any) -> None:
    x = m.ones(shape)
    m.autograd.graph.increment_version(x)
    assert x._version == 1
    m.autograd.graph.increment_version([x, x])
    assert x._version == 3


def test_increment_version_counts_for_all_views(m: Any) -> None:
    x = m.ones(2)
    m.autograd.graph.increment_version(x[:1])
    assert (x._version, x.detach()._version) == (1, 1)


@pytest.mark.parametrize("shape", [(), (2,)])
def test_backward_refuses_values_of_an_earlier_version(m: Any, shape: Any) -> None:
    x = m.ones(shape, requires_grad=True)
    y = (x * x).sum()
    m.autograd.graph.increment_version(x)
    sentence = (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.FloatTensor {list(shape)}] is at version 1; expected version 0 instead."
    )
    with raises(m, RuntimeError, sentence):
        y.backward()


def test_increment_version_takes_tensors_only(m: Any) -> None:
    with raises(m, RuntimeError, "increment_version expect a Iterable[Tensor] as input"):
        m.autograd.graph.increment_version(3)
    with raises(m, RuntimeError, "increment_version expects each element of the iterable to be a tensor"):
        m.autograd.graph.increment_version([3])


def test_version_counts_changes_of_shared_memory(m: Any) -> None:
    x = m.zeros(3)
    view = x[1:]
    view.add_(1)
    assert (x._version, view._version) == (1, 1)
    x.detach().add_(1)
    assert x._version == 2
    assert x.clone()._version == 0


def test_views_know_their_base(m: Any) -> None:
    x = m.ones(4)
    view = x[1:]
    assert (x._is_view(), view._is_view()) == (False, True)
    assert view._base is x
    assert view[1:]._base is x
    assert x._base is None


@pytest.mark.parametrize("what", ["detach", "clone"])
def test_copies_and_detached_tensors_are_no_views(m: Any, what: str) -> None:
    x = m.ones(4, requires_grad=True)
    assert not getattr(x, what)()._is_view()
    assert not x.data._is_view()


def test_no_array_without_grad_leaves_the_graph(m: Any, leaf: Any) -> None:
    with raises(
        m,
        RuntimeError,
        "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
    ):
        leaf.numpy()
    with m.no_grad():
        assert leaf.numpy().tolist() == [1.0, 2.0]
