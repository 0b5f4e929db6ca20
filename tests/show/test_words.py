"""Words: every elementwise operation has a formula with the right values, or a reason why not."""

import math

import numpy as np
import pytest

import chainrule
from chainrule.core.kinds import Elementwise
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, wrap
from chainrule.show.symbols import derivative_of
from chainrule.show.words import ELEMENTS, FUNCTIONS

NO_WORD = {"nextafter": "real numbers have no next one"}

ELEMENTWISE = {name: p for name, p in registry.items() if isinstance(p, Elementwise)}

# What is not differentiated: conditions, Python numbers.
PLAIN = {
    "where": {"condition": True},
    "select_live": {"live": True},
    "masked_fill": {"mask": False},
    "masked_fill_number": {"mask": False},
    "pow_number": {"exponent": 2.5},
    "number_pow": {"base": 1.7},
    "rsub_number": {"minuend": 0.4},
    "remainder_number": {"divisor": 0.4},
    "fmod_number": {"divisor": 0.4},
    "clamp_min_number": {"min": 0.5},
    "clamp_max_number": {"max": 0.5},
}

PARAMETERS = {
    "add_scaled": {"alpha": 1.5},
    "sub_scaled": {"alpha": 1.5},
    "addcmul": {"value": 1.5},
    "addcdiv": {"value": 1.5},
    "copysign_number": {"sign": -1.0},
    "lerp_number": {"weight": 0.3},
    "clamp_number": {"min": 0.2, "max": 0.5},
    "masked_fill_number": {"value": 1.5},
    "round_decimals": {"decimals": 1},
    "sinc_derivative": {"order": 2},
    "softplus": {"beta": 2.0},
    "signed_power": {"exponent": 2.5},
    "abs_power": {"exponent": -1.5},
    "polygamma": {"n": 1},
}

POINTS = [(0.83, 0.37, 0.61), (0.29, 0.71, 0.17), (-0.59, -0.23, 0.41), (-0.31, 0.47, -0.73)]
FURTHER_OUT = [(1.3, 2.2, 3.1), (4.7, 1.9, 2.6)]
PLACES = {"acosh": FURTHER_OUT, "lgamma": POINTS[:2] + FURTHER_OUT}


def places(name):
    """Return points at which an operation is defined."""
    primitive = ELEMENTWISE[name]
    count = len(symbols(name))
    chosen = [point[:count] for point in PLACES.get(name, POINTS)]
    with np.errstate(all="ignore"):
        return [p for p in chosen if math.isfinite(number(call(primitive, [wrap(np.float64(x)) for x in p])))]


def symbols(name):
    """Return the names of the operands that are differentiated."""
    return [operand for operand in ELEMENTWISE[name].operands if operand not in PLAIN.get(name, {})]


def call(primitive, leaves):
    """Return the operation at leaves, whatever is no leaf in its place."""
    remaining = list(leaves)
    plain = PLAIN.get(primitive.name, {})
    operands = [plain[o] if o in plain else remaining.pop(0) for o in primitive.operands]
    operands = [np.bool_(x) if isinstance(x, bool) else x for x in operands]
    return primitive(*operands, **PARAMETERS.get(primitive.name, {}))


def number(y):
    return float(y._value if isinstance(y, TensorBase) else y)


def slope(f, point, i, step=1e-5):
    """Return a central difference."""
    up, down = ([x + s * step * (k == i) for k, x in enumerate(point)] for s in (1, -1))
    return (f(up) - f(down)) / (2 * step)


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in NO_WORD])
def test_values_and_derivatives_of_formulas_are_those_of_the_operation(name):
    primitive = ELEMENTWISE[name]
    names = symbols(name)

    def f(*leaves):
        return call(primitive, leaves)

    def value(point):
        with chainrule.no_grad():
            return number(f(*[wrap(np.float64(x)) for x in point]))

    def evaluate(formula, point):
        at = {s: point[names.index(s.name)] for s in formula.free_symbols}
        return float(formula.subs(at).evalf())

    points = places(name)
    assert len(points) >= 2
    formula = derivative_of(f, names)
    slopes = [derivative_of(f, names, [i]) for i in range(len(names))]
    for point in points:
        assert evaluate(formula, point) == pytest.approx(value(point), rel=1e-12, abs=1e-12)
        for i, found in enumerate(slopes):
            assert evaluate(found, point) == pytest.approx(slope(value, point, i), rel=1e-6, abs=1e-8)
            bends = derivative_of(f, names, [i, i])
            expected = slope(lambda p, found=found: evaluate(found, p), point, i)
            assert evaluate(bends, point) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", NO_WORD)
def test_what_has_no_word_raises_a_type_error_that_says_so(name):
    with pytest.raises(TypeError, match=f"SymPy has no word for {name}"):
        derivative_of(lambda *leaves: call(ELEMENTWISE[name], leaves), symbols(name))


def test_words_are_for_what_exists():
    assert registry.keys() >= ELEMENTS.keys()
    special = pytest.importorskip("scipy.special")
    assert all(hasattr(np, name) or hasattr(special, name) for name in FUNCTIONS)


def test_cases_at_single_points_are_the_true_values():
    sinc = derivative_of(chainrule.sinc, ["x"])
    (x,) = sinc.free_symbols
    for order in range(5):
        at_zero = derivative_of(chainrule.sinc, ["x"], [0] * order).subs(x, 0)
        series = 0 if order % 2 else (-1) ** (order // 2) * math.pi**order / (order + 1)
        assert float(at_zero) == pytest.approx(series)
