"""Views: tensors that share the memory of another, and follow what happens to its history."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.core.box import Box
from chainrule.core.graph import Node, ensure_extra
from chainrule.core.memory import Latest, written_since
from chainrule.core.refusals import ITS_BASE, view_refused
from chainrule.core.state import state
from chainrule.core.tensor import (
    INFERENCE,
    ORDINARY,
    SEVERAL,
    UNRECORDED,
    Step,
    Steps,
    TensorBase,
    View,
    owner_of,
)

if TYPE_CHECKING:
    from chainrule.core.primitive import Primitive


# -- making ---------------------------------------------------------------------------------------


def note_views(primitive: Primitive, operand: Any, result: Any, params: dict[str, Any]) -> None:
    """Remember that the result of `primitive`, or each of several, is a view of its operand."""
    if isinstance(result, tuple):
        for number, part in enumerate(result):
            note_view(primitive.part(params, number), operand, part, SEVERAL)
    else:
        note_view((primitive, params), operand, result)


def note_view(step: Step, operand: Any, result: TensorBase, origin: int = ORDINARY) -> None:
    """Remember that `result` is a view of `operand`, cut out by a step."""
    above = operand._extra
    extra = result._ensure_extra()
    if above is not None and above.inference:
        extra.inference = True
        return
    extra.inference = False
    if not state.recording:
        origin = INFERENCE if state.inference else UNRECORDED
    earlier = above.view if above is not None else None
    if earlier is None:
        form = len(above.undo) if above is not None else 0
        extra.view = View(operand, (step,), form, origin, Latest.write)
    else:
        if origin == ORDINARY or earlier.origin == INFERENCE:
            origin = earlier.origin
        extra.view = View(earlier.base, (*earlier.steps, step), earlier.form, origin, Latest.write)
    if result._node is None:
        result._requires_grad = extra.view.base._requires_grad


def is_view(tensor: TensorBase) -> bool:
    """Tell whether a tensor is a view of another, also to differentiation."""
    return tensor._extra is not None and tensor._extra.view is not None


def are_views(result: Any) -> bool:
    """Tell whether the result of an operation, or one of several, is a view."""
    return any(map(is_view, result)) if isinstance(result, tuple) else is_view(result)


def shares_memory(a: Any, b: Any) -> bool:
    """Tell whether two values have one owner."""
    return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and owner_of(a) is owner_of(b)


# -- following ------------------------------------------------------------------------------------


def settle(tensor: TensorBase) -> None:
    """Bring the history of a view up to date after its base was changed in place."""
    view = tensor._extra.view if tensor._extra is not None else None
    if view is None:
        return
    if Latest.write > view.seen:
        _follow(tensor, view, state.recording)
    if tensor._node is None and not view.own:
        tensor._requires_grad = view.base._requires_grad


def node_of(tensor: TensorBase) -> Node | None:
    """Return the node that made a tensor, now: RuntimeError for a view that could not follow its base."""
    view = tensor._extra.view if tensor._extra is not None else None
    if view is not None and Latest.write > view.seen:
        _follow(tensor, view, recording=True)
    return tensor._node


def requires_grad_of(tensor: TensorBase) -> bool:
    """Tell whether a tensor requires grad, also of a view that could not follow its base."""
    view = tensor._extra.view if tensor._extra is not None else None
    if view is None:
        return tensor._requires_grad
    if view.origin == ORDINARY:
        node_of(tensor)
    if tensor._node is None and not view.own:
        tensor._requires_grad = view.base._requires_grad
    return tensor._requires_grad


def _follow(tensor: TensorBase, view: View, recording: bool) -> None:
    """Cut a view out again, if its memory was written since that was last done, and if it matters."""
    latest = Latest.write  # what is written from here on will be noticed next time
    base = view.base
    in_graph = recording and (tensor._node is not None or base._requires_grad)
    boxed = isinstance(base._value, Box) or isinstance(tensor._value, Box)
    if not in_graph and not boxed:
        return
    if not written_since(base, view.seen):
        view.seen = latest
        return
    if view.origin != ORDINARY:
        if in_graph:
            raise view_refused(tensor, view, ITS_BASE)
        tensor._value = replay(base, steps_of(view))._value
        return
    fresh = replay(base, steps_of(view))
    view.seen = latest
    tensor._value = fresh._value  # the same memory, unless the base is a box
    tensor._node = fresh._node
    tensor._requires_grad = fresh._requires_grad or view.own
    if tensor._extra is not None and tensor._extra.retains_grad:
        retain_at_node(tensor)


def steps_of(view: View) -> Steps:
    """Return the steps from the present form of its base to a view."""
    extra = view.base._extra
    undo = extra.undo[view.form :] if extra is not None else ()
    return (*reversed(undo), *view.steps)


def origin_of(tensor: TensorBase) -> tuple[TensorBase, Steps]:
    """Return the tensor that owns the history of `tensor`, and the steps from there: none unless a view."""
    view = tensor._extra.view if tensor._extra is not None else None
    return (tensor, ()) if view is None else (view.base, steps_of(view))


def replay(base: TensorBase, steps: Steps) -> TensorBase:
    """Cut a view out of `base` again, recording."""
    before = state.grad_enabled, state.inference
    state.switch(True, False)
    try:
        return cut(base, steps)  # type: ignore[no-any-return]
    finally:
        state.switch(*before)


def cut(x: Any, steps: Steps) -> Any:
    """Cut a view out of a value or a tensor."""
    for primitive, params in steps:
        x = primitive(x, **params)
    return x


def retain_at_node(tensor: TensorBase) -> None:
    """Have the node that made `tensor` deposit the gradient in it."""
    if tensor._node is not None:
        ensure_extra(tensor._node).retained = weakref.ref(tensor)


def collects(leaf: TensorBase) -> bool:
    """Tell whether gradients end in a leaf, and not in one that requires grad for its base's sake only."""
    view = leaf._extra.view if leaf._extra is not None else None
    return view is None or view.own


__all__ = [
    "are_views",
    "collects",
    "cut",
    "is_view",
    "node_of",
    "note_view",
    "note_views",
    "origin_of",
    "replay",
    "requires_grad_of",
    "retain_at_node",
    "settle",
    "shares_memory",
    "steps_of",
]
