"""Views and in-place changes: one memory, and a graph that says what happened to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import tensor
from chainrule.core.dual import make_dual, new_level, unpack_dual
from chainrule.core.tensor import wrap
from chainrule.tensor import Tensor


def leaf(*values: float) -> Tensor:
    return tensor([float(x) for x in values], requires_grad=True)


def recorded(*values: float) -> Tensor:
    return leaf(*values) * 1


# -- sharing --------------------------------------------------------------------------------------

VIEWS: dict[str, Callable[[Any], Any]] = {
    "int": lambda x: x[0],
    "slice": lambda x: x[:, ::2],
    "new axis": lambda x: x[None],
    "ellipsis": lambda x: x[...],
    "empty key": lambda x: x[()],
    "0-d tensor": lambda x: x[tensor(1)],
    "backwards": lambda x: x[::-1],
    "view": lambda x: x.view(-1),
    "reshape": lambda x: x.reshape(3, 2),
    "flatten": lambda x: x.flatten(),
    "unflatten": lambda x: x.unflatten(1, (3, 1)),
    "squeeze": lambda x: x.squeeze(),
    "unsqueeze": lambda x: x.unsqueeze(1),
    "transpose": lambda x: x.transpose(0, 1),
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "H": lambda x: x.H,
    "permute": lambda x: x.permute(1, 0),
    "movedim": lambda x: x.movedim(0, 1),
    "narrow": lambda x: x.narrow(1, 0, 2),
    "select": lambda x: x.select(1, 2),
    "expand": lambda x: x[0].expand(1, 3),
    "diagonal": lambda x: x.diagonal(),
    "unfold": lambda x: x.unfold(1, 1, 1),
    "split": lambda x: x.split(1)[0],
    "unbind": lambda x: x.unbind(1)[2],
    "tensor_split": lambda x: x.tensor_split(2, 1)[1],
    "atleast_3d": chainrule.atleast_3d,
}
COPIES: dict[str, Callable[[Any], Any]] = {
    "mask": lambda x: x[x >= 0],
    "index array": lambda x: x[[0, 1]],
    "clone": lambda x: x.clone(),
    "flip": lambda x: x.flip(0),
    "roll": lambda x: x.roll(1),
    "rot90": lambda x: x.rot90(2),
    "repeat": lambda x: x.repeat(1, 1),
    "diag": lambda x: x.diag(),
    "tril": lambda x: x.tril(),
    "cat": lambda x: chainrule.cat([x]),
    "reshape of a transpose": lambda x: x.T.reshape(-1),
    "contiguous of a transpose": lambda x: x.T.contiguous(),
    "gather": lambda x: x.gather(0, chainrule.zeros(1, 3, dtype=chainrule.int64)),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_shares_memory_and_version_with_its_base(name: str) -> None:
    x = chainrule.zeros(2, 3)
    view = VIEWS[name](x)
    assert view._is_view()
    assert view._base is x
    with chainrule.no_grad():
        view += 1
    assert x.sum().item() == view.numel()
    assert x._version == view._version == 1


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_does_not_share_memory(name: str) -> None:
    x = chainrule.zeros(2, 3)
    copy = COPIES[name](x)
    copy += 1
    assert x.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert x._version == 0


def test_a_view_of_a_view_has_the_same_base() -> None:
    x = chainrule.zeros(2, 3)
    assert x[0][1:]._base is x
    assert x._base is None
    assert not x._is_view()


def test_a_0d_tensor_is_shared_from_its_first_view_on() -> None:
    x = tensor(3.0)
    view = x.view(1)
    view += 1
    x *= 2
    assert (x.item(), view.tolist()) == (8.0, [8.0])


@pytest.mark.parametrize("make", [lambda: tensor(1.0), lambda: tensor([1.0])], ids=["0-d", "1-d"])
def test_detach_shares_memory_and_version_without_history(make: Callable[[], Tensor]) -> None:
    x = make().requires_grad_() * 2
    y = x.detach()
    assert not y.requires_grad
    assert y.grad_fn is None
    y += 1
    assert x.sum().item() == 3
    assert x._version == y._version == 1
    x.mul_(2)
    assert y.sum().item() == 6
    assert not y.requires_grad


def test_detach_in_place_makes_a_leaf() -> None:
    x = recorded(1, 2)
    assert x.detach_() is x
    assert (x.requires_grad, x.grad_fn, x.is_leaf) == (False, None, True)


def test_views_of_unrecorded_tensors_stay_unrecorded() -> None:
    x = chainrule.zeros(3)
    x[0].fill_(2)
    assert x.grad_fn is None
    assert not x.requires_grad


# -- gradients ------------------------------------------------------------------------------------


def test_a_change_of_a_view_changes_the_history_of_its_base() -> None:
    w = leaf(1, 2, 3)
    x = w * 1
    x[0:2].mul_(5)
    assert x.grad_fn.name() == "CopySlices"
    (x * x).sum().backward()
    assert w.grad.tolist() == [50, 100, 6]


def test_a_change_of_the_base_changes_the_history_of_its_views() -> None:
    w = leaf(1, 2, 3)
    x = w * 1
    view, part = x[1:], x[1:][1]
    x.mul_(2)
    assert view.tolist() == [4, 6]
    (view.sum() * part).backward()
    assert w.grad.tolist() == [0, 12, 32]


def test_a_change_of_a_view_is_seen_by_its_siblings() -> None:
    w = leaf(1, 2, 3)
    x = w * 1
    left, right = x[:2], x[1:]
    left.mul_(2)
    right.mul_(3)
    assert x.tolist() == [2, 12, 9]
    (left * right).sum().backward()
    assert w.grad.tolist() == [24, 66, 36]


def test_a_view_taken_before_its_base_was_recorded_follows() -> None:
    w = leaf(1, 2, 3)
    x = chainrule.zeros(3)
    view = x[1]
    x.copy_(w)
    view.backward()
    assert w.grad.tolist() == [0, 1, 0]


def test_writing_element_by_element_is_differentiated() -> None:
    w = leaf(1, 2, 3)
    x = chainrule.zeros(3)
    for i in range(3):
        x[i] = w[i] ** (i + 1)
    x.sum().backward()
    assert w.grad.tolist() == [1, 4, 27]


def test_augmented_assignment_to_elements_is_differentiated() -> None:
    w = leaf(1, 2, 3)
    x = w * 1
    x[1] += x[0]
    x[2] += x[1]
    x[x > 5] *= 3
    x.sum().backward()
    assert x.tolist() == [1, 3, 18]
    assert w.grad.tolist() == [5, 4, 3]


def test_the_last_of_several_values_for_one_place_has_the_gradient() -> None:
    w, v = recorded(1, 2, 3), leaf(4, 5)
    w[[0, 0]] = v
    w.sum().backward()
    assert w.tolist() == [5, 2, 3]
    assert v.grad.tolist() == [0, 1]


def test_parts_of_complex_numbers_are_written_separately() -> None:
    z = tensor([3 + 4j, 6 + 8j], requires_grad=True)
    w = leaf(3, 6)
    y = z * 1
    y.real = w
    y.abs().sum().backward()
    np.testing.assert_allclose(z.grad.numpy(), [0.8j, 0.8j], rtol=1e-6)
    np.testing.assert_allclose(w.grad.numpy(), [0.6, 0.6], rtol=1e-6)


def test_a_change_through_an_expanded_view_reaches_its_base() -> None:
    w, x = leaf(1, 2), recorded(3, 4)
    x.expand(3, 2)[1] = w
    x.sum().backward()
    assert w.grad.tolist() == [1, 1]


def test_what_was_overwritten_is_dead() -> None:
    w = leaf(0, 4)
    x = w.sqrt() * 1
    x[0] = 7.0
    x.sum().backward()
    assert w.grad.tolist() == [0, 0.25]


def test_a_retained_gradient_is_that_of_the_latest_value() -> None:
    x = recorded(1, 2)
    x.retain_grad()
    x.mul_(3)
    (x * 5).sum().backward()
    assert x.grad.tolist() == [5, 5]


def test_a_view_retains_its_gradient_when_its_base_changes() -> None:
    x = recorded(1, 2)
    view = x[1:]
    view.retain_grad()
    x.mul_(3)
    (view * 5).sum().backward()
    assert view.grad.tolist() == [5]


def test_a_change_that_is_not_recorded_does_not_copy() -> None:
    x, w = chainrule.zeros(3), leaf(1, 2, 3)
    assert x.add_(w.detach()).mul_(2).grad_fn is None
    (x.mul_(w) * 1).sum().backward()
    assert w.grad.tolist() == [2, 4, 6]


def test_second_derivatives_go_through_changes() -> None:
    w = leaf(1, 2)
    x = w * w
    x[0] *= w[1]
    (g,) = chainrule.autograd.grad((x * x).sum(), w, create_graph=True)
    (h,) = chainrule.autograd.grad(g.sum(), w)
    # x = (a²b, b²): the sum of squares is a⁴b² + b⁴
    assert g.tolist() == [16, 4 + 32]
    assert h.tolist() == [12 * 4 + 8 * 2, 8 * 2 + 2 + 12 * 4]


# -- shapes changed in place ----------------------------------------------------------------------


def test_shape_changes_keep_memory_and_history() -> None:
    w = tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    x = w * 1
    row = x[0]
    assert x.t_() is x
    assert x.shape == (3, 1)
    assert x.squeeze_().shape == (3,)
    assert x.unsqueeze_(0).transpose_(0, 1).shape == (3, 1)
    row.mul_(2)
    x[2] *= 5
    assert row.tolist() == [2, 4, 30]
    (x[:, 0] * row).sum().backward()
    assert w.grad.tolist() == [[8, 16, 600]]


def test_a_leaf_that_requires_grad_keeps_its_shape() -> None:
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used"):
        leaf(1).unsqueeze_(0)


# -- modes ----------------------------------------------------------------------------------------


def test_a_leaf_may_be_changed_under_no_grad() -> None:
    w = leaf(1, 2)
    (w * w).sum().backward()
    with chainrule.no_grad():
        w -= 0.5 * w.grad
        w[0] = 7
    assert w.tolist() == [7, 0]
    assert w.is_leaf
    assert w.requires_grad


def test_changes_under_no_grad_leave_the_history_alone() -> None:
    w = leaf(1, 2)
    x = w * 3
    with chainrule.no_grad():
        x[0] = 100
        x.add_(1)
    assert x.grad_fn.name() == "MulBackward0"
    x.sum().backward()
    assert w.grad.tolist() == [3, 3]


def test_changes_are_differentiated_in_forward_mode() -> None:
    with new_level():
        x = make_dual(tensor([1.0, 2.0]), tensor([1.0, 10.0])) * 1
        view, zeros = x[1:], chainrule.zeros(2)
        view.mul_(x[0])
        zeros[1:] = view
        zeros.view(-1)[0] = 5.0
        primal, tangent = unpack_dual(zeros * x)
    assert primal.tolist() == [5, 4]
    assert tangent.tolist() == [5, 48]


# -- errors ---------------------------------------------------------------------------------------


def _viewed_without_grad(x: Tensor) -> Tensor:
    with chainrule.no_grad():
        return x[0]


LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW = "a view of a leaf Variable that requires grad is being used in an in-place operation."
MEMORY = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory loca"
)
SEVERAL = "is a view and is being modified inplace. This view is the output of a function that returns"
REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "leaf": (
        lambda: leaf(1).add_(1),
        LEAF,
    ),
    "element of a leaf": (
        lambda: leaf(1).__setitem__(0, 1),
        VIEW,
    ),
    "view of a leaf": (
        lambda: leaf(1).view(1).zero_(),
        VIEW,
    ),
    "masked leaf": (
        lambda: leaf(1).__setitem__(tensor([True]), 1),
        LEAF,
    ),
    "split": (lambda: recorded(1, 2).split(1)[1].mul_(2), f"Output 1 of Split {SEVERAL}"),
    "sizes": (lambda: recorded(1, 2).split([1, 1])[0].mul_(2), f"Output 0 of SplitWithSizes {SEVERAL}"),
    "chunk": (lambda: recorded(1, 2).chunk(2)[1].mul_(2), f"Output 1 of Split {SEVERAL}"),
    "unbind": (lambda: recorded(1, 2).unbind()[1].mul_(2), f"Output 1 of Unbind {SEVERAL}"),
    "view of unbound": (lambda: recorded(1, 2).unbind()[1].view(1).mul_(2), f"Output 0 of View {SEVERAL}"),
    "unbound of unrecorded": (
        lambda: chainrule.zeros(2).unbind()[0].copy_(leaf(1)[0]),
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled. This view "
        "is the output of a function that returns multiple views.",
    ),
    "view made without grad": (
        lambda: _viewed_without_grad(recorded(1)).add_(1),
        "A view was created in no_grad mode and is being modified inplace with grad mode enabled.",
    ),
    "use of a view made without grad": (
        lambda: (lambda x: (_viewed_without_grad(x), x.add_(1))[0] * 2)(recorded(1)),
        "A view was created in no_grad mode and its base or another view of its base has been modified",
    ),
    "expanded": (
        lambda: chainrule.zeros(3).expand(2, 3).add_(1),
        MEMORY,
    ),
    "expanded, by index": (
        lambda: chainrule.zeros(3).expand(2, 3).__setitem__([0], 1),
        MEMORY,
    ),
    "overlapping windows": (lambda: chainrule.zeros(3).unfold(0, 2, 1).add_(1), MEMORY),
    "shape": (
        lambda: chainrule.zeros(3).add_(chainrule.zeros(2, 3)),
        "output with shape [3] doesn't match the broadcast shape [2, 3]",
    ),
    "kind": (
        lambda: chainrule.zeros(3, dtype=chainrule.int64).add_(1.5),
        "result type Float can't be cast to the desired output type Long",
    ),
    "detached view": (
        lambda: recorded(1)[:1].detach_(),
        "Can't detach views in-place. Use detach() instead.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_must_not_be_changed_says_so(name: str) -> None:
    act, words = REFUSED[name]
    with pytest.raises(RuntimeError) as caught:
        act()
    assert words in str(caught.value)


def test_a_refused_change_changes_nothing() -> None:
    x = chainrule.zeros(3)
    for value in (chainrule.zeros(2), tensor(1j)):
        with pytest.raises(RuntimeError):
            x.add_(value)
    assert x.tolist() == [0, 0, 0]
    assert x._version == 0


SAVED: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "by itself": lambda x, y: x.mul_(2),
    "through a view": lambda x, y: x[:1].mul_(2),
    "through an element": lambda x, y: x.__setitem__(0, 5.0),
    "through detach": lambda x, y: x.detach().zero_(),
    "the result": lambda x, y: y.add_(1),
    "a view of the result": lambda x, y: y[0].fill_(1),
}


@pytest.mark.parametrize("way", SAVED)
def test_a_saved_value_that_was_overwritten_is_noticed(way: str) -> None:
    x = recorded(1, 2)
    y = (x * x).exp() if "result" in way else x * x
    SAVED[way](x, y)
    message = "one of the variables needed for gradient computation has been modified by an inplace operation"
    with pytest.raises(RuntimeError, match=message + r": .*at version 1; expected version 0 instead"):
        y.sum().backward()


def test_a_saved_0d_value_that_was_overwritten_is_noticed() -> None:
    for x in (tensor(3.0, requires_grad=True), tensor(3.0, requires_grad=True) * 1):
        y = x * x
        with chainrule.no_grad():
            x.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()


def test_an_overwritten_value_that_nobody_saved_is_no_error() -> None:
    w = leaf(1, 2)
    x = w * 3
    y = x + 1
    x.mul_(5)
    y.sum().backward()
    assert w.grad.tolist() == [3, 3]


def test_changes_keep_what_they_need_themselves() -> None:
    w = leaf(1, 2)
    x = w * 1
    x.exp_().sin_().pow_(2)
    x.sum().backward()
    y = np.exp([1.0, 2.0])
    np.testing.assert_allclose(w.grad.numpy(), 2 * np.sin(y) * np.cos(y) * y, rtol=1e-4)


def test_many_changes_are_counted_without_keeping_them_all() -> None:
    x = chainrule.zeros(2)
    for _ in range(2500):
        x.add_(1)
    y = x.requires_grad_() * x
    with chainrule.no_grad():
        x.add_(1)
    assert x._version == 2501
    with pytest.raises(RuntimeError, match="is at version 2501; expected version 2500"):
        y.sum().backward()


# -- programs -------------------------------------------------------------------------------------

LOOK: list[Callable[[Any], Any]] = [
    lambda x: x[0] if x.ndim else x[None],
    lambda x: x[1:] if x.ndim else x.view(1),
    lambda x: x[..., ::-2] if x.ndim else x,
    lambda x: x.mT if x.ndim > 1 else x,
    lambda x: x.unsqueeze(0),
    lambda x: x.squeeze(),
    lambda x: x.diagonal() if x.ndim > 1 else x,
    lambda x: x.reshape(-1),
    lambda x: x.clone(),
    lambda x: x * x.sum(),
]
CHANGE: list[Callable[[Any, Any], Any]] = [
    lambda x, s: x.mul_(s),
    lambda x, s: x.add_(x * 0.5),
    lambda x, s: x.sin_(),
    lambda x, s: x.copy_(s.expand(x.shape)),
    lambda x, s: x.fill_(s),
    lambda x, s: x.zero_(),
    lambda x, s: x.__setitem__(0 if x.ndim else (), s),
    lambda x, s: x.__setitem__(x > 0.1, s),
    lambda x, s: x.__setitem__([0, -1], x[[-1, 0]] * 1.5) if x.ndim else x.add_(s),
    lambda x, s: x.tril_() if x.ndim > 1 else x.mul_(-1),
    lambda x, s: x.index_fill_(0, tensor([0]), s) if x.ndim else x.sub_(s),
]


def _program(seed: int, w: Tensor, v: Tensor) -> Tensor:
    """Look at and change tensors at random; return a weighted sum of all of them."""
    rng = np.random.default_rng(seed)
    pool = [w * 1, chainrule.zeros(3, 4, dtype=chainrule.float64), v * 2]
    for _ in range(rng.integers(3, 12)):
        x, other = (pool[rng.integers(len(pool))] for _ in range(2))
        if not x.numel() or not other.numel():
            continue
        if rng.integers(2):
            pool.append(LOOK[rng.integers(len(LOOK))](x))
        else:
            CHANGE[rng.integers(len(CHANGE))](x, other.sum() * 0.3)
    return sum((x * tensor(rng.uniform(-1, 1, x.shape))).sum() for x in pool)


def _grads(result: Tensor, leaves: list[Tensor], create_graph: bool) -> tuple[Tensor, ...] | None:
    """Return the gradients, None where a saved value was overwritten."""
    try:
        return chainrule.autograd.grad(
            result, leaves, create_graph=create_graph, retain_graph=True, materialize_grads=True
        )
    except RuntimeError as error:
        if "modified by an inplace operation" in str(error):
            return None
        raise


@pytest.mark.parametrize("seed", range(120))
def test_random_programs_have_the_derivatives_of_what_happened_in_memory(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    at = [rng.uniform(-1, 1, (3, 4)), rng.uniform(-1, 1, 4)]
    along = [rng.normal(size=x.shape) for x in at]

    def value(step: float) -> float:
        with chainrule.no_grad():
            return _program(seed, *[tensor(x + step * t) for x, t in zip(at, along, strict=True)]).item()

    expected = (value(1e-5) - value(-1e-5)) / 2e-5
    tolerance = 1e-5 * (1 + abs(expected))

    with new_level():
        duals = [make_dual(wrap(x.copy()), wrap(t)) for x, t in zip(at, along, strict=True)]
        primal, tangent = unpack_dual(_program(seed, *duals))
    assert primal.item() == pytest.approx(value(0), abs=1e-9)
    assert tangent.item() == pytest.approx(expected, abs=tolerance)

    leaves = [tensor(x, requires_grad=True) for x in at]
    result = _program(seed, *leaves)
    for create_graph in (True, False):
        grads = _grads(result, leaves, create_graph)
        if grads is None:
            return
        found = sum((g.detach().numpy() * t).sum() for g, t in zip(grads, along, strict=True))
        assert found == pytest.approx(expected, abs=tolerance)
