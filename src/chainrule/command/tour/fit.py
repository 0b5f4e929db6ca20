"""The real task: a nonlinear model with seven parameters, fitted to measured data.

The data are the set "Thurber" of NIST's Statistical Reference Datasets, with certified results:
https://www.itl.nist.gov/div898/strd/nls/data/thurber.shtml (rated "higher level of difficulty").
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

import chainrule as cr
from chainrule.errors import MissingExtraError

START = (1000.0, 1000.0, 400.0, 40.0, 0.7, 0.3, 0.03)  # NIST's first, the one farther away
CERTIFIED = (
    1.2881396800e03,
    1.4910792535e03,
    5.8323836877e02,
    7.5416644291e01,
    9.6629502864e-01,
    3.9797285797e-01,
    4.9727297349e-02,
)
CERTIFIED_ERRORS = (
    4.6647963344e00,
    3.9571156086e01,
    2.8698696102e01,
    5.5675370270e00,
    3.1333340687e-02,
    1.4984928198e-02,
    6.5842344623e-03,
)
CERTIFIED_SQUARES = 5.6427082397e03  # the sum of the squared residuals


@dataclass(frozen=True)
class Fit:
    """A finished fit, and what it took."""

    jacobian: str  # "exact", or SciPy's name of the difference scheme
    parameters: np.ndarray
    errors: np.ndarray  # standard errors
    residuals: np.ndarray
    evaluations: int  # of the model
    jacobians: int  # exact ones; differences evaluate the model instead
    seconds: float

    @property
    def squares(self) -> float:
        """The sum of the squared residuals."""
        return float(self.residuals @ self.residuals)

    @property
    def digits(self) -> float:
        """How many digits of the parameters agree with NIST's certified values."""
        error = np.max(np.abs(self.parameters / CERTIFIED - 1))
        return float(-np.log10(max(error, 1e-16)))


def load() -> tuple[np.ndarray, np.ndarray]:
    """Return the 37 measurements: log density, electron mobility."""
    text = files("chainrule").joinpath("data", "thurber.csv").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    x, y = np.loadtxt(rows, delimiter=",", skiprows=1, unpack=True)
    return x, y


def model(b: Any, x: Any) -> Any:
    """Electron mobility at log density x: a quotient of two cubics."""
    above = b[0] + x * (b[1] + x * (b[2] + x * b[3]))
    below = 1 + x * (b[4] + x * (b[5] + x * b[6]))
    return above / below


def jacobian(b: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the derivative of the model at every x by every parameter, from one backward pass.

    Every measurement gets its own copy of the parameters; the gradient of the sum is then the table
    of all single derivatives.
    """
    copies = cr.tensor(np.repeat(b[:, None], len(x), axis=1), requires_grad=True)
    cr.sum(model(copies, cr.tensor(x))).backward()
    return copies.grad.numpy().T


def run(how: str = "exact") -> Fit:
    """Fit the model with exact derivatives, or with SciPy's differences ('2-point', '3-point')."""
    try:
        from scipy.optimize import least_squares
    except ImportError:
        raise MissingExtraError("SciPy", "scipy", "the fit") from None
    x, y = load()
    jacobian(np.asarray(START), x)  # once before the clock starts: some work is done on first use
    residuals = _Counted(lambda b: model(b, x) - y)
    derivative = _Counted(lambda b: jacobian(b, x))
    begin = time.perf_counter()
    found = least_squares(
        residuals,
        START,
        jac=derivative if how == "exact" else how,
        method="lm",  # Levenberg's and Marquardt's, for parameters without bounds
        x_scale=1.0,
        ftol=1e-15,
        xtol=1e-15,
        gtol=1e-15,
        max_nfev=1000,
    )
    seconds = time.perf_counter() - begin
    exact = jacobian(found.x, x)
    left = model(found.x, x) - y
    variance = left @ left / (len(x) - len(found.x))
    errors = np.sqrt(np.diag(np.linalg.inv(exact.T @ exact)) * variance)
    return Fit(how, found.x, errors, left, residuals.calls, derivative.calls, seconds)


class _Counted:
    """A function that counts its calls."""

    def __init__(self, function: Callable[[np.ndarray], np.ndarray]) -> None:
        self.function = function
        self.calls = 0

    def __call__(self, b: np.ndarray) -> np.ndarray:
        self.calls += 1
        return self.function(b)
