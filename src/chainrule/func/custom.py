"""custom_jvp, custom_vjp, stop_gradient: derivatives of one's own in functional style."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.autograd.function import Function
from chainrule.core.kinds import zeros_like
from chainrule.core.tensor import TensorBase
from chainrule.func.containers import Tree, as_tensor, flatten, is_differentiable, like, tree_map, unflatten
from chainrule.func.gradients import vjp
from chainrule.func.vectorize import vmap

Rule = Callable[..., Any]


class custom_vjp:  # noqa: N801 (JAX's name, used as a decorator)
    """Give a function a pullback of one's own: decorate it, then call `defvjp(fwd, bwd)`.

    `fwd(*args)` returns (result, residuals), `bwd(residuals, g)` a tuple with a cotangent for each argument,
    None for zero. Arguments at `nondiff_argnums` are passed on as they are, in front of the others. Forward
    mode is a TypeError. `fwd` is run when cotangents come back.

    >>> import chainrule
    >>> @chainrule.func.custom_vjp
    ... def clipped(x):
    ...     return x * 1
    >>> clipped.defvjp(lambda x: (x * 1, None), lambda _, g: (g.clamp(-1, 1),))
    >>> chainrule.grad(lambda x: 5 * clipped(x))(2.0)
    1.0
    """

    def __init__(self, function: Rule, nondiff_argnums: Sequence[int] = ()) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.nondiff = tuple(nondiff_argnums)
        self.fwd: Rule | None = None
        self.bwd: Rule | None = None

    def defvjp(self, fwd: Rule, bwd: Rule) -> None:
        """Set the rule: what is kept for the pullback, and the pullback."""
        self.fwd, self.bwd = fwd, bwd

    def __call__(self, *args: Any) -> Any:
        if self.fwd is None or self.bwd is None:
            raise AttributeError(
                f"No VJP defined for custom_vjp function {_name(self.function)} using defvjp."
            )
        return _call(_Call(self.function, self.nondiff, self._pull, None), args)

    def _pull(self, fixed: list[Any], primals: tuple[Any, ...], g: Any) -> Any:
        assert self.fwd is not None
        assert self.bwd is not None
        _, residuals = self.fwd(*_placed(self.nondiff, fixed, primals))
        found = self.bwd(*fixed, residuals, g)
        if not isinstance(found, tuple) or len(found) != len(primals):
            count = len(found) if isinstance(found, tuple) else type(found).__name__
            raise TypeError(
                "Custom VJP bwd rule must produce a tuple with one cotangent for each of the "
                f"{len(primals)} arguments, but got {count}"
            )
        return found


class custom_jvp:  # noqa: N801 (JAX's name, used as a decorator)
    """Give a function a derivative of one's own: decorate it, then decorate the rule with `defjvp`.

    The rule takes (primals, tangents), tuples with an entry for each argument, and returns (result, its
    tangent), linear in the tangents; reverse mode transposes it. Arguments at `nondiff_argnums` are passed on
    as they are, in front.

    >>> import chainrule
    >>> @chainrule.func.custom_jvp
    ... def softplus(x):
    ...     return chainrule.log1p(chainrule.exp(x))
    >>> @softplus.defjvp
    ... def rule(primals, tangents):
    ...     return softplus(*primals), tangents[0] * chainrule.sigmoid(primals[0])
    >>> chainrule.grad(softplus)(0.0)
    0.5
    """

    def __init__(self, function: Rule, nondiff_argnums: Sequence[int] = ()) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.nondiff = tuple(nondiff_argnums)
        self.jvp: Rule | None = None

    def defjvp(self, jvp: Rule) -> Rule:
        """Set the rule; returns it."""
        self.jvp = jvp
        return jvp

    def __call__(self, *args: Any) -> Any:
        if self.jvp is None:
            raise AttributeError(
                f"No JVP defined for custom_jvp function {_name(self.function)} using defjvp."
            )
        return _call(_Call(self.function, self.nondiff, self._pull, self._push), args)

    def _push(self, fixed: list[Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        assert self.jvp is not None
        found = self.jvp(*fixed, primals, tangents)
        if not isinstance(found, tuple) or len(found) != 2:
            raise TypeError(
                f"Custom JVP rule {_name(self.jvp)} for function {_name(self.function)} must produce a pair "
                "(list or tuple of length two) representing primal and tangent outputs, but got "
                f"{type(found).__name__}."
            )
        return found[1]

    def _pull(self, fixed: list[Any], primals: tuple[Any, ...], g: Any) -> Any:
        """Transpose the rule: it is linear in the tangents, so its pullback at zero is that anywhere."""
        zeros = tree_map(lambda x: zeros_like(x) if is_differentiable(x) else x, primals)
        leaves, structure = flatten(zeros)
        places = [i for i, leaf in enumerate(leaves) if is_differentiable(leaf)]

        def along(*tangents: Any) -> Any:
            full = list(leaves)
            for i, tangent in zip(places, tangents, strict=True):
                full[i] = tangent
            return self._push(fixed, primals, unflatten(structure, full))

        _, pull = vjp(along, *[leaves[i] for i in places])
        found = pull(g)
        full: list[Any] = [None] * len(leaves)
        for i, cotangent in zip(places, found if len(places) > 1 else (found,), strict=True):
            full[i] = cotangent
        return unflatten(structure, full)


def stop_gradient(x: Tree) -> Tree:
    """Return a tensor, or a nested container of such, through which no derivative flows, in any mode.

    >>> import chainrule
    >>> chainrule.grad(lambda x: x * chainrule.func.stop_gradient(x))(3.0)
    3.0
    """
    return tree_map(lambda leaf: leaf.detach() if isinstance(leaf, TensorBase) else leaf, x)


# -- calls ----------------------------------------------------------------------------------------------


class _Call:
    """A function with its rules, and what of its arguments is no tensor."""

    def __init__(
        self,
        function: Rule,
        nondiff: tuple[int, ...],
        pull: Rule,
        push: Rule | None,
    ) -> None:
        self.function = function
        self.nondiff = nondiff
        self.pull = pull
        self.push = push
        self.fixed: list[Any] = []
        self.static: list[Any] = []  # leaves that are no tensors; None in place of those that are
        self.structure: Any = None
        self.form: Any = None  # of the result

    def primals(self, tensors: Sequence[Any]) -> tuple[Any, ...]:
        """Return the arguments with these tensors in their places."""
        rest = iter(tensors)
        leaves = [next(rest) if isinstance(leaf, _Place) else leaf for leaf in self.static]
        found: tuple[Any, ...] = unflatten(self.structure, leaves)
        return found

    def value(self, *tensors: Any) -> tuple[Any, ...]:
        results, self.form = flatten(self.function(*_placed(self.nondiff, self.fixed, self.primals(tensors))))
        return tuple([as_tensor(y) for y in results])

    def cotangents(self, tensors: Sequence[Any], gs: Sequence[Any]) -> tuple[Any, ...]:
        primals = self.primals(tensors)
        found = self.pull(self.fixed, primals, unflatten(self.form, gs))
        return tuple(
            [
                g
                for g, leaf in zip(_spread(found, primals), self.static, strict=True)
                if isinstance(leaf, _Place)
            ]
        )

    def tangents(self, tensors: Sequence[Any], ts: Sequence[Any]) -> tuple[Any, ...]:
        if self.push is None:
            raise TypeError(
                "can't apply forward-mode differentiation (jvp) to a custom_vjp function. Give it a "
                "custom_jvp "
                "instead, which serves both modes"
            )
        found = self.push(self.fixed, self.primals(tensors), self.primals(ts))
        return tuple([as_tensor(t) for t in flatten(found)[0]])


class _Place:
    """Stands for a tensor among leaves."""


_PLACE = _Place()


def _call(call: _Call, args: tuple[Any, ...]) -> Any:
    """Sort the arguments, and run the call as one operation with its own derivative."""
    call.fixed = [args[i] for i in call.nondiff]
    leaves, call.structure = flatten(tuple([x for i, x in enumerate(args) if i not in call.nondiff]))
    call.static = [_PLACE if is_differentiable(leaf) else leaf for leaf in leaves]
    given = [leaf for leaf in leaves if is_differentiable(leaf)]
    results = _Custom.apply(call, *[as_tensor(x) for x in given])
    if any(isinstance(x, TensorBase) for x in given) or not given:
        return unflatten(call.form, results)
    return unflatten(call.form, [like(y, given[0]) for y in results])


class _Custom(Function):
    """A call as an operation; its rules work on the tensors that it was given."""

    @staticmethod
    def forward(call: _Call, *tensors: Any) -> Any:
        return call.value(*tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.call = inputs[0]
        ctx.save_for_backward(*inputs[1:])
        ctx.save_for_forward(*inputs[1:])

    @staticmethod
    def backward(ctx: Any, *gs: Any) -> Any:
        return (None, *ctx.call.cotangents(ctx.saved_tensors, gs))

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        return ctx.call.tangents(ctx.saved_tensors, tangents[1:])

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], call: _Call, *tensors: Any) -> Any:
        return _Custom.apply(_Batch(call, in_dims[1:]), *tensors), 0


class _Batch:
    """A call for each member of a batch."""

    def __init__(self, call: Any, dims: tuple[Any, ...]) -> None:
        self.call = call
        self.dims = dims

    def value(self, *tensors: Any) -> tuple[Any, ...]:
        found: tuple[Any, ...] = vmap(self.call.value, self.dims)(*tensors)
        return found

    def cotangents(self, tensors: Sequence[Any], gs: Sequence[Any]) -> tuple[Any, ...]:
        def one(xs: Any, gs: Any) -> Any:
            found = self.call.cotangents(xs, gs)
            return tuple([zeros_like(x) if g is None else g for x, g in zip(xs, found, strict=True)])

        found = vmap(one, (self.dims, 0))(tuple(tensors), tuple(gs))
        return tuple([g.sum(0) if dim is None else g for g, dim in zip(found, self.dims, strict=True)])

    def tangents(self, tensors: Sequence[Any], ts: Sequence[Any]) -> tuple[Any, ...]:
        found: tuple[Any, ...] = vmap(self.call.tangents, (self.dims, self.dims))(tuple(tensors), tuple(ts))
        return found


def _placed(nondiff: tuple[int, ...], fixed: list[Any], primals: tuple[Any, ...]) -> list[Any]:
    """Return all arguments in order."""
    rest, others = iter(primals), iter(fixed)
    return [next(others) if i in nondiff else next(rest) for i in range(len(fixed) + len(primals))]


def _spread(found: Any, primals: tuple[Any, ...]) -> list[Any]:
    """Return a cotangent for each leaf of the arguments, None where there is none."""
    leaves: list[Any] = []
    for g, primal in zip(found, primals, strict=True):
        count = len(flatten(primal)[0])
        leaves += [None] * count if g is None else flatten(g)[0]
    return [as_tensor(g) for g in leaves]


def _name(function: Rule) -> str:
    return getattr(function, "__name__", repr(function))


__all__ = ["custom_jvp", "custom_vjp", "stop_gradient"]
