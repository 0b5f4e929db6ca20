"""A log of operations, with the user's lines that called them, to compare two runs of a function."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from chainrule.autograd.lines import Trace, user_trace
from chainrule.core.primitive import Primitive
from chainrule.core.state import state
from chainrule.core.watching import Watcher
from chainrule.utils.recomputation import CheckpointError


class OperationLog(Watcher):
    """A context that writes down the operations of its block; entered again, it begins anew."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.traces: list[Trace] = []

    def after(
        self,
        primitive: Primitive,
        operands: tuple[Any, ...],
        values: tuple[Any, ...],
        params: dict[str, Any],
        y: Any,
    ) -> None:
        given = [_short(value) for value in values] + [f"{name}={value}" for name, value in params.items()]
        self.lines.append(f"{_short(y)} = {primitive.name}({', '.join(given)})")
        self.traces.append(user_trace())

    def __enter__(self) -> None:
        self.lines, self.traces = [], []
        state.watchers = (*state.watchers, self)
        state.update()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        state.watchers = tuple([watcher for watcher in state.watchers if watcher is not self])
        state.update()

    def with_lines(self, label: str) -> str:
        """Return all operations with the places they were called from."""
        count = len(self.lines)
        return "\n".join(
            [
                f"{line}   ({i + 1} of {count} in {label})\n\n{trace}\n"
                for i, (line, trace) in enumerate(zip(self.lines, self.traces, strict=True))
            ]
        )


def _short(value: Any) -> str:
    """Return dtype and shape of a value, such as f32[2, 3], or a number as it is."""
    if isinstance(value, tuple):
        return f"({', '.join(map(_short, value))})"
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return str(value)
    bits = "" if dtype.kind == "b" else 8 * dtype.itemsize
    return f"{dtype.kind}{bits}{list(value.shape)}"


class TwoRuns:
    """The logs of a function's first run and of its repetition."""

    def __init__(self) -> None:
        self.original, self.repeated = OperationLog(), OperationLog()

    def contexts(self) -> tuple[OperationLog, OperationLog]:
        """Return the contexts for the two runs."""
        return self.original, self.repeated

    def explain(self, error: CheckpointError) -> CheckpointError:
        """Return an error that shows what ran both times."""
        return CheckpointError(
            "An error happened while unpacking tensors; dumping logs of latest computation because you "
            "passed `debug=True` to `chainrule.utils.checkpoint.checkpoint()`.\n\n"
            f"{_title('1. Stack traces of the operators that ran in the original forward')}\n"
            f"{self.original.with_lines('original')}\n"
            f"{_title('2. Stack traces of the operators that ran during recomputation')}\n"
            f"{self.repeated.with_lines('recompute')}\n"
            f"{_title('3. Log of operators in the original forward and recomputation')}\n"
            f"Operations executed during the original forward:\n\n{_listed(self.original)}\n\n"
            f"Operations executed during recomputation:\n\n{_listed(self.repeated)}\n\n"
            f"{_title('ERROR: Detected non-determinism while running activation checkpointing')}\n"
            f"{str(error).partition('Tip:')[0].strip()}\n"
            "Compare the two lists above: the first operation that differs, and the line that called it, "
            "tell where the function did not do the same again."
        )


def _title(text: str) -> str:
    return f"+{'-' * 78}+\n| {text:<76} |\n+{'-' * 78}+\n"


def _listed(log: OperationLog) -> str:
    return "\n".join(log.lines)


__all__ = ["TwoRuns"]
