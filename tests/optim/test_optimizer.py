"""Optimisers: what a step does to parameters, memory, graphs and state."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.core.dual import make_dual, new_level, unpack_dual

MAKE = {
    "SGD": lambda p, **k: optim.SGD(p, lr=0.1, momentum=0.9, **k),
    "Adam": lambda p, **k: optim.Adam(p, lr=0.1, amsgrad=True, **k),
    "AdamW": lambda p, **k: optim.AdamW(p, lr=0.1, **k),
    "RMSprop": lambda p, **k: optim.RMSprop(p, lr=0.1, centered=True, eps=0.1, momentum=0.5, **k),
    "Adagrad": lambda p, **k: optim.Adagrad(p, lr=0.1, **k),
}
each = pytest.mark.parametrize("name", MAKE)


def _minimised(p, optimizer, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        ((p - 3) ** 2).sum().backward()
        optimizer.step()


@each
def test_steps_write_into_the_parameters_memory(name):
    p = nn.Parameter(cr.zeros(3))
    memory = p.detach()
    _minimised(p, MAKE[name]([p]), 2)
    assert memory.data_ptr() == p.data_ptr()
    assert (memory != 0).all()
    assert p.is_leaf
    assert p.requires_grad


@each
def test_a_step_between_forward_and_backward_is_noticed(name):
    p = nn.Parameter(cr.ones(2))
    optimizer = MAKE[name]([p])
    loss = (p * p).sum()
    p.grad = cr.ones(2)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@each
def test_a_step_between_forward_and_backward_is_noticed_for_numbers(name):
    p = nn.Parameter(cr.tensor(1.0))
    optimizer = MAKE[name]([p])
    loss = p * p
    p.grad = cr.tensor(1.0)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@each
def test_numbers_are_optimised_as_vectors_are(name):
    number, vector = nn.Parameter(cr.tensor(1.0)), nn.Parameter(cr.tensor([1.0]))
    for p in (number, vector):
        _minimised(p, MAKE[name]([p]), 5)
    assert number.item() == pytest.approx(vector.item(), rel=1e-6)


@each
def test_parameters_that_do_not_lie_in_order_are_optimised(name):
    base = cr.zeros(2, 3)
    p, q = base.t().requires_grad_(), nn.Parameter(cr.zeros(3, 2))
    for x in (p, q):
        _minimised(x, MAKE[name]([x]), 3)
    assert cr.equal(p, q)
    assert cr.equal(base, q.t())


@each
def test_complex_parameters_that_do_not_lie_in_order_are_optimised(name):
    base = cr.zeros(2, 3, dtype=cr.complex64)
    p, q = base.t().requires_grad_(), nn.Parameter(cr.zeros(3, 2, dtype=cr.complex64))
    for x in (p, q):
        optimizer = MAKE[name]([x])
        for _ in range(3):
            optimizer.zero_grad()
            ((x - (1 + 2j)).abs() ** 2).sum().backward()
            optimizer.step()
    assert cr.equal(p, q)


@each
def test_what_was_recorded_of_the_state_is_guarded(name):
    p = nn.Parameter(cr.ones(2))
    optimizer = MAKE[name]([p])
    _minimised(p, optimizer, 1)
    buffer = next(t for key, t in optimizer.state[p].items() if key != "step")
    x = cr.ones(2, requires_grad=True)
    y = (x * buffer).sum()
    _minimised(p, optimizer, 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


@each
def test_parameters_without_gradients_stay(name):
    p, q = nn.Parameter(cr.ones(2)), nn.Parameter(cr.ones(2))
    optimizer = MAKE[name]([p, q])
    p.grad = cr.ones(2)
    optimizer.step()
    assert q.tolist() == [1.0, 1.0]


@each
def test_a_state_that_was_loaded_goes_on_where_it_was(name):
    p, q = nn.Parameter(cr.ones(2)), nn.Parameter(cr.ones(2))
    first = MAKE[name]([p])
    _minimised(p, first, 3)
    with cr.no_grad():
        q.copy_(p)
    second = MAKE[name]([q])
    second.load_state_dict(first.state_dict())
    _minimised(p, first, 3)
    _minimised(q, second, 3)
    assert cr.equal(p, q)


@each
def test_recorded_steps_give_the_gradient_of_where_they_began(name):
    """Against finite differences: the loss after three steps, as a function of the start."""

    def after(start, recorded):
        p = start.clone() if recorded else nn.Parameter(start.clone())
        optimizer = MAKE[name]([p], differentiable=recorded)
        for _ in range(3):
            with cr.set_grad_enabled(recorded):
                p.grad = 2 * (p - 3) * cr.tensor([1.0, 4.0], dtype=cr.float64)
            optimizer.step()
        return ((p - 2) ** 2).sum()

    start = cr.tensor([1.0, 2.0], dtype=cr.float64, requires_grad=True)
    after(start, True).backward()
    step = 1e-6
    for i in range(2):
        move = cr.zeros(2, dtype=cr.float64)
        move[i] = step
        up, down = (after(start.detach() + s * move, False).item() for s in (1, -1))
        assert start.grad[i].item() == pytest.approx((up - down) / (2 * step), rel=1e-5)


def test_recorded_steps_give_the_gradient_of_the_learning_rate():
    lr = cr.tensor(0.1, requires_grad=True)
    p = cr.tensor([1.0]).requires_grad_() * 1
    optimizer = optim.SGD([p], lr=0.0, differentiable=True)
    optimizer.param_groups[0]["lr"] = lr
    p.grad = cr.tensor([2.0])
    optimizer.step()
    (p**2).sum().backward()
    assert lr.grad.item() == pytest.approx(2 * 0.8 * -2.0)


def test_complex_steps_cannot_be_recorded_by_their_parts():
    p = cr.ones(1, dtype=cr.complex64, requires_grad=True) * 1
    optimizer = optim.Adam([p], differentiable=True)
    p.grad = cr.ones(1, dtype=cr.complex64)
    with pytest.raises(RuntimeError, match="differentiable=True is for real parameters"):
        optimizer.step()


def test_steps_inside_a_transform_carry_the_tangent():
    with new_level():
        p = make_dual(cr.tensor([1.0, 2.0]), cr.tensor([1.0, 0.0]))
        optimizer = optim.SGD([p], lr=0.1)
        p.grad = 2 * p
        optimizer.step()
        primal, tangent = unpack_dual(p)
    assert primal.tolist() == pytest.approx([0.8, 1.6])
    assert tangent.tolist() == pytest.approx([0.8, 0.0])


def test_the_closure_is_evaluated_once_and_its_loss_returned():
    p = nn.Parameter(cr.ones(2))
    optimizer = optim.SGD([p], lr=0.1)
    calls = []

    def closure():
        calls.append(cr.is_grad_enabled())
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with cr.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 2.0
    assert calls == [True]


def test_an_error_in_the_closure_leaves_parameters_and_mode_alone():
    p = nn.Parameter(cr.ones(2))
    p.grad = cr.ones(2)

    def closure():
        raise KeyError("mine")

    for optimizer in (optim.SGD([p], lr=0.1), optim.LBFGS([p])):
        with pytest.raises(KeyError, match="mine"):
            optimizer.step(closure)
    assert p.tolist() == [1.0, 1.0]
    assert cr.is_grad_enabled()


def test_a_group_that_is_refused_is_not_added():
    p = nn.Parameter(cr.ones(1))
    optimizer = optim.SGD([p], lr=0.1)
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        optimizer.add_param_group({"params": [p]})
    assert len(optimizer.param_groups) == 1


def test_groups_with_tensor_rates_do_not_share_them():
    rate = cr.tensor(0.5)
    groups = [{"params": [nn.Parameter(cr.ones(1))]}, {"params": [nn.Parameter(cr.ones(1))]}]
    optimizer = optim.SGD(groups, lr=rate)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    assert [lr.item() for lr in schedule.get_last_lr()] == [0.25, 0.25]
    assert rate.item() == 0.5


def test_zero_grad():
    p = nn.Parameter(cr.ones(2))
    optimizer = optim.SGD([p], lr=0.1)
    p.grad = cr.ones(2)
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert p.grad is None


def test_a_hook_before_the_step_may_replace_the_closure():
    p = nn.Parameter(cr.ones(2))
    optimizer = optim.SGD([p], lr=0.1)
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 42), {}))
    assert optimizer.step() == 42


def test_a_hook_that_returns_nonsense_is_refused():
    optimizer = optim.SGD([nn.Parameter(cr.ones(2))], lr=0.1)
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(
        RuntimeError, match="must return None or a tuple of \\(new_args, new_kwargs\\), but got 3"
    ):
        optimizer.step()


def test_memory_is_kept_in_the_parameters_dtype():
    p = nn.Parameter(cr.ones(2))
    optimizer = optim.Adam([p], lr=np.float64(0.1))
    _minimised(p, optimizer, 2)
    assert p.dtype is cr.float32
    assert all(t.dtype is cr.float32 for t in optimizer.state[p].values())


def test_lbfgs_solves_what_gradient_descent_does_not():
    p = nn.Parameter(cr.tensor([-1.2, 1.0], dtype=cr.float64))
    optimizer = optim.LBFGS([p], line_search_fn="strong_wolfe", max_iter=100)

    def closure():
        optimizer.zero_grad()
        loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
        loss.backward()
        return loss

    optimizer.step(closure)
    assert p.tolist() == pytest.approx([1.0, 1.0], abs=1e-4)


def test_lbfgs_takes_parameters_without_gradients_and_complex_ones():
    p = nn.Parameter(cr.tensor([1 + 1j], dtype=cr.complex128))
    unused = nn.Parameter(cr.ones(2, dtype=cr.float64))
    optimizer = optim.LBFGS([p, unused], line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = ((p - (3 - 2j)).abs() ** 2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert p.item() == pytest.approx(3 - 2j, abs=1e-6)
    assert unused.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_an_error_in_the_middle_of_lbfgs_leaves_it_usable(search):
    p = nn.Parameter(cr.tensor([5.0, -3.0]))
    optimizer = optim.LBFGS([p], lr=0.5, max_iter=3, line_search_fn=search)
    fail_at, calls = [], []

    def closure():
        calls.append(p.tolist())
        if len(calls) in fail_at:
            raise KeyError("mine")
        optimizer.zero_grad()
        loss = ((p - 1) ** 4).sum() + (p**2).sum()
        loss.backward()
        return loss

    before = optimizer.step(closure).item()
    fail_at.append(len(calls) + 3)
    with pytest.raises(KeyError, match="mine"):
        optimizer.step(closure)
    for _ in range(10):
        after = optimizer.step(closure).item()
    assert after < before
    assert np.isfinite(p.tolist()).all()


def test_a_line_search_that_fails_leaves_the_parameters_where_it_began():
    p = nn.Parameter(cr.tensor([5.0]))
    optimizer = optim.LBFGS([p], line_search_fn="strong_wolfe")
    calls = []

    def closure():
        calls.append(p.item())
        if len(calls) == 2:
            raise KeyError("mine")
        optimizer.zero_grad()
        (p**2).sum().backward()
        return 25.0

    with pytest.raises(KeyError, match="mine"):
        optimizer.step(closure)
    assert calls[1] != 5.0
    assert p.item() == 5.0


def test_lbfgs_without_iterations_evaluates_once():
    p = nn.Parameter(cr.ones(1))
    optimizer = optim.LBFGS([p], max_iter=0)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 1.0
    assert p.item() == 1.0


def test_lbfgs_goes_on_from_a_loaded_state():
    def closure_of(p, optimizer):
        def closure():
            optimizer.zero_grad()
            loss = ((p - 3) ** 4).sum()
            loss.backward()
            return loss

        return closure

    p, q = nn.Parameter(cr.ones(2)), nn.Parameter(cr.ones(2))
    first, second = optim.LBFGS([p], max_iter=3), optim.LBFGS([q], max_iter=3)
    first.step(closure_of(p, first))
    with cr.no_grad():
        q.copy_(p)
    second.load_state_dict(first.state_dict())
    losses = [o.step(closure_of(x, o)).item() for x, o in ((p, first), (q, second))]
    assert losses[0] == losses[1]
    assert cr.equal(p, q)
