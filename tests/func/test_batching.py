"""Every primitive's batching rule equals the loop, on every sample of every operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.core.batched import RULES, Batch, is_elementwise, is_shiftable
from chainrule.core.primitive import registry
from chainrule.func import grad, jvp, vmap
from func_batches import (
    SIZE,
    choices,
    direction,
    gradients,
    integers_of,
    loop,
    operands_of,
    scalar_of,
    tensors_in,
    with_integers,
)
from generated.calls import Call, all_calls, array, tensor_of

DYNAMIC = {"unique"}
"""Operations whose results have shapes that depend on values: these raise errors."""
PYTHON_VALUES = {"allclose", "equal", "is_nonzero", "linalg.matrix_rank"}
"""Operations that look at values: they raise errors."""
CALLS = [call for call in all_calls() if call.name not in DYNAMIC | PYTHON_VALUES]
WITH_OPERANDS = [call for call in CALLS if call.operands]


def ids(calls: list[Call]) -> list[str]:
    return [f"{call.name}-{call.number}" for call in calls]


def assert_same(got: Any, want: Any, rtol: float = 1e-9) -> None:
    assert len(got) == len(want)
    for y, expected in zip(got, want, strict=True):
        assert array(y).shape == expected.shape
        assert array(y).dtype == expected.dtype
        np.testing.assert_allclose(array(y), expected, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("call", WITH_OPERANDS, ids=ids(WITH_OPERANDS))
def test_vmap_equals_the_loop_whichever_operands_are_batched(call: Call) -> None:
    for choice in choices(call):
        each, together = operands_of(call, choice)
        in_dims = tuple([0 if own else None for own in choice])
        got = vmap(lambda *xs: tensors_in(call.raw(xs)), in_dims)(*map(tensor_of, together))
        assert_same(got, loop(call, each))


@pytest.mark.parametrize("call", WITH_OPERANDS[::7], ids=ids(WITH_OPERANDS[::7]))
@pytest.mark.parametrize(("in_dim", "out_dim"), [(-1, 0), (0, -1), (-1, -1)])
def test_vmap_equals_the_loop_whereever_the_batch_is(call: Call, in_dim: int, out_dim: int) -> None:
    each, together = operands_of(call, (True,) * len(call.operands))
    moved = [tensor_of(np.ascontiguousarray(np.moveaxis(x, 0, in_dim))) for x in together]
    got = vmap(lambda *xs: tensors_in(call.raw(xs)), in_dim, out_dim)(*moved)
    assert_same(got, [np.moveaxis(y, 0, out_dim) for y in loop(call, each)])


@pytest.mark.parametrize("call", WITH_OPERANDS[::3], ids=ids(WITH_OPERANDS[::3]))
def test_nested_vmap_equals_the_loop(call: Call) -> None:
    each, together = operands_of(call, (True,) * len(call.operands))
    pairs = [tensor_of(np.stack([x, x[::-1]])) for x in together]
    got = vmap(vmap(lambda *xs: tensors_in(call.raw(xs))))(*pairs)
    assert_same(got, [np.stack([y, y[::-1]]) for y in loop(call, each)])


REFUSED = {
    "Tensor.__getitem__": "indexing with a boolean mask",
    "Tensor.__setitem__": "indexing with a boolean mask",
    "Tensor.index_put_": "indexing with a boolean mask",
    "argwhere": "dynamic shape",
    "bincount": "dynamic shape",
    "bucketize": "reading the values",
    "index_put": "indexing with a boolean mask",
    "masked_select": "differently shaped",
    "nonzero": "dynamic shape",
    "repeat_interleave": "dynamic shape",
    "scatter": "reading the values",
    "scatter_reduce": "reading the values",
    "searchsorted": "reading the values",
    "where": "dynamic shape",
}
"""What batched indices and masks are refused with, where a result would have a shape for each member."""
INDEXED = [
    pytest.param(call, batched, id=f"{call.name}-{call.number}-{'all' if batched else 'indices'}")
    for call in CALLS
    for batched in (False, True)
    if integers_of(call) and (batched or not call.in_place)  # what is changed must have the batch
]


@pytest.mark.parametrize(("call", "batched_operands"), INDEXED)
def test_batched_indices_and_masks_equal_the_loop_or_are_refused(call: Call, batched_operands: bool) -> None:
    arrays = integers_of(call)
    variants = [[np.roll(x, k) if x.ndim else x for x in arrays] for k in (0, 1, 0)]
    rows = [[array(y) for y in with_integers(call, map(tensor_of, v), call.tensors())] for v in variants]
    n = len(arrays)
    operands = [np.stack([x] * SIZE) if batched_operands else x for x in call.operands]
    in_dims = (0,) * n + (0 if batched_operands else None,) * len(operands)
    stacks = [np.stack(parts) for parts in zip(*variants, strict=True)]
    expected = [np.stack(parts) for parts in zip(*rows, strict=True)]
    try:
        got = vmap(lambda *xs: with_integers(call, xs[:n], xs[n:]), in_dims)(
            *map(tensor_of, stacks + operands)
        )
    except RuntimeError as error:
        refusal = str(error)
        assert REFUSED.get(call.name, "no refusal") in refusal
        return
    assert_same(got, expected)


DIFFERENTIABLE = [call for call in WITH_OPERANDS if scalar_of(call) is not None]


@pytest.mark.parametrize("call", DIFFERENTIABLE, ids=ids(DIFFERENTIABLE))
@pytest.mark.parametrize("order", ["vmap of grad", "grad of vmap"])
def test_gradients_of_members_equal_the_loop(call: Call, order: str) -> None:
    each, together = operands_of(call, (True,) * len(call.operands))
    scalar: Callable[..., Any] = scalar_of(call)
    argnums = tuple(range(len(together)))
    if order == "vmap of grad":
        got = vmap(grad(scalar, argnums))(*map(tensor_of, together))
    else:
        got = grad(lambda *xs: vmap(scalar)(*xs).sum(), argnums)(*map(tensor_of, together))
    assert_same(got, gradients(scalar, each), 1e-8)


ALONG_ANY = [call for call in DIFFERENTIABLE if call.sample.along is None and call.sample.smooth]


@pytest.mark.parametrize("call", ALONG_ANY, ids=ids(ALONG_ANY))
@pytest.mark.parametrize("order", ["vmap of jvp", "jvp of vmap"])
def test_tangents_of_members_equal_the_loop(call: Call, order: str) -> None:
    each, together = operands_of(call, (True,) * len(call.operands))
    scalar: Callable[..., Any] = scalar_of(call)
    directions = [direction(i, x) for i, x in enumerate(together)]
    primals, tangents = tuple(map(tensor_of, together)), tuple(map(tensor_of, directions))
    if order == "vmap of jvp":
        _, got = vmap(lambda xs, ts: jvp(scalar, xs, ts))(primals, tangents)
    else:
        _, got = jvp(vmap(scalar), primals, tangents)
    slopes = gradients(scalar, each)
    products = [
        (np.conjugate(g) * d).real.reshape(SIZE, -1).sum(1) for g, d in zip(slopes, directions, strict=True)
    ]
    np.testing.assert_allclose(array(got), sum(products), rtol=1e-7, atol=1e-7)


# -- what has a rule --------------------------------------------------------------------------------


ONE_BY_ONE = {"median_all", "nanmedian_all"}
"""Primitives that run member by member. Keep it short: it costs a call for each member."""


def test_the_primitives_that_run_member_by_member_are_the_listed_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = set()
    one_by_one = Batch.one_by_one

    def noted(batch: Batch) -> Any:
        found.add(batch.primitive.name)
        return one_by_one(batch)

    monkeypatch.setattr(Batch, "one_by_one", noted)
    for call in WITH_OPERANDS:
        for choice in choices(call):
            _, together = operands_of(call, choice)
            in_dims = tuple([0 if own else None for own in choice])
            vmap(lambda *xs, call=call: tensors_in(call.raw(xs)), in_dims)(*map(tensor_of, together))
    assert found == ONE_BY_ONE


@pytest.mark.parametrize("name", sorted(registry))
def test_every_primitive_has_a_batching_rule(name: str) -> None:
    assert name in RULES or is_elementwise(registry[name]) or is_shiftable(registry[name])


def test_a_view_of_any_kind_is_written_in_place() -> None:
    def function(x: Any, y: Any) -> Any:
        z = x.clone()
        z.unfold(0, 2, 2)[1] = y[:2]
        z.view(2, 2).t()[0, 1] = 7.0
        return z

    x, y = chainrule.rand(3, 4), chainrule.rand(3, 4)
    want = [function(a, b).tolist() for a, b in zip(x, y, strict=True)]
    assert vmap(function)(x, y).tolist() == want
