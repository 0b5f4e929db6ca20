"""Random programs of a few dozen operations: gradients against differences, forward against reverse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import chainrule
from chainrule.autograd import grad
from chainrule.core.dual import make_dual, new_level, unpack_dual
from generated import differences
from generated.differences import inner
from properties import profiles

profiles.load()

N = 4
Step = tuple[str, int, int]

# Each keeps a vector of N numbers of moderate size, and has no kinks.
UNARY: dict[str, Callable[[Any], Any]] = {
    "sin": chainrule.sin,
    "cos": lambda x: x.cos(),
    "tanh": chainrule.tanh,
    "bell": lambda x: chainrule.exp(-x * x),
    "root": lambda x: chainrule.sqrt(1 + x**2),
    "log": lambda x: chainrule.log1p(x * x),
    "sigmoid": chainrule.sigmoid,
    "atan": chainrule.atan,
    "neg": lambda x: -x,
    "flip": lambda x: chainrule.flip(x, (0,)),
    "roll": lambda x: chainrule.roll(x, 1, 0),
    "halves": lambda x: chainrule.cat([x[2:], x[:2]]),
    "stack": lambda x: chainrule.stack([x, 2 * x]).mean(0),
    "matrix": lambda x: (x.reshape(2, 2) @ x.reshape(2, 2).T).reshape(N).tanh(),
    "transpose": lambda x: x.reshape(2, 2).transpose(0, 1).reshape(N),
    "cumsum": lambda x: chainrule.cumsum(x, 0) / 2,
    "softmax": lambda x: chainrule.softmax(x, 0),
    "logsumexp": lambda x: x - chainrule.logsumexp(x, 0),
    "norm": lambda x: x / chainrule.norm(1 + x * x),
    "variance": lambda x: x - x.var(),
    "take": lambda x: x[chainrule.tensor([3, 0, 0, 2])],
    "where": lambda x: chainrule.where(chainrule.tensor([True, False, True, False]), x, x * x / (1 + x * x)),
    "outer": lambda x: chainrule.outer(x, x).diagonal().tanh(),
    "prod": lambda x: x * chainrule.prod(chainrule.tanh(x)),
    "expand": lambda x: x.sum().expand(N) / N,
    "steps": lambda x: chainrule.cat([x[::2], x[1::2]]),
    "power": lambda x: (1 + x * x) ** -0.5,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: (x + y) / 2,
    "sub": lambda x, y: (x - y) / 2,
    "mul": lambda x, y: chainrule.tanh(x) * y,
    "div": lambda x, y: x / (2 + y * y),
    "atan2": lambda x, y: chainrule.atan2(x, 2 + y * y),
    "hypot": lambda x, y: chainrule.hypot(x, 1 + y * y) / 2,
    "logaddexp": chainrule.logaddexp,
    "einsum": lambda x, y: chainrule.einsum("i,j->ij", x, y).mean(1).tanh(),
    "dot": lambda x, y: x + chainrule.tanh(chainrule.dot(x, y)),
    "lerp": lambda x, y: chainrule.lerp(x, y, 0.3),
    "select": lambda x, y: chainrule.where(chainrule.tensor([True, True, False, False]), x, y),
}


def _assign(x: Any, y: Any) -> Any:
    z = x.clone()
    z[1:3] = y[:2]
    return z


def _scale_view(x: Any, y: Any) -> Any:
    z = x.clone()
    z[:2].mul_(chainrule.tanh(y[2:]))
    return z


def _accumulate(x: Any, y: Any) -> Any:
    z = x * 0.5
    z += chainrule.tanh(y)
    z.neg_()
    return z


def _write_many(x: Any, y: Any) -> Any:
    z = x.clone()
    z[chainrule.tensor([0, 3])] = chainrule.sin(y)[1:3]
    return z


IN_PLACE: dict[str, Callable[[Any, Any], Any]] = {
    "assign": _assign,
    "scale_view": _scale_view,
    "accumulate": _accumulate,
    "write_many": _write_many,
}
OPERATIONS = {**UNARY, **BINARY, **IN_PLACE}


def programs(names: list[str], most: int) -> st.SearchStrategy[list[Step]]:
    step = st.tuples(st.sampled_from(names), st.integers(0, 50), st.integers(0, 50))
    return st.lists(step, min_size=1, max_size=most)


def run(program: list[Step], x: Any, y: Any) -> Any:
    """Run a program: each step takes earlier values (counted from the latest) and appends one."""
    values = [x, y]
    for name, i, j in program:
        a, b = values[-1 - i % min(len(values), 4)], values[-1 - j % len(values)]
        values.append(OPERATIONS[name](a, b) if name not in UNARY else UNARY[name](a))
    return values[-1] * values[-2] + values[len(values) // 2]


numbers = st.lists(st.floats(-1.5, 1.5), min_size=2 * N, max_size=2 * N)


def _points(flat: list[float]) -> list[np.ndarray]:
    # rounded: denormal numbers are the subject of other tests
    points = np.round(np.array(flat), 3).reshape(2, N)
    return [points[0], points[1]]


def _values(program: list[Step], at: list[np.ndarray]) -> list[np.ndarray]:
    with chainrule.no_grad():
        return [run(program, *map(chainrule.tensor, at)).numpy()]


def _gradient(program: list[Step], at: list[np.ndarray], create: bool = False) -> tuple[list[Any], list[Any]]:
    xs = [chainrule.tensor(a, requires_grad=True) for a in at]
    weights = chainrule.linspace(1, 2, N, dtype=chainrule.float64)
    found = grad((run(program, *xs) * weights).sum(), xs, create_graph=create, materialize_grads=True)
    return xs, list(found)


def _close(a: float, b: float, size: float = 1.0) -> None:
    assert abs(a - b) <= 1e-6 * (size + abs(a) + abs(b)), f"{a} but {b}"


TANGENTS = [np.array([0.3, -0.7, 1.0, 0.2]), np.array([-0.5, 0.9, 0.1, -1.0])]
WEIGHTS = np.linspace(1, 2, N)


@given(programs(sorted(OPERATIONS), 36), numbers)
def test_gradients_agree_with_differences(program: list[Step], flat: list[float]) -> None:
    at = _points(flat)
    _, found = _gradient(program, at)
    for i, t in enumerate(TANGENTS):
        (moved,) = differences.along(lambda x: _values(program, x), at, i, t)
        _close(inner([found[i].numpy()], [t]), inner([WEIGHTS], [moved]))


@given(programs(sorted(OPERATIONS), 36), numbers)
def test_forward_mode_agrees_with_reverse_mode(program: list[Step], flat: list[float]) -> None:
    at = _points(flat)
    _, found = _gradient(program, at)
    with new_level():
        duals = [
            make_dual(chainrule.tensor(a), chainrule.tensor(t)) for a, t in zip(at, TANGENTS, strict=True)
        ]
        _, dot = unpack_dual(run(program, *duals))
        moved = np.zeros(N) if dot is None else dot.numpy()
    _close(inner([g.numpy() for g in found], TANGENTS), inner([WEIGHTS], [moved]))


@given(programs(sorted(OPERATIONS), 16), numbers)
def test_second_derivatives_agree_with_differences(program: list[Step], flat: list[float]) -> None:
    at = _points(flat)
    xs, first = _gradient(program, at, create=True)
    pairs = [(g, chainrule.tensor(t)) for g, t in zip(first, TANGENTS, strict=True) if g.requires_grad]
    if not pairs:
        return
    second = grad([g for g, _ in pairs], xs, [t for _, t in pairs], materialize_grads=True)

    def gradients(x: list[np.ndarray]) -> list[np.ndarray]:
        return [g.detach().numpy() for g in _gradient(program, x)[1]]

    for i, t in enumerate(TANGENTS):
        moved = differences.along(gradients, at, i, t)
        _close(inner([second[i].numpy()], [t]), inner(TANGENTS, moved), 10.0)


@given(programs(sorted(OPERATIONS), 24), numbers)
def test_recording_the_gradient_does_not_change_it(program: list[Step], flat: list[float]) -> None:
    at = _points(flat)
    _, plain = _gradient(program, at)
    _, recorded = _gradient(program, at, create=True)
    for a, b in zip(plain, recorded, strict=True):
        np.testing.assert_allclose(a.numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-12)
