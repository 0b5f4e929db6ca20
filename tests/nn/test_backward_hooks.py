"""Hooks on the backward pass of modules: order, removal, nesting, and what they leave behind."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest

import chainrule as cr
from chainrule import nn


@pytest.fixture
def double():
    layer = nn.Linear(1, 1, bias=False)
    with cr.no_grad():
        layer.weight.fill_(2)
    return layer


@pytest.fixture
def x():
    return cr.ones(1, 1, requires_grad=True)


def test_hooks_run_in_order_of_registration_unless_prepended(double, x):
    seen = []
    for i in range(3):
        double.register_full_backward_hook(lambda m, gi, go, i=i: seen.append(i), prepend=i == 2)
        double.register_full_backward_pre_hook(lambda m, go, i=i: seen.append(-i), prepend=i == 2)
    double(x).backward()
    assert seen == [-2, 0, -1, 2, 0, 1]


def test_each_hook_sees_what_the_one_before_it_left(double, x):
    double.register_full_backward_pre_hook(lambda m, go: (go[0] * 3,))
    double.register_full_backward_pre_hook(lambda m, go: (go[0] + 1,))
    double.register_full_backward_hook(lambda m, gi, go: (gi[0] * 10,))
    double.register_full_backward_hook(lambda m, gi, go: (gi[0] + 1,))
    double(x).backward()
    assert double.weight.grad.item() == 4.0
    assert x.grad.item() == 81.0


def test_a_removed_hook_is_not_called(double, x):
    seen = []
    with double.register_full_backward_hook(lambda m, gi, go: seen.append(1)):
        double(x).backward()
    double(x).backward()
    assert seen == [1]


def test_every_call_of_a_module_is_seen(double, x):
    seen = []
    double.register_full_backward_hook(lambda m, gi, go: seen.append((gi[0].item(), go[0].item())))
    double(double(x)).backward()
    assert seen == [(2.0, 1.0), (4.0, 2.0)]


def test_hooks_of_a_container_and_of_what_is_inside_are_both_called(double, x):
    seen = []
    net = nn.Sequential(double)
    net.register_full_backward_hook(lambda m, gi, go: seen.append(type(m).__name__))
    double.register_full_backward_hook(lambda m, gi, go: seen.append(type(m).__name__))
    net(x).backward()
    assert seen == ["Linear", "Sequential"]


def test_without_recording_nothing_is_seen(double, x):
    seen = []
    double.register_full_backward_hook(lambda m, gi, go: seen.append(1))
    with cr.no_grad():
        assert not double(x).requires_grad
    assert seen == []


def test_second_derivatives_pass_through(double, x):
    double.register_full_backward_hook(lambda m, gi, go: (gi[0] * x,))
    (g,) = cr.autograd.grad(double(x * x), x, create_graph=True)
    assert cr.autograd.grad(g, x)[0].item() == pytest.approx(8.0)  # g = 2x * 2x


def test_an_error_in_a_hook_leaves_no_gradient_behind(double, x):
    def fail(module, grad_input, grad_output):
        raise KeyError("mine")

    handle = double.register_full_backward_hook(fail)
    with pytest.raises(KeyError, match="mine"):
        double(x).backward()
    assert x.grad is None
    assert double.weight.grad is None
    handle.remove()
    double(x).backward()
    assert x.grad.item() == 2.0


def test_calls_leave_no_objects_behind(double, x):
    double.register_full_backward_hook(lambda m, gi, go: None)
    y = double(x)
    node = weakref.ref(y)
    y.backward()
    del y
    gc.collect()
    assert node() is None


def test_hooks_are_copied_with_the_module(double, x):
    seen = []
    double.register_full_backward_hook(lambda m, gi, go: seen.append(m))
    other = copy.deepcopy(double)
    other(x).backward()
    assert seen == [other]
