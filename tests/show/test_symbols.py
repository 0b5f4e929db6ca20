"""Formulas: exact numbers put back, and text that the command reads again."""

import math

import pytest
from sympy import Abs, E, Eq, Float, Max, Min, Mod, Piecewise, Symbol, exp, log, loggamma, pi, sign, sqrt
from sympy import And as Both

import chainrule
from chainrule.command.expression import parse
from chainrule.command.formulas import formula_texts
from chainrule.command.functions import ExpressionFunction
from chainrule.command.vocabulary import FUNCTIONS as VOCABULARY
from chainrule.show.labels import formulas
from chainrule.show.pointwise import derivatives
from chainrule.show.symbols import derivative_of, simpler, text, tidy

x, y = Symbol("x", real=True), Symbol("y", real=True)

TIDIED = {
    "2": Float(2.0),
    "1/3": Float(1 / 3),
    "0.1": Float(0.1),
    "0.25": Float(0.25),
    "6.02e+23": Float(6.02e23),
    "log(2)": Float(math.log(2)),
    "-log(10)**2": Float(-(math.log(10) ** 2)),
    "1/log(2)": Float(1 / math.log(2)),
    "pi/180": Float(math.pi / 180),
    "2/sqrt(pi)": Float(2 / math.sqrt(math.pi)),
    "2*pi": Float(2 * math.pi),
    "180/pi": Float(180 / math.pi),
    "sqrt(x)": x ** Float(0.5),
    "x**(-2/3)": x ** Float(1 / 3 - 1),
    "x**0.123456789012": x ** Float(0.123456789012),
}


@pytest.mark.parametrize("expected", TIDIED)
def test_floats_become_what_they_stand_for(expected):
    assert text(tidy(TIDIED[expected])) == expected


TEXTS = {
    "sqrt(x)": sqrt(x),
    "abs(x)": Abs(x),
    "max(2, x, y)": Max(x, 2, y),
    "min(x, y)": Min(x, y),
    "e*exp(x)": E * exp(x, evaluate=False),
    "lgamma(x)": loggamma(x),
    "sign(x)": sign(x),
    "(x % 2)": Mod(x, 2),
    "(x if x > 0 else 2)": Piecewise((x, x > 0), (2, True)),
    "(1 if x == 0 else x if x > 1 and y < 2 else 2)": Piecewise(
        (1, Eq(x, 0)), (x, Both(x > 1, y < 2)), (2, True)
    ),
    "-x**2*log(x)/3 + pi": pi - x**2 * log(x) / 3,
}


@pytest.mark.parametrize("expected", TEXTS)
def test_text_is_in_the_language_of_the_command(expected):
    assert text(TEXTS[expected]) == expected
    assert parse(expected, ["x", "y"]).text == expected


FUNCTIONS = [
    "6*x**2 + 2*x + 4",
    "sin(2*pi*x)*exp(-x)",
    "x**(1/3) + sqrt(x)",
    "log(x)/x",
    "log2(x) + log10(x) + log1p(x)",
    "2**x + x**x",
    "tanh(x) + atan(x)",
    "asin(x/4) + acosh(1 + x)",
    "erf(x) + sigmoid(x)",
    "abs(x - 2)*max(x, 1)",
    "x**2 if x > 1 else 2*x - 1",
    "hypot(x, 3)/atan2(x, 2)",
    "e**x/x",
    "1/(1 + exp(-x))",
]


CALLS = {
    "acosh": "acosh(1 + x)*x",
    "clamp": "x*clamp(x, 1, 2)",
    "polygamma": "x*polygamma(1, x)",
    "where": "where(x > 1, x**2, sin(x))",
    **{name: f"x*{name}(x/3)" for name in ("asin", "acos", "arcsin", "arccos", "atanh")},
}


def a_call_of(name):
    """Return an expression with a function of the command's vocabulary."""
    return CALLS.get(name, f"x*{name}(x)" if VOCABULARY[name].fewest == 1 else f"x*{name}(x, 1.1)")


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("written", FUNCTIONS + [a_call_of(name) for name in VOCABULARY])
def test_formulas_typed_in_again_have_the_values_of_the_derivative(written, order):
    function = ExpressionFunction(parse(written, ["x"]), ["x"])
    formula = formula_texts(function, [("d", (0,) * order)])["d"]
    again = ExpressionFunction(parse(formula, ["x"]), ["x"])
    for point in (0.6, 1.7, 2.9):
        expected = derivatives(function, point, order)[order]
        value = derivatives(lambda t: again.evaluate({"x": t}), point, 0)[0]
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_branches_for_single_points_are_left_out_unless_the_function_has_them():
    assert text(simpler(derivative_of(lambda x: x**x, ["x"], [0]))) == "x**x*(log(x) + 1)"

    def f(x):
        return chainrule.where(x == 0, 1.0, chainrule.sin(x) / x)

    assert "x != 0" in text(simpler(derivative_of(f, ["x"], [0])))


def test_a_function_that_cannot_run_on_symbols_has_no_formula_and_generic_labels():
    def f(x):
        return x if x > 0 else -x

    with pytest.raises(Exception):  # noqa: B017 (whatever the symbols object to)
        derivative_of(f, ["x"])
    assert formulas(f, 1, ["x"]) == ["$f(x)$", "$f'(x)$"]


def test_legends_have_formulas_and_long_ones_do_not():
    assert formulas(lambda x: x**3, 2, ["x"]) == [
        "$f(x)$ = $x^{3}$",
        "$f'(x)$ = $3 x^{2}$",
        "$f''(x)$ = $6 x$",
    ]
    assert formulas(lambda u, v: u * v, 1, ["u", "v"])[1] == r"$\partial f / \partial u$ = $v$"

    assert formulas(lambda x: chainrule.maximum(x, 1) * x, 1, ["x"]) == [
        r"$f(x)$ = $x \max\left(1, x\right)$",
        "$f'(x)$ = $2 x$ if $x > 1$, else $1$",
    ]

    def long(x):
        for k in range(2, 12):
            x = chainrule.sin(x * k) + x**k
        return x

    assert formulas(long, 1, ["x"]) == ["$f(x)$", "$f'(x)$"]


def test_high_powers_of_sums_are_not_multiplied_out():
    found = simpler((x + 1) ** 900 / (x + 2) ** 800)
    assert text(found) == "(x + 1)**900/(x + 2)**800"
