"""How results are recorded: inputs changed in place or returned, views, results without a derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import chainrule
from torch_words import raises

NO_CHANGE = (
    " This view was created inside a custom Function (or because an input was returned as-is) and the "
    "autograd logic to handle view+inplace would override the custom backward associated with the custom "
    "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning "
    "the output of the custom Function."
)


def doubling_in_place(m: Any, mark: bool = True, extra: Callable[[Any], Any] | None = None) -> Any:
    """Return a Function that doubles its argument in place, and may return more beside it."""

    class Doubled(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            x.mul_(2)
            if mark:
                ctx.mark_dirty(x)
            return x if extra is None else (x, extra(x))

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            return grads[0] * 2

    return Doubled


def passing(m: Any, what: Callable[[Any], Any] = lambda x: x) -> Any:
    """Return a Function that returns `what` of its argument; its gradient is five times what it should be."""

    class Passed(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return what(x)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            g = sum(grads)
            return 5 * (g if g.shape == (2,) else m.cat([g, g]))

    return Passed


# -- changed in place ----------------------------------------------------------------------------


def test_an_input_changed_in_place_continues_from_the_function(m: Any, leaf: Any) -> None:
    x = leaf * 3
    y = doubling_in_place(m).apply(x)
    assert y is x
    assert y.grad_fn.name() == "DoubledBackward"
    assert y.grad_fn.next_functions[0][0].name() == "MulBackward0"
    y.sum().backward()
    assert leaf.grad.tolist() == [6.0, 6.0]


def test_marking_counts_as_a_change(m: Any, leaf: Any) -> None:
    class Silent(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            memory = x.numpy()
            memory += 1
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g

    x = leaf.clone()
    y = x * x
    before = x._version
    assert Silent.apply(x).tolist() == [2.0, 3.0]
    assert x._version == before + 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("shape", [(), (2,)])
def test_marking_counts_for_tensors_of_any_shape(m: Any, shape: Any) -> None:
    x = m.ones(shape, requires_grad=True) * 1
    y = x * x
    doubling_in_place(m).apply(x)
    assert x._version == 2
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_an_input_without_grad_gets_the_history_of_the_others(m: Any, leaf: Any) -> None:
    class Scaled(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, k: Any) -> Any:
            ctx.save_for_backward(x.clone())
            x.mul_(k)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return None, g * ctx.saved_tensors[0]

    x = m.tensor([3.0, 4.0])
    Scaled.apply(x, leaf)
    x.sum().backward()
    assert leaf.grad.tolist() == [3.0, 4.0]


def test_a_leaf_must_not_be_changed_in_place(m: Any, leaf: Any) -> None:
    with raises(
        m, RuntimeError, "a leaf Variable that requires grad has been used in an in-place operation."
    ):
        doubling_in_place(m).apply(leaf)
    assert leaf.grad_fn is None
    assert m.is_grad_enabled()


def test_nor_a_leaf_that_is_a_view(m: Any) -> None:
    x = m.ones(4).view(2, 2).requires_grad_()
    with raises(
        m, RuntimeError, "a leaf Variable that requires grad has been used in an in-place operation."
    ):
        doubling_in_place(m).apply(x)


def test_what_was_changed_in_place_must_be_returned(m: Any, leaf: Any) -> None:
    class Lost(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_dirty(x.mul_(2))
            return x * 1

    sentence = (
        "Some elements marked as dirty during the forward method were not returned as output. The inputs "
        "that are modified inplace must all be outputs of the Function."
    )
    with raises(m, RuntimeError, sentence):
        Lost.apply(leaf * 1)


def test_marking_what_is_no_input_warns(m: Any, leaf: Any) -> None:
    class Odd(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x * 2
            ctx.mark_dirty(y)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    with pytest.warns(UserWarning, match=r"ctx\.mark_dirty\(\) received a tensor that was not an input"):
        Odd.apply(leaf).sum().backward()
    assert leaf.grad.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("mark", ["mark_dirty", "mark_non_differentiable"])
def test_only_tensors_can_be_marked(m: Any, leaf: Any, mark: str) -> None:
    class Wrong(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            getattr(ctx, mark)(3)
            return x * 2

    with pytest.raises(RuntimeError, match=f"{mark} .*accept"):
        Wrong.apply(leaf)


def test_a_view_changed_in_place_continues_the_history_of_its_base(m: Any, leaf: Any) -> None:
    base = leaf * 3
    view = base[:1]
    assert doubling_in_place(m).apply(view) is view
    assert str(base) == "tensor([6., 6.], grad_fn=<CopySlices>)"
    base.sum().backward()
    assert leaf.grad.tolist() == [6.0, 3.0]


def test_a_view_changed_in_place_must_be_the_only_result(m: Any, leaf: Any) -> None:
    with pytest.raises(RuntimeError, match="your Function cannot return more than one Tensor"):
        doubling_in_place(m, extra=lambda x: x * 2).apply((leaf * 3)[:1])


def test_a_tensor_changed_in_place_may_be_one_of_several_results(m: Any, leaf: Any) -> None:
    x = leaf * 3
    a, b = doubling_in_place(m, extra=lambda x: x * 2).apply(x)
    assert a is x
    assert (a.output_nr, b.output_nr) == (0, 1)


def test_a_view_of_a_leaf_must_not_be_changed_in_place(m: Any, leaf: Any) -> None:
    sentence = "a view of a leaf Variable that requires grad is being used in an in-place operation."
    with raises(m, RuntimeError, sentence):
        doubling_in_place(m).apply(leaf[:1])


# -- returned as they are ------------------------------------------------------------------------


def test_an_input_returned_as_it_is_becomes_a_view(m: Any, leaf: Any) -> None:
    y = passing(m).apply(leaf)
    assert y is not leaf
    assert y._base is leaf
    assert leaf.is_leaf
    y.sum().backward()
    assert leaf.grad.tolist() == [5.0, 5.0]


def test_an_input_returned_twice_gives_two_views(m: Any, leaf: Any) -> None:
    a, b = passing(m, lambda x: (x, x)).apply(leaf)
    assert a is not b
    assert (a.output_nr, b.output_nr) == (0, 1)


def test_an_input_returned_as_it_is_is_a_view_without_grad_too(m: Any, leaf: Any) -> None:
    x = m.ones(2)
    assert passing(m).apply(x)._base is x
    with m.no_grad():
        y = passing(m).apply(leaf)
    assert y is not leaf
    assert not y.requires_grad


def test_an_input_without_grad_returned_beside_one_with_grad_does_not_change(m: Any, leaf: Any) -> None:
    class First(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return None, g * 3

    x = m.ones(2)
    y = First.apply(x, leaf)
    assert (x.requires_grad, y.requires_grad) == (False, True)
    y.sum().backward()
    assert leaf.grad.tolist() == [3.0, 3.0]


def test_an_input_must_not_be_returned_and_saved_by_setup_context(m: Any, leaf: Any) -> None:
    class Kept(m.autograd.Function):
        @staticmethod
        def forward(x: Any) -> Any:
            return x

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.save_for_backward(*inputs)

    sentence = (
        "An input that has been returned as-is as output is being saved for backward. This is not "
        "supported if you override setup_context. You should return and save a view of the input instead, "
        "e.g. with x.view_as(x) or setup ctx inside the forward function itself."
    )
    with raises(m, RuntimeError, sentence):
        Kept.apply(leaf)


def test_an_input_may_be_returned_and_saved_by_forward(m: Any, leaf: Any) -> None:
    class Kept(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.saved_tensors[0]

    Kept.apply(leaf).sum().backward()
    assert leaf.grad.tolist() == [1.0, 2.0]


# -- views ---------------------------------------------------------------------------------------


def test_a_result_may_be_a_view_of_an_input(m: Any, leaf: Any) -> None:
    y = passing(m, lambda x: x[:1]).apply(leaf)
    assert y._base is leaf
    y.sum().backward()
    assert leaf.grad.tolist() == [5.0, 5.0]


@pytest.mark.parametrize("what", [lambda x: x, lambda x: x[:1], lambda x: (x * 2)[:1]])
def test_a_result_that_is_a_view_must_not_be_changed_in_place(m: Any, leaf: Any, what: Any) -> None:
    y = passing(m, what).apply(leaf * 1)
    with raises(m, RuntimeError, f"Output 0 of Passed is a view and is being modified inplace.{NO_CHANGE}"):
        y.mul_(2)


def test_nor_may_a_view_of_it(m: Any, leaf: Any) -> None:
    y = passing(m).apply(leaf * 1)[:1]
    with raises(m, RuntimeError, f"Output 0 of Slice is a view and is being modified inplace.{NO_CHANGE}"):
        y.mul_(2)


def test_a_result_that_is_a_view_is_invalid_once_its_base_has_changed(m: Any, leaf: Any) -> None:
    x = leaf * 1
    y = passing(m).apply(x)
    x.mul_(2)
    assert str(y) == "tensor([2., 4.], grad_fn=<Invalid>)"
    sentence = (
        "Output 0 of Passed is a view and its base or another view of its base has been modified inplace."
    )
    with raises(m, RuntimeError, sentence + NO_CHANGE):
        y.sum()


def test_one_of_several_views_must_not_be_changed_in_place(m: Any, leaf: Any) -> None:
    a, _ = passing(m, lambda x: (x[:1], x[1:])).apply(leaf * 1)
    sentence = (
        "Output 0 of Passed is a view and is being modified inplace. This view is the output of a "
        "function that returns multiple views. Such functions do not allow the output views to be "
        "modified inplace. You should replace the inplace operation by an out-of-place one."
    )
    with raises(m, RuntimeError, sentence):
        a.mul_(2)


def test_a_view_made_under_no_grad_must_not_be_changed_with_grad(m: Any, leaf: Any) -> None:
    x = leaf * 1
    with m.no_grad():
        y = passing(m, lambda x: x[:1]).apply(x)
    sentence = "A view was created in no_grad mode and is being modified inplace with grad mode enabled."
    with raises(m, RuntimeError, sentence + NO_CHANGE):
        y.mul_(2)


def test_a_view_may_be_changed_where_nothing_requires_grad(m: Any) -> None:
    x = m.ones(2)
    passing(m, lambda x: x[:1]).apply(x).mul_(2)
    assert x.tolist() == [2.0, 1.0]


# -- without a derivative ------------------------------------------------------------------------


def test_results_marked_as_non_differentiable_are_constants(m: Any, leaf: Any) -> None:
    seen = []

    class Sort(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y, z = x * 2, x * 3
            ctx.mark_non_differentiable(z)
            return y, z

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            seen.append(h.tolist())
            return g * 2

    y, z = Sort.apply(leaf)
    assert (z.requires_grad, z.is_leaf) == (False, True)
    (y + z).sum().backward()
    assert leaf.grad.tolist() == [2.0, 2.0]
    assert seen == [[0.0, 0.0]]


@pytest.mark.parametrize("dirty", [False, True])
def test_an_input_marked_as_non_differentiable_is_returned_detached(m: Any, leaf: Any, dirty: bool) -> None:
    class Constant(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.mark_non_differentiable(x)
            if dirty:
                ctx.mark_dirty(x)
            return x

    x = leaf * 1
    y = Constant.apply(x)
    assert y is not x
    assert (y.requires_grad, x.requires_grad) == (False, True)
    assert y.data_ptr() == x.data_ptr()


def test_an_integer_input_may_be_changed_in_place(m: Any, leaf: Any) -> None:
    class Counted(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, i: Any) -> Any:
            ctx.mark_dirty(i.add_(1))
            return x * 2, i

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            return g * 2, None

    i = m.tensor([1, 2])
    y, j = Counted.apply(leaf, i)
    assert j is i
    assert (i.tolist(), i.requires_grad) == ([2, 3], False)
    y.sum().backward()
    assert leaf.grad.tolist() == [2.0, 2.0]


# -- other tensors -------------------------------------------------------------------------------


def test_what_forward_records_for_itself_is_cut_off(m: Any, leaf: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            with m.enable_grad():
                return x * 3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 7

    y = F.apply(leaf)
    assert y.grad_fn.name() == "FBackward"
    y.sum().backward()
    assert leaf.grad.tolist() == [7.0, 7.0]


def test_forward_may_build_a_graph_that_backward_differentiates(m: Any, leaf: Any) -> None:
    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            with m.enable_grad():
                ctx.x = x.detach().requires_grad_()
                ctx.y = ctx.x**3
            return ctx.y.detach()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return m.autograd.grad(ctx.y, ctx.x, g)

    Cube.apply(leaf).sum().backward()
    assert leaf.grad.tolist() == [3.0, 12.0]


def test_backward_may_run_a_backward_of_its_own(m: Any, leaf: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            with m.enable_grad():
                z = ctx.saved_tensors[0].detach().requires_grad_()
                (z**3).sum().backward()
            return g * z.grad

    (F.apply(leaf * 1) * 2).sum().backward()
    assert leaf.grad.tolist() == [6.0, 24.0]


def test_a_refused_result_changes_no_tensor() -> None:
    class Mixed(chainrule.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, leaf: Any) -> Any:
            ctx.mark_dirty(x, leaf)
            return x, leaf

    leaf = chainrule.ones(2, requires_grad=True)
    x = leaf * 1
    node, version = x.grad_fn, x._version
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        Mixed.apply(x, leaf)
    assert x.grad_fn is node
    assert x._version == version
