"""A user's Function inside grad, jvp and vmap, in any nesting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.autograd import Function
from chainrule.core.dual import make_dual, new_level, unpack_dual
from chainrule.core.tensor import require_grad, wrap
from chainrule.func import grad, hessian, jacfwd, jacrev, jvp, vmap


class Cube(Function):
    """x**3, with a slope of 5 x**2, so that one sees whose rule it was."""

    @staticmethod
    def forward(x: Any) -> Any:
        return x**3

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 5 * x**2

    @staticmethod
    def jvp(ctx: Any, t: Any) -> Any:
        (x,) = ctx.saved_tensors
        return t * 5 * x**2

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Any) -> Any:
        assert info.batch_size == x.shape[0]
        assert in_dims == (0,)
        return Cube.apply(x), 0


class Scaled(Function):
    """x**3 * y, its slope in x wrong likewise, with a generated batching rule."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Any, y: Any) -> Any:
        return x**3 * y

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * 5 * x**2 * y, g * x**3

    @staticmethod
    def jvp(ctx: Any, t: Any, s: Any) -> Any:
        x, y = ctx.saved_tensors
        return t * 5 * x**2 * y + s * x**3


X = (0.0, 1.0, 2.0)


def xs() -> Any:
    return chainrule.tensor(X)


def two() -> Any:
    return chainrule.tensor(2.0)


ONCE: dict[str, Callable[[], Any]] = {
    "grad": lambda: [grad(Cube.apply)(x) for x in xs()],
    "jvp": lambda: [jvp(Cube.apply, (x,), (chainrule.tensor(1.0),))[1] for x in xs()],
    "vmap of grad": lambda: vmap(grad(Cube.apply))(xs()),
    "grad of vmap": lambda: grad(lambda x: vmap(Cube.apply)(x).sum())(xs()),
    "vmap of jvp": lambda: vmap(lambda x: jvp(Cube.apply, (x,), (chainrule.ones_like(x),))[1])(xs()),
    "jvp of vmap": lambda: jvp(vmap(Cube.apply), (xs(),), (chainrule.ones(3),))[1],
    "jacfwd": lambda: chainrule.diagonal(jacfwd(Cube.apply)(xs())),
    "jacrev": lambda: chainrule.diagonal(jacrev(Cube.apply)(xs())),
    "generated, vmap of grad": lambda: vmap(grad(Scaled.apply), (0, None))(xs(), two()) / 2,
    "generated, grad of vmap": lambda: (
        grad(lambda x: vmap(Scaled.apply, (0, None))(x, two()).sum())(xs()) / 2
    ),
    "generated, jvp of vmap": lambda: (
        jvp(lambda x: vmap(Scaled.apply, (0, None))(x, two()), (xs(),), (chainrule.ones(3),))[1] / 2
    ),
}


@pytest.mark.parametrize("name", ONCE)
def test_the_users_rule_is_used(name: str) -> None:
    assert [float(y) for y in ONCE[name]()] == [5 * x**2 for x in X]


TWICE: dict[str, Callable[[], Any]] = {
    "grad of grad": lambda: [grad(grad(Cube.apply))(x) for x in xs()],
    "jvp of grad": lambda: [jvp(grad(Cube.apply), (x,), (chainrule.tensor(1.0),))[1] for x in xs()],
    "grad of jvp": lambda: [
        grad(lambda x: jvp(Cube.apply, (x,), (chainrule.tensor(1.0),))[1])(x) for x in xs()
    ],
    "hessian of vmap": lambda: chainrule.diagonal(hessian(lambda x: vmap(Cube.apply)(x).sum())(xs())),
    "generated": lambda: (
        chainrule.diagonal(hessian(lambda x: vmap(Scaled.apply, (0, None))(x, two()).sum())(xs())) / 2
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_second_derivatives_differentiate_the_users_rule(name: str) -> None:
    assert [float(y) for y in TWICE[name]()] == [10 * x for x in X]


def test_forward_over_a_recorded_function_keeps_its_tape() -> None:
    """The tape of a leaf made around a dual number was lost, and the gradient came out as an error or 0."""
    with new_level():
        leaf = wrap(make_dual(chainrule.tensor(2.0), chainrule.tensor(1.0))._value)
        require_grad(leaf)
        (g,) = chainrule.autograd.grad(Cube.apply(leaf), leaf, create_graph=True)
        primal, tangent = unpack_dual(g)
        assert (primal.item(), tangent.item()) == (20.0, 20.0)


def test_an_argument_that_is_the_same_for_all_gets_the_sum() -> None:
    found = grad(lambda y: vmap(Scaled.apply, (0, None))(xs(), y).sum())(two())
    assert found.item() == 9.0


def test_a_captured_leaf_gets_its_gradient_through_a_generated_rule() -> None:
    x = xs().requires_grad_()
    y = vmap(vmap(Scaled.apply, (0, None)), (0, None))(x[None], two())
    (g,) = chainrule.autograd.grad(y.sum(), x)
    np.testing.assert_allclose(g.numpy(), [0.0, 10.0, 40.0])


class Plain(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 5 * ctx.saved_tensors[0] ** 2


class Both(Cube):
    generate_vmap_rule = True


class NoPair(Cube):
    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Any) -> Any:
        return Cube.apply(x)


class NoRule(Cube):
    vmap = Function.vmap


BAD = {
    "no vmap": (
        lambda: vmap(NoRule.apply)(xs()),
        "You tried to vmap over NoRule, but it does not have vmap support.",
    ),
    "both": (lambda: vmap(Both.apply)(xs()), "has both generate_vmap_rule=True and an overridden vmap"),
    "no pair": (lambda: vmap(NoPair.apply)(xs()), "Expected the vmap staticmethod to have two returns"),
    "no setup_context": (
        lambda: vmap(grad(Plain.apply))(xs()),
        "In order to use an autograd.Function with functorch transforms",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_a_function_lacks_is_said_in_torchs_words(name: str) -> None:
    call, message = BAD[name]
    with pytest.raises(RuntimeError, match=message):
        call()


def test_a_function_without_setup_context_serves_a_single_transform() -> None:
    assert grad(Plain.apply)(two()).item() == 20.0
