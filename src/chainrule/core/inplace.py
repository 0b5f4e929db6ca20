"""In-place changes: which memory was written when, and how the graph follows."""

from __future__ import annotations

import bisect
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.core.apply import apply, replay, settle
from chainrule.core.box import Box
from chainrule.core.graph import Node, Output, edge_of, ensure_extra
from chainrule.core.primitive import registry
from chainrule.core.state import state, tick
from chainrule.core.tensor import TensorBase, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

# When each piece of memory was written, by the id of the array that owns it. Nothing is kept for
# memory that was never written in place, so code without in-place changes pays nothing: a saved
# value was overwritten if its memory has a tick later than the node that saved it.
_written: dict[int, list[int]] = {}
_scalar_written: weakref.WeakKeyDictionary[TensorBase, int] = weakref.WeakKeyDictionary()


class Flags:
    """Whether anything was ever changed in place in this process."""

    used = False


def owner_of(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array that owns the memory of `array`."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def note_written(value: Any) -> None:
    """Record that the memory of `value` is being written now."""
    Flags.used = True
    if isinstance(value, np.ndarray):
        owner = owner_of(value)
        ticks = _written.get(id(owner))
        if ticks is None:
            ticks = _written[id(owner)] = []
            weakref.finalize(owner, _written.pop, id(owner), None).atexit = False
        ticks.append(tick())


def version_of(tensor: TensorBase) -> int:
    """Return how often the tensor's memory was changed in place."""
    value = tensor._value
    if isinstance(value, np.ndarray):
        return len(_written.get(id(owner_of(value)), ())) + _scalar_written.get(tensor, 0)
    return _scalar_written.get(tensor, 0)


def check_unwritten(node: Node) -> None:
    """Raise torch's error when a value that `node` saved was changed in place since."""
    primitive = node.primitive
    for source, value in zip(node.plan.sources, node.saved, strict=True):
        if source >= primitive.values:
            continue
        producer = node if source == primitive.values - 1 else None
        if producer is None and not primitive.variadic:
            producer = node.edges[source]
        if isinstance(value, np.ndarray):
            ticks = _written.get(id(owner_of(value)))
            if ticks and ticks[-1] > node.seq:
                raise _overwritten(node, value, producer, len(ticks), bisect.bisect(ticks, node.seq))
        elif isinstance(value, np.generic):
            _check_scalar(node, value, producer)


def _check_scalar(node: Node, value: Any, producer: Any) -> None:
    """A 0-d value cannot be written into: ask the node that made it, or the leaf it came from."""
    if isinstance(producer, TensorBase):
        stale = isinstance(producer._value, np.generic) and producer._value is not value
        if stale and _scalar_written.get(producer, 0):
            raise _overwritten(node, value, producer, 1, 0)
        return
    if isinstance(producer, Output):
        producer = producer.parent
    if isinstance(producer, Node) and producer.extra is not None:
        ticks = producer.extra.overwritten
        if ticks and ticks[-1] > node.seq:
            raise _overwritten(node, value, producer, len(ticks), bisect.bisect(ticks, node.seq))


def _overwritten(node: Node, value: Any, producer: Any, now: int, then: int) -> RuntimeError:
    title = {"f2": "Half", "f4": "Float", "f8": "Double", "c8": "ComplexFloat", "c16": "ComplexDouble"}
    kind = title.get(value.dtype.str[1:], value.dtype.name.capitalize())
    made = f", which is output 0 of {producer.name()}," if isinstance(producer, Node) else ""
    return RuntimeError(
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [chainrule.{kind}Tensor {list(value.shape)}]{made} is at version {now}; expected "
        f"version {then} instead. {node.name()} saved it; change a copy instead (x = x + 1, or "
        "x.clone() before the change). Hint: enable anomaly detection to find the operation that "
        "failed to compute its gradient, with chainrule.autograd.set_detect_anomaly(True)."
    )


# -- changing a tensor --------------------------------------------------------------------------


def check_writable(target: TensorBase) -> None:
    """Raise torch's error when `target` may not be changed in place while recording."""
    settle(target)
    view = target._extra.view if target._extra is not None else None
    if isinstance(target._value, np.ndarray) and not target._value.flags.writeable:
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single "
            "memory location. Please clone() the tensor before performing the operation."
        )
    if not state.grad_enabled:
        return
    if target._requires_grad and target._node is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    if view is None:
        return
    if view.base._requires_grad and view.base._node is None:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation."
        )
    if view.multiple and (target._requires_grad or view.base._requires_grad):
        raise RuntimeError(
            f"Output 0 of {view.multiple} is a view and is being modified inplace. This view is the "
            "output of a function that returns multiple views. Such functions do not allow the output "
            "views to be modified inplace. You should replace the inplace operation by an out-of-place one."
        )


def change(target: TensorBase, compute: Callable[[TensorBase], TensorBase]) -> TensorBase:
    """Replace the value of `target` by `compute(target)`, in its memory and in the graph.

    `compute` is an ordinary recorded operation; it must return the shape and a dtype that `target`
    can hold, else torch's error is raised and nothing has changed.
    """
    check_writable(target)
    result = compute(_before(target))
    _check_fits(target, result)
    _write(target, result._value)
    if state.grad_enabled and (result._requires_grad or target._requires_grad):
        _continue_history(target, result)
    return target


def _before(target: TensorBase) -> TensorBase:
    """Return the target as it is now, with memory of its own, at the same place in the graph."""
    value = target._value
    if isinstance(value, np.ndarray):
        value = value.copy()
    snapshot = wrap(value)
    snapshot._node, snapshot._requires_grad = target._node, target._requires_grad
    return snapshot


def _check_fits(target: TensorBase, result: TensorBase) -> None:
    a, b = target._value, result._value
    if a.shape != b.shape:
        raise RuntimeError(
            f"output with shape {list(a.shape)} doesn't match the broadcast shape {list(b.shape)}"
        )
    order = "biufc"
    have, get = order.index(b.dtype.kind), order.index(a.dtype.kind)
    if have > get and not (have == 2 and get == 1):
        from_, to = _title(b.dtype), _title(a.dtype)
        raise RuntimeError(f"result type {from_} can't be cast to the desired output type {to}")


def _title(dtype: np.dtype[Any]) -> str:
    return {
        "bool": "Bool",
        "uint8": "Byte",
        "int8": "Char",
        "int16": "Short",
        "int32": "Int",
        "int64": "Long",
        "float16": "Half",
        "float32": "Float",
        "float64": "Double",
        "complex64": "ComplexFloat",
        "complex128": "ComplexDouble",
    }[dtype.name]


def _write(target: TensorBase, value: Any) -> None:
    old = target._value
    if isinstance(old, Box) or isinstance(value, Box):
        target._value = value
        return
    if isinstance(old, np.ndarray):
        note_written(old)
        old[...] = value
        return
    note_written(None)
    _scalar_written[target] = _scalar_written.get(target, 0) + 1
    node = target._node.parent if isinstance(target._node, Output) else target._node
    if node is not None:
        ensure_extra(node).overwritten.append(tick())
    target._value = value.astype(old.dtype)[()]


def _continue_history(target: TensorBase, result: TensorBase) -> None:
    """Make `target`, and the base it is a view of, continue from `result`."""
    if result._value.dtype != target._value.dtype:
        result = apply(registry["cast"], (result,), {"dtype": target._value.dtype})
    view = target._extra.view if target._extra is not None else None
    if view is None:
        _continue_from(target, result)
        return
    base = view.base
    rebased = apply(registry["copy_slices"], (_history(base), result), {"steps": view.steps})
    _continue_from(base, rebased)
    settle(target)


def _history(tensor: TensorBase) -> TensorBase:
    """Return an empty-handed stand-in for the tensor's place in the graph (its values are replaced)."""
    stand_in = wrap(tensor._value)
    stand_in._node, stand_in._requires_grad = tensor._node, tensor._requires_grad
    return stand_in


def _continue_from(target: TensorBase, result: TensorBase) -> None:
    target._node = result._node if edge_of(result) is not None else None
    target._requires_grad = target._node is not None
    target._ensure_extra().generation += 1


__all__ = [
    "Flags",
    "change",
    "check_unwritten",
    "check_writable",
    "note_written",
    "replay",
    "version_of",
]
