"""Calls of NumPy's functions, as users write them, and a check that tensors may take the arrays' place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from samples import positive, uniform

STEP = 1e-5


def check(f: Callable[..., Any], arrays: Sequence[np.ndarray]) -> None:
    """f of tensors gives tensors with NumPy's values, and derivatives that agree with differences."""
    expected = flatten(f(*arrays))
    tensors = [cr.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    found = flatten(f(*tensors))
    assert len(found) == len(expected)
    for y, e in zip(found, expected, strict=True):
        assert isinstance(y, cr.Tensor), type(y)
        assert tuple(y.shape) == np.shape(e)
        value = y.detach().numpy()
        assert value.dtype.kind == np.asarray(e).dtype.kind, (value.dtype, np.asarray(e).dtype)
        exact = 1e-6 if value.dtype == np.float32 else 1e-10  # integers give the default dtype
        np.testing.assert_allclose(value, e, rtol=exact, atol=exact)
    recorded = [y for y in found if y.requires_grad]
    for y in found:
        assert y.requires_grad == (y.dtype.is_floating_point and any(t.requires_grad for t in tensors))
    if recorded:
        _check_gradients(f, arrays, tensors, found)


def _check_gradients(
    f: Callable[..., Any], arrays: Sequence[np.ndarray], tensors: list[Any], found: list[Any]
) -> None:
    rng = np.random.default_rng(0)
    weights = [rng.uniform(0.5, 1.5, tuple(y.shape)) if y.requires_grad else None for y in found]

    def scalar(values: Sequence[np.ndarray]) -> float:
        results = flatten(f(*values))
        return sum(float(np.sum(w * y)) for w, y in zip(weights, results, strict=True) if w is not None)

    leaves = [t for t in tensors if t.requires_grad]
    roots = [(y, w) for y, w in zip(found, weights, strict=True) if w is not None]
    gradients = iter(
        cr.autograd.grad(
            [y for y, _ in roots], leaves, [cr.tensor(w) for _, w in roots], materialize_grads=True
        )
    )
    for i, x in enumerate(arrays):
        if x.dtype.kind != "f":
            continue
        direction = rng.uniform(-1, 1, x.shape)
        ahead = [v + STEP * direction if j == i else v for j, v in enumerate(arrays)]
        behind = [v - STEP * direction if j == i else v for j, v in enumerate(arrays)]
        slope = (scalar(ahead) - scalar(behind)) / (2 * STEP)
        assert np.sum(next(gradients).numpy() * direction) == pytest.approx(slope, rel=1e-6, abs=1e-6)


def flatten(result: Any) -> list[Any]:
    """Return a result, or the parts of a tuple or list of them, as a list."""
    return [y for part in result for y in flatten(part)] if isinstance(result, (tuple, list)) else [result]


V = uniform(4)
W = uniform(4, seed=3)
M = uniform(3, 4)
N = uniform(4, 2)
S = uniform(3, 3) + 3 * np.eye(3)
SYMMETRIC = S @ S.T
T3 = uniform(2, 3, 4)
P = positive(4)
HOLES = np.where(np.abs(M) > 1, np.nan, M)
INTS = np.array([[3, 0, 2], [1, 1, 0]])
MASK = np.array([True, False, True, True])

CALLS: dict[str, list[tuple[Callable[..., Any], list[np.ndarray]]]] = {
    # reductions
    "sum": [
        (np.sum, [M]),
        (lambda x: np.sum(x, axis=0), [M]),
        (lambda x: np.sum(x, (0, 2), keepdims=True), [T3]),
        (lambda x: np.sum(x, axis=(), initial=2.0), [M]),
        (lambda x: np.sum(x, axis=1, where=MASK), [M]),
        (np.sum, [INTS]),
        (lambda x: np.sum(x, dtype=np.float64), [INTS]),
    ],
    "prod": [
        (np.prod, [M]),
        (lambda x: np.prod(x, axis=(0, 2), keepdims=True), [T3]),
        (lambda x: np.prod(x, axis=1, initial=3.0, where=MASK), [M]),
        (np.prod, [INTS]),
    ],
    "max": [
        (np.max, [M]),
        (lambda x: np.max(x, axis=1, keepdims=True), [M]),
        (lambda x: np.max(x, axis=1, initial=0.5, where=MASK), [M]),
    ],
    "min": [
        (np.min, [M]),
        (lambda x: np.min(x, axis=(0, 1)), [T3]),
        (lambda x: np.min(x, 0, initial=0.0), [M]),
    ],
    "amax": [(np.amax, [M])],
    "amin": [(np.amin, [M])],
    "ptp": [(lambda x: np.ptp(x, axis=1), [M]), (np.ptp, [M])],
    "mean": [
        (np.mean, [M]),
        (lambda x: np.mean(x, axis=0, keepdims=True), [M]),
        (lambda x: np.mean(x, axis=1, where=MASK), [M]),
        (np.mean, [INTS]),
    ],
    "var": [
        (np.var, [M]),
        (lambda x: np.var(x, axis=1), [M]),
        (lambda x: np.var(x, axis=(0, 2), ddof=1, keepdims=True), [T3]),
        (lambda x: np.var(x, axis=1, where=MASK), [M]),
        (lambda x: np.var(x, axis=0, mean=np.mean(x, axis=0, keepdims=True)), [M]),
        (np.var, [INTS]),
    ],
    "std": [
        (np.std, [M]),
        (lambda x: np.std(x, axis=0, ddof=1), [M]),
        (lambda x: np.std(x, axis=1, where=MASK, keepdims=True), [M]),
    ],
    "argmax": [(np.argmax, [M]), (lambda x: np.argmax(x, axis=1, keepdims=True), [M])],
    "argmin": [(np.argmin, [M]), (lambda x: np.argmin(x, axis=0), [M])],
    "all": [(np.all, [M]), (lambda x: np.all(x, axis=1), [INTS])],
    "any": [(np.any, [M]), (lambda x: np.any(x, axis=(0, 1)), [INTS])],
    "count_nonzero": [(np.count_nonzero, [INTS]), (lambda x: np.count_nonzero(x, axis=1), [INTS])],
    "cumsum": [(np.cumsum, [M]), (lambda x: np.cumsum(x, axis=1), [M])],
    "cumprod": [(np.cumprod, [M]), (lambda x: np.cumprod(x, axis=0), [M])],
    "nansum": [(np.nansum, [HOLES]), (lambda x: np.nansum(x, axis=1), [HOLES])],
    "nanmean": [(np.nanmean, [HOLES]), (lambda x: np.nanmean(x, axis=1, keepdims=True, where=MASK), [HOLES])],
    "average": [
        (np.average, [M]),
        (lambda x, w: np.average(x, axis=1, weights=w), [M, P]),
        (lambda x, w: np.average(x, weights=w, returned=True), [V, P]),
    ],
    "median": [
        (np.median, [M]),
        (lambda x: np.median(x, axis=0), [M]),
        (lambda x: np.median(x, axis=(0, 2), keepdims=True), [T3]),
        (np.median, [np.array([3.0, 1.0, 2.0, 10.0])]),
    ],
    "diff": [
        (np.diff, [M]),
        (lambda x: np.diff(x, n=2, axis=0), [M]),
        (lambda x: np.diff(x, prepend=0.0, append=x[:1]), [V]),
    ],
    "trapezoid": [
        (np.trapezoid, [M]),
        (lambda y, x: np.trapezoid(y, np.cumsum(x), axis=1), [M, P]),
        (lambda y: np.trapezoid(y, dx=0.5, axis=0), [M]),
    ],
    # shapes
    "reshape": [
        (lambda x: np.reshape(x, (2, 6)), [M]),
        (lambda x: np.reshape(x, -1), [M]),
        (lambda x: np.reshape(x, (2, -1), order="F"), [T3]),
    ],
    "ravel": [(np.ravel, [M]), (lambda x: np.ravel(x, order="F"), [M])],
    "squeeze": [(np.squeeze, [uniform(1, 3, 1)]), (lambda x: np.squeeze(x, axis=-1), [uniform(1, 3, 1)])],
    "expand_dims": [(lambda x: np.expand_dims(x, 0), [M]), (lambda x: np.expand_dims(x, (0, -1)), [M])],
    "transpose": [(np.transpose, [T3]), (lambda x: np.transpose(x, (1, 0, -1)), [T3])],
    "matrix_transpose": [(np.matrix_transpose, [T3])],
    "swapaxes": [(lambda x: np.swapaxes(x, 0, -1), [T3])],
    "moveaxis": [(lambda x: np.moveaxis(x, 0, -1), [T3]), (lambda x: np.moveaxis(x, [0, 1], [-1, 0]), [T3])],
    "rollaxis": [
        (lambda x: np.rollaxis(x, 2), [T3]),
        (lambda x: np.rollaxis(x, 0, 3), [T3]),
        (lambda x: np.rollaxis(x, 0, 2), [T3]),
    ],
    "broadcast_to": [(lambda x: np.broadcast_to(x, (2, 4)), [V])],
    "broadcast_arrays": [(np.broadcast_arrays, [V, M])],
    "repeat": [
        (lambda x: np.repeat(x, 2), [M]),
        (lambda x: np.repeat(x, [1, 0, 2], axis=0), [M]),
        (lambda x: np.repeat(x, 3, axis=1), [M]),
    ],
    "tile": [(lambda x: np.tile(x, 2), [M]), (lambda x: np.tile(x, (2, 1, 2)), [M])],
    "concatenate": [
        (lambda a, b: np.concatenate([a, b]), [V, W]),
        (lambda a, b: np.concatenate((a, b), axis=1), [M, uniform(3, 2)]),
        (lambda a, b: np.concatenate((a, b), axis=None), [M, V]),
        (lambda a: np.concatenate([a, np.ones(2)]), [V]),
        (np.concatenate, [M]),
    ],
    "stack": [(lambda a, b: np.stack([a, b]), [V, W]), (lambda a, b: np.stack((a, b), axis=-1), [V, W])],
    "hstack": [(lambda a, b: np.hstack([a, b]), [V, W]), (lambda a, b: np.hstack((a, b)), [M, M])],
    "vstack": [(lambda a, b: np.vstack([a, b]), [V, M])],
    "dstack": [(lambda a, b: np.dstack([a, b]), [M, M])],
    "column_stack": [(lambda a, b: np.column_stack([a, b]), [V, N])],
    "append": [(lambda a: np.append(a, 5.0), [M]), (lambda a, b: np.append(a, b, axis=0), [M, M])],
    "delete": [
        (lambda a: np.delete(a, 1), [M]),
        (lambda a: np.delete(a, [0, -1], axis=1), [M]),
        (lambda a: np.delete(a, slice(0, 2), axis=0), [M]),
    ],
    "pad": [
        (lambda a: np.pad(a, 1), [M]),
        (lambda a: np.pad(a, ((1, 0), (0, 2)), constant_values=3.0), [M]),
        (lambda a: np.pad(a, (2, 1), mode="edge"), [M]),
        (lambda a: np.pad(a, 1, mode="wrap"), [M]),
        (lambda a: np.pad(a, 2, mode="reflect"), [M]),
    ],
    "array_split": [(lambda x: np.array_split(x, 3, axis=1), [M]), (lambda x: np.array_split(x, 3), [V])],
    "split": [
        (lambda x: np.split(x, 2, axis=1), [M]),
        (lambda x: np.split(x, [1, 3]), [V]),
        (lambda x: np.split(x, np.array([1]), axis=-1), [M]),
    ],
    "hsplit": [(lambda x: np.hsplit(x, 2), [M]), (lambda x: np.hsplit(x, 2), [V])],
    "vsplit": [(lambda x: np.vsplit(x, 3), [M])],
    "dsplit": [(lambda x: np.dsplit(x, [1]), [T3])],
    "flip": [(np.flip, [M]), (lambda x: np.flip(x, (0, 2)), [T3])],
    "flipud": [(np.flipud, [M])],
    "fliplr": [(np.fliplr, [M])],
    "roll": [
        (lambda x: np.roll(x, 1), [M]),
        (lambda x: np.roll(x, -1, axis=1), [M]),
        (lambda x: np.roll(x, 1, axis=(0, 1)), [M]),
    ],
    "rot90": [(np.rot90, [M]), (lambda x: np.rot90(x, 3, (1, 2)), [T3])],
    "diagonal": [(np.diagonal, [T3]), (lambda x: np.diagonal(x, 1, 1, 2), [T3])],
    "diag": [(np.diag, [V]), (lambda x: np.diag(x, 1), [M])],
    "diagflat": [(np.diagflat, [S])],
    "tril": [(np.tril, [M]), (lambda x: np.tril(x, -1), [T3]), (np.tril, [V])],
    "triu": [(lambda x: np.triu(x, 1), [M])],
    "meshgrid": [
        (np.meshgrid, [V, uniform(3)]),
        (lambda x, y: np.meshgrid(x, y, indexing="ij"), [V, uniform(3)]),
        (lambda x, y: np.meshgrid(x, y, sparse=True), [V, uniform(3)]),
    ],
    "atleast_1d": [(np.atleast_1d, [uniform()]), (np.atleast_1d, [uniform(), V])],
    "atleast_2d": [(np.atleast_2d, [V])],
    "atleast_3d": [(np.atleast_3d, [M]), (np.atleast_3d, [V])],
    # elements
    "where": [
        (lambda x: np.where(x > 0, x, 0.0), [M]),
        (lambda x, y: np.where(MASK, x, y), [V, W]),
        (lambda x: np.where(np.asarray([True, False]), 1.0, x), [uniform(2)]),
        (np.where, [INTS]),
    ],
    "select": [(lambda x: np.select([x < -1, x < 1], [-x, x * x], default=2 * x), [M])],
    "clip": [
        (lambda x: np.clip(x, -0.5, 0.5), [M]),
        (lambda x: np.clip(x, None, 0.5), [M]),
        (lambda x, low: np.clip(x, low, 1.5), [V, -P]),
        (lambda x: np.clip(x, a_min=0, a_max=1), [M]),
    ],
    "round": [(np.round, [M]), (lambda x: np.round(x, 1), [M])],
    "around": [(np.around, [M])],
    "fix": [(np.fix, [M])],
    "nan_to_num": [(np.nan_to_num, [HOLES]), (lambda x: np.nan_to_num(x, nan=1.0), [HOLES])],
    "sinc": [(np.sinc, [M])],
    "real": [(np.real, [M])],
    "imag": [(lambda x: np.imag(x * (1 + 2j)), [M])],
    "angle": [(lambda x: np.angle(np.exp(1j * x)), [V]), (lambda x: np.angle(np.exp(1j * x), deg=True), [V])],
    "polyval": [
        (lambda x: np.polyval([2.0, -1.0, 3.0], x), [M]),
        (lambda p: np.polyval(p, 0.5), [V]),
        (np.polyval, [W, V]),
    ],
    "isclose": [(lambda x: np.isclose(x, x + 1e-12), [M])],
    "take": [
        (lambda x: np.take(x, [0, 5, -1]), [M]),
        (lambda x: np.take(x, np.array([[0, 2], [1, 1]]), axis=1), [M]),
        (lambda x: np.take(x, [5, -7], mode="wrap"), [V]),
        (lambda x: np.take(x, [5, -7], mode="clip"), [V]),
    ],
    "take_along_axis": [
        (lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1), [M]),
        (lambda x: np.take_along_axis(x, np.array([0, 3]), axis=None), [M]),
    ],
    "compress": [
        (lambda x: np.compress(MASK, x, axis=1), [M]),
        (lambda x: np.compress([True, False], x), [M]),
    ],
    "extract": [(lambda x: np.extract(x > 0, x), [M])],
    "nonzero": [(np.nonzero, [INTS])],
    "flatnonzero": [(np.flatnonzero, [INTS])],
    "argwhere": [(np.argwhere, [INTS])],
    "sort": [(np.sort, [M]), (lambda x: np.sort(x, axis=0), [M]), (lambda x: np.sort(x, axis=None), [M])],
    "argsort": [(np.argsort, [M]), (lambda x: np.argsort(x, axis=None), [M])],
    "searchsorted": [(lambda v: np.searchsorted([-1.0, 0.0, 1.0], v, side="right"), [M])],
    "digitize": [(lambda x: np.digitize(x, [-1.0, 0.0, 1.0]), [M])],
    "bincount": [(np.bincount, [INTS[0]]), (lambda x: np.bincount(x, minlength=6), [INTS[1]])],
    "unique": [
        (np.unique, [np.array([2.0, 1.0, 3.0])]),
        (lambda x: np.unique(x, return_inverse=True, return_counts=True), [INTS]),
    ],
    "zeros_like": [(lambda x: np.zeros_like(x), [INTS]), (lambda x: np.zeros_like(x, dtype=float), [INTS])],
    "empty_like": [(lambda x: np.empty_like(x) * 0, [INTS])],
    "ones_like": [(lambda x: np.ones_like(x, shape=(2,)), [INTS])],
    "full_like": [(lambda x: np.full_like(x, 3), [INTS])],
    "copy": [(np.copy, [M])],
    "astype": [(lambda x: np.astype(x, np.float64), [INTS])] if hasattr(np, "astype") else [],
    # products
    "dot": [
        (np.dot, [V, W]),
        (np.dot, [M, V]),
        (np.dot, [M, N]),
        (np.dot, [V, N]),
        (np.dot, [T3, uniform(3, 4, 2)]),
        (np.dot, [T3, V]),
        (lambda x: np.dot(x, 2.0), [M]),
        (lambda x: np.dot(np.ones((2, 3)), x), [M]),
    ],
    "vdot": [(np.vdot, [V, W]), (np.vdot, [M, M])],
    "inner": [(np.inner, [V, W]), (np.inner, [M, uniform(2, 4)]), (lambda x: np.inner(x, 2.0), [V])],
    "outer": [(np.outer, [V, W]), (np.outer, [M, V])],
    "tensordot": [
        (lambda a, b: np.tensordot(a, b, axes=1), [M, N]),
        (lambda a, b: np.tensordot(a, b, axes=([1, 2], [0, 1])), [T3, M]),
        (lambda a, b: np.tensordot(a, b, axes=(1, 0)), [M, N]),
    ],
    "kron": [(np.kron, [M, N])],
    "trace": [(np.trace, [M]), (lambda x: np.trace(x, offset=1, axis1=1, axis2=2), [T3])],
    "cross": [
        (np.cross, [uniform(3), uniform(3, seed=4)]),
        (lambda a, b: np.cross(a, b, axis=0), [uniform(3, 2), uniform(3, 2, seed=4)]),
        (np.cross, [uniform(2, 3), uniform(3)]),
    ],
    "einsum": [
        (lambda a, b: np.einsum("ij,jk->ik", a, b), [M, N]),
        (lambda a: np.einsum("ii", a), [S]),
        (lambda a, b: np.einsum("bij,j->bi", a, b, optimize=True), [T3, V]),
        (lambda a, b: np.einsum("...j,j", a, b), [T3, V]),
        (lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]), [M, N]),
    ],
    "linalg.norm": [
        (np.linalg.norm, [V]),
        (np.linalg.norm, [M]),
        (lambda x: np.linalg.norm(x, axis=1, keepdims=True), [M]),
        (lambda x: np.linalg.norm(x, 1), [V]),
        (lambda x: np.linalg.norm(x, np.inf, axis=0), [M]),
        (lambda x: np.linalg.norm(x, "fro", axis=(1, 2)), [T3]),
    ],
    "linalg.vector_norm": [
        (np.linalg.vector_norm, [M]),
        (lambda x: np.linalg.vector_norm(x, axis=0, ord=3), [M]),
    ],
    "linalg.matrix_norm": [(np.linalg.matrix_norm, [T3]), (lambda x: np.linalg.matrix_norm(x, ord=1), [M])],
    "linalg.det": [(np.linalg.det, [S])],
    "linalg.slogdet": [(lambda x: np.linalg.slogdet(x)[1], [S])],
    "linalg.inv": [(np.linalg.inv, [S])],
    "linalg.solve": [
        (np.linalg.solve, [S, uniform(3)]),
        (np.linalg.solve, [S, uniform(3, 2)]),
        (np.linalg.solve, [np.stack([S, SYMMETRIC, S.T]), uniform(3, 3)]),
        (np.linalg.solve, [np.stack([S, SYMMETRIC]), uniform(3)]),
    ],
    "linalg.cholesky": [(lambda x: np.linalg.cholesky(x @ x.T), [S])],
    "linalg.eigh": [(lambda x: np.linalg.eigh(x + x.T)[0], [S])],
    "linalg.eigvalsh": [(lambda x: np.linalg.eigvalsh(x + x.T), [S])],
    "linalg.qr": [(lambda x: np.abs(np.linalg.qr(x)[1]), [S]), (lambda x: np.abs(np.linalg.qr(x, "r")), [S])],
    "linalg.svd": [
        (lambda x: np.linalg.svd(x, compute_uv=False), [S]),
        (lambda x: np.abs(np.linalg.svd(x, full_matrices=False)[0]), [M]),
    ],
    "linalg.svdvals": [(np.linalg.svdvals, [M])],
    "linalg.pinv": [(np.linalg.pinv, [M]), (lambda x: np.linalg.pinv(x, rcond=0.5), [S])],
    "linalg.cond": [(np.linalg.cond, [S]), (lambda x: np.linalg.cond(x, 1), [S])],
    "linalg.matrix_rank": [
        (np.linalg.matrix_rank, [S]),
        (lambda x: np.linalg.matrix_rank(x, tol=1.0), [M]),
        (lambda x: np.linalg.matrix_rank(x, rtol=0.5), [M]),
    ],
    "linalg.multi_dot": [(lambda a, b, c: np.linalg.multi_dot([a, b, c]), [M, N, uniform(2, 3)])],
    "linalg.matrix_power": [
        (lambda x: np.linalg.matrix_power(x, 5), [S / 3]),
        (lambda x: np.linalg.matrix_power(x, -2), [S]),
        (lambda x: np.linalg.matrix_power(x, 1), [S]),
        (lambda x: np.linalg.matrix_power(x, 3), [np.array([[1, 1], [0, 1]])]),
    ],
    "linalg.outer": [(np.linalg.outer, [V, W])],
    "linalg.matmul": [(np.linalg.matmul, [M, N])],
    "linalg.vecdot": [(np.linalg.vecdot, [M, V])],
    "linalg.tensordot": [(np.linalg.tensordot, [T3, uniform(3, 4)])],
    "linalg.trace": [(np.linalg.trace, [T3])],
    "linalg.diagonal": [(np.linalg.diagonal, [T3])],
    "linalg.cross": [(np.linalg.cross, [uniform(2, 3), uniform(2, 3, seed=4)])],
    "linalg.matrix_transpose": [(np.linalg.matrix_transpose, [T3])],
}

CALLS |= {
    # sampled data
    "linspace": [
        (lambda x: np.linspace(x[0], 2.0, 5), [V]),
        (lambda a, b: np.linspace(a, b, 4, axis=1), [V, W]),
        (lambda a, b: np.linspace(a, b, 4, endpoint=False, retstep=True), [V, W]),
        (lambda b: np.linspace(0, b, 3), [INTS]),
    ],
    "interp": [
        (lambda x, f: np.interp(x, [-2.0, -0.5, 1.0, 1.5], f), [V, W]),
        (
            lambda x, xp: np.interp(x, xp, [1.0, 3.0, 2.0], left=-1, right=7.0),
            [M, np.array([-1.0, 0.1, 1.0])],
        ),
        (lambda x: np.interp(x, [0.0], [3.0]) + x, [V]),
    ],
    "gradient": [
        (np.gradient, [V]),
        (np.gradient, [M]),
        (lambda x: np.gradient(x, 0.5, axis=1), [M]),
        (lambda x: np.gradient(x, edge_order=2), [V]),
        (lambda x, h: np.gradient(x, np.cumsum(h)), [V, P]),
        (lambda x, h: np.gradient(x, np.cumsum(h), axis=1, edge_order=2), [M, P]),
        (lambda x: np.gradient(x, 2.0, [0.0, 1.0, 3.0, 4.0]), [M]),
        (np.gradient, [np.arange(4) ** 2]),
    ],
    "ediff1d": [(np.ediff1d, [M]), (lambda x: np.ediff1d(x, to_begin=[1.0, 2.0], to_end=9.0), [V])],
    "convolve": [
        (np.convolve, [V, W[:3]]),
        (lambda a, v: np.convolve(a, v, "same"), [W[:2], V]),
        (lambda a, v: np.convolve(a, v, mode="valid"), [V, W[:3]]),
        (np.convolve, [INTS[0], INTS[1][:2]]),
    ],
    "correlate": [
        (np.correlate, [V, W[:3]]),
        (np.correlate, [W[:3], V]),
        (lambda a, v: np.correlate(a, v, "same"), [W[:2], V]),
        (lambda a, v: np.correlate(a, v, "same"), [V, W[:2]]),
        (lambda a, v: np.correlate(a, v, "full"), [W[:3], V]),
    ],
    "cov": [
        (np.cov, [M]),
        (np.cov, [V]),
        (lambda x: np.cov(x, rowvar=False, bias=True), [M]),
        (lambda x, y: np.cov(x, y, ddof=0), [V, W]),
    ],
    "corrcoef": [(np.corrcoef, [M]), (np.corrcoef, [V, W]), (lambda x: np.corrcoef(x)[None], [V])],
    "vander": [(np.vander, [V]), (lambda x: np.vander(x, 3, increasing=True), [V]), (np.vander, [INTS[0]])],
    "quantile": [
        (lambda x: np.quantile(x, 0.3), [M]),
        (lambda x: np.quantile(x, [0.1, 0.5, 1.0], axis=1), [M]),
        (lambda x: np.quantile(x, [[0.2], [0.7]], axis=(0, 2), keepdims=True), [T3]),
    ],
    "percentile": [(lambda x: np.percentile(x, [25, 75], axis=0), [M])],
    "block": [
        (lambda a, b: np.block([[a, a], [np.ones((1, 8))], [b, 2 * b]]), [M, uniform(2, 4)]),
        (lambda a, b: np.block([a, 1.0, b]), [V, W]),
        (lambda a: np.block([[a], [2.0 * a]]), [V]),
        (np.block, [M]),
    ],
    # without what is missing
    "nanprod": [(np.nanprod, [HOLES]), (lambda x: np.nanprod(x, axis=1, initial=2.0), [HOLES])],
    "nancumsum": [(lambda x: np.nancumsum(x, axis=1), [HOLES])],
    "nancumprod": [(np.nancumprod, [HOLES])],
    "nanmax": [
        (np.nanmax, [HOLES]),
        (lambda x: np.nanmax(x, axis=1, keepdims=True), [HOLES]),
        (np.nanmax, [INTS]),
    ],
    "nanmin": [(np.nanmin, [HOLES]), (lambda x: np.nanmin(x, axis=0), [HOLES])],
    "nanvar": [(np.nanvar, [HOLES]), (lambda x: np.nanvar(x, axis=1, ddof=0.5), [HOLES])],
    "nanstd": [(np.nanstd, [HOLES]), (lambda x: np.nanstd(x, axis=1, keepdims=True), [HOLES])],
}

if hasattr(np, "unstack"):  # NumPy 2.1
    CALLS["unstack"] = [(lambda x: np.unstack(x, axis=1), [M])]
    CALLS["cumulative_sum"] = [(lambda x: np.cumulative_sum(x, axis=0), [M])]
    CALLS["cumulative_prod"] = [(np.cumulative_prod, [V])]

IN_OUT = positive(4, low=0.2, high=0.9)

UNARY = {
    "arccosh": 1 + P,
    "arcsin": IN_OUT,
    "arccos": IN_OUT,
    "arctanh": IN_OUT,
    "log": P,
    "log2": P,
    "logit": IN_OUT,
    "log10": P,
    "sqrt": P,
    "invert": MASK,
    "logical_not": MASK,
}
"""Arguments of ufuncs of one argument that cannot take just any number."""

BINARY = {
    "power": (P, V),
    "float_power": (P, V),
    "bitwise_and": (INTS, INTS + 1),
    "bitwise_or": (INTS, INTS + 1),
    "bitwise_xor": (INTS, INTS + 1),
    "left_shift": (INTS, INTS),
    "right_shift": (INTS, INTS),
    "matmul": (M, N),
    "matvec": (M, V),
    "vecmat": (V, N),
    "vecdot": (M, V),
}
"""The same for two arguments."""
