"""The checks that every sample of every operation goes through.

Each takes a Call and raises AssertionError with what differs. Derivatives are compared along random
directions: a wrong number anywhere in a Jacobian changes a random projection of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.core.dual import make_dual, new_level, unpack_dual
from chainrule.core.tensor import TensorBase, require_grad, wrap
from chainrule.tensor import Tensor
from generated import differences
from generated.calls import (
    Call,
    array,
    is_inexact,
    leaf,
    noise,
    tensor_of,
)
from generated.differences import inner, scale
from generated.packing import packed

NARROWED = {"float64": "float32", "complex128": "complex64"}


# -- values -----------------------------------------------------------------------------------------


def value(call: Call) -> None:
    """The result is what NumPy, SciPy or the written reference says."""
    args, kwargs = call.arguments(call.operands, lambda x: x)
    with np.errstate(all="ignore"):
        expected = call.sample.reference(*_copied(args), **kwargs)
    result = call.raw(call.tensors())
    _same_values(result, expected, 1e-10, repr(call))


def _copied(args: tuple[Any, ...]) -> list[Any]:
    """In-place references must not write into the samples."""
    return [x.copy() if isinstance(x, np.ndarray) else x for x in args]


def _same_values(result: Any, expected: Any, rtol: float, where: str) -> None:
    if isinstance(result, (tuple, list)):
        assert len(result) == len(expected), where
        for r, e in zip(result, expected, strict=True):
            _same_values(r, e, rtol, where)
        return
    got = array(result) if isinstance(result, TensorBase) else np.asarray(result)
    want = np.asarray(expected)
    assert got.shape == want.shape, f"{where}: shape {got.shape}, expected {want.shape}"
    assert got.dtype.kind == want.dtype.kind or not want.size, f"{where}: {got.dtype}, expected {want.dtype}"
    np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol, err_msg=where)


def float32(call: Call) -> None:
    """Single precision in, single precision out, for results and gradients, and nearly the same values."""
    narrow = call.narrow()
    wide = call(call.tensors())
    xs = narrow.leaves()
    ys = narrow(xs)
    keeps = call.sample.own_dtype or call.sample.kwargs.get("dtype") is not None
    for y, w in zip(ys, wide, strict=True):
        assert array(y).shape == array(w).shape
        dtype = array(w).dtype.name
        if not keeps:
            assert array(y).dtype.name == NARROWED.get(dtype, dtype), call
        if is_inexact(y) and call.sample.smooth:
            np.testing.assert_allclose(array(y), array(w), rtol=2e-3, atol=2e-4, err_msg=repr(call))
    recorded = [y for y in ys if y._requires_grad]
    if recorded:
        cotangents = [tensor_of(noise(call.rng, array(y))) for y in recorded]
        for g, x in zip(_grad(recorded, xs, cotangents), xs, strict=True):
            assert array(g).dtype == array(x).dtype, f"{call}: gradient {array(g).dtype}"


def layout(call: Call) -> None:
    """Values and gradients do not depend on how the operands lie in memory."""
    results = []
    for operands in (call.operands, [_strided(x) for x in call.operands]):
        xs = [leaf(x) for x in operands]
        ys = call(xs)
        recorded = [y for y in ys if y._requires_grad]
        gs = [tensor_of(np.ones(array(y).shape, array(y).dtype)) for y in recorded]
        grads = _grad(recorded, xs, gs) if recorded else []
        results.append([array(t) for t in (*ys, *grads)])
    for a, b in zip(*results, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=repr(call))


def _strided(x: np.ndarray) -> np.ndarray:
    """Return an equal array with gaps between its elements, backwards, its axes in another order."""
    if x.ndim == 0:
        return x
    gaps = np.full([2 * n for n in reversed(x.shape)], np.nan, x.dtype)  # whoever reads them is noticed
    view = gaps.T[(slice(None, None, -2),) * x.ndim]
    view[...] = x
    return view


def in_place(call: Call) -> None:
    """`x.f_(...)` leaves in x what `f(x, ...)` returns, and in the graph the same gradients."""
    operands = call.tensors()
    args, _ = call.arguments(operands, tensor_of)
    expected = call.raw(operands)
    if (
        not isinstance(args[0], TensorBase)
        or array(expected).shape != array(args[0]).shape
        or array(expected).dtype != array(args[0]).dtype
    ):
        return
    method = getattr(Tensor, f"{call.name}_")

    def changed(xs: list[Any]) -> Any:
        (target, *rest), kwargs = call.arguments(xs, tensor_of)
        return method(target.clone(), *rest, **kwargs)

    found = _value_and_gradients(call, call.raw), _value_and_gradients(call, changed)
    for a, b in zip(*found, strict=True):
        # vectorised functions may differ in the last bit with where an array lies
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-300, err_msg=repr(call))


def _value_and_gradients(call: Call, function: Callable[[list[Any]], Any]) -> list[np.ndarray]:
    xs = call.leaves()
    y = function(xs)
    ones = tensor_of(np.ones(array(y).shape, array(y).dtype))
    return [array(t) for t in (y, *(_grad([y], xs, [ones]) if y._requires_grad else []))]


# -- first derivatives ------------------------------------------------------------------------------


def _grad(ys: list[Any], xs: list[Any], gs: list[Any], create: bool = False) -> list[Any]:
    return list(autograd.grad(ys, xs, gs, create_graph=create, retain_graph=True, materialize_grads=True))


def _recorded(call: Call, xs: list[Any]) -> tuple[list[Any], list[np.ndarray]]:
    """Return the results that are differentiable, and a random cotangent for each."""
    ys = [y for y in call(xs) if y._requires_grad]
    return ys, [noise(call.rng, array(y)) for y in ys]


def _differentiable(call: Call, results: list[Any]) -> list[Any]:
    """Return those of the results (of a call on other operands) that reverse mode would record."""
    recorded = [y._requires_grad for y in call(call.leaves())]
    return [y for y, wanted in zip(results, recorded, strict=True) if wanted]


def reverse(call: Call) -> None:
    """Reverse mode agrees with central differences, in every operand."""
    xs = call.leaves()
    results = [y for y in call(xs) if is_inexact(y)]
    ys = [y for y in results if y._requires_grad]
    gs = [noise(call.rng, array(y)) for y in ys]
    grads: list[Any] = [np.zeros(x.shape, x.dtype) for x in call.operands]
    if ys:
        plain = _grad(ys, xs, [tensor_of(g) for g in gs])
        recorded = _grad(ys, xs, [tensor_of(g) for g in gs], create=True)
        grads = [array(g) for g in plain]
        for g, again, x in zip(grads, recorded, call.operands, strict=True):
            assert g.shape == x.shape, f"{call}: gradient of shape {g.shape} for an operand of {x.shape}"
            assert g.dtype == x.dtype, f"{call}: gradient of {g.dtype} for an operand of {x.dtype}"
            np.testing.assert_allclose(
                array(again), g, rtol=1e-12, atol=1e-12, err_msg=f"{call}: create_graph changes the gradient"
            )
    if call.sample.gradient is not None:
        _given_gradient(call)
    if not call.sample.smooth:
        return
    for g in grads:
        assert np.isfinite(g).all(), f"{call}: gradient {g}"
    # Results that were not recorded must not depend on the operands.
    all_gs = iter(gs)
    cotangents = [next(all_gs) if y._requires_grad else noise(call.rng, array(y)) for y in results]
    for i, x in enumerate(call.operands):
        for part in (1 + 1j,) if x.dtype.kind == "f" else (1, 1j, 1 + 1j):
            t = call.direction(i, part)
            _differences(call, call.values, i, t, grads[i], cotangents, f"operand {i}")


def _differences(
    call: Call,
    f: Callable[[list[np.ndarray]], list[np.ndarray]],
    i: int,
    t: np.ndarray,
    gradient: np.ndarray,
    cotangents: list[np.ndarray],
    what: str,
) -> None:
    """Compare <gradient, t> with <cotangents, the change of f along t>; with a finer step for steep f."""
    for step in (differences.STEP, differences.STEP / 100):
        moved = differences.along(f, call.operands, i, t, step)
        a, b = inner([gradient], [t]), inner(cotangents, moved)
        size = scale([gradient], [t])
        if abs(a - b) <= call.sample.rtol * size:
            return
    raise AssertionError(f"{call}: {what}: {a} but differences give {b}")


def _given_gradient(call: Call) -> None:
    xs = call.leaves()
    ys = [y for y in call(xs) if y._requires_grad]
    found = _grad(ys, xs, [tensor_of(np.ones(array(y).shape, array(y).dtype)) for y in ys])
    for g, expected in zip(found, call.sample.gradient, strict=True):
        if expected is not None:
            np.testing.assert_allclose(
                array(g), np.broadcast_to(expected, array(g).shape), rtol=1e-9, atol=1e-12, err_msg=repr(call)
            )


def _equal(a: float, b: float, size: float, call: Call, what: str) -> None:
    assert abs(a - b) <= call.sample.rtol * size, f"{call}: {what}: {a} but {b}"


def forward(call: Call) -> None:
    """<g, J t> = <J^T g, t>: forward mode is the transpose of reverse mode, operand by operand."""
    xs = call.leaves()
    results = [y for y in call(xs) if is_inexact(y)]
    ys = [y for y in results if y._requires_grad]
    gs = [noise(call.rng, array(y)) for y in ys]
    grads = [array(g) for g in _grad(ys, xs, [tensor_of(g) for g in gs])] if ys else []
    subsets = [[i] for i in range(len(xs))]
    if len(xs) > 1:
        subsets.append(list(range(len(xs))))
    for subset in subsets:
        ts = {i: call.direction(i) for i in subset}
        tangents = _push(call, ts)
        assert len(tangents) == len(results)
        for y, y_dot in zip(results, tangents, strict=True):
            assert y_dot is None or (y_dot.shape, y_dot.dtype) == (array(y).shape, array(y).dtype), (
                f"{call}: tangent {y_dot.dtype}{y_dot.shape}, value {array(y).dtype}{array(y).shape}"
            )
            assert y._requires_grad or y_dot is None or not y_dot.any(), (
                f"{call}: a tangent where no gradient is"
            )
        moved = [
            np.zeros(array(y).shape) if y_dot is None else y_dot
            for y, y_dot in zip(results, tangents, strict=True)
            if y._requires_grad
        ]
        if not ys:
            continue
        back, along = [grads[i] for i in subset], [ts[i] for i in subset]
        if all(np.isfinite(x).all() for x in (*back, *moved)):
            _equal(inner(gs, moved), inner(back, along), scale(back, along), call, f"tangents of {subset}")
        else:
            assert not call.sample.smooth, f"{call}: not finite: {back}, {moved}"


def _push(call: Call, ts: dict[int, np.ndarray]) -> list[Any]:
    with new_level():
        operands = call.tensors()
        duals = [make_dual(x, tensor_of(ts[i])) if i in ts else x for i, x in enumerate(operands)]
        pairs = [unpack_dual(y) for y in call(duals)]
        return [None if dot is None else array(dot) for y, dot in pairs if is_inexact(y)]


# -- second derivatives -----------------------------------------------------------------------------


def _gradient_at(call: Call, gs: list[np.ndarray]) -> Callable[[list[np.ndarray]], list[np.ndarray]]:
    """Return the function from operands to first gradients for the cotangents `gs`."""

    def gradient(operands: list[np.ndarray]) -> list[np.ndarray]:
        xs = [leaf(x) for x in operands]
        ys = [y for y in call(xs) if y._requires_grad]
        return [array(g) for g in _grad(ys, xs, [tensor_of(g) for g in gs])]

    return gradient


def second(call: Call) -> None:
    """Reverse over reverse agrees with differences of first gradients, and with J in the cotangent."""
    xs = call.leaves()
    ys, gs = _recorded(call, xs)
    if not ys:
        return
    cotangents = [leaf(g) for g in gs]
    first = _grad(ys, xs, cotangents, create=True)
    ts = [call.direction(i) for i in range(len(xs))]
    outputs = [(g, t) for g, t in zip(first, ts, strict=True) if g._requires_grad]
    found = [tensor_of(np.zeros(x._value.shape, x._value.dtype)) for x in (*xs, *cotangents)]
    if outputs:  # else the gradient depends on nothing, which is compared like everything else
        found = _grad([g for g, _ in outputs], [*xs, *cotangents], [tensor_of(t) for _, t in outputs])
    curved, pushed = [array(h) for h in found[: len(xs)]], [array(h) for h in found[len(xs) :]]
    for h, x in zip(curved, call.operands, strict=True):
        assert (h.shape, h.dtype) == (x.shape, x.dtype), f"{call}: second gradient {h.dtype}{h.shape}"
    # <t, J^T g> is linear in g, so its gradient there is J t.
    tangents = _push(call, dict(enumerate(ts)))
    recorded = [y._requires_grad for y in call(xs) if is_inexact(y)]
    moved = [t for t, wanted in zip(tangents, recorded, strict=True) if wanted]
    for a, b in zip(pushed, moved, strict=True):
        if b is not None and np.isfinite(b).all() and np.isfinite(a).all():
            np.testing.assert_allclose(
                a, b, rtol=1e-7, atol=1e-8, err_msg=f"{call}: gradient in the cotangent"
            )
    if not call.sample.smooth:
        return
    for h in curved:
        assert np.isfinite(h).all(), f"{call}: second gradient {h}"
    gradient = _gradient_at(call, gs)
    for i in range(len(xs)):
        u = call.direction(i)
        _differences(call, gradient, i, u, curved[i], ts, f"second derivative in operand {i}")


def _curve(
    call: Call, xs: list[Any], gs: list[np.ndarray], ts: list[np.ndarray], create: bool = False
) -> list[Any]:
    """Return H t: the gradient along `ts` of the first gradients for the cotangents `gs`."""
    ys = [y for y in call(xs) if y._requires_grad]
    first = _grad(ys, xs, [tensor_of(g) for g in gs], create=True)
    outputs = [(g, tensor_of(t)) for g, t in zip(first, ts, strict=True) if g._requires_grad]
    if not outputs:
        return [tensor_of(np.zeros(x._value.shape, x._value.dtype)) for x in xs]
    return _grad([g for g, _ in outputs], xs, [t for _, t in outputs], create)


def third(call: Call) -> None:
    """Three times reverse agrees with differences of second derivatives."""
    xs = call.leaves()
    ys, gs = _recorded(call, xs)
    if not ys:
        return
    ts = [call.direction(i) for i in range(len(xs))]
    us = [call.direction(i) for i in range(len(xs))]
    outputs = [(h, tensor_of(u)) for h, u in zip(_curve(call, xs, gs, ts, create=True), us, strict=True)]
    outputs = [(h, u) for h, u in outputs if h._requires_grad]
    found = [np.zeros(x.shape, x.dtype) for x in call.operands]
    if outputs:
        found = [array(h) for h in _grad([h for h, _ in outputs], xs, [u for _, u in outputs])]

    def curve(operands: list[np.ndarray]) -> list[np.ndarray]:
        return [array(h) for h in _curve(call, [leaf(x) for x in operands], gs, ts)]

    for i in range(len(xs)):
        assert np.isfinite(found[i]).all(), f"{call}: third derivative {found[i]}"
        w = call.direction(i)
        _differences(call, curve, i, w, found[i], us, f"third derivative in operand {i}")


def mixed(call: Call) -> None:
    """Forward over reverse, reverse over forward and forward over forward: one second derivative."""
    xs = call.leaves()
    ys, gs = _recorded(call, xs)
    if not ys:
        return
    ts = [call.direction(i) for i in range(len(xs))]
    expected = [array(h) for h in _curve(call, xs, gs, ts)]
    if not all(np.isfinite(h).all() for h in expected):
        assert not call.sample.smooth, f"{call}: second gradient {expected}"
        return
    dots = [noise(call.rng, g) for g in gs]  # of the cotangents, in which the gradient is linear
    moved = [array(g) for g in _grad(ys, xs, [tensor_of(dot) for dot in dots])]
    total = [h + m for h, m in zip(expected, moved, strict=True)]
    _same(call, _forward_over_reverse(call, gs, dots, ts), total, "forward over reverse")
    _same(call, _reverse_over_forward(call, gs, ts), expected, "reverse over forward")
    twice = _forward_over_forward(call, gs, ts)
    _equal(twice, inner(expected, ts), scale(expected, ts), call, "forward over forward")


def _same(call: Call, found: list[np.ndarray], expected: list[np.ndarray], what: str) -> None:
    for i, (h, e) in enumerate(zip(found, expected, strict=True)):
        assert h.shape == e.shape, f"{call}: {what} in operand {i}: shape {h.shape}"
        tolerance = call.sample.rtol * (1 + np.max(np.abs(e), initial=0))
        np.testing.assert_allclose(h, e, rtol=0, atol=tolerance, err_msg=f"{call}: {what}, operand {i}")


def _forward_over_reverse(
    call: Call, gs: list[np.ndarray], dots: list[np.ndarray], ts: list[np.ndarray]
) -> list[np.ndarray]:
    with new_level():
        duals = [make_dual(tensor_of(x), tensor_of(t)) for x, t in zip(call.operands, ts, strict=True)]
        cotangents = [make_dual(tensor_of(g), tensor_of(dot)) for g, dot in zip(gs, dots, strict=True)]
        with new_level():
            xs = [wrap(d._value) for d in duals]
            for x in xs:
                require_grad(x)
            ys = [y for y in call(xs) if y._requires_grad]
            grads = _grad(ys, xs, cotangents)
        tangents = [unpack_dual(g)[1] for g in grads]
    pairs = zip(call.operands, tangents, strict=True)
    return [np.zeros(x.shape) if t is None else array(t) for x, t in pairs]


def _reverse_over_forward(call: Call, gs: list[np.ndarray], ts: list[np.ndarray]) -> list[np.ndarray]:
    xs = call.leaves()
    with new_level():
        duals = [make_dual(x, tensor_of(t)) for x, t in zip(xs, ts, strict=True)]
        dots = [unpack_dual(y)[1] for y in _differentiable(call, call(duals))]
    pairs = [(d, tensor_of(g)) for d, g in zip(dots, gs, strict=True) if d is not None and d._requires_grad]
    if not pairs:
        return [np.zeros(x.shape, x.dtype) for x in call.operands]
    return [array(h) for h in _grad([d for d, _ in pairs], xs, [g for _, g in pairs])]


def _forward_over_forward(call: Call, gs: list[np.ndarray], ts: list[np.ndarray]) -> float:
    with new_level():
        lower = [make_dual(tensor_of(x), tensor_of(t)) for x, t in zip(call.operands, ts, strict=True)]
        with new_level():
            duals = [make_dual(d, tensor_of(t)) for d, t in zip(lower, ts, strict=True)]
            dots = [unpack_dual(y)[1] for y in _differentiable(call, call(duals))]
        twice = [None if dot is None else unpack_dual(dot)[1] for dot in dots]
    pairs = [(g, array(dot)) for g, dot in zip(gs, twice, strict=True) if dot is not None]
    return inner([g for g, _ in pairs], [d for _, d in pairs])


CHECKS: dict[str, Callable[[Call], None]] = {
    "value": value,
    "float32": float32,
    "layout": layout,
    "reverse": reverse,
    "forward": forward,
    "second": second,
    "mixed": mixed,
    "third": third,
    "in_place": in_place,
    "packed": packed,
}


def applicable(call: Call, in_place_names: set[str]) -> list[str]:
    """Return the names of the checks that mean something for a call."""
    names = ["value"] if call.sample.reference is not None else []
    if call.operands:
        names += ["float32", "layout", "reverse", "forward", "packed"]
        if call.sample.second:
            names += ["second", "mixed"]
            if call.sample.smooth:
                names.append("third")
    if call.name in in_place_names:
        names.append("in_place")
    return names


__all__ = ["CHECKS", "applicable"]
