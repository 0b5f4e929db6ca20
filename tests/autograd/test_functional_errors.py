"""chainrule.autograd.functional: its errors in torch's words, and strict mode."""

from __future__ import annotations

import re

import pytest

import chainrule as cr
from chainrule.autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp

X = [0.3, -0.7, 1.2]


def tensor(data, **options):
    return cr.tensor(data, dtype=cr.float64, **options)


def cube(x):
    return x**3


def cubes(x):
    return (x**3).sum()


# -- what is given and returned -----------------------------------------------------------------

PRODUCTS = {"vjp": vjp, "jvp": jvp, "vhp": vhp, "hvp": hvp}
ALL = {**PRODUCTS, "jacobian": jacobian, "hessian": hessian}


@pytest.mark.parametrize("name", ALL)
def test_inputs_must_be_tensors(name):
    with pytest.raises(TypeError) as one:
        ALL[name](cubes, X)
    assert str(one.value) == (
        f"The inputs given to {name} must be either a Tensor or a tuple of Tensors but the given inputs has "
        "type <class 'list'>."
    )
    with pytest.raises(TypeError) as several:
        ALL[name](lambda x, y: cubes(x), (tensor(X), 1.0))
    assert str(several.value) == (
        f"The inputs given to {name} must be either a Tensor or a tuple of Tensors but the value at index 1 "
        "has type <class 'float'>."
    )


@pytest.mark.parametrize("name", ALL)
def test_outputs_must_be_tensors(name):
    with pytest.raises(TypeError) as error:
        ALL[name](lambda x: 1.0, tensor(2.0))
    assert str(error.value) == (
        f"The outputs of the user-provided function given to {name} must be either a Tensor or a tuple of "
        "Tensors but the given outputs of the user-provided function has type <class 'float'>."
    )
    with pytest.raises(TypeError, match="but the value at index 1 has type <class 'int'>"):
        ALL[name](lambda x: (x, 1), tensor(2.0))


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_vector_must_be_a_tensor(name):
    with pytest.raises(
        TypeError, match=f"The v given to {name} must be either a Tensor or a tuple of Tensors"
    ):
        PRODUCTS[name](cubes, tensor(X), 1.0)


@pytest.mark.parametrize("name", ["vhp", "hvp", "hessian"])
def test_the_function_of_a_hessian_must_return_one_tensor_of_one_element(name):
    v = () if name == "hessian" else (tensor(X),)
    with pytest.raises(RuntimeError, match=f"^The function given to {name} should return a single Tensor$"):
        ALL[name](lambda x: (cubes(x), cubes(x)), tensor(X), *v)
    wanted = f"^The Tensor returned by the function given to {name} should contain a single element$"
    with pytest.raises(RuntimeError, match=wanted):
        ALL[name](cube, tensor(X), *v)


def test_a_vector_is_needed_for_several_elements():
    with pytest.raises(RuntimeError) as error:
        vjp(cube, tensor(X))
    assert str(error.value) == (
        "The vector v can only be None if the user-provided function returns a single Tensor with a single "
        "element."
    )
    for function in (jvp, vhp, hvp):
        with pytest.raises(RuntimeError) as error:
            function(cubes, tensor(X))
        assert str(error.value) == (
            "The vector v can only be None if the input to the user-provided function is a single Tensor "
            "with a single element."
        )


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_vector_must_have_the_right_sizes(name):
    function = PRODUCTS[name]
    several = (lambda x: (cube(x), cubes(x))) if name == "vjp" else (lambda x, y: cubes(x * y))
    inputs = tensor(X) if name == "vjp" else (tensor(X), tensor(2.0))
    scalar_or_cube = cubes if name in ("vhp", "hvp") else cube
    given = {
        "v has invalid size: should be chainrule.Size([3]) but got chainrule.Size([2]).": (
            scalar_or_cube,
            tensor(X),
            tensor([1.0, 2.0]),
        ),
        "The given v should contain a single Tensor.": (scalar_or_cube, tensor(X), (tensor(X), tensor(X))),
        "v is a tuple of invalid length: should be 2 but got 1.": (several, inputs, tensor(X)),
        "Entry 1 in v has invalid size: should be chainrule.Size([]) but got chainrule.Size([3]).": (
            several,
            inputs,
            (tensor(X), tensor(X)),
        ),
    }
    for message, arguments in given.items():
        if name == "vjp" and message.startswith(("v has", "The given")):
            arguments = (cube, *arguments[1:])
        with pytest.raises(RuntimeError, match=f"^{re.escape(message)}$"):
            function(*arguments)


@pytest.mark.parametrize("name", ALL)
def test_integer_inputs_cannot_be_differentiated_in(name):
    with pytest.raises(RuntimeError, match="only Tensors of floating point dtype can require gradients"):
        ALL[name](cubes, cr.tensor([1, 2]))


# -- strategies ---------------------------------------------------------------------------------


def test_strategies_have_two_names():
    with pytest.raises(
        AssertionError, match='Expected strategy to be either "forward-mode" or "reverse-mode"'
    ):
        jacobian(cube, tensor(X), strategy="sideways")
    with pytest.raises(
        AssertionError, match='Expected strategy to be either "forward-mode" or "reverse-mode"'
    ):
        hessian(cubes, tensor(X), outer_jacobian_strategy="sideways")


def test_forward_mode_must_be_vectorized():
    for call in (
        lambda: jacobian(cube, tensor(X), strategy="forward-mode"),
        lambda: hessian(cubes, tensor(X), outer_jacobian_strategy="forward-mode"),
    ):
        with pytest.raises(NotImplementedError, match="only implemented for `vectorize=True`"):
            call()


def test_forward_mode_excludes_create_graph_and_strict():
    with pytest.raises(
        NotImplementedError, match=r"`create_graph=True` and `strategy=\"forward-mode\"` are not"
    ):
        jacobian(cube, tensor(X), vectorize=True, strategy="forward-mode", create_graph=True)
    with pytest.raises(
        RuntimeError, match=r"`strict=True` and `strategy=\"forward-mode\"` are not supported"
    ):
        jacobian(cube, tensor(X), vectorize=True, strategy="forward-mode", strict=True)


def test_forward_mode_is_not_nested():
    with (
        cr.autograd.forward_ad.dual_level(),
        pytest.raises(RuntimeError, match=r"^Nested forward mode AD is not supported at the moment$"),
    ):
        jacobian(cube, tensor(X), vectorize=True, strategy="forward-mode")


def test_vectorizing_excludes_strict():
    with pytest.raises(RuntimeError, match="`strict=True` and `vectorized=True` are not supported together"):
        jacobian(cube, tensor(X), vectorize=True, strict=True)


# -- strict -------------------------------------------------------------------------------------


def linear(x):
    return (2 * x).sum()


@pytest.mark.parametrize("name", ALL)
def test_strict_allows_what_depends_on_its_inputs(name):
    v = () if name in ("jacobian", "hessian") else (tensor(2.0),)
    loose = ALL[name](lambda x: x**3, tensor(2.0), *v)
    strict = ALL[name](lambda x: x**3, tensor(2.0), *v, strict=True)
    assert repr(strict) == repr(loose)


@pytest.mark.parametrize("name", ALL)
def test_strict_refuses_an_output_that_does_not_require_grad(name):
    with pytest.raises(RuntimeError) as error:
        ALL[name](lambda x: x.detach(), tensor(2.0), strict=True)
    assert str(error.value) == (
        "Output 0 of the user-provided function does not require gradients. The outputs must be computed in "
        "a differentiable manner from the input when running in strict mode."
    )


@pytest.mark.parametrize("name", PRODUCTS)
def test_strict_refuses_an_input_that_no_output_depends_on(name):
    given = (tensor(X), tensor(X))
    v = () if name == "vjp" else (given,)
    with pytest.raises(RuntimeError) as error:
        PRODUCTS[name](lambda x, y: cubes(x), given, *v, strict=True)
    assert str(error.value) == (
        "The output of the user-provided function is independent of input 1. This is not allowed in strict "
        "mode."
    )


def test_strict_jacobian_names_the_output_and_the_input():
    with pytest.raises(RuntimeError) as error:
        jacobian(lambda x, y: (x * y, cube(x)), (tensor(X), tensor(X)), strict=True)
    assert str(error.value) == (
        "Output 1 of the user-provided function is independent of input 1. This is not allowed in strict "
        "mode."
    )


@pytest.mark.parametrize("name", ["vhp", "hvp", "hessian"])
def test_strict_refuses_the_hessian_of_a_linear_function(name):
    v = () if name == "hessian" else (tensor(X),)
    with pytest.raises(RuntimeError) as error:
        ALL[name](linear, tensor(X), *v, strict=True)
    assert str(error.value) == (
        "While computing the hessian, found that the jacobian of the user-provided function with respect to "
        "input 0 is independent of the input. This is not allowed in strict mode. You should ensure that "
        "your function is twice differentiable and that the jacobian depends on the inputs (this would be "
        "violated by a linear function for example)."
    )


@pytest.mark.parametrize("name", ["vjp", "jacobian"])
def test_strict_with_create_graph_refuses_a_constant_jacobian(name):
    with pytest.raises(RuntimeError) as error:
        ALL[name](linear, tensor(X), strict=True, create_graph=True)
    assert str(error.value) == (
        "The jacobian of the user-provided function is independent of input 0. This is not allowed in strict "
        "mode when create_graph=True."
    )


@pytest.mark.parametrize("name", ["vhp", "hvp"])
def test_strict_with_create_graph_refuses_a_constant_hessian(name):
    with pytest.raises(RuntimeError) as error:
        ALL[name](lambda x: (x * x).sum(), tensor(X), tensor(X), strict=True, create_graph=True)
    assert str(error.value) == (
        "The hessian of the user-provided function is independent of input 0. This is not allowed in strict "
        "mode when create_graph=True."
    )
