"""Samples of complex tensors made from real ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from samples import BROADCASTS, SHAPES, Sample, uniform


def _pairs() -> list[tuple[np.ndarray, np.ndarray]]:
    equal = [(uniform(*shape), uniform(*shape, seed=5)) for shape in SHAPES]
    broadcast = [(uniform(*a), uniform(*b, seed=5)) for a, b in BROADCASTS]
    return [*equal, *broadcast, (uniform(3, 2).T, uniform(6, seed=5)[::2])]


def _samples(reference: Any) -> list[Sample]:
    return [Sample(pair, reference=reference) for pair in _pairs()]


SAMPLES: dict[str, list[Sample]] = {
    "complex": _samples(lambda real, imag: real + 1j * imag),
    "polar": _samples(lambda size, angle: size * np.exp(1j * angle)),
}
