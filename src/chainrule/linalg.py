"""Linear algebra: torch.linalg."""

from __future__ import annotations

from chainrule.composed.linalg import (
    cholesky,
    det,
    eigh,
    eigvalsh,
    inv,
    matrix_norm,
    matrix_power,
    multi_dot,
    norm,
    qr,
    slogdet,
    solve,
    vector_norm,
)
from chainrule.ops.linalg import LinAlgError

__all__ = [
    "LinAlgError",
    "cholesky",
    "det",
    "eigh",
    "eigvalsh",
    "inv",
    "matrix_norm",
    "matrix_power",
    "multi_dot",
    "norm",
    "qr",
    "slogdet",
    "solve",
    "vector_norm",
]
