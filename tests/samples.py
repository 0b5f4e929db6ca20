"""Samples: the inputs on which every operation is checked, beside what NumPy says of them.

Each family has a module `samples_<family>.py` next to its tests with a dictionary SAMPLES from the
public name of an operation (`"exp"`, `"linalg.det"`, `"Tensor.fill_diagonal_"`) to a list of samples.
`test_generated.py` runs all of them through values, both modes, second derivatives and more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Sample:
    """One call of an operation.

    `args` are the arguments: ndarrays become tensors (floating and complex ones are
    differentiated), anything else is passed on. `reference` is the NumPy function of the same
    arguments (ndarrays, as given). `smooth=False` leaves out finite differences (a kink or a
    removable point: give `gradient` instead). `second=False` leaves out second derivatives, with
    the reason in `why`. `along` brings perturbations of the first array among the arguments into the
    directions that are allowed (symmetric ones, for a symmetric matrix). `own_dtype`: the result's
    dtype does not follow that of the arguments.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    reference: Callable[..., Any] | None = None
    smooth: bool = True
    second: bool = True
    gradient: tuple[Any, ...] | None = None  # of sum(result) with respect to the float args
    rtol: float = 1e-6
    why: str = ""
    along: Callable[[np.ndarray], np.ndarray] | None = None
    own_dtype: bool = False


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def uniform(*shape: int, low: float = -2.0, high: float = 2.0, seed: int = 0) -> np.ndarray:
    """Return float64 values away from the ends and from each other's ties."""
    return rng(seed + sum(shape)).uniform(low, high, shape)


def positive(*shape: int, low: float = 0.3, high: float = 3.0, seed: int = 1) -> np.ndarray:
    return uniform(*shape, low=low, high=high, seed=seed)


def complex_uniform(*shape: int, seed: int = 2) -> np.ndarray:
    return np.asarray(uniform(*shape, seed=seed) + 1j * uniform(*shape, seed=seed + 1))


SHAPES = ((), (3,), (2, 3), (0,), (2, 0, 3), (1,))
"""Shapes every elementwise operation and reduction is tried on: 0-d, empty and unit axes included."""

BROADCASTS = (((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 3)), ((3,), ()), ((0, 3), (3,)))
