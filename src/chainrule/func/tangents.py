"""jvp and linearize: derivatives of functions in forward mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.core.box import Box
from chainrule.core.dual import Dual, new_level, split_dual
from chainrule.core.kinds import cast_to, zeros_like
from chainrule.core.tensor import TensorBase, wrap
from chainrule.func.containers import (
    Tree,
    as_tensor,
    describe,
    flatten,
    form_of,
    is_differentiable,
    like,
    place_of,
    unflatten,
)
from chainrule.func.gradients import split_aux
from chainrule.func.reverse import Tape


def jvp(
    func: Callable[..., Any],
    primals: tuple[Tree, ...],
    tangents: tuple[Tree, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """Return (func(*primals), its derivative along `tangents`), in one forward pass.

    `tangents` have the structure and shapes of `primals`. With `has_aux`, `func` returns a pair, and the
    result is (value, tangent, aux); with `strict`, a result that does not depend on the primals is an error.
    Raises RuntimeError for tangents that do not fit.

    >>> import chainrule
    >>> chainrule.jvp(lambda x: x**2, (3.0,), (1.0,))
    (9.0, 6.0)
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise RuntimeError(
                f"jvp(f, primals, tangents): Expected {name} to be a tuple. E.g. it should be valid to "
                "call f("
                f"*{name}), but got {type(given).__name__}."
            )
    leaves, structure = flatten(primals)
    directions, directions_structure = flatten(tangents)
    if directions_structure != structure:
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For "
            "example, if primals is a tuple of 3 tensors, tangents also must be. Got primals with "
            f"structure {structure} and tangents "
            f"with structure {directions_structure}"
        )
    if not leaves:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to contain at least one Tensor.")
    inputs = _primals(leaves, structure)
    ts = [_tangent(i, t, x, "jvp") for i, (t, x) in enumerate(zip(directions, inputs, strict=True))]
    with new_level() as level:
        duals = [wrap(Dual(level, x, t)) for x, t in zip(inputs, ts, strict=True)]
        output, aux = split_aux(func(*unflatten(structure, duals)), has_aux, "jvp(f, primals, tangents)")
        results, form = flatten(output)
        pairs = [split_dual(as_tensor(y), level) for y in results]
        extra, extra_form = flatten(aux)
        extra = [split_dual(x, level)[0] for x in extra]
    shown = form_of(leaves)
    for i, (y, t) in enumerate(pairs):
        if not isinstance(y, TensorBase):
            raise RuntimeError(
                "jvp(f, primals, tangents): expected f(*primals) to return only tensors, got unsupported "
                "type "
                f"{type(y)} (result {i})"
            )
        if strict and t is None:
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. "
                "This is "
                f"not allowed with strict=True. (It is result {i}.)"
            )
    values = unflatten(form, [like(y, shown) for y, _ in pairs])
    dots = unflatten(form, [like(zeros_like(y) if t is None else t, shown) for y, t in pairs])
    if not has_aux:
        return values, dots
    return values, dots, unflatten(extra_form, [like(x, shown) for x in extra])


def _primals(leaves: list[Any], structure: Any) -> list[TensorBase]:
    """Return what is to be differentiated by as tensors; ValueError for what has no derivative."""
    for i, leaf in enumerate(leaves):
        if not is_differentiable(leaf):
            raise ValueError(
                f"Expected primal to be floating point or complex, but got: {describe(leaf)} "
                f"({place_of(structure, i, range(structure.num_children))}); pass a float instead"
            )
    return [as_tensor(leaf) for leaf in leaves]


def _tangent(i: int, t: Any, x: TensorBase, name: str) -> TensorBase:
    if isinstance(t, int):
        t = float(t)
    t = as_tensor(t)
    if not isinstance(t, TensorBase):
        raise TypeError(
            f"{name}(): tangent {i} must be a tensor, an array or a number, but it is {describe(t)}"
        )
    if t._value.shape != x._value.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, "
            "this is "
            f"not supported. Tensor is of size {list(x._value.shape)} while the given forward gradient is "
            "of size "
            f"{list(t._value.shape)}. ({name}: tangent {i})"
        )
    return t if isinstance(t._value, Box) else cast_to(t, x._value.dtype)


def linearize(func: Callable[..., Any], *primals: Tree) -> tuple[Any, Callable[..., Any]]:
    """Return (func(*primals), the function that gives its derivative along tangents).

    The linear function is evaluated without running `func` again: it is the transpose of the recorded
    pullback.

    >>> import chainrule
    >>> y, along = chainrule.func.linearize(chainrule.sin, 0.0)
    >>> y, along(2.0)
    (0.0, 2.0)
    """
    leaves, structure = flatten(primals)
    inputs = _primals(leaves, structure)
    shown = form_of(leaves)
    tape = Tape(inputs, boxed=True)
    with tape as given:
        results, form = flatten(func(*unflatten(structure, given)))
        results = [as_tensor(y) for y in results]
        edges = [tape.edge(y) for y in results]
    results = [tape.outside(y) for y in results]
    # The pullback is linear in the cotangents: its own pullback, at any of them, is the derivative.
    transposed = Tape([zeros_like(y) for y in results], boxed=True)
    with transposed as cotangents:
        grads = tape.pull(list(zip(edges, cotangents, strict=True)), retain=True)
        ends = [transposed.edge(g) for g in grads]

    def along(*tangents: Tree) -> Any:
        ts, given = flatten(tangents)
        if given != structure:
            raise RuntimeError(
                f"Expected the tangents {given} to have the same argspec as the primals {structure}"
            )
        ts = [_tangent(i, t, x, "linearize") for i, (t, x) in enumerate(zip(ts, inputs, strict=True))]
        dots = transposed.pull(list(zip(ends, ts, strict=True)), retain=True)
        return unflatten(form, [like(dot, shown) for dot in dots])

    return unflatten(form, [like(y, shown) for y in results]), along


__all__ = ["jvp", "linearize"]
