"""Derivatives at single points."""

import math

import pytest

import chainrule
from chainrule.show.pointwise import derivatives, gradient, hessian, value


def test_derivatives_of_any_order():
    found = derivatives(lambda x: chainrule.sin(x), 0.3, 4)
    s, c = math.sin(0.3), math.cos(0.3)
    assert found == pytest.approx([s, c, -s, -c, s], rel=1e-14)


def test_what_does_not_depend_on_x_has_derivative_zero():
    assert derivatives(lambda x: 3.0, 1.0, 3) == [3.0, 0.0, 0.0, 0.0]
    assert derivatives(lambda x: 2 * x, 1.0, 3) == [2.0, 2.0, 0.0, 0.0]
    assert gradient(lambda x, y: 2 * x, (1.0, 1.0)) == (2.0, [2.0, 0.0])
    assert hessian(lambda x, y: 2 * x, (1.0, 1.0)) == (2.0, [2.0, 0.0], [[0.0, 0.0], [0.0, 0.0]])


def test_the_hessian_is_symmetric_and_right():
    _, slopes, rows = hessian(lambda u, v: u**3 * v**2, (2.0, 3.0))
    assert slopes == [108.0, 48.0]
    assert rows == [[108.0, 72.0], [72.0, 16.0]]


def test_results_of_one_element_and_integers_count_as_numbers():
    assert derivatives(lambda x: chainrule.ones(1, dtype=chainrule.float64) * x, 3.0, 1) == [3.0, 1.0]
    assert value(lambda x: 7, (1.0,)) == 7.0


def test_derivatives_are_taken_even_under_no_grad():
    with chainrule.no_grad():
        assert derivatives(lambda x: x * x, 3.0, 1) == [9.0, 6.0]


def test_a_function_that_is_not_defined_has_no_derivatives_either():
    assert all(math.isnan(x) for x in derivatives(lambda x: chainrule.log(x), -1.0, 2))
    y, slopes = gradient(lambda x, y: chainrule.log(x) + y, (-1.0, 1.0))
    assert all(math.isnan(x) for x in [y, *slopes])
    y, slopes, rows = hessian(lambda x, y: chainrule.log(x) + y, (-1.0, 1.0))
    assert all(math.isnan(x) for x in [y, *slopes, *rows[0], *rows[1]])
