"""docs/tour.py: it is short, its examples are true, and it agrees with chainrule."""

import doctest
import importlib.util
from pathlib import Path

import numpy as np
import pytest

import chainrule

PATH = Path(__file__).parents[1] / "docs" / "tour.py"


@pytest.fixture(scope="module")
def tour():
    spec = importlib.util.spec_from_file_location("tour_of_the_core", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FUNCTIONS = {
    "polynomial": lambda m, x: 6 * x**2 + 2 * x + 4,
    "used often": lambda m, x: m.sin(x) * m.exp(x) / (2 + m.cos(x * x)) - x,
    "deep": lambda m, x: m.exp(m.sin(m.cos(x))) ** 3,
    "quotient of a constant": lambda m, x: 1 / (1 - m.exp(x)),
    "broadcast": lambda m, x: m.sin(x * np.ones((4, 1)) if m is not chainrule else x.expand(4, 3)) * x,
}
POINT = np.array([0.3, 1.7, 2.5])


def test_it_has_fewer_than_300_lines_and_does_without_chainrule():
    text = PATH.read_text()
    assert len(text.splitlines()) < 300
    assert "import chainrule" not in text
    assert "from chainrule" not in text


def test_its_examples_are_true(tour):
    result = doctest.testmod(tour)
    assert result.attempted >= 10
    assert result.failed == 0


def test_main_prints_the_walk(tour, capsys):
    tour.main()
    lines = capsys.readouterr().out.splitlines()
    received = [line.split()[-1] for line in lines if line.lstrip().startswith(("x =", "u =", "v ="))]
    assert received == ["18", "38", "20", "43", "6"]


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_first_and_second_derivatives_are_those_of_chainrule(tour, f):
    x = tour.Tensor(POINT, requires_grad=True)
    first = tour.grad(f(tour, x), x, create_graph=True)
    second = tour.grad(first, x)

    z = chainrule.tensor(POINT, requires_grad=True)
    (expected,) = chainrule.autograd.grad(f(chainrule, z).sum(), z, create_graph=True)
    (expected_second,) = chainrule.autograd.grad(expected.sum(), z)
    np.testing.assert_allclose(first.value, expected.detach().numpy(), rtol=1e-12)
    np.testing.assert_allclose(second.value, expected_second.numpy(), rtol=1e-12)


@pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)
def test_forward_mode_agrees_with_reverse_mode(tour, f):
    x = tour.Tensor(POINT, requires_grad=True)
    direction = np.array([1.0, -2.0, 0.5])
    _, tangent = tour.jvp(lambda x: f(tour, x), x, direction)
    expected = tour.grad(f(tour, x), x).value @ direction
    np.testing.assert_allclose(tangent.value.sum(), expected, rtol=1e-12)


def test_branches_not_taken_contribute_nothing_to_any_derivative(tour):
    def f(m, x):
        return m.where((x.value if m is tour else x) > 0, x**0.5, x * x)

    point = np.array([-1.0, 0.0, 4.0])
    x = tour.Tensor(point, requires_grad=True)
    first = tour.grad(f(tour, x), x, create_graph=True)
    second = tour.grad(first, x)
    np.testing.assert_allclose(first.value, [-2, 0, 0.25])
    np.testing.assert_allclose(second.value, [2, 2, -1 / 32])

    z = chainrule.tensor(point, requires_grad=True)
    (expected,) = chainrule.autograd.grad(f(chainrule, z).sum(), z)
    np.testing.assert_allclose(first.value, expected.numpy())


def test_a_scalar_broadcast_into_a_branch_keeps_its_marks(tour):
    s = tour.Tensor(0.0, requires_grad=True)
    y = tour.where(np.array([False, False]), s**0.5, 1)
    assert tour.grad(y, s).value == 0
