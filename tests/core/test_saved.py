"""Hooks on saved tensors: when they run, and what they find there."""

from __future__ import annotations

from typing import Any

import chainrule as cr
from chainrule.autograd import Function
from chainrule.autograd.graph import saved_tensors_hooks
from chainrule.core.state import state


def test_hooks_on_saved_tensors_do_not_record() -> None:
    recording = []

    def note(tensor: Any) -> Any:
        recording.append(cr.is_grad_enabled())
        return tensor.detach()

    x = cr.tensor([1.0, 2.0], requires_grad=True)
    with saved_tensors_hooks(note, note):
        y = (x.exp() * x).sum()
    assert cr.is_grad_enabled()
    y.backward()
    assert recording == [False] * 6
    assert cr.is_grad_enabled()


def test_unpack_hooks_of_a_recorded_pass_record() -> None:
    recording = []

    def unpack(tensor: Any) -> Any:
        recording.append(cr.is_grad_enabled())
        return tensor

    x = cr.tensor(2.0, requires_grad=True)
    with saved_tensors_hooks(lambda t: t.detach(), unpack):
        y = x.exp()
    cr.autograd.grad(y, x, create_graph=True)
    assert recording == [True]


def test_an_error_in_a_pack_hook_leaves_recording_on() -> None:
    def fail(tensor: Any) -> Any:
        raise ArithmeticError

    x = cr.tensor(2.0, requires_grad=True)
    try:
        with saved_tensors_hooks(fail, fail):
            x.exp()
    except ArithmeticError:
        pass
    assert cr.is_grad_enabled()


def test_all_code_that_backward_calls_finds_the_pass_that_runs() -> None:
    found: list[Any] = []

    def note(given: Any, *rest: Any) -> Any:
        found.append(state.running)
        return given

    class Double(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return note(g) * 2

    x = cr.tensor([1.0, 2.0], requires_grad=True)
    x.register_post_accumulate_grad_hook(lambda x: found.append(state.running))
    with saved_tensors_hooks(lambda t: t.detach(), note):
        y = Double.apply(x.exp()).sum()
    y.register_hook(note)
    for _ in range(2):
        y.backward(retain_graph=True)
    assert len(found) == 8
    assert len(set(found)) == 2
    assert None not in found
    assert state.running is None
