"""grad, value_and_grad, vjp, jvp, linearize and the matrices: arguments, containers, forms, errors."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree
import pytest

import chainrule
from chainrule.core.box import LeakedBoxError
from chainrule.func import (
    grad,
    grad_and_value,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    value_and_grad,
    vjp,
    vmap,
)

Pair = namedtuple("Pair", ["left", "right"])


@optree.dataclasses.dataclass(namespace="chainrule")
class Model:
    weight: Any
    bias: Any


def X() -> Any:
    return chainrule.tensor([1.0, 2.0])


# -- what goes in and comes out -------------------------------------------------------------------------


def test_numbers_in_numbers_out() -> None:
    assert chainrule.grad(lambda x: 3 * x**2)(3.0) == 18.0
    assert type(chainrule.grad(lambda x: 3 * x**2)(3.0)) is float
    assert chainrule.value_and_grad(lambda x: x**2)(3.0) == (9.0, 6.0)
    assert chainrule.jvp(lambda x: x**2, (3.0,), (1.0,)) == (9.0, 6.0)
    assert chainrule.hvp(lambda x: x**3, (2.0,), (1.0,)) == (8.0, 12.0)
    assert chainrule.hessian(lambda x: x**3)(2.0) == 12.0


def test_numpy_arrays_in_numpy_arrays_out() -> None:
    x = np.array([1.0, 2.0])
    for found in (grad(lambda x: (x**2).sum())(x), jacobian(lambda x: (x**2).sum())(x)):
        assert type(found) is np.ndarray
        assert found.dtype == np.float64
        assert found.tolist() == [2.0, 4.0]
    assert type(vmap(lambda x: x**2)(x)) is np.ndarray


def test_tensors_keep_their_dtype() -> None:
    assert grad(lambda x: (x**2).sum())(X()).dtype is chainrule.float32
    assert jacfwd(lambda x: x**2)(X().double()).dtype is chainrule.float64


@pytest.mark.parametrize(
    "container",
    [
        {"weight": 2.0, "bias": 3.0},
        [2.0, 3.0],
        (2.0, 3.0),
        Pair(2.0, 3.0),
        Model(2.0, 3.0),
        {"nested": [(2.0,), {"deep": 3.0}]},
    ],
    ids=["dict", "list", "tuple", "namedtuple", "dataclass", "nested"],
)
def test_gradients_have_the_structure_of_the_argument(container: Any) -> None:
    def product(tree: Any) -> Any:
        a, b = sorted_leaves(tree)
        return a**2 * b

    found = grad(product)(container)
    assert type(found) is type(container)
    assert optree.tree_structure(found, namespace="chainrule") == optree.tree_structure(
        container, namespace="chainrule"
    )
    assert sorted(optree.tree_leaves(found, namespace="chainrule")) == [4.0, 12.0]


def sorted_leaves(tree: Any) -> list[Any]:
    leaves = optree.tree_leaves(tree, namespace="chainrule")
    return sorted(leaves, key=lambda leaf: float(leaf.detach()))


def test_argnums_choose_and_order_the_arguments() -> None:
    def function(x: Any, y: Any, z: Any) -> Any:
        return x * y**2 * z**3

    assert grad(function, 1)(2.0, 3.0, 1.0) == 12.0
    assert grad(function, -1)(2.0, 3.0, 1.0) == 54.0
    assert grad(function, (2, 0))(2.0, 3.0, 1.0) == (54.0, 9.0)
    assert grad(function, (0,))(2.0, 3.0, 1.0) == (9.0,)
    assert jacrev(function, (0, 1))(2.0, 3.0, 1.0) == (9.0, 12.0)
    assert jacfwd(function, (0, 1))(2.0, 3.0, 1.0) == (9.0, 12.0)


def test_aux_is_passed_on_without_derivatives() -> None:
    def function(x: Any) -> Any:
        return x**2, {"twice": 2 * x, "name": "square"}

    assert grad(function, has_aux=True)(3.0) == (6.0, {"twice": 6.0, "name": "square"})
    assert grad_and_value(function, has_aux=True)(3.0) == (6.0, (9.0, {"twice": 6.0, "name": "square"}))
    assert value_and_grad(function, has_aux=True)(3.0) == ((9.0, {"twice": 6.0, "name": "square"}), 6.0)
    y, pull, aux = vjp(function, 3.0, has_aux=True)
    assert (y, pull(1.0), aux["twice"]) == (9.0, 6.0, 6.0)
    assert jvp(lambda x: (x**2, 2 * x), (3.0,), (1.0,), has_aux=True) == (9.0, 6.0, 6.0)
    assert jacrev(lambda x: (x**2, 2 * x), has_aux=True)(3.0) == (6.0, 6.0)
    assert jacfwd(lambda x: (x**2, 2 * x), has_aux=True)(3.0) == (6.0, 6.0)


def test_keyword_arguments_are_passed_on() -> None:
    assert grad(lambda x, power: x**power)(3.0, power=2) == 6.0


def test_jacobians_of_containers_are_nested_results_outside() -> None:
    def function(p: Any) -> Any:
        return {"sum": (p["a"] * p["b"]).sum(), "pair": (p["a"] ** 2, p["b"])}

    point = {"a": X(), "b": chainrule.tensor([3.0, 4.0])}
    for transform in (jacrev, jacfwd):
        found = transform(function)(point)
        assert found["sum"]["a"].tolist() == [3.0, 4.0]
        assert found["pair"][0]["a"].tolist() == [[2.0, 0.0], [0.0, 4.0]]
        assert found["pair"][1]["a"].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_hessian_of_a_dict_has_a_block_for_each_pair() -> None:
    found = hessian(lambda p: (p["a"] ** 2 * p["b"]).sum())({"a": X(), "b": chainrule.ones(1)})
    assert found["a"]["b"].tolist() == [[2.0], [4.0]]
    assert found["b"]["a"].tolist() == [[2.0, 4.0]]
    assert found["b"]["b"].tolist() == [[0.0]]


@pytest.mark.parametrize("transform", [jacrev, jacfwd])
@pytest.mark.parametrize("chunk_size", [1, 2, 100])
def test_chunks_change_nothing(transform: Any, chunk_size: int) -> None:
    x = chainrule.arange(5.0)
    found = transform(lambda x: x.cumsum(0) * x, chunk_size=chunk_size)(x)
    assert found.tolist() == transform(lambda x: x.cumsum(0) * x)(x).tolist()


def test_hvp_is_the_hessian_times_the_vector() -> None:
    def function(x: Any) -> Any:
        return (x**3).sum() * x[0]

    v = chainrule.tensor([0.5, -1.0])
    value, product = hvp(function, (X(),), (v,))
    assert value.item() == 9.0
    np.testing.assert_allclose(product.numpy(), (hessian(function)(X()) @ v).numpy(), rtol=1e-6)


def test_linearize_runs_the_function_once_and_leaves_nothing_recorded() -> None:
    calls = []

    def function(x: Any) -> Any:
        calls.append(1)
        return chainrule.sin(x) * x

    y, along = linearize(function, X())
    directions = [chainrule.tensor([1.0, 0.0]), chainrule.tensor([0.0, 2.0])]
    for t in directions:
        want = jvp(lambda x: chainrule.sin(x) * x, (X(),), (t,))[1]
        np.testing.assert_allclose(along(t).numpy(), want.numpy(), rtol=1e-6)
        assert along(t).grad_fn is None
    assert len(calls) == 1
    assert y.grad_fn is None
    assert linearize(chainrule.sin, 0.0)[1](2.0) == 2.0


def test_a_pullback_serves_several_cotangents() -> None:
    _, pull = vjp(lambda x, y: (x * y, x + y), X(), X())
    first = pull((chainrule.ones(2), chainrule.zeros(2)))
    second = pull((None, chainrule.ones(2)))
    assert [g.tolist() for g in first] == [[1.0, 2.0], [1.0, 2.0]]
    assert [g.tolist() for g in second] == [[1.0, 1.0], [1.0, 1.0]]


def test_what_does_not_depend_on_the_argument_has_derivative_zero() -> None:
    assert grad(lambda x: chainrule.tensor(1.0))(X()).tolist() == [0.0, 0.0]
    assert jvp(lambda x: chainrule.ones(2), (X(),), (X(),))[1].tolist() == [0.0, 0.0]


def test_no_grad_outside_does_not_stop_a_transform() -> None:
    with chainrule.no_grad():
        assert grad(lambda x: x**2)(3.0) == 6.0


def test_no_grad_inside_stops_reverse_mode() -> None:
    def function(x: Any) -> Any:
        with chainrule.no_grad():
            held = x**2
        return held * x

    assert grad(function)(3.0) == 9.0
    assert vmap(grad(function))(chainrule.tensor([3.0])).tolist() == [9.0]


def test_a_recorded_argument_gets_the_gradient_of_its_gradient() -> None:
    x = chainrule.tensor(2.0, requires_grad=True)
    (second,) = chainrule.autograd.grad(grad(lambda x: x**3)(x), x)
    assert second.item() == 12.0


def test_transforms_leave_no_grad_behind() -> None:
    x = chainrule.tensor(2.0, requires_grad=True)
    grad(lambda x: x**3)(x)
    assert x.grad is None


# -- errors -----------------------------------------------------------------------------------------------


def whole(message: str) -> str:
    import re

    return re.escape(message)


BAD: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    (
        "argnum too large",
        lambda: grad(sum_of, 2)(X()),
        RuntimeError,
        "Got argnum=2, but only 1 positional inputs",
    ),
    (
        "no positional",
        lambda: grad(sum_of)(x=X()),
        RuntimeError,
        "Got argnum=0, but only 0 positional inputs",
    ),
    (
        "argnums str",
        lambda: grad(sum_of, "a")(X()),
        RuntimeError,
        "argnums must be int or Tuple[int, ...], got:",
    ),
    ("argnums empty", lambda: grad(sum_of, ())(X()), RuntimeError, "argnums must be non-empty"),
    ("argnums twice", lambda: grad(sum_of, (0, 0))(X()), RuntimeError, "argnums elements must be unique"),
    ("argnums float", lambda: grad(sum_of, (0.5,))(X()), RuntimeError, "argnum must be int, got:"),
    ("integer", lambda: grad(sum_of)(chainrule.arange(3)), RuntimeError, "argument 0 is a tensor of int64"),
    (
        "int",
        lambda: grad(lambda x: x)(3),
        RuntimeError,
        "only Tensors of floating point dtype can require gradients",
    ),
    (
        "integer by key",
        lambda: grad(lambda x, p: x)(1.0, {"a": 1}) and grad(lambda x, p: x, 1)(1.0, {"a": [2.0, 1]}),
        RuntimeError,
        "argument 1['a'][1] is int",
    ),
    (
        "primal",
        lambda: jvp(sum_of, (chainrule.arange(3),), (X(),)),
        ValueError,
        "Expected primal to be floating",
    ),
    (
        "vector",
        lambda: grad(lambda x: x)(X()),
        RuntimeError,
        "return a scalar Tensor, got tensor with 1 dims. Maybe",
    ),
    ("tuple", lambda: grad(lambda x: (x, x))(1.0), RuntimeError, "to return a Tensor, got <class 'tuple'>"),
    ("complex", lambda: grad(lambda x: x * 1j)(1.0), RuntimeError, "only for real scalar outputs but got"),
    (
        "aux",
        lambda: grad(sum_of, has_aux=True)(X()),
        RuntimeError,
        "should be a tuple: (output, aux) if has_aux",
    ),
    (
        "text",
        lambda: vjp(lambda x: "a", 1.0),
        RuntimeError,
        "to return only tensors, got unsupported type <class 'str'>",
    ),
    (
        "cotangent shape",
        lambda: vjp(chainrule.sin, X())[1](chainrule.ones(3)),
        RuntimeError,
        "Mismatch in shape: grad_output[0] has a shape of chainrule.Size([3]) and output[0]",
    ),
    (
        "cotangent type",
        lambda: vjp(chainrule.sin, X())[1]("a"),
        TypeError,
        "gradients can be either Tensors or None",
    ),
    (
        "cotangent structure",
        lambda: vjp(chainrule.sin, X())[1]((X(), X())),
        RuntimeError,
        "Expected pytree structure of cotangents to be the same",
    ),
    (
        "tangent shape",
        lambda: jvp(chainrule.sin, (X(),), (chainrule.ones(3),)),
        RuntimeError,
        "Trying to set a forward gradient that has a different size than that of the original Tensor",
    ),
    (
        "tangent structure",
        lambda: jvp(chainrule.sin, (X(),), (X(), X())),
        RuntimeError,
        "the same python structure",
    ),
    ("primals", lambda: jvp(chainrule.sin, X(), (X(),)), RuntimeError, "Expected primals to be a tuple"),
    ("no primals", lambda: jvp(chainrule.sin, (), ()), RuntimeError, "to contain at least one Tensor"),
    (
        "strict",
        lambda: jvp(lambda x: X(), (X(),), (X(),), strict=True),
        RuntimeError,
        "is independent of the inputs",
    ),
    (
        "chunk",
        lambda: jacrev(chainrule.sin, chunk_size=0)(X()),
        ValueError,
        "`chunk_size` should be greater than 0",
    ),
    (
        "linearize",
        lambda: linearize(chainrule.sin, X())[1](X(), X()),
        RuntimeError,
        "to have the same argspec",
    ),
]


def sum_of(x: Any) -> Any:
    return x.sum()


@pytest.mark.parametrize(("call", "error", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_an_error_in_torchs_words(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=whole(message)):
        call()


@pytest.mark.parametrize("transform", ["jvp", "vmap", "inner grad"])
def test_a_value_kept_after_its_transform_is_an_error_that_says_so(transform: str) -> None:
    kept = []

    def keep(x: Any) -> Any:
        kept.append(x)
        return x.sum()

    if transform == "jvp":
        jvp(keep, (X(),), (X(),))
    elif transform == "vmap":
        vmap(keep)(X())
    else:
        vmap(grad(keep))(X())
    with pytest.raises(LeakedBoxError, match="used after its transform had returned"):
        kept[0] + 1


@dataclass
class Unregistered:
    weight: float


def test_an_unregistered_class_is_named_in_the_error() -> None:
    with pytest.raises(RuntimeError, match="argument 0 is Unregistered"):
        grad(lambda m: m.weight)(Unregistered(1.0))
