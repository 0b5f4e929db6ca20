"""In-place changes: what may be changed, and how the graph follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from chainrule.core.apply import apply, check_savable, output_in_use, record
from chainrule.core.box import Box
from chainrule.core.graph import Node, Output, edge_of
from chainrule.core.memory import (
    Latest,
    check_memory,
    mark_replaced,
    mark_written,
    note_written,
    overlaps,
    version_of,
    writes_of,
    writes_to,
)
from chainrule.core.primitive import registry
from chainrule.core.refusals import INFERENCE_CHANGED, ITSELF, LEAF, LEAF_VIEW, by, leaf_refused, view_refused
from chainrule.core.state import state, tick, unusual
from chainrule.core.tensor import ORDINARY, Step, Steps, TensorBase, Writes, array_of, is_inference, wrap
from chainrule.core.views import cut, origin_of, replay, requires_grad_of, retain_at_node, settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chainrule.core.primitive import Primitive

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
        writes = writes_to(value)
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
    for writes in (*writes_of(tensor), *(_scalar_writes(producer) if scalar else ())):
        if writes.last() > node.seq:
            raise _overwritten(node, tensor._value, producer, writes)


def _scalar_writes(producer: Any) -> list[Writes]:
    if isinstance(producer, TensorBase):
        return writes_of(producer)
    if producer is None or producer.extra is None or producer.extra.writes is None:
        return []
    return [producer.extra.writes]


def _overwritten(node: Node, value: Any, producer: Any, writes: Writes) -> RuntimeError:
    recorded = node.extra.trace if node.extra is not None else None
    lines = ""
    if recorded is not None and writes.trace is not None:
        lines = f" It was saved here:\n{recorded}and changed here:\n{writes.trace}"
    changed = f", {writes.by} has changed it" if writes.by else ""
    message = overwritten_message(value, producer, writes.count, writes.before(node.seq))
    return RuntimeError(f"{message} {node.name()} saved the value{changed}; {CHANGE_A_COPY}.{lines}")


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


def check_writable(target: TensorBase, name: str = "") -> None:
    """Raise an error, torch's where it has one, when `target` may not be changed in place."""
    check_recordable(target, requires_grad_of(target), name)
    _check_mode(target, name)
    settle(target)
    check_memory(target._value)


def check_recordable(
    target: TensorBase, wanted: bool = True, name: str = "", part: Step | None = None
) -> None:
    """Raise torch's error when `target` must not be changed in place by the operation `name`.

    `wanted` says whether gradients are wanted of the target or of an operand: then its history must go on.
    `part` cuts out the view of the target that is changed, unless it is the target itself.
    """
    if not (wanted and state.recording):
        return
    view = target._extra.view if target._extra is not None else None
    if view is not None:
        if view.origin != ORDINARY:
            raise view_refused(target, view, ITSELF, name, part)
        if target._requires_grad and view.base._node is None:
            raise leaf_refused(LEAF_VIEW, name)
    elif target._requires_grad and target._node is None:
        raise leaf_refused(LEAF if part is None else LEAF_VIEW, name)


def _check_mode(target: TensorBase, name: str) -> None:
    """Raise torch's error for an inference tensor outside inference mode."""
    if is_inference(target) and not state.inference:
        raise RuntimeError(f"{INFERENCE_CHANGED}{by(name)}")


# -- changing a tensor ----------------------------------------------------------------------------


def change(
    target: TensorBase,
    compute: Callable[[TensorBase], TensorBase],
    operands: Iterable[Any] | None = None,
    name: str = "",
) -> TensorBase:
    """Replace the value of `target` by `compute(target)`, in its memory and in the graph.

    `compute` is an ordinary recorded operation; it must return the shape and a dtype that `target`
    can hold, else torch's error is raised and nothing has changed. `operands` are what else it computes
    with, where that is known; `name` is for error messages.
    """
    operands = None if operands is None else tuple(operands)
    wanted = requires_grad_of(target) or (operands is not None and any(map(_wants_grad, operands)))
    check_recordable(target, wanted, name)
    settle(target)
    check_memory(target._value)
    when = tick()
    before = stand_in(target)
    if state.recording and (wanted or operands is None or any(map(_may_record, operands))):
        _own_memory(before)  # a node may save it
    result = compute(before)
    _check_fits(target, result)
    result = _cast(result, target)
    recorded = state.recording and (result._requires_grad or target._requires_grad)
    if recorded:
        check_recordable(target, name=name)
    _check_mode(target, name)
    if isinstance(target._value, Box) or isinstance(result._value, Box):
        _replace(target, result, recorded)
    else:
        write(target, result._value, when, name)
        if recorded:
            continue_history(target, result)
    return target


def write_into(
    target: TensorBase,
    primitive: Primitive,
    operands: tuple[Any, ...],
    params: dict[str, Any],
    kernel: Callable[[Any], None],
    name: str = "",
) -> TensorBase:
    """`change` by `primitive(target, *operands)`, for one that saves neither target nor result.

    Plain memory is written by `kernel(memory)`, without copies. `name` is for error messages.
    """
    name = name or f"{primitive.name}_()"
    mask = int(requires_grad_of(target))
    check_recordable(target, mask != 0 or any(map(_wants_grad, operands)), name)
    settle(target)
    boxed = not isinstance(target._value, np.ndarray)  # or a NumPy scalar, which cannot be written into
    values = []
    for i, operand in enumerate(operands):
        if isinstance(operand, TensorBase):
            settle(operand)
            boxed = boxed or isinstance(operand._value, Box)
            mask |= int(operand._requires_grad) << i + 1
        values.append(operand._value if isinstance(operand, TensorBase) else operand)
    if boxed or state.watchers:
        return change(target, lambda before: apply(primitive, (before, *operands), params), operands, name)
    memory = target._value
    check_memory(memory)
    recorded = state.recording and mask != 0
    _check_mode(target, name)
    if recorded and unusual.inference:
        check_savable(primitive.plan(mask), (target, *operands))
    kernel(memory)
    note_written(memory, by=name)
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
    wanted = value._requires_grad or target._requires_grad
    check_recordable(target, wanted, _ASSIGNMENT, step)
    _check_mode(target, _ASSIGNMENT)
    base, steps = origin_of(target)
    steps = (*steps, step)
    recorded = state.recording and wanted
    if isinstance(base._value, Box) or isinstance(value._value, Box):
        _take_over(base, apply(registry["copy_slices"], (stand_in(base), value), {"steps": steps}), recorded)
        settle(target)
        return
    memory = cut(array_of(target), (step,))
    check_memory(memory)
    note_written(memory, by=_ASSIGNMENT)
    memory[...] = value._value
    if recorded:
        _continue_sliced(base, value, steps)
        settle(target)


_ASSIGNMENT: Final = "x[...] = value"


def reshape_in_place(target: TensorBase, step: Step, undo: Step) -> TensorBase:
    """Make `target` the view of itself that a step gives (`unsqueeze_`, `t_`, ...).

    `undo` is the step back: by it, views that were made before find their way.
    """
    primitive, _ = step
    name = f"{primitive.name.removesuffix('_in_place')}_()"
    check_recordable(target, requires_grad_of(target), name)
    _check_mode(target, name)
    settle(target)
    if not isinstance(target._value, Box):
        array_of(target)
    fresh = replay(stand_in(target), (step,))
    mark_written(target, by=name)
    target._value = fresh._value
    extra = target._ensure_extra()
    if extra.view is None:
        extra.undo = (*extra.undo, undo)
    else:
        extra.view.steps = (*extra.view.steps, step)
        extra.view.seen = Latest.write
    if target._node is not None:  # also when nothing is being recorded: the gradient must have the new shape
        target._node = fresh._node
        if extra.retains_grad:
            retain_at_node(target)
    return target


def _wants_grad(operand: Any) -> bool:
    return isinstance(operand, TensorBase) and requires_grad_of(operand)


_INERT = frozenset({int, float, bool, complex, str, type(None)})


def _may_record(operand: Any) -> bool:
    """Tell whether an operation on `operand` may be recorded."""
    return _wants_grad(operand) if isinstance(operand, TensorBase) else type(operand) not in _INERT


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


def write(target: TensorBase, value: Any, when: int = 0, by: str = "") -> None:
    """Put `value` into the target's memory; `when` tells nodes that saved the old value apart."""
    mark_written(target, 0 if isinstance(target._value, np.ndarray) else when, by)
    if isinstance(target._value, np.ndarray):
        target._value[...] = value
    else:
        target._value = value if isinstance(value, np.generic) else value[()]


# -- the graph ------------------------------------------------------------------------------------


def continue_history(target: TensorBase, result: TensorBase) -> None:
    """Make `target`, and the base it is a view of, continue from `result`."""
    base, steps = origin_of(target)
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
    if target._extra is not None and target._extra.retains_grad:
        retain_at_node(target)


def _replace(target: TensorBase, result: TensorBase, recorded: bool) -> None:
    """`change` for boxes, which are never written into: views are cut out of the new base again."""
    base, steps = origin_of(target)
    if steps:
        result = apply(registry["copy_slices"], (stand_in(base), result), {"steps": steps})
    _take_over(base, result, recorded)
    settle(target)


def _take_over(target: TensorBase, result: TensorBase, recorded: bool) -> None:
    if isinstance(result._value, Box):
        result._value.check_may_replace(target._value)
    when = tick()
    note_written(target._value, when)
    mark_replaced(target, when)
    target._value = result._value
    if recorded:
        _continue_from(target, result)


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
