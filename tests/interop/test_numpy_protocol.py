"""NumPy's functions on tensors: NumPy's values and parameters, recorded, and no graph lost in silence."""

from __future__ import annotations

import operator

import numpy as np
import pytest
import scipy.special
from numpy.testing.overrides import get_overridable_numpy_array_functions, get_overridable_numpy_ufuncs

import chainrule as cr
from chainrule.numpy_protocol import ABOUT, ufuncs
from chainrule.numpy_protocol.common import FUNCTIONS, named
from interop import programs
from interop.numpy_calls import BINARY, CALLS, UNARY, M, P, V, W, check, uniform

ASKS = {np.allclose, np.array_equal, np.array_equiv, np.copyto}  # tested below
LOST = "Can't call numpy\\(\\) on Tensor that requires grad. Use tensor.detach\\(\\).numpy\\(\\) instead."


@pytest.fixture
def t():
    return cr.tensor([1.0, 2.0, 3.0], dtype=cr.float64, requires_grad=True)


# -- every function of the tables ---------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_functions_do_what_numpy_does(name):
    for f, arrays in CALLS[name]:
        check(f, arrays)


def test_every_function_in_the_tables_is_called():
    called = {named(name) for name in CALLS}
    assert {f.__name__ for f in FUNCTIONS if f not in called | ASKS} == set()


UFUNCS = {
    name: getattr(np, name, None) or getattr(scipy.special, name)
    for name in {*ufuncs.NAMES, *ufuncs.COMPOSED}
}


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_ufuncs_do_what_numpy_does(name):
    ufunc = UFUNCS[name]
    if ufunc.nin == 1:
        check(ufunc, [UNARY.get(ufunc.__name__, V / 3)])
        return
    a, b = BINARY.get(ufunc.__name__, (M, P))
    check(ufunc, [a, b])
    check(lambda x: ufunc(a, x), [b])  # an array first
    check(lambda x: ufunc(x, b), [a])
    if a.dtype.kind == "f" and ufunc.signature is None:
        check(lambda x: ufunc(x, 2.0), [np.abs(a)])
        check(lambda x: ufunc(0.7, x), [np.abs(b)])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.add.reduce(x),
        lambda x: np.add.reduce(x, axis=None),
        lambda x: np.add.reduce(x, axis=(0, 1), keepdims=True),
        lambda x: np.multiply.reduce(x, 1),
        lambda x: np.maximum.reduce(x, axis=1, initial=0.3),
        lambda x: np.minimum.reduce(x),
        lambda x: np.logaddexp.reduce(x, axis=None),
        lambda x: np.logaddexp.reduce(x, axis=()),
        lambda x: np.logaddexp.reduce(x, axis=1, keepdims=True),
        lambda x: np.logical_and.reduce(x > 0, axis=1),
        lambda x: np.logical_or.reduce(x > 0),
        lambda x: np.add.accumulate(x),
        lambda x: np.multiply.accumulate(x, axis=1),
        lambda x: np.maximum.accumulate(x, axis=1),
        lambda x: np.minimum.accumulate(x),
        lambda x: np.multiply.outer(x, V),
        lambda x: np.subtract.outer([1.0, 2.0], x),
        lambda x: np.add(x, 1, dtype=np.float64),
    ],
)
def test_methods_of_ufuncs(f):
    check(f, [M])


# -- operators with arrays and NumPy's scalars --------------------------------------------------

OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
]


@pytest.mark.parametrize("op", OPERATORS)
def test_operators_with_an_array_on_either_side(op):
    check(lambda x: op(P, x), [W])
    check(lambda x: op(x, P), [1 + W * W])


def test_matmul_with_an_array_on_either_side():
    check(lambda x: M @ x, [V])
    check(lambda x: x @ M.T, [V])


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("scalar", [np.float64(2), np.float32(2), np.int64(2)])
def test_numpy_scalars_on_the_left_do_not_widen(op, scalar):
    x = cr.tensor([1.0, 2.0], dtype=cr.float32, requires_grad=True)
    y = op(scalar, x)
    assert isinstance(y, cr.Tensor)
    expected = op(2.0, np.array([1.0, 2.0], np.float32))
    np.testing.assert_allclose(y.detach().numpy(), expected)
    assert y.dtype is cr.float32 or y.dtype is cr.bool


def test_array_dtypes_promote_as_tensors_of_them_do():
    x = cr.tensor([1.0, 2.0], dtype=cr.float32, requires_grad=True)
    y = np.array([1.0, 2.0]) * x
    assert y.dtype is cr.float64
    y.sum().backward()
    assert x.grad.dtype is cr.float32


# -- the graph is never lost --------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [
        lambda a, t: np.add(a, t, out=a),
        lambda a, t: np.exp(t, out=a),
        lambda a, t: operator.iadd(a, t),
        lambda a, t: operator.imul(a, t),
        lambda a, t: np.sum(t, axis=0, keepdims=True, out=a[:1]),
        lambda a, t: np.sum(t, 0, None, a[0]),
        lambda a, t: np.concatenate([t, t], out=np.zeros(6)),
        lambda a, t: np.add.at(a, [0, 1, 2], t),
        lambda a, t: np.add.reduce(t[None], out=a),
        lambda a, t: np.copyto(a, t),
        lambda a, t: np.clip(t, 0, 1, a),
        lambda a, t: np.std(t, 0, None, a[0]),
        lambda a, t: operator.setitem(a, ..., t),
        lambda a, t: operator.setitem(a, slice(None), t),
        lambda a, t: np.array(t),
        lambda a, t: np.asarray([t, t]),
        lambda a, t: a.dot(t),
        lambda a, t: np.sum([t, t]),  # NumPy asks lists for no protocol
    ],
)
def test_a_recorded_tensor_does_not_go_into_an_array(write, t):
    array = np.zeros(3)
    with pytest.raises(RuntimeError, match=LOST):
        write(array, t)
    np.testing.assert_array_equal(array, 0)


@pytest.mark.parametrize("write", [lambda a, t: operator.setitem(a, 0, t[0]), lambda a, t: a.fill(t[0])])
def test_a_number_taken_out_of_the_graph_warns(write, t):
    """NumPy asks for float(t), where torch warns."""
    with pytest.warns(cr.ChainruleWarning, match="Converting a tensor with requires_grad=True to a scalar"):
        write(np.zeros(3), t)


def test_the_refusal_names_the_function(t):
    with pytest.raises(RuntimeError, match=r"numpy.multiply would write it into a NumPy array"):
        np.multiply(t, 2, out=np.zeros(3))


def test_forward_mode_does_not_go_into_an_array(t):
    from chainrule.core.dual import make_dual, new_level

    with new_level():
        dual = make_dual(cr.tensor([1.0]), cr.tensor([1.0]))
        with pytest.raises(RuntimeError):
            np.add(dual, 1, out=np.zeros(1))


def test_tensors_off_the_graph_go_into_arrays(t):
    a = np.ones(3)
    a += t.detach()
    np.testing.assert_array_equal(a, [2, 3, 4])
    assert np.exp(t.detach(), out=a) is a
    np.testing.assert_allclose(a, np.exp([1, 2, 3]))
    a[...] = t.detach()
    np.testing.assert_array_equal(a, [1, 2, 3])
    np.add.at(a, [0, 0], cr.tensor([1.0, 1.0]))
    assert a[0] == 3
    np.sum(t.detach(), axis=0, keepdims=True, out=a[:1])
    assert a[0] == 6
    np.copyto(a, t.detach())
    np.testing.assert_array_equal(a, [1, 2, 3])
    with cr.no_grad():
        a += t
    np.testing.assert_array_equal(a, [2, 4, 6])


def test_out_may_be_a_tensor(t):
    y = cr.zeros(3, dtype=cr.float64)
    assert np.multiply(t, t, out=y) is y
    (g,) = cr.autograd.grad(y.sum(), t)
    np.testing.assert_array_equal(g.numpy(), [2, 4, 6])
    np.clip(y.detach(), 0, 2, out=(z := cr.zeros(3, dtype=cr.float64)))
    assert z.tolist() == [1, 2, 2]


def test_results_go_where_they_are_asked_for(t):
    y = cr.full((3,), 7.0, dtype=cr.float64)
    assert np.multiply(t, t, out=y, where=np.array([True, False, True])) is y
    assert y.tolist() == [1, 7, 9]
    (g,) = cr.autograd.grad(y.sum(), t)
    assert g.tolist() == [2, 0, 6]
    a = np.full(3, 7.0)
    np.multiply(t.detach(), 2, out=a, where=[True, False, True])
    assert a.tolist() == [2, 7, 6]


def test_ufuncs_of_several_results_have_several_outs(t):
    a, b = cr.zeros(3, dtype=cr.float64), cr.zeros(3, dtype=cr.float64)
    np.modf(t * 0.75, out=(a, b), where=[True, True, False])
    assert (a.tolist(), b.tolist()) == ([0.75, 0.5, 0], [0, 1, 0])
    fraction, whole = np.modf(t * 0.75, out=(None, b))
    assert whole is b
    assert fraction.tolist() == [0.75, 0.5, 0.25]
    with pytest.raises(RuntimeError, match=LOST):
        np.modf(t, out=(np.zeros(3), np.zeros(3)))


# -- no counterpart -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda t: np.fft.fft(t), "numpy.fft.fft"),
        (lambda t: np.histogram(t), "numpy.histogram"),
        (lambda t: np.polyfit(t, t, 1), "numpy.polyfit"),
        (lambda t: np.interp(t, t, t, period=2), "numpy.interp"),
        (lambda t: np.quantile(t, 0.5, method="nearest"), "numpy.quantile"),
        (lambda t: np.cov(t, aweights=t), "numpy.cov"),
        (lambda t: np.linalg.eig(t[None]), "numpy.linalg.eig"),
        (lambda t: np.cbrt(t), "numpy.cbrt"),
        (lambda t: np.spacing(t), "numpy.spacing"),
        (lambda t: np.hypot.reduce(t), "numpy.hypot.reduce"),
        (lambda t: np.add.reduceat(t, [0, 1]), "numpy.add.reduceat"),
        (lambda t: np.add.at(t, [0], 1.0), "numpy.add.at"),
        (lambda t: scipy.special.j0(t), "j0"),
        (lambda t: np.frompyfunc(lambda x: 2 * x, 1, 1)(t), "counterpart"),
        (lambda t: np.pad(t, 1, mode="mean"), "numpy.pad"),
        (
            lambda t: np.add(t, 1, where=[True, False, True]),
            "numpy.add of a tensor takes where= with out=",
        ),
        (lambda t: np.add(t, 1, signature="dd->d"), "numpy.add of a tensor does not take signature"),
    ],
)
def test_what_has_no_counterpart_raises_and_is_named(call, name, t):
    with pytest.raises(TypeError, match=name):
        call(t)


def test_every_function_of_numpy_works_or_is_named(t):
    others = get_overridable_numpy_array_functions() - FUNCTIONS.keys() - ABOUT
    assert np.polyfit in others  # among some 130
    for function in others:
        with pytest.raises(TypeError, match="has no counterpart in chainrule") as caught:
            t.__array_function__(function, (cr.Tensor,), (t,), {})
        assert str(caught.value).startswith(f"{function.__module__}.{function.__name__} ")


def test_every_ufunc_of_numpy_works_or_is_named(t):
    others = {u for u in get_overridable_numpy_ufuncs() if u.__name__ not in UFUNCS}
    assert np.cbrt in others
    for ufunc in others:
        with pytest.raises(TypeError, match=f"{ufunc.__name__} has no counterpart"):
            ufunc(*[t] * ufunc.nin)


def test_unknown_operands_are_left_to_their_own_class(t):
    class Other:
        def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
            return "theirs"

    assert np.add(t, Other()) == "theirs"
    with pytest.raises(TypeError):
        np.add(t, object())


# -- asking about tensors -----------------------------------------------------------------------


def test_questions_are_answered_without_a_graph(t):
    assert np.shape(t) == (3,)
    assert np.ndim(t) == 1
    assert np.size(t) == 3
    assert not np.iscomplexobj(t)
    assert np.result_type(t, np.float32) == np.float64
    assert np.allclose(t, [1, 2, 3])
    assert np.array_equal(t, t)
    assert np.array_equiv(t, t[None])
    assert np.array2string(t) == "[1. 2. 3.]"


def test_copyto_writes_into_a_tensor(t):
    y = cr.zeros(3, dtype=cr.float64)
    np.copyto(y, 2 * t)
    np.copyto(y, t, where=np.array([True, False, False]))
    (g,) = cr.autograd.grad(y.sum(), t)
    assert g.tolist() == [1, 2, 2]


def test_sections_must_divide_as_in_numpy(t):
    with pytest.raises(ValueError, match="equal division"):
        np.split(t, 2)
    with pytest.raises(ValueError, match="squeeze"):
        np.squeeze(t, 0)


def test_no_element_gives_the_initial_value():
    y = np.max(cr.zeros(3, 0), axis=1, initial=0.5)
    assert isinstance(y, cr.Tensor)
    assert y.tolist() == [0.5, 0.5, 0.5]


def test_real_tensors_have_the_imaginary_part_zero(t):
    assert np.imag(t).tolist() == [0, 0, 0]


def test_median_of_nan_is_nan():
    assert np.isnan(np.median(cr.tensor([1.0, np.nan, 2.0]))).item()


# -- ordinary programs --------------------------------------------------------------------------

PROGRAMS = {
    "softmax": [M],
    "logsumexp": [V],
    "rosenbrock": [uniform(5)],
    "polynomial": [V],
    "gaussian": [V, uniform(), 1 + uniform() ** 2],
    "two_layers": [M, uniform(4, 5), uniform(5), uniform(5, 2)],
    "relu_network": [M, uniform(4, 5)],
    "laplacian": [uniform(5, 6)],
    "periodic_derivative": [uniform(7)],
    "heat_step": [uniform(7)],
    "normalise": [uniform(5, 2)],
    "least_squares": [uniform(6, 3), uniform(6)],
    "distances": [uniform(4, 2)],
    "cosine_similarity": [V, W],
    "log_likelihood": [uniform(3), uniform(3, seed=5), uniform(3, 3)],
    "attention": [uniform(3, 4), uniform(5, 4), uniform(5, 2)],
    "huber": [M],
    "rotation": [uniform(), uniform(4, 2)],
    "haversine": [np.array([52.5, 13.4]), np.array([48.1, 11.6])],
    "pendulum": [np.array([0.5, -0.2])],
    "features": [uniform(3)],
    "trimmed_mean": [uniform(6)],
    "convolution": [uniform(8), uniform(3)],
    "spiral": [uniform(5)],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_unchanged_numpy_code_differentiates(name):
    check(getattr(programs, name), PROGRAMS[name])


def test_every_program_is_run():
    functions = {
        name for name, f in vars(programs).items() if callable(f) and f.__module__ == programs.__name__
    }
    assert functions == set(PROGRAMS)


def test_second_derivatives_of_numpy_code():
    x = cr.tensor([0.5, -0.3, 0.8], dtype=cr.float64, requires_grad=True)
    (g,) = cr.autograd.grad(programs.rosenbrock(x), x, create_graph=True)
    (h,) = cr.autograd.grad(g.sum(), x)
    a, b, c = x.tolist()
    rows = [
        [1200 * a * a - 400 * b + 2, -400 * a, 0],
        [-400 * a, 202 + 1200 * b * b - 400 * c, -400 * b],
        [0, -400 * b, 200],
    ]
    np.testing.assert_allclose(h.tolist(), np.sum(rows, axis=0))
