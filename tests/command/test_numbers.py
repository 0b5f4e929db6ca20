"""Functions and their derivatives at points: many at once, and one by one."""

import math

import numpy as np
import pytest

import chainrule
from chainrule.command import numbers
from chainrule.command.expression import parse
from chainrule.command.files import load
from chainrule.command.functions import ExpressionFunction
from chainrule.command.mistakes import Mistake
from chainrule.command.numbers import check_plot, rows_of
from chainrule.show.pointwise import derivatives, hessian


def function(text, *names):
    return ExpressionFunction(parse(text, names), names)


@pytest.mark.parametrize(
    "text",
    ["x**3", "sin(x)*exp(-x)", "log(x) if x > 0 else x", "where(x > 0, sqrt(x), 0)", "max(x, 1)", "3*x", "7"],
)
def test_many_points_at_once_give_what_single_points_give(text):
    f = function(text, "x")
    xs = np.linspace(-1, 2, 7)
    expected = [derivatives(f, x, 3) for x in xs]
    np.testing.assert_allclose(rows_of(f, [(x,) for x in xs], 3), expected, rtol=1e-14, atol=1e-15)


def test_points_come_in_batches(monkeypatch):
    monkeypatch.setattr(numbers, "AT_ONCE", 4)
    rows = rows_of(function("x*x", "x"), [(float(k),) for k in range(11)], 2)
    assert rows == [[float(k * k), 2.0 * k, 2.0] for k in range(11)]


def test_of_several_variables_the_upper_half_of_the_hessian_is_given():
    f = function("u**2*v + w*u", "u", "v", "w")
    point = (3.0, 4.0, 5.0)
    value, slopes, matrix = hessian(f, point)
    upper = [matrix[i][j] for i in range(3) for j in range(i, 3)]
    assert rows_of(f, [point], 2) == [[value, *slopes, *upper]]
    assert rows_of(f, [point, point], 2) == [[value, *slopes, *upper]] * 2


def test_where_the_function_is_undefined_its_derivatives_are_too():
    first, second = rows_of(function("log(x)", "x"), [(-1.0,), (1.0,)], 1)
    assert all(math.isnan(x) for x in first)
    assert second == [0.0, 1.0]


def test_a_graph_that_grows_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(numbers, "LARGEST_GRAPH", 5)
    f = function("sin(exp(x))*x", "x")
    assert len(rows_of(f, [(1.0,)], 1)[0]) == 2
    with pytest.raises(
        Mistake, match=r"the derivative of order 1 takes [0-9]+ operations, too many to go on"
    ):
        rows_of(f, [(1.0,)], 2)


def test_a_plot_that_would_take_minutes_is_refused():
    check_plot(function("exp(-x)*sin(4*x)", "x"), (1.0,), 3)
    with pytest.raises(Mistake, match=r"--plot: the derivative of order [0-9] takes"):
        check_plot(function("x**x**x**x", "x"), (1.0,), 5)


def test_what_backward_refuses_is_a_mistake(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def f(x):\n    y = x * x\n    y.backward()\n    return y\n")
    f = load(str(path), "f", ["x"])
    f.check([1.0])
    with pytest.raises(Mistake, match="cannot be differentiated: Trying to backward through the graph"):
        rows_of(f, [(1.0,)], 1)


def test_float32_results_of_a_users_function_are_numbers_too(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def f(x):\n    return x.float() * 2\n")
    assert rows_of(load(str(path), "f", ["x"]), [(1.5,)], 1) == [[3.0, 2.0]]
    assert chainrule.get_default_dtype() is chainrule.float32
