"""jacrev, jacfwd, hessian, hvp: matrices of derivatives and products with them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, wrap
from chainrule.func.containers import Tree, as_tensor, flatten, form_of, like, unflatten
from chainrule.func.gradients import Argnums, checked_argnums, grad, lifted, vjp
from chainrule.func.tangents import jvp
from chainrule.func.vectorize import vmap


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """Return the function that gives the Jacobian of `func`, by reverse mode: one pull for each output
    element.

    For a result of shape s and an argument of shape t the Jacobian has the shape s + t; of nested containers
    it is nested, the results outside. Best when there are fewer outputs than inputs. See `grad` for
    `argnums` and
    `has_aux`, `vmap` for `chunk_size`.

    >>> import chainrule
    >>> chainrule.func.jacrev(lambda x: x**2)(chainrule.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def jacobian(*args: Any) -> Any:
        numbers = checked_argnums(argnums, args)
        chosen = tuple([args[i] for i in numbers])

        def of_chosen(*values: Any) -> Any:
            full = list(args)
            for i, value in zip(numbers, values, strict=True):
                full[i] = value
            return func(*full)

        leaves, structure = flatten(chosen)
        inputs = lifted(leaves, structure, numbers)
        output, pull, *aux = vjp(of_chosen, *unflatten(structure, inputs), has_aux=has_aux)
        results, form = flatten(output)
        basis = _basis(results)
        rows = vmap(pull, chunk_size=chunk_size)(unflatten(form, basis))
        rows = (rows,) if len(chosen) == 1 else rows
        return _assembled(rows, results, form, leaves, structure, argnums, aux, has_aux, first=True)

    return jacobian


def jacobian(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """Return the function that gives the Jacobian of `func`: `jacrev` under the name of the matrix.

    >>> import chainrule
    >>> chainrule.jacobian(lambda x: x**2)(chainrule.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    return jacrev(func, argnums, has_aux=has_aux, chunk_size=chunk_size)


def jacfwd(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: Any = "error",
) -> Callable[..., Any]:
    """Return the function that gives the Jacobian of `func`, by forward mode: one push for each input
    element.

    Shapes and nesting are those of `jacrev`. Best when there are fewer inputs than outputs.

    >>> import chainrule
    >>> chainrule.func.jacfwd(lambda x: x**2)(chainrule.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def jacobian(*args: Any) -> Any:
        numbers = checked_argnums(argnums, args)
        chosen = tuple([args[i] for i in numbers])

        def of_chosen(*values: Any) -> Any:
            full = list(args)
            for i, value in zip(numbers, values, strict=True):
                full[i] = value
            return func(*full)

        leaves, structure = flatten(chosen)
        inputs = lifted(leaves, structure, numbers)
        shaped = unflatten(structure, inputs)

        def push(*tangents: Any) -> Any:
            return jvp(of_chosen, shaped, unflatten(structure, tangents), has_aux=has_aux)

        # The values are the same for all tangents, so they come without a batch.
        output, columns, *aux = _push_all(push, _basis(inputs), chunk_size, randomness, has_aux)
        results, form = flatten(output)
        return _assembled(columns, results, form, leaves, structure, argnums, aux, has_aux, first=False)

    return jacobian


def _push_all(
    push: Callable[..., Any], basis: list[TensorBase], chunk_size: int | None, randomness: Any, has_aux: bool
) -> Any:
    out_dims = (None, 0, None) if has_aux else (None, 0)
    return vmap(push, out_dims=out_dims, randomness=randomness, chunk_size=chunk_size)(*basis)


def _basis(parts: list[Any]) -> list[TensorBase]:
    """Return each part of the unit vectors of all together: (elements of all, *shape of the part)."""
    sizes = [math.prod(part._value.shape) for part in parts]
    total = sum(sizes)
    basis = []
    start = 0
    for part, size in zip(parts, sizes, strict=True):
        block = np.zeros((total, size), part._value.dtype)
        block[start : start + size] = np.eye(size, dtype=part._value.dtype)
        basis.append(wrap(block.reshape(total, *part._value.shape)))
        start += size
    return basis


def _assembled(
    blocks: Tree,
    results: list[Any],
    form: Any,
    leaves: list[Any],
    structure: Any,
    argnums: Argnums,
    aux: list[Any],
    has_aux: bool,
    first: bool,
) -> Any:
    """Cut what came for all unit vectors into a matrix for each result and argument.

    `first`: the unit vectors are those of the results, else those of the arguments.
    """
    shown = form_of(leaves)
    inputs = [as_tensor(leaf) for leaf in leaves]
    parts = results if first else inputs
    rows = _flat(blocks)
    cut = [_pieces(row, parts) for row in rows]
    matrix = []
    for i, y in enumerate(results):
        of_inputs = []
        for j, x in enumerate(inputs):
            piece = cut[j][i] if first else _last(cut[i][j], len(x._value.shape), len(y._value.shape))
            of_inputs.append(like(piece, shown))
        shaped = unflatten(structure, of_inputs)
        matrix.append(shaped[0] if isinstance(argnums, int) else shaped)
    jacobian = unflatten(form, matrix)
    return (jacobian, aux[0]) if has_aux else jacobian


def _flat(tree: Tree) -> list[Any]:
    return flatten(tree)[0]


def _pieces(row: TensorBase, parts: list[Any]) -> list[TensorBase]:
    """Cut the first axis by the elements of the parts, and give each piece the part's shape there."""
    found = []
    start = 0
    for part in parts:
        shape = tuple(part._value.shape)
        size = math.prod(shape)
        piece = registry["slice"](row, index=(slice(start, start + size),))
        found.append(registry["reshape"](piece, shape=(*shape, *tuple(row._value.shape[1:]))))
        start += size
    return found


def _last(piece: TensorBase, count: int, rest: int) -> TensorBase:
    """Move the first `count` axes behind the others."""
    axes = (*range(count, count + rest), *range(count))
    moved: TensorBase = registry["permute"](piece, dims=axes)
    return moved


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function that gives the matrix of second derivatives of `func`, forward over reverse.

    >>> import chainrule
    >>> chainrule.hessian(lambda x: (x**3).sum())(chainrule.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def hvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return (func(*primals), the product of its Hessian with `tangents`), forward over reverse.

    The product has the structure of the primals, alone for one of them.

    >>> import chainrule
    >>> chainrule.hvp(lambda x: x**3, (2.0,), (1.0,))
    (8.0, 12.0)
    """
    numbers = tuple(range(len(primals)))

    def both(*values: Any) -> Any:
        gradient = grad(func, numbers)(*values)
        return gradient[0] if len(primals) == 1 else gradient

    _, product = jvp(both, primals, tangents)
    return func(*primals), product


__all__ = ["hessian", "hvp", "jacfwd", "jacobian", "jacrev"]
