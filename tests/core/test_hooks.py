"""Hooks on tensors and nodes: when they run, in which order, and what they may return."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

import pytest

import chainrule
from torch_words import raises


class Diary(list[Any]):
    """What hooks have seen, in order."""

    def writer(self, name: Any, answer: Any = None) -> Callable[..., Any]:
        """Return a hook that writes its name, and returns `answer`."""

        def hook(*args: Any) -> Any:
            self.append(name)
            return answer

        return hook


def numbers(grads: Any) -> Any:
    """Return gradients as nested lists."""
    return (
        grads
        if grads is None
        else grads.tolist()
        if hasattr(grads, "tolist")
        else [numbers(g) for g in grads]
    )


# -- hooks on tensors ----------------------------------------------------------------------------


def test_a_hook_sees_the_gradient_of_a_leaf_and_may_replace_it(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    leaf.register_hook(lambda g: seen.append(g.tolist()))
    leaf.register_hook(lambda g: g * 10)
    leaf.register_hook(lambda g: seen.append(g.tolist()))
    (leaf * leaf).sum().backward()
    assert seen == [[2.0, 4.0], [20.0, 40.0]]
    assert leaf.grad.tolist() == [20.0, 40.0]


def test_a_hook_sees_the_gradient_of_an_inner_tensor_and_may_replace_it(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    y = leaf * 2
    y.register_hook(lambda g: seen.append(g.tolist()))
    y.register_hook(lambda g: g * 10)
    (y * y).sum().backward()
    assert seen == [[4.0, 8.0]]
    assert leaf.grad.tolist() == [80.0, 160.0]


def test_hooks_run_for_autograd_grad_too(m: Any, leaf: Any) -> None:
    leaf.register_hook(lambda g: g * 10)
    y = leaf * 2
    y.register_hook(lambda g: g * 3)
    assert numbers(m.autograd.grad(y.sum(), leaf, retain_graph=True)) == [[60.0, 60.0]]
    assert numbers(m.autograd.grad((y * y).sum(), y)) == [[12.0, 24.0]]


def test_what_is_returned_for_an_inner_tensor_does_not_depend_on_what_else_is_asked_for() -> None:
    x = chainrule.ones(2, requires_grad=True)
    y = x * 2
    y.register_hook(lambda g: g * 3)
    of_y, of_x = chainrule.autograd.grad(y.sum(), [y, x])
    assert (of_y.tolist(), of_x.tolist()) == ([3.0, 3.0], [6.0, 6.0])


def test_a_hook_runs_once_with_the_whole_gradient(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    y = leaf * 1
    for tensor in (leaf, y):
        tensor.register_hook(lambda g: seen.append(g.tolist()))
    (y * 2 + y * 3).sum().backward()
    assert seen == [[5.0, 5.0], [5.0, 5.0]]


def test_a_hook_runs_when_the_tensor_itself_is_differentiated(m: Any) -> None:
    x = m.tensor(1.0, requires_grad=True)
    x.register_hook(lambda g: g * 2)
    x.backward()
    assert x.grad.item() == 2.0
    assert m.autograd.grad(x, x)[0].item() == 2.0


def test_a_hook_on_an_unused_tensor_does_not_run(m: Any, leaf: Any) -> None:
    diary = Diary()
    unused = leaf * 2
    unused.register_hook(diary.writer("unused"))
    (leaf * 3).sum().backward()
    assert diary == []


def test_hooks_on_results_of_one_operation_are_told_apart(m: Any) -> None:
    seen: list[Any] = []
    x = m.tensor([[2.0, 0.0], [0.0, 3.0]], requires_grad=True)
    values, vectors = m.linalg.eigh(x)
    values.register_hook(lambda g: seen.append(("values", g.tolist())))
    vectors.register_hook(lambda g: seen.append(("vectors", g.shape)))
    (values.sum() + vectors[0, 0]).backward()
    assert sorted(seen) == [("values", [1.0, 1.0]), ("vectors", (2, 2))]


def test_a_hook_on_one_of_several_results_sees_also_what_comes_through_its_saved_value(m: Any) -> None:
    class Powers(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            y = x**2
            ctx.save_for_backward(x, y)
            return y, x**3

        @staticmethod
        def backward(ctx: Any, g: Any, h: Any) -> Any:
            x, y = ctx.saved_tensors
            return g * 2 * x + h * 3 * y

    seen: list[Any] = []
    x = m.tensor(2.0, requires_grad=True)
    y, z = Powers.apply(x)
    (d,) = m.autograd.grad(z, x, create_graph=True)  # 3y
    y.register_hook(lambda g: seen.append(g.item()))
    (d + 10 * y).backward()
    assert seen == [13.0]


def test_a_tensor_without_grad_has_no_hooks(m: Any) -> None:
    with raises(m, RuntimeError, "cannot register a hook on a tensor that doesn't require gradient"):
        m.tensor(1.0).register_hook(lambda g: g)


def test_a_change_in_place_leaves_hooks_with_the_old_values(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    y = leaf * 2
    y.register_hook(lambda g: seen.append(("before", g.tolist())))
    y.mul_(5)
    y.register_hook(lambda g: seen.append(("after", g.tolist())))
    y.sum().backward()
    assert seen == [("after", [1.0, 1.0]), ("before", [5.0, 5.0])]


def test_detach_in_place_takes_no_hook_off_the_graph(m: Any, leaf: Any) -> None:
    diary = Diary()
    y = leaf * 2
    y.register_hook(diary.writer("y"))
    z = y * 3
    y.detach_()
    z.sum().backward()
    assert diary == ["y"]


def test_hooks_of_a_leaf_outlive_requires_grad(m: Any, leaf: Any) -> None:
    diary = Diary()
    leaf.register_hook(diary.writer("leaf"))
    leaf.requires_grad_(False)
    leaf.requires_grad_()
    (leaf * 2).sum().backward()
    assert diary == ["leaf"]


def test_a_copy_has_no_hooks_of_the_original(m: Any, leaf: Any) -> None:
    diary = Diary()
    leaf.register_hook(diary.writer("leaf"))
    (copy.deepcopy(leaf) * 2).sum().backward()
    assert diary == []


# -- what a hook may return ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (lambda m: 3, TypeError, "expected Variable, but hook returned 'int'"),
        (lambda m: (m.ones(2),), TypeError, "expected Variable, but hook returned 'tuple'"),
        (lambda m: m.ones(3), RuntimeError, "hook 'mine' has changed the size of value"),
        (lambda m: m.ones(1), RuntimeError, "hook 'mine' has changed the size of value"),
        (
            lambda m: m.ones(2, dtype=m.float64),
            RuntimeError,
            "hook 'mine' has changed the type of value (was torch.FloatTensor got torch.DoubleTensor)",
        ),
        (
            lambda m: m.ones(2, dtype=m.int64),
            RuntimeError,
            "hook 'mine' has changed the type of value (was torch.FloatTensor got torch.LongTensor)",
        ),
    ],
)
@pytest.mark.parametrize("inner", [False, True])
def test_a_wrong_answer_is_an_error(
    m: Any, leaf: Any, inner: bool, answer: Any, kind: Any, sentence: str
) -> None:
    def mine(g: Any) -> Any:
        return answer(m)

    y = leaf * 2
    (y if inner else leaf).register_hook(mine)
    with raises(m, kind, sentence):
        y.sum().backward()
    assert leaf.grad is None
    assert m.is_grad_enabled()


def test_a_hook_that_raises_stops_the_pass(m: Any, leaf: Any) -> None:
    handle = leaf.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (leaf * leaf).sum().backward()
    assert leaf.grad is None
    assert m.is_grad_enabled()
    handle.remove()
    (leaf * leaf).sum().backward()
    assert leaf.grad.tolist() == [2.0, 4.0]


def test_no_gradient_is_accumulated_when_a_hook_raises() -> None:
    x, w = (chainrule.ones(2, requires_grad=True) for _ in range(2))
    y = x * 2
    y.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (y * w).sum().backward()
    assert (x.grad, w.grad) == (None, None)


# -- handles -------------------------------------------------------------------------------------


def test_remove_takes_a_hook_away_for_good(m: Any, leaf: Any) -> None:
    diary = Diary()
    handle = leaf.register_hook(diary.writer("leaf"))
    handle.remove()
    handle.remove()
    (leaf * 2).sum().backward()
    assert diary == []


def test_a_handle_is_a_context_manager(m: Any, leaf: Any) -> None:
    diary = Diary()
    with leaf.register_hook(diary.writer("leaf")):
        (leaf * 2).sum().backward()
    (leaf * 2).sum().backward()
    assert diary == ["leaf"]


def test_handles_have_ids_in_the_order_of_registration(m: Any, leaf: Any) -> None:
    first, second = leaf.register_hook(print), leaf.register_hook(print)
    assert second.id == first.id + 1


def test_a_hook_may_remove_itself_and_others(m: Any, leaf: Any) -> None:
    diary = Diary()

    def first(g: Any) -> None:
        diary.append("first")
        handle.remove()
        other.remove()

    handle = leaf.register_hook(first)
    other = leaf.register_hook(diary.writer("second"))
    leaf.register_hook(diary.writer("third"))
    (leaf * 2).sum().backward()
    diary.append("again")
    (leaf * 2).sum().backward()
    assert diary[diary.index("again") :] == ["again", "third"]


def test_a_hook_registered_by_a_hook_runs_from_the_next_pass_on(m: Any, leaf: Any) -> None:
    diary = Diary()

    def register(g: Any) -> None:
        diary.append(0)
        leaf.register_hook(diary.writer(1))

    leaf.register_hook(register)
    (leaf * 2).sum().backward()
    assert diary == [0]
    (leaf * 2).sum().backward()
    assert diary == [0, 0, 1]


# -- grad mode -----------------------------------------------------------------------------------


def test_hooks_run_without_recording_unless_the_pass_is_recorded(m: Any, leaf: Any) -> None:
    modes: list[bool] = []
    y = leaf * leaf
    y.register_hook(lambda g: modes.append(m.is_grad_enabled()))
    y.sum().backward(retain_graph=True)
    m.autograd.grad(y.sum(), leaf, create_graph=True)
    assert modes == [False, True]


def test_what_a_hook_computes_is_differentiated_again(m: Any, leaf: Any) -> None:
    y = leaf * leaf
    y.register_hook(lambda g: g * leaf)
    (d,) = m.autograd.grad(y.sum(), leaf, create_graph=True)
    assert d.tolist() == [2.0, 8.0]  # 2x²
    assert numbers(m.autograd.grad(d.sum(), leaf)) == [[4.0, 8.0]]


def test_a_hook_may_run_a_backward_pass(m: Any, leaf: Any) -> None:
    w = m.tensor(3.0, requires_grad=True)

    def hook(g: Any) -> None:
        with m.enable_grad():
            (w * w).backward()

    y = leaf * leaf
    y.register_hook(hook)
    y.sum().backward()
    assert (w.grad.item(), leaf.grad.tolist()) == (6.0, [2.0, 4.0])


def test_a_hook_may_run_a_backward_pass_to_the_same_leaf(m: Any, leaf: Any) -> None:
    def hook(g: Any) -> None:
        with m.enable_grad():
            (leaf**3).sum().backward()

    y = leaf * leaf
    y.register_hook(hook)
    y.sum().backward()
    assert leaf.grad.tolist() == [5.0, 16.0]


def test_hooks_run_in_the_thread_of_the_pass() -> None:
    threads: list[int] = []
    x = chainrule.ones(2, requires_grad=True)
    x.register_hook(lambda g: threads.append(threading.get_ident()))
    thread = threading.Thread(target=lambda: (x * 2).sum().backward())
    thread.start()
    thread.join()
    assert threads == [thread.ident]


# -- retain_grad ---------------------------------------------------------------------------------


def test_retained_gradients_are_what_hooks_have_left_whenever_they_were_registered(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 2)
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 3,))
    y.sum().backward()
    assert (y.grad.tolist(), leaf.grad.tolist()) == ([2.0, 2.0], [12.0, 12.0])


def test_retained_gradients_add_up_in_new_tensors(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.retain_grad()
    z = y.sum()
    z.backward(retain_graph=True)
    first = y.grad
    z.backward()
    assert (first.tolist(), y.grad.tolist()) == ([1.0, 1.0], [2.0, 2.0])


def test_retain_grad_twice_is_retain_grad(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.retain_grad()
    y.retain_grad()
    y.sum().backward()
    assert y.grad.tolist() == [1.0, 1.0]


def test_retain_grad_follows_changes_in_place(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.retain_grad()
    y.mul_(5)
    assert y.retains_grad
    y.sum().backward()
    assert y.grad.tolist() == [1.0, 1.0]


def test_leaves_retain_their_gradients_without_saying_so(m: Any, leaf: Any) -> None:
    leaf.retain_grad()
    assert not leaf.retains_grad
    with raises(m, RuntimeError, "can't retain_grad on Tensor that has requires_grad=False"):
        m.ones(2).retain_grad()


# -- hooks on nodes ------------------------------------------------------------------------------


def test_hooks_on_a_node_see_what_goes_in_and_comes_out(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    y = leaf * m.tensor([3.0, 4.0])
    y.grad_fn.register_prehook(lambda outputs: seen.append(numbers(outputs)))
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append((numbers(inputs), numbers(outputs))))
    y.sum().backward()
    assert seen == [[[1.0, 1.0]], ([[3.0, 4.0], None], [[1.0, 1.0]])]


def test_hooks_on_a_node_see_no_gradient_that_is_not_needed(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    w = m.tensor([3.0, 4.0], requires_grad=True)
    y = leaf * w
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(numbers(inputs)))
    m.autograd.grad(y.sum(), leaf)
    assert seen == [[[3.0, 4.0], None]]


def test_a_prehook_may_replace_the_gradients_of_the_results(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 10,))
    y.sum().backward()
    assert leaf.grad.tolist() == [20.0, 20.0]


def test_a_hook_may_replace_the_gradients_of_the_operands(m: Any, leaf: Any) -> None:
    w = m.ones(2, requires_grad=True)
    y = leaf * w
    y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 10, None))
    y.sum().backward()
    assert (leaf.grad.tolist(), w.grad) == ([10.0, 10.0], None)


def test_hooks_on_a_node_with_several_results_see_all_of_them(m: Any) -> None:
    seen: list[Any] = []
    x = m.eye(2).requires_grad_()
    values, _ = m.linalg.eigh(x)
    values.grad_fn.register_prehook(
        lambda outputs: seen.append([g if g is None else g.shape for g in outputs])
    )
    values.sum().backward()
    assert seen == [[(2,), None]]


def test_hooks_on_a_node_run_only_if_the_node_does(m: Any, leaf: Any) -> None:
    diary = Diary()
    y = leaf * 2
    y.grad_fn.register_prehook(diary.writer("pre"))
    y.grad_fn.register_hook(diary.writer("post"))
    y.register_hook(diary.writer("tensor"))
    m.autograd.grad(y.sum(), y, retain_graph=True)
    assert diary == ["tensor"]
    m.autograd.grad(y.sum(), [y, leaf])
    assert diary == ["tensor", "tensor", "pre", "post"]


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (lambda m: 3, TypeError, "expected tuple, but hook returned 'int'"),
        (lambda m: [m.ones(2), None], TypeError, "expected tuple, but hook returned 'list'"),
        (
            lambda m: (m.ones(2),),
            RuntimeError,
            "hook 'mine' has returned an incorrect number of values (got 1, but expected 2)",
        ),
        (lambda m: (m.ones(3), None), RuntimeError, "hook 'mine' has changed the size of value"),
        (lambda m: (3, None), TypeError, "expected Variable, but hook returned 'int'"),
        (
            lambda m: (m.ones(2), m.ones(2)),
            RuntimeError,
            "can't replace a None gradient with a non-None value",
        ),
    ],
)
def test_a_wrong_answer_for_a_node_is_an_error(
    m: Any, leaf: Any, answer: Any, kind: Any, sentence: str
) -> None:
    def mine(inputs: Any, outputs: Any) -> Any:
        return answer(m)

    y = leaf * m.ones(2)
    y.grad_fn.register_hook(mine)
    with raises(m, kind, sentence):
        y.sum().backward()
    assert leaf.grad is None


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (lambda m: 3, TypeError, "expected tuple, but hook returned 'int'"),
        (
            lambda m: (m.ones(2), None),
            RuntimeError,
            "hook 'mine' has returned an incorrect number of values (got 2, but expected 1)",
        ),
        (lambda m: (m.ones(3),), RuntimeError, "hook 'mine' has changed the size of value"),
    ],
)
def test_a_wrong_answer_of_a_prehook_is_an_error(
    m: Any, leaf: Any, answer: Any, kind: Any, sentence: str
) -> None:
    def mine(outputs: Any) -> Any:
        return answer(m)

    y = leaf * 2
    y.grad_fn.register_prehook(mine)
    with raises(m, kind, sentence):
        y.sum().backward()


def test_a_prehook_that_answers_none_stops_the_gradient(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.grad_fn.register_prehook(lambda grads: (None,))
    y.sum().backward()
    assert leaf.grad is None


# -- leaves --------------------------------------------------------------------------------------


def accumulator(tensor: Any) -> Any:
    """Return the node that accumulates the gradient of a leaf."""
    return (tensor * 1).grad_fn.next_functions[0][0]


def test_hooks_of_a_leaf_and_its_accumulator_run_in_order(m: Any, leaf: Any) -> None:
    diary = Diary()
    node = accumulator(leaf)
    node.register_hook(diary.writer("post"))
    node.register_prehook(diary.writer("pre 1"))
    leaf.register_hook(diary.writer("tensor 1"))
    leaf.register_post_accumulate_grad_hook(diary.writer("accumulated"))
    node.register_prehook(diary.writer("pre 2"))
    leaf.register_hook(diary.writer("tensor 2"))
    (leaf * 2).sum().backward()
    assert diary == ["tensor 1", "tensor 2", "pre 1", "pre 2", "accumulated", "post"]


def test_hooks_of_an_inner_tensor_and_its_node_run_in_order(m: Any, leaf: Any) -> None:
    diary = Diary()
    y = leaf * 2
    y.grad_fn.register_hook(diary.writer("post 1"))
    y.grad_fn.register_prehook(diary.writer("pre 1"))
    y.register_hook(diary.writer("tensor 1"))
    y.grad_fn.register_hook(diary.writer("post 2"))
    y.grad_fn.register_prehook(diary.writer("pre 2"))
    y.register_hook(diary.writer("tensor 2"))
    y.sum().backward()
    assert diary == ["tensor 1", "tensor 2", "pre 1", "pre 2", "post 1", "post 2"]


def test_hooks_of_an_accumulator_run_only_when_it_accumulates(m: Any, leaf: Any) -> None:
    diary = Diary()
    node = accumulator(leaf)
    node.register_prehook(diary.writer("pre"))
    node.register_hook(diary.writer("post"))
    leaf.register_post_accumulate_grad_hook(diary.writer("accumulated"))
    m.autograd.grad((leaf * 2).sum(), leaf)
    assert diary == []
    (leaf * 2).sum().backward(inputs=leaf)
    assert diary == ["pre", "accumulated", "post"]


def test_a_prehook_of_an_accumulator_may_replace_the_gradient(m: Any, leaf: Any) -> None:
    node = accumulator(leaf)  # in torch its hooks live as long as it
    node.register_prehook(lambda grads: (grads[0] * 10,))
    (leaf * 2).sum().backward()
    assert leaf.grad.tolist() == [20.0, 20.0]


def test_a_hook_of_an_accumulator_has_no_gradients_to_replace(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    node = accumulator(leaf)
    node.register_hook(lambda inputs, outputs: seen.append((inputs, numbers(outputs))))
    (leaf * 2).sum().backward()
    assert seen == [((), [[2.0, 2.0]])]


def test_post_accumulate_hooks_see_the_leaf_with_its_gradient(m: Any, leaf: Any) -> None:
    seen: list[Any] = []
    leaf.register_post_accumulate_grad_hook(lambda p: seen.append((p is leaf, p.grad.tolist())))
    (leaf * 2).sum().backward()
    (leaf * 2).sum().backward()
    assert seen == [(True, [2.0, 2.0]), (True, [4.0, 4.0])]


def test_a_post_accumulate_hook_may_take_a_step_and_clear_the_gradient(m: Any, leaf: Any) -> None:
    def step(p: Any) -> None:
        p.sub_(p.grad)
        p.grad = None

    leaf.register_post_accumulate_grad_hook(step)
    (leaf * leaf).sum().backward()
    assert (leaf.tolist(), leaf.grad) == ([-1.0, -2.0], None)


def test_a_post_accumulate_hook_returns_nothing(m: Any, leaf: Any) -> None:
    leaf.register_post_accumulate_grad_hook(lambda p: 3)
    with raises(m, TypeError, "expected Variable, but hook returned 'int'"):
        (leaf * 2).sum().backward()


def test_only_leaves_have_post_accumulate_hooks(m: Any, leaf: Any) -> None:
    with raises(m, RuntimeError, "post accumulate grad hooks cannot be registered on non-leaf tensors"):
        (leaf * 2).register_post_accumulate_grad_hook(print)
    with raises(m, RuntimeError, "cannot register a hook on a tensor that doesn't require gradient"):
        m.ones(2).register_post_accumulate_grad_hook(print)


def test_a_post_accumulate_hook_that_raises_finds_all_gradients_accumulated() -> None:
    x, w = (chainrule.ones(2, requires_grad=True) for _ in range(2))
    x.register_post_accumulate_grad_hook(lambda p: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (x * w).sum().backward()
    assert (x.grad.tolist(), w.grad.tolist()) == ([1.0, 1.0], [1.0, 1.0])
    assert chainrule.is_grad_enabled()
