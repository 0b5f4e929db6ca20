"""What --at says."""

import math

import numpy as np
import pytest

from chainrule.command import points
from chainrule.command.mistakes import Mistake


def test_single_values_may_be_constant_expressions():
    (x, y) = points.read(["x=-3", "y = 2*pi"])
    assert (x.name, x.values, x.several) == ("x", (-3.0,), False)
    assert y.values == (2 * math.pi,)


def test_a_range_has_evenly_spaced_points_ends_included():
    (x,) = points.read(["x=-20:20:20"])
    assert x.several
    np.testing.assert_array_equal(x.values, np.linspace(-20, 20, 20))


def test_points_run_along_the_range():
    values = points.read(["x=0:1:3", "y=5"])
    assert points.points(values) == [(0.0, 5.0), (0.5, 5.0), (1.0, 5.0)]


MISTAKES = {
    ("3",): "--at takes values such as x=3, not '3'; the function stands before --at",
    ("x==3",): "--at takes values such as x=3, not 'x==3'; the function stands before --at",
    ("x=3", "x=4"): "'x' is given twice by --at",
    ("x=",): "a number is missing\n  x=\n    ^",
    ("x=1:2",): "a range is written x=from:to:how_many, as in x=-20:20:20\n  x=1:2\n    ^^^",
    ("x=1::5",): "a number is missing\n  x=1::5\n      ^",
    ("x=0:1:1",): "a table has from 2 to 10,000 points\n  x=0:1:1\n        ^",
    ("x=0:1:2.5",): "a table has from 2 to 10,000 points\n  x=0:1:2.5\n        ^^^",
    ("x=0:1:1e9",): "a table has from 2 to 10,000 points\n  x=0:1:1e9\n        ^^^",
    ("x=2:2:5",): "the range begins where it ends\n  x=2:2:5\n    ^^^",
    ("x=0:1:3", "y=0:1:3"): "a table runs over one range, but x and y are ranges",
    ("x=three",): "'three' is not a number\n  x=three\n    ^^^^^",
    ("x= 1/0",): "division by zero\n  x= 1/0\n     ^^^",
    ("x=2pi",): "an operator is missing; to multiply write 2*pi\n  x=2pi\n    ^^^",
}


@pytest.mark.parametrize("items", MISTAKES)
def test_each_mistake_is_named_and_marked(items):
    with pytest.raises(Mistake) as caught:
        points.read(items)
    assert str(caught.value) == MISTAKES[items]
