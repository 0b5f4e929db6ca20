"""formula: derivatives of functions of numbers, vectors and matrices as SymPy's expressions."""

import time

import numpy as np
import pytest
from sympy import Array, Matrix, Rational, Symbol, cos, diff, exp, hessian, log, pi, sin, sqrt, symbols

import chainrule as cr

x, y = symbols("x y", real=True)
xs = symbols("x_:3", real=True)
a, b, c, d = symbols("A_0_0 A_0_1 A_1_0 A_1_1", real=True)
column = Matrix(xs)
matrix = Matrix([[a, b], [c, d]])


def same(found, expected):
    """Whether two expressions, matrices or arrays are equal for all values of their symbols."""
    difference = found - expected
    return (difference.expand() if isinstance(difference, Matrix) else difference).equals(0 * difference)


# -- numbers --------------------------------------------------------------------------------------


def test_functions_of_one_and_of_several_numbers():
    assert cr.formula(lambda x: x * cr.sin(x)) == x * cos(x) + sin(x)
    assert cr.formula(lambda x, y: x**2 * y) == (2 * x * y, x**2)
    assert cr.formula(lambda x, y: x**2 * y, 2) == (2 * y, 0)
    assert cr.formula(lambda x: x**2 + x, 0) == x**2 + x


def test_a_parameter_with_a_default_keeps_it():
    assert cr.formula(lambda x, power=3: x**power) == 3 * x**2
    power = Symbol("power", real=True)
    found = cr.formula(lambda x, power=3: x**power, shapes={"power": ()})
    assert found == (power * x ** (power - 1), x**power * log(x))


def test_parameters_may_be_given_by_name_only_and_others_be_skipped():
    def f(x, *, scale, shift=1.0):
        return scale * x + shift

    shift = Symbol("shift", real=True)
    assert cr.formula(f) == (Symbol("scale", real=True), x)
    assert cr.formula(lambda x, scale=2.0, shift=0.0: scale * x * shift, shapes={"shift": ()}) == (
        2 * shift,
        2 * x,
    )


def test_operations_themselves_are_functions():
    assert cr.formula(cr.sin) == cos(Symbol("x", real=True))
    assert len(cr.formula(cr.linalg.norm, shapes={"input": 3})) == 3


def test_sinc_and_hypot():
    assert cr.formula(cr.sinc, 2).subs(x, 0) == -(pi**2) / 3
    assert cr.formula(cr.sinc).subs(x, Rational(1, 2)) == -4 / pi
    assert cr.formula(lambda x, y: cr.hypot(x, y)) == (x / sqrt(x**2 + y**2), y / sqrt(x**2 + y**2))


# -- vectors and matrices -------------------------------------------------------------------------

VECTOR_FUNCTIONS = {
    "product": (lambda x: x @ x, sum(e**2 for e in xs)),
    "norm": (lambda x: cr.norm(x), sqrt(sum(e**2 for e in xs))),
    "norm of order 4": (lambda x: cr.linalg.vector_norm(x, 4), sum(e**4 for e in xs) ** Rational(1, 4)),
    "logsumexp": (lambda x: cr.logsumexp(x, 0), log(sum(map(exp, xs)))),
    "softmax": (lambda x: cr.softmax(x, 0)[1], exp(xs[1]) / sum(map(exp, xs))),
    "log_softmax": (lambda x: cr.log_softmax(x, 0)[2], xs[2] - log(sum(map(exp, xs)))),
    "mean": (lambda x: cr.mean(x**2), sum(e**2 for e in xs) / 3),
    "var": (lambda x: cr.var(x), sum((e - sum(xs) / 3) ** 2 for e in xs) / 2),
    "prod": (lambda x: cr.prod(x), xs[0] * xs[1] * xs[2]),
    "cumsum": (lambda x: (cr.cumsum(x, 0) ** 2).sum(), xs[0] ** 2 + (xs[0] + xs[1]) ** 2 + sum(xs) ** 2),
    "cumprod": (lambda x: cr.cumprod(x, 0).sum(), xs[0] + xs[0] * xs[1] + xs[0] * xs[1] * xs[2]),
    "stack": (lambda x: cr.stack([x[0], x[2] * 2]).prod(), 2 * xs[0] * xs[2]),
    "cat": (lambda x: (cr.cat([x, x[:1]]) ** 2).sum(), 2 * xs[0] ** 2 + xs[1] ** 2 + xs[2] ** 2),
    "slices": (lambda x: (x[1:] * x[:-1]).sum(), xs[0] * xs[1] + xs[1] * xs[2]),
    "index arrays": (lambda x: (x[[2, 2, 0]] ** 2).sum(), 2 * xs[2] ** 2 + xs[0] ** 2),
    "flip and reshape": (lambda x: x.flip(0).reshape(3, 1)[0, 0] * x[0], xs[2] * xs[0]),
    "numpy": (
        lambda x: np.sum(np.exp(x) * np.array([1.0, 2.0, 3.0])),
        exp(xs[0]) + 2 * exp(xs[1]) + 3 * exp(xs[2]),
    ),
    "iteration": (lambda x: sum(e * e for e in x), sum(e**2 for e in xs)),
}


@pytest.mark.parametrize("name", VECTOR_FUNCTIONS)
def test_gradient_and_hessian_by_a_vector(name):
    f, expected = VECTOR_FUNCTIONS[name]
    assert same(cr.formula(f, shapes={"x": 3}), Matrix([diff(expected, e) for e in xs]))
    assert same(cr.formula(f, 2, shapes={"x": 3}), hessian(expected, xs))


MATRIX_FUNCTIONS = {
    "trace": (lambda A: cr.trace(A @ A), (matrix * matrix).trace()),
    "det": (lambda A: cr.linalg.det(A), matrix.det()),
    "inv": (lambda A: cr.linalg.inv(A)[0, 1], matrix.inv()[0, 1]),
    "norm": (lambda A: cr.linalg.norm(A), sqrt(a**2 + b**2 + c**2 + d**2)),
    "diagonal": (lambda A: cr.diagonal(A).prod(), a * d),
    "triangle": (lambda A: (cr.tril(A) ** 2).sum(), a**2 + c**2 + d**2),
    "transpose": (lambda A: (A.T * A)[0, 1], b * c),
    "columns": (lambda A: A.sum(0).prod(), (a + c) * (b + d)),
    "constants": (lambda A: (A @ cr.tensor([1.0, 2.0])).sum(), a + 2 * b + c + 2 * d),
    "einsum": (lambda A: cr.einsum("ij,ji->", A, A), a**2 + 2 * b * c + d**2),
}


@pytest.mark.parametrize("name", MATRIX_FUNCTIONS)
def test_gradient_and_second_derivative_by_a_matrix(name):
    f, expected = MATRIX_FUNCTIONS[name]
    gradient = cr.formula(f, shapes={"A": (2, 2)})
    assert same(gradient, Matrix(2, 2, [diff(expected, e) for e in matrix]))
    second = cr.formula(f, 2, shapes={"A": (2, 2)})
    assert second.shape == (2, 2, 2, 2)
    expected = Array([diff(expected, e, other) for e in matrix for other in matrix], (2, 2, 2, 2))
    assert all((p - q).equals(0) for p, q in zip(second.reshape(16), expected.reshape(16), strict=True))


def test_vectors_beside_matrices_and_numbers():
    def f(A, x, y):
        return y * (x @ A @ x)

    p, q = symbols("x_:2", real=True)
    found = cr.formula(f, shapes={"A": (2, 2), "x": 2})
    assert same(found[0], y * Matrix([[p * p, p * q], [p * q, q * q]]))
    assert same(found[1], Matrix([y * (2 * a * p + (b + c) * q), y * (2 * d * q + (b + c) * p)]))
    assert same(found[2], a * p * p + (b + c) * p * q + d * q * q)


def test_choices_are_cases():
    gradient = cr.formula(lambda x: cr.where(x > 0, x**2, -x).sum(), shapes={"x": 2})
    assert [e.subs(xs[0], 3).subs(xs[1], -2) for e in gradient] == [6, -1]
    gradient = cr.formula(lambda x: cr.amax(x), shapes={"x": 3})
    for at in [(1, 2, 3), (2, 3, 1), (3, 1, 2)]:
        assert [e.subs(dict(zip(xs, at, strict=True))) for e in gradient] == [int(v == 3) for v in at]
    gradient = cr.formula(lambda x: cr.linalg.vector_norm(x, float("inf")), shapes={"x": 2})
    assert [e.subs({xs[0]: 1, xs[1]: -2}) for e in gradient] == [0, -1]


def test_the_norm_of_order_one_has_signs():
    gradient = cr.formula(lambda x: cr.linalg.vector_norm(x, 1), shapes={"x": 2})
    assert [e.subs({xs[0]: 5, xs[1]: -2}) for e in gradient] == [1, -1]


def test_derivatives_of_order_three_are_an_array():
    found = cr.formula(lambda x: x[0] ** 2 * x[1], 3, shapes={"x": 2})
    assert found == Array([[[0, 2], [2, 0]], [[2, 0], [0, 0]]])


def test_a_function_that_does_not_use_an_argument_has_zeros():
    assert cr.formula(lambda x, y: y, shapes={"x": 2}) == (Matrix([0, 0]), 1)
    assert cr.formula(lambda x: 3.0, shapes={"x": 2}) == Matrix([0, 0])


def test_changes_in_place_are_seen_in_the_formula_also_through_views():
    def scaled(x):
        y = x.clone()
        y[0] *= 2
        y[1:] += x[0]
        return (y**2).sum()

    gradient = cr.formula(scaled, shapes={"x": 2})
    assert same(gradient, Matrix([8 * xs[0] + 2 * (xs[0] + xs[1]), 2 * (xs[0] + xs[1])]))

    def filled(x):
        y = cr.zeros(3)
        y[1:] = x**2
        return y.sum()

    assert cr.formula(filled, shapes={"x": 2}) == Matrix([2 * xs[0], 2 * xs[1]])

    def by_view(x):
        y = x * 1
        y.reshape(2, 2)[1].zero_()
        return (y**2).sum()

    assert list(cr.formula(by_view, shapes={"x": 4})) == [2 * xs[0], 2 * xs[1], 0, 0]


def test_constants_of_either_precision_are_exact():
    assert cr.formula(lambda x: cr.tensor([0.1, 0.2]) @ x, shapes={"x": 2}) == Matrix([0.1, 0.2])
    assert cr.formula(lambda x: np.array([0.1, 0.2]) @ x, shapes={"x": 2}) == Matrix([0.1, 0.2])
    assert cr.formula(lambda x: cr.tensor(2.0) * x) == 2


# -- what has no formula --------------------------------------------------------------------------

NO_FORMULA = {
    "needs numbers": [
        lambda x: x if x.sum() > 0 else -x,
        lambda x: x.sum().item() * x[0],
        lambda x: x[x > 0].sum(),
        lambda x: cr.sort(x)[0][0],
        lambda x: cr.max(x, 0)[0],
        lambda x: cr.median(x),
    ],
    "no formula for svd": [lambda x: cr.linalg.norm(x.reshape(1, 3), "nuc")],
    "no word for nextafter": [lambda x: cr.nextafter(x, x + 1).sum()],
    "real numbers": [lambda x: (x * 1j).sum(), lambda x: x.int().sum()],
    "one number": [lambda x: x],
}


@pytest.mark.parametrize(
    ("reason", "f"), [(reason, f) for reason, functions in NO_FORMULA.items() for f in functions]
)
def test_without_a_formula_there_is_a_type_error_that_says_why(reason, f):
    with pytest.raises(TypeError, match=reason):
        cr.formula(f, shapes={"x": 3})


def test_mistakes_of_the_function_raise_what_they_raise_with_numbers():
    with pytest.raises(IndexError, match="index 5 is out of bounds"):
        cr.formula(lambda x: x[5], shapes={"x": 3})
    with pytest.raises(
        RuntimeError, match=r"The size of tensor a \(3\) must match the size of tensor b \(2\)"
    ):
        cr.formula(lambda x: (x + cr.zeros(2)).sum(), shapes={"x": 3})


def test_shapes_that_do_not_fit():
    def f(x):
        return x.sum()

    with pytest.raises(ValueError, match="shapes has 'y', but the parameters are x"):
        cr.formula(f, shapes={"y": 3})
    with pytest.raises(TypeError, match="shape of 'x' must be a whole number"):
        cr.formula(f, shapes={"x": 2.5})
    with pytest.raises(ValueError, match="at least 1"):
        cr.formula(f, shapes={"x": (2, 0)})
    with pytest.raises(ValueError, match="two symbols would be called 'x_0'"):
        cr.formula(lambda x, x_0: x.sum() * x_0, shapes={"x": 3})
    with pytest.raises(TypeError, match="at least one parameter"):
        cr.formula(lambda: 1.0)
    with pytest.raises(ValueError, match="at least 0"):
        cr.formula(f, -1)


# -- bounds ---------------------------------------------------------------------------------------


def steps(count):
    def f(x):
        for _ in range(count):
            x = cr.sin(x) * x + 1 / x
        return x

    return f


WEIGHTS = np.random.default_rng(0).normal(size=(20, 20))

TOO_LARGE = {
    "entries": (lambda x: x @ x, 2, {"x": 50}),
    "steps": (steps(1000), 0, {}),
    "derivatives": (steps(5), 1, {}),
    "determinant": (cr.linalg.det, 1, {"A": (5, 5)}),
    "layers": (lambda x: cr.tanh(WEIGHTS @ cr.tanh(WEIGHTS @ x)).sum(), 1, {"x": 20}),
    "Hessian": (lambda x: cr.logsumexp(x, 0), 2, {"x": 31}),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_what_is_too_large_to_be_written_out_is_refused_soon(name):
    f, order, shapes = TOO_LARGE[name]
    begin = time.perf_counter()
    with pytest.raises(ValueError, match="written out"):
        cr.formula(f, order, shapes=shapes)
    assert time.perf_counter() - begin < 5


def test_long_vectors_take_seconds_at_most():
    begin = time.perf_counter()
    cr.formula(lambda x: cr.norm(cr.sin(x)) * cr.softmax(x, 0)[0] / cr.var(x), shapes={"x": 10})
    cr.formula(lambda x: cr.logsumexp(x, 0), 2, shapes={"x": 10})
    assert time.perf_counter() - begin < 15
