"""L-BFGS: Newton steps with a Hessian that is estimated from the last gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.inplace import check_writable, write
from chainrule.core.modes import no_grad
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.optim.line_search import Point, Search
from chainrule.optim.optimizer import Group, Optimizer, check_lr, evaluated, number

Array = Any


class LBFGS(Optimizer):
    """Limited-memory BFGS: each step evaluates a closure several times, which clears and computes gradients.

    `line_search_fn` is None (steps of `lr`) or "strong_wolfe". Raises ValueError for more than one group of
    parameters, RuntimeError for another line search.

    >>> import chainrule
    >>> p = chainrule.nn.Parameter(chainrule.tensor([-1.0, 2.0]))
    >>> optimizer = chainrule.optim.LBFGS([p], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> for _ in range(3):
    ...     _ = optimizer.step(closure)
    >>> p.detach()
    tensor([1.0000, 1.0000])
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        settings = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, settings)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    def step(self, closure: Callable[[], Any]) -> Any:
        """Take up to `max_iter` steps; return what the closure returned first."""
        with no_grad():
            return _Iteration(self, closure).run()


class _Iteration:
    """One call of `step`: the parameters as one vector, and what is remembered of earlier gradients."""

    def __init__(self, optimizer: LBFGS, closure: Callable[[], Any]) -> None:
        group = optimizer.param_groups[0]
        self.group: Group = group
        self.parameters: list[TensorBase] = group["params"]
        self.closure = closure
        self.lr = number(group["lr"])
        self.state = optimizer.state[self.parameters[0]]
        self.state.setdefault("func_evals", 0)
        self.state.setdefault("n_iter", 0)

    def run(self) -> Any:
        first = evaluated(self.closure)
        gradient = self._gradient()
        self.evaluations = 1
        self.state["func_evals"] += 1
        if not self._is_flat(gradient):
            memory = Memory(self.state, self.group["history_size"])
            try:
                memory.save(self._iterate(memory, number(first), gradient))
            except BaseException:
                memory.forget()  # it would not fit to where the parameters are now
                raise
        return first

    def _iterate(self, memory: Memory, loss: float, gradient: Array) -> float:
        """Move until it is enough; return the loss before the last move."""
        group, state = self.group, self.state
        previous_loss = loss
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if memory.empty:
                step = min(1.0, 1.0 / float(np.abs(gradient).sum())) * self.lr
            else:
                memory.learn(gradient)
                step = self.lr
            direction = memory.direction(gradient)
            previous_loss = loss
            slope = float(gradient @ direction)
            if slope > -group["tolerance_change"]:
                memory.moved(step, direction, gradient)
                break
            last = iteration == group["max_iter"]
            point, count = self._move(Point(0.0, loss, gradient, slope), step, direction, last)
            memory.moved(point.step, direction, gradient)
            loss, gradient = point.loss, point.gradient
            self.evaluations += count
            state["func_evals"] += count
            change = point.step * np.abs(direction).max(initial=0.0)
            if (
                last
                or self.evaluations >= group["max_eval"]
                or self._is_flat(gradient)
                or change <= group["tolerance_change"]
                or abs(loss - previous_loss) < group["tolerance_change"]
            ):
                break
        return previous_loss

    def _is_flat(self, gradient: Array) -> bool:
        return bool(np.abs(gradient).max(initial=0.0) <= self.group["tolerance_grad"])

    def _move(self, start: Point, step: float, direction: Array, last: bool) -> tuple[Point, int]:
        """Move along the direction; return where to, and how often the closure was called."""
        search = self.group["line_search_fn"]
        if search is None:
            self._add(step, direction)
            if last:  # nobody will look at the loss
                return start._replace(step=step), 0
            return self._measured(step, direction), 1
        if search != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        origin = [array_of(p).copy() for p in self.parameters]

        def evaluate(step: float) -> Point:
            self._add(step, direction)
            try:
                return self._measured(step, direction)
            finally:
                for p, value in zip(self.parameters, origin, strict=True):
                    write(p, value)

        line = Search(
            evaluate, start, float(np.abs(direction).max()), self.group["max_eval"] - self.evaluations
        )
        point = line.run(step)
        self._add(point.step, direction)
        return point, line.evaluations

    def _measured(self, step: float, direction: Array) -> Point:
        loss = number(evaluated(self.closure))
        gradient = self._gradient()
        return Point(step, loss, gradient, float(gradient @ direction))

    def _gradient(self) -> Array:
        """Return the gradients of all parameters as one vector."""
        parts = []
        for p in self.parameters:
            grad = np.zeros(p._value.shape, p._value.dtype) if p._grad is None else array_of(p._grad)
            parts.append(_flat(grad))
        return np.concatenate(parts)

    def _add(self, step: float, direction: Array) -> None:
        """Move the parameters by step * direction."""
        begin = 0
        for p in self.parameters:
            check_writable(p)
            value = array_of(p)
            size = _flat(value).size
            part = direction[begin : begin + size]
            whole = part.view(value.dtype) if value.dtype.kind == "c" else part
            write(p, value + whole.reshape(value.shape) * step)
            begin += size


def _flat(array: Array) -> Array:
    """Return an array as a vector, complex numbers by their parts."""
    vector = array.reshape(-1)
    return vector.view(vector.real.dtype) if vector.dtype.kind == "c" else vector


class Memory:
    """The last moves and the changes of the gradient along them, and the Newton direction they give."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self._state = state
        self._size = size
        self.moves = [array_of(x) for x in state.get("old_stps", [])]
        self.changes = [array_of(x) for x in state.get("old_dirs", [])]
        self.inverses = [array_of(x).item() for x in state.get("ro", [])]  # of move . change
        self.scale = float(state.get("H_diag", 1.0))
        self._gradient = array_of(state["prev_flat_grad"]) if "prev_flat_grad" in state else None
        self._direction = array_of(state["d"]) if "d" in state else None
        self._step = state.get("t", 0.0)

    @property
    def empty(self) -> bool:
        """Whether nothing was learnt yet."""
        return self._direction is None

    def moved(self, step: float, direction: Array, gradient: Array) -> None:
        """Remember the last move, and the gradient before it."""
        self._step, self._direction, self._gradient = step, direction, gradient

    def learn(self, gradient: Array) -> None:
        """Take in how the gradient has changed with the last move."""
        change, move = gradient - self._gradient, self._direction * self._step
        product = float(change @ move)
        if product <= 1e-10:
            return
        if len(self.moves) == self._size:
            for kept in (self.moves, self.changes, self.inverses):
                del kept[0]
        self.moves.append(move)
        self.changes.append(change)
        self.inverses.append(1.0 / product)
        self.scale = product / float(change @ change)

    def direction(self, gradient: Array) -> Array:
        """Return minus the estimated inverse Hessian times the gradient (Nocedal's two loops)."""
        direction = -gradient
        remembered = list(zip(self.moves, self.changes, self.inverses, strict=True))
        factors = []
        for move, change, inverse in reversed(remembered):
            factor = float(move @ direction) * inverse
            direction -= change * factor
            factors.append(factor)
        direction *= self.scale
        for (move, change, inverse), factor in zip(remembered, reversed(factors), strict=True):
            direction += move * (factor - float(change @ direction) * inverse)
        return direction

    def save(self, loss: float | None) -> None:
        """Put what is remembered into the optimiser's state, under torch's names."""
        if self._direction is None:
            return
        self._state.update(
            d=wrap(self._direction),
            t=self._step,
            old_dirs=[wrap(x) for x in self.changes],
            old_stps=[wrap(x) for x in self.moves],
            ro=[wrap(self._direction.dtype.type(x)) for x in self.inverses],
            H_diag=wrap(self._direction.dtype.type(self.scale)),
            prev_flat_grad=wrap(self._gradient),
            prev_loss=loss,
        )

    def forget(self) -> None:
        """Take everything out of the optimiser's state but its counters."""
        for name in [name for name in self._state if name not in ("func_evals", "n_iter")]:
            del self._state[name]


__all__ = ["LBFGS"]
