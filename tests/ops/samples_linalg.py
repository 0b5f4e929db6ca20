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
    for x in (regular(2, 3, 3), TALL, WIDE, regular(1, 1), uniform(4, 2) + 1j * uniform(4, 2, seed=5))
]


def _solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    is_vector = b.ndim == 1 or b.shape == a.shape[:-1]
    return np.linalg.solve(a, b[..., None])[..., 0] if is_vector else np.linalg.solve(a, b)


SOLVE = [
    Sample((SQUARE[0], uniform(2, 3, 2)), reference=_solve),
    Sample((SQUARE[0], uniform(2, 3)), reference=_solve),
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
    for n in (1, 2, 3, -2)
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
    "cholesky": CHOLESKY,
    "qr": QR[:2],
    "linalg.det": DET,
    "linalg.slogdet": SLOGDET,
    "linalg.inv": INV,
    "linalg.solve": SOLVE,
    "linalg.cholesky": CHOLESKY,
    "linalg.eigh": of_hermitian(lambda x: tuple(np.linalg.eigh(x)), complexes=False),
    "linalg.eigvalsh": of_hermitian(np.linalg.eigvalsh),
    "linalg.qr": QR,
    "linalg.matrix_norm": MATRIX_NORM,
    "linalg.norm": NORM,
    "linalg.vector_norm": VECTOR_NORM,
    "linalg.matrix_power": MATRIX_POWER,
    "linalg.multi_dot": MULTI_DOT,
}
