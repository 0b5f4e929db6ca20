"""Checkpointing gives the gradients of the plain call, with the values in between made again in backward."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import chainrule as cr
from chainrule import nn
from chainrule.autograd import Function, grad, set_detect_anomaly
from chainrule.core.state import RECORDING, state
from chainrule.utils.checkpoint import (
    CheckpointError,
    checkpoint,
    checkpoint_sequential,
    set_checkpoint_debug_enabled,
    set_checkpoint_early_stop,
)

both = pytest.mark.parametrize("reentrant", [True, False])


@pytest.fixture(autouse=True)
def modes_are_left_as_they_were() -> Iterator[None]:
    yield
    assert cr.is_grad_enabled()
    assert state.mode == RECORDING
    assert state.running is None


def leaf(*values: float) -> Any:
    return cr.tensor([float(x) for x in values], requires_grad=True)


def wavy(x: Any) -> Any:
    return (x.sin() * x).exp().tanh()


class Counted:
    """A function that counts its runs."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.runs = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.runs += 1
        return self.function(*args, **kwargs)


def differing(*functions: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is another one in each run."""
    runs = iter(functions)
    return lambda *args: next(runs)(*args)


# -- both forms ------------------------------------------------------------------------------------


@both
def test_gradients_are_those_of_the_plain_call(reentrant: bool) -> None:
    x, plain = leaf(0.5, 1.0, 2.0), leaf(0.5, 1.0, 2.0)
    y = checkpoint(wavy, x * 2, use_reentrant=reentrant)
    y.sum().backward()
    wavy(plain * 2).sum().backward()
    assert (y == wavy(plain * 2)).all()
    assert (x.grad == plain.grad).all()


@both
def test_the_function_runs_once_forward_and_once_backward(reentrant: bool) -> None:
    function = Counted(wavy)
    y = checkpoint(function, leaf(1.0, 2.0), use_reentrant=reentrant)
    assert function.runs == 1
    y.sum().backward()
    assert function.runs == 2


@both
def test_parameters_used_inside_get_their_gradients(reentrant: bool) -> None:
    cr.manual_seed(0)
    layer = nn.Linear(3, 2)
    x = cr.rand(4, 3, requires_grad=True)
    checkpoint(layer, x, use_reentrant=reentrant).sum().backward()
    expected = grad(layer(x).sum(), [x, layer.weight, layer.bias])
    assert all((a.grad == g).all() for a, g in zip([x, layer.weight, layer.bias], expected, strict=True))


@both
def test_dropout_has_the_same_mask_when_it_is_computed_again(reentrant: bool) -> None:
    cr.manual_seed(3)
    x = cr.ones(1000, requires_grad=True)
    y = checkpoint(lambda x: nn.functional.dropout(x * 1, 0.5), x, use_reentrant=reentrant)
    following = cr.rand(5)
    y.sum().backward()
    assert (x.grad == y).all()
    cr.manual_seed(3)
    nn.functional.dropout(cr.ones(1000), 0.5)
    assert (following == cr.rand(5)).all()


@both
def test_backward_leaves_the_random_numbers_where_they_were(reentrant: bool) -> None:
    x = leaf(1.0, 2.0)
    y = checkpoint(lambda x: x * cr.rand(2), x, use_reentrant=reentrant).sum()
    before = cr.get_rng_state()
    y.backward()
    assert (cr.get_rng_state() == before).all()


@both
def test_random_numbers_go_on_without_preserve_rng_state(reentrant: bool) -> None:
    cr.manual_seed(0)
    x = cr.ones(100, requires_grad=True)
    y = checkpoint(lambda x: x * cr.rand(100), x, use_reentrant=reentrant, preserve_rng_state=False)
    y.sum().backward()
    assert (x.grad != y).all()
    cr.manual_seed(0)
    assert (y == cr.rand(100)).all()
    assert (x.grad == cr.rand(100)).all()


@both
def test_several_results_of_which_some_are_no_tensors(reentrant: bool) -> None:
    x = leaf(1.0, 2.0)
    double, name, nothing, half = checkpoint(
        lambda x: (x * 2, "name", None, x / 2), x, use_reentrant=reentrant
    )
    assert (name, nothing) == ("name", None)
    (double * half).sum().backward()
    assert (x.grad == 2 * x).all()


@both
def test_arguments_that_are_no_tensors(reentrant: bool) -> None:
    x = leaf(1.0, 2.0)
    y = checkpoint(lambda x, n, f: f(x) * n, x, 3, cr.exp, use_reentrant=reentrant)
    y.sum().backward()
    assert (x.grad == 3 * x.exp()).all()


@both
def test_a_second_backward_is_refused_unless_the_graph_is_kept(reentrant: bool) -> None:
    x = leaf(1.0, 2.0)
    y = checkpoint(wavy, x, use_reentrant=reentrant).sum()
    y.backward(retain_graph=True)
    once = x.grad.clone()
    y.backward()
    assert (x.grad == 2 * once).all()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.backward()


@both
def test_an_argument_changed_in_place_is_an_error(reentrant: bool) -> None:
    x = leaf(1.0, 2.0)
    a = x * 1
    y = checkpoint(wavy, a, use_reentrant=reentrant)
    a.add_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*is at version 1; expected"):
        y.sum().backward()
    assert x.grad is None


@both
def test_without_recording_the_function_just_runs(reentrant: bool) -> None:
    with cr.no_grad():
        y = checkpoint(wavy, leaf(1.0), use_reentrant=reentrant)
    assert not y.requires_grad


@both
def test_an_error_of_the_function_comes_through(reentrant: bool) -> None:
    with pytest.raises(ZeroDivisionError):
        checkpoint(lambda x: x * (1 / 0), leaf(1.0), use_reentrant=reentrant)


@both
def test_an_error_in_recomputation_comes_through_and_leaves_gradients_alone(reentrant: bool) -> None:
    x = leaf(1.0, 2.0)
    before = cr.get_rng_state()
    y = checkpoint(differing(wavy, lambda x: x * (1 / 0)), x, use_reentrant=reentrant)
    with pytest.raises(ZeroDivisionError):
        (y.sum() + x.sum()).backward()
    assert x.grad is None
    assert (cr.get_rng_state() == before).all()


@both
def test_anomaly_mode_works_within(reentrant: bool) -> None:
    x = leaf(0.0, 1.0)
    with set_detect_anomaly(True):
        y = checkpoint(lambda x: x.sqrt() * 0, x, use_reentrant=reentrant)
        with warnings.catch_warnings(action="ignore"), pytest.raises(RuntimeError) as raised:
            y.sum().backward()
    assert "SqrtBackward0' returned nan values in its 0th output" in str(raised.value)
    assert "x.sqrt() * 0" in str(raised.value)


@both
def test_checkpoints_one_after_the_other(reentrant: bool) -> None:
    x = leaf(0.1, 0.2)
    y, plain = x, x
    for _ in range(20):
        y, plain = checkpoint(wavy, y, use_reentrant=reentrant), wavy(plain)
    y.sum().backward()
    assert cr.allclose(x.grad, grad(plain.sum(), x)[0])


@both
@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")  # in torch as well
def test_a_checkpoint_within_a_checkpoint(reentrant: bool) -> None:
    inner = Counted(wavy)

    def outer(x: Any) -> Any:
        return checkpoint(inner, x.exp(), use_reentrant=reentrant).cos()

    x = leaf(0.1, 0.2)
    checkpoint(outer, x, use_reentrant=reentrant).sum().backward()
    assert inner.runs == 3
    assert cr.allclose(x.grad, grad(wavy(x.exp()).cos().sum(), x)[0])


@both
def test_whether_the_form_is_chosen_should_be_said(reentrant: bool) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        checkpoint(wavy, leaf(1.0), use_reentrant=reentrant)
        assert caught == []
        checkpoint(wavy, leaf(1.0))
    assert "the use_reentrant parameter should be passed explicitly" in str(caught[0].message)
    assert caught[0].filename == __file__


# -- the reentrant form ------------------------------------------------------------------------------


def test_reentrant_nothing_is_recorded_in_between() -> None:
    y = checkpoint(wavy, leaf(1.0), use_reentrant=True)
    assert y.grad_fn.name() == "CheckpointFunctionBackward"


def test_reentrant_warns_when_no_argument_requires_grad() -> None:
    with pytest.warns(
        UserWarning, match="None of the inputs have requires_grad=True. Gradients will be None"
    ):
        y = checkpoint(wavy, cr.ones(2), use_reentrant=True)
    assert not y.requires_grad


@pytest.mark.parametrize(
    "ask", [lambda y, x: grad(y, x), lambda y, x: y.backward(inputs=[x]), lambda y, x: grad(y, [x])]
)
def test_reentrant_refuses_passes_to_named_inputs(ask: Callable[[Any, Any], Any]) -> None:
    x = leaf(1.0, 2.0)
    y = checkpoint(wavy, x, use_reentrant=True).sum()
    with pytest.raises(RuntimeError, match=r"incompatible with \.grad\(\) or passing an `inputs` parameter"):
        ask(y, x)


def test_reentrant_refuses_a_function_whose_results_are_detached() -> None:
    y = checkpoint(lambda x: x.detach() * 2, leaf(1.0), use_reentrant=True)
    with pytest.raises(RuntimeError, match="none of output has requires_grad=True"):
        y.sum().backward()


def test_reentrant_takes_no_arguments_by_name() -> None:
    with pytest.raises(ValueError, match="Unexpected keyword arguments: scale"):
        checkpoint(wavy, leaf(1.0), use_reentrant=True, scale=2)


@pytest.mark.parametrize("option", [{"debug": True}, {"context_fn": lambda: None}])
def test_reentrant_takes_no_contexts(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Passing `context_fn` or `debug` is only supported when"):
        checkpoint(wavy, leaf(1.0), use_reentrant=True, **option)


def test_reentrant_does_not_see_tensors_in_containers() -> None:
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad=True"):
        y = checkpoint(lambda pair: pair[0] * pair[1], [leaf(1.0), leaf(2.0)], use_reentrant=True)
    assert not y.requires_grad


# -- the form built on hooks --------------------------------------------------------------------------


def test_arguments_by_name() -> None:
    x, scale = leaf(1.0, 2.0), leaf(3.0)
    y = checkpoint(lambda x, *, scale: (x * scale).exp(), x, scale=scale, use_reentrant=False)
    y.sum().backward()
    assert cr.allclose(scale.grad, (x * y).sum())


def test_nested_containers_in_and_out() -> None:
    def function(given: dict[str, Any]) -> dict[str, Any]:
        a, (b, c) = given["a"], given["pair"]
        return {"sum": [a.exp() + b], "product": (b * c, {"name": "text"})}

    a, b, c = leaf(1.0), leaf(2.0), leaf(3.0)
    result = checkpoint(function, {"a": a, "pair": (b, c)}, use_reentrant=False)
    (result["sum"][0] * result["product"][0]).sum().backward()
    expected = grad(((a.exp() + b) * (b * c)).sum(), [a, b, c])
    assert all(cr.allclose(x.grad, g) for x, g in zip((a, b, c), expected, strict=True))
    assert result["product"][1] == {"name": "text"}


def test_gradients_of_named_inputs() -> None:
    x = leaf(1.0, 2.0)
    (g,) = grad(checkpoint(wavy, x, use_reentrant=False).sum(), x)
    assert (g == grad(wavy(x).sum(), x)[0]).all()


def test_no_argument_needs_to_require_grad() -> None:
    w = leaf(1.0, 2.0)
    checkpoint(lambda x: (x * w).exp(), cr.ones(2), use_reentrant=False).sum().backward()
    assert (w.grad == w.exp()).all()


def test_detached_tensors_inside() -> None:
    x = leaf(1.0, 2.0)
    checkpoint(lambda x: x.exp().detach() * x, x, use_reentrant=False).sum().backward()
    assert (x.grad == x.exp()).all()


def test_gradients_of_higher_order() -> None:
    x = leaf(0.3, 0.7)

    def third(function: Callable[[Any], Any]) -> Any:
        y = function(x).sum()
        for _ in range(2):
            (g,) = grad(y, x, create_graph=True)
            y = g.sum()
        return grad(y, x)[0]

    assert cr.allclose(third(lambda x: checkpoint(wavy, x, use_reentrant=False)), third(wavy))


def test_gradients_of_higher_order_through_a_checkpoint_within_a_checkpoint() -> None:
    x = leaf(0.3, 0.7)

    def nested(x: Any) -> Any:
        return checkpoint(wavy, x.cos(), use_reentrant=False).exp()

    (g,) = grad(checkpoint(nested, x, use_reentrant=False).sum(), x, create_graph=True)
    (h,) = grad(g.sum(), x)
    (expected,) = grad(wavy(x.cos()).exp().sum(), x, create_graph=True)
    assert cr.allclose(g, expected)
    assert cr.allclose(h, grad(expected.sum(), x)[0])


def test_three_levels_of_checkpoints() -> None:
    runs = Counted(wavy)

    def level(depth: int) -> Callable[[Any], Any]:
        if depth == 0:
            return runs
        return lambda x: checkpoint(level(depth - 1), x.sin(), use_reentrant=False) * 2

    x = leaf(0.3, 0.7)
    level(3)(x).sum().backward()
    assert runs.runs == 2  # the outer recomputations end at the inputs of the inner ones
    assert cr.allclose(x.grad, grad(8 * wavy(x.sin().sin().sin()).sum(), x)[0])


def test_gradients_taken_inside_the_function() -> None:
    def function(x: Any) -> Any:
        y = x.exp() * x
        (g,) = grad(y.sum(), x, create_graph=True)
        return g * x.sin()

    x = leaf(0.3, 0.7)
    (expected,) = grad(function(x).sum(), x)
    for early_stop in (True, False):
        (g,) = grad(checkpoint(function, x, use_reentrant=False, early_stop=early_stop).sum(), x)
        assert cr.allclose(g, expected)


def test_each_backward_through_a_graph_that_is_kept_computes_again() -> None:
    function = Counted(wavy)
    x = leaf(1.0, 2.0)
    y = checkpoint(function, x, use_reentrant=False).sum()
    for _ in range(3):
        y.backward(retain_graph=True)
    assert function.runs == 4


def test_recomputation_stops_when_all_is_there() -> None:
    after = []

    def function(x: Any) -> Any:
        y = x.exp()
        after.append(1)
        return y

    checkpoint(function, leaf(1.0), use_reentrant=False).sum().backward()
    assert len(after) == 1
    checkpoint(function, leaf(1.0), use_reentrant=False, early_stop=False).sum().backward()
    assert len(after) == 3


def test_stopping_early_can_be_switched_off_for_a_block() -> None:
    after = []

    def function(x: Any) -> Any:
        y = x.exp()
        after.append(1)
        return y

    with set_checkpoint_early_stop(False):
        y = checkpoint(function, leaf(1.0), use_reentrant=False)
        with set_checkpoint_early_stop(True):
            z = checkpoint(function, leaf(1.0), use_reentrant=False, early_stop=False)
    y.sum().backward()
    assert len(after) == 3
    z.sum().backward()
    assert len(after) == 3


def test_code_that_catches_every_exception_does_not_disturb_the_early_stop() -> None:
    def function(x: Any) -> Any:
        try:
            return x.exp()
        except Exception:
            return x * 0

    x = leaf(1.0)
    checkpoint(function, x, use_reentrant=False).sum().backward()
    assert (x.grad == x.exp()).all()


def test_the_two_runs_have_their_contexts() -> None:
    entered = []

    @contextmanager
    def noted(name: str) -> Iterator[None]:
        entered.append(name)
        yield
        entered.append(f"end of {name}")

    x = leaf(1.0)
    y = checkpoint(wavy, x, use_reentrant=False, context_fn=lambda: (noted("first"), noted("second")))
    assert entered == ["first", "end of first"]
    with set_checkpoint_early_stop(False):
        y.sum().backward()
    assert entered[2] == "second"


def test_a_context_that_hides_an_error_is_an_error() -> None:
    @contextmanager
    def hiding() -> Iterator[None]:
        with suppress(ZeroDivisionError):
            yield

    with pytest.raises(RuntimeError, match="suppressed an exception raised during the checkpointed forward"):
        checkpoint(
            lambda x: x * (1 / 0), leaf(1.0), use_reentrant=False, context_fn=lambda: (hiding(), hiding())
        )


@pytest.mark.parametrize(
    ("first", "second", "early_stop", "message"),
    [
        (lambda x: x.sin().cos(), lambda x: x.sin(), True, "A different number of tensors was saved during"),
        (
            lambda x: x.sin(),
            lambda x: x.sin().cos(),
            False,
            "trying to save more tensors during recomputation",
        ),
        (lambda x: x.sin(), lambda x: x[:1].sin(), True, "have different metadata than during the forward"),
        (
            lambda x: x.sin(),
            lambda x: x.double().sin(),
            True,
            r"'dtype': chainrule.float64, 'device': device",
        ),
    ],
)
def test_a_function_that_does_not_do_the_same_again(
    first: Any, second: Any, early_stop: bool, message: str
) -> None:
    y = checkpoint(differing(first, second), leaf(1.0, 2.0), use_reentrant=False, early_stop=early_stop)
    with pytest.raises(CheckpointError, match=message):
        y.sum().backward()


def test_the_comparison_of_both_runs_can_be_left_out() -> None:
    x = leaf(1.0, 2.0)
    function = differing(lambda x: x.sin(), lambda x: x.double().sin())
    checkpoint(function, x, use_reentrant=False, determinism_check="none").sum().backward()
    assert cr.allclose(x.grad, x.cos())
    with pytest.raises(ValueError, match=r"should be one of \['default', 'none'\], but got all"):
        checkpoint(wavy, x, use_reentrant=False, determinism_check="all")


def test_debugging_shows_the_operations_of_both_runs() -> None:
    def first(x: Any) -> Any:
        return x.sin().cos()  # of the first run

    def second(x: Any) -> Any:
        return x[:1].sin()  # of the second

    y = checkpoint(
        differing(first, second), leaf(1.0, 2.0), use_reentrant=False, debug=True, early_stop=False
    )
    with pytest.raises(CheckpointError) as raised:
        y.sum().backward()
    text = str(raised.value)
    assert "f32[2] = sin(f32[2])" in text
    assert "f32[2] = cos(f32[2])   (2 of 2 in original)" in text
    assert "return x.sin().cos()  # of the first run" in text
    assert "f32[1] = sin(f32[1])   (2 of 2 in recompute)" in text
    assert "return x[:1].sin()  # of the second" in text


def test_debugging_can_be_switched_on_for_a_block() -> None:
    with set_checkpoint_debug_enabled(True):
        y = checkpoint(differing(cr.sin, lambda x: x), leaf(1.0), use_reentrant=False)
        with pytest.raises(ValueError, match="debug=True is incompatible with non-default context_fn"):
            checkpoint(wavy, leaf(1.0), use_reentrant=False, context_fn=lambda: None)
    with pytest.raises(CheckpointError, match="dumping logs of latest computation"):
        y.sum().backward()


def test_debugging_changes_no_gradient() -> None:
    x = leaf(1.0, 2.0)
    y = checkpoint(wavy, x, use_reentrant=False, debug=True).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert (x.grad == 2 * grad(wavy(x).sum(), x)[0]).all()


def test_saved_tensors_can_be_looked_at_outside_backward() -> None:
    x = leaf(1.0, 2.0)
    y = checkpoint(lambda x: (x * x).sin(), x, use_reentrant=False)
    assert (y.grad_fn._saved_self == x * x).all()
    assert (y.grad_fn._saved_self == x * x).all()


def test_custom_functions_inside() -> None:
    class Square(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 2 * g * ctx.saved_tensors[0]

    x = leaf(1.0, 2.0)
    checkpoint(lambda x: Square.apply(x.exp()), x, use_reentrant=False).sum().backward()
    assert cr.allclose(x.grad, 2 * (2 * x).exp())


def test_a_saved_tensor_is_handed_out_once_in_a_pass() -> None:
    class Greedy(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return ctx.saved_tensors[0] * ctx.saved_tensors[0]

    y = checkpoint(lambda x: Greedy.apply(x.exp()), leaf(1.0), use_reentrant=False)
    with pytest.raises(CheckpointError, match="for a tensor that was already unpacked once"):
        y.sum().backward()


def test_a_value_overwritten_inside_the_function_is_an_error_as_without_checkpoint() -> None:
    def function(x: Any) -> Any:
        y = x.exp()
        z = y * 2
        y.mul_(3)
        return z.sin() + y.detach()

    for run in (function, lambda x: checkpoint(function, x, use_reentrant=False)):
        y = run(leaf(1.0, 2.0))
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.sum().backward()


def test_changes_in_place_inside_the_function() -> None:
    def function(x: Any) -> Any:
        y = x * 2
        y[0] = y[1] * 3
        y.add_(1).unsqueeze_(0)
        return y.sin()

    x = leaf(1.0, 2.0)
    checkpoint(function, x, use_reentrant=False).sum().backward()
    assert cr.allclose(x.grad, grad(function(x).sum(), x)[0])


def test_numbers_as_arguments_and_results() -> None:
    x = cr.tensor(0.5, requires_grad=True)
    checkpoint(wavy, x, use_reentrant=False).backward()
    assert x.grad == grad(wavy(x), x)[0]


def test_part_of_the_results_may_be_used() -> None:
    x = leaf(1.0, 2.0)
    a, b = checkpoint(lambda x: (x.exp(), x.sin()), x, use_reentrant=False)
    b.sum().backward()
    assert (x.grad == x.cos()).all()
    a.sum().backward()
    assert (x.grad == x.cos() + x.exp()).all()


def test_values_in_between_are_freed_and_those_made_again_too() -> None:
    alive: list[Any] = []

    class Noted(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * 2
            alive.append(weakref.ref(y._value))
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (y,) = ctx.saved_tensors
            return g * y

    y = checkpoint(lambda x: Noted.apply(x).sum(), leaf(1.0, 2.0), use_reentrant=False)
    assert [ref() is None for ref in alive] == [True]
    y.backward(retain_graph=True)
    assert [ref() is None for ref in alive] == [True, True]


@both
def test_memory_is_saved(reentrant: bool) -> None:
    def block(x: Any) -> Any:
        for _ in range(5):
            x = x.sin().exp().tanh()
        return x

    def peak(call: Callable[[Callable[..., Any], Any], Any]) -> int:
        y = x = cr.full((10_000,), 0.5, requires_grad=True)
        tracemalloc.start()
        for _ in range(10):
            y = call(block, y)
        y.sum().backward()
        amount = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert x.grad is not None
        return amount

    plain = peak(lambda function, x: function(x))
    saved = peak(lambda function, x: checkpoint(function, x, use_reentrant=reentrant))
    assert saved < 0.35 * plain


# -- sequences --------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("segments", [1, 2, 3, 5])
def test_a_sequence_in_segments(segments: int, reentrant: bool) -> None:
    cr.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Dropout(0.2), nn.Linear(4, 1))
    x = cr.rand(6, 3, requires_grad=True)
    cr.manual_seed(1)
    checkpoint_sequential(net, segments, x, use_reentrant=reentrant).sum().backward()
    cr.manual_seed(1)
    expected = grad(net(x).sum(), [x, *net.parameters()])
    for leaf, g in zip([x, *net.parameters()], expected, strict=True):
        assert cr.allclose(leaf.grad, g)


def test_all_segments_of_a_sequence_but_the_last_run_again() -> None:
    functions = [Counted(cr.sin), Counted(cr.exp), Counted(cr.cos), Counted(cr.sin), Counted(cr.tanh)]
    checkpoint_sequential(functions, 2, leaf(0.5), use_reentrant=False, preserve_rng_state=False).backward()
    assert [function.runs for function in functions] == [2, 2, 1, 1, 1]


def test_a_sequence_takes_no_other_arguments() -> None:
    with pytest.raises(ValueError, match="Unexpected keyword arguments: debug"):
        checkpoint_sequential([cr.sin], 1, leaf(1.0), use_reentrant=False, debug=True)
    with pytest.warns(
        UserWarning, match="checkpoint_sequential: the use_reentrant parameter should be passed"
    ):
        checkpoint_sequential([cr.sin], 1, leaf(1.0))


# -- the module --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "import chainrule; chainrule.utils.checkpoint.checkpoint",
        "import chainrule.utils.checkpoint",
        "from chainrule.utils.checkpoint import checkpoint",
        "import sys, chainrule; assert 'chainrule.utils' not in sys.modules",
    ],
)
def test_the_module_is_loaded_on_first_use_in_all_the_usual_ways(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
