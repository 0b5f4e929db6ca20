"""gradcheck and gradgradcheck: what they pass, what they find, and what they say."""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.autograd import Function, gradcheck, gradgradcheck
from chainrule.autograd.gradcheck import GradcheckError

MODES = pytest.mark.parametrize("fast", [False, True], ids=["slow", "fast"])
X = [0.3, 0.7, 0.2]


def leaf(data: Any, dtype: Any = cr.float64) -> Any:
    return cr.tensor(data, dtype=dtype, requires_grad=True)


def complex_leaf() -> Any:
    return leaf([1 + 2j, 0.5 - 1j], cr.complex128)


def half_detached(x):
    """x**2, whose derivative is found to be x."""
    return x * x.detach()


# -- the names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        "chainrule.autograd.gradcheck(f, x); chainrule.autograd.gradcheck.GradcheckError",
        "from chainrule.autograd import gradcheck, gradgradcheck; gradcheck(f, x); gradgradcheck(f, x)",
        "from chainrule.autograd.gradcheck import GradcheckError; chainrule.autograd.gradcheck(f, x)",
        "from chainrule.autograd.gradcheck import gradcheck, gradgradcheck; gradcheck(f, x)",
        "import chainrule.autograd.gradcheck; chainrule.autograd.gradcheck(f, x)",
        "chainrule.autograd.gradgradcheck(f, x)",
    ],
)
def test_gradcheck_is_a_function_and_where_its_error_lives_and_loaded_on_first_use(use):
    code = (
        "import sys, chainrule\n"
        "assert not any('check' in name for name in sys.modules if name.startswith('chainrule.autograd'))\n"
        "x = chainrule.tensor([1.0, 2.0], dtype=chainrule.float64, requires_grad=True)\n"
        f"f = chainrule.exp\n{use}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_are_found_by_those_who_look_inside():
    assert GradcheckError.__module__ == "chainrule.autograd.gradcheck"
    assert issubclass(GradcheckError, RuntimeError)
    assert pickle.loads(pickle.dumps(gradcheck)) is gradcheck
    assert pickle.loads(pickle.dumps(GradcheckError("why"))).args == ("why",)
    assert list(inspect.signature(gradcheck).parameters)[:3] == ["func", "inputs", "eps"]


# -- what is right passes -----------------------------------------------------------------------------


@MODES
@pytest.mark.parametrize("forward", [False, True], ids=["reverse", "both"])
def test_right_derivatives_pass(fast, forward):
    def check(f, *inputs):
        return gradcheck(f, inputs, fast_mode=fast, check_forward_ad=forward)

    assert check(cr.sin, leaf(X))
    assert check(lambda x, y: (x @ y, (x * y).sum()), leaf([X, X, X]), leaf([X, X, X]))
    assert check(lambda x: x**2, leaf(2.0))
    assert check(lambda x: x**2, leaf([]))
    assert check(lambda x, y: x * y, leaf(X), cr.ones(3))
    assert check(lambda x, name: x**2, leaf(X), "anything")
    assert check(lambda x: [x.exp()], leaf(X))
    assert check(lambda z: z**2, complex_leaf())
    assert check(lambda z: (z * z.conj()).real, complex_leaf())
    assert check(lambda x: cr.complex(x, x**2), leaf(X))
    assert check(lambda x, z: x * z, leaf([1.0, 2.0]), complex_leaf())
    assert check(lambda x, y: x**2, leaf(X), leaf(X))


@MODES
def test_outputs_without_derivatives_are_left_alone(fast):
    for others in ((cr.ones(2, dtype=cr.int64),), (cr.ones(2) > 0,)):
        assert gradcheck(lambda x, others=others: (*others, x**2), leaf(X), fast_mode=fast)
        assert gradcheck(lambda x, others=others: (x**2, *others), leaf(X), fast_mode=fast)
    assert gradcheck(lambda x: (x.detach(), x**2), leaf(X), fast_mode=fast)
    assert gradcheck(lambda x: cr.ones(2), leaf(X), fast_mode=fast)


@MODES
def test_inputs_keep_their_values_also_when_the_function_fails(fast):
    x = leaf(X)
    gradcheck(cr.exp, x, fast_mode=fast)
    calls = iter(range(100))

    def fails(x):
        if next(calls) == 2:
            raise ZeroDivisionError
        return x**2

    with pytest.raises(ZeroDivisionError):
        gradcheck(fails, x, fast_mode=fast)
    assert x.tolist() == X
    assert x.grad is None
    assert x._version == 0


def test_a_function_of_captured_tensors_is_differentiated_in_these():
    x = leaf(X)
    assert gradcheck(lambda _: x**2, x)
    assert not gradcheck(lambda _: half_detached(x), x, raise_exception=False)


def test_views_are_inputs_too():
    matrix = cr.arange(6.0, dtype=cr.float64).reshape(2, 3)
    assert gradcheck(lambda x: x**2, matrix.T[1:].requires_grad_())
    assert gradcheck(lambda x: x**2, matrix.flip(0)[:, ::-1].requires_grad_())
    assert gradcheck(lambda x: x**2, leaf(X)[1:])


def test_checks_do_not_disturb_the_users_random_numbers():
    cr.manual_seed(1)
    expected = cr.rand(3)
    cr.manual_seed(1)
    gradgradcheck(cr.exp, leaf(X), fast_mode=True, check_batched_grad=True)
    assert cr.rand(3).tolist() == expected.tolist()


# -- what is wrong is found ---------------------------------------------------------------------------


@MODES
def test_a_wrong_gradient_is_found(fast):
    with pytest.raises(GradcheckError):
        gradcheck(half_detached, leaf(X), fast_mode=fast)
    assert not gradcheck(half_detached, leaf(X), fast_mode=fast, raise_exception=False)


def test_the_error_shows_both_jacobians():
    with pytest.raises(GradcheckError) as error:
        gradcheck(half_detached, leaf([0.5, 2.0]))
    assert str(error.value) == (
        "Jacobian mismatch for output 0 with respect to input 0,\n"
        "numerical:tensor([[1.0000, 0.0000],\n        [0.0000, 4.0000]], dtype=chainrule.float64)\n"
        "analytical:tensor([[0.5000, 0.0000],\n        [0.0000, 2.0000]], dtype=chainrule.float64)\n"
    )


def test_the_error_counts_outputs_and_inputs_that_are_differentiated():
    with pytest.raises(GradcheckError, match="mismatch for output 1 with respect to input 1,"):
        gradcheck(lambda x, name, y: (cr.ones(2), x * y, x + half_detached(y)), (leaf(X), "name", leaf(X)))


def test_the_error_of_fast_mode_adds_the_whole_jacobians():
    with pytest.raises(GradcheckError) as error:
        gradcheck(half_detached, leaf([0.5, 2.0]), fast_mode=True)
    head, _, tail = str(error.value).partition("\n\n")
    assert re.fullmatch(
        r"Jacobian mismatch for output 0 with respect to input 0,\nnumerical:[\d.]+\nanalytical:[\d.]+", head
    )
    assert tail.startswith(
        "The above quantities relating the numerical and analytical jacobians are computed \nin fast mode."
    )
    assert (
        "Numerical:\n tensor([[1.0000, 0.0000],\n        [0.0000, 4.0000]], dtype=chainrule.float64)\n"
        "Analytical:\ntensor([[0.5000, 0.0000],\n        [0.0000, 2.0000]], dtype=chainrule.float64)\n\n"
        "The max per-element difference (slow mode) is: 2."
    ) in tail


def test_the_error_of_fast_mode_says_when_slow_mode_would_pass():
    # Each slope is off by half of what rtol allows. Along v and u the slopes cancel, and their errors add up.
    slopes = cr.tensor([1.0, -1.0] * 5, dtype=cr.float64)

    def f(x):
        return slopes * x + 5e-3 * (x - x.detach())

    x = leaf(np.linspace(1, 2, 10))
    assert gradcheck(f, x, rtol=1e-2, atol=0)
    with pytest.raises(GradcheckError) as error:
        gradcheck(f, x, rtol=1e-2, atol=0, fast_mode=True)
    assert (
        "Fast gradcheck failed but element-wise differences are small. This means that the\n"
        "test might've passed in slow_mode!"
    ) in str(error.value)


def test_the_error_names_the_part_of_complex_outputs():
    with pytest.raises(GradcheckError) as error:
        gradcheck(half_detached, complex_leaf())
    assert str(error.value).startswith(
        "While considering the imaginary part of complex outputs only, Jacobian mismatch for output 0 with "
        "respect to input 0,\n"
    )
    with pytest.raises(GradcheckError, match=r"^While considering the real part of complex outputs only"):
        gradcheck(lambda x: cr.complex(half_detached(x), x), leaf(X))
    with pytest.raises(GradcheckError, match=r"^Jacobian mismatch for output 1"):
        gradcheck(lambda x: (cr.complex(x, x), half_detached(x)), leaf(X))


def test_the_error_of_forward_mode_says_so():
    with pytest.raises(GradcheckError) as error:
        gradcheck(half_detached, leaf(X), check_forward_ad=True, check_backward_ad=False)
    assert str(error.value).startswith(
        "Jacobian computed with forward mode mismatch for output 0 with respect to input 0,\n"
        "numerical:tensor([["
    )
    with pytest.raises(GradcheckError) as error:
        gradcheck(half_detached, complex_leaf(), check_forward_ad=True, check_backward_ad=False)
    assert str(error.value).startswith(
        "While considering the imaginary part of complex inputs only, Jacobian computed with forward mode "
        "mismatch for output 0 with respect to input 0,\n"
    )


@MODES
def test_a_gradient_lost_altogether_is_found(fast):
    with pytest.raises(GradcheckError, match=r"^Numerical gradient for function expected to be zero$"):
        gradcheck(lambda x: x.detach() ** 2, leaf(X), fast_mode=fast)


def test_an_infinite_or_undefined_derivative_is_found():
    with pytest.raises(GradcheckError, match="inf"):
        gradcheck(cr.sqrt, leaf([0.0, 1.0]))


# -- errors of use ------------------------------------------------------------------------------------


def test_an_input_must_require_grad():
    for inputs in (cr.ones(2), (), ("x", 1.0)):
        with pytest.raises(ValueError) as error:
            gradcheck(lambda *x: x, inputs, raise_exception=False)
        assert str(error.value) == (
            "gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True."
        )


@pytest.mark.parametrize("dtype", [cr.float32, cr.float16, cr.complex64])
def test_single_precision_is_warned_of(dtype):
    x = cr.ones(2, dtype=dtype, requires_grad=True)
    text = (
        "Input #1 requires gradient and is not a double precision floating point or complex. This check will "
        "likely fail if all the inputs are not of double precision floating point or complex. "
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(text)}$"):
        gradcheck(lambda y, x: x * 2, (cr.ones(2), x), eps=0.25)


def test_single_precision_passes_with_its_own_tolerances():
    with pytest.warns(UserWarning, match="double precision"):
        assert gradcheck(lambda x: x**2, leaf([0.3], cr.float32), eps=1e-2, atol=1e-2)


def test_inputs_must_not_overlap():
    expanded = cr.ones(1, dtype=cr.float64).expand(3).requires_grad_()
    with pytest.raises(RuntimeError) as error:
        gradcheck(lambda x: x * 2, expanded)
    assert str(error.value) == (
        "The 0th input has a dimension with stride 0. gradcheck only supports inputs that are "
        "non-overlapping to be able to compute the numerical gradients correctly. You should call "
        ".contiguous on the input before passing it to gradcheck."
    )
    windows = cr.ones(4, dtype=cr.float64).unfold(0, 2, 1).requires_grad_()
    with pytest.raises(
        RuntimeError, match="more than one element of the written-to tensor refers to a single"
    ):
        gradcheck(lambda x: x * 2, windows)
    assert gradcheck(lambda x: x * 2, expanded.detach().contiguous().requires_grad_())
    assert gradcheck(lambda x: x * 2, cr.ones(1, dtype=cr.float64).expand(1, 1).requires_grad_())


@MODES
def test_outputs_must_keep_their_shape_and_dtype(fast):
    where = "" if fast else "on index (0,) "
    with pytest.raises(AssertionError) as error:
        gradcheck(lambda x: x[x > 0.3], leaf(X), fast_mode=fast)
    assert str(error.value) == (
        f"Expected `func` to return outputs with the same shape when inputs are perturbed {where}by 1e-06, "
        "but got: shapes chainrule.Size([1]) and chainrule.Size([2])."
    )
    with pytest.raises(
        AssertionError, match=r"with the same dtype when inputs are perturbed .*but got: dtypes"
    ):
        gradcheck(lambda x: x if x[0] > 0.3 else x.float(), leaf(X), fast_mode=fast)


def test_outputs_must_be_tensors():
    with pytest.raises(AttributeError, match="'float' object has no attribute 'requires_grad'"):
        gradcheck(lambda x: 3.0, leaf(X))


@pytest.mark.parametrize(
    ("check", "flags", "message"),
    [
        (
            gradcheck,
            {"check_backward_ad": False},
            "Expected at least one of check_forward_ad or check_backward_ad to be True",
        ),
        (
            gradcheck,
            {"check_backward_ad": False, "check_forward_ad": True, "check_batched_grad": True},
            "Setting check_batched_grad=True requires check_backward_ad to be True",
        ),
        (
            gradcheck,
            {"check_batched_forward_grad": True},
            "Setting check_batched_forward_grad=True requires check_forward_ad to be True",
        ),
        (
            gradgradcheck,
            {"check_rev_over_rev": False},
            "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True",
        ),
        (
            gradgradcheck,
            {"check_rev_over_rev": False, "check_fwd_over_rev": True},
            "Setting check_undefined_grad=True requires check_rev_over_rev to be True",
        ),
        (
            gradgradcheck,
            {
                "check_rev_over_rev": False,
                "check_fwd_over_rev": True,
                "check_undefined_grad": False,
                "check_batched_grad": True,
            },
            "Setting check_batched_grad=True requires check_rev_over_rev to be True",
        ),
    ],
)
def test_flags_that_need_each_other(check, flags, message):
    with pytest.raises(AssertionError, match=f"^{message}$"):
        check(cr.exp, leaf(X), **flags)


def test_errors_of_the_function_are_not_taken_for_wrong_derivatives():
    def fails(x):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match=r"^mine$"):
        gradcheck(fails, leaf(X), raise_exception=False)


# -- gradgradcheck ------------------------------------------------------------------------------------


@MODES
@pytest.mark.parametrize("forward", [False, True], ids=["reverse", "both"])
def test_right_second_derivatives_pass(fast, forward):
    def check(f, *inputs):
        return gradgradcheck(f, inputs, fast_mode=fast, check_fwd_over_rev=forward)

    assert check(cr.sin, leaf(X))
    assert check(lambda x: 3 * x, leaf(X))
    assert check(lambda x, y: (x @ y, (x * y).exp().sum()), leaf([X, X, X]), leaf([X, X, X]))
    assert check(lambda x, y: x * y, leaf(X), cr.ones(3))
    assert check(lambda x, y: x**2, leaf(X), leaf(X))
    assert check(lambda x: x**3, leaf(2.0))
    assert check(lambda z: z**3, complex_leaf())


def test_cotangents_may_be_given():
    v = cr.tensor([1.0, 2.0, 3.0], dtype=cr.float64)
    assert gradgradcheck(lambda x: x**3, leaf(X), v)
    assert gradgradcheck(lambda x: x**3, leaf(X), v.clone().requires_grad_())
    assert gradgradcheck(lambda x: (x**3, x.sum()), leaf(X), [v, cr.tensor(1.0, dtype=cr.float64)])
    with pytest.raises(RuntimeError, match=r"Mismatch in shape: grad_output\[0\] has a shape of"):
        gradgradcheck(lambda x: x**3, leaf(X), v[:2])


def test_given_cotangents_weigh_the_second_derivatives():
    def f(x):
        return x**2 * x.detach()  # the first derivative is 2x**2, and 2x was forgotten in its own

    with pytest.raises(GradcheckError) as error:
        gradgradcheck(f, leaf([0.5]), cr.tensor([10.0], dtype=cr.float64))
    assert "numerical:tensor([[20.0000]]" in str(error.value)
    assert "analytical:tensor([[10.]]" in str(error.value)
    assert gradgradcheck(f, leaf([0.5]), cr.tensor([0.0], dtype=cr.float64))


@pytest.mark.parametrize("gaps", [False, True])
def test_random_cotangents_may_have_gaps_in_memory(gaps):
    seen = []

    class Spy(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            seen.append(g.is_contiguous())
            return g * 1

    assert gradgradcheck(Spy.apply, leaf([X, X]), gen_non_contig_grad_outputs=gaps)
    assert (False in seen) is gaps


def test_a_function_without_recorded_outputs_has_no_second_derivatives():
    with pytest.raises(RuntimeError, match="does not require grad"):
        gradgradcheck(lambda x: cr.ones(2), leaf(X))
