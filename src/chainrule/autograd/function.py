"""Function: operations with a derivative of the user's own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.core.apply import note_recorded, output_of, settle
from chainrule.core.dual import Dual, split_dual
from chainrule.core.graph import FREED, FREED_MESSAGE, Edge, Node, edge_of
from chainrule.core.inplace import check_kept, continue_history
from chainrule.core.kinds import cast_to, sum_to, zeros_like
from chainrule.core.modes import no_grad
from chainrule.core.partial import Parts, dense
from chainrule.core.plan import Plan
from chainrule.core.primitive import Primitive
from chainrule.core.saved import Packed
from chainrule.core.state import making, state, tick
from chainrule.core.tensor import TensorBase, wrap, wrap_recorded
from chainrule.core.visible import VisibleNode, as_function
from chainrule.core.watching import block


class Kept:
    """A tensor that a Function saved: itself, or as a result, its value and place (else it held itself)."""

    __slots__ = ("edge", "packed", "tensor")

    def __init__(self, tensor: TensorBase | None, node: Node, result: bool) -> None:
        self.edge: Edge = None if tensor is None else edge_of(tensor)
        self.packed: Packed | None = None
        if tensor is not None and state.saved_hooks:
            self.packed = Packed(tensor, state.saved_hooks[-1])
            tensor = None
        elif tensor is not None and result:
            tensor = wrap(tensor._value)
        self.tensor = tensor

    def fetch(self, node: Node) -> TensorBase | None:
        """Return the tensor; raise torch's error when it was changed in place since."""
        if self.packed is not None:
            value = self.packed.value()
        elif self.tensor is None:
            return None
        else:
            check_kept(node, self.tensor, self.edge)
            value = self.tensor._value
        if self.edge is None:
            return self.tensor if self.tensor is not None else wrap(value)
        return self.edge if isinstance(self.edge, TensorBase) else wrap_recorded(value, self.edge)


class FunctionCtx(VisibleNode):
    """What `forward` tells `backward`: the node itself, with the user's attributes."""

    kept: tuple[Kept, ...] = ()

    @property
    def saved(self) -> Any:
        """What the engine sees of the saved values: nothing, or that they were freed."""
        return self._saved

    @saved.setter
    def saved(self, value: Any) -> None:
        self._saved = value
        if value is FREED:
            self.kept = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `backward`, where `saved_tensors` returns them; once, in `forward`."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `jvp`, where `saved_tensors` returns them."""
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, TensorBase):
                raise TypeError(
                    f"save_for_forward can only save variables, but argument {i} is of type "
                    f"{type(tensor).__name__}"
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs `forward` changed in place; each of them must be returned as well."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which results have no derivative."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether an absent gradient is given to `backward` as zeros (the default) or as None."""
        self.materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors given to `save_for_backward` (in `jvp`: to `save_for_forward`)."""
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        if self.saved is FREED:
            raise RuntimeError(FREED_MESSAGE)
        return tuple([kept.fetch(self) for kept in self.kept])

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The nodes that gradients are sent to, for each argument that is a tensor."""
        return tuple(map(as_function, self.edges))

    def name(self) -> str:
        """The name of the Function with `Backward` behind it."""
        return type(self).__name__

    def __getattr__(self, name: str) -> Any:
        if name in ("saved_for_forward", "dirty_tensors", "non_differentiable", "to_save"):
            return None
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


class Custom(Primitive):
    """What the engine asks of a user's Function. It is no operation of the library's: no registry has it."""

    def __init__(self, function: type[Function]) -> None:
        self.function = function
        self.name = self.title = function.__name__
        self.operands = self.source_names = ()
        self.arity, self.values = 0, 1
        self.defaults: dict[str, Any] = {}
        self.variadic = self.view = False
        self.differentiable_operands = None
        self.node_class = type(f"{function.__name__}Backward", (FunctionCtx,), {"_forward_cls": function})
        self.plain = Plan(self, (), ())
        self.keeping = Plan(self, (), ())
        self.keeping.holds_values = True

    def node_name(self, node: Node) -> str:
        return node.name()

    def pullback(self, node: Any, saved: tuple[Any, ...], g: Any) -> list[Any]:
        return self._run(node, [g])

    def pullback_partial(self, node: Any, saved: tuple[Any, ...], g: Any) -> list[Any]:
        if type(g) is not Parts:
            return self._run(node, [dense(g)])
        parts = [dense(part) for part in g.parts]
        if node.materialize:
            parts = [p if form is None else q for p, q, form in zip(parts, g.dense(), g.forms, strict=True)]
        return self._run(node, parts)

    def _run(self, ctx: FunctionCtx, parts: Sequence[Any]) -> list[Any]:
        """Call the user's `backward`, on tensors; give plain values to a pass on plain values."""
        on_tensors = any(isinstance(part, TensorBase) for part in parts)
        if on_tensors:
            grads = self._backward()(ctx, *parts)
            return self._checked(ctx, grads)
        with no_grad():
            grads = self._backward()(ctx, *[part if part is None else wrap(part) for part in parts])
            return [g if g is None else g._value for g in self._checked(ctx, grads)]

    def _backward(self) -> Callable[..., Any]:
        function = self.function
        own, vjp = function.backward is not Function.backward, function.vjp is not Function.vjp
        if own and vjp:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. "
                "You should only implement one of them."
            )
        if not own and not vjp:
            raise NotImplementedError(
                "You must implement either the backward or vjp method for your custom autograd.Function to "
                f"use it with backward mode AD. ({function.__name__} has neither.)"
            )
        return function.backward if own else function.vjp

    def _checked(self, ctx: FunctionCtx, grads: Any) -> list[Any]:
        """Return the gradients of the tensors among the arguments, brought to their shapes and dtypes."""
        given = grads if isinstance(grads, tuple) else (grads,)
        count = ctx.argument_count
        if len(given) > count and all(g is None for g in given[count:]):
            given = given[:count]
        if len(given) != count:
            raise RuntimeError(
                f"function {ctx.name()} returned an incorrect number of gradients "
                f"(expected {count}, got {len(given)})"
            )
        return [
            self._fitted(ctx, k, given[place], form)
            for k, (place, form) in enumerate(zip(ctx.places, ctx.argument_forms, strict=True))
        ]

    def _fitted(self, ctx: FunctionCtx, k: int, g: Any, form: tuple[Any, Any]) -> Any:
        if g is None:
            return None
        if not isinstance(g, TensorBase):
            raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
        if ctx.edges[k] is None:
            return None
        shape, dtype = form
        have = g._value.shape
        if have != shape and not _expandable(shape, have):
            raise RuntimeError(
                f"Function {ctx.name()} returned an invalid gradient at index {ctx.places[k]} - got "
                f"{list(have)} but expected shape compatible with {list(shape)}"
            )
        return cast_to(sum_to(g, shape), dtype)


def _expandable(shape: tuple[int, ...], to: tuple[int, ...]) -> bool:
    """Tell whether `shape` broadcasts to `to`."""
    return len(shape) <= len(to) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(to), strict=False)
    )


class FunctionMeta(type):
    """Gives each Function what the engine needs to know of it."""

    def __init__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> None:
        super().__init__(name, bases, attributes)
        cls._custom: Custom | None = None

    def custom(cls) -> Custom:
        """What the engine is shown, made on first use."""
        if cls.__dict__.get("_custom") is None:
            with making:
                if cls.__dict__.get("_custom") is None:
                    cls._custom = Custom(cls)  # type: ignore[arg-type]
        return cls._custom  # type: ignore[return-value]


class Function(metaclass=FunctionMeta):
    """Base of operations with a derivative of one's own: write `forward` and `backward`, call `apply`.

    `forward(ctx, *args)` computes, with tensors or anything else as arguments and results; what it keeps in
    `ctx` is there for `backward(ctx, *grads)`, which returns a gradient (or None) per argument. Or `forward`
    takes no `ctx`, and `setup_context(ctx, inputs, output)` keeps what is needed. `jvp(ctx, *tangents)` is
    the rule of forward mode.

    >>> import chainrule
    >>> class Cube(chainrule.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * 3 * x**2
    >>> x = chainrule.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    generate_vmap_rule = False

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the results; to be written by the user."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Keep in `ctx` what `backward` needs, when `forward` has no `ctx`; to be written by the user."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Return the gradients of the arguments; to be written by the user."""

    @staticmethod
    def vjp(ctx: Any, *grad_outputs: Any) -> Any:
        """Another name for `backward`."""

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Return the tangents of the results; to be written by the user."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """Return results for batched arguments with their batch dimensions; to be written by the user."""
        raise NotImplementedError(
            "You must implement the vmap function for custom autograd.Function to use it with vmap."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. "
            "Please use new-style autograd function with static forward method: "
            f"{type(self).__name__}.apply(...)"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` on the arguments, and record the Function as one operation."""
        args = _positional(cls, args, kwargs)
        for arg in args:
            if isinstance(arg, TensorBase):
                settle(arg)
        duals = [a._value for a in args if isinstance(a, TensorBase) and isinstance(a._value, Dual)]
        if duals:
            return _apply_forward_mode(cls, args, max(duals, key=lambda dual: dual.level))
        return _apply(cls, args)[0]


def _positional(cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Sort arguments given by name into their places, and fill in defaults."""
    parameters = inspect.signature(cls.forward)
    if _separate(cls):
        bound = parameters.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args
    if not kwargs:
        return args
    return parameters.bind(None, *args, **kwargs).args[1:]


def _separate(cls: type[Function]) -> bool:
    """Tell whether the Function has its `setup_context` apart from `forward`."""
    return cls.setup_context is not Function.setup_context


def _apply(cls: type[Function], args: tuple[Any, ...]) -> tuple[Any, FunctionCtx]:
    """Return the results of `forward`, recorded where a gradient is wanted, and the context."""
    ctx = _context(cls, args)
    if state.watchers:
        with block(cls.__name__, args):
            output = _forward(cls, ctx, args)
    else:
        output = _forward(cls, ctx, args)
    results = output if isinstance(output, tuple) else (output,)
    recording = state.grad_enabled and any(edge is not None for edge in ctx.edges)
    found = _record(ctx, args, results, recording)
    return (found if isinstance(output, tuple) else found[0]), ctx


def _forward(cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...]) -> Any:
    with no_grad():
        if not _separate(cls):
            return cls.forward(ctx, *args)
        output = cls.forward(*args)
        cls.setup_context(ctx, args, output)
        return output


def _context(cls: type[Function], args: tuple[Any, ...]) -> Any:
    custom = cls.custom()
    ctx: Any = custom.node_class()
    ctx.places = tuple([i for i, arg in enumerate(args) if isinstance(arg, TensorBase)])
    ctx.argument_count = len(args)
    ctx.argument_forms = tuple([(args[i]._value.shape, args[i]._value.dtype) for i in ctx.places])
    ctx.edges = tuple([edge_of(args[i]) for i in ctx.places])
    ctx.needs_input_grad = tuple([isinstance(arg, TensorBase) and arg._requires_grad for arg in args])
    ctx.materialize = True
    ctx.plan = custom.plain
    ctx.saved = ()
    ctx.detail = ctx.extra = None
    ctx.seq = 0
    return ctx


def _record(ctx: Any, args: tuple[Any, ...], results: tuple[Any, ...], recording: bool) -> tuple[Any, ...]:
    """Make the results come from the node, and have it keep what `save_for_backward` was given."""
    inputs = {id(arg) for arg in args if isinstance(arg, TensorBase)}
    dirty = {id(t): t for t in ctx.dirty_tensors or ()}
    fixed = {id(t) for t in ctx.non_differentiable or ()}
    if not dirty.keys() <= {id(r) for r in results}:
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs "
            "that are modified inplace must all be outputs of the Function."
        )
    if recording:
        for tensor in dirty.values():
            if tensor._requires_grad and tensor._node is None:
                raise RuntimeError(
                    "a leaf Variable that requires grad has been used in an in-place operation."
                )
    ctx.seq = tick()
    ctx.detail = tuple(
        [(r._value.shape, r._value.dtype) if isinstance(r, TensorBase) else None for r in results]
    )
    several = len(results) > 1
    found = []
    places: dict[int, Edge] = {}
    for number, result in enumerate(results):
        if not isinstance(result, TensorBase):
            found.append(result)
            continue
        if id(result) in inputs and id(result) not in dirty:
            result = wrap(result._value)
        if recording and id(result) not in fixed and result._value.dtype.kind in "fc":
            edge = output_of(ctx, number) if several else ctx
            places[id(result)] = edge
            if id(result) in dirty:
                continue_history(result, wrap_recorded(result._value, edge))
            else:
                result._node, result._requires_grad = edge, True
        found.append(result)
    if recording:
        _keep(ctx, places)
        note_recorded(ctx)
    return tuple(found)


def _keep(ctx: Any, results: dict[int, Edge]) -> None:
    kept = []
    for i, tensor in enumerate(ctx.to_save or ()):
        if tensor is not None and not isinstance(tensor, TensorBase):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {i} is of type "
                f"{type(tensor).__name__}"
            )
        kept.append(Kept(tensor, ctx, id(tensor) in results))
    if kept:
        ctx.kept = tuple(kept)
        ctx.plan = ctx.plan.primitive.keeping
    ctx.to_save = None


def _apply_forward_mode(cls: type[Function], args: tuple[Any, ...], dual: Dual) -> Any:
    """Run `forward` on the primals and `jvp` on the tangents."""
    pairs = [split_dual(arg, dual.level) for arg in args]
    output, ctx = _apply(cls, tuple([primal for primal, _ in pairs]))
    tangents = []
    for primal, tangent in pairs:
        if tangent is None and ctx.materialize and isinstance(primal, TensorBase):
            tangent = zeros_like(primal)
        tangents.append(tangent)
    output_tangents = cls.jvp(ctx, *tangents)
    if not isinstance(output, tuple):
        joined: Any = dual.join(output, output_tangents)
    else:
        if not isinstance(output_tangents, tuple):
            output_tangents = (output_tangents,)
        if len(output_tangents) != len(output):
            raise RuntimeError(
                f"{cls.__name__}.jvp returned {len(output_tangents)} tangents for {len(output)} results"
            )
        joined = tuple([dual.join(y, t) for y, t in zip(output, output_tangents, strict=True)])
    return _on_outer_tape(cls, args, joined) if dual.open else joined


def _on_outer_tape(cls: type[Function], args: tuple[Any, ...], joined: Any) -> Any:
    """Record the Function once more, on the tape that the dual tensors themselves are on."""
    output, _ = _apply(cls, args)
    several = isinstance(output, tuple)
    for y, dual in zip(output if several else (output,), joined if several else (joined,), strict=True):
        if isinstance(y, TensorBase):
            y._value = dual._value
    return output


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a `backward` whose own derivative must not be taken: an attempt raises RuntimeError."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            results = backward(ctx, *grads)
        if not state.grad_enabled or not any(isinstance(g, TensorBase) and g._requires_grad for g in grads):
            return results
        several = isinstance(results, tuple)
        refused = tuple(
            [
                _Refusal.apply(r, *grads) if isinstance(r, TensorBase) else r
                for r in (results if several else (results,))
            ]
        )
        return refused if several else refused[0]

    return wrapper


class _Refusal(Function):
    """The identity; its derivative is an error."""

    @staticmethod
    def forward(ctx: Any, result: Any, *grads: Any) -> Any:
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with @once_differentiable"
        )


__all__ = ["Function", "FunctionCtx", "once_differentiable"]
