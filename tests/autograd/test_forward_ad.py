"""Dual tensors: with reverse mode inside and outside, through views, in-place changes and Functions."""

from __future__ import annotations

from typing import Any

import pytest

import chainrule as cr
from chainrule.autograd import Function
from chainrule.autograd import forward_ad as fw
from chainrule.core.state import state


@pytest.fixture
def x() -> Any:
    return cr.tensor([1.0, 2.0], requires_grad=True)


T = cr.tensor([1.0, 0.0])


def test_a_dual_tensor_carries_its_tangent_through_operations(x: Any) -> None:
    with fw.dual_level():
        primal, tangent = fw.unpack_dual((fw.make_dual(x, T) ** 3).sum())
    assert (primal.item(), tangent.item()) == (9.0, 3.0)


def test_outside_a_level_there_are_no_duals(x: Any) -> None:
    with pytest.raises(RuntimeError, match="no level exists, make sure to enter_dual_level"):
        fw.make_dual(x, T)
    assert fw.unpack_dual(x).tangent is None


def test_forward_over_reverse_is_a_product_with_the_hessian(x: Any) -> None:
    with fw.dual_level():
        y = (fw.make_dual(x, T) ** 3).sum()
        (g,) = cr.autograd.grad(y, x)
        primal, tangent = fw.unpack_dual(g)
    assert primal.tolist() == [3.0, 12.0]
    assert tangent.tolist() == [6.0, 0.0]


def test_reverse_over_forward_differentiates_the_tangent(x: Any) -> None:
    with fw.dual_level():
        tangent = fw.unpack_dual((fw.make_dual(x, T) ** 3).sum()).tangent
        (g,) = cr.autograd.grad(tangent, x)
    assert g.tolist() == [6.0, 0.0]


def test_a_dual_of_a_leaf_is_recorded_as_a_view_of_it(x: Any) -> None:
    with fw.dual_level():
        dual = fw.make_dual(x, T)
        assert dual.requires_grad
        assert not dual.is_leaf
        assert str(dual) == "tensor([1., 2.], grad_fn=<AliasBackward0>, tangent=tensor([1., 0.]))"


def test_backward_accumulates_a_gradient_without_a_tangent(x: Any) -> None:
    with fw.dual_level():
        (fw.make_dual(x, T) ** 2).sum().backward()
        assert fw.unpack_dual(x.grad).tangent is None
    assert x.grad.tolist() == [2.0, 4.0]


def test_after_the_level_a_dual_is_its_primal(x: Any) -> None:
    with fw.dual_level():
        dual = fw.make_dual(x, T)
        y = dual * 2
    assert fw.unpack_dual(y).tangent is None
    assert str(y.detach()) == "tensor([2., 4.])"
    assert (y + dual).tolist() == [3.0, 6.0]
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]
    with fw.dual_level():  # a new level does not bring old tangents back
        assert fw.unpack_dual(dual * 1).tangent is None


def test_backward_after_the_level_goes_through_the_values_that_duals_had(x: Any) -> None:
    with fw.dual_level():
        dual = fw.make_dual(x, T)
        y = cr.cat([dual.sin() * dual, dual**2]).sum()
        tangent = fw.unpack_dual(y).tangent
    (g,) = cr.autograd.grad(y, x)
    assert cr.allclose(g, x.cos() * x + x.sin() + 2 * x)
    (h,) = cr.autograd.grad(tangent, x)
    assert cr.allclose(h, T * (2 * x.cos() - x.sin() * x + 2))


def test_in_place_changes_carry_tangents(x: Any) -> None:
    with fw.dual_level():
        a = cr.zeros(3)
        a[1:] = fw.make_dual(cr.ones(2), T)
        a.mul_(2)
        primal, tangent = fw.unpack_dual(a)
        assert primal.tolist() == [0.0, 2.0, 2.0]
        assert tangent.tolist() == [0.0, 2.0, 0.0]
        view = a[1:2]
        view.mul_(5)
        assert fw.unpack_dual(a).tangent.tolist() == [0.0, 10.0, 0.0]


def test_detach_and_integers_drop_the_tangent_and_no_grad_does_not() -> None:
    with fw.dual_level():
        dual = fw.make_dual(cr.ones(2), T)
        assert fw.unpack_dual(dual.detach()).tangent is None
        assert fw.unpack_dual(dual.long()).tangent is None
        with cr.no_grad():
            assert fw.unpack_dual(dual * 2).tangent.tolist() == [2.0, 0.0]


@pytest.mark.parametrize(
    ("primal", "tangent", "error", "message"),
    [
        (cr.ones(2), cr.ones(3), RuntimeError, "different size than that of the original Tensor"),
        (
            cr.ones(2, dtype=cr.int64),
            cr.ones(2),
            ValueError,
            "Expected primal to be floating point or complex",
        ),
        (
            cr.ones(2),
            cr.ones(2, dtype=cr.int64),
            ValueError,
            "Expected tangent to be floating point or complex",
        ),
        (3.0, cr.ones(2), TypeError, "'tensor' must be Tensor, not float"),
        (cr.ones(2), 3.0, TypeError, "'tangent' must be Tensor, not float"),
    ],
)
def test_wrong_duals_are_refused(primal: Any, tangent: Any, error: type[Exception], message: str) -> None:
    with fw.dual_level(), pytest.raises(error, match=message):
        fw.make_dual(primal, tangent)


def test_a_second_tangent_and_a_nested_level_are_refused() -> None:
    with fw.dual_level():
        with pytest.raises(RuntimeError, match="already has a forward gradient at the same level 0"):
            fw.make_dual(fw.make_dual(cr.ones(2), T), T)
        with pytest.raises(RuntimeError, match="Nested forward mode AD is not supported at the moment"):
            fw.enter_dual_level()


def test_levels_are_left_also_when_user_code_raises() -> None:
    with pytest.raises(ZeroDivisionError), fw.dual_level():
        raise ZeroDivisionError
    assert state.level == 0
    with pytest.raises(RuntimeError, match="Dual level must be a positive number"):
        fw.exit_dual_level()
    level = fw.enter_dual_level()
    with pytest.raises(RuntimeError, match="not the last one that was created"):
        fw.exit_dual_level(level=7)
    fw.exit_dual_level(level=level)


class Square(Function):
    """x**2, with both rules."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_forward(x)
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2 * ctx.saved_tensors[0]

    @staticmethod
    def jvp(ctx: Any, t: Any) -> Any:
        return t * 2 * ctx.saved_tensors[0]


def test_a_function_with_a_jvp_works_in_both_modes_and_mixed(x: Any) -> None:
    with fw.dual_level():
        y = Square.apply(fw.make_dual(x, T))
        assert fw.unpack_dual(y).tangent.tolist() == [2.0, 0.0]
        (g,) = cr.autograd.grad(y.sum(), x)
        assert fw.unpack_dual(g).primal.tolist() == [2.0, 4.0]
        assert fw.unpack_dual(g).tangent.tolist() == [2.0, 0.0]


def test_a_function_without_a_jvp_says_so(x: Any) -> None:
    class Plain(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    with fw.dual_level(), pytest.raises(NotImplementedError, match="You must implement the jvp function"):
        Plain.apply(fw.make_dual(x, T))
