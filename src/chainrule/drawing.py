"""Random operations inside vmap: refused, drawn anew for each member, or the same for all."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.core.batched import Batched, BatchScope, split_batched
from chainrule.core.inplace import change
from chainrule.core.primitive import registry
from chainrule.core.state import state
from chainrule.core.tensor import TensorBase, wrap
from chainrule.generator import Generator, default_generator


def draws(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a random operation heed the randomness of the vmap it runs in."""

    @functools.wraps(function)
    def drawn(*args: Any, **kwargs: Any) -> Any:
        if not state.batches:
            return function(*args, **kwargs)
        scope = state.batches[-1]
        if scope.randomness == "error":
            raise RuntimeError(
                "vmap: called random operation while in randomness error mode. Please either use the "
                "'same' or "
                "'different' randomness flags on vmap or perform the randomness operation out of vmap "
                f"({function.__name__})"
            )
        with _outside(scope):
            return _draw(drawn, args, kwargs, scope)

    return drawn


@contextmanager
def _outside(scope: BatchScope) -> Iterator[None]:
    """Be outside a vmap: in the one around it, if there is one."""
    before = state.batches
    state.batches = before[:-1]
    try:
        yield
    finally:
        state.batches = before


def _draw(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], scope: BatchScope
) -> Any:
    in_place = function.__name__.endswith("_")
    inner = [split_batched(arg, scope.level) for arg in args]
    batched = [new is not old for new, old in zip(inner, args, strict=True)]
    same = scope.randomness == "same"
    if same and not any(batched):
        return function(*args, **kwargs)
    if in_place and not batched[0]:
        raise RuntimeError(
            "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear "
            "like same "
            "randomness. Draw a new tensor instead, for example with chainrule.rand_like"
        )
    generator = kwargs.get("generator") or default_generator
    start = generator.get_state() if isinstance(generator, Generator) else None
    members = []
    for i in range(scope.size):
        if same and start is not None:
            generator.set_state(start)
        member = [x[i] if own else x for x, own in zip(inner, batched, strict=True)]
        if in_place:
            member[0] = member[0].detach().clone()
        members.append(function(*member, **kwargs))
    result = wrap(Batched(scope.level, registry["stack"](*members, dim=0)))
    if not in_place:
        return result
    target: TensorBase = args[0]
    return change(target, lambda _: result)


__all__ = ["draws"]
