"""Symbolic: the operations and their derivatives on symbols, against the same on numbers.

Every sample of every operation that is small enough runs on symbols; value and gradient of its formula
at the sample's numbers must be those that the operation gives there.
"""

import math
from contextlib import contextmanager

import numpy as np
import pytest
import sympy

import chainrule as cr
from chainrule.autograd import grad
from chainrule.core.dual import new_level
from chainrule.core.kinds import Elementwise
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, require_grad, wrap
from chainrule.errors import LeakedBoxError
from chainrule.show.on_symbols import Bounds, derivatives_of, symbols_of
from chainrule.show.symbolic import Run, Symbolic
from chainrule.show.words import NoWordError, TooLargeError
from generated.calls import all_calls, array, is_inexact, tensor_of

MOST_ELEMENTS = 12
MOST_SAMPLES = 5

PLACES_DEPEND = "which elements are taken depends on their values"
ITERATED = "computed by iteration, with no closed form in general"

WITHOUT_FORMULA = {
    "complex": "formulas are of real numbers",
    "imag": "formulas are of real numbers",
    "real": "formulas are of real numbers",
    "cholesky": ITERATED,
    "qr": ITERATED,
    "eigh": ITERATED,
    "matrix_exp": ITERATED,
    "pinv": ITERATED,
    "rates": ITERATED,
    "recompose": ITERATED,
    "recompose_svd": ITERATED,
    "solve_triangular": "only one triangle of the matrix is read",
    "svd": ITERATED,
    **dict.fromkeys(
        (
            "max_along",
            "min_along",
            "median_along",
            "nanmedian_along",
            "kthvalue_along",
            "topk_along",
            "sort_along",
            "stable_sort_along",
            "unique_along",
            "unique_dim_along",
            "cummax_along",
            "cummin_along",
            "median_all",
            "nanmedian_all",
        ),
        PLACES_DEPEND,
    ),
}


# What few samples use, or those of complex numbers, other dtypes or large arrays only.
ZEROS, ONE = cr.zeros(1, 1, 3, dtype=cr.float64), cr.ones(1, 1, 1, dtype=cr.float64)
DIRECT = {
    "addmm": (lambda x: cr.addmm(ZEROS[0], ONE[0], x.reshape(1, 3))[0], [0, 1, 2]),
    "addbmm": (lambda x: cr.addbmm(ZEROS[0], ONE, x.reshape(1, 1, 3))[0], [0, 1, 2]),
    "baddbmm": (lambda x: cr.baddbmm(ZEROS, ONE, x.reshape(1, 1, 3))[0, 0], [0, 1, 2]),
    "alias": (lambda x: x[...], [0, 1, 2]),
    "cast": (lambda x: registry["cast"](x, dtype=np.dtype("float32")), [0, 1, 2]),
    "conj": (registry["conj"], [0, 1, 2]),
    "unsafe_view": (lambda x: registry["unsafe_view"](x, shape=(3, 1))[:, 0], [0, 1, 2]),
    "mask_index": (lambda x: registry["mask_index"](x, np.array([True, False, True]), dim=0), [0, 2]),
}


@contextmanager
def noting(names):
    """Note the primitives that ran on symbols."""
    original = Symbolic.interpret

    def interpret(self, primitive, operands, params):
        y = original(self, primitive, operands, params)
        names.add(primitive.name)
        return y

    Symbolic.interpret = interpret
    try:
        yield
    finally:
        Symbolic.interpret = original


SKIPPED = {
    "lgamma": lambda call: (call.operands[0] < 0).any(),  # SymPy's loggamma is complex there
    "copysign": lambda call: np.array_equal(call.sample.args[1], 0.0),  # -0.0, which symbols do not stand for
}


def is_plain(x):
    return x.dtype.kind == "f" and x.size > 0 and np.isfinite(x).all()


def chosen():
    """Return the first small samples of each operation, at generic points, of real numbers."""
    counts = {}
    for call in all_calls():
        operands = call.operands
        size = sum(x.size for x in operands)
        if not 0 < size <= MOST_ELEMENTS or not call.sample.smooth or not all(map(is_plain, operands)):
            continue
        if call.name in SKIPPED and SKIPPED[call.name](call):
            continue
        counts[call.name] = counts.get(call.name, 0) + 1
        if counts[call.name] <= MOST_SAMPLES:
            yield call


def weighted(results):
    """Return a sum of all elements of real results, each with a weight of its own."""
    recorded = [y for y in results if isinstance(y, TensorBase) and y._requires_grad and is_inexact(y)]
    total = None
    for y in recorded:
        weights = np.linspace(0.5, 1.5, math.prod(y._value.shape)).reshape(y._value.shape)
        term = (y * tensor_of(weights)).sum()
        total = term if total is None else total + term
    return total


def run_on_numbers(call):
    leaves = call.leaves()
    total = weighted(call(leaves))
    if total is None or total._value.dtype.kind == "c":
        return None
    gradients = grad(total, leaves, allow_unused=True, materialize_grads=True)
    return [float(array(total)), *[float(x) for g in gradients for x in array(g).flat]]


def run_on_symbols(call):
    arrays = [symbols_of(f"v{k}", x.shape) for k, x in enumerate(call.operands)]
    at = {
        s: sympy.Float(float(x), 40)  # so many digits that none are lost where terms cancel
        for symbols, operand in zip(arrays, call.operands, strict=True)
        for s, x in zip(symbols.flat, operand.flat, strict=True)
    }
    with new_level() as level:
        run = Run(np.float64, 20_000)
        leaves = [wrap(Symbolic(level, symbols, run)) for symbols in arrays]
        for leaf in leaves:
            require_grad(leaf)
        total = weighted(call(leaves))
        gradients = grad(total, leaves, allow_unused=True, materialize_grads=True)
        values = [t._value for t in (total, *gradients)]
    found = [x for v in values for x in (v.array.flat if isinstance(v, Symbolic) else np.asarray(v).flat)]
    return [float(x.subs(at).evalf()) if hasattr(x, "subs") else float(x) for x in found]


def test_every_sample_has_the_same_value_and_gradient_on_symbols():
    reached = set()
    wrong, refused = [], set()
    with noting(reached), np.errstate(all="ignore"):
        for call in chosen():
            expected = run_on_numbers(call)
            if expected is None:
                continue
            try:
                found = run_on_symbols(call)
            except (NoWordError, TooLargeError):
                refused.add(call.name)
                continue
            if not np.allclose(found, expected, rtol=1e-8, atol=1e-10, equal_nan=True):
                wrong.append(f"{call}: {found}, expected {expected}")
    assert not wrong, "\n".join(wrong)
    needed = {name for name, p in registry.items() if p.differentiable and not isinstance(p, Elementwise)}
    missing = needed - reached - WITHOUT_FORMULA.keys() - DIRECT.keys()
    assert not missing, f"no sample of {sorted(missing)} ran on symbols; {sorted(refused)} were refused"
    assert registry.keys() >= WITHOUT_FORMULA.keys()


@pytest.mark.parametrize("name", DIRECT)
def test_movements_that_samples_do_not_reach(name):
    move, places = DIRECT[name]
    bounds = Bounds(100, 100)
    found = derivatives_of(lambda x: (move(x) ** 2).sum(), {"x": (3,)}, [0], bounds)
    x = symbols_of("x", (3,))
    expected = [2 * x[i] if i in places else 0 for i in range(3)]
    assert [sympy.simplify(a - b) for a, b in zip(found, expected, strict=True)] == [0, 0, 0]


def test_a_symbolic_outside_of_its_run_says_so():
    kept = []
    derivatives_of(lambda x: kept.append(x) or x * 2, {"x": ()}, [], Bounds(10, 10))
    with pytest.raises(LeakedBoxError, match="symbolic value was used after"):
        kept[0] * 2


def test_sizes_are_counted_as_written_out():
    x = symbols_of("x", ()).item()
    run = Run(np.float64, 100)
    shared = sympy.sin(x)
    assert run.size(shared) == 2
    assert run.size(sympy.exp(shared) * shared) == sum(
        1 for _ in sympy.preorder_traversal(sympy.exp(shared) * shared)
    )
    with pytest.raises(TooLargeError, match="more than 100 parts"):
        run.check([x] * 101)
