"""Samples of products of vectors and matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from samples import Sample, complex_uniform, uniform


def _pairs(function: Any, *shapes: tuple[tuple[int, ...], tuple[int, ...]], **kwargs: Any) -> list[Sample]:
    found = [Sample((uniform(*a), uniform(*b, seed=5)), kwargs, function) for a, b in shapes]
    a, b = shapes[0]
    found.append(Sample((complex_uniform(*a), complex_uniform(*b, seed=7)), kwargs, function))
    return found


MATRICES = (((2, 3), (3, 2)), ((1, 3), (3, 4)), ((0, 3), (3, 2)), ((2, 0), (0, 2)))
VECTORS = (((3,), (3,)), ((1,), (1,)), ((0,), (0,)))
STACKS = (((2, 2, 3), (2, 3, 2)), ((1, 2, 2), (1, 2, 1)), ((0, 2, 2), (0, 2, 2)))
MIXED = (((2, 3), (3,)), ((3,), (3, 2)), ((2, 1, 2, 3), (2, 3, 2)), ((2, 2, 3), (3,)), ((3,), (2, 3, 2)))


def _einsum(equation: str, *shapes: tuple[int, ...], like: str = "") -> Sample:
    operands = tuple(uniform(*shape, seed=i) for i, shape in enumerate(shapes))
    return Sample((equation, *operands), {}, lambda e, *xs: np.einsum(like or e, *xs))


def _added(product: Any, x: tuple[int, ...], a: tuple[int, ...], b: tuple[int, ...]) -> list[Sample]:
    """beta x + alpha a b, for x as given and one number, real and complex, with and without factors."""

    def reference(x: Any, a: Any, b: Any, beta: Any = 1, alpha: Any = 1) -> Any:
        y = beta * x + alpha * product(a, b)
        return y if beta else alpha * product(a, b)

    operands = uniform(*x), uniform(*a, seed=3), uniform(*b, seed=4)
    complexes = tuple(complex_uniform(*shape, seed=i) for i, shape in enumerate((x, a, b), 5))
    return [
        Sample(operands, {}, reference),
        Sample(operands, {"beta": 0.5, "alpha": -2.0}, reference),
        Sample((uniform(), *operands[1:]), {"beta": 2}, reference),
        Sample(operands, {"beta": 0, "alpha": 3}, reference),
        Sample(complexes, {"beta": 0.5 - 2j, "alpha": 1 + 1j}, reference),
    ]


def _cross(a: Any, b: Any, dim: int | None = None) -> Any:
    return np.cross(a, b, axis=-1 if dim is None else dim)


SAMPLES = {
    "matmul": _pairs(np.matmul, *MATRICES, *VECTORS, *STACKS, *MIXED),
    "mm": _pairs(np.matmul, *MATRICES),
    "bmm": _pairs(np.matmul, *STACKS),
    "mv": _pairs(np.matmul, ((2, 3), (3,)), ((0, 3), (3,)), ((2, 0), (0,))),
    "dot": _pairs(np.dot, *VECTORS),
    "vdot": _pairs(np.vdot, *VECTORS),
    "inner": _pairs(np.inner, ((2, 3), (4, 3)), ((3,), (3,)), ((), (2, 3))),
    "outer": _pairs(np.outer, ((2,), (3,)), ((0,), (2,))),
    "ger": _pairs(np.outer, ((2,), (3,))),
    "kron": _pairs(np.kron, ((2, 3), (2, 2)), ((3,), (2, 2)), ((), (2,))),
    "tensordot": [
        *_pairs(lambda a, b, dims: np.tensordot(a, b, dims), ((2, 3), (3, 2)), dims=1),
        *_pairs(lambda a, b, dims: np.tensordot(a, b, dims), ((2, 3), (2, 3)), dims=2),
        *_pairs(lambda a, b, dims: np.tensordot(a, b, dims), ((2, 3), (4, 2)), dims=([0], [-1])),
    ],
    "trace": [Sample((x,), {}, np.trace) for x in (uniform(3, 3), uniform(2, 3), complex_uniform(2, 2))],
    "cross": [
        *_pairs(_cross, ((2, 3), (2, 3)), ((1, 3), (2, 3)), ((2, 1, 3), (1, 2, 3)), dim=-1),
        *_pairs(_cross, ((3, 2), (3, 2)), dim=0),
    ],
    "addmm": [
        *_added(np.matmul, (2, 2), (2, 3), (3, 2)),
        Sample((uniform(2), uniform(2, 0), uniform(0, 2)), {}, lambda x, a, b: x + a @ b),
    ],
    "addmv": _added(np.matmul, (2,), (2, 3), (3,)),
    "addr": _added(np.multiply.outer, (2, 3), (2,), (3,)),
    "baddbmm": _added(np.matmul, (2, 2, 2), (2, 2, 3), (2, 3, 2)),
    "addbmm": _added(lambda a, b: np.matmul(a, b).sum(0), (2, 2), (3, 2, 3), (3, 3, 2)),
    "einsum": [
        _einsum("ij,jk->ik", (2, 3), (3, 2)),
        _einsum("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
        _einsum("ii", (3, 3)),
        _einsum("ii->i", (3, 3)),
        _einsum("ij->ji", (2, 3)),
        _einsum("ij->", (2, 3)),
        _einsum("i,j", (2,), (3,)),
        _einsum("bi,bj->bij", (2, 2), (2, 3)),
        _einsum("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
        _einsum("iij,jk->k", (2, 2, 3), (3, 2)),
        _einsum("ij,k->i", (2, 3), (2,)),
        _einsum("ij,ij->ij", (1, 3), (2, 3)),
        _einsum("ij,ij->", (2, 1), (2, 3)),
        _einsum("bij,bjk->kb", (1, 2, 3), (4, 3, 2)),
        _einsum("i...->...", (3, 2, 2)),
        _einsum("a,a,a->", (3,), (3,), (3,)),
        _einsum("ij,jk,kl,lm->mi", (2, 3), (3, 2), (2, 3), (3, 2)),
        _einsum("ij,jk->ik", (0, 3), (3, 2)),
        Sample(
            ("ij,jk->ik", complex_uniform(2, 2), complex_uniform(2, 2, seed=9)),
            {},
            lambda e, *x: np.einsum(e, *x),
        ),
    ],
}
