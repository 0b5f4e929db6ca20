"""vmap: a function of one member as a function of a whole batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import chainrule.ops.batching  # noqa: F401 (declares the rules)
from chainrule.core.batched import Batched, batch_level, moved_axis, repeated, split_batched
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, wrap
from chainrule.func.containers import Tree, as_tensor, describe, flatten, form_of, like, unflatten

Dims = Any
Randomness = Literal["error", "different", "same"]


def vmap(
    func: Callable[..., Any],
    in_dims: Dims = 0,
    out_dims: Dims = 0,
    randomness: Randomness = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """Return the function that applies `func` to all members of a batch at once.

    `in_dims` says along which axis of each argument the members lie (None: it is the same for all), as one
    int or nested like the arguments; `out_dims` where the batch goes in the results. `chunk_size` works on so
    many members at a time. Raises ValueError or RuntimeError for dims that do not fit and batches of
    unequal size.

    >>> import chainrule
    >>> x = chainrule.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> chainrule.vmap(chainrule.dot)(x, x)
    tensor([ 5., 25.])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}"
        )
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def batched(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten(args)
        dims = _dims_of(in_dims, args, structure, name)
        size = _batch_size(leaves, dims, name)
        moved = [
            x if dim is None else _to_front(as_tensor(x), dim) for x, dim in zip(leaves, dims, strict=True)
        ]
        if chunk_size is None or size <= chunk_size:
            results, form = _run(func, moved, dims, structure, kwargs, size, randomness, name)
        else:
            results, form = _in_chunks(
                func, moved, dims, structure, kwargs, size, chunk_size, randomness, name
            )
        places = _out_dims_of(out_dims, form, len(results), name)
        shown = form_of([leaf for leaf, dim in zip(leaves, dims, strict=True) if dim is not None])
        put = [_put(y, place, size, name) for y, place in zip(results, places, strict=True)]
        return unflatten(form, [like(y, shown) for y in put])

    return batched


def _run(
    func: Callable[..., Any],
    leaves: Sequence[Any],
    dims: Sequence[Any],
    structure: Any,
    kwargs: dict[str, Any],
    size: int,
    randomness: Randomness,
    name: str,
) -> tuple[list[Any], Any]:
    """Return the leaves of the result, the batch first (None where it has none), and its structure."""
    with batch_level(size, randomness) as level:
        given = [x if dim is None else wrap(Batched(level, x)) for x, dim in zip(leaves, dims, strict=True)]
        results, form = flatten(func(*unflatten(structure, given), **kwargs))
        found = []
        for y in results:
            y = as_tensor(y) if not isinstance(y, int) else y
            if not isinstance(y, TensorBase):
                raise ValueError(
                    f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(y)}. "
                    "Did you mean to set out_dims= to None for output?"
                )
            inner = split_batched(y, level)
            found.append(_Result(inner, inner is not y))
    return found, form


class _Result:
    """A leaf of the result: a tensor, and whether its first axis is the batch."""

    __slots__ = ("batched", "tensor")

    def __init__(self, tensor: TensorBase, batched: bool) -> None:
        self.tensor = tensor
        self.batched = batched


def _in_chunks(
    func: Callable[..., Any],
    leaves: Sequence[Any],
    dims: Sequence[Any],
    structure: Any,
    kwargs: dict[str, Any],
    size: int,
    chunk: int,
    randomness: Randomness,
    name: str,
) -> tuple[list[Any], Any]:
    pieces = []
    sizes = []
    form: Any = None
    for start in range(0, size, chunk):
        stop = min(start + chunk, size)
        part = [x if dim is None else x[start:stop] for x, dim in zip(leaves, dims, strict=True)]
        results, form = _run(func, part, dims, structure, kwargs, stop - start, randomness, name)
        pieces.append(results)
        sizes.append(stop - start)
    return [_rejoined(parts, sizes) for parts in zip(*pieces, strict=True)], form


def _rejoined(parts: Sequence[_Result], sizes: Sequence[int]) -> _Result:
    """Put the results of chunks together; one that has no batch in any of them is the same in all."""
    if not any(part.batched for part in parts):
        return parts[0]
    wide = [y.tensor if y.batched else repeated(y.tensor, n) for y, n in zip(parts, sizes, strict=True)]
    return _Result(registry["cat"](*wide, dim=0), True)


def _put(y: _Result, place: Any, size: int, name: str) -> TensorBase:
    """Return a result with its batch at an axis; one without a batch is repeated."""
    if place is None:
        if y.batched:
            raise ValueError(
                f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None"
            )
        return y.tensor
    tensor = y.tensor if y.batched else repeated(y.tensor, size)
    ndim = tensor._value.ndim
    if not -ndim <= place < ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {place})"
        )
    return moved_axis(tensor, 0, place % ndim)


def _to_front(x: Any, dim: int) -> Any:
    return moved_axis(x, dim % x._value.ndim, 0)


# -- dims ---------------------------------------------------------------------------------------------


def _dims_of(in_dims: Dims, args: tuple[Any, ...], structure: Any, name: str) -> list[Any]:
    """Return the axis of each leaf of the arguments."""
    if not isinstance(in_dims, (int, tuple, list)):
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): expected `in_dims` to be int or a (potentially "
            f"nested) tuple matching the structure of inputs, got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({name})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to "
            "vmap over "
            "a function with no inputs. The latter is unsupported."
        )
    if isinstance(in_dims, list):
        in_dims = tuple(in_dims)
    dims = _broadcast(in_dims, args)
    if dims is None:
        raise ValueError(
            f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): in_dims is not compatible with the structure "
            "of "
            f"inputs. in_dims has structure {flatten(in_dims)[1]} but inputs has structure {structure}."
        )
    leaves = flatten(args)[0]
    for leaf, dim in zip(leaves, dims, strict=True):
        _check_dim(leaf, dim, in_dims, name)
    return dims


def _check_dim(leaf: Any, dim: Any, in_dims: Dims, name: str) -> None:
    head = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>): "
    if dim is None:
        return
    if not isinstance(dim, int):
        raise ValueError(
            f"{head}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
        )
    tensor = as_tensor(leaf)
    if not isinstance(tensor, TensorBase) or not hasattr(leaf, "shape"):
        raise ValueError(
            f"{head}Got in_dim={dim} for an input but the input is of type {type(leaf)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    ndim = tensor._value.ndim
    if not -ndim <= dim < ndim:
        raise ValueError(
            f"{head}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {ndim} "
            "so expected "
            f"in_dim to satisfy -{ndim} <= in_dim < {ndim}."
        )


def _broadcast(dims: Dims, tree: Tree) -> list[Any] | None:
    """Return a dim for each leaf of `tree`, `dims` nested like it or less deep; None if it does not fit."""
    if dims is None or isinstance(dims, int) or not isinstance(dims, (tuple, list, dict)):
        return [dims] * len(flatten(tree)[0])
    if isinstance(dims, dict):
        if not isinstance(tree, dict) or dims.keys() != tree.keys():
            return None
        pairs = [(dims[key], tree[key]) for key in sorted(tree)]
    else:
        if not isinstance(tree, (tuple, list)) or len(dims) != len(tree):
            return None
        pairs = list(zip(dims, tree, strict=True))
    found: list[Any] = []
    for part_dims, part in pairs:
        part_found = _broadcast(part_dims, part)
        if part_found is None:
            return None
        found += part_found
    return found


def _batch_size(leaves: Sequence[Any], dims: Sequence[Any], name: str) -> int:
    sizes = [as_tensor(x)._value.shape[dim] for x, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError(
            f"vmap({name}, in_dims=..., ...)(<inputs>): at least one input must have a batch dimension"
        )
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} "
            "for the "
            "mapped dimension"
        )
    return int(sizes[0])


def _out_dims_of(out_dims: Dims, form: Any, count: int, name: str) -> list[Any]:
    if out_dims is None or isinstance(out_dims, int):
        return [out_dims] * count
    dims = _broadcast(out_dims, unflatten(form, [0] * count)) if count else []
    if dims is None and isinstance(out_dims, tuple) and len(out_dims) == 1 and count == 1:
        dims = [out_dims[0]]
    if dims is None:
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the "
            "structure of "
            f"outputs. out_dims has structure {flatten(out_dims)[1]} but outputs has structure {form}."
        )
    for dim in dims:
        if dim is not None and not isinstance(dim, int):
            raise ValueError(
                f"vmap({name}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
                "collection of "
                "ints representing where in the outputs the vmapped dimension should appear, got "
                f"{describe(dim)}."
            )
    return dims


__all__ = ["vmap"]
