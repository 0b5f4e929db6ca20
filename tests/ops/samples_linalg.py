"""Samples of linear algebra: well-conditioned matrices, batched, 2x2, 1x1 and 0x0."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule.linalg  # noqa: F401 (the operations are looked up in it)
from samples import Sample, complex_uniform, uniform

EYE = 3.0


def regular(*shape: int, seed: int = 0) -> np.ndarray:
    return uniform(*shape, seed=seed) + EYE * np.eye(shape[-1])


def regular_complex(*shape: int) -> np.ndarray:
    return complex_uniform(*shape) + EYE * np.eye(shape[-1])


def hermitian(x: np.ndarray) -> np.ndarray:
    return (x + np.conjugate(np.swapaxes(x, -1, -2))) / 2


def definite(x: np.ndarray) -> np.ndarray:
    return x @ np.conjugate(np.swapaxes(x, -1, -2)) + np.diag(np.arange(1.0, x.shape[-1] + 1))


SHAPES = ((2, 3, 3), (2, 2), (1, 1), (0, 0), (0, 2, 2))
SQUARE: list[np.ndarray] = [regular(*shape) for shape in SHAPES]
TRANSPOSED = regular(3, 3).T
COMPLEX = regular_complex(2, 3, 3)
TALL = uniform(2, 4, 3)
WIDE = uniform(2, 4)
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
SINGULAR_5 = np.diag([1.0, 2.0, 3.0, 4.0, 0.0]) + np.outer([1.0, 2, 0, 1, 0], [1.0, 0, 2, 1, 3])
RANK_1 = np.outer([1.0, 2.0, -1.0], [1.0, 1.0, 2.0])


def logdet(x: np.ndarray) -> Any:
    sign, value = np.linalg.slogdet(x)
    if np.iscomplexobj(x):
        return np.log(sign) + value
    return np.where(sign > 0, value, np.nan)[()]


def of_hermitian(function: Any, *, complexes: bool = True, upper: bool = False) -> list[Sample]:
    inputs = [definite(x) for x in (*SQUARE, TRANSPOSED)] + ([definite(COMPLEX)] if complexes else [])
    found = [Sample((x,), reference=function, along=hermitian) for x in inputs]
    if upper:
        options = {"upper": True}
        found.append(
            Sample((inputs[0],), options, lambda x, upper: np.swapaxes(function(x), -1, -2), along=hermitian)
        )
    return found


def of_square(function: Any, *more: np.ndarray) -> list[Sample]:
    return [Sample((x,), reference=function) for x in (*SQUARE, TRANSPOSED, COMPLEX, *more)]


DET = of_square(np.linalg.det, SINGULAR, RANK_1, SINGULAR_5, regular(5, 5))
SLOGDET = of_square(lambda x: tuple(np.linalg.slogdet(x)))
INV = of_square(np.linalg.inv)
CHOLESKY = of_hermitian(np.linalg.cholesky, upper=True)
QR = [
    Sample((x,), reference=lambda x: tuple(np.linalg.qr(x)))
    for x in (
        *(regular(2, 3, 3), TALL, WIDE, regular(1, 1), uniform(4, 2) + 1j * uniform(4, 2, seed=5)),
        *(complex_uniform(2, 3), uniform(2, 2, 4), uniform(0, 3, 2), uniform(3, 0), uniform(0, 3)),
    )
]
# Of Q, only the first columns are determined; the others turn as little as possible.
QR_COMPLETE = [
    Sample((x, "complete"), reference=lambda x, mode: tuple(np.linalg.qr(x, mode)))
    for x in (WIDE, regular(3, 3))
]


def _svd(x: np.ndarray, full_matrices: bool = True) -> Any:
    return tuple(np.linalg.svd(x, full_matrices=full_matrices))


RECTANGLES = (regular(2, 3, 3), TALL, WIDE, regular(1, 1), uniform(0, 3), uniform(3, 0), uniform(0, 2, 3))
SVD = [Sample((x,), {"full_matrices": False}, _svd) for x in RECTANGLES] + [
    Sample((x,), reference=_svd) for x in (regular(2, 2), regular(2, 3, 3))
]
SVDVALS = [Sample((x,), reference=np.linalg.svdvals) for x in (*RECTANGLES, COMPLEX, complex_uniform(2, 4))]
OLD_SVD = [
    Sample((x,), reference=lambda x: (lambda u, s, vh: (u, s, np.swapaxes(vh, -1, -2)))(*_svd(x, False)))
    for x in (regular(2, 3, 3), TALL, WIDE)
]
PINV = [Sample((x,), reference=np.linalg.pinv) for x in (*RECTANGLES, COMPLEX, complex_uniform(2, 4))]
PINV += [Sample((x,), {"hermitian": True}, np.linalg.pinv, along=hermitian) for x in (hermitian(SQUARE[0]),)]


def _triangular(
    a: np.ndarray, b: np.ndarray, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    a = np.triu(a) if upper else np.tril(a)
    if unitriangular:
        a = a - a * np.eye(a.shape[-1]) + np.eye(a.shape[-1])
    if left:
        return np.linalg.solve(a, b)
    return np.swapaxes(np.linalg.solve(np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2)), -1, -2)


SOLVE_TRIANGULAR = [
    Sample((a, b), options, _triangular)
    for a, b in (
        (SQUARE[0], uniform(2, 3, 2)),
        (TRANSPOSED, uniform(3, 1)),
        (SQUARE[0], uniform(3, 3)),
        (SQUARE[3], uniform(0, 0)),
        (COMPLEX, complex_uniform(3, 3)),
    )
    for options in ({"upper": True}, {"upper": False, "unitriangular": True})
] + [
    Sample((SQUARE[0], uniform(2, 3)), {"upper": True, "left": False}, _triangular),
    Sample((TRANSPOSED, uniform(4, 2, 3)), {"upper": False, "left": False}, _triangular),
]


def _matrix_exp(x: np.ndarray) -> Any:
    """The exponential by its series, for small matrices."""
    term = total = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
    for k in range(1, 80):
        term = term @ x / k
        total = total + term
    return total


MATRIX_EXP = [
    Sample((x,), reference=_matrix_exp)
    for x in (uniform(2, 3, 3), 4 * uniform(3, 3), complex_uniform(2, 2), uniform(1, 1), uniform(0, 0))
]


def _matrix_rank(x: np.ndarray, **options: Any) -> Any:
    return np.linalg.matrix_rank(x)


MATRIX_RANK = [Sample((x,), reference=_matrix_rank) for x in (*RECTANGLES[:3], SINGULAR, RANK_1, COMPLEX)]
COND = [Sample((x,), reference=np.linalg.cond) for x in (regular(2, 3, 3), TALL, WIDE)] + [
    Sample((x, p), reference=np.linalg.cond)
    for x in (TRANSPOSED, COMPLEX)
    for p in (2, -2, 1, -1, float("inf"), -float("inf"), "fro", "nuc")
]
VECDOT = [
    Sample((uniform(2, 3), uniform(3)), reference=lambda a, b: (a * b).sum(-1)),
    Sample(
        (complex_uniform(2, 3), complex_uniform(2, 3, seed=4)),
        {"dim": 0},
        lambda a, b, dim: (a.conj() * b).sum(0),
    ),
    Sample((complex_uniform(3), complex_uniform(3, seed=4)), reference=np.vdot),
]


def _solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    is_vector = b.ndim == 1 or b.shape == a.shape[:-1]
    return np.linalg.solve(a, b[..., None])[..., 0] if is_vector else np.linalg.solve(a, b)


SOLVE = [
    Sample((SQUARE[0], uniform(2, 3, 2)), reference=_solve),
    Sample((SQUARE[0], uniform(2, 3)), reference=_solve),
    Sample((SQUARE[0], uniform(4, 1, 3, 2)), reference=_solve),
    Sample((COMPLEX, complex_uniform(2, 3)), reference=_solve),
    Sample((SQUARE[0], uniform(3, 1)), reference=_solve),
    Sample((TRANSPOSED, uniform(2, 3, 2)), reference=_solve),
    Sample((TRANSPOSED, uniform(3)), reference=_solve),
    Sample((SQUARE[3], uniform(0, 2)), reference=_solve),
    Sample((COMPLEX, complex_uniform(2, 3, 2)), reference=_solve),
    Sample(
        (TRANSPOSED, uniform(2, 3)),
        {"left": False},
        lambda a, b, left: np.linalg.solve(a.T, b.T).T,
    ),
]


def _matrix_norm(x: np.ndarray, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False) -> Any:
    return np.linalg.norm(x, ord, dim, keepdim)


MATRIX_NORM = [
    Sample((x, order), reference=_matrix_norm)
    for order in ("fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf"))
    for x in (SQUARE[0], TALL, WIDE, TRANSPOSED)
] + [
    Sample((TALL,), reference=_matrix_norm),
    Sample((TALL, 1, (0, 2)), reference=_matrix_norm),
    Sample((TALL, "nuc", (2, 0)), {"keepdim": True}, _matrix_norm),
    Sample((COMPLEX, "nuc"), reference=_matrix_norm),
    Sample((COMPLEX, 1), reference=_matrix_norm),
]

NORM = [
    Sample((uniform(3),), reference=np.linalg.norm),
    Sample((TALL,), reference=np.linalg.norm),
    Sample((WIDE, "fro"), reference=np.linalg.norm),
    Sample((WIDE, 1), reference=np.linalg.norm),
    Sample((uniform(3), 3), reference=np.linalg.norm),
    Sample((TALL, 2, (0, 1)), reference=np.linalg.norm),
    Sample((TALL, 3, 1), {"keepdim": True}, lambda x, o, d, keepdim: np.linalg.norm(x, o, d, keepdim)),
]

VECTOR_NORM = [
    Sample((uniform(3),), reference=np.linalg.norm),
    Sample((WIDE, 3), reference=lambda x, o: np.linalg.norm(x.ravel(), o)),
    Sample((TALL, 1, -1), reference=np.linalg.norm),
    Sample((TALL, float("inf"), 1), reference=np.linalg.norm),
    Sample((COMPLEX, 2, 1), reference=np.linalg.norm),
]

MATRIX_POWER = [
    Sample((x, n), reference=np.linalg.matrix_power)
    for x in (SQUARE[0], TRANSPOSED, COMPLEX)
    for n in (1, 2, 3, -2, 0)
] + [Sample((SQUARE[3], 3), reference=np.linalg.matrix_power)]

MULTI_DOT = [
    Sample(([uniform(2, 3), uniform(3, 4), uniform(4, 2)],), reference=np.linalg.multi_dot),
    Sample(([uniform(3), uniform(3, 4), uniform(4)],), reference=np.linalg.multi_dot),
    Sample(([uniform(3, 2), uniform(2, 3)],), reference=np.linalg.multi_dot),
    Sample(([uniform(3), uniform(3, 1), uniform(1, 4), uniform(4, 2)],), reference=np.linalg.multi_dot),
]

SAMPLES: dict[str, list[Sample]] = {
    "det": DET[:2],
    "logdet": [Sample((definite(x),), reference=logdet) for x in (*SQUARE, TRANSPOSED, COMPLEX)],
    "slogdet": SLOGDET[:2],
    "inverse": INV[:2],
    "pinverse": PINV[:2],
    "cholesky": CHOLESKY,
    "qr": QR[:2],
    "svd": OLD_SVD,
    "matrix_power": MATRIX_POWER[1:4],
    "matrix_exp": MATRIX_EXP[:1],
    "linalg.det": DET,
    "linalg.slogdet": SLOGDET,
    "linalg.inv": INV,
    "linalg.solve": SOLVE,
    "linalg.cholesky": CHOLESKY,
    "linalg.eigh": of_hermitian(lambda x: tuple(np.linalg.eigh(x)), complexes=False),
    "linalg.eigvalsh": of_hermitian(np.linalg.eigvalsh),
    "linalg.qr": QR + QR_COMPLETE,
    "linalg.svd": SVD,
    "linalg.svdvals": SVDVALS,
    "linalg.pinv": PINV,
    "linalg.solve_triangular": SOLVE_TRIANGULAR,
    "linalg.matrix_exp": MATRIX_EXP,
    "linalg.matrix_rank": MATRIX_RANK,
    "linalg.cond": COND,
    "linalg.vecdot": VECDOT,
    "linalg.matmul": [Sample((uniform(2, 3), uniform(3)), reference=np.matmul)],
    "linalg.cross": [Sample((uniform(2, 3), uniform(1, 3)), reference=np.cross)],
    "linalg.diagonal": [
        Sample((x,), reference=lambda x: np.diagonal(x, 0, -2, -1)) for x in (TALL, COMPLEX, SQUARE[3])
    ],
    "linalg.matrix_norm": MATRIX_NORM,
    "linalg.norm": NORM,
    "linalg.vector_norm": VECTOR_NORM,
    "linalg.matrix_power": MATRIX_POWER,
    "linalg.multi_dot": MULTI_DOT,
}
