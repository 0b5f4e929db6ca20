"""Which memory was written in place, and when."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.graph import ensure_extra
from chainrule.core.state import making, state, tick, unusual
from chainrule.core.tensor import TensorBase, Writes, owner_of, remember, written


class Latest:
    """The tick of the last in-place change in this process: what later nodes saved is intact."""

    write = 0


def note_written(value: Any, when: int = 0, by: str = "") -> None:
    """Record that the memory of `value` is being written now, by the operation of this name.

    To be called before, for the sake of watchers.
    """
    when = when or tick()
    owner = owner_of(value) if isinstance(value, np.ndarray) else None
    if owner is not None and unusual.threads:
        for watcher in state.watchers:
            watcher.before_write(owner)
    with making:
        Latest.write = max(Latest.write, when)
        if owner is None:
            return
        writes = written.get(id(owner))
        if writes is None:
            writes = Writes()
            remember(owner, writes)
    _add(writes, when, by)


def mark_written(target: TensorBase, when: int = 0, by: str = "") -> None:
    """Record that the value of `target` is being changed, be it memory or not."""
    when = when or tick()
    note_written(target._value, when, by)
    if not isinstance(target._value, np.ndarray):
        mark_replaced(target, when, by)


def mark_replaced(target: TensorBase, when: int, by: str = "") -> None:
    """Record that a tensor gets another value: it and the node that made it remember, not the memory."""
    extra = target._ensure_extra()
    for holder in (extra, None if target._node is None else ensure_extra(target._node)):
        if holder is not None:
            if holder.writes is None:
                holder.writes = Writes()
            _add(holder.writes, when, by)


def _add(writes: Writes, when: int, by: str) -> None:
    with making:
        writes.add(when, by)
    if unusual.threads:
        for watcher in state.watchers:
            watcher.written(writes)


def writes_to(value: Any) -> Writes | None:
    """Return when the memory of a value was written, None if it never was."""
    return written.get(id(owner_of(value))) if isinstance(value, np.ndarray) else None


def writes_of(tensor: TensorBase) -> list[Writes]:
    """Return when the value of a tensor was changed, in its memory and before it had any of its own."""
    extra = tensor._extra
    found = (extra.writes if extra is not None else None, writes_to(tensor._value))
    return [writes for writes in found if writes is not None]


def written_since(tensor: TensorBase, when: int) -> bool:
    """Tell whether the value of a tensor was changed after a tick."""
    return any(writes.last() > when for writes in writes_of(tensor))


def version_of(tensor: TensorBase) -> int:
    """Return how often the tensor's memory was changed in place; RuntimeError for an inference tensor."""
    if tensor._extra is not None and tensor._extra.inference:
        raise RuntimeError(
            "Inference tensors do not track version counter. A clone() made outside inference mode does."
        )
    return sum(writes.count for writes in writes_of(tensor))


# -- what may be written ----------------------------------------------------------------------------


def check_memory(value: Any) -> None:
    """Raise an error when an array cannot be written into, or not without a surprise."""
    if not isinstance(value, np.ndarray):
        return
    if overlaps(value):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single "
            "memory location. Please clone() the tensor before performing the operation."
        )
    if not value.flags.writeable:
        raise RuntimeError(
            "the tensor shares the memory of a NumPy array that is not writeable; "
            "clone() the tensor before changing it in place"
        )


def overlaps(array: np.ndarray[Any, Any]) -> bool:
    """Tell whether elements of an array that was cut from dense memory may be the same memory."""
    if array.flags.c_contiguous or array.size < 2:
        return False
    reach = 0
    axes = zip(array.strides, array.shape, strict=True)
    for stride, n in sorted([(abs(stride), n) for stride, n in axes if n > 1]):
        if stride <= reach:
            return True
        reach += stride * (n - 1)
    return False


__all__ = [
    "Latest",
    "check_memory",
    "mark_replaced",
    "mark_written",
    "note_written",
    "overlaps",
    "version_of",
    "writes_of",
    "writes_to",
    "written_since",
]
