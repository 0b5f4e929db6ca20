"""In-place changes: which memory was written when, and how the graph follows."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.core.apply import apply, output_in_use, record, retain_at_node, settle
from chainrule.core.box import Box
from chainrule.core.graph import Node, Output, edge_of, ensure_extra
from chainrule.core.primitive import registry
from chainrule.core.refusals import ITSELF, refusal
from chainrule.core.state import making, state, tick, unusual
from chainrule.core.tensor import TensorBase, Writes, array_of, owner_of, wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chainrule.core.primitive import Primitive

    Steps = tuple[tuple[Primitive, dict[str, Any]], ...]

# When each piece of memory was written, by the id of the array that owns it. Nothing is kept for
# memory that was never written in place, so code without in-place changes pays nothing: a saved
# value was overwritten if its memory was written later than the node that saved it was made.
_written: dict[int, Writes] = {}


class Latest:
    """The tick of the last in-place change in this process: what later nodes saved is intact."""

    write = 0


def note_written(value: Any, when: int = 0) -> None:
    """Record that the memory of `value` is being written now: call it before, for the sake of watchers."""
    when = when or tick()
    owner = owner_of(value) if isinstance(value, np.ndarray) else None
    if owner is not None and unusual.threads:
        for watcher in state.watchers:
            watcher.before_write(owner)
    with making:
        Latest.write = max(Latest.write, when)
        if owner is None:
            return
        writes = _written.get(id(owner))
        if writes is None:
            writes = _written[id(owner)] = Writes()
            weakref.finalize(owner, _written.pop, id(owner), None).atexit = False
    _add(writes, when)


def _add(writes: Writes, when: int) -> None:
    with making:
        writes.add(when)
    if unusual.threads:
        for watcher in state.watchers:
            watcher.written(writes)


def version_of(tensor: TensorBase) -> int:
    """Return how often the tensor's memory was changed in place."""
    return sum(writes.count for writes in _writes_of(tensor))


def _writes_of(tensor: TensorBase) -> list[Writes]:
    extra, value = tensor._extra, tensor._value
    found = [extra.writes] if extra is not None and extra.writes is not None else []
    if isinstance(value, np.ndarray) and id(owner_of(value)) in _written:
        found.append(_written[id(owner_of(value))])
    return found


# -- saved values ---------------------------------------------------------------------------------


def check_unwritten(node: Node) -> None:
    """Raise torch's error when a value that `node` saved was changed in place since."""
    primitive = node.primitive
    for source, value in zip(node.plan.sources, node.saved, strict=True):
        if source >= primitive.values:
            continue
        if isinstance(value, tuple):  # the operands of a variadic operation, or several results
            own = source == primitive.values - 1
            producers = [output_in_use(node, k) for k in range(len(value))] if own else node.edges
            for part, producer in zip(value, producers, strict=True):
                _check_value(node, part, producer)
        else:
            _check_value(node, value, node if source == primitive.values - 1 else node.edges[source])


def _check_value(node: Node, value: Any, producer: Any) -> None:
    if isinstance(value, TensorBase):
        value = value._value
    if isinstance(value, np.ndarray):
        writes = _written.get(id(owner_of(value)))
        if writes is not None and writes.last() > node.seq:
            raise _overwritten(node, value, producer, writes)
    elif isinstance(value, np.generic):
        # A scalar cannot be written into: ask the leaf or the node that it came from.
        for writes in _scalar_writes(producer):
            if writes.last() > node.seq:
                raise _overwritten(node, value, producer, writes)


def check_kept(node: Node, tensor: TensorBase, producer: Any) -> None:
    """Raise torch's error when a tensor that `node` keeps was changed in place since."""
    scalar = isinstance(tensor._value, np.generic)
    for writes in (*_writes_of(tensor), *(_scalar_writes(producer) if scalar else ())):
        if writes.last() > node.seq:
            raise _overwritten(node, tensor._value, producer, writes)


def _scalar_writes(producer: Any) -> list[Writes]:
    if isinstance(producer, TensorBase):
        return _writes_of(producer)
    if producer is None or producer.extra is None or producer.extra.writes is None:
        return []
    return [producer.extra.writes]


def _overwritten(node: Node, value: Any, producer: Any, writes: Writes) -> RuntimeError:
    recorded = node.extra.trace if node.extra is not None else None
    lines = ""
    if recorded is not None and writes.trace is not None:
        lines = f" It was saved here:\n{recorded}and changed here:\n{writes.trace}"
    message = overwritten_message(value, producer, writes.count, writes.before(node.seq))
    return RuntimeError(f"{message} {node.name()} saved the value; {CHANGE_A_COPY}.{lines}")


CHANGE_A_COPY = "change a copy instead (x = x + 1, or x.clone() before the change)"


def overwritten_message(value: Any, producer: Any, version: int, expected: int) -> str:
    """Return torch's words for a value that was kept and has been changed in place since."""
    made = ""
    if isinstance(producer, Node):
        number = producer.number if isinstance(producer, Output) else 0
        made = f", which is output {number} of {_bare_name(producer)},"
    return (
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [chainrule.{TITLES[value.dtype.name]}Tensor {list(value.shape)}]{made} is at version "
        f"{version}; expected version {expected} instead. Hint: enable anomaly detection "
        "to find the operation that failed to compute its gradient, with "
        "chainrule.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def _bare_name(node: Node) -> str:
    return node.name().partition("Backward")[0]


TITLES = {
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
}
"""Torch's names of dtypes in error messages."""


# -- what may be changed --------------------------------------------------------------------------


def check_writable(target: TensorBase) -> None:
    """Raise an error, torch's where it has one, when `target` may not be changed in place."""
    settle(target)
    check_memory(target._value)
    if state.grad_enabled and _touches_graph(target):
        check_recordable(target)


def _touches_graph(target: TensorBase) -> bool:
    """Tell whether a change of `target` alone changes what is recorded."""
    view = target._extra.view if target._extra is not None else None
    return target._requires_grad or (view is not None and not view.recorded and view.base._requires_grad)


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


def check_recordable(target: TensorBase) -> None:
    """Raise torch's error when the history of `target` cannot go on from an in-place change."""
    view = target._extra.view if target._extra is not None else None
    if view is not None:
        if view.multiple or view.custom or not view.recorded:
            raise refusal(target, view, ITSELF)
        base = view.base
        if base._node is None and (base._requires_grad or target._requires_grad):
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place operation."
            )
    if target._requires_grad and target._node is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


# -- changing a tensor --------------------------------------------------------------------------


def change(
    target: TensorBase, compute: Callable[[TensorBase], TensorBase], operands: Iterable[Any] | None = None
) -> TensorBase:
    """Replace the value of `target` by `compute(target)`, in its memory and in the graph.

    `compute` is an ordinary recorded operation; it must return the shape and a dtype that `target`
    can hold, else torch's error is raised and nothing has changed. `operands` are what else it computes
    with, where that is known.
    """
    check_writable(target)
    when = tick()
    before = stand_in(target)
    if state.grad_enabled and (target._requires_grad or operands is None or any(map(_may_record, operands))):
        _own_memory(before)  # a node may save it
    result = compute(before)
    _check_fits(target, result)
    result = _cast(result, target)
    recorded = state.grad_enabled and (result._requires_grad or target._requires_grad)
    if recorded:
        check_recordable(target)
    if isinstance(target._value, Box) or isinstance(result._value, Box):
        _replace(target, result, recorded)
    else:
        write(target, result._value, when)
        if recorded:
            continue_history(target, result)
    return target


def write_into(
    target: TensorBase,
    primitive: Primitive,
    operands: tuple[Any, ...],
    params: dict[str, Any],
    kernel: Callable[[Any], None],
) -> TensorBase:
    """`change` by `primitive(target, *operands)`, for one that saves neither target nor result.

    Plain memory is written by `kernel(memory)`, without copies.
    """
    settle(target)
    boxed = not isinstance(target._value, np.ndarray)  # or a NumPy scalar, which cannot be written into
    mask = int(target._requires_grad)
    values = []
    for i, operand in enumerate(operands):
        if isinstance(operand, TensorBase):
            settle(operand)
            boxed = boxed or isinstance(operand._value, Box)
            mask |= int(operand._requires_grad) << i + 1
        values.append(operand._value if isinstance(operand, TensorBase) else operand)
    if boxed or state.watchers:
        return change(target, lambda before: apply(primitive, (before, *operands), params), operands)
    recorded = state.grad_enabled and mask != 0
    if recorded or (state.grad_enabled and _touches_graph(target)):
        check_recordable(target)
    memory = target._value
    check_memory(memory)
    kernel(memory)
    note_written(memory)
    if recorded:
        before = stand_in(target)
        result = record(primitive, (before, *operands), (memory, *values), memory, params, mask)
        continue_history(target, result)
    return target


def overwrite(target: TensorBase, step: Any, value: TensorBase) -> None:
    """Write `value` into a view of `target`, given as the step (primitive, params) that cuts it out.

    `value` has the view's shape and the target's dtype. It is one node in the graph, whatever `target`
    is a view of.
    """
    settle(target)
    settle(value)
    recorded = state.grad_enabled and (value._requires_grad or target._requires_grad)
    if recorded or (state.grad_enabled and _touches_graph(target)):
        _check_part(target)
    base, steps = _origin(target)
    steps = (*steps, step)
    if isinstance(base._value, Box) or isinstance(value._value, Box):
        _take_over(base, apply(registry["copy_slices"], (stand_in(base), value), {"steps": steps}), recorded)
        settle(target)
        return
    memory = cut(array_of(target), (step,))
    check_memory(memory)
    note_written(memory)
    memory[...] = value._value
    if recorded:
        _continue_sliced(base, value, steps)
        settle(target)


def _check_part(target: TensorBase) -> None:
    """The same as for a view of `target`, before there is one."""
    if target._requires_grad and target._node is None:
        raise RuntimeError(
            "a view of a leaf Variable that requires grad is being used in an in-place operation."
        )
    check_recordable(target)


def reshape_in_place(target: TensorBase, primitive: Primitive, params: dict[str, Any]) -> TensorBase:
    """Make `target` the view of itself that `primitive` gives (`unsqueeze_`, `t_`, ...)."""
    settle(target)
    if state.grad_enabled and target._requires_grad:
        check_recordable(target)
    if target._requires_grad and target._node is None:
        target._value = primitive(array_of(target), **params)  # a leaf under no_grad stays one
        return target
    twin = stand_in(target)
    twin._extra = target._extra
    fresh = apply(primitive, (twin,), params)
    target._value, target._node = fresh._value, fresh._node
    target._extra = fresh._extra
    if twin._extra is not None and twin._extra.retains_grad:
        target._ensure_extra().retains_grad = True
        retain_at_node(target)
    return target


def cut(x: Any, steps: Any) -> Any:
    """Cut a view out of a value or a tensor."""
    for primitive, params in steps:
        x = primitive(x, **params)
    return x


def _origin(target: TensorBase) -> tuple[TensorBase, Steps]:
    view = target._extra.view if target._extra is not None else None
    return (target, ()) if view is None else (view.base, view.steps)


_INERT = frozenset({int, float, bool, complex, str, type(None)})


def _may_record(operand: Any) -> bool:
    """Tell whether an operation on `operand` may be recorded."""
    if isinstance(operand, TensorBase):
        settle(operand)
        return operand._requires_grad
    return type(operand) not in _INERT


def _own_memory(tensor: TensorBase) -> None:
    if isinstance(tensor._value, np.ndarray):
        tensor._value = tensor._value.copy()


def stand_in(tensor: TensorBase) -> TensorBase:
    """Return another tensor at the same place in the graph, without the tensor's views and hooks."""
    twin = wrap(tensor._value)
    twin._node, twin._requires_grad = tensor._node, tensor._requires_grad
    return twin


def _check_fits(target: TensorBase, result: TensorBase) -> None:
    a, b = target._value, result._value
    if a.shape != b.shape:
        raise RuntimeError(
            f"output with shape {list(a.shape)} doesn't match the broadcast shape {list(b.shape)}"
        )
    have, get = (b.dtype.kind, a.dtype.kind)
    rank = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}
    if rank[have] > rank[get]:
        from_, to = TITLES[b.dtype.name], TITLES[a.dtype.name]
        raise RuntimeError(f"result type {from_} can't be cast to the desired output type {to}")


def _cast(result: TensorBase, target: TensorBase) -> TensorBase:
    dtype = target._value.dtype
    if result._value.dtype == dtype:
        return result
    cast: TensorBase = apply(registry["cast"], (result,), {"dtype": dtype})
    return cast


def write(target: TensorBase, value: Any, when: int = 0) -> None:
    """Put `value` into the target's memory; `when` tells nodes that saved the old value apart."""
    old = target._value
    if isinstance(old, np.ndarray):
        note_written(old)
        old[...] = value
        return
    mark_written(target, when)
    target._value = value if isinstance(value, np.generic) else value[()]


def mark_written(target: TensorBase, when: int = 0) -> None:
    """Record that the value of `target` is being changed."""
    when = when or tick()
    note_written(target._value, when)
    if not isinstance(target._value, np.generic):
        return
    extra = target._ensure_extra()
    for holder in (extra, None if target._node is None else ensure_extra(target._node)):
        if holder is not None:
            if holder.writes is None:
                holder.writes = Writes()
            _add(holder.writes, when)


# -- the graph ------------------------------------------------------------------------------------


def continue_history(target: TensorBase, result: TensorBase) -> None:
    """Make `target`, and the base it is a view of, continue from `result`."""
    base, steps = _origin(target)
    if not steps:
        _continue_from(target, result)
        return
    _continue_sliced(base, result, steps)
    settle(target)


def _continue_sliced(base: TensorBase, value: TensorBase, steps: Steps) -> None:
    """Make `base`, whose memory was written along `steps`, continue from its old history and `value`."""
    operands = (stand_in(base), value)
    mask = int(base._requires_grad) | int(value._requires_grad) << 1
    values = (base._value, value._value)
    _continue_from(
        base, record(registry["copy_slices"], operands, values, base._value, {"steps": steps}, mask)
    )


def _continue_from(target: TensorBase, result: TensorBase) -> None:
    target._node = result._node if edge_of(result) is not None else None
    target._requires_grad = target._node is not None
    extra = target._ensure_extra()
    extra.generation += 1
    if extra.retains_grad:
        retain_at_node(target)


def _replace(target: TensorBase, result: TensorBase, recorded: bool) -> None:
    """`change` for boxes, which are never written into: views are cut out of the new base again."""
    base, steps = _origin(target)
    if steps:
        result = apply(registry["copy_slices"], (stand_in(base), result), {"steps": steps})
    _take_over(base, result, recorded)
    settle(target)


def _take_over(target: TensorBase, result: TensorBase, recorded: bool) -> None:
    target._value = result._value
    if recorded:
        _continue_from(target, result)
    else:
        target._ensure_extra().generation += 1


__all__ = [
    "CHANGE_A_COPY",
    "Latest",
    "change",
    "check_kept",
    "check_memory",
    "check_recordable",
    "check_unwritten",
    "check_writable",
    "continue_history",
    "cut",
    "mark_written",
    "note_written",
    "overlaps",
    "overwrite",
    "overwritten_message",
    "reshape_in_place",
    "stand_in",
    "version_of",
    "write",
    "write_into",
]
