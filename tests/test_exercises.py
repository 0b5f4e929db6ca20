"""The five exercises of a first lesson on derivatives, with the numbers and the text they must print."""

from __future__ import annotations

import re

import numpy as np
import pytest

import chainrule
from chainrule import tensor


def text(x: object) -> str:
    return re.sub("0x[0-9a-f]+", "0x0", str(x))


def test_the_derivative_of_three_x_squared() -> None:
    x = tensor(3.0, requires_grad=True)
    assert text(x) == "tensor(3., requires_grad=True)"
    y = 3 * x**2
    assert text(y) == "tensor(27., grad_fn=<MulBackward0>)"
    y.backward()
    assert text(x.grad) == "tensor(18.)"


def test_a_leaf_and_a_result_show_their_places_in_the_graph() -> None:
    x = tensor(3.0, requires_grad=True)
    y = 3 * x**2
    y.backward()
    assert text(x.data) == "tensor(3.)"
    assert (x.grad_fn, x.is_leaf, x.requires_grad) == (None, True, True)
    assert text(x.grad) == "tensor(18.)"
    assert text(y.data) == "tensor(27.)"
    assert text(y.grad_fn) == "<MulBackward0 object at 0x0>"
    assert (y.is_leaf, y.requires_grad) == (False, True)
    assert text([node for node, _ in y.grad_fn.next_functions]) == "[<PowBackward0 object at 0x0>, None]"
    power = y.grad_fn.next_functions[0][0]
    assert text(power.next_functions) == "((<AccumulateGrad object at 0x0>, 0),)"
    assert power.next_functions[0][0].variable is x


def test_the_derivative_of_a_polynomial() -> None:
    x = tensor(3.0, requires_grad=True)
    y = 6 * x**2 + 2 * x + 4
    y.backward()
    assert text(y) == "tensor(64., grad_fn=<AddBackward0>)"
    assert x.grad.item() == 38.0


def test_partial_derivatives() -> None:
    u = tensor(3.0, requires_grad=True)
    v = tensor(4.0, requires_grad=True)
    f = u**3 + v**2 + 4 * u * v
    f.backward()
    assert text(f) == "tensor(91., grad_fn=<AddBackward0>)"
    assert (u.grad.item(), v.grad.item()) == (43.0, 20.0)


LINES = """tensor([400.0000, 320.2216, 249.3075, 187.2576, 134.0720,  89.7507,  54.2936,
         27.7008,   9.9723,   1.1080,   1.1080,   9.9723,  27.7008,  54.2936,
         89.7507, 134.0720, 187.2576, 249.3075, 320.2216, 400.0000],
       grad_fn=<PowBackward0>)"""


@pytest.fixture
def parabola() -> tuple[object, object]:
    x = chainrule.linspace(-20, 20, 20, requires_grad=True)
    return x, x**2


def test_a_function_of_many_values_prints_in_columns(parabola: tuple[object, object]) -> None:
    assert text(parabola[1]) == LINES


def test_a_function_of_many_values_is_summed_and_differentiated(parabola: tuple[object, object]) -> None:
    x, squares = parabola
    y = chainrule.sum(squares)
    assert y.item() == pytest.approx(2947.3687, rel=1e-6)
    assert text(y).endswith("grad_fn=<SumBackward0>)")
    y.backward()
    np.testing.assert_allclose(x.grad.detach().numpy(), np.linspace(-40, 40, 20), rtol=1e-6)


def test_values_and_gradients_come_out_as_float32_arrays(parabola: tuple[object, object]) -> None:
    x, squares = parabola
    squares.sum().backward()
    for t in (x, squares, x.grad):
        array = t.detach().numpy()
        assert isinstance(array, np.ndarray)
        assert array.dtype == np.float32
    np.testing.assert_allclose(squares.detach().numpy(), np.linspace(-20, 20, 20) ** 2, rtol=3e-6)
