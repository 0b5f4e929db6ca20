"""Random programs of views and changes in place, for any library with torch's methods.

A step is a name with a few small random numbers. What it does depends on these and on the shapes alone,
so the same program runs in two libraries, or on NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Step(NamedTuple):
    """One step of a program: what to do, in which mode, to which tensors, with which numbers."""

    kind: str  # "look", "change", "compute" or "tell"
    name: str
    mode: str  # "usual", "no_grad" or "inference"
    target: int
    other: int
    numbers: tuple[int, ...]


# -- steps ----------------------------------------------------------------------------------------
# Each is called with the library, a tensor, another one, and three numbers from 0 to 11.


def _axis(x: Any, i: int) -> int:
    return i % x.ndim if x.ndim else 0


def _reaching(x: Any, i: int, j: int) -> tuple[int, int, int]:
    """Return an axis, and the first and the number of some positions on it."""
    dim = _axis(x, i)
    n = x.shape[dim]
    start = j % n
    return dim, start, 1 + (i + j) % (n - start)


LOOK: dict[str, Callable[..., Any]] = {
    "select": lambda m, x, y, i, j, k: x.select(_axis(x, i), j % x.shape[_axis(x, i)]) if x.ndim else x[None],
    "narrow": lambda m, x, y, i, j, k: x.narrow(*_reaching(x, i, j)) if x.ndim else x.view(1),
    "steps": lambda m, x, y, i, j, k: x[..., j % x.shape[-1] :: 1 + k % 2] if x.ndim else x[...],
    "int": lambda m, x, y, i, j, k: x[j % x.shape[0]] if x.ndim else x[()],
    "mixed": lambda m, x, y, i, j, k: x[None, ..., -1] if x.ndim else x[None],
    "transpose": lambda m, x, y, i, j, k: x.transpose(_axis(x, i), _axis(x, j)),
    "mT": lambda m, x, y, i, j, k: x.mT if x.ndim > 1 else x.view_as(x) if hasattr(x, "view_as") else x[...],
    "unsqueeze": lambda m, x, y, i, j, k: x.unsqueeze(i % (x.ndim + 1)) if x.ndim < 4 else x[0],
    "squeeze": lambda m, x, y, i, j, k: x.squeeze(),
    "squeeze dim": lambda m, x, y, i, j, k: x.squeeze(_axis(x, i)),
    "diagonal": lambda m, x, y, i, j, k: x.diagonal() if x.ndim > 1 else x.unsqueeze(0),
    "permute": lambda m, x, y, i, j, k: x.permute(*reversed(range(x.ndim))) if x.ndim else x.view(1, 1),
    "reshape": lambda m, x, y, i, j, k: x.reshape(-1),
    "expand": lambda m, x, y, i, j, k: (
        x.expand(1, *x.shape) if i % 2 or x.ndim > 3 else x.expand(2, *x.shape)
    ),
    "unfold": lambda m, x, y, i, j, k: x.unfold(_axis(x, i), 1, 1 + j % 2) if x.ndim else x.view(1),
    "windows": lambda m, x, y, i, j, k: x.unfold(0, min(2, x.shape[0]), 1) if 0 < x.ndim < 4 else x.squeeze(),
    "unbind": lambda m, x, y, i, j, k: _one(x.unbind(_axis(x, i)), j) if x.ndim else x[None],
    "split": lambda m, x, y, i, j, k: _one(x.split(1 + k % 2, _axis(x, i)), j) if x.ndim else x.view(1),
    "sizes": lambda m, x, y, i, j, k: _one(x.split([1, x.shape[0] - 1]), j) if x.ndim else x.view(1),
    "chunk": lambda m, x, y, i, j, k: _one(x.chunk(2, _axis(x, i)), j) if x.ndim else x.view(1),
    "tensor_split": lambda m, x, y, i, j, k: _one(x.tensor_split(2), 0) if x.ndim else x.view(1),
    "detach": lambda m, x, y, i, j, k: x.detach(),
}


def _one(parts: Any, j: int) -> Any:
    return parts[j % len(parts)]


CHANGE: dict[str, Callable[..., Any]] = {
    "add number": lambda m, x, y, i, j, k: x.add_(0.25 * (1 + i)),
    "add itself": lambda m, x, y, i, j, k: x.add_(x * 0.5),
    "mul number": lambda m, x, y, i, j, k: x.mul_(0.5 + 0.25 * (i % 4)),
    "mul sum": lambda m, x, y, i, j, k: x.mul_((y * 0.1).sum()),
    "sub": lambda m, x, y, i, j, k: x.sub_(y.sum() * 0.125),
    "iadd": lambda m, x, y, i, j, k: x.__iadd__(y.mean()),
    "like": lambda m, x, y, i, j, k: x.add_(y.clone()),
    "sin": lambda m, x, y, i, j, k: x.sin_(),
    "tanh": lambda m, x, y, i, j, k: x.tanh_(),
    "neg": lambda m, x, y, i, j, k: x.neg_(),
    "copy": lambda m, x, y, i, j, k: x.copy_((y * 0.5).sum().expand(x.shape)),
    "copy like": lambda m, x, y, i, j, k: x.copy_(y.clone()),
    "fill": lambda m, x, y, i, j, k: x.fill_(0.125 * i),
    "fill tensor": lambda m, x, y, i, j, k: x.fill_(y.sum()),
    "zero": lambda m, x, y, i, j, k: x.zero_(),
    "set int": lambda m, x, y, i, j, k: x.__setitem__(j % x.shape[0] if x.ndim else (), 0.5),
    "set int tensor": lambda m, x, y, i, j, k: x.__setitem__(j % x.shape[0] if x.ndim else (), y.sum() * 0.5),
    "set slice": lambda m, x, y, i, j, k: x.__setitem__(slice(1) if x.ndim else ..., y.mean()),
    "set all": lambda m, x, y, i, j, k: x.__setitem__(..., y.sum().tanh()),
    "set mask": lambda m, x, y, i, j, k: x.__setitem__(x.detach() > 0.1, 0.75),
    "set mask tensor": lambda m, x, y, i, j, k: x.__setitem__(x.detach() > 0.1, y.sum()),
    "set list": lambda m, x, y, i, j, k: x.__setitem__([0], y.sum() * 0.5) if x.ndim else x.neg_(),
    "masked_fill": lambda m, x, y, i, j, k: x.masked_fill_(x.detach() < 0, 0.5),
    "index_fill": lambda m, x, y, i, j, k: x.index_fill_(0, m.tensor([0]), 0.5) if x.ndim else x.neg_(),
    "tril": lambda m, x, y, i, j, k: x.tril_() if x.ndim > 1 else x.neg_(),
    "data": lambda m, x, y, i, j, k: x.detach().mul_(0.5),
    "through view": lambda m, x, y, i, j, k: x[...].mul_(1.5),
    "through unsqueeze": lambda m, x, y, i, j, k: x.unsqueeze(0).mul_(y.mean()),
}
RESHAPE: dict[str, Callable[..., Any]] = {
    "unsqueeze_": lambda m, x, y, i, j, k: x.unsqueeze_(i % (x.ndim + 1)) if x.ndim < 4 else x.squeeze_(),
    "squeeze_": lambda m, x, y, i, j, k: x.squeeze_(),
    "transpose_": lambda m, x, y, i, j, k: x.transpose_(_axis(x, i), _axis(x, j)),
    "t_": lambda m, x, y, i, j, k: x.t_() if x.ndim < 3 else x.transpose_(0, 1),
}
COMPUTE: dict[str, Callable[..., Any]] = {
    "clone": lambda m, x, y, i, j, k: x.clone(),
    "double": lambda m, x, y, i, j, k: x * 2,
    "square": lambda m, x, y, i, j, k: x * x * 0.5,
    "times sum": lambda m, x, y, i, j, k: x * (y * 0.1).sum(),
    "exp": lambda m, x, y, i, j, k: (x * 0.1).exp(),
    "sin": lambda m, x, y, i, j, k: x.sin(),
    "sum": lambda m, x, y, i, j, k: (x * 1).sum(),
    "zeros": lambda m, x, y, i, j, k: m.zeros(2, 3, dtype=m.float64),
    "leaf": lambda m, x, y, i, j, k: m.full((2, 3), 0.5 + i / 10, dtype=m.float64, requires_grad=True),
    "row": lambda m, x, y, i, j, k: m.full((3,), 0.5 + i / 10, dtype=m.float64),
}
TELL: dict[str, Callable[..., Any]] = {
    "requires_grad_": lambda m, x, y, i, j, k: x.requires_grad_(),
    "retain_grad": lambda m, x, y, i, j, k: x.retain_grad(),
    "use": lambda m, x, y, i, j, k: (x * y.sum()).sum(),
}
WRONG: dict[str, Callable[..., Any]] = {
    "wrong shape": lambda m, x, y, i, j, k: x.add_(m.zeros(7, dtype=m.float64)),
    "too many axes": lambda m, x, y, i, j, k: x.add_(m.zeros(1, 1, 1, 1, 1, 2, dtype=m.float64)),
    "complex": lambda m, x, y, i, j, k: x.mul_(m.tensor(1j, dtype=m.complex128)),
    "out of range": lambda m, x, y, i, j, k: x.__setitem__(99, 1.0),
    "detach_": lambda m, x, y, i, j, k: x.detach_() if x._is_view() else x.add_(m.zeros(7, dtype=m.float64)),
}
KINDS: dict[str, dict[str, Callable[..., Any]]] = {
    "look": LOOK,
    "change": CHANGE,
    "reshape": RESHAPE,
    "compute": COMPUTE,
    "tell": TELL,
    "wrong": WRONG,
}


def function_of(step: Step) -> Callable[..., Any]:
    return KINDS[step.kind][step.name]


def random_program(
    rng: np.random.Generator, weights: dict[str, float], modes: dict[str, float]
) -> list[Step]:
    """Return a program whose steps are of the kinds, and in the modes, that the weights say."""
    program = []
    for _ in range(int(rng.integers(3, 16))):
        kind = _choice(rng, weights)
        names = list(KINDS[kind])
        numbers = tuple(int(n) for n in rng.integers(0, 12, 3))
        target, other = (int(n) for n in rng.integers(0, 1000, 2))
        program.append(
            Step(kind, names[rng.integers(len(names))], _choice(rng, modes), target, other, numbers)
        )
    return program


def _choice(rng: np.random.Generator, weights: dict[str, float]) -> str:
    total = np.array(list(weights.values()))
    return list(weights)[int(rng.choice(len(weights), p=total / total.sum()))]
