"""gradcheck finds wrong rules planted in operations, and whatever is wrong with a custom function."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.autograd import Function, gradcheck, gradgradcheck
from chainrule.autograd.gradcheck import GradcheckError
from chainrule.core.primitive import registry
from generated.planting import detached, factor, replaced, sign, swapped, tangent

MODES = pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
X = [0.3, 0.7, 0.2]


def leaf(data: Any, dtype: Any = cr.float64) -> Any:
    return cr.tensor(data, dtype=dtype, requires_grad=True)


# -- planted rules --------------------------------------------------------------------------------------


@MODES
def test_complex_derivatives_that_forget_the_conjugate_are_found(fast):
    with replaced(registry["exp"], rules={"x": lambda y: y.conj()}):
        assert gradcheck(cr.exp, leaf(X), fast_mode=fast)
        assert not gradcheck(
            cr.exp, leaf([1 + 2j, 0.5 - 1j], cr.complex128), fast_mode=fast, raise_exception=False
        )


FUNCTIONS = {
    "exp": (lambda x, y: x.exp(), "exp"),
    "sin": (lambda x, y: x.sin(), "sin"),
    "product": (lambda x, y: x * y, "mul"),
    "quotient": (lambda x, y: x / y, "true_divide"),
    "power": (lambda x, y: x**y, "pow"),
    "matrix product": (lambda x, y: x.reshape(3, 1) @ y.reshape(1, 3), "mm"),
    "sum": (lambda x, y: x.sum(), "total"),
    "product of all": (lambda x, y: x.prod(), "prod_all"),
    "stack": (lambda x, y: cr.stack([x, y]), "stack"),
    "where": (lambda x, y: cr.where(x > 0.5, x, y), "where"),
    "element": (lambda x, y: x[1:], "slice"),
    "softmax": (lambda x, y: x.softmax(0), "softmax"),
    "cumulative product": (lambda x, y: x.cumprod(0), "cumprod"),
    "determinant": (lambda x, y: cr.linalg.det(cr.outer(x, y) + cr.eye(3, dtype=cr.float64)), "det"),
    "arctangent": (lambda x, y: cr.atan2(x, y), "atan2"),
}
PLANTS = {
    "factor": (factor, set(FUNCTIONS)),
    "sign": (sign, set(FUNCTIONS)),
    "swapped": (swapped, {"quotient", "power", "matrix product"}),
}


def pair() -> tuple[Any, Any]:
    return leaf(X), leaf([1.5, 0.4, 0.9])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_functions_below_pass_when_nothing_is_planted(name):
    f, _ = FUNCTIONS[name]
    assert gradcheck(f, pair(), check_forward_ad=True)
    assert gradgradcheck(f, pair(), check_fwd_over_rev=True)


@MODES
@pytest.mark.parametrize(
    ("name", "plant"), [(name, plant) for plant, (_, names) in PLANTS.items() for name in sorted(names)]
)
def test_a_planted_wrong_rule_is_found(name, plant, fast):
    f, primitive = FUNCTIONS[name]
    primitive = registry[primitive]
    with replaced(primitive, **PLANTS[plant][0](primitive)):
        assert not gradcheck(f, pair(), fast_mode=fast, raise_exception=False)


@MODES
@pytest.mark.parametrize("name", ["product of all", "cumulative product", "softmax", "determinant"])
def test_a_planted_wrong_tangent_is_found(name, fast):
    f, primitive = FUNCTIONS[name]
    primitive = registry[primitive]
    with replaced(primitive, **tangent(primitive)):
        assert gradcheck(f, pair(), fast_mode=fast)
        found = gradcheck(f, pair(), fast_mode=fast, check_forward_ad=True, raise_exception=False)
        assert not found


@MODES
@pytest.mark.parametrize("name", ["exp", "sin", "product", "quotient", "softmax", "determinant"])
def test_a_rule_whose_own_derivative_is_lost_is_found_by_gradgradcheck(name, fast):
    f, primitive = FUNCTIONS[name]
    primitive = registry[primitive]
    with replaced(primitive, **detached(primitive)):
        assert gradcheck(f, pair(), fast_mode=fast)
        assert not gradgradcheck(f, pair(), fast_mode=fast, raise_exception=False)


# -- custom functions ---------------------------------------------------------------------------------


def cubic(slope=3.0, tangent_slope=3.0, keep_history=True):
    """Return x**3 as a Function with these factors in its derivatives."""

    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            x = x if keep_history else x.detach()
            return g * slope * x**2

        @staticmethod
        def jvp(ctx, t):
            (x,) = ctx.saved_tensors
            return t * tangent_slope * x**2

    return Cube.apply


@MODES
def test_a_right_custom_function_passes(fast):
    assert gradcheck(cubic(), leaf(X), fast_mode=fast, check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(cubic(), leaf(X), fast_mode=fast, check_fwd_over_rev=True)


@MODES
def test_a_wrong_backward_of_a_custom_function_is_found(fast):
    with pytest.raises(GradcheckError, match=r"^Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(cubic(slope=3.01), leaf(X), fast_mode=fast)


@MODES
def test_a_wrong_jvp_of_a_custom_function_is_found(fast):
    assert gradcheck(cubic(tangent_slope=3.01), leaf(X), fast_mode=fast)
    with pytest.raises(GradcheckError, match=r"^Jacobian computed with forward mode mismatch"):
        gradcheck(cubic(tangent_slope=3.01), leaf(X), fast_mode=fast, check_forward_ad=True)


@MODES
def test_a_backward_that_loses_its_history_is_found_by_gradgradcheck(fast):
    assert gradcheck(cubic(keep_history=False), leaf(X), fast_mode=fast)
    with pytest.raises(GradcheckError, match=r"^Jacobian mismatch for output 0 with respect to input 0"):
        gradgradcheck(cubic(keep_history=False), leaf(X), fast_mode=fast)
    forward_over_reverse = {
        "check_fwd_over_rev": True,
        "check_rev_over_rev": False,
        "check_undefined_grad": False,
    }
    with pytest.raises(GradcheckError, match=r"^Jacobian computed with forward mode mismatch for output 0"):
        gradgradcheck(cubic(keep_history=False), leaf(X), fast_mode=fast, **forward_over_reverse)


class Pair(Function):
    """(2x, 3x), whose backward is replaced below."""

    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    @staticmethod
    def backward(ctx, g, h):
        total = None
        for times, part in ((2, g), (3, h)):
            if part is not None:
                total = times * part if total is None else total + times * part
        return total


def test_absent_gradients_are_tried():
    assert gradcheck(Pair.apply, leaf(X))

    class Needing(Pair):
        @staticmethod
        def backward(ctx, g, h):
            if h is None and not g.any():
                raise RuntimeError("h is undefined")
            return Pair.backward(ctx, g, h)

    with pytest.warns(UserWarning, match="Backwards compatibility: New undefined gradient support checking"):
        gradcheck(Needing.apply, leaf(X), raise_exception=False)
    with (
        pytest.warns(UserWarning, match="Backwards compatibility"),
        pytest.raises(GradcheckError, match=r"^Expected backward function to handle undefined output grads"),
    ):
        gradcheck(Needing.apply, leaf(X))
    assert gradcheck(Needing.apply, leaf(X), check_undefined_grad=False)


def test_absent_gradients_must_give_zero_or_nothing():
    class Inventing(Pair):
        @staticmethod
        def backward(ctx, g, h):
            if h is None and not g.any():
                return g + 1
            return Pair.backward(ctx, g, h)

    with pytest.warns(UserWarning, match="Backwards compatibility"), pytest.raises(GradcheckError) as error:
        gradcheck(Inventing.apply, leaf(X))
    assert str(error.value) == (
        "Expected all input grads to be undefined or zero when all output grads are undefined or zero."
    )


def test_absent_tangents_must_count_as_zero():
    class Product(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.set_materialize_grads(False)
            ctx.save_for_backward(x, y)
            ctx.save_for_forward(x, y)
            return x * y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * y, g * x

        @staticmethod
        def jvp(ctx, s, t):
            x, y = ctx.saved_tensors
            return (cr.zeros_like(x) if s is None else s * y) + (x if t is None else x * t)

    with pytest.raises(GradcheckError, match=r"^Mismatch in tangent values for output with index: 0"):
        gradcheck(Product.apply, (leaf(X), leaf(X)), check_forward_ad=True)
    ok = gradcheck(Product.apply, (leaf(X), leaf(X)), check_forward_ad=True, check_undefined_grad=False)
    assert ok


# -- backward must be linear, and the same each time ----------------------------------------------------


def hooked(hook):
    def f(x):
        y = x * 2
        y.register_hook(hook)
        return y

    return f


@MODES
def test_a_backward_that_is_not_multiplied_by_its_gradient_is_found(fast):
    for masked in (False, True):
        with pytest.raises(GradcheckError, match=r"^backward not multiplied by grad_output$"):
            gradcheck(hooked(lambda g: g + 1e-6), leaf(X), fast_mode=fast, masked=masked)


def test_masked_forgives_what_is_nearly_zero():
    slightly = hooked(lambda g: g + 1e-9)
    assert gradcheck(slightly, leaf(X), masked=True)
    assert not gradcheck(slightly, leaf(X), raise_exception=False)


@MODES
def test_a_backward_that_is_not_the_same_each_time_is_found(fast):
    random = np.random.default_rng(0)
    noisy = hooked(lambda g: g * (1 + 1e-7 * random.uniform()))
    with pytest.raises(GradcheckError) as error:
        gradcheck(noisy, leaf(X), fast_mode=fast)
    assert str(error.value).startswith(
        "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
        "gives different values, although analytical gradient matches numerical gradient.The tolerance for "
        "nondeterminism was 0.0."
    )
    assert gradcheck(noisy, leaf(X), fast_mode=fast, nondet_tol=1e-5)


@MODES
def test_wrong_shapes_and_dtypes_of_gradients_are_found(fast):
    softmax = registry["softmax"]
    x = leaf([X, X])

    def f(x):
        return x.softmax(1)

    short = replaced(softmax, rules={"x": lambda g: g[:1]})
    with short, pytest.raises(GradcheckError, match=r"^Analytical gradient has incorrect size$"):
        gradcheck(f, x, fast_mode=fast)
    right = softmax.rules["x"]
    narrow = {"x": lambda g, y, dim: right(g, y, dim).astype(np.float32)}
    with (
        replaced(softmax, rules=narrow),
        pytest.raises(GradcheckError, match=r"^Gradient has dtype mismatch$"),
    ):
        gradcheck(f, x, fast_mode=fast, check_grad_dtypes=True)
    with replaced(softmax, rules=narrow), pytest.raises(GradcheckError, match=r"^grad is incorrect type$"):
        gradcheck(f, x, fast_mode=fast)


@MODES
def test_tangents_of_another_kind_of_numbers_are_found(fast):
    class Twice(Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, g):
            return 2 * g

        @staticmethod
        def jvp(ctx, t):
            return 2 * t + 0j

    with pytest.raises(GradcheckError, match=r"^Forward AD gradient has dtype mismatch\.$"):
        gradcheck(Twice.apply, leaf(X), fast_mode=fast, check_forward_ad=True, check_grad_dtypes=True)


def test_batched_gradients_are_compared_with_single_ones(monkeypatch):
    assert gradcheck(
        cr.exp, leaf(X), check_batched_grad=True, check_forward_ad=True, check_batched_forward_grad=True
    )
    behaviour = sys.modules["chainrule.autograd.checking.behaviour"]
    right = behaviour.grad

    def wrong(*args, is_grads_batched=False, **kwargs):
        found = right(*args, is_grads_batched=is_grads_batched, **kwargs)
        return tuple(g * 2 for g in found) if is_grads_batched else found

    monkeypatch.setattr(behaviour, "grad", wrong)
    assert gradcheck(cr.exp, leaf(X))
    with pytest.raises(GradcheckError) as error:
        gradcheck(cr.exp, leaf(X), check_batched_grad=True)
    assert str(error.value).startswith(
        "For output 0 and input 0:\n\n"
        "gradcheck or gradgradcheck failed while testing batched gradient computation.\n"
    )
    assert "\n\nGot:\ntensor([[" in str(error.value)
    assert "\n\nExpected:\ntensor([[" in str(error.value)


def test_an_error_in_batched_gradients_is_told(monkeypatch):
    behaviour = sys.modules["chainrule.autograd.checking.behaviour"]
    right = behaviour.grad

    def failing(*args, is_grads_batched=False, **kwargs):
        if is_grads_batched:
            raise RuntimeError("no batches here")
        return right(*args, **kwargs)

    monkeypatch.setattr(behaviour, "grad", failing)
    with pytest.raises(GradcheckError, match=r"^While computing batched gradients, got: no batches here\n\n"):
        gradcheck(cr.exp, leaf(X), check_batched_grad=True)
