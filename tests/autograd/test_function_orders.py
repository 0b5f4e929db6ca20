"""Derivatives of higher order through Functions, once_differentiable, and threads."""

from __future__ import annotations

import importlib
import threading
from typing import Any

import pytest

import chainrule
from torch_words import raises

TWICE = "trying to differentiate twice a function that was marked with @once_differentiable"


def cube(m: Any) -> Any:
    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * 3 * x**2

    return Cube


def exponential(m: Any) -> Any:
    class Exp(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    return Exp


def once(m: Any, **marks: Any) -> Any:
    """Return the Function x² whose backward must not be differentiated."""
    once_differentiable = importlib.import_module(f"{m.__name__}.autograd.function").once_differentiable

    class Once(m.autograd.Function):
        modes: list[Any] = []  # noqa: RUF012

        @staticmethod
        def forward(ctx: Any, x: Any, k: Any = None) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            """The rule."""
            Once.modes.append(m.is_grad_enabled())
            return g * 2 * ctx.saved_tensors[0], None

    return Once


def test_three_derivatives_when_an_input_is_saved(m: Any) -> None:
    x = m.tensor(2.0, requires_grad=True)
    y, found = cube(m).apply(x), []
    for _ in range(3):
        (y,) = m.autograd.grad(y, x, create_graph=True)
        found.append(y.item())
    assert found == [12.0, 12.0, 6.0]


def test_three_derivatives_when_a_result_is_saved(m: Any) -> None:
    x = m.tensor(0.0, requires_grad=True)
    y, found = exponential(m).apply(x), []
    for _ in range(3):
        (y,) = m.autograd.grad(y, x, create_graph=True)
        found.append(y.item())
    assert found == [1.0, 1.0, 1.0]


def test_a_saved_result_of_several_leads_to_its_own_output(m: Any) -> None:
    class Powers(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y, z = x**2, x**3
            ctx.save_for_backward(x, y)
            return y, z

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            x, y = ctx.saved_tensors
            return g * 2 * x + h * 3 * y

    x = m.tensor(2.0, requires_grad=True)
    _, z = Powers.apply(x)
    (first,) = m.autograd.grad(z, x, create_graph=True)
    (second,) = m.autograd.grad(first, x)
    assert (first.item(), second.item()) == (12.0, 12.0)


def test_functions_that_call_each_other_in_backward(m: Any) -> None:
    class Sin(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * Cos.apply(ctx.saved_tensors[0])

    class Cos(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x.cos()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return -g * Sin.apply(ctx.saved_tensors[0])

    x = m.tensor(1.0, requires_grad=True)
    y = Sin.apply(x)
    for _ in range(4):
        (y,) = m.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(m.sin(x).item())


def test_saved_intermediates_are_constants_of_the_second_derivative(m: Any) -> None:
    class Sin(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x.cos())
            return x.sin()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    x = m.tensor(1.0, requires_grad=True)
    (d,) = m.autograd.grad(Sin.apply(x), x, create_graph=True)
    assert not d.requires_grad


def test_a_recorded_backward_runs_with_grad_enabled(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.append((m.is_grad_enabled(), g.requires_grad))
            return g * 2

    x = m.tensor(1.0, requires_grad=True)
    m.autograd.grad(F.apply(x) ** 2, x, create_graph=True)
    assert seen == [(True, True)]


# -- once_differentiable -------------------------------------------------------------------------


def test_once_differentiable_does_not_matter_for_first_derivatives(m: Any) -> None:
    f = once(m)
    x = m.tensor(3.0, requires_grad=True)
    f.apply(x).backward()
    assert x.grad.item() == 6.0
    assert f.backward.__doc__ == "The rule."
    assert f.modes == [False]


def test_differentiating_twice_what_is_once_differentiable_is_an_error(m: Any) -> None:
    f = once(m)
    x = m.tensor(3.0, requires_grad=True)
    (d,) = m.autograd.grad(f.apply(x) ** 2, x, create_graph=True)
    assert d.item() == 108.0
    assert d.requires_grad
    assert f.modes == [False]
    with raises(m, RuntimeError, TWICE):
        d.backward()


def test_once_differentiable_gradients_are_constants_when_the_cotangent_is(m: Any) -> None:
    x = m.tensor(3.0, requires_grad=True)
    (d,) = m.autograd.grad(once(m).apply(x), x, create_graph=True)
    assert not d.requires_grad


# -- threads -------------------------------------------------------------------------------------


def test_functions_run_in_several_threads_at_once() -> None:
    x = chainrule.tensor(2.0, requires_grad=True)
    f = cube(chainrule)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(50):
                f.apply(x).backward()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert x.grad.item() == 200 * 12.0


def test_no_grad_in_one_thread_does_not_silence_forward_in_another() -> None:
    inside, done = threading.Event(), threading.Event()
    found = []

    class Slow(chainrule.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            inside.set()
            done.wait(10)
            return x * 2

    thread = threading.Thread(target=lambda: Slow.apply(chainrule.ones(2, requires_grad=True)))
    thread.start()
    inside.wait(10)
    found.append((chainrule.ones(2, requires_grad=True) * 2).requires_grad)
    done.set()
    thread.join()
    assert found == [True]
