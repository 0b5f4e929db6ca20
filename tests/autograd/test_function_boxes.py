"""Functions in forward mode, and on a tape of their own level."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import chainrule
from chainrule.core import dual
from chainrule.core.engine import backward
from chainrule.core.taped import Taped, split_taped
from torch_words import raises


def power(m: Any) -> Any:
    """Return the Function xᵏ with both rules; `calls` counts the runs of forward."""

    class Power(m.autograd.Function):
        calls = 0

        @staticmethod
        def forward(ctx: Any, x: Any, k: int) -> Any:
            Power.calls += 1
            ctx.save_for_forward(x)
            ctx.save_for_backward(x)
            ctx.k = k
            return x**k

        @staticmethod
        def jvp(ctx: Any, x_dot: Any, k_dot: Any) -> Any:
            assert k_dot is None
            (x,) = ctx.saved_tensors
            return x_dot * ctx.k * x ** (ctx.k - 1)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * ctx.k * x ** (ctx.k - 1), None

    return Power


def with_jvp(m: Any, answer: Any, results: Any = lambda x: x * 2, marked: bool = False) -> Any:
    """Return a Function whose `jvp` gives `answer(tangent)`."""

    class Made(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = results(x)
            if marked:
                ctx.mark_non_differentiable(y)
            return y

        @staticmethod
        def jvp(ctx: Any, x_dot: Any) -> Any:
            return answer(x_dot)

    return Made


def forward_ad(m: Any) -> Any:
    return importlib.import_module(f"{m.__name__}.autograd.forward_ad")


def push(m: Any, function: Any, primal: Any = 1.0, tangent: Any = 1.0) -> Any:
    """Return (value, tangent) of the results of a Function of one tensor."""
    fw = forward_ad(m)
    with fw.dual_level():
        y = function.apply(fw.make_dual(m.tensor(primal), m.tensor(tangent)))
        parts = y if isinstance(y, tuple) else (y,)
        found = [tuple(fw.unpack_dual(part)) if m.is_tensor(part) else (part, None) for part in parts]
    return found if isinstance(y, tuple) else found[0]


# -- forward mode --------------------------------------------------------------------------------


def test_jvp_is_the_rule_of_forward_mode(m: Any) -> None:
    fw = forward_ad(m)
    f = power(m)
    with fw.dual_level():
        y, y_dot = fw.unpack_dual(f.apply(fw.make_dual(m.tensor(2.0), m.tensor(10.0)), 3))
    assert (y.item(), y_dot.item()) == (8.0, 120.0)
    assert f.calls == 1


def test_forward_over_reverse(m: Any) -> None:
    fw = forward_ad(m)
    x = m.tensor(2.0, requires_grad=True)
    with fw.dual_level():
        y = power(m).apply(fw.make_dual(x, m.tensor(1.0)), 3)
        (g,) = m.autograd.grad(y, x)
        g, g_dot = fw.unpack_dual(g)
    assert (g.item(), g_dot.item()) == (12.0, 12.0)


def test_reverse_over_forward(m: Any) -> None:
    fw = forward_ad(m)
    x = m.tensor(2.0, requires_grad=True)
    with fw.dual_level():
        tangent = fw.unpack_dual(power(m).apply(fw.make_dual(x, m.tensor(1.0)), 3)).tangent
        (second,) = m.autograd.grad(tangent, x)
    assert second.item() == 12.0


def test_forward_runs_once_although_it_is_recorded_twice() -> None:
    fw = forward_ad(chainrule)
    f = power(chainrule)
    with fw.dual_level():
        f.apply(fw.make_dual(chainrule.tensor(2.0, requires_grad=True), chainrule.tensor(1.0)), 3)
    assert f.calls == 1


def test_forward_mode_within_forward_mode() -> None:
    f = power(chainrule)
    with dual.new_level(), dual.new_level():
        outer = dual.Dual(chainrule.core.state.state.levels[0], chainrule.tensor(2.0), chainrule.tensor(1.0))
        x = dual.make_dual(dual.wrap(outer), chainrule.tensor(1.0))
        _, first = dual.unpack_dual(f.apply(x, 3))
        second = first._value.tangent
    assert second.item() == 12.0


def test_absent_tangents_are_zeros(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any, k: Any) -> Any:
            return x * y

        @staticmethod
        def jvp(ctx: Any, x_dot: Any, y_dot: Any, k_dot: Any) -> Any:
            seen.append((x_dot.tolist(), y_dot.tolist(), k_dot))
            return x_dot

    fw = forward_ad(m)
    with fw.dual_level():
        F.apply(fw.make_dual(m.ones(2), m.ones(2)), m.ones(2), 3)
    assert seen == [([1.0, 1.0], [0.0, 0.0], None)]


def test_absent_tangents_are_none_when_the_function_wants_it(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.set_materialize_grads(False)
            return x * y

        @staticmethod
        def jvp(ctx: Any, x_dot: Any, y_dot: Any) -> Any:
            seen.append(y_dot)
            return x_dot

    fw = forward_ad(m)
    with fw.dual_level():
        F.apply(fw.make_dual(m.ones(2), m.ones(2)), m.ones(2))
    assert seen == [None]


def test_without_a_tangent_jvp_is_not_needed(m: Any) -> None:
    with forward_ad(m).dual_level():
        assert with_jvp(m, None).apply(m.tensor(1.0)).item() == 2.0


def test_a_missing_jvp_is_an_error(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

    sentence = (
        "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
    )
    with raises(m, NotImplementedError, sentence):
        push(m, F)


@pytest.mark.parametrize(("count", "given"), [(2, 1), (1, 2)])
def test_a_wrong_number_of_tangents_is_an_error(m: Any, count: int, given: int) -> None:
    f = with_jvp(m, lambda t: (t,) * given, lambda x: tuple([x * 2 for _ in range(count)]))
    sentence = "Function's jvp returned an invalid number of forward gradients "
    with raises(m, RuntimeError, f"{sentence}(expected {count} but got {given})"):
        push(m, f)


def test_a_tangent_that_is_no_tensor_is_an_error(m: Any) -> None:
    with raises(m, RuntimeError, "expected Variable or None (got int) for grad output 0."):
        push(m, with_jvp(m, lambda t: 3))


def test_a_tangent_of_a_wrong_shape_is_an_error(m: Any) -> None:
    sentence = (
        "Trying to set a forward gradient that has a different size than that of the original Tensor, "
        "this is not supported. Tensor is of size [] while the given forward gradient is of size [3]."
    )
    with raises(m, RuntimeError, sentence):
        push(m, with_jvp(m, lambda t: m.ones(3)))


def test_a_tangent_of_a_constant_is_an_error(m: Any) -> None:
    sentence = (
        "Function's jvp returned a gradient at position 0, but  the corresponding forward output is not a "
        "differentiable Tensor.You should return None at that position instead."
    )
    with raises(m, RuntimeError, sentence):
        push(m, with_jvp(m, lambda t: t, marked=True))


def test_results_that_are_no_tensors_have_no_tangent(m: Any) -> None:
    found = push(m, with_jvp(m, lambda t: (t * 2, None), lambda x: (x * 2, "text")))
    assert found[0][1].item() == 2.0
    assert found[1] == ("text", None)


def test_an_exception_in_jvp_leaves_everything_as_it_was(m: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        push(m, with_jvp(m, lambda t: 1 / 0))
    assert m.is_grad_enabled()
    assert push(m, with_jvp(m, lambda t: t * 2))[1].item() == 2.0


def test_an_input_changed_in_place_takes_the_new_tangent(m: Any) -> None:
    class Doubled(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x.mul_(2))
            return x

        @staticmethod
        def jvp(ctx: Any, x_dot: Any) -> Any:
            return x_dot.mul_(2)

    fw = forward_ad(m)
    with fw.dual_level():
        x = fw.make_dual(m.tensor([1.0, 3.0]), m.tensor([1.0, 0.0]))
        assert Doubled.apply(x) is x
        y, y_dot = fw.unpack_dual(x)
    assert (y.tolist(), y_dot.tolist()) == ([2.0, 6.0], [2.0, 0.0])


def test_a_result_may_be_a_view(m: Any) -> None:
    y, y_dot = push(m, with_jvp(m, lambda t: t[:1], lambda x: x[:1]), [1.0, 2.0], [3.0, 4.0])
    assert (y.tolist(), y_dot.tolist()) == ([1.0], [3.0])


# -- save_for_forward ----------------------------------------------------------------------------


def test_what_is_saved_for_forward_is_not_there_in_backward(m: Any) -> None:
    seen = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_forward(x * 5, None)
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            seen.extend(ctx.saved_tensors)
            return g * 2

    x = m.tensor(1.0, requires_grad=True)
    F.apply(x).backward()
    assert len(seen) == 1
    assert seen[0] is x


def test_only_tensors_can_be_saved_for_forward() -> None:
    class F(chainrule.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_forward(3)
            return x * 2

    with pytest.raises(TypeError, match="save_for_forward expects all arguments to be tensors"):
        F.apply(chainrule.tensor(1.0))


def test_setup_context_saves_for_both_modes(m: Any) -> None:
    class Power(m.autograd.Function):
        @staticmethod
        def forward(x: Any, k: int) -> Any:
            return x**k

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.k = inputs
            ctx.save_for_forward(x, output)
            ctx.save_for_backward(x, output)

        @staticmethod
        def jvp(ctx: Any, x_dot: Any, _: Any) -> Any:
            x, y = ctx.saved_tensors
            return ctx.k * y / x * x_dot

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            x, y = ctx.saved_tensors
            return g * ctx.k * y / x, None

    fw = forward_ad(m)
    x = m.tensor(2.0, requires_grad=True)
    with fw.dual_level():
        y = Power.apply(fw.make_dual(x, m.tensor(1.0)), 3)
        assert fw.unpack_dual(y).tangent.item() == 12.0
        (g,) = m.autograd.grad(y, x, create_graph=True)
        assert fw.unpack_dual(g).tangent.item() == 12.0


# -- a tape of its own level ---------------------------------------------------------------------


def test_on_a_tape_of_its_own_level_backward_is_the_users() -> None:
    class Wrong(power(chainrule)):  # type: ignore[misc]
        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * 100 * x, None

    with dual.new_level() as level:
        leaf = chainrule.tensor(0.0, requires_grad=True)
        x = dual.wrap(Taped(level, chainrule.tensor(2.0), leaf))
        y, edge = split_taped(Wrong.apply(x, 3), level)
        captured = {leaf: None}
        backward([(edge, chainrule.tensor(1.0))], False, True, captured, False)
    assert y.item() == 8.0
    assert captured[leaf].item() == 200.0  # type: ignore[attr-defined]
