"""Schedules: resuming, and the attributes that are their state."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule import nn, optim
from chainrule.optim import lr_scheduler

MAKE = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 2),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [1, 3]),
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.5),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, 4),
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 0.9**epoch),
}


def _optimizer():
    return optim.SGD([nn.Parameter(cr.ones(1))], lr=1.0)


@pytest.mark.parametrize("name", MAKE)
def test_a_schedule_goes_on_from_a_loaded_state(name):
    def advance(optimizer, schedule):
        optimizer.step()
        schedule.step()
        return schedule.get_last_lr()

    first, second = _optimizer(), _optimizer()
    schedule = MAKE[name](first)
    for _ in range(3):
        advance(first, schedule)
    other = MAKE[name](second)
    second.load_state_dict(first.state_dict())
    other.load_state_dict(schedule.state_dict())
    for _ in range(3):
        assert advance(first, schedule) == advance(second, other)


@pytest.mark.parametrize("name", MAKE)
def test_the_optimizer_is_no_part_of_the_state(name):
    assert "optimizer" not in MAKE[name](_optimizer()).state_dict()


def test_a_cosine_is_resumed_at_its_place():
    optimizer = _optimizer()
    optimizer.param_groups[0]["initial_lr"] = 1.0
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, T_max=4, last_epoch=1)
    assert schedule.get_last_lr() == pytest.approx([0.5])


def test_functions_that_are_objects_keep_their_attributes():
    class Factor:
        def __init__(self, value):
            self.value = value

        def __call__(self, epoch):
            return self.value

    schedule = lr_scheduler.LambdaLR(_optimizer(), Factor(5.0))
    other = lr_scheduler.LambdaLR(_optimizer(), Factor(1.0))
    other.load_state_dict(schedule.state_dict())
    assert other.lr_lambdas[0].value == 5.0


def test_a_plateau_goes_on_from_a_loaded_state():
    schedule = lr_scheduler.ReduceLROnPlateau(_optimizer(), patience=1)
    for _ in range(2):
        schedule.step(1.0)
    other = lr_scheduler.ReduceLROnPlateau(_optimizer())
    other.load_state_dict(schedule.state_dict())
    other.step(1.0)
    assert other.get_last_lr() == [0.1]
    assert not other.in_cooldown


def test_rates_that_users_change_are_what_is_multiplied():
    optimizer = _optimizer()
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.param_groups[0]["lr"] = 10.0
    optimizer.step()
    schedule.step()
    assert schedule.get_last_lr() == [5.0]
