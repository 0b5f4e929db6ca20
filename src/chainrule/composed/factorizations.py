"""torch.linalg: factorisations of matrices, eigenvalues and singular values."""

# ruff: noqa: N803 (torch's names of matrices)

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import return_types
from chainrule.composed.matrices import check_inexact, check_matrices, check_square
from chainrule.composed.operands import title_of
from chainrule.composed.products import operand_shape
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import wrap
from chainrule.ops import eigenvalues, factorizations, singular_values

Tensor = Any


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L with L L^H = A for Hermitian positive definite A (..., n, n).

    With `upper`, L^H. Only the lower triangle of A is read. The gradient is that with respect to Hermitian
    A, and Hermitian. Raises LinAlgError (a RuntimeError) if A is not positive definite.

    >>> import chainrule
    >>> chainrule.linalg.cholesky(chainrule.tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    check_square(A, "linalg.cholesky", "input")
    check_inexact(A, "linalg.cholesky", "cholesky_cpu")
    return factorizations.cholesky(A, upper=upper)


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """The eigenvalues (ascending) and eigenvectors (columns) of Hermitian matrices (..., n, n).

    Only the triangle `UPLO`, "L" or "U", is read. Returns a named tuple (eigenvalues, eigenvectors). Where
    eigenvalues are equal, what does not depend on the choice of their vectors has its derivatives as far
    as they can be known, else NaN (see "Differences from PyTorch"). Raises RuntimeError for matrices that
    are not square.

    >>> import chainrule
    >>> chainrule.linalg.eigh(chainrule.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    operand_shape(A, "linalg_eigh")
    return return_types.linalg_eigh(*_eigh(A, UPLO))


def _eigh(A: Tensor, UPLO: Any) -> tuple[Tensor, Tensor]:
    check_square(A, "linalg.eigh")
    if not isinstance(UPLO, str):
        raise TypeError(f"linalg_eigh(): argument 'UPLO' (position 2) must be str, not {type(UPLO).__name__}")
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    if numpy_dtype(A).kind not in "fc" or numpy_dtype(A).char == "e":
        raise NotImplementedError(f"\"linalg_eigh_cpu\" not implemented for '{title_of(A)}'")
    w, v = eigenvalues.eigh(A, lower=UPLO.upper() == "L")
    return w, v


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues, ascending, of Hermitian matrices (..., n, n), of which one triangle is read.

    Functions of them that do not change when equal ones are exchanged have their first and second
    derivatives where eigenvalues are equal, too.

    >>> import chainrule
    >>> chainrule.linalg.eigvalsh(chainrule.tensor([[2.0, 0.0], [0.0, 1.0]]))
    tensor([1., 2.])
    """
    operand_shape(A, "linalg_eigvalsh")
    return _eigh(A, UPLO)[0]


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """Q (..., m, k) with orthonormal columns, upper triangular R (..., k, n) with Q R = A; k = min(m, n).

    Returns a named tuple (Q, R). `mode` "r" leaves Q empty, "complete" makes it square. The first k
    columns must be independent for derivatives. Raises RuntimeError for integers and other modes.

    >>> import chainrule
    >>> q, r = chainrule.linalg.qr(chainrule.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> chainrule.allclose(q @ r, chainrule.tensor([[3.0, 1.0], [4.0, 2.0]]))
    True
    """
    check_matrices(A, "linalg.qr")
    check_inexact(A, "linalg.qr", "geqrf_cpu")
    if not isinstance(mode, str):
        raise TypeError(f"linalg_qr(): argument 'mode' (position 2) must be str, not {type(mode).__name__}")
    if mode not in ("reduced", "r", "complete"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or "
            "'complete'"
        )
    q, r = factorizations.qr(A, complete=mode == "complete")
    return return_types.linalg_qr(wrap(np.zeros(0, numpy_dtype(r))) if mode == "r" else q, r)


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """U, S, Vh with U diag(S) Vh = A (..., m, n): singular values S, descending, and orthonormal vectors.

    Returns a named tuple (U, S, Vh); U and Vh are square, or with `full_matrices=False` (..., m, k) and
    (..., k, n), where k = min(m, n). Derivatives where singular values are equal or 0 are as for `eigh`.
    Raises RuntimeError for integers and vectors.

    >>> import chainrule
    >>> chainrule.linalg.svd(chainrule.tensor([[0.0, 2.0], [1.0, 0.0]])).S
    tensor([2., 1.])
    """
    operand_shape(A, "linalg_svd", "A")
    _check_svd(A, driver)
    return return_types.linalg_svd(*singular_values.svd(A, full=full_matrices))


def _check_svd(A: Tensor, driver: str | None) -> None:
    check_matrices(A, "linalg.svd")
    check_inexact(A, "linalg.svd", "linalg_svd_cpu")
    if driver is not None:
        raise RuntimeError(
            "chainrule.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER "
            "backend."
        )


def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, descending, of matrices (..., m, n).

    Functions of them that do not change when equal ones are exchanged, or their signs, have their first
    and second derivatives where singular values are equal or 0, too. Raises RuntimeError for integers.

    >>> import chainrule
    >>> chainrule.linalg.svdvals(chainrule.tensor([[0.0, 2.0], [1.0, 0.0]]))
    tensor([2., 1.])
    """
    operand_shape(A, "linalg_svdvals", "A")
    _check_svd(A, driver)
    return singular_values.svd(A, full=False)[1]


NAMESPACE = "linalg"
__all__ = ["cholesky", "eigh", "eigvalsh", "qr", "svd", "svdvals"]
