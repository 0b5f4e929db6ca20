"""Applying a Function: `forward` is run, and its results are recorded as those of one node."""

from __future__ import annotations

from typing import Any

from chainrule.autograd.context import FunctionCtx, FunctionNode, form_of
from chainrule.core.apply import note_recorded
from chainrule.core.box import Box
from chainrule.core.inplace import check_recordable, continue_history, mark_written
from chainrule.core.modes import no_grad
from chainrule.core.primitive import registry
from chainrule.core.refusals import INFERENCE_SAVED
from chainrule.core.state import state, tick
from chainrule.core.tensor import CUSTOM, INFERENCE, SEVERAL, TensorBase, is_inference, wrap, wrap_recorded
from chainrule.core.views import is_view
from chainrule.core.watching import block
from chainrule.errors import warn

Values = tuple[Any, ...]


def run(function: Any, args: Values) -> tuple[Any, FunctionCtx]:
    """Return what `forward` returns, recorded where a gradient is wanted, and the context."""
    ctx: FunctionCtx = function._as_primitive().context_class(args)
    if state.watchers:
        with block(function.__name__, args):
            output = _forward(function, ctx, args)
    else:
        output = _forward(function, ctx, args)
    try:
        return record(ctx, args, output), ctx
    except BaseException:  # a hook on saved tensors has raised: without this, its node would hold itself
        ctx._forget()
        ctx._kept = ()
        raise


def _forward(function: Any, ctx: FunctionCtx, args: Values) -> Any:
    with no_grad():
        if not function._has_setup():
            return function.forward(ctx, *args)
        output = function.forward(*args)
        function.setup_context(ctx, args, output)
        return output


def record(ctx: FunctionCtx, args: Values, output: Any) -> Any:
    """Make results come from a node, and have `ctx` keep what `save_for_backward` was given."""
    results = output if isinstance(output, tuple) else (output,)
    ctx._forms = tuple([form_of(result) for result in results])
    recording = state.recording and any(edge is not None for edge in ctx._edges)
    roles = _Roles(ctx, args, results, recording)
    for tensor in roles.dirty.values():
        mark_written(tensor)
    node = None
    if recording:
        node = ctx._record(ctx._edges, tick())
        note_recorded(node)  # before its outputs, which have its level
    found = [_result(node, roles, k, r) if isinstance(r, TensorBase) else r for k, r in enumerate(results)]
    _restrict_views(roles, results, found)
    if node is not None:
        ctx._keep(node, roles.numbers)
    return tuple(found) if isinstance(output, tuple) else found[0]


class _Roles:
    """What the tensors are that `forward` got and returned, by their identity; torch's errors for misfits."""

    def __init__(self, ctx: FunctionCtx, args: Values, results: Values, recording: bool) -> None:
        tensors = [r for r in results if isinstance(r, TensorBase)]
        self.recording = recording
        self.inputs = {id(arg) for arg in args if isinstance(arg, TensorBase)}
        self.dirty = {id(t): t for t in ctx.dirty_tensors or ()}
        self.constant = {id(t) for t in ctx.non_differentiable or ()}
        self.constant |= {id(r) for r in tensors if r._value.dtype.kind not in "fc"}
        self.saved = {id(t) for t in ctx.to_save or () if t is not None}
        # The number of each result that comes from the node, to find out which of them were saved.
        self.numbers = {
            id(r): number for number, r in enumerate(results) if not self.passed_on(r) and not self.fixed(r)
        }
        self._check_marks(ctx)
        self._check_dirty(ctx, {id(r) for r in tensors})
        if ctx._forward_cls._has_setup() and any(self.passed_on(r) and id(r) in self.saved for r in tensors):
            raise RuntimeError(
                "An input that has been returned as-is as output is being saved for backward. This is not "
                "supported if you override setup_context. You should return and save a view of the input "
                "instead, e.g. with x.view_as(x) or setup ctx inside the forward function itself."
            )

    def passed_on(self, result: Any) -> bool:
        """Tell whether a result is an input as it was."""
        return id(result) in self.inputs and id(result) not in self.dirty

    def fixed(self, result: Any) -> bool:
        """Tell whether a result has no derivative."""
        return id(result) in self.constant

    def _check_marks(self, ctx: FunctionCtx) -> None:
        for i, tensor in enumerate(ctx.to_save or ()):
            if self.recording and tensor is not None and not isinstance(tensor, TensorBase):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type "
                    f"{type(tensor).__name__}"
                )
            if self.recording and tensor is not None and is_inference(tensor):
                raise RuntimeError(INFERENCE_SAVED)
        for words, marked in (
            ("mark_dirty can only accept variables, but", ctx.dirty_tensors),
            ("mark_non_differentiable only accepts variable arguments, but got", ctx.non_differentiable),
        ):
            for i, tensor in enumerate(marked or ()):
                if not isinstance(tensor, TensorBase):
                    raise RuntimeError(f"{words} argument {i} is of type {type(tensor).__name__}")

    def _check_dirty(self, ctx: FunctionCtx, results: set[int]) -> None:
        if not self.dirty.keys() <= results:
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The "
                "inputs that are modified inplace must all be outputs of the Function."
            )
        for tensor in self.dirty.values() if self.recording else ():
            if id(tensor) not in self.inputs:
                warn(
                    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have "
                    "been mutated should be passed to ctx.mark_dirty()."
                )
            elif tensor._requires_grad and tensor._node is None:
                raise RuntimeError(
                    "a leaf Variable that requires grad has been used in an in-place operation."
                )
            elif is_view(tensor):
                if len(ctx._forms) > 1:
                    raise RuntimeError(SEVERAL_RESULTS)
                check_recordable(tensor, name=ctx._forward_cls.__name__)  # type: ignore[attr-defined]


SEVERAL_RESULTS = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot "
    "return more than one Tensor. This is not supported by the current autograd engine. You should either "
    "make sure the input is not a view (using .clone() for example) or make your Function only return one "
    "Tensor (potentially splitting it into two Functions: one doing the inplace that returns a single "
    "Tensor and a second one that does the other operations)."
)


def _result(node: FunctionNode | None, roles: _Roles, number: int, result: TensorBase) -> TensorBase:
    """Return a result as the user gets it."""
    if roles.fixed(result):
        return _without_history(roles, result)
    dirty = id(result) in roles.dirty
    if roles.passed_on(result):
        detached = result._requires_grad and not roles.recording
        result = _view_of(result)
        if detached:
            return wrap(result._value)
    if node is None:
        return result
    edge = node.output(number)
    if dirty:
        continue_history(result, wrap_recorded(result._value, edge))
    else:
        result._node, result._requires_grad = edge, True
    return result


def _without_history(roles: _Roles, result: TensorBase) -> TensorBase:
    if id(result) in roles.inputs:
        if result._requires_grad:
            return wrap(_view_of(result)._value)
        return _view_of(result) if roles.passed_on(result) else result
    if result._extra is None or result._extra.view is None:
        result._node, result._requires_grad = None, False
    return result


def _view_of(tensor: TensorBase) -> TensorBase:
    """Return another tensor with the same memory, to be recorded as the result."""
    if isinstance(tensor._value, Box):
        return wrap(tensor._value)
    with no_grad():
        view: TensorBase = registry["alias"](tensor, index=(...,))
    return view


def _restrict_views(roles: _Roles, results: Values, found: list[Any]) -> None:
    """Have results that are views refuse changes in place: they would go past the Function's `backward`."""
    several = sum(isinstance(r, TensorBase) and not roles.fixed(r) for r in results) > 1
    for result in found:
        view = result._extra.view if isinstance(result, TensorBase) and result._extra is not None else None
        if view is not None and view.origin != INFERENCE and id(result) not in roles.dirty:
            view.origin = SEVERAL if several and roles.recording else CUSTOM


__all__ = ["record", "run"]
