"""Samples of sums, products, moments, norms, extrema, running results and softmax."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from samples import SHAPES, Sample, complex_uniform, positive, uniform

Forms = list[dict[str, Any]]
Make = Callable[..., np.ndarray]

NAN, INF = np.nan, np.inf
MATRIX = (2, 3)
DIMS: Forms = [{"dim": 0}, {"dim": -1}, {"dim": 1, "keepdim": True}, {"axis": 0, "keepdims": True}]
SETS: Forms = [{"dim": (0, 1)}, {"dim": (0, -1), "keepdim": True}, {"dim": None, "keepdim": True}]
_TIES = "ties: which element moves depends on the direction"


def _reference(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a NumPy reduction that takes torch's arguments; a 0-d array has an axis 0 for torch."""

    def reduced(
        x: Any,
        dim: Any = None,
        keepdim: bool = False,
        axis: Any = None,
        keepdims: bool = False,
        **options: Any,
    ) -> Any:
        axis = axis if dim is None or dim == () else dim
        axis = () if np.ndim(x) == 0 and axis is not None else axis
        return function(x, axis=axis, keepdims=keepdim or keepdims, **options)

    return reduced


def _arrays(make: Make, empty: bool = True) -> list[np.ndarray]:
    """Every shape, a transposed and a strided array."""
    shapes = [make(*shape) for shape in SHAPES if empty or 0 not in shape]
    return [*shapes, make(3, 2).T, make(6)[::-2]]


def _reduction(
    function: Callable[..., Any],
    make: Make = uniform,
    forms: Forms = (),
    *,
    empty: bool = True,
    complex_: bool = False,
    whole: bool = True,
    **options: Any,
) -> list[Sample]:
    """Every shape reduced whole, and some along axes in every way of saying so."""
    reference = _reference(function)
    found = [(x, {}) for x in _arrays(make, empty)] if whole else []
    found += [(make(*MATRIX), form) for form in [*DIMS, *forms]]
    found += [(make(2, 3, 2).transpose(2, 0, 1), form) for form in [*DIMS, *forms]]
    found += [(make(), {"dim": 0}), (make(1, 3), {"dim": -2}), (make(3, 1), {"dim": 1})]
    if empty:
        found += [(make(2, 0), {"dim": 0}), (make(0, 2), {"dim": 0})]
    if complex_:
        found += [(complex_uniform(*MATRIX), form) for form in [{}, *DIMS]] if whole else []
        found += [(complex_uniform(*MATRIX), {"dim": 1}), (complex_uniform(), {"dim": -1})]
    return [Sample((x,), form, reference=reference, **options) for x, form in found]


# -- products ---------------------------------------------------------------------------------------

ZEROS = [
    np.array([0.0, 2.0, 3.0]),
    np.array([0.0, 2.0, 0.0, 3.0]),
    np.array([1.5, 0.0, 0.0, 0.0, 2.0]),
    np.array([[0.0, 2.0, 1.0], [0.5, 0.0, 0.0]]),
    np.zeros((2, 2)),
]


def _prod() -> list[Sample]:
    with_zeros = [Sample((x,), reference=np.prod) for x in ZEROS]
    along = [Sample((x, -1), reference=np.prod) for x in ZEROS]
    return [*_reduction(np.prod, forms=[{"axis": (0, 1)}], complex_=True), *with_zeros, *along]


def _cumulative(function: Callable[..., Any], complex_: bool = True) -> list[Sample]:
    def reference(x: Any, dim: Any = 0, axis: Any = None, dtype: Any = None) -> Any:
        return function(x, axis=dim if axis is None else axis).reshape(x.shape)

    found = [(x, 0) for x in _arrays(uniform)] + [(uniform(*MATRIX), -1), (uniform(2, 3, 2), 1)]
    if complex_:
        found += [(complex_uniform(3), 0), (complex_uniform(3, 2).T, 1)]
    return [
        *[Sample(call, reference=reference) for call in found],
        Sample((uniform(3),), {"axis": 0}, reference=reference),
    ]


def _extreme(ufunc: np.ufunc, choose: Callable[..., Any]) -> Callable[..., Any]:
    """Return the reference of cummax or cummin: values, and the last place of each so far."""

    def reference(x: Any, dim: int) -> tuple[Any, Any]:
        if x.ndim == 0:
            return x, np.zeros((), int)
        values = ufunc.accumulate(x, axis=dim)
        places = np.arange(x.shape[dim]).reshape([-1 if i == dim % x.ndim else 1 for i in range(x.ndim)])
        return values, np.maximum.accumulate(np.where(x == values, places, 0), axis=dim)

    return reference


def _running_extremum(ufunc: np.ufunc) -> list[Sample]:
    reference = _extreme(ufunc, np.argmax)
    calls = [(x, 0) for x in _arrays(uniform)] + [(uniform(*MATRIX), -1), (uniform(2, 3, 2), 1)]
    ties = np.array([1.0, 1.0, 0.0, 2.0, 2.0])
    return [
        *[Sample(call, reference=reference) for call in calls],
        Sample((ties, 0), reference=reference, smooth=False),
    ]


# -- extrema ----------------------------------------------------------------------------------------


def _with_indices(values: Callable[..., Any], indices: Callable[..., Any]) -> Callable[..., Any]:
    """Return the reference of a reduction along `dim` to (values, indices)."""

    def reference(
        x: Any, dim: Any = None, keepdim: bool = False, axis: Any = None, keepdims: bool = False
    ) -> Any:
        dim, keepdim = axis if dim is None else dim, keepdim or keepdims
        if dim is None:
            return values(x)
        if np.ndim(x) == 0:
            return x, np.zeros((), int)
        return values(x, axis=dim, keepdims=keepdim), indices(x, axis=dim, keepdims=keepdim)

    return reference


def _along(reference: Callable[..., Any], make: Make = uniform) -> list[Sample]:
    calls = [(x, {}) for x in _arrays(make, empty=False)]
    calls += [(make(*MATRIX), form) for form in DIMS]
    calls += [(make(2, 3, 2).transpose(2, 0, 1), form) for form in DIMS]
    calls += [(make(), {"dim": -1}), (make(0, 2), {"dim": 1}), (make(1, 3), {"dim": 0})]
    return [Sample((x,), form, reference=reference) for x, form in calls]


def _other(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, other: function(a, other)


def _pairs(function: Callable[..., Any]) -> list[Sample]:
    return [
        Sample((uniform(2, 3), uniform(3, seed=5)), reference=function),
        Sample(
            (uniform(2, 3),), {"other": uniform(2, 1, seed=5)}, reference=lambda a, other: function(a, other)
        ),
    ]


def _tied(*cases: tuple[list[float], tuple[float, ...]], **kwargs: Any) -> list[Sample]:
    """Ties: the gradient of the sum of results is given, as they have none of their own."""
    return [
        Sample((np.array(x),), kwargs, smooth=False, gradient=(np.array(g),), why=_TIES) for x, g in cases
    ]


def _lower_median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if axis is None:
        return np.sort(x, axis=None)[(x.size - 1) // 2]
    y = np.take(np.sort(x, axis=axis), [(x.shape[axis] - 1) // 2], axis=axis)
    return y if keepdims else y.squeeze(axis)


def _lower_place(x: Any, axis: Any, keepdims: bool) -> Any:
    y = np.take(np.argsort(x, axis=axis), [(x.shape[axis] - 1) // 2], axis=axis)
    return y if keepdims else y.squeeze(axis)


def _place(function: Callable[..., Any]) -> list[Sample]:
    return _reduction(_axis_only(function), empty=False)


def _axis_only(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduced(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return function(x, axis=None if axis == () else axis, keepdims=keepdims)

    return reduced


def _gaps(function: Callable[..., Any], forms: Forms) -> list[Sample]:
    """Reductions of values of which one is NaN."""
    x = uniform(2, 3)
    x[0, 1] = NAN
    return [Sample((x,), form, reference=_reference(function), smooth=False) for form in forms]


def _aminmax(x: Any, axis: Any = None, keepdims: bool = False) -> tuple[Any, Any]:
    return np.min(x, axis=axis, keepdims=keepdims), np.max(x, axis=axis, keepdims=keepdims)


# -- moments and norms ------------------------------------------------------------------------------


def _moment(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduced(x: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
        correction = options.get("correction", 1 if options.get("unbiased", True) else 0)
        return function(x, axis=axis, ddof=correction, keepdims=keepdims)

    return reduced


def _beside_mean(function: Callable[..., Any]) -> Callable[..., Any]:
    moment = _moment(function)

    def reduced(x: Any, axis: Any = None, keepdims: bool = False, **options: Any) -> Any:
        return moment(x, axis, keepdims, **options), np.mean(x, axis=axis, keepdims=keepdims)

    return reduced


def _moments(function: Callable[..., Any]) -> list[Sample]:
    """Of one element, or of none, the value is NaN: only what has more is sampled here."""
    reference = _reference(function)
    calls: list[tuple[Any, dict[str, Any]]] = [(x, {}) for x in _arrays(uniform, False) if x.size > 1]
    calls += [(uniform(3, 2, 2), form) for form in [*DIMS, *SETS]]
    calls += [(uniform(2, 3), {"dim": 1, "unbiased": False}), (uniform(2, 3), {"correction": 0})]
    calls += [(uniform(4), {"dim": 0, "correction": 2}), (uniform(4), {"unbiased": True})]
    calls += [(complex_uniform(3), {}), (complex_uniform(2, 3), {"dim": 1, "correction": 0})]
    calls += [(uniform(4) * 1e-3 + 1e3, {})]
    return [Sample((x,), form, reference=reference) for x, form in calls]


def _norm(x: Any, axis: Any = None, keepdims: bool = False, p: Any = "fro") -> Any:
    order = 2 if p == "fro" else p
    if axis is None:
        y = np.linalg.norm(np.ravel(x), order)
        return np.reshape(y, (1,) * np.ndim(x)) if keepdims else y
    if isinstance(axis, tuple):
        sums = np.sum(np.abs(x) ** order, axis=axis, keepdims=keepdims)
        return sums ** (1 / order)
    return np.linalg.norm(x, order, axis=axis, keepdims=keepdims)


def _norms() -> list[Sample]:
    reference = _reference(_norm)
    away = partial(positive, low=0.5)
    found = [Sample((x,), reference=reference) for x in _arrays(away)]
    for p in (1, 2, 3, 1.5, 2.5, -1, INF, -INF, "fro"):
        shapes: list[tuple[np.ndarray, dict[str, Any]]] = [(uniform(4), {}), (uniform(2, 3, 2), {"dim": 1})]
        found += [Sample((x,), {**form, "p": p}, reference=reference) for x, form in shapes]
    found += [Sample((uniform(2, 3, 2),), form, reference=reference) for form in [*DIMS, *SETS]]
    found += [Sample((uniform(2, 3, 2),), {"dim": (0, 2), "p": 3}, reference=reference)]
    found += [Sample((complex_uniform(3),), {"p": p}, reference=reference) for p in (2, 1, 3, INF)]
    found += [Sample((complex_uniform(2, 3),), {"dim": 0}, reference=reference)]
    found += [Sample((uniform(3),), {"p": 0}, reference=reference)]
    return [*found, *_flat_norms()]


def _flat_norms() -> list[Sample]:
    """At 0, where norms are not differentiable: the subgradient 0, and that in every mode."""
    zero, some = np.zeros(3), np.array([[0.0, 0.0], [3.0, 4.0]])
    rest = np.array([[0.0, 0.0], [0.6, 0.8]])
    why = "the second derivative is infinite at the tip of a cone"
    tip: dict[str, Any] = {"smooth": False, "second": False, "why": why}
    return [
        *[Sample((zero,), {"p": p}, gradient=(0.0,), **tip) for p in (2, 3, 1.5)],
        Sample((some,), {"dim": 1}, gradient=(rest,), **tip),
        *_tied(([2.0, -2.0, 1.0], (0.5, -0.5, 0.0)), p=INF),
        Sample((np.array([0.0, 2.0, -3.0]),), {"p": 1}, smooth=False, gradient=(np.array([0.0, 1.0, -1.0]),)),
    ]


# -- softmax ----------------------------------------------------------------------------------------


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    if np.iscomplexobj(x):
        return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))
    return special.logsumexp(x, axis=axis, keepdims=keepdims) if np.ndim(x) else x


def _softmax(function: Callable[..., Any]) -> list[Sample]:
    def reference(x: Any, dim: int, dtype: Any = None) -> Any:
        return function(x, axis=dim) if x.size and x.ndim else np.full(x.shape, function(np.zeros(1))[0])

    calls = [(x, 0) for x in _arrays(uniform)] + [(uniform(*MATRIX), -1), (uniform(2, 3, 2), 1)]
    calls += [(np.array([1000.0, 0.0, 999.0]), 0), (np.array([-1000.0, -1001.0]), 0)]
    masked = np.array([[0.5, -INF, 1.5], [-INF, -INF, 2.0]])
    return [
        *[Sample(call, reference=reference) for call in calls],
        Sample((masked, 1), reference=reference, smooth=False),
    ]


SAMPLES: dict[str, list[Sample]] = {
    "sum": [
        *_reduction(np.sum, forms=SETS, complex_=True),
        Sample((uniform(2, 3),), {"dtype": np.float64}, reference=_reference(np.sum)),
        Sample((np.arange(6).reshape(2, 3), 0), reference=_reference(np.sum)),
        Sample((np.array([True, False, True]),), reference=_reference(np.sum)),
    ],
    "mean": [
        *_reduction(np.mean, forms=SETS, complex_=True, empty=False),
        Sample((np.zeros((0, 3)),), {"dim": 1}, reference=_reference(np.mean)),
        Sample((np.arange(6).reshape(2, 3),), {"dtype": np.float64}, reference=_reference(np.mean)),
    ],
    "prod": _prod(),
    "nansum": [
        *_reduction(np.nansum, forms=SETS),
        *_gaps(np.nansum, [{}, *DIMS]),
        Sample((np.array([1.0, NAN]),), smooth=False, gradient=(np.array([1.0, 0.0]),)),
        Sample((np.arange(3),), reference=_reference(np.nansum)),
    ],
    "nanmean": [
        *_reduction(np.nanmean, forms=SETS, empty=False),
        *_gaps(np.nanmean, [{}, *SETS]),
    ],
    "count_nonzero": [
        Sample((x,), form, reference=lambda x, dim=None, axis=None: np.count_nonzero(x, axis=dim))
        for x in (np.array([[0, 1, 2], [0, 0, 3]]), np.array([[0.0, NAN, 2.0]]), np.array([[True, False]]))
        for form in ({}, {"dim": 0}, {"dim": (0, 1)}, {"dim": -1})
    ],
    "all": [
        Sample((x,), form, reference=_reference(np.all))
        for x in (np.array([[True, False], [True, True]]), np.ones((0, 2), bool), np.array([[0, 3], [1, 1]]))
        for form in ({}, *DIMS, *SETS)
    ],
    "any": [
        Sample((x,), form, reference=_reference(np.any))
        for x in (np.array([[True, False], [False, False]]), np.ones((0, 2), bool), np.array([[0.0, NAN]]))
        for form in ({}, *DIMS, *SETS)
    ],
    "var": _moments(_moment(np.var)),
    "std": [
        *_moments(_moment(np.std)),
        Sample((np.full(3, 2.0),), smooth=False, second=False, gradient=(0.0,), why="the tip of a cone"),
    ],
    "var_mean": _moments(_beside_mean(np.var)),
    "std_mean": _moments(_beside_mean(np.std)),
    "norm": _norms(),
    "amax": [
        *_reduction(np.max, forms=SETS, empty=False),
        *_tied(([2.0, 2.0, 1.0], (0.5, 0.5, 0.0)), ([NAN, 1.0, NAN], (0.5, 0.0, 0.5))),
        Sample((np.zeros((0, 2)),), {"dim": 1}, reference=_reference(partial(np.max, initial=0))),
    ],
    "amin": [
        *_reduction(np.min, forms=SETS, empty=False),
        *_tied(([2.0, 1.0, 1.0], (0.0, 0.5, 0.5)), dim=0),
    ],
    "aminmax": [
        *_reduction(_aminmax, empty=False),
        *_tied(([2.0, 1.0, 1.0], (1.0, 0.5, 0.5)), ([3.0, 3.0], (1.0, 1.0))),
    ],
    "max": [
        *_along(_with_indices(np.max, np.argmax)),
        *_pairs(np.maximum),
        *_tied(([2.0, 2.0, 1.0], (0.5, 0.5, 0.0))),
        *_tied(([2.0, 2.0, 1.0], (1.0, 0.0, 0.0)), dim=0),
    ],
    "min": [
        *_along(_with_indices(np.min, np.argmin)),
        *_pairs(np.minimum),
        *_tied(([2.0, 1.0, 1.0], (0.0, 0.5, 0.5))),
    ],
    "argmax": _place(np.argmax),
    "argmin": _place(np.argmin),
    "median": [
        *_along(_with_indices(_lower_median, _lower_place)),
        *_tied(([2.0, 2.0, 1.0], (0.5, 0.5, 0.0))),
    ],
    "nanmedian": [
        *_along(_with_indices(_lower_median, _lower_place)),
        Sample((np.array([3.0, NAN, 1.0, 2.0]),), smooth=False, gradient=(np.array([0.0, 0.0, 0.0, 1.0]),)),
        Sample((np.array([NAN, 5.0, 4.0]), 0), smooth=False, gradient=(np.array([0.0, 0.0, 1.0]),)),
    ],
    "cumsum": [
        *_cumulative(np.cumsum),
        Sample((np.arange(3), 0), reference=lambda x, dim: np.cumsum(x)),
    ],
    "cumprod": [
        *_cumulative(np.cumprod),
        *[Sample((x, -1), reference=lambda x, dim: np.cumprod(x, axis=dim)) for x in ZEROS],
        *[Sample((x, 0), reference=lambda x, dim: np.cumprod(x, axis=dim)) for x in ZEROS],
    ],
    "cummax": _running_extremum(np.maximum),
    "cummin": _running_extremum(np.minimum),
    "softmax": _softmax(special.softmax),
    "log_softmax": _softmax(special.log_softmax),
    "logsumexp": [
        *_reduction(_logsumexp, forms=SETS[:2], complex_=True, empty=False, whole=False),
        Sample((np.zeros((0, 2)), 1), reference=lambda x, dim: np.zeros(0)),
        Sample((np.array([1000.0, 1000.5, -3.0]), 0), reference=lambda x, dim: special.logsumexp(x)),
        Sample((np.array([-INF, 1.0, 2.0]), 0), reference=lambda x, dim: special.logsumexp(x), smooth=False),
        Sample((np.array([-INF, -INF]), 0), smooth=False, gradient=(0.0,), second=False, why="at infinity"),
    ],
}
