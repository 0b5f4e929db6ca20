"""vmap: dims, sizes, chunks, randomness, what is written in place, and what it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.func import grad, jvp, vmap


def X() -> Any:
    return chainrule.arange(6.0).reshape(3, 2)


# -- dims -------------------------------------------------------------------------------------------------


def test_in_dims_may_be_nested_like_the_arguments() -> None:
    tree = {"a": X(), "b": [X().t(), chainrule.tensor(10.0)]}
    found = vmap(lambda t: t["a"] + t["b"][0] + t["b"][1], in_dims=({"a": 0, "b": [1, None]},))(tree)
    assert found.tolist() == (2 * X() + 10).tolist()


def test_out_dims_may_be_nested_like_the_results() -> None:
    found = vmap(lambda x: {"a": x, "b": (x * 2, chainrule.tensor(1.0))}, out_dims={"a": 1, "b": (0, None)})(
        X()
    )
    assert found["a"].tolist() == X().t().tolist()
    assert found["b"][0].tolist() == (X() * 2).tolist()
    assert found["b"][1].item() == 1.0


def test_an_argument_that_is_not_batched_may_be_anything() -> None:
    assert (
        vmap(lambda x, power, name: x**power, in_dims=(0, None, None))(X(), 2, "p").tolist()
        == (X() ** 2).tolist()
    )


def test_what_does_not_depend_on_the_batch_is_repeated() -> None:
    assert vmap(lambda x: chainrule.tensor([1.0, 2.0]))(X()).tolist() == [[1.0, 2.0]] * 3


def test_a_batch_may_be_empty() -> None:
    assert vmap(lambda x: x.cumsum(0) @ x)(chainrule.zeros(0, 2)).shape == (0,)


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 7])
def test_chunks_change_nothing(chunk_size: int) -> None:
    found = vmap(lambda x, y: (x @ y, x), in_dims=(0, None), out_dims=(0, 1), chunk_size=chunk_size)(
        X(), chainrule.ones(2)
    )
    assert found[0].tolist() == X().sum(1).tolist()
    assert found[1].tolist() == X().t().tolist()


# -- promotion --------------------------------------------------------------------------------------------


def test_members_of_no_axes_promote_as_they_do_alone() -> None:
    wide = chainrule.tensor([1.0, 2.0], dtype=chainrule.float64)
    found = vmap(lambda s, v: v * s, in_dims=(0, None))(wide, chainrule.ones(3))
    assert found.dtype is chainrule.float32


# -- writing in place -------------------------------------------------------------------------------------


def test_batched_tensors_are_written_in_place() -> None:
    def function(x: Any, i: Any) -> Any:
        y = x.clone()
        y += 1
        y[0] = 7.0
        y[i] = x[i] * 10
        y.mul_(2)
        return y

    places = chainrule.tensor([0, 1, 1])
    want = [function(x, i).tolist() for x, i in zip(X(), places, strict=True)]
    assert vmap(function)(X(), places).tolist() == want


def test_new_tensors_are_made_beside_batched_ones_and_written() -> None:
    def function(x: Any) -> Any:
        y = x.new_zeros(3)
        z = chainrule.zeros_like(x)
        y[1] = x.sum()
        z[0] = x[1]
        return y, z

    y, z = vmap(function)(X())
    assert y.tolist() == [[0.0, 1.0, 0.0], [0.0, 5.0, 0.0], [0.0, 9.0, 0.0]]
    assert z.tolist() == [[1.0, 0.0], [3.0, 0.0], [5.0, 0.0]]


def test_gradients_flow_through_what_is_written_in_place() -> None:
    def function(x: Any) -> Any:
        y = chainrule.zeros_like(x)
        y[0] = x[1] ** 2
        return y.sum()

    assert vmap(grad(function))(X()).tolist() == [[0.0, 2.0], [0.0, 6.0], [0.0, 10.0]]


def test_a_tensor_from_outside_is_not_written_with_a_batch() -> None:
    outside = chainrule.zeros(2)
    with pytest.raises(RuntimeError, match="vmap: inplace arithmetic"):
        vmap(lambda x: outside.add_(x))(X())
    assert outside.tolist() == [0.0, 0.0]


# -- randomness -------------------------------------------------------------------------------------------

DRAWS: dict[str, Callable[[Any], Any]] = {
    "rand": lambda x: chainrule.rand(4) + 0 * x.sum(),
    "randn": lambda x: chainrule.randn(4) + 0 * x.sum(),
    "randint": lambda x: chainrule.randint(0, 1000, (4,)),
    "randperm": lambda x: chainrule.randperm(50),
    "rand_like": chainrule.rand_like,
    "randn_like": chainrule.randn_like,
    "bernoulli": lambda x: chainrule.bernoulli(chainrule.full_like(x, 0.5).repeat(20)),
    "normal": lambda x: chainrule.normal(0.0, 1.0, (4,)),
    "dropout": lambda x: chainrule.nn.functional.dropout(chainrule.ones_like(x).repeat(20)),
    "uniform_": lambda x: x.clone().uniform_(),
    "normal_": lambda x: x.clone().normal_(),
}


@pytest.mark.parametrize("name", DRAWS)
def test_random_operations_are_refused_unless_asked_for(name: str) -> None:
    with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
        vmap(DRAWS[name])(X())


@pytest.mark.parametrize("name", DRAWS)
def test_members_draw_differently_or_the_same(name: str) -> None:
    chainrule.manual_seed(1)
    different = vmap(DRAWS[name], randomness="different")(X()).tolist()
    same = vmap(DRAWS[name], randomness="same")(X()).tolist()
    assert len({str(row) for row in different}) == 3
    assert len({str(row) for row in same}) == 1


def test_nested_vmaps_have_randomness_of_their_own() -> None:
    chainrule.manual_seed(1)
    inner = vmap(lambda x: chainrule.rand(()) + 0 * x, randomness="same")
    rows = vmap(inner, randomness="different")(X()).tolist()
    assert all(len(set(row)) == 1 for row in rows)
    assert len({row[0] for row in rows}) == 3
    columns = vmap(vmap(lambda x: chainrule.rand(()) + 0 * x, randomness="different"), randomness="same")(X())
    assert len({str(row) for row in columns.tolist()}) == 1
    assert len(set(columns[0].tolist())) == 2


def test_random_operations_run_inside_gradients_of_members() -> None:
    def function(x: Any) -> Any:
        return (chainrule.rand_like(x) * x).sum()

    chainrule.manual_seed(1)
    found = vmap(grad(function), randomness="different")(X())
    assert len(set(found.reshape(-1).tolist())) == 6


def test_after_an_error_randomness_is_free_again() -> None:
    with pytest.raises(RuntimeError):
        vmap(DRAWS["rand"])(X())
    assert chainrule.rand(2).shape == (2,)


def test_drawing_into_what_is_the_same_for_all_is_refused() -> None:
    with pytest.raises(RuntimeError, match="different inplace randomness on an unbatched tensor"):
        vmap(lambda x: chainrule.zeros(2).normal_(), randomness="different")(X())


# -- losses and autograd ----------------------------------------------------------------------------------


def test_targets_may_differ_between_members() -> None:
    scores, targets = chainrule.randn(3, 4), chainrule.tensor([0, 2, 1])
    loss = chainrule.nn.functional.cross_entropy
    want = [loss(s, t).item() for s, t in zip(scores, targets, strict=True)]
    np.testing.assert_allclose(vmap(loss)(scores, targets).numpy(), want, rtol=1e-6)
    rows = vmap(chainrule.nn.functional.embedding, (0, None))(targets, scores)
    assert rows.shape == (3, 4)


def test_vmap_over_autograd_grad() -> None:
    x = X().requires_grad_()
    y = (x**2).sum(1)

    def rows(v: Any) -> Any:
        return chainrule.autograd.grad(y, x, v, retain_graph=True)[0]

    found = vmap(rows)(chainrule.eye(3))
    assert found[1].tolist() == [[0.0, 0.0], [4.0, 6.0], [0.0, 0.0]]


def test_batched_cotangents_are_those_one_by_one() -> None:
    x = X().requires_grad_()
    y = chainrule.sin(x).sum(0)
    seeds = chainrule.randn(5, 2)
    (found,) = chainrule.autograd.grad(y, x, seeds, retain_graph=True, is_grads_batched=True)
    want = [chainrule.autograd.grad(y, x, seed, retain_graph=True)[0].numpy() for seed in seeds]
    np.testing.assert_allclose(found.numpy(), np.stack(want), rtol=1e-6)


# -- errors -----------------------------------------------------------------------------------------------

HEAD = "vmap(<lambda>, in_dims="
BAD: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    (
        "item",
        lambda: vmap(lambda x: x.sum().item())(X()),
        RuntimeError,
        "It looks like you're calling .item() on a",
    ),
    (
        "float",
        lambda: vmap(lambda x: float(x.sum()))(X()),
        RuntimeError,
        "It looks like you're calling .item() on a",
    ),
    (
        "tolist",
        lambda: vmap(lambda x: x.tolist())(X()),
        RuntimeError,
        "what you're doing with other operations",
    ),
    (
        "numpy",
        lambda: vmap(lambda x: x.numpy())(X()),
        RuntimeError,
        "Can't call numpy() on a tensor inside a transform",
    ),
    (
        "if",
        lambda: vmap(lambda x: x if x.sum() > 0 else -x)(X()),
        RuntimeError,
        "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow.",
    ),
    (
        "if advice",
        lambda: vmap(lambda x: bool(x.sum()))(X()),
        RuntimeError,
        "use chainrule.where(condition, a, b)",
    ),
    (
        "nonzero",
        lambda: vmap(chainrule.nonzero)(X()),
        RuntimeError,
        "operators that can output dynamic shape.",
    ),
    ("unique", lambda: vmap(chainrule.unique)(X()), RuntimeError, "Attempted to vmap over chainrule.unique"),
    ("mask", lambda: vmap(lambda x: x[x > 1])(X()), RuntimeError, "indexing with a boolean mask."),
    (
        "masked_select",
        lambda: vmap(lambda x: chainrule.masked_select(x, x > 1))(X()),
        RuntimeError,
        "We cannot support this because for each batch this would return a differently shaped Tensor.",
    ),
    (
        "dim",
        lambda: vmap(lambda x: x, 3)(X()),
        ValueError,
        f"{HEAD}3, ...)(<inputs>): Got in_dim=3 for some input",
    ),
    (
        "dims str",
        lambda: vmap(lambda x: x, "a")(X()),
        ValueError,
        "expected `in_dims` to be int or a (potentially",
    ),
    (
        "dims None",
        lambda: vmap(lambda x: x, None)(X()),
        ValueError,
        "expected `in_dims` to be int or a (potentially",
    ),
    (
        "dims count",
        lambda: vmap(lambda x, y: x, (0,))(X(), X()),
        ValueError,
        "in_dims is not compatible with the",
    ),
    (
        "dim float",
        lambda: vmap(lambda x: x, (1.5,))(X()),
        ValueError,
        "Got in_dim=1.5 for an input but in_dim must be",
    ),
    ("number", lambda: vmap(lambda x: x)(2.0), ValueError, "We cannot vmap over non-Tensor arguments"),
    ("none batched", lambda: vmap(lambda x: x, (None,))(X()), ValueError, "at least one input"),
    ("no inputs", lambda: vmap(lambda: 2)(), ValueError, "got no inputs. Maybe you forgot to add inputs"),
    (
        "sizes",
        lambda: vmap(lambda x, y: x + y)(X(), chainrule.zeros(2, 2)),
        ValueError,
        "Expected all tensors to have the same size in the mapped dimension, got sizes [3, 2]",
    ),
    (
        "text",
        lambda: vmap(lambda x: "a")(X()),
        ValueError,
        "must only return Tensors, got type <class 'str'>.",
    ),
    ("out dim", lambda: vmap(lambda x: x, out_dims=2)(X()), IndexError, "range of [-2, 1], but got 2"),
    (
        "out str",
        lambda: vmap(lambda x: x, out_dims="a")(X()),
        ValueError,
        "`out_dims` must be an int, None or a",
    ),
    (
        "out count",
        lambda: vmap(lambda x: (x, x), out_dims=(0,) * 3)(X()),
        ValueError,
        "out_dims is not compatible",
    ),
    (
        "out None",
        lambda: vmap(lambda x: x, out_dims=None)(X()),
        ValueError,
        "can not return a BatchedTensor when",
    ),
    (
        "chunk",
        lambda: vmap(lambda x: x, chunk_size=0),
        ValueError,
        "chunk_size should be None or greater than 0.",
    ),
    (
        "random",
        lambda: vmap(lambda x: x, randomness="no"),
        RuntimeError,
        "Only allowed values for randomness are",
    ),
]


@pytest.mark.parametrize(("call", "error", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_an_error_in_torchs_words(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_a_scatter_of_tangents_inside_vmap() -> None:
    def function(x: Any, i: Any) -> Any:
        return chainrule.zeros_like(x).index_put((i,), x[0] ** 2)

    places = chainrule.tensor([[1], [0], [1]])
    _, t = vmap(lambda x, i: jvp(lambda x: function(x, i), (x,), (chainrule.ones_like(x),)))(X(), places)
    assert t.tolist() == [[0.0, 0.0], [4.0, 0.0], [0.0, 8.0]]
