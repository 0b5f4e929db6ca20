"""Functions made of expressions."""

import math

import numpy as np
import pytest

import chainrule
from chainrule.command.expression import parse
from chainrule.command.functions import ExpressionFunction
from chainrule.command.mistakes import Mistake
from chainrule.command.vocabulary import FUNCTIONS
from chainrule.show.pointwise import derivatives


def function(text, *names):
    return ExpressionFunction(parse(text, names), names)


def at(text, **values):
    f = function(text, *values)
    f.check(list(values.values()))
    return f(*[chainrule.tensor(v, dtype=chainrule.float64) for v in values.values()]).item()


PYTHON = {
    name: getattr(math, name)
    for name in ["sqrt", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "floor", "ceil"]
}


@pytest.mark.parametrize(
    "text",
    [
        "6*x**2 + 2*x + 4",
        "-x**2",
        "2**x",
        "x**x",
        "1/x - x/3",
        "x % 2",
        "7 % x",
        "sin(x)**2 + cos(x)**2",
        "exp(-x)*tan(x)",
        "sqrt(x) if x > 1 else x",
        "1 if 1 < x < 2 or x == 5 else 0",
        "0 if not x > 1 else 3",
        "pi*e*x + 10**3 - 2**-1",
        "-(-x)",
        "+x",
    ],
)
@pytest.mark.parametrize("x", [0.7, 1.5])
def test_values_are_those_of_python(text, x):
    expected = eval(text, {**PYTHON, "pi": math.pi, "e": math.e, "x": x})
    assert at(text, x=x) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_vocabulary_has_a_value_and_a_derivative(name):
    entry = FUNCTIONS[name]
    arguments = ["x", *["0.9"] * (entry.fewest - 1)]
    if name in ("where", "polygamma"):
        arguments[:2] = {"where": ["x > 0", "0.9"], "polygamma": ["2", "x"]}[name]
    arguments = ", ".join(arguments)
    f = function(f"{name}({arguments})", "x")
    x, step = 1.4 if name == "acosh" else 0.4, 1e-6
    f.check([x])
    value, slope = derivatives(f, x, 1)
    assert np.isfinite([value, slope]).all()
    above, below = derivatives(f, x + step, 0)[0], derivatives(f, x - step, 0)[0]
    assert slope == pytest.approx((above - below) / (2 * step), abs=1e-6)


def test_max_and_min_take_many_arguments():
    assert at("max(x, 2, 1) + min(x, 2, 1, 0.5)", x=1.5) == 2.5


def test_whole_numbers_stay_exact_and_huge_ones_become_floats():
    assert at("x*(2**53 - 1)", x=1.0) == 2.0**53 - 1
    assert at("x + 99999999999999999999", x=0.0) == 1e20


UNDEFINED = {
    "log(x - 4)": "log(-1) is not defined",
    "1 + 1/(x - 3)": "division by zero",
    "x % 0": "division by zero",
    "(x - 11)**0.5": "(-8)**0.5 is not a real number",
    "(x - 3)**-1": "division by zero: 0**-1",
    "sqrt(x - 4)": "sqrt(-1) is not defined",
    "exp(1000*x)": "the result is too large for float64",
    "acos(x)": "acos(3) is not defined",
    "x**2 + log(0)": "log(0) is not defined",
    "x + 10**999": "the result is too large for float64",
}


@pytest.mark.parametrize("text", UNDEFINED)
def test_where_an_expression_is_undefined_is_marked(text):
    with pytest.raises(Mistake) as caught:
        function(text, "x").check([3.0])
    assert caught.value.message == UNDEFINED[text]
    start, end = caught.value.span
    assert 0 <= start < end <= len(text)


def test_the_innermost_undefined_operation_is_marked():
    with pytest.raises(Mistake) as caught:
        function("2*sin(1/x) + 1", "x").check([0.0])
    assert str(caught.value).split("\n")[1:] == ["  2*sin(1/x) + 1", "        ^^^"]


@pytest.mark.parametrize("text", ["log(x) if x > 0 else 0", "where(x > 0, 1/x, 2*x)"])
def test_a_branch_not_taken_may_be_undefined_and_does_not_spoil_the_derivative(text):
    f = function(text, "x")
    f.check([0.0])
    assert np.isfinite(derivatives(f, 0.0, 2)).all()


@pytest.mark.parametrize("text", ["x**1001", "(x + 1)**99999999", "2**10000 + x", "pow(x, 2000)"])
def test_whole_powers_are_bounded(text):
    with pytest.raises(Mistake, match="whole powers go up to 1000"):
        function(text, "x").check([1.0])


@pytest.mark.parametrize("text", ["polygamma(x, x)", "polygamma(1.5, x)", "polygamma(-1, x)"])
def test_the_order_of_polygamma_is_a_whole_number_and_is_marked(text):
    with pytest.raises(Mistake, match="whole numbers n, 0 or more") as caught:
        function(text, "x").check([1.0])
    assert caught.value.span[0] == len("polygamma(")


def test_everything_is_float64():
    y = function("x/3", "x")(chainrule.tensor(1.0, dtype=chainrule.float64))
    assert y.dtype is chainrule.float64
    assert function("3", "x")(chainrule.tensor(1.0, dtype=chainrule.float64)).dtype is chainrule.float64
