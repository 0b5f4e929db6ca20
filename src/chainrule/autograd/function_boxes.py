"""Functions of boxes: in forward mode `jvp` runs beside `forward`, a tape of its own level records it, and
a batch runs its batching rule.

The Function itself only ever sees what the boxes of the highest level hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from chainrule.autograd.application import Values, record, run
from chainrule.autograd.context import FunctionCtx, form_of
from chainrule.core.batched import Batched, moved_axis, split_batched
from chainrule.core.box import Box
from chainrule.core.dual import Dual, split_dual
from chainrule.core.graph import tape_level
from chainrule.core.inplace import change, stand_in
from chainrule.core.kinds import zeros_like
from chainrule.core.modes import no_grad
from chainrule.core.state import state, tick
from chainrule.core.taped import Taped, split_taped
from chainrule.core.tensor import TensorBase, wrap


def evaluate(function: Any, args: Values) -> tuple[Any, FunctionCtx]:
    """Return the results of a Function and the context."""
    boxes = [a._value for a in args if isinstance(a, TensorBase) and isinstance(a._value, Box)]
    box = max(boxes, key=lambda box: box.level) if boxes else None
    if isinstance(box, Dual):
        return _in_forward_mode(function, args, box)
    if isinstance(box, Taped):
        return _on_tape(function, args, box.level)
    if isinstance(box, Batched):
        return _over_batch(function, args, box)
    return run(function, args)


def _lift(ctx: FunctionCtx, twin: FunctionCtx, before: Values, after: Values) -> None:
    """Tell the context for the boxes what the user's code has said, boxes in place of what they hold."""
    boxes = {id(held): box for held, box in zip(before, after, strict=True)}
    for name in ("to_save", "saved_for_forward", "non_differentiable"):
        tensors = getattr(ctx, name)
        if tensors is not None:
            setattr(twin, name, tuple([boxes.get(id(tensor), tensor) for tensor in tensors]))


def _change_inputs(
    ctx: FunctionCtx, twin: FunctionCtx, pairs: Iterable[tuple[Any, Any]], results: Values, boxed: list[Any]
) -> None:
    """Make arguments that were changed in place what was returned for them; `pairs`: argument and primal."""
    dirty = {id(tensor) for tensor in ctx.dirty_tensors or ()}
    targets = {id(primal): arg for arg, primal in pairs if id(primal) in dirty}
    for k, y in enumerate(results):
        if id(y) in targets:
            boxed[k] = _replaced(targets[id(y)], boxed[k])
    twin.dirty_tensors = tuple(targets.values())
    ctx._forget()


def _replaced(target: TensorBase, value: TensorBase) -> TensorBase:
    return change(target, lambda _: value)


def _apart_from(tensor: TensorBase, primals: Values) -> TensorBase:
    """Return a result for a box to hold: not the tensor that will itself become the box."""
    return stand_in(tensor) if any(tensor is primal for primal in primals) else tensor


def _in_form(output: Any, results: list[Any]) -> Any:
    return tuple(results) if isinstance(output, tuple) else results[0]


# -- forward mode --------------------------------------------------------------------------------


def _in_forward_mode(function: Any, args: Values, dual: Dual) -> tuple[Any, FunctionCtx]:
    """Run `forward` on the primals, `jvp` on the tangents; record the duals, too, if they are on a tape."""
    outer, handed = False, []
    for arg in args:
        if isinstance(arg, TensorBase) and arg._requires_grad:
            inner = tape_level(arg) >= dual.level
            outer = outer or inner or dual.open
            arg = wrap(arg._value) if inner else arg
        handed.append(arg)
    pairs = [split_dual(arg, dual.level) for arg in handed]
    primals = tuple([primal for primal, _ in pairs])
    output, ctx = evaluate(function, primals)
    results = output if isinstance(output, tuple) else (output,)
    tangents = _tangents(function, ctx, pairs, results)
    joined = [
        y if tangent is None else dual.join(_apart_from(y, primals), tangent)
        for y, tangent in zip(results, tangents, strict=True)
    ]
    twin = ctx._twin(args)
    _lift(ctx, twin, (*primals, *results), (*args, *joined))
    if outer:
        joined = list(record(twin, args, tuple(joined)))
    _change_inputs(ctx, twin, zip(args, primals, strict=True), results, joined)
    return _in_form(output, joined), twin


def _tangents(function: Any, ctx: FunctionCtx, pairs: list[tuple[Any, Any]], results: Values) -> list[Any]:
    """Return what `jvp` gives, checked against the results it belongs to."""
    given = [
        zeros_like(primal)
        if tangent is None and ctx._materialize and isinstance(primal, TensorBase)
        else tangent
        for primal, tangent in pairs
    ]
    answer = function.jvp(ctx, *given)
    tangents = answer if isinstance(answer, tuple) else (answer,)
    if len(tangents) != len(results):
        raise RuntimeError(
            "Function's jvp returned an invalid number of forward gradients "
            f"(expected {len(results)} but got {len(tangents)})"
        )
    constant = {id(tensor) for tensor in ctx.non_differentiable or ()}
    return [
        _checked(k, y, t, id(y) in constant) for k, (y, t) in enumerate(zip(results, tangents, strict=True))
    ]


def _checked(k: int, y: Any, tangent: Any, constant: bool) -> Any:
    """Return the tangent of a result (None: zero), or raise torch's error where it does not fit."""
    if tangent is not None and not isinstance(tangent, TensorBase):
        raise RuntimeError(f"expected Variable or None (got {type(tangent).__name__}) for grad output {k}.")
    if tangent is None or not isinstance(y, TensorBase):
        return None
    if constant or y._value.dtype.kind not in "fc":
        raise RuntimeError(
            f"Function's jvp returned a gradient at position {k}, but  the corresponding forward output is "
            "not a differentiable Tensor.You should return None at that position instead."
        )
    if tangent._value.shape != y._value.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, "
            f"this is not supported. Tensor is of size {list(y._value.shape)} while the given forward "
            f"gradient is of size {list(tangent._value.shape)}."
        )
    return tangent


# -- a tape of its own level ---------------------------------------------------------------------


def _on_tape(function: Any, args: Values, level: int) -> tuple[Any, FunctionCtx]:
    """Run the Function on what the tape's tensors hold, and record it there."""
    pairs = [split_taped(arg, level) for arg in args]
    primals = tuple([primal for primal, _ in pairs])
    output, ctx = evaluate(function, primals)
    if not state.grad_enabled:
        return output, ctx
    results = output if isinstance(output, tuple) else (output,)
    twin = ctx._twin(args)
    twin.needs_input_grad = tuple([edge is not None for _, edge in pairs])
    twin.to_save = ctx.to_save
    node = twin._record(
        tuple([edge for (_, edge), form in zip(pairs, twin._args, strict=True) if form]), tick()
    )
    twin._keep(node, {})
    constant = {id(tensor) for tensor in ctx.non_differentiable or ()}
    taped = [
        wrap(Taped(level, _apart_from(y, primals), node.output(k))) if _differentiable(y, constant) else y
        for k, y in enumerate(results)
    ]
    _lift(ctx, twin, (*primals, *results), (*args, *taped))
    _change_inputs(ctx, twin, zip(args, primals, strict=True), results, taped)
    return _in_form(output, taped), twin


# -- batches -------------------------------------------------------------------------------------


class VmapInfo(NamedTuple):
    """What a Function's `vmap` is told of the batch."""

    batch_size: int
    randomness: str


def _over_batch(function: Any, args: Values, box: Batched) -> tuple[Any, FunctionCtx]:
    """Run the user's batching rule, or the generated one, on what the boxes hold."""
    if box.level not in state.levels:
        raise box.leaked()
    if not function._has_setup():
        raise RuntimeError(
            "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), "
            f"it must override the setup_context staticmethod. ({function.__name__} keeps what it needs in "
            "forward, where vmap cannot have it apart.)"
        )
    inner = tuple([split_batched(arg, box.level) for arg in args])
    in_dims = tuple([None if new is old else 0 for new, old in zip(inner, args, strict=True)])
    output, out_dims = _batched(function, inner, in_dims, box.size)
    results = output if isinstance(output, tuple) else (output,)
    dims = out_dims if isinstance(out_dims, tuple) else (out_dims,) * len(results)
    joined = [_in_front(y, dim, box) for y, dim in zip(results, dims, strict=True)]
    found = _in_form(output, joined)
    ctx: FunctionCtx = function._as_primitive().context_class(args)
    with no_grad():
        function.setup_context(ctx, args, found)
    ctx._forms = tuple([form_of(y) for y in joined])
    if any(isinstance(a, TensorBase) and a._requires_grad and tape_level(a) >= box.level for a in args):
        found = record(ctx, args, found)
    return found, ctx


def _batched(function: Any, inner: Values, in_dims: Values, size: int) -> tuple[Any, Any]:
    own = function._has_vmap()
    if function.generate_vmap_rule and own:
        raise RuntimeError(
            f"You tried to vmap over {function.__name__}, but it has both generate_vmap_rule=True and an "
            "overridden vmap staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap "
            "staticmethod to avoid ambiguity."
        )
    if function.generate_vmap_rule:
        return function._over_members(in_dims, size).apply(*inner), 0
    if not own:
        raise RuntimeError(
            f"You tried to vmap over {function.__name__}, but it does not have vmap support. Please override "
            "and implement the vmap staticmethod or set generate_vmap_rule=True."
        )
    randomness = state.batches[-1].randomness if state.batches else "error"
    returned = function.vmap(VmapInfo(size, randomness), in_dims, *inner)
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree "
            "structure "
            f"compatible with the output. Got a {type(returned)} instead"
        )
    return returned


def _in_front(y: Any, dim: Any, box: Batched) -> Any:
    if dim is None or not isinstance(y, TensorBase):
        return y
    return wrap(Batched(box.level, moved_axis(y, dim % y._value.ndim, 0)))


def _differentiable(y: Any, constant: set[int]) -> bool:
    return isinstance(y, TensorBase) and y._value.dtype.kind in "fc" and id(y) not in constant


__all__ = ["evaluate"]
