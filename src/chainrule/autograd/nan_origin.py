"""nan_origin: the first operation that turned finite numbers into NaN or infinity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.autograd.lines import Trace, user_trace
from chainrule.core.graph import Node
from chainrule.core.kinds import Elementwise
from chainrule.core.partial import dense
from chainrule.core.primitive import Primitive
from chainrule.core.saved import unpacked
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase
from chainrule.core.watching import Watcher
from chainrule.errors import warn
from chainrule.ops.wording import text_of

SHOWN = 3  # elements


class Origin:
    """One operation that made NaN or infinity of finite numbers: what ran, where, and on what."""

    def __init__(
        self, operation: str, backward: bool, formula: str, trace: Trace | None, cases: list[dict[str, Any]]
    ) -> None:
        self.operation = operation  # the operation's name, or that of the backward node
        self.backward = backward  # whether it happened on the way back
        self.formula = formula  # what was computed
        self.trace = trace  # where the user's code called the operation, None when that is not known
        self.cases = cases  # for the first elements in question: the values by name

    @property
    def line(self) -> str:
        """The user's source line, as `file:line: source`."""
        if self.trace is None:
            return "a line that is not known (recorded outside the block)"
        return self.trace.line()

    def __str__(self) -> str:
        what = "backward of " if self.backward else ""
        lines = [f"{what}{self.operation} made the first {self._made()} of finite numbers, at {self.line}"]
        lines.append(f"  it computed {self.formula}")
        values = [", ".join([f"{name} = {value}" for name, value in case.items()]) for case in self.cases]
        return "\n".join([*lines, *[f"  with {text}" for text in values]])

    def _made(self) -> str:
        result = self.cases[0]["result"] if self.cases else np.nan
        return "NaN" if np.isnan(result) else "infinity"


class nan_origin(Watcher):  # noqa: N801 (a context manager, like torch's)
    """Within the block, find the first operation that turns finite numbers into NaN or infinity.

    Forward and backward operations are watched. What was found is in `origin` (None so far), and a warning
    tells it at the end of the block: operation, source line, formula and the values it was given.

    >>> import chainrule, warnings
    >>> x = chainrule.tensor([4.0, 0.0], requires_grad=True)
    >>> with warnings.catch_warnings(action="ignore"), chainrule.nan_origin() as found:
    ...     (x.sqrt() * 0).sum().backward()
    >>> found.origin.operation, found.origin.formula
    ('SqrtBackward0', 'g * (0.5 / y)')
    >>> found.origin.cases
    [{'g': 0.0, 'y': 0.0, 'result': nan}]
    """

    def __init__(self) -> None:
        self.origin: Origin | None = None
        self._lines: dict[Node, Trace] = {}

    def __enter__(self) -> nan_origin:
        state.watchers = (*state.watchers, self)
        state.update()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        state.watchers = tuple([watcher for watcher in state.watchers if watcher is not self])
        state.update()
        self._lines.clear()
        if self.origin is not None:
            if error is not None:
                error.add_note(str(self.origin))
            else:
                warn(str(self.origin))

    # -- forward -----------------------------------------------------------------------------------

    def after(
        self,
        primitive: Primitive,
        operands: tuple[Any, ...],
        values: tuple[Any, ...],
        params: dict[str, Any],
        y: Any,
    ) -> None:
        if self.origin is not None:
            return
        result = y[0] if isinstance(y, tuple) else y
        bad = _not_finite(result)
        if bad is None or not all(map(_all_finite, values)):
            return
        names = ["tensors"] * len(values) if primitive.variadic else primitive.operands
        named = dict(zip(names, values, strict=False))
        cases = _cases(named, result, bad, isinstance(primitive, Elementwise))
        self.origin = Origin(primitive.name, False, text_of(primitive.forward), user_trace(), cases)

    # -- backward ----------------------------------------------------------------------------------

    def recorded(self, node: Node) -> None:
        self._lines[node] = user_trace()

    def before_pull(self, node: Node, g: Any) -> None:
        self._saved = node.saved if isinstance(node.saved, tuple) else ()

    def after_pull(self, node: Node, g: Any, grads: Sequence[Any]) -> None:
        if self.origin is not None or not _all_finite(_plain(g)):
            return
        for place, grad in enumerate(grads):
            result = _plain(grad)
            bad = _not_finite(result)
            if bad is not None and node.edges[place] is not None:
                self.origin = self._of(node, place, g, result, bad)
                return

    def _of(self, node: Node, place: int, g: Any, result: Any, bad: Any) -> Origin | None:
        primitive = node.plan.primitive
        named = {"g": _plain(g)}
        for source, value in zip(node.plan.sources, unpacked(self._saved), strict=False):
            named[primitive.source_names[source]] = _plain(value)
        if not all(map(_all_finite, named.values())):
            return None
        cases = _cases(named, result, bad, isinstance(primitive, Elementwise))
        return Origin(node.name(), True, _backward_formula(primitive, place), self._lines.get(node), cases)


def _backward_formula(primitive: Primitive, place: int) -> str:
    if primitive.joint is not None:
        return text_of(primitive.joint)
    rule = primitive.rules.get(primitive.operands[place]) if primitive.operands else None
    if rule is None:
        return "the user's backward"
    text = text_of(rule)
    return f"g * ({text})" if isinstance(primitive, Elementwise) else text


def _plain(value: Any) -> Any:
    value = dense(value) if not isinstance(value, (list, tuple)) else value
    return value._value if isinstance(value, TensorBase) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc"


def _all_finite(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_all_finite, value))
    if isinstance(value, float):
        return bool(np.isfinite(value))
    return not _is_number(value) or bool(np.isfinite(value).all())


def _not_finite(value: Any) -> Any:
    """Return where a value is NaN or infinite, None if nowhere."""
    if not _is_number(value):
        return None
    bad = ~np.isfinite(value)
    return bad if bad.any() else None


def _cases(named: dict[str, Any], result: Any, bad: Any, elementwise: bool) -> list[dict[str, Any]]:
    """Return the values by name at the first elements that are not finite."""
    cases = []
    for index in list(_indices(bad))[:SHOWN]:
        case = {name: _shown(value, index, bad.shape, elementwise) for name, value in named.items()}
        case["result"] = np.asarray(result)[index].item()
        cases.append({name: value for name, value in case.items() if value is not None})
    return cases


def _indices(bad: Any) -> Iterator[tuple[int, ...]]:
    return (tuple(map(int, index)) for index in np.argwhere(bad))


def _shown(value: Any, index: tuple[int, ...], shape: tuple[int, ...], elementwise: bool) -> Any:
    """Return what to show of a value: an elementwise operation's at the index, of larger ones the shape."""
    if isinstance(value, (int, float, complex)):
        return value
    if not isinstance(value, (np.ndarray, np.generic)):
        return None
    if not value.ndim:
        return value.item()
    if elementwise and value.shape == shape:
        return value[index].item()
    return f"{value.dtype}{list(value.shape)}"


__all__ = ["Origin", "nan_origin"]
