"""The gate: every operation enters here, and reverse mode is recorded here."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from chainrule.core.box import Box
from chainrule.core.graph import Edge, Node, Output, edge_level, edge_of, ensure_extra, tape_level
from chainrule.core.plan import BOTH, NOTHING, SHAPE
from chainrule.core.refusals import INFERENCE_SAVED
from chainrule.core.state import GENERAL, SILENT, making, state, tick, unusual
from chainrule.core.tensor import (
    PYTHON_NUMBERS,
    TensorBase,
    array_of,
    classes,
    is_inference,
    new,
    wrap,
    wrap_recorded,
)
from chainrule.core.views import are_views, note_view, note_views, retain_at_node, settle, shares_memory
from chainrule.core.watching import run_watched

if TYPE_CHECKING:
    from chainrule.core.kinds import Constant
    from chainrule.core.plan import Plan
    from chainrule.core.primitive import Primitive

_ndarray: Final = np.ndarray
_PLAIN_SCALARS: Final = frozenset({np.float32, np.float64})
_PLAIN_DTYPES: Final = frozenset({np.dtype("float32"), np.dtype("float64")})
_NUMBERS: Final = frozenset({float, int})
_OPERANDS: Final = (TensorBase, np.ndarray, np.generic, *PYTHON_NUMBERS)
RAW: Final = frozenset({np.ndarray, np.float32, np.float64, float, int, bool, complex})


def apply(primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Run `primitive`; record it when gradients are wanted of an operand.

    Without a tensor among the operands it is a NumPy function: arrays in, arrays out.
    """
    values = []
    mask = 0
    bit = 1
    tensors = boxed = False
    for operand in operands:
        if isinstance(operand, TensorBase):
            tensors = True
            if operand._extra is not None:
                settle(operand)
            value = operand._value
            if operand._requires_grad:
                mask |= bit
            if isinstance(value, Box):
                boxed = True
            values.append(value)
        else:
            values.append(operand)
        bit <<= 1
    if not tensors:
        return _apply_plain(primitive, operands, params)
    if boxed:
        return _apply_boxed(primitive, operands, params)
    if primitive.view and isinstance(values[0], np.generic):
        values[0] = array_of(operands[0])  # from now on somebody shares it
    prepared = primitive.prepare(operands, tuple(values))
    try:
        if unusual.threads and state.watchers:
            y = run_watched(primitive, prepared, params, operands)
        else:
            y = primitive.forward(*prepared, **params)
    except ValueError as error:
        primitive.explain(error, prepared)
        raise
    if mask and primitive.differentiable and state.recording:
        result = record(primitive, operands, prepared, y, params, mask)
    else:
        result = tuple([wrap(part) for part in y]) if isinstance(y, tuple) else wrap(y)
    if primitive.view and (isinstance(y, tuple) or shares_memory(values[0], y)):
        note_views(primitive, operands[0], result, params)
    return result


def _apply_plain(primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Run the NumPy body on NumPy values and Python numbers."""
    for i, operand in enumerate(operands):
        if type(operand) not in RAW and not isinstance(operand, (np.ndarray, np.generic, *PYTHON_NUMBERS)):
            raise bad_operand(primitive, i, operand)
    return primitive.forward(*operands, **params)


TORCH_NAMES: Final = {"a": "input", "x": "input", "b": "other"}
"""What users know operands as."""


def bad_operand(primitive: Primitive, i: int, operand: Any) -> TypeError:
    """Return torch's error for an argument that is no tensor."""
    name = "tensors" if primitive.variadic else primitive.operands[i]
    name = TORCH_NAMES.get(name, name)
    return TypeError(
        f"{primitive.name}(): argument '{name}' (position {i + 1}) must be Tensor, "
        f"not {type(operand).__name__}"
    )


# What follows is most of what a small operation costs, so it takes the short way for plain values and
# writes out `record` and `wrap_recorded`: calls of them would make it a quarter slower.


def unary(primitive: Primitive, a: TensorBase) -> Any:
    """`apply` for one operand of a plain floating-point type; anything else goes the general way."""
    if a._extra is not None:
        settle(a)
        if a._extra.inference:
            return apply(primitive, (a,), {})
    va = a._value
    kind = type(va)
    if kind not in _PLAIN_SCALARS and (kind is not _ndarray or va.dtype not in _PLAIN_DTYPES):
        return apply(primitive, (a,), {})
    if unusual.threads and state.mode == GENERAL:
        return apply(primitive, (a,), {})
    y = primitive.forward(va)
    if not a._requires_grad or (unusual.threads and state.mode == SILENT):
        return wrap(y)
    plan = primitive.plans[1] or primitive.plan(1)
    node = Node()
    node.edges = (a._node or a,)
    node.seq = tick()
    node.plan = plan
    if plan.pick is not None:
        node.saved = plan.pick((va, y))
    elif plan.form == SHAPE:
        node.saved = (va.shape,)
    else:
        node.saved = primitive.save(plan, (va,), y, {})
    node.detail = None
    node.extra = None
    tensor = new(classes.tensor)
    tensor._value = y
    tensor._grad = None
    tensor._node = node
    tensor._requires_grad = True
    tensor._extra = None
    return tensor


def binary(primitive: Primitive, a: TensorBase, b: Any) -> Any:
    """`apply` for two operands of one plain type, and of one shape if they broadcast, or a Python number."""
    if a._extra is not None:
        settle(a)
        if a._extra.inference and isinstance(b, _OPERANDS):
            return apply(primitive, (a, b), {})
    va = a._value
    kind = type(va)
    plan: Plan | None
    edges: tuple[Edge, Edge]
    if type(b) is classes.tensor or (type(b) not in _NUMBERS and isinstance(b, TensorBase)):
        if b._extra is not None:
            settle(b)
            if b._extra.inference:
                return apply(primitive, (a, b), {})
        vb = b._value
        if type(vb) is not kind:
            return apply(primitive, (a, b), {})
        if kind is _ndarray:
            dtype = va.dtype
            if dtype is not vb.dtype or dtype not in _PLAIN_DTYPES:
                return apply(primitive, (a, b), {})
            if primitive.pointwise and va.shape != vb.shape:
                return apply(primitive, (a, b), {})
        elif kind not in _PLAIN_SCALARS:
            return apply(primitive, (a, b), {})
        if a._requires_grad:
            if b._requires_grad:
                plan = primitive.plans[3] or primitive.plan(3)
                edges = (a._node or a, b._node or b)
            else:
                plan = primitive.plans[1] or primitive.plan(1)
                edges = (a._node or a, None)
        elif b._requires_grad:
            plan = primitive.plans[2] or primitive.plan(2)
            edges = (None, b._node or b)
        else:
            plan = None
    elif type(b) in _NUMBERS:
        if kind not in _PLAIN_SCALARS and (kind is not _ndarray or va.dtype not in _PLAIN_DTYPES):
            return apply(primitive, (a, b), {})
        vb = b
        if a._requires_grad:
            plan = primitive.plans[1] or primitive.plan(1)
            edges = (a._node or a, None)
        else:
            plan = None
    elif isinstance(b, (np.ndarray, np.generic, *PYTHON_NUMBERS)):
        return apply(primitive, (a, b), {})
    else:
        return NotImplemented  # so that Python asks the other operand's class
    if unusual.threads and state.mode == GENERAL:
        return apply(primitive, (a, b), {})
    y = primitive.forward(va, vb)
    if plan is None or (unusual.threads and state.mode == SILENT):
        return wrap(y)
    node = Node()
    node.edges = edges
    node.seq = tick()
    node.plan = plan
    if plan.form == BOTH:
        node.saved = (va, vb)
    elif plan.form == NOTHING:
        node.saved = ()
    elif plan.pick is not None:
        node.saved = plan.pick((va, vb, y))
    else:
        node.saved = primitive.save(plan, (va, vb), y, {})
    node.detail = None
    node.extra = None
    tensor = new(classes.tensor)
    tensor._value = y
    tensor._grad = None
    tensor._node = node
    tensor._requires_grad = True
    tensor._extra = None
    return tensor


def constant_binary(primitive: Constant, a: TensorBase, b: Any) -> Any:
    """`binary` for an operation through which no derivative flows: nothing is recorded."""
    va = a._value
    kind = type(va)
    if a._extra is not None or (
        kind not in _PLAIN_SCALARS and (kind is not _ndarray or va.dtype not in _PLAIN_DTYPES)
    ):
        return apply(primitive, (a, b), {})
    if type(b) in _NUMBERS:
        vb = b
    elif isinstance(b, TensorBase) and b._extra is None and type(b._value) is kind:
        vb = b._value
        if kind is _ndarray and (vb.dtype is not va.dtype or vb.shape != va.shape):
            return apply(primitive, (a, b), {})
    else:
        return apply(primitive, (a, b), {})
    if unusual.threads and state.mode == GENERAL:
        return apply(primitive, (a, b), {})
    if primitive.check is not None:
        primitive.check((va, vb), va.dtype)
    return wrap(primitive.forward(va, vb))


def note_recorded(node: Node) -> None:
    """Do with a new node what only transforms and watchers ask for."""
    if state.level:
        node._level = max(map(edge_level, node.edges))
    for watcher in state.watchers:
        watcher.recorded(node)


def record(
    primitive: Primitive,
    operands: tuple[Any, ...],
    prepared: tuple[Any, ...],
    y: Any,
    params: dict[str, Any],
    mask: int,
) -> Any:
    """Return the result `y` (a value, or several) as made by a new node; `mask` as for plans."""
    several = isinstance(y, tuple)
    if not (any(part.dtype.kind in "fc" for part in y) if several else y.dtype.kind in "fc"):
        return wrap(y) if not several else tuple([wrap(part) for part in y])
    plan = primitive.plan(mask)
    if unusual.inference:
        check_savable(plan, operands)
    node = Node()
    node.edges = tuple([edge_of(o) if isinstance(o, TensorBase) else None for o in operands])
    node.seq = tick()
    node.plan = plan
    node.saved = primitive.save(plan, prepared, y, params)
    node.detail = primitive.detail(operands, y)
    node.extra = None
    if several:
        node.detail = tuple([(part.shape, part.dtype) for part in y])
    if unusual.threads and state.mode == GENERAL:
        if state.saved_hooks:
            state.saved_hooks[-1].put_away(node)
        note_recorded(node)
    if several:
        return tuple(
            [
                wrap_recorded(part, output_of(node, k)) if part.dtype.kind in "fc" else wrap(part)
                for k, part in enumerate(y)
            ]
        )
    return wrap_recorded(y, node)


def check_savable(plan: Plan, operands: tuple[Any, ...]) -> None:
    """Raise torch's error when a node would save an inference tensor."""
    primitive = plan.primitive
    for source in plan.sources:
        if source < primitive.values - 1:
            for operand in operands if primitive.variadic else (operands[source],):
                if isinstance(operand, TensorBase) and is_inference(operand):
                    raise RuntimeError(INFERENCE_SAVED)


def output_of(node: Node, number: int) -> Output:
    """Return the edge of one output of a node with several: always the same one while it is in use."""
    with making:
        return output_in_use(node, number) or _make_output(node, number)


def _make_output(node: Node, number: int) -> Output:
    output = Output()
    output.parent = node
    output.number = number
    output.edges = (node,)
    output.seq = tick()
    output.saved = None
    output.detail = None
    output.extra = None
    if state.level:
        output._level = node.level
    extra = ensure_extra(node)
    if extra.outputs is None:
        extra.outputs = {}
    extra.outputs[number] = weakref.ref(output)  # weak, for the output holds the node
    return output


def output_in_use(node: Node, number: int) -> Output | None:
    """Return the edge of one output of a node with several, if there is a tensor or an edge at it."""
    if node.extra is None or node.extra.outputs is None or number not in node.extra.outputs:
        return None
    return node.extra.outputs[number]()


# -- boxes ----------------------------------------------------------------------------------------


def _apply_boxed(primitive: Primitive, operands: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Let the box of the highest level interpret; record what is on a tape at least as inner."""
    boxed = [o for o in operands if isinstance(o, TensorBase) and isinstance(o._value, Box)]
    if [operand for operand in boxed if unbox(operand)]:
        return apply(primitive, operands, params)
    box = max([operand._value for operand in boxed], key=lambda b: b.level)
    mask = 0
    handed: list[Any] = []
    for i, operand in enumerate(operands):
        if isinstance(operand, TensorBase) and operand._requires_grad:
            inner = tape_level(operand) >= box.level
            if inner or box.open:
                mask |= 1 << i
            if inner:
                operand = wrap(operand._value)
        handed.append(operand)
    y = box.interpret(primitive, tuple(handed), params)
    viewed = primitive.view and are_views(y)
    if mask and primitive.differentiable and state.recording:
        kept = tuple([o._value if isinstance(o, TensorBase) else o for o in handed])
        bare = tuple([part._value for part in y]) if isinstance(y, tuple) else y._value
        y = record(primitive, operands, kept, bare, params, mask)
        if box.open:
            _note_boxed(y)
    if viewed:
        note_views(primitive, operands[0], y, params)
    return y


def _note_boxed(y: Any) -> None:
    """Remember of the node that made `y` that it may have saved boxes, which a pass may outlive."""
    for part in y if isinstance(y, tuple) else (y,):
        if part._node is not None:
            ensure_extra(part._node.parent if isinstance(part._node, Output) else part._node).boxed = True


def remaining(saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return saved values with what remains in place of the boxes whose transform has ended."""
    return tuple([_remains(value) for value in saved])


def _remains(value: Any) -> Any:
    if isinstance(value, tuple):
        return remaining(value)
    remains = value.remains() if isinstance(value, Box) else None
    return value if remains is None else remains


def unbox(tensor: TensorBase) -> bool:
    """Replace a box that has outlived its transform by what remains of it; tell whether there was one."""
    value = tensor._value
    remains = value.remains() if isinstance(value, Box) else None
    if remains is None:
        return False
    tensor._value = remains
    return True


def single(primitive: Primitive, a: TensorBase, params: dict[str, Any]) -> Any:
    """`apply` for an operation on one plain array that gives one; anything else goes the general way."""
    if a._extra is not None:
        settle(a)
        if a._extra.inference:
            return apply(primitive, (a,), params)
    va = a._value
    if type(va) is not _ndarray or (unusual.threads and state.mode == GENERAL):
        return apply(primitive, (a,), params)
    y = primitive.forward(va, **params)
    if a._requires_grad and y.dtype.kind in "fc" and not (unusual.threads and state.mode == SILENT):
        plan = primitive.plans[1] or primitive.plan(1)
        node = Node()
        node.edges = (a._node or a,)
        node.seq = tick()
        node.plan = plan
        node.saved = (va.shape,) if plan.form == SHAPE else primitive.save(plan, (va,), y, params)
        node.detail = None if y.dtype is va.dtype else primitive.detail((a,), y)
        node.extra = None
        result = wrap_recorded(y, node)
    else:
        result = wrap(y)
    if primitive.view and (y.base is va or shares_memory(va, y)):
        note_view((primitive, params), a, result)
    return result


__all__ = [
    "TORCH_NAMES",
    "apply",
    "binary",
    "constant_binary",
    "note_recorded",
    "output_in_use",
    "output_of",
    "record",
    "remaining",
    "retain_at_node",
    "settle",
    "shares_memory",
    "single",
    "unary",
    "unbox",
]
