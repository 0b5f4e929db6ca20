"""Anomaly mode: which forward line recorded the node that failed or made the first NaN."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from chainrule.autograd.lines import Trace, user_trace
from chainrule.core.graph import FREED, Node, ensure_extra
from chainrule.core.partial import dense
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, Writes
from chainrule.core.visible import places_of
from chainrule.core.watching import Watcher
from chainrule.errors import warn


class Anomaly(Watcher):
    """Remembers where nodes are recorded, and stops backward at the first NaN."""

    def __init__(self, check_nan: bool) -> None:
        self.check_nan = check_nan
        self.running: list[Node] = []

    def recorded(self, node: Node) -> None:
        trace = user_trace()
        if self.running and (extra := self.running[-1].extra) is not None:
            trace.parent = extra.trace
        ensure_extra(node).trace = trace

    def written(self, writes: Writes) -> None:
        writes.trace = user_trace()

    def before_pull(self, node: Node, g: Any) -> None:
        self.running.append(node)

    def after_pull(self, node: Node, g: Any, grads: Sequence[Any]) -> None:
        if self.check_nan:
            self._check(node, grads)
        self.running.pop()
        if node.saved is FREED:
            ensure_extra(node).freed = user_trace()

    def _check(self, node: Node, grads: Sequence[Any]) -> None:
        for number, place in enumerate(places_of(node)):
            if node.edges[place] is not None and _has_nan(grads[place]):
                name = node.name()
                raise RuntimeError(
                    f"Function '{name}' returned nan values in its {number}th output.{_at(node)}"
                )

    def failed(self, node: Node, error: Exception) -> None:
        if self.running:
            self.running.pop()
        extra = node.extra
        if extra is None or extra.trace is None:
            warn(
                f"Error detected in {node.name()}. No forward pass information available. Enable detect "
                "anomaly during forward pass for more information.",
                UserWarning,
            )
            return
        warn(
            f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
            f"{extra.trace}{_induced(extra.trace)}",
            UserWarning,
        )
        if node.saved is FREED and extra.freed is not None:
            error.add_note(f"Recorded here:\n{extra.trace}and freed by a backward pass here:\n{extra.freed}")


def _at(node: Node) -> str:
    trace = node.extra.trace if node.extra is not None else None
    return "" if trace is None else f" The operation was recorded at {trace.line()}"


def _induced(trace: Trace) -> str:
    """Return the traces of the nodes whose backward recorded this one."""
    text = ""
    while trace.parent is not None:
        trace = trace.parent
        text += f"\nTraceback of forward call that induced the previous calculation:\n{trace}"
    return text


def _has_nan(g: Any) -> bool:
    if g is None:
        return False
    value = dense(g)
    if isinstance(value, TensorBase):
        value = value._value
    return isinstance(value, (np.ndarray, np.generic)) and bool(np.isnan(value).any())


def _current() -> Anomaly | None:
    return next((w for w in reversed(state.watchers) if isinstance(w, Anomaly)), None)


def _switch(watcher: Anomaly | None) -> None:
    """Have this one watch, and no other of its kind."""
    others = tuple([w for w in state.watchers if not isinstance(w, Anomaly)])
    state.watchers = others if watcher is None else (*others, watcher)
    state.update()


class set_detect_anomaly:  # noqa: N801 (torch's name)
    """Switch anomaly mode of this thread on or off; as a context manager, for its block only.

    While it is on, each operation remembers the user's line that called it, for the messages of errors in
    backward; with `check_nan`, the first NaN that backward makes is an error that names its node.

    >>> import chainrule
    >>> with chainrule.autograd.set_detect_anomaly(True):
    ...     chainrule.is_anomaly_enabled()
    True
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = _current()
        _switch(Anomaly(check_nan) if mode else None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _switch(self.before)


class detect_anomaly:  # noqa: N801 (torch's name)
    """Look for the origin of errors and NaNs in backward, within a block: see `set_detect_anomaly`.

    It warns that everything is slower. Without `check_nan`, only errors are explained.

    >>> import chainrule, warnings
    >>> x = chainrule.tensor(0.0, requires_grad=True)
    >>> with warnings.catch_warnings(action="ignore"), chainrule.autograd.detect_anomaly():
    ...     (x.sqrt() * 0).backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output. The operation was ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self.before: list[Anomaly | None] = []
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
            "enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self.before.append(_current())
        _switch(Anomaly(self.check_nan))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _switch(self.before.pop())


def is_anomaly_enabled() -> bool:
    """Tell whether anomaly mode is on in this thread.

    >>> import chainrule
    >>> chainrule.is_anomaly_enabled()
    False
    """
    return _current() is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Tell whether anomaly mode would look for NaN: True unless it is on without `check_nan`.

    >>> import chainrule
    >>> chainrule.is_anomaly_check_nan_enabled()
    True
    """
    current = _current()
    return current is None or current.check_nan


__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]
