"""The exponential of matrices of all sizes."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule import linalg
from matrices import hermitian, noise, tensor


@pytest.mark.parametrize("scale", [1e-8, 0.1, 1.0, 5.0, 50.0])
def test_it_is_that_of_the_eigenvalues(scale: float) -> None:
    x = hermitian(4) * scale
    w, v = np.linalg.eigh(x)
    want = (v * np.exp(w)) @ v.T
    np.testing.assert_allclose(linalg.matrix_exp(tensor(x)).numpy(), want, atol=1e-12 * np.abs(want).max())


def test_it_rotates() -> None:
    x = tensor(np.array([[0.0, -1.0], [1.0, 0.0]]) * np.pi / 2)
    np.testing.assert_allclose(linalg.matrix_exp(x).numpy(), [[0, -1], [1, 0]], atol=1e-14)


def test_infinity_and_nan_are_nan() -> None:
    for bad in (np.nan, np.inf):
        assert np.isnan(linalg.matrix_exp(tensor(np.full((2, 2), bad))).numpy()).all()


def test_single_precision_is_kept() -> None:
    x = chainrule.tensor(noise((3, 3)), dtype=chainrule.float32)
    assert chainrule.matrix_exp(x).dtype is chainrule.float32
