"""Hooks on the gradients of several tensors."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import chainrule
from torch_words import raises


def present(grads: Any) -> list[Any]:
    """Return gradients as lists, None for those that are absent."""
    return [g if g is None else g.tolist() for g in grads]


def test_with_all_the_hook_gets_the_gradients_that_the_pass_computes(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    a, b, c = leaf * 2, leaf * 3, leaf * 4
    m.autograd.graph.register_multi_grad_hook((a, b, c), lambda grads: seen.append(present(grads)))
    (a * b).sum().backward(retain_graph=True)
    assert seen == [[[3.0, 6.0], [2.0, 4.0], None]]
    (a * b * c).sum().backward(retain_graph=True)
    assert None not in seen[1]


def test_tensors_that_are_not_needed_for_the_inputs_are_not_waited_for(m: Any) -> None:
    seen: list[Any] = []
    a, b = m.ones(2, requires_grad=True), m.ones(2, requires_grad=True)
    c, d = a * b, a * b
    m.autograd.graph.register_multi_grad_hook(
        (a, b, c, d), lambda grads: seen.append([g is not None for g in grads])
    )
    c.sum().backward(retain_graph=True)
    c.sum().backward(inputs=(a,), retain_graph=True)
    assert seen == [[True, True, True, False], [True, False, True, False]]


def test_the_hook_runs_for_autograd_grad_too(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    a, b = leaf * 2, leaf * 3
    m.autograd.graph.register_multi_grad_hook((a, b), lambda grads: seen.append(present(grads)))
    m.autograd.grad((a * b).sum(), leaf, retain_graph=True)
    m.autograd.grad((a * b).sum(), a)
    assert seen == [[[3.0, 6.0], [2.0, 4.0]], [[3.0, 6.0], None]]


def test_with_any_the_hook_gets_the_first_gradient_of_each_pass(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    a = leaf * 2
    b = a * 3
    m.autograd.graph.register_multi_grad_hook((a, b), lambda g: seen.append(g.tolist()), mode="any")
    b.sum().backward(retain_graph=True)
    b.sum().backward(retain_graph=True)
    a.sum().backward()
    assert seen == [[1.0, 1.0]] * 3


def test_the_handle_removes_the_hook_from_all_tensors(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    a, b = leaf * 2, leaf * 3
    handle = m.autograd.graph.register_multi_grad_hook((a, b), seen.append)
    handle.remove()
    (a * b).sum().backward(retain_graph=True)
    with m.autograd.graph.register_multi_grad_hook((a, b), seen.append):
        pass
    (a * b).sum().backward()
    assert seen == []


def test_what_the_hook_returns_does_not_matter(m: Any, leaf: Any) -> None:
    m.autograd.graph.register_multi_grad_hook((leaf,), lambda grads: 3)
    (leaf * 2).sum().backward()
    assert leaf.grad.tolist() == [2.0, 2.0]


def test_a_tensor_may_be_named_twice(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    a = leaf * 2
    m.autograd.graph.register_multi_grad_hook((a, a), lambda grads: seen.append(present(grads)))
    a.sum().backward()
    assert seen == [[[1.0, 1.0], [1.0, 1.0]]]


def test_without_tensors_the_hook_never_runs(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    m.autograd.graph.register_multi_grad_hook((), seen.append)
    (leaf * 2).sum().backward()
    assert seen == []


@pytest.mark.parametrize("where", ["in the hook", "between the gradients"])
def test_an_exception_leaves_nothing_behind_for_the_next_pass(m: Any, leaf: Any, where: str) -> None:
    seen: list[Any] = []
    failing = [True]

    def hook(grads: Any) -> None:
        if failing and where == "in the hook":
            raise ZeroDivisionError
        seen.append(present(grads))

    a = leaf * 2
    b = a * 3
    m.autograd.graph.register_multi_grad_hook((a, b), hook)
    if where == "between the gradients":
        handle = b.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        b.sum().backward(retain_graph=True)
    failing.clear()
    if where == "between the gradients":
        handle.remove()
    assert leaf.grad is None
    b.sum().backward()
    assert seen == [[[3.0, 3.0], [1.0, 1.0]]]


def test_a_pass_within_a_pass_has_gradients_of_its_own(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    a = leaf * 2
    b = a * 3

    def again(g: Any) -> None:
        if len(seen) == 0:
            seen.append("inner")
            with m.enable_grad():
                (10 * b).sum().backward(retain_graph=True)

    b.register_hook(again)
    m.autograd.graph.register_multi_grad_hook((a, b), lambda grads: seen.append(present(grads)))
    b.sum().backward()
    assert seen == ["inner", [[30.0, 30.0], [10.0, 10.0]], [[3.0, 3.0], [1.0, 1.0]]]


def test_another_mode_is_an_error(m: Any) -> None:
    with raises(m, ValueError, "Expects mode to be one of ('all', 'any') but got both"):
        m.autograd.graph.register_multi_grad_hook((), print, mode="both")


def test_with_any_tensors_without_grad_are_left_out(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    m.autograd.graph.register_multi_grad_hook((leaf, m.ones(2)), seen.append, mode="any")
    (leaf * 2).sum().backward()
    assert len(seen) == 1


def test_with_all_a_tensor_without_grad_is_an_error_and_leaves_no_hook() -> None:
    seen: list[Any] = []
    x = chainrule.ones(2, requires_grad=True)
    with pytest.raises(
        RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"
    ):
        chainrule.autograd.graph.register_multi_grad_hook((x, chainrule.ones(2)), seen.append)
    (x * 2).sum().backward()
    assert seen == []


def test_hooks_keep_no_graph_alive() -> None:
    x = chainrule.ones(2, requires_grad=True)
    a, b = x * 2, x * 3
    chainrule.autograd.graph.register_multi_grad_hook((a, b), print)
    nodes = [weakref.ref(t.grad_fn) for t in (a, b)]
    gc.collect()
    gc.disable()
    try:
        del a, b
        assert [ref() for ref in nodes] == [None, None]
    finally:
        gc.enable()
