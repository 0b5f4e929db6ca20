"""Hooks before and after forward."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule import nn


@pytest.fixture
def double():
    layer = nn.Linear(1, 1, bias=False)
    with cr.no_grad():
        layer.weight.fill_(2)
    return layer


X = cr.ones(1, 1)


def test_a_hook_before_forward_may_change_the_input(double):
    handle = double.register_forward_pre_hook(lambda module, args: args[0] * 3)
    assert double(X).item() == 6.0
    handle.remove()
    handle.remove()
    assert double(X).item() == 2.0


def test_a_hook_after_forward_may_change_the_output(double):
    double.register_forward_hook(lambda module, args, output: output * 3)
    assert double(X).item() == 6.0


def test_hooks_that_return_nothing_change_nothing(double):
    seen = []
    double.register_forward_pre_hook(lambda module, args: seen.append(args))
    double.register_forward_hook(lambda module, args, output: seen.append(output.item()))
    assert double(X).item() == 2.0
    assert seen == [(X,), 2.0]


def test_hooks_see_keywords_when_they_ask(double):
    seen = []
    double.register_forward_pre_hook(lambda m, args, kwargs: seen.append((args, kwargs)), with_kwargs=True)
    double.register_forward_hook(lambda m, args, kwargs, out: seen.append((args, kwargs)), with_kwargs=True)
    double(input=X)
    assert seen == [((), {"input": X})] * 2


def test_a_hook_before_forward_may_change_keywords(double):
    double.register_forward_pre_hook(lambda m, args, kwargs: ((X * 5,), {}), with_kwargs=True)
    assert double(input=X).item() == 10.0


def test_keywords_must_come_back_with_the_arguments(double):
    double.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
    with pytest.raises(
        RuntimeError, match="must return None or a tuple of \\(new_args, new_kwargs\\), but got 3"
    ):
        double(X)


def test_hooks_run_in_order_of_registration_unless_prepended(double):
    seen = []
    for i in range(3):
        double.register_forward_hook(lambda m, args, out, i=i: seen.append(i), prepend=i == 2)
        double.register_forward_pre_hook(lambda m, args, i=i: seen.append(-i), prepend=i == 2)
    double(X)
    assert seen == [-2, 0, -1, 2, 0, 1]


def test_a_hook_lasts_as_long_as_its_with_block(double):
    seen = []
    with double.register_forward_hook(lambda m, args, out: seen.append(1)):
        double(X)
    double(X)
    assert seen == [1]


def test_hooks_that_are_always_called_are_called_when_forward_fails(double):
    seen = []
    double.register_forward_hook(lambda m, args, out: seen.append("ordinary"))
    double.register_forward_hook(lambda m, args, out: seen.append(out), always_call=True)
    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        double(cr.ones(1, 3))
    assert seen == [None]


def test_hooks_that_are_always_called_are_called_once(double):
    seen = []

    def fail(module, args, output):
        raise ValueError("no")

    double.register_forward_hook(lambda m, args, out: seen.append("first"), always_call=True)
    double.register_forward_hook(fail)
    double.register_forward_hook(lambda m, args, out: seen.append("last"), always_call=True)
    with pytest.raises(ValueError, match="no"):
        double(X)
    assert seen == ["first", "last"]


def test_an_error_in_a_hook_after_another_error_is_a_warning(double):
    def fail(module, args, output):
        raise ValueError("no")

    double.register_forward_hook(fail, always_call=True)
    with (
        pytest.warns(UserWarning, match="silenced as another error was raised in forward: no"),
        pytest.raises(RuntimeError, match="mat1 and mat2"),
    ):
        double(cr.ones(1, 3))


def test_hooks_see_the_module_in_a_container(double):
    seen = []
    double.register_forward_hook(lambda module, args, out: seen.append(module))
    nn.Sequential(double, nn.ReLU())(X)
    assert seen == [double]
