"""Inference tensors: what makes one, and what may be done with it where."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import inference_mode, nn, tensor
from chainrule.tensor import Tensor


def leaf() -> Tensor:
    return tensor([1.0, 2.0, 3.0], requires_grad=True)


def made_inside(make: Callable[[], Any] = lambda: cr.ones(3)) -> Any:
    with inference_mode():
        return make()


# -- what is one ------------------------------------------------------------------------------------

MADE: dict[str, Callable[[Tensor], Any]] = {
    "tensor": lambda x: tensor([1, 2]),
    "0-d tensor": lambda x: tensor(1.0),
    "zeros": lambda x: cr.zeros(2),
    "rand": lambda x: cr.rand(2),
    "arange": lambda x: cr.arange(3),
    "constructor": lambda x: cr.Tensor([1.0]),
    "from_numpy": lambda x: cr.from_numpy(np.ones(2)),
    "leaf": lambda x: cr.ones(2, requires_grad=True),
    "parameter": lambda x: nn.Parameter(cr.ones(2)),
    "product": lambda x: x * x,
    "number": lambda x: x + 1,
    "function": lambda x: cr.exp(x),
    "comparison": lambda x: x > 1,
    "reduction": lambda x: x.sum(),
    "index array": lambda x: x[[0, 1]],
    "one of several results": lambda x: x.sort()[1],
    "clone": lambda x: x.clone(),
    "copy": lambda x: copy.deepcopy(x),
    "cast": lambda x: x.double(),
    "copying reshape": lambda x: x.expand(2, 3).reshape(6),
    "view of one": lambda x: cr.zeros(2)[0],
    "detached": lambda x: cr.zeros(2).detach(),
    "data": lambda x: cr.zeros(2).data,
}
NOT_MADE: dict[str, Callable[[Tensor], Any]] = {
    "view": lambda x: x[0],
    "view of a view": lambda x: x[1:][0],
    "one of several views": lambda x: x.unbind()[2],
    "reshape": lambda x: x.reshape(3, 1),
    "detach": lambda x: x.detach(),
    "data": lambda x: x.data,
    "itself": lambda x: x.contiguous(),
    "itself, by dtype": lambda x: x.to(cr.float32),
    "in-place result": lambda x: x.detach().add_(1),
}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_in_inference_mode_is_an_inference_tensor(name: str) -> None:
    x = leaf()
    with inference_mode():
        made = MADE[name](x)
        assert made.is_inference()
        assert made.is_leaf
    assert made.is_inference()
    assert made.requires_grad == (name in ("leaf", "parameter", "copy"))


@pytest.mark.parametrize("name", NOT_MADE)
def test_what_shares_the_memory_of_a_normal_tensor_is_normal(name: str) -> None:
    x = leaf()
    with inference_mode():
        assert not NOT_MADE[name](x).is_inference()
    assert not NOT_MADE[name](x).is_inference()


def test_outside_nothing_but_aliases_of_inference_tensors_are_any() -> None:
    i = made_inside()
    for alias in (i[1:], i.view(3, 1), i.detach(), i.data, i.unbind()[0], i.expand(2, 3), i.contiguous()):
        assert alias.is_inference()
        assert not alias._is_view()
        assert alias._base is None
    for other in (
        i + 1,
        i * 2,
        i.clone(),
        i.exp(),
        i.sum(),
        i[[0, 1]],
        i.int(),
        copy.deepcopy(i),
        tensor(1.0),
    ):
        assert not other.is_inference()
    assert not pickle.loads(pickle.dumps(i)).is_inference()
    assert not cr.from_numpy(i.numpy()).is_inference()


def test_inference_tensors_print_like_others() -> None:
    i = made_inside(lambda: cr.ones(2, requires_grad=True))
    assert repr(i) == "tensor([1., 1.], requires_grad=True)"
    assert repr(made_inside()[0]) == "tensor(1.)"


# -- what may be done inside ------------------------------------------------------------------------


def test_everything_may_be_changed_inside() -> None:
    x = leaf()
    y = x * 1
    with inference_mode():
        i = cr.zeros(3)
        i.add_(1).mul_(2)[0] = 7
        i.unsqueeze_(0).squeeze_()
        assert i.tolist() == [7, 2, 2]
        assert x.add_(1).tolist() == [2, 3, 4]
        x[0].zero_()
        y.unbind()[1].fill_(5)
        assert y.tolist() == [1, 5, 3]
        assert cr.ones(2, requires_grad=True).mul_(2).tolist() == [2, 2]
    assert (x.is_leaf, x._version) == (True, 2)
    assert y.grad_fn.name() == "MulBackward0"


def test_a_change_inside_is_noticed_by_what_had_been_saved() -> None:
    x = leaf() * 1
    y = x * x
    with inference_mode():
        x.add_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation: .* is at version 1; expected"):
        y.sum().backward()


def test_inference_tensors_inside_may_begin_to_require_grad() -> None:
    with inference_mode():
        i = cr.ones(2).requires_grad_()
        assert i.requires_grad
        assert not (i * 2).requires_grad
        i.requires_grad = False
    assert not i.requires_grad


def test_backward_inside_leaves_inference_gradients() -> None:
    x = leaf()
    total = (x * x).sum()
    with inference_mode():
        total.backward()
    g = x.grad
    assert g.tolist() == [2, 4, 6]
    assert g.is_inference()
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor outside InferenceMode"):
        (x * 3).sum().backward()
    assert x.grad.tolist() == [2, 4, 6]
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3, 3, 3]


def test_grad_inside_returns_inference_tensors() -> None:
    x = leaf()
    y = (x * x).sum()
    with inference_mode():
        (g,) = cr.autograd.grad(y, x)
    assert (g.tolist(), g.is_inference()) == ([2, 4, 6], True)


def test_several_gradients_that_cannot_be_added_change_none() -> None:
    x, y = leaf(), leaf()
    with inference_mode():
        y.grad = cr.ones(3)
    x.grad = cr.ones(3)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor"):
        (x * y).sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


def test_a_custom_function_inside_is_not_recorded() -> None:
    class Twice(cr.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    with inference_mode():
        y = Twice.apply(leaf())
    assert (y.requires_grad, y.is_inference()) == (False, True)


# -- what may be done outside -----------------------------------------------------------------------

CHANGED = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a "
    "normal tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
)
CHANGES: dict[str, Callable[[Any], Any]] = {
    "add_": lambda i: i.add_(1),
    "augmented": lambda i: i.__iadd__(1),
    "number at an index": lambda i: i.__setitem__(0, 1.0),
    "everywhere": lambda i: i.__setitem__(..., 1.0),
    "mask": lambda i: i.__setitem__(i > 0, 1.0),
    "copy_": lambda i: i.copy_(cr.zeros(3)),
    "fill_": lambda i: i.fill_(1),
    "zero_": lambda i: i.zero_(),
    "unsqueeze_": lambda i: i.unsqueeze_(0),
    "random": lambda i: i.normal_(),
    "view": lambda i: i[1:].mul_(2),
    "view of a view": lambda i: i.view(3, 1)[0].mul_(2),
    "detached": lambda i: i.detach().mul_(2),
    "recorded operand": lambda i: i.add_(leaf()),
}


@pytest.mark.parametrize("mode", [cr.enable_grad, cr.no_grad], ids=["usual", "no_grad"])
@pytest.mark.parametrize("name", CHANGES)
def test_an_inference_tensor_is_not_changed_outside(name: str, mode: Any) -> None:
    i = made_inside()
    with mode(), pytest.raises(RuntimeError) as caught:
        CHANGES[name](i)
    assert str(caught.value).startswith(CHANGED)
    assert i.tolist() == [1, 1, 1]
    assert i.shape == (3,)


def test_the_error_names_the_operation() -> None:
    with pytest.raises(RuntimeError, match=r"\(The operation is mul_\(\)\.\)$"):
        made_inside().mul_(2)


def test_a_clone_outside_can_be_changed_and_recorded() -> None:
    i = made_inside()
    x = i.clone().add_(1).requires_grad_()
    (x * x).sum().backward()
    assert x.grad.tolist() == [4, 4, 4]


def test_inference_tensors_have_no_version() -> None:
    i = made_inside()
    for x in (i, i[0], i.detach()):
        with pytest.raises(RuntimeError, match=r"^Inference tensors do not track version counter\."):
            x._version  # noqa: B018
    assert i.clone()._version == 0


def test_an_inference_tensor_does_not_begin_to_require_grad_outside() -> None:
    words = "^Setting requires_grad=True on inference tensor outside InferenceMode is not allowed"
    i = made_inside()
    with pytest.raises(RuntimeError, match=words):
        i.requires_grad_()
    with pytest.raises(RuntimeError, match=words):
        i.requires_grad = True
    with pytest.raises(RuntimeError, match=words):
        nn.Parameter(i)
    assert not i.requires_grad
    assert i.requires_grad_(False) is i


SAVED = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in"
)
SAVING: dict[str, Callable[[Tensor, Any], Any]] = {
    "factor": lambda x, i: x * i,
    "other factor": lambda x, i: i * x,
    "divisor": lambda x, i: x / i,
    "dividend": lambda x, i: i / x,
    "0-d factor": lambda x, i: x.sum() * i[0],
    "exponent": lambda x, i: x**i,
    "maximum": lambda x, i: cr.maximum(x, i),
    "matrix product": lambda x, i: x @ i,
    "condition": lambda x, i: cr.where(made_inside(lambda: tensor([True, False, True])), x, 0.0),
    "mask": lambda x, i: x[made_inside(lambda: tensor([True, False, True]))],
    "index": lambda x, i: x[made_inside(lambda: tensor([0, 1]))],
    "index_select": lambda x, i: x.index_select(0, made_inside(lambda: tensor([0, 1]))),
    "gather": lambda x, i: x.gather(0, made_inside(lambda: tensor([0, 1]))),
    "in place": lambda x, i: (x * 1).mul_(i),
    "written": lambda x, i: (x * 1).__setitem__(made_inside(lambda: tensor([0, 1])), 1.0),
}


@pytest.mark.parametrize("name", SAVING)
def test_an_inference_tensor_is_not_saved_for_backward(name: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        SAVING[name](leaf(), made_inside())
    assert str(caught.value).startswith(SAVED)
    assert "use `chainrule.no_grad()` instead of `chainrule.inference_mode()`" in str(caught.value)


def test_a_refused_write_leaves_the_memory_alone() -> None:
    x = leaf() * 1
    with pytest.raises(RuntimeError, match="cannot be saved for backward"):
        x[made_inside(lambda: tensor([0, 1]))] = 9.0
    assert x.tolist() == [1, 2, 3]
    assert x._version == 0


def test_what_need_not_be_saved_may_take_part() -> None:
    x, i = leaf(), made_inside()
    for y in (x + i, i - x, cr.cat([x, i]), cr.where(x > 1, x, i), (x * 1).add_(i), (x + i).exp()):
        assert y.requires_grad
        assert not y.is_inference()
    y = x * 1
    y[0] = i[0]
    y.copy_(i)
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0]


def test_without_a_gradient_everything_may_be_computed() -> None:
    i = made_inside()
    with cr.no_grad():
        assert (leaf() * i).tolist() == [1, 2, 3]
    assert (i * i + cr.exp(i)[0]).shape == (3,)
    assert cr.zeros(3).copy_(i).tolist() == [1, 1, 1]


def test_a_custom_function_does_not_save_one() -> None:
    class Product(cr.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g, g

    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        Product.apply(leaf(), made_inside())


def test_data_brings_its_kind_along() -> None:
    i, z = made_inside(), cr.zeros(3)
    i.data = cr.zeros(3)
    assert not i.is_inference()
    assert i.add_(1).tolist() == [1, 1, 1]
    z.data = made_inside()
    assert z.is_inference()


# -- views of normal tensors ------------------------------------------------------------------------

VIEW = (
    "A view was created in inference mode and {} modified inplace in normal mode. Given that this use case "
    "is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and "
    "the inplace either both inside the inference_mode block (if you don't want the inplace to be tracked) "
    "or both outside (if you want the inplace to be tracked)."
)
VIEW_OF_VIEW = (
    r"^Output 0 of {} is a view of a view which was created in inference mode and is being modified"
)


def test_a_view_made_inside_requires_grad_with_its_base_but_leads_nowhere() -> None:
    x = leaf()
    v = made_inside(lambda: x[:2])
    assert (v._is_view(), v._base is x) == (True, True)
    assert (v.requires_grad, v.is_leaf, v.grad_fn) == (True, True, None)
    (v * 2).sum().backward()
    assert x.grad is v.grad is None


def test_a_view_made_inside_is_not_changed_outside_where_that_is_recorded() -> None:
    for x in (leaf(), leaf() * 1):
        v = made_inside(lambda x=x: x[:2])
        with pytest.raises(RuntimeError) as caught:
            v.add_(1)
        assert str(caught.value).startswith(VIEW.format("is being"))
        with pytest.raises(RuntimeError, match=VIEW_OF_VIEW.format("Select")):
            v[0].add_(1)
        with cr.no_grad():
            v.add_(1)
        assert x.tolist() == [2, 3, 3]
        assert repr(v) == "tensor([2., 3.], grad_fn=<Invalid>)"
        with pytest.raises(RuntimeError) as caught:
            v * 2
        assert str(caught.value) == VIEW.format("its base or another view of its base has been")


def test_a_view_made_inside_of_what_does_not_require_grad_is_like_others() -> None:
    n = cr.zeros(3)
    v = made_inside(lambda: n[:2])
    v.add_(1)
    assert n.tolist() == [1, 1, 0]
    assert (v._version, n._version) == (1, 1)


def test_views_made_in_other_modes_of_views_made_inside_have_the_same_restriction() -> None:
    y = leaf() * 1
    v = made_inside(lambda: y[:2])
    with cr.no_grad():
        w = v[0]
    with pytest.raises(RuntimeError) as caught:
        w.add_(1)
    assert str(caught.value).startswith(VIEW.format("is being"))
    with pytest.raises(RuntimeError, match=VIEW_OF_VIEW.format("Unbind")):
        v.unbind()[0].add_(1)
