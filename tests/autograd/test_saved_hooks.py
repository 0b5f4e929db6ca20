"""Hooks on saved tensors: what they are handed, when they run, and what they may do."""

from __future__ import annotations

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from torch_words import raises


def noting(m: Any, packed: list[Any], unpacked: list[Any]) -> Any:
    """Return a block whose hooks note the tensors they are handed."""
    return m.autograd.graph.saved_tensors_hooks(
        lambda t: (packed.append(t), t.detach())[1], lambda t: (unpacked.append(t), t)[1]
    )


# -- what is packed, and when --------------------------------------------------------------------


def test_operands_are_packed_when_they_are_saved_and_unpacked_in_backward(m: Any, leaf: Any) -> None:
    packed: list[Any] = []
    unpacked: list[Any] = []
    z = leaf * 2
    with noting(m, packed, unpacked):
        y = leaf * z
    assert sorted(str(t) for t in packed) == [
        "tensor([1., 2.], requires_grad=True)",
        "tensor([2., 4.], grad_fn=<MulBackward0>)",
    ]
    assert unpacked == []
    y.sum().backward()
    assert sorted(t.tolist() for t in unpacked) == [[1.0, 2.0], [2.0, 4.0]]
    assert leaf.grad.tolist() == [4.0, 8.0]


def test_results_are_packed_with_their_place_in_the_graph(m: Any) -> None:
    packed: list[Any] = []
    x = m.zeros(2, requires_grad=True)
    with noting(m, packed, []):
        y = x.exp()
    assert str(packed[0]) == "tensor([1., 1.], grad_fn=<ExpBackward0>)"
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_what_is_not_saved_is_not_packed(m: Any, leaf: Any) -> None:
    packed: list[Any] = []
    with noting(m, packed, []):
        (leaf + 1).sum()
        leaf.detach() * 3
    assert packed == []


def test_functions_save_through_the_hooks(m: Any, leaf: Any) -> None:
    packed: list[Any] = []
    unpacked: list[Any] = []

    class Exp(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(x, None, y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, nothing, y = ctx.saved_tensors
            assert nothing is None
            assert (x.requires_grad, y.requires_grad) == (True, True)
            return g * y

    with noting(m, packed, unpacked):
        y = Exp.apply(leaf)
    assert str(packed[0]) == "tensor([1., 2.], requires_grad=True)"
    assert packed[1].grad_fn is y.grad_fn
    y.sum().backward()
    assert len(unpacked) == 2
    assert leaf.grad.tolist() == y.tolist()


def test_each_pass_unpacks_again(m: Any, leaf: Any) -> None:
    unpacked: list[Any] = []
    with noting(m, [], unpacked):
        y = leaf * leaf
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    assert len(unpacked) == 4
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.sum().backward()


def test_of_nested_blocks_the_innermost_counts(m: Any, leaf: Any) -> None:
    outer: list[Any] = []
    inner: list[Any] = []
    with noting(m, outer, []):
        with noting(m, inner, []):
            leaf * leaf
        leaf * leaf
    assert (len(inner), len(outer)) == (2, 2)
    leaf * leaf
    assert (len(inner), len(outer)) == (2, 2)


def test_hooks_are_those_of_their_thread() -> None:
    packed: list[Any] = []
    x = chainrule.ones(2, requires_grad=True)
    with noting(chainrule, packed, []):
        thread = threading.Thread(target=lambda: x * x)
        thread.start()
        thread.join()
    assert packed == []


# -- ways to put tensors away --------------------------------------------------------------------


def test_saved_tensors_may_be_arrays(m: Any, leaf: Any) -> None:
    with m.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy().copy(), m.from_numpy):
        y = (leaf**3).sum()
    y.backward()
    assert leaf.grad.tolist() == [3.0, 12.0]


def test_saved_tensors_may_be_on_disk(m: Any, leaf: Any, tmp_path: Path) -> None:
    def pack(t: Any) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.npy"
        np.save(path, t.detach().numpy())
        return path

    with m.autograd.graph.saved_tensors_hooks(pack, lambda path: m.from_numpy(np.load(path))):
        y = (leaf**3).sin().sum()
    y.backward()
    assert leaf.grad.tolist() == (3 * leaf**2 * (leaf**3).cos()).tolist()
    assert len(list(tmp_path.iterdir())) > 0


def test_values_may_be_stored_in_fewer_bits(m: Any, leaf: Any) -> None:
    with m.autograd.graph.saved_tensors_hooks(lambda t: t.half(), lambda t: t.float()):
        y = (leaf * leaf).sum()
    y.backward()
    assert leaf.grad.tolist() == [2.0, 4.0]


def test_a_packed_leaf_leads_to_the_leaf_in_second_derivatives(m: Any, leaf: Any) -> None:
    with m.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy().copy(), m.from_numpy):
        y = (leaf**3).sum()
    (d,) = m.autograd.grad(y, leaf, create_graph=True)
    assert m.autograd.grad(d.sum(), leaf)[0].tolist() == [6.0, 12.0]


def test_a_packed_result_leads_to_its_operation_in_second_derivatives(m: Any) -> None:
    x = m.zeros(2, requires_grad=True)
    with m.autograd.graph.saved_tensors_hooks(lambda t: t.detach().numpy().copy(), m.from_numpy):
        y = x.exp().sum()
    (d,) = m.autograd.grad(y, x, create_graph=True)
    assert m.autograd.grad(d.sum(), x)[0].tolist() == [1.0, 1.0]


def test_backward_uses_the_value_that_comes_back(m: Any, leaf: Any) -> None:
    with m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 10 * t.detach()):
        y = (leaf * leaf).sum()
    (d,) = m.autograd.grad(y, leaf, create_graph=True)
    assert d.tolist() == [20.0, 40.0]


def test_a_value_that_comes_back_in_another_dtype_is_cast() -> None:
    x = chainrule.ones(2, requires_grad=True)
    with chainrule.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t.double()):
        y = (x * x).sum()
    y.backward()
    assert x.grad.dtype is chainrule.float32


# -- what hooks may not do -----------------------------------------------------------------------


def test_an_exception_in_pack_leaves_everything_as_it_was(m: Any, leaf: Any) -> None:
    block = m.autograd.graph.saved_tensors_hooks(lambda t: 1 / 0, lambda t: t)
    with block, pytest.raises(ZeroDivisionError):
        leaf * leaf
    assert m.is_grad_enabled()
    (leaf * leaf).sum().backward()
    assert leaf.grad.tolist() == [2.0, 4.0]


def test_an_exception_in_unpack_leaves_everything_as_it_was(m: Any, leaf: Any) -> None:
    with m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 1 / 0):
        y = (leaf * leaf).sum()
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert m.is_grad_enabled()
    assert leaf.grad is None


def test_unpack_must_return_a_tensor(m: Any, leaf: Any) -> None:
    with m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 3):
        y = (leaf * leaf).sum()
    sentence = "Output of saved tensor unpack_hook expected to be a Tensor but got result of type int"
    with raises(m, TypeError, sentence):
        y.backward()


def test_unpack_must_return_a_tensor_of_the_same_shape(m: Any, leaf: Any) -> None:
    with m.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: m.ones(3)):
        y = (leaf * leaf).sum()
    with pytest.raises(RuntimeError):
        y.backward()


def test_pack_must_not_change_what_it_is_handed(m: Any, leaf: Any) -> None:
    block = m.autograd.graph.saved_tensors_hooks(lambda t: t.detach().add_(1), lambda t: t)
    with block, pytest.raises(RuntimeError, match="A saved tensor pack hook is modifying its input in place"):
        leaf * leaf


def test_hooks_run_without_recording_or_hooks(m: Any, leaf: Any) -> None:
    modes: list[Any] = []

    def pack(t: Any) -> Any:
        modes.append(m.is_grad_enabled())
        t * t  # would be packed in turn
        return t.detach()

    def unpack(t: Any) -> Any:
        modes.append(m.is_grad_enabled())
        return t

    with m.autograd.graph.saved_tensors_hooks(pack, unpack):
        y = (leaf * leaf).sum()
    y.backward(retain_graph=True)
    assert modes == [False] * 4
    m.autograd.grad(y, leaf, create_graph=True)
    assert modes[4:] == [True, True]


def test_hooks_must_be_functions(m: Any) -> None:
    with pytest.raises(TypeError), m.autograd.graph.saved_tensors_hooks(3, 4):
        pass


def test_hooks_that_do_nothing_make_no_cycle() -> None:
    x = chainrule.ones(2, requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        with chainrule.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            y = x.exp()
        node = weakref.ref(y.grad_fn)
        del y
        assert node() is None
    finally:
        gc.enable()


# -- save_on_cpu, and refusing hooks -------------------------------------------------------------


@pytest.mark.parametrize("pin", [False, True])
def test_save_on_cpu_changes_nothing(m: Any, leaf: Any, pin: bool) -> None:
    with m.autograd.graph.save_on_cpu(pin_memory=pin):
        y = (leaf * leaf).sum()
    y.backward()
    assert leaf.grad.tolist() == [2.0, 4.0]


def test_hooks_can_be_refused_within_a_block(m: Any) -> None:
    graph = m.autograd.graph

    def use() -> None:
        with graph.save_on_cpu():
            pass

    with graph.disable_saved_tensors_hooks("outer"):
        with graph.disable_saved_tensors_hooks("inner"), raises(m, RuntimeError, "inner"):
            use()
        with raises(m, RuntimeError, "outer"):
            use()
    use()
    with raises(m, RuntimeError, "decorated"):
        graph.disable_saved_tensors_hooks("decorated")(use)()


def test_hooks_that_are_there_already_cannot_be_refused(m: Any) -> None:
    graph = m.autograd.graph
    with graph.save_on_cpu(), raises(m, RuntimeError, "late"), graph.disable_saved_tensors_hooks("late"):
        pass
    with graph.save_on_cpu():
        pass
