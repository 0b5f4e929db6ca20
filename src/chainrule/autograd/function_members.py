"""The generated batching rule of a user's Function: its forward, backward and jvp for each member."""

from __future__ import annotations

from typing import Any

from chainrule.core.batched import over_members
from chainrule.core.kinds import zeros_like
from chainrule.core.modes import no_grad
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase


def members_of(cls: Any, base: type, in_dims: tuple[Any, ...], size: int) -> Any:
    """Return the Function that takes batches (where `in_dims` is not None) of what `cls` takes."""
    batched = [dim is not None for dim in in_dims]
    form: list[Any] = []  # whether the results of a member are a tuple

    def context(inputs: tuple[Any, ...], results: tuple[Any, ...]) -> Any:
        ctx = cls._as_primitive().context_class(inputs)
        with no_grad():
            cls.setup_context(ctx, inputs, results if form[0] else results[0])
        return ctx

    def forward(*inputs: Any) -> Any:
        def one(*member: Any) -> Any:
            output = cls.forward(*member)
            form[:] = [isinstance(output, tuple)]
            return output if form[0] else (output,)

        results = over_members(one, inputs, batched, size)
        return results if form[0] else results[0]

    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        results = output if isinstance(output, tuple) else (output,)
        ctx.static = [None if isinstance(x, TensorBase) else x for x in inputs]
        ctx.is_tensor = [isinstance(x, TensorBase) for x in inputs]
        ctx.save_for_backward(*[x for x in inputs if isinstance(x, TensorBase)], *results)
        ctx.save_for_forward(*[x for x in inputs if isinstance(x, TensorBase)], *results)

    def saved(ctx: Any) -> tuple[list[Any], list[Any]]:
        rest = iter(ctx.saved_tensors)
        inputs = [next(rest) if own else x for x, own in zip(ctx.static, ctx.is_tensor, strict=True)]
        return inputs, list(rest)

    def backward(ctx: Any, *gs: Any) -> Any:
        inputs, results = saved(ctx)
        n, m = len(inputs), len(inputs) + len(results)

        def one(*given: Any) -> Any:
            ctx_of_one = context(given[:n], given[n:m])
            ctx_of_one.saved_for_forward = ctx_of_one.to_save or ()  # what `saved_tensors` is to return
            found = cls._gradient_rule()(ctx_of_one, *given[m:])
            found = found if isinstance(found, tuple) else (found,)
            return [
                zeros_like(x) if g is None and own else g
                for x, g, own in zip(given, found, ctx.is_tensor, strict=False)
            ]

        flags = [*batched, *[True] * len(results), *[g is not None for g in gs]]
        found = over_members(one, (*inputs, *results, *gs), flags, size)
        return tuple([g if g is None or own else _summed(g) for g, own in zip(found, batched, strict=True)])

    def jvp(ctx: Any, *tangents: Any) -> Any:
        inputs, results = saved(ctx)
        n, m = len(inputs), len(inputs) + len(results)

        def one(*given: Any) -> Any:
            ctx = context(given[:n], given[n:m])
            found = cls.jvp(ctx, *given[m:])
            return found if isinstance(found, tuple) else (found,)

        flags = [*batched, *[True] * len(results), *batched]
        found = over_members(one, (*inputs, *results, *tangents), flags, size)
        return found if form[0] else found[0]

    rules = {"forward": forward, "setup_context": setup_context, "backward": backward, "jvp": jvp}
    methods = {name: staticmethod(rule) for name, rule in rules.items()}
    return type(base)(cls.__name__, (base,), {**methods, "generate_vmap_rule": True})


def _summed(g: Any) -> Any:
    """Add up the cotangents of members for an argument that was the same for all."""
    return registry["sum"](g, dim=(0,))


__all__ = ["members_of"]
