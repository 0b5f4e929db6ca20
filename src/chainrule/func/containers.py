"""Nested containers of tensors, arrays and numbers: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import optree

from chainrule.core.box import Box
from chainrule.core.tensor import TensorBase, wrap

Tree = Any
NAMESPACE = "chainrule"


def flatten(tree: Tree) -> tuple[list[Any], Any]:
    """Return the leaves of nested dicts, lists, tuples, ... and what puts them together again."""
    leaves, structure = optree.tree_flatten(tree, none_is_leaf=True, namespace=NAMESPACE)
    return leaves, structure


def unflatten(structure: Any, leaves: Sequence[Any]) -> Tree:
    return optree.tree_unflatten(structure, leaves)


def tree_map(function: Callable[..., Any], *trees: Tree) -> Tree:
    return optree.tree_map(function, *trees, none_is_leaf=True, namespace=NAMESPACE)


def is_differentiable(leaf: Any) -> bool:
    """Tell whether a leaf can carry a derivative: floating-point and complex numbers, arrays, tensors."""
    if isinstance(leaf, TensorBase):
        return leaf._value.dtype.kind in "fc"
    if isinstance(leaf, (np.ndarray, np.generic)):
        return leaf.dtype.kind in "fc"
    return isinstance(leaf, (float, complex))


def as_tensor(leaf: Any) -> Any:
    """Return a number or array as a tensor (numbers in double precision); anything else as it is."""
    if isinstance(leaf, (np.ndarray, np.generic)):
        return wrap(np.asarray(leaf)[()])
    if isinstance(leaf, float):
        return wrap(np.float64(leaf))
    if isinstance(leaf, complex):
        return wrap(np.complex128(leaf))
    return leaf


def like(tensor: Any, original: Any) -> Any:
    """Return a tensor in the form of what it belongs to: a number, an array, or a tensor.

    One that is part of a computation that is itself differentiated stays a tensor.
    """
    if not isinstance(tensor, TensorBase) or isinstance(original, TensorBase):
        return tensor
    value = tensor._value
    if tensor._requires_grad or isinstance(value, Box):
        return tensor
    if isinstance(original, (np.ndarray, np.generic)):
        return value
    return value.item() if value.ndim == 0 else value


def form_of(leaves: Sequence[Any]) -> Any:
    """Return the leaf whose form results take: a tensor if there is one, then an array, then a number."""
    for kinds in (TensorBase, (np.ndarray, np.generic), (float, complex)):
        for leaf in leaves:
            if isinstance(leaf, kinds):
                return leaf
    return wrap(np.float32(0))


def describe(leaf: Any) -> str:
    """Return how an error names the type of a leaf."""
    if isinstance(leaf, TensorBase):
        return f"a tensor of {leaf._value.dtype}"
    if isinstance(leaf, (np.ndarray, np.generic)):
        return f"an array of {leaf.dtype}"
    return type(leaf).__name__


def place_of(structure: Any, i: int, numbers: Sequence[int]) -> str:
    """Return how an error names a leaf: the position of the argument, and its keys in there."""
    first, *rest = structure.paths()[i]
    return f"argument {numbers[first]}" + "".join([f"[{key!r}]" for key in rest])


__all__ = [
    "as_tensor",
    "describe",
    "flatten",
    "form_of",
    "is_differentiable",
    "like",
    "place_of",
    "tree_map",
    "unflatten",
]
