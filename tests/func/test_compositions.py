"""Transforms inside transforms, up to depth three, equal closed forms by SymPy."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

import chainrule
from chainrule.func import grad, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap

Function = Callable[[Any], Any]

A, B = sympy.symbols("a b", real=True)
POINT = (0.7, -0.4)
DIRECTION = (0.3, 1.1)
SCALE = 1.5  # the second member of every batch is this multiple of the first


def weights(shape: tuple[int, ...]) -> np.ndarray:
    """Return fixed numbers, all different, that make a scalar of a result."""
    return np.cos(np.arange(1, 1 + np.prod(shape, dtype=int))).reshape(shape)


def scalar(h: Function) -> Function:
    def weighed(x: Any) -> Any:
        y = h(x)
        return (y * chainrule.tensor(weights(tuple(y.shape)))).sum()

    return weighed


def direction() -> Any:
    return chainrule.tensor(DIRECTION, dtype=chainrule.float64)


def on_pair(h: Function) -> Function:
    return lambda x: vmap(h)(chainrule.stack([x, x * SCALE]))


TRANSFORMS: dict[str, Callable[[Function], Function]] = {
    "grad": lambda h: grad(scalar(h)),
    "jvp": lambda h: lambda x: jvp(h, (x,), (direction(),))[1],
    "jacrev": jacrev,
    "jacfwd": jacfwd,
    "hessian": lambda h: hessian(scalar(h)),
    "vmap": on_pair,
}


def slope(s: Any, e: Any) -> Any:
    return sympy.diff(e, s)


def symbolic_slopes(y: Any) -> Any:
    """Return the derivatives of an array of expressions, the variables along a new last axis."""
    return np.stack([np.vectorize(functools.partial(slope, s), otypes=[object])(y) for s in (A, B)], -1)


def symbolic_sum(y: Any) -> Any:
    return np.asarray(sum(w * e for w, e in zip(weights(y.shape).ravel(), y.ravel(), strict=True)), object)


def symbolic_pair(y: Any) -> Any:
    scaled = {A: A * SCALE, B: B * SCALE}
    other = np.vectorize(lambda e: sympy.sympify(e).subs(scaled, simultaneous=True), otypes=[object])(y)
    return np.stack([y, other])


SYMBOLIC: dict[str, Callable[[Any], Any]] = {
    "grad": lambda y: symbolic_slopes(symbolic_sum(y)),
    "jvp": lambda y: symbolic_slopes(y) @ np.array(DIRECTION),
    "jacrev": symbolic_slopes,
    "jacfwd": symbolic_slopes,
    "hessian": lambda y: symbolic_slopes(symbolic_slopes(symbolic_sum(y))),
    "vmap": symbolic_pair,
}

FUNCTIONS: dict[str, tuple[Function, list[Any]]] = {
    "polynomial": (
        lambda x: chainrule.stack([x[0] ** 3 * x[1], (x * x).sum() * x[1]]),
        [A**3 * B, (A**2 + B**2) * B],
    ),
    "waves": (
        lambda x: chainrule.sin(x).cumsum(0) * chainrule.exp(-x[1]),
        [sympy.sin(A) * sympy.exp(-B), (sympy.sin(A) + sympy.sin(B)) * sympy.exp(-B)],
    ),
}

ORDERS = [order for depth in (1, 2, 3) for order in itertools.product(TRANSFORMS, repeat=depth)]


@functools.cache
def closed_form(name: str, order: tuple[str, ...]) -> Any:
    """Return what the transforms, the innermost first, make of a function, as expressions."""
    if not order:
        return np.array(FUNCTIONS[name][1], object)
    return np.asarray(SYMBOLIC[order[-1]](closed_form(name, order[:-1])), object)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("order", ORDERS, ids=["-".join(order) for order in ORDERS])
def test_a_composition_is_the_closed_form(name: str, order: tuple[str, ...]) -> None:
    function = FUNCTIONS[name][0]
    for transform in order:
        function = TRANSFORMS[transform](function)
    found = function(chainrule.tensor(POINT, dtype=chainrule.float64)).numpy()
    expressions = closed_form(name, order)
    values = sympy.lambdify((A, B), list(expressions.ravel()), "numpy", cse=True)(*POINT)
    assert found.shape == expressions.shape
    np.testing.assert_allclose(found.ravel(), np.array(values, float), rtol=1e-9, atol=1e-9)


def derivative(mode: str) -> Callable[[Function], Function]:
    if mode == "reverse":
        return grad
    return lambda f: lambda x: jvp(f, (x,), (1.0,))[1]


@pytest.mark.parametrize("inner", ["forward", "reverse"])
@pytest.mark.parametrize("outer", ["forward", "reverse"])
def test_perturbations_of_different_derivatives_are_not_confused(inner: str, outer: str) -> None:
    d, e = derivative(outer), derivative(inner)
    assert d(lambda x: x * e(lambda y: x + y)(1.0))(1.0) == 1.0
    assert d(lambda x: x * e(lambda y: x * y)(1.0))(3.0) == 6.0
    assert d(lambda x: e(lambda y: x * y * e(lambda z: y * z)(2.0))(x))(3.0) == 12.0


def test_four_transforms_deep() -> None:
    x = chainrule.tensor([0.3, 0.5])
    found = vmap(jacfwd(jacrev(grad(lambda x: (x**4).sum()))))(x[None])
    want = np.zeros((2, 2, 2))
    want[[0, 1], [0, 1], [0, 1]] = 24 * x.numpy()
    np.testing.assert_allclose(found[0].numpy(), want, rtol=1e-5)


def test_a_weight_captured_under_vmap_of_grad_gets_its_gradient() -> None:
    w = chainrule.tensor(2.0, requires_grad=True)
    xs = chainrule.tensor([1.0, 2.0, 3.0])
    slopes = vmap(grad(lambda x: w * x**2))(xs)
    (g,) = chainrule.autograd.grad(slopes.sum(), w)
    assert slopes.tolist() == [4.0, 8.0, 12.0]
    assert g.item() == 12.0


def test_a_captured_weight_gets_its_gradient_through_every_transform() -> None:
    w = chainrule.tensor(2.0, requires_grad=True)
    x = chainrule.tensor(3.0)
    results = [
        grad(lambda x: w * x**2)(x),
        jvp(lambda x: w * x**2, (x,), (chainrule.tensor(1.0),))[1],
        jacfwd(lambda x: w * x**2)(x),
        jacrev(lambda x: w * x**2)(x),
        vjp(lambda x: w * x**2, x)[1](chainrule.tensor(1.0)),
        linearize(lambda x: w * x**2, x)[1](chainrule.tensor(1.0)),
        hessian(lambda x: w * x**3)(x) / 3,
    ]
    for y in results:
        assert chainrule.autograd.grad(y, w)[0].item() == 6.0


def test_a_captured_tensor_gets_its_gradient_in_an_outer_transform() -> None:
    def outer(w: Any) -> Any:
        return vmap(grad(lambda x: w * x**2))(chainrule.tensor([1.0, 2.0])).sum()

    assert grad(outer)(chainrule.tensor(5.0)).item() == 6.0
    assert jvp(outer, (chainrule.tensor(5.0),), (chainrule.tensor(1.0),))[1].item() == 6.0


BRANCHES = {
    "where": lambda x: chainrule.where(x > 0, chainrule.sqrt(x), 0.0),
    "masked_fill": lambda x: chainrule.log(x).masked_fill(x <= 0, 0.0),
    "index": lambda x: chainrule.sqrt(chainrule.stack([x, x + 1]))[1],
    "maximum": lambda x: chainrule.maximum(chainrule.sqrt(x), chainrule.tensor(1.0)),
}


@pytest.mark.parametrize("name", ["where", "masked_fill", "index", "maximum"])
@pytest.mark.parametrize("transform", [grad, jacrev, jacfwd], ids=["grad", "jacrev", "jacfwd"])
def test_a_branch_not_taken_contributes_nothing_inside_vmap(name: str, transform: Any) -> None:
    found = vmap(transform(BRANCHES[name]))(chainrule.tensor([0.0, 4.0]))
    assert np.isfinite(found.numpy()).all()
    outside = [transform(BRANCHES[name])(chainrule.tensor(x)).item() for x in (0.0, 4.0)]
    assert found.tolist() == outside


def test_a_branch_not_taken_contributes_nothing_in_nested_derivatives() -> None:
    xs = chainrule.tensor([0.0, 4.0])
    for second in (grad(grad(BRANCHES["where"])), jacfwd(jacrev(BRANCHES["where"]))):
        assert vmap(second)(xs).tolist() == [0.0, pytest.approx(-1 / 32)]
