"""grad, value_and_grad, vjp: derivatives of functions in reverse mode."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.core.box import Box
from chainrule.core.kinds import cast_to, ones_like, zeros_like
from chainrule.core.tensor import TensorBase
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
from chainrule.func.reverse import Tape

Argnums = int | tuple[int, ...]


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return the function that gives the gradient of `func`, whose result is a scalar.

    `argnums` says by which arguments (an int, or a tuple for a tuple of gradients); each may be a number,
    an array, a
    tensor or a nested container of such, and its gradient has the same form. With `has_aux`, `func` returns a
    pair, and the result is (gradient, second of the pair). Raises RuntimeError or TypeError for a result
    that is no
    scalar, an argument that has no derivative, or a wrong `argnums`.

    >>> import chainrule
    >>> chainrule.grad(lambda x: 3 * x**2)(3.0)
    18.0
    >>> chainrule.grad(chainrule.grad(chainrule.sin))(chainrule.tensor(1.0))
    tensor(-0.8415)
    """

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        grads, _, aux = _grad_and_value(func, argnums, has_aux, args, kwargs)
        return (grads, aux) if has_aux else grads

    return gradient


def grad_and_value(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return the function that gives (gradient, value) of `func`; with `has_aux`, (gradient, (value, aux)).

    See `grad`; `value_and_grad` gives them in the other order.

    >>> import chainrule
    >>> chainrule.func.grad_and_value(lambda x: x**2)(3.0)
    (6.0, 9.0)
    """

    @functools.wraps(func)
    def both(*args: Any, **kwargs: Any) -> Any:
        grads, value, aux = _grad_and_value(func, argnums, has_aux, args, kwargs)
        return (grads, (value, aux)) if has_aux else (grads, value)

    return both


def value_and_grad(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """Return the function that gives (value, gradient) of `func`; with `has_aux`, ((value, aux), gradient).

    See `grad`.

    >>> import chainrule
    >>> chainrule.value_and_grad(lambda x: x**2)(3.0)
    (9.0, 6.0)
    """

    @functools.wraps(func)
    def both(*args: Any, **kwargs: Any) -> Any:
        grads, value, aux = _grad_and_value(func, argnums, has_aux, args, kwargs)
        return ((value, aux) if has_aux else value), grads

    return both


def _grad_and_value(
    func: Callable[..., Any],
    argnums: Argnums,
    has_aux: bool,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> tuple[Any, Any, Any]:
    numbers = checked_argnums(argnums, args)
    leaves, structure = flatten([args[i] for i in numbers])
    inputs = lifted(leaves, structure, numbers)
    tape = Tape(inputs)
    with tape as given:
        full = list(args)
        for i, argument in zip(numbers, unflatten(structure, given), strict=True):
            full[i] = argument
        result = func(*full, **kwargs)
        value, aux = split_aux(result, has_aux, "grad_and_value(f)(*args)")
        _check_scalar(value)
        edge = tape.edge(value)
    bare = tape.outside(value) if isinstance(value, TensorBase) else value
    grads = tape.pull([(edge, ones_like(bare))] if edge is not None else [], retain=False)
    shaped = unflatten(structure, [like(g, leaf) for g, leaf in zip(grads, leaves, strict=True)])
    form = form_of(leaves)
    results = [like(tape.outside(x), form) for x in flatten(aux)[0]]
    aux = unflatten(flatten(aux)[1], results) if has_aux else None
    return (shaped[0] if isinstance(argnums, int) else tuple(shaped)), like(bare, form), aux


def checked_argnums(argnums: Argnums, args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the positions of the arguments to differentiate by, not negative."""
    if not isinstance(argnums, (int, tuple)) or isinstance(argnums, bool):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    if not numbers:
        raise RuntimeError("argnums must be non-empty")
    found = []
    for i in numbers:
        if not isinstance(i, int):
            raise RuntimeError(f"argnum must be int, got: {type(i)}")
        if not -len(args) <= i < len(args):
            raise RuntimeError(f"Got argnum={i}, but only {len(args)} positional inputs")
        found.append(i % len(args))
    if len(set(found)) != len(found):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return tuple(found)


def lifted(leaves: list[Any], structure: Any, numbers: Sequence[int]) -> list[TensorBase]:
    """Return what is to be differentiated by as tensors; RuntimeError for what has no derivative.

    `structure` is that of the arguments at the positions `numbers`.
    """
    for i, leaf in enumerate(leaves):
        if not is_differentiable(leaf):
            raise RuntimeError(
                f"only Tensors of floating point dtype can require gradients (complex ones too), but "
                f"{place_of(structure, i, numbers)} is {describe(leaf)}; pass a float instead, or leave it "
                "out of "
                "argnums"
            )
    return [as_tensor(leaf) for leaf in leaves]


def split_aux(result: Any, has_aux: bool, call: str) -> tuple[Any, Any]:
    """Return what is differentiated, and what is only passed on."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(
            f"{call}: output of function f should be a tuple: (output, aux) if has_aux is True, but got "
            f"{type(result).__name__}"
        )
    return result


def _check_scalar(value: Any) -> None:
    if not isinstance(value, TensorBase):
        if isinstance(value, (int, float)):
            return  # does not depend on the arguments: the gradient is zero
        raise RuntimeError(
            f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(value)}"
        )
    if value._value.shape != ():
        raise RuntimeError(
            "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
            f"{len(value._value.shape)} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
        )
    if value._value.dtype.kind == "c":
        raise RuntimeError(
            "grad can be implicitly created only for real scalar outputs but got "
            f"chainrule.{value._value.dtype}. Take its real part or its absolute value"
        )


def vjp(func: Callable[..., Any], *primals: Tree, has_aux: bool = False) -> tuple[Any, ...]:
    """Return (func(*primals), the function that takes cotangents of the results to those of the primals).

    Cotangents have the structure of the result; those of the primals come as a tuple, or alone for one
    primal. With `has_aux` it is (result, function, aux). Raises RuntimeError for cotangents of another
    structure.

    >>> import chainrule
    >>> y, pull = chainrule.vjp(lambda x: x**2, 3.0)
    >>> y, pull(1.0)
    (9.0, 6.0)
    """
    leaves, structure = flatten(primals)
    inputs = lifted(leaves, structure, range(len(primals)))
    tape = Tape(inputs)
    with tape as given:
        output, aux = split_aux(func(*unflatten(structure, given)), has_aux, "vjp(f, *primals)")
        results, form = flatten(output)
        results = [as_tensor(y) for y in results]
        for i, y in enumerate(results):
            if not isinstance(y, TensorBase):
                raise RuntimeError(
                    "vjp(f, *primals): expected f(*primals) to return only tensors, got unsupported type "
                    f"{type(y)} (result {i})"
                )
        edges = [tape.edge(y) for y in results]
    shown = form_of(leaves)
    bare = [tape.outside(y) for y in results]

    def pull(cotangents: Tree, retain_graph: bool | None = None, create_graph: bool | None = None) -> Any:
        gs, given_form = flatten(cotangents)
        if given_form != form:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to "
                "the "
                f"function. cotangents: {given_form}, primal output: {form}"
            )
        gs = [_cotangent(i, g, y) for i, (g, y) in enumerate(zip(gs, bare, strict=True))]
        grads = tape.pull(list(zip(edges, gs, strict=True)), retain=True)
        shaped = unflatten(structure, [like(g, leaf) for g, leaf in zip(grads, leaves, strict=True)])
        return shaped[0] if len(primals) == 1 else shaped

    outer = unflatten(form, [like(y, shown) for y in bare])
    if not has_aux:
        return outer, pull
    extra, extra_form = flatten(aux)
    return outer, pull, unflatten(extra_form, [like(tape.outside(x), shown) for x in extra])


def _cotangent(i: int, g: Any, y: TensorBase) -> TensorBase:
    if g is None:
        return zeros_like(y)
    if isinstance(g, int):
        g = float(g)
    g = as_tensor(g)
    if not isinstance(g, TensorBase):
        raise TypeError(
            f"gradients can be either Tensors or None, but got {type(g).__name__} (cotangent {i})"
        )
    if g._value.shape != y._value.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{i}] has a shape of chainrule.Size({list(g._value.shape)}) and "
            f"output[{i}] has a shape of chainrule.Size({list(y._value.shape)})."
        )
    return g if isinstance(g._value, Box) else cast_to(g, y._value.dtype)


__all__ = ["grad", "grad_and_value", "value_and_grad", "vjp"]
