"""Anomaly mode names the node that failed and the user's line that recorded it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import chainrule as cr
from chainrule.autograd import Function, detect_anomaly, set_detect_anomaly
from chainrule.core.state import GENERAL, state


@pytest.fixture
def anomaly() -> Iterator[None]:
    with set_detect_anomaly(True):
        yield


def failure(call: Callable[[], Any], error: type[Exception] = RuntimeError) -> tuple[Any, str]:
    """Return the error that a call raises, and what it has warned of at a line of this file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(error) as raised:
            call()
    told = [w for w in caught if not issubclass(w.category, RuntimeWarning)]
    assert all(w.filename == __file__ for w in told)
    return raised.value, "".join(str(w.message) for w in told)


def test_entering_the_block_warns_that_everything_is_slower() -> None:
    with pytest.warns(UserWarning, match="Anomaly Detection has been enabled. This mode will increase"):
        detect_anomaly()


def test_the_first_nan_is_an_error_that_names_its_node_and_line(anomaly: None) -> None:
    x = cr.tensor([0.0, 1.0], requires_grad=True)
    y = (x.sqrt() * 0).sum()
    error, told = failure(y.backward)
    assert "Function 'SqrtBackward0' returned nan values in its 0th output" in str(error)
    assert "y = (x.sqrt() * 0).sum()" in str(error)
    assert "Error detected in SqrtBackward0. Traceback of forward call that caused the error" in told
    assert "y = (x.sqrt() * 0).sum()" in told
    assert x.grad is None


def test_without_check_nan_a_nan_is_no_error() -> None:
    with set_detect_anomaly(True, check_nan=False):
        x = cr.tensor(0.0, requires_grad=True)
        (x.sqrt() * 0).backward()
    assert x.grad.isnan()


def test_a_graph_recorded_before_has_no_line_to_show() -> None:
    x = cr.tensor(0.0, requires_grad=True)
    y = x.sqrt() * 0
    with set_detect_anomaly(True):
        error, told = failure(y.backward)
    assert "returned nan values" in str(error)
    assert "No forward pass information available" in told


def test_an_error_in_the_user_s_backward_is_explained(anomaly: None) -> None:
    class Bad(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x.clone()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            raise ArithmeticError("some error in backward")

    y = Bad.apply(cr.ones(2, requires_grad=True)).sum()
    _, told = failure(y.backward, ArithmeticError)
    assert "Error detected in BadBackward" in told
    assert "y = Bad.apply(cr.ones(2, requires_grad=True)).sum()" in told


@pytest.mark.parametrize("shape", [(), (2,)])
def test_an_overwritten_value_is_told_with_both_lines(anomaly: None, shape: tuple[int, ...]) -> None:
    a = cr.ones(shape, requires_grad=True) * 1
    b = a.exp()
    b.mul_(2)
    error, told = failure(b.sum().backward)
    saved, _, changed = str(error).partition("and changed here")
    assert "modified by an inplace operation" in saved
    assert "b = a.exp()" in saved
    assert "b.mul_(2)" in changed
    assert "Error detected in ExpBackward0" in told


def test_a_second_backward_is_told_with_the_line_of_the_first(anomaly: None) -> None:
    y = cr.tensor(1.0, requires_grad=True).exp()
    y.backward()
    error, _ = failure(y.backward)
    assert "a second time" in str(error)
    recorded, _, freed = error.__notes__[0].partition("freed by a backward pass here")
    assert "y = cr.tensor(1.0, requires_grad=True).exp()" in recorded
    assert "y.backward()" in freed


def test_a_node_recorded_by_backward_shows_what_induced_it(anomaly: None) -> None:
    x = cr.tensor(0.0, requires_grad=True)
    (g,) = cr.autograd.grad(x**1.5, x, create_graph=True)
    _, told = failure(lambda: cr.autograd.grad(g * 0, x))
    assert "x**1.5" in told.partition("induced the previous calculation")[2]


def test_the_mode_ends_with_its_block_also_after_an_error() -> None:
    assert not cr.is_anomaly_enabled()
    assert cr.is_anomaly_check_nan_enabled()
    with set_detect_anomaly(True, check_nan=False):
        assert cr.is_anomaly_enabled()
        assert not cr.is_anomaly_check_nan_enabled()
    with pytest.raises(ZeroDivisionError), set_detect_anomaly(True):
        raise ZeroDivisionError
    assert not cr.is_anomaly_enabled()
    assert state.mode != GENERAL


def test_the_mode_can_be_switched_as_a_function() -> None:
    set_detect_anomaly(True)
    try:
        assert cr.is_anomaly_enabled()
    finally:
        set_detect_anomaly(False)
    assert not cr.is_anomaly_enabled()
