"""Matrices and derivatives of them that several tests of linear algebra need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import chainrule
from chainrule.autograd import grad
from chainrule.core.dual import make_dual, new_level, unpack_dual
from chainrule.core.tensor import require_grad, wrap


def tensor(x: Any, requires_grad: bool = False) -> Any:
    """Return a tensor in double precision."""
    dtype = chainrule.complex128 if np.iscomplexobj(x) else chainrule.float64
    return chainrule.tensor(x, dtype=dtype, requires_grad=requires_grad)


def noise(shape: Sequence[int], complexes: bool = False, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=shape)
    return x + 1j * rng.normal(size=shape) if complexes else x


def adjoint(x: np.ndarray) -> np.ndarray:
    return np.conjugate(np.swapaxes(x, -1, -2))


def hermitian(n: int, complexes: bool = False, seed: int = 0) -> np.ndarray:
    x = noise((n, n), complexes, seed)
    return (x + adjoint(x)) / 2


def orthonormal(m: int, k: int, complexes: bool = False, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(noise((m, k), complexes, seed))[0]


def gradient(f: Callable[[Any], Any], x: np.ndarray, g: Any = None, create_graph: bool = False) -> Any:
    """Return the gradient of f at x, or of <g, f>, as an array."""
    leaf = tensor(x, requires_grad=True)
    (found,) = grad(f(leaf), leaf, None if g is None else tensor(g), create_graph=create_graph)
    return found.detach().numpy()


def curvature(f: Callable[[Any], Any], x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Return the second derivative of f along e, reverse over reverse."""
    leaf = tensor(x, requires_grad=True)
    (g,) = grad(f(leaf), leaf, create_graph=True)
    return grad(g, leaf, tensor(e))[0].numpy()


def forward_curvature(f: Callable[[Any], Any], x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """The same, forward over reverse."""
    with new_level():
        dual = make_dual(tensor(x), tensor(e))
        with new_level():
            leaf = wrap(dual._value)
            require_grad(leaf)
            (g,) = grad(f(leaf), leaf)
        return unpack_dual(g)[1].numpy()


def tangent(f: Callable[[Any], Any], x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Return the derivative of f along e, in forward mode."""
    with new_level():
        return unpack_dual(f(make_dual(tensor(x), tensor(e))))[1].numpy()
