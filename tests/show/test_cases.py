"""by_cases: the same values, in fewer and plainer cases."""

import random

import pytest
from sympy import ITE, Abs, And, Eq, Max, Min, Ne, Or, Piecewise, Symbol, log, sign, sin

from chainrule.show.cases import MOST, by_cases
from chainrule.show.symbols import text

x, y = Symbol("x", real=True), Symbol("y", real=True)


def step(condition, value=1):
    return Piecewise((value, condition), (0, True))


MERGED = {
    "(1 if x > 2 else -1)": step(x > 2) - step(x < 2),
    "(2*x if x > 1 else 2)": 2 * x * step(x > 1) + 2 * step(x <= 1),
    "(2*x if x > 1 else 1)": x * Piecewise((1, x > 1), (0, x < 1), (0.5, True)) + Max(1, x),
    "(1 if x > 1 else 2*x if x > 0 else 0)": step(And(x > 0, x < 1), x) + Min(1, Max(0, x)),
    "(1 if x > 3/2 else -1)": Piecewise((1, x > 2), (1, 2 * x > 3), (-1, True)),
    "(3 if x > 1 else 0)": step(ITE(x > 1, True, x >= 1), 3),
    "x": Piecewise((x, x > 0), (x, True)) + step(Eq(x, 0)),
    "(2 if x > y else 1)": Piecewise((1, x < y), (2, y <= x)),
    "(5 if x > -1/2 else 0)": step(-2 * x < 1, 5),
    "(1 if x > 0 else 2 if x > -1 else -1)": sign(x) * step(x > 0)
    + step(And(x <= 0, x > -1), 2)
    - step(x <= -1),
    "(sign(x) if abs(x) > abs(y) else 0)": sign(x) * step(Abs(x) >= Abs(y)),
    "(1 if x > y and y > 0 else 0)": step(And(x > y, y > 0)),
}


@pytest.mark.parametrize("expected", MERGED)
def test_conditions_are_merged(expected):
    assert text(by_cases(MERGED[expected], keep_points=False)) == expected


def test_single_points_can_be_kept():
    found = Piecewise((1, Eq(x, 0)), (sin(x) / x, True))
    assert by_cases(found, keep_points=False) == sin(x) / x
    assert by_cases(found, keep_points=True).subs(x, 0) == 1
    assert by_cases(step(Ne(x, 0), 7), keep_points=True).subs(x, 0) == 0


def test_what_has_no_conditions_is_left_alone():
    assert by_cases(Max(x, 1) + log(x), keep_points=False) == Max(x, 1) + log(x)


def test_too_many_conditions_are_left_alone():
    found = sum(step(x > k, x**k) for k in range(MOST + 1))
    assert by_cases(found, keep_points=False) == found


def test_random_formulas_keep_their_values():
    source = random.Random(0)
    for _ in range(60):
        thresholds = [source.choice([-1, 0, 1, 2, y, x**2 - 1]) for _ in range(3)]
        relations = [
            source.choice([lambda a: x > a, lambda a: x < a, lambda a: a >= x, lambda a: 2 * x <= 2 * a])(t)
            for t in thresholds
        ]
        condition = source.choice([And, Or])(*relations[:2])
        found = (
            Piecewise((x, condition), (y, relations[2]), (3, True)) * step(relations[0], 2)
            + Max(x, thresholds[1]) * step(relations[2])
            - Piecewise((1, ~relations[1]), (x * y, True))
        )
        merged = by_cases(found, keep_points=False)
        for _ in range(8):
            at = {x: source.uniform(-3, 3), y: source.uniform(-3, 3)}
            assert merged.subs(at) == pytest.approx(found.subs(at))
