"""custom_jvp, custom_vjp, stop_gradient."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.func import custom_jvp, custom_vjp, grad, hessian, jacfwd, jvp, stop_gradient, vmap


@custom_vjp
def pulled(x: Any, y: Any) -> Any:
    return chainrule.sin(x) * y


# Twice the slope in x, so that one sees whose rule it was.
pulled.defvjp(
    lambda x, y: (pulled(x, y), (x, y)),
    lambda saved, g: (2 * g * chainrule.cos(saved[0]) * saved[1], g * chainrule.sin(saved[0])),
)


@custom_jvp
def pushed(x: Any, y: Any) -> Any:
    return chainrule.sin(x) * y


@pushed.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (x, y), (s, t) = primals, tangents
    return pushed(x, y), 2 * chainrule.cos(x) * y * s + chainrule.sin(x) * t


XS = (0.0, 1.0, 2.0)


def xs() -> Any:
    return chainrule.tensor(XS, dtype=chainrule.float64)


@pytest.mark.parametrize("function", [pulled, pushed])
def test_reverse_mode_uses_the_rule_in_every_nesting(function: Any) -> None:
    want = [2 * math.cos(x) * 3 for x in XS]
    found = [
        [grad(function)(x, 3.0) for x in XS],
        vmap(grad(function), (0, None))(xs(), 3.0),
        grad(lambda x: vmap(function, (0, None))(x, 3.0).sum())(xs()),
    ]
    for slopes in found:
        np.testing.assert_allclose([float(s) for s in slopes], want)
    assert grad(function, 1)(1.0, 3.0) == pytest.approx(math.sin(1))
    shared = grad(lambda y: vmap(function, (0, None))(xs(), y).sum())(3.0)
    assert shared == pytest.approx(sum(map(math.sin, XS)))


@pytest.mark.parametrize("function", [pulled, pushed])
def test_ordinary_tapes_use_the_rule(function: Any) -> None:
    x = chainrule.tensor(1.0, requires_grad=True)
    (slope,) = chainrule.autograd.grad(function(x, 3.0), x, create_graph=True)
    (second,) = chainrule.autograd.grad(slope, x)
    assert slope.item() == pytest.approx(6 * math.cos(1))
    assert second.item() == pytest.approx(-6 * math.sin(1))


@pytest.mark.parametrize("function", [pulled, pushed])
def test_second_derivatives_differentiate_the_rule(function: Any) -> None:
    assert grad(grad(function))(1.0, 3.0) == pytest.approx(-6 * math.sin(1))


def test_forward_mode_uses_the_rule_in_every_nesting() -> None:
    assert jvp(pushed, (1.0, 3.0), (1.0, 0.0))[1] == pytest.approx(6 * math.cos(1))
    assert jacfwd(jacfwd(pushed))(1.0, 3.0) == pytest.approx(-6 * math.sin(1))
    assert jvp(grad(pushed), (1.0, 3.0), (1.0, 0.0))[1] == pytest.approx(-6 * math.sin(1))
    found = hessian(lambda x: vmap(pushed, (0, None))(x, 3.0).sum())(xs())
    np.testing.assert_allclose(np.diag(found.numpy()), [-6 * math.sin(x) for x in XS], atol=1e-12)


def test_forward_mode_through_a_pullback_is_an_error_in_jaxs_words() -> None:
    with pytest.raises(TypeError, match="can't apply forward-mode differentiation \\(jvp\\) to a custom_vjp"):
        jvp(pulled, (1.0, 3.0), (1.0, 0.0))


def test_containers_and_fixed_arguments_reach_the_rules() -> None:
    def power(p: Any, n: int) -> Any:
        return {"y": p["x"] ** n}

    function = custom_vjp(power, nondiff_argnums=(1,))
    function.defvjp(
        lambda p, n: (power(p, n), p), lambda n, p, g: ({"x": 100 * n * g["y"] * p["x"] ** (n - 1)},)
    )
    assert grad(lambda p: function(p, 3)["y"])({"x": 2.0}) == {"x": 1200.0}


def test_a_function_without_a_rule_says_so() -> None:
    with pytest.raises(AttributeError, match="No VJP defined for custom_vjp function sin using defvjp"):
        custom_vjp(chainrule.sin)(1.0)
    with pytest.raises(AttributeError, match="No JVP defined for custom_jvp function sin using defjvp"):
        custom_jvp(chainrule.sin)(1.0)


def test_a_pullback_with_too_few_cotangents_is_an_error() -> None:
    function = custom_vjp(lambda x, y: x * y)
    function.defvjp(lambda x, y: (x * y, None), lambda _, g: (g,))
    with pytest.raises(
        TypeError, match="must produce a tuple with one cotangent for each of the 2 arguments"
    ):
        grad(function)(1.0, 2.0)


def test_no_derivative_flows_through_stop_gradient_in_any_mode() -> None:
    def function(x: Any) -> Any:
        return x * stop_gradient({"x": x})["x"]

    assert grad(function)(3.0) == 3.0
    assert jvp(function, (3.0,), (1.0,))[1] == 3.0
    assert vmap(grad(function))(xs()).tolist() == list(XS)
    assert grad(grad(function))(3.0) == 0.0
