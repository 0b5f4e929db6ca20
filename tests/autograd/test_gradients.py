"""backward and grad: what may be asked for, cotangents, and where gradients go."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import chainrule
from torch_words import raises


def lists(grads: Any) -> list[Any]:
    return [g if g is None else g.tolist() for g in grads]


# -- what is asked for ---------------------------------------------------------------------------


def test_inputs_limit_the_accumulation(m: Any, leaf: Any) -> None:
    w = m.ones(2, requires_grad=True)
    (leaf * w).sum().backward(inputs=[leaf])
    assert (leaf.grad.tolist(), w.grad) == ([1.0, 1.0], None)


def test_an_input_named_twice_is_accumulated_once(m: Any, leaf: Any) -> None:
    (leaf * 2).sum().backward(inputs=[leaf, leaf])
    assert leaf.grad.tolist() == [2.0, 2.0]
    assert lists(m.autograd.grad((leaf * 2).sum(), [leaf, leaf])) == [[2.0, 2.0], [2.0, 2.0]]


def test_an_inner_input_of_backward_retains_its_gradient(m: Any, leaf: Any) -> None:
    y = leaf * 2
    (y * y).sum().backward(inputs=[y])
    assert (y.grad.tolist(), y.retains_grad, leaf.grad) == ([4.0, 8.0], True, None)


def test_a_retained_gradient_is_not_counted_twice(m: Any, leaf: Any) -> None:
    y = leaf * 2
    y.retain_grad()
    (y * y).sum().backward(inputs=[y, leaf])
    assert (y.grad.tolist(), leaf.grad.tolist()) == ([4.0, 8.0], [8.0, 16.0])


def test_the_output_may_be_an_input(m: Any, leaf: Any) -> None:
    y = (leaf * 2).sum()
    assert lists(m.autograd.grad(y, [y, leaf])) == [1.0, [2.0, 2.0]]


def test_inputs_may_be_a_dict(m: Any, leaf: Any) -> None:
    w = m.tensor([3.0, 4.0], requires_grad=True)
    grads = m.autograd.grad((leaf * w).sum(), {"x": leaf, "w": w})
    assert {name: g.tolist() for name, g in grads.items()} == {"x": [3.0, 4.0], "w": [1.0, 2.0]}
    (leaf * w).sum().backward(inputs={"x": leaf})
    assert (leaf.grad.tolist(), w.grad) == ([3.0, 4.0], None)


def test_other_mappings_are_errors(m: Any, leaf: Any) -> None:
    words = "must be a dict, not OrderedDict. Other Mapping types are not supported."
    with raises(m, TypeError, f"`inputs` argument to `grad()` {words}"):
        m.autograd.grad(leaf.sum(), OrderedDict(x=leaf))
    with raises(m, TypeError, f"`inputs` argument to `backward()` {words}"):
        leaf.sum().backward(inputs=OrderedDict(x=leaf))


def test_inputs_may_be_any_iterable(m: Any, leaf: Any) -> None:
    outputs, inputs = (x for x in [leaf.sum()]), (x for x in [leaf])
    assert lists(m.autograd.grad(outputs, inputs)) == [[1.0, 1.0]]
    leaf.sum().backward(inputs=(x for x in [leaf]))
    assert leaf.grad.tolist() == [1.0, 1.0]


def test_inputs_must_not_be_empty(m: Any, leaf: Any) -> None:
    with raises(m, RuntimeError, "`inputs` argument to `grad()` cannot be empty."):
        m.autograd.grad(leaf.sum(), [])
    with raises(m, RuntimeError, "`inputs` argument to `backward()` cannot be empty."):
        leaf.sum().backward(inputs=[])


@pytest.mark.parametrize("wrong", [3, None, "text"])
def test_inputs_must_be_tensors(m: Any, leaf: Any, wrong: Any) -> None:
    sentence = f"all inputs have to be Tensors or GradientEdges, but got {type(wrong).__name__}"
    with raises(m, RuntimeError, sentence):
        m.autograd.grad(leaf.sum(), [leaf, wrong])
    with raises(m, RuntimeError, sentence):
        leaf.sum().backward(inputs=[wrong])


def test_outputs_must_be_tensors() -> None:
    with pytest.raises(
        TypeError, match="element 0 of tensors must be a Tensor or a GradientEdge, but got int"
    ):
        chainrule.autograd.backward([3])


def test_without_outputs_there_is_nothing_to_do(m: Any, leaf: Any) -> None:
    m.autograd.backward([])
    assert m.autograd.grad([], leaf, allow_unused=True) == (None,)


def test_unused_inputs_give_zeros_that_can_be_differentiated(m: Any, leaf: Any) -> None:
    w = m.ones(2, requires_grad=True)
    _, plain = m.autograd.grad(leaf.sum(), [leaf, w], materialize_grads=True)
    _, again = m.autograd.grad(leaf.sum(), [leaf, w], materialize_grads=True, create_graph=True)
    assert (plain.tolist(), plain.requires_grad, again.requires_grad) == ([0.0, 0.0], False, True)


def test_only_inputs_is_accepted_in_its_place(m: Any, leaf: Any) -> None:
    assert lists(m.autograd.grad(leaf.sum(), leaf, None, True, False, True, False)) == [[1.0, 1.0]]
    with pytest.warns(FutureWarning, match="only_inputs argument is deprecated and is ignored now"):
        m.autograd.grad(leaf.sum(), leaf, only_inputs=False)


# -- cotangents ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["int64", "float64", "float16"])
def test_cotangents_take_the_dtype_of_the_output(m: Any, leaf: Any, dtype: str) -> None:
    y = leaf * 2
    y.retain_grad()
    y.backward(m.ones(2, dtype=getattr(m, dtype)))
    assert (y.grad.dtype, leaf.grad.dtype) == (m.float32, m.float32)


def test_outputs_without_grad_are_errors(m: Any, leaf: Any) -> None:
    sentence = "element 1 of tensors does not require grad and does not have a grad_fn"
    with raises(m, RuntimeError, sentence):
        m.autograd.backward([leaf.sum(), m.ones(2)], [None, None])
    assert leaf.grad is None


def test_grad_variables_is_the_old_name_of_grad_tensors(m: Any, leaf: Any) -> None:
    warning = "`grad_variables` is deprecated. Use `grad_tensors` instead."
    with pytest.warns(FutureWarning, match=warning):
        m.autograd.backward(leaf * 2, grad_variables=m.ones(2))
    assert leaf.grad.tolist() == [2.0, 2.0]
    sentence = (
        "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please "
    )
    with (
        pytest.warns(FutureWarning, match=warning),
        raises(m, RuntimeError, f"{sentence}only use `grad_tensors`."),
    ):
        m.autograd.backward(leaf * 2, m.ones(2), grad_variables=m.ones(2))


def test_batched_cotangents_give_a_gradient_each(m: Any, leaf: Any) -> None:
    w = m.ones(2, requires_grad=True)
    grads = m.autograd.grad(leaf * 2, [leaf, w], m.eye(2), is_grads_batched=True, allow_unused=True)
    assert lists(grads) == [[[2.0, 0.0], [0.0, 2.0]], None]


def test_batched_cotangents_must_fit_the_output(m: Any, leaf: Any) -> None:
    with pytest.raises(
        RuntimeError, match="we interpret the first dimension of each grad_output as the batch"
    ):
        m.autograd.grad(leaf * 2, leaf, m.ones(2, 3), is_grads_batched=True)


def test_batched_cotangents_must_be_given() -> None:
    x = chainrule.ones(2, requires_grad=True)
    for cotangents in (None, chainrule.tensor(1.0)):
        with pytest.raises(ValueError, match="needs grad_outputs with a first axis"):
            chainrule.autograd.grad(x.sum(), x, cotangents, is_grads_batched=True)


# -- gradients of their own ----------------------------------------------------------------------


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.filterwarnings("ignore:Using backward")
def test_a_gradient_is_a_tensor_of_its_own(m: Any, leaf: Any, create: bool) -> None:
    cotangent = m.ones(2)
    leaf.backward(cotangent, create_graph=create)
    leaf.grad.mul_(5)
    assert cotangent.tolist() == [1.0, 1.0]


def test_a_retained_gradient_is_a_tensor_of_its_own(m: Any, leaf: Any) -> None:
    cotangent = m.ones(2)
    y = leaf * 1
    y.retain_grad()
    y.backward(cotangent)
    y.grad.mul_(5)
    assert (cotangent.tolist(), leaf.grad.tolist()) == ([1.0, 1.0], [1.0, 1.0])


@pytest.mark.filterwarnings("ignore:Using backward")
def test_a_recorded_gradient_is_recorded_under_no_grad_too(m: Any, leaf: Any) -> None:
    y = (leaf * leaf).sum()
    with m.no_grad():
        y.backward(create_graph=True)
        assert not m.is_grad_enabled()
    assert str(leaf.grad) == "tensor([2., 4.], grad_fn=<CopyBackwards>)"
