"""What `forward` tells `backward`: saved tensors, their versions and their release, and attributes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import chainrule
from torch_words import raises

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time "
    "or if you need to access saved tensors after calling backward."
)


def saving(m: Any, what: Callable[[Any, Any], Any], **attributes: Any) -> Any:
    """Return the Function exp(2x) that saves `what(x, exp(2x))`; `seen` is what backward gets."""

    class Saving(m.autograd.Function):
        seen: Any = None

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = (2 * x).exp()
            ctx.save_for_backward(*what(x, y))
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            Saving.seen = ctx.saved_tensors
            return g * 2

    for name, value in attributes.items():
        setattr(Saving, name, value)
    return Saving


def overwritten(tensor: str, made_by: str = "") -> str:
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[torch.FloatTensor {tensor}]{made_by} is at version 1; expected version 0 instead."
    )


# -- saved tensors -------------------------------------------------------------------------------


def test_inputs_results_intermediates_and_none_may_be_saved(m: Any) -> None:
    f = saving(m, lambda x, y: (x, None, y, y + 1))
    x = m.tensor(0.0, requires_grad=True)
    y = f.apply(x)
    y.backward(retain_graph=True)
    a, nothing, b, c = f.seen
    assert a is x
    assert nothing is None
    assert (b.grad_fn is y.grad_fn, c.requires_grad) == (True, False)
    assert (b.item(), c.item()) == (1.0, 2.0)


def test_a_saved_inner_tensor_comes_back_as_itself(m: Any) -> None:
    f = saving(m, lambda x, y: (x,))
    x = m.tensor(0.0, requires_grad=True) * 1
    f.apply(x).backward()
    assert f.seen[0] is x


def test_the_last_call_of_save_for_backward_counts(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x, x)
            ctx.save_for_backward(x * 5)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (saved,) = ctx.saved_tensors
            return saved

    x = m.tensor(1.0, requires_grad=True)
    F.apply(x).backward()
    assert x.grad.item() == 5.0


def test_what_is_saved_after_apply_is_lost(m: Any) -> None:
    f = saving(m, lambda x, y: ())
    y = f.apply(m.tensor(1.0, requires_grad=True))
    y.grad_fn.save_for_backward(m.tensor(1.0))
    y.backward()
    assert f.seen == ()


def test_only_tensors_can_be_saved(m: Any) -> None:
    f = saving(m, lambda x, y: (x, 3))
    with raises(m, TypeError, "save_for_backward can only save variables, but argument 1 is of type int"):
        f.apply(m.tensor(1.0, requires_grad=True))


def test_saved_tensors_can_be_read_off_the_node(m: Any) -> None:
    x = m.tensor(1.0, requires_grad=True)
    node = saving(m, lambda x, y: (x,)).apply(x).grad_fn
    assert node.saved_tensors[0] is x


def test_an_input_changed_in_place_is_an_error(m: Any) -> None:
    f = saving(m, lambda x, y: (x,))
    x = m.tensor([1.0, 2.0], requires_grad=True)
    y = f.apply(x)
    with m.no_grad():
        x.add_(1)
    with raises(m, RuntimeError, overwritten("[2]")):
        y.sum().backward()


def test_a_result_changed_in_place_is_an_error(m: Any) -> None:
    f = saving(m, lambda x, y: (y,))
    y = f.apply(m.tensor([1.0, 2.0], requires_grad=True))
    y.add_(1)
    with raises(m, RuntimeError, overwritten("[2]", ", which is output 0 of Saving,")):
        y.sum().backward()


@pytest.mark.parametrize("which", ["input", "result"])
def test_a_0d_tensor_changed_in_place_is_an_error(m: Any, which: str) -> None:
    f = saving(m, lambda x, y: (x,) if which == "input" else (y,))
    x = m.tensor(1.0, requires_grad=True) * 1
    y = f.apply(x)
    (x if which == "input" else y).add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


@pytest.mark.parametrize("shape", [(), (2,)])
def test_of_several_results_the_one_that_was_changed_is_named(m: Any, shape: Any) -> None:
    class Two(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, saved: int) -> Any:
            results = x * 2, x * 3
            ctx.save_for_backward(results[saved])
            return results

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            assert len(ctx.saved_tensors) == 1
            return g * 2 + h * 3, None

    x = m.ones(shape, requires_grad=True)
    a, b = Two.apply(x, 0)
    b.add_(1)
    (a + b).sum().backward()
    a, b = Two.apply(x, 1)
    b.add_(1)
    with raises(m, RuntimeError, overwritten(str(list(shape)), ", which is output 1 of Two,")):
        (a + b).sum().backward()


def test_what_is_not_read_may_be_changed_in_place(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = m.tensor([1.0, 2.0], requires_grad=True)
    z = x * 1
    y = F.apply(z)
    z.add_(1)
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_changes_before_the_end_of_forward_do_not_count(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            w = x * 3
            ctx.save_for_backward(w)
            w.add_(1)
            return w * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return ctx.saved_tensors[0]

    x = m.tensor([1.0, 2.0], requires_grad=True)
    F.apply(x).sum().backward()
    assert x.grad.tolist() == [4.0, 7.0]


def test_saved_tensors_are_freed_by_backward(m: Any) -> None:
    f = saving(m, lambda x, y: (x,))
    y = f.apply(m.tensor([1.0, 2.0], requires_grad=True))
    y.sum().backward()
    with raises(m, RuntimeError, FREED):
        _ = y.grad_fn.saved_tensors
    with raises(m, RuntimeError, FREED):
        y.sum().backward()


def test_saved_tensors_are_kept_for_another_pass(m: Any) -> None:
    f = saving(m, lambda x, y: (x,))
    x = m.tensor([1.0, 2.0], requires_grad=True)
    y = f.apply(x)
    y.sum().backward(retain_graph=True)
    assert y.grad_fn.saved_tensors[0] is x
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 4.0]


def test_a_backward_that_reads_nothing_may_run_again(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    x = m.tensor(1.0, requires_grad=True)
    y = F.apply(x)
    y.backward()
    y.backward()
    assert x.grad.item() == 4.0


def test_saved_tensors_can_be_let_go_when_they_are_read(m: Any) -> None:
    f = saving(m, lambda x, y: (x,), clear_saved_tensors_on_access=True)
    y = f.apply(m.tensor(0.0, requires_grad=True))
    y.backward(retain_graph=True)
    sentence = (
        "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the "
    )
    with pytest.raises(RuntimeError, match=sentence):
        _ = y.grad_fn.saved_tensors


# -- attributes ----------------------------------------------------------------------------------


def test_the_context_is_the_node_and_carries_the_users_attributes(m: Any) -> None:
    contexts = []

    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            contexts.append(ctx)
            ctx.note = "forward"
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            contexts.append(ctx)
            ctx.note = "backward"
            return g * 2

    y = F.apply(m.tensor(1.0, requires_grad=True))
    assert y.grad_fn.note == "forward"
    y.backward()
    assert y.grad_fn.note == "backward"
    assert contexts[0] is contexts[1] is y.grad_fn
    with pytest.raises(AttributeError, match="'FBackward' object has no attribute 'nothing'"):
        _ = y.grad_fn.nothing


NAMES = "plan edges saved extra detail seq level output outputs node kept args forms several hooks primitive"


def test_any_name_without_an_underscore_is_the_users(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            for name in NAMES.split():
                setattr(ctx, name, name)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            assert [getattr(ctx, name) for name in NAMES.split()] == NAMES.split()
            return 2 * g + 3 * h

    x = m.tensor(1.0, requires_grad=True)
    y, z = F.apply(x)
    (y + z).backward()
    assert x.grad.item() == 5.0
    assert y.grad_fn.output == "output"


def test_the_context_can_be_read_when_the_graph_is_gone() -> None:
    f = saving(chainrule, lambda x, y: (x, y))
    x = chainrule.tensor(0.0, requires_grad=True)
    y = f.apply(x)
    ctx = y.grad_fn
    del y
    saved, result = ctx.saved_tensors
    assert saved is x
    assert (result.item(), result.requires_grad) == (1.0, False)
    assert ctx.next_functions[0][0].variable is x
    with pytest.raises(RuntimeError, match="SavingBackward is not in a graph"):
        ctx.register_hook(print)


def test_set_materialize_grads_takes_a_bool(m: Any) -> None:
    class F(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(3)
            return x * 2

    with pytest.raises(TypeError):
        F.apply(m.tensor(1.0, requires_grad=True))


# -- memory --------------------------------------------------------------------------------------


@pytest.fixture
def _counting_only() -> Any:
    """Have memory released by reference counting alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_counting_only")
@pytest.mark.parametrize("packed", [False, True])
def test_a_graph_in_which_results_are_saved_is_no_cycle(packed: bool) -> None:
    class F(chainrule.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, z: Any) -> Any:
            y, w = x * 2, x * 3
            z.add_(1)
            ctx.mark_dirty(z)
            ctx.save_for_backward(x, y, w, z)
            ctx.mark_non_differentiable(w)
            ctx.save_for_forward(x, y)
            return y, w, z

        @staticmethod
        def backward(ctx: Any, g: Any, _: Any, h: Any) -> Any:
            return g, h

    x = chainrule.ones(3, requires_grad=True)
    hooks = chainrule.autograd.graph.saved_tensors_hooks
    if packed:
        with hooks(lambda t: t, lambda t: t):
            y, w, z = F.apply(x, x * 1)
    else:
        y, w, z = F.apply(x, x * 1)
    watched = [weakref.ref(t) for t in (y, w, z, y.grad_fn)]
    del y, w, z
    assert [ref() for ref in watched] == [None] * 4


@pytest.mark.usefixtures("_counting_only")
def test_backward_releases_what_was_saved() -> None:
    f = saving(chainrule, lambda x, y: (y + 1,))
    x = chainrule.ones(3, requires_grad=True)
    y = f.apply(x)
    memory = weakref.ref(y.grad_fn.saved_tensors[0]._value)
    assert memory() is not None
    y.sum().backward()
    f.seen = None
    assert memory() is None
