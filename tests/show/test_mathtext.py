"""mathtext: expressions as matplotlib draws them."""

import pytest
from matplotlib.mathtext import MathTextParser
from sympy import (
    Abs,
    And,
    Max,
    Ne,
    Piecewise,
    Symbol,
    cos,
    exp,
    loggamma,
    polygamma,
    sign,
    sin,
    sqrt,
    symbols,
    tan,
)

from chainrule.show.mathtext import drawable, name_of

x, y = symbols("x y", real=True)

WRITTEN = {
    r"$x \, \sin(x)$": x * sin(x),
    r"$\tan^{2}(x)$": tan(x) ** 2,
    r"$4 \, \cos(2 x)$": 4 * cos(2 * x),
    r"$x \, \sin(\sin(x) \, \cos(x))$": x * sin(sin(x) * cos(x)),
    r"$\sin\left(\dfrac{1}{x}\right)$": sin(1 / x),
    r"$\dfrac{x}{\sqrt{x^{2} + 1}}$": x / sqrt(x**2 + 1),
    r"$e^{\frac{x}{2}}$": exp(x / 2),
    r"$\operatorname{sign}(x - 1)$": sign(x - 1),
    r"$|{x - 1}|$": Abs(x - 1),
    r"$\ln\Gamma(x) +\psi(x) +\psi^{(1)}(x)$": loggamma(x) + polygamma(0, x) + polygamma(1, x),
    r"$x^{2}$ if $x > 0$, else $- x$": Piecewise((x**2, x > 0), (-x, True)),
    r"$1$ if $x \neq 0$, else $0$": Piecewise((1, Ne(x, 0)), (0, True)),
    r"$1$ if $x > 1$ and $y < 2$, else $0$": Piecewise((1, And(x > 1, y < 2)), (0, True)),
    "(0 if x > 3 else 1 if x > 2 else 2 if x > 1 else 3)": Piecewise(
        (0, x > 3), (1, x > 2), (2, x > 1), (3, True)
    ),
    "x + (1 if x > 0 else 0)": x + Piecewise((1, x > 0), (0, True)),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_expressions_are_written_as_matplotlib_can_draw_them(written):
    found = drawable(WRITTEN[written])
    assert found.replace("  ", " ") == written
    MathTextParser("path").parse(found)


def test_extrema_and_their_powers():
    MathTextParser("path").parse(drawable(Max(x, y) ** 2 * x))


def test_names_of_variables():
    assert [name_of(name) for name in ("x", "beta", "lambda1", "x_0")] == [
        "x",
        r"\beta",
        r"\lambda_{1}",
        "x_{0}",
    ]
    assert name_of("air_speed") == r"\mathrm{air\_speed}"
    for name in ("_", "__a", "a_b_c", "größe", "rate", "x_"):
        MathTextParser("path").parse(f"${name_of(name)}$")


def test_every_name_can_stand_in_a_formula():
    assert name_of("air_speed") == r"\mathrm{air\_speed}"
    for name in ("_", "__a", "a_b_c", "x_"):
        MathTextParser("path").parse(drawable(Symbol(name, real=True) ** 2))


def test_words_in_a_product_stand_apart():
    height, width = symbols("height width", real=True)
    assert drawable(height * width) == r"$\mathrm{height} \, \mathrm{width}$"
