"""backward and grad: torch's two ways to ask for gradients, with torch's checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.core.box import Box
from chainrule.core.engine import backward as run
from chainrule.core.engine import settled_edge
from chainrule.core.graph import Edge
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, wrap

Tensors = TensorBase | Sequence[TensorBase]


def backward(
    tensors: Tensors,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Add the gradients of `tensors` to `.grad` of the leaves they were computed from.

    `grad_tensors` are the cotangents, needed for every tensor of more than one element; `inputs`
    limits the accumulation to these tensors. Raises RuntimeError, in torch's words, for a graph
    that was freed, a tensor that does not require grad, or a cotangent of the wrong shape.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0], requires_grad=True)
    >>> chainrule.autograd.backward(x * x, grad_tensors=chainrule.ones(2))
    >>> x.grad
    tensor([2., 4.])
    """
    roots = _roots(tensors, grad_tensors, create_graph)
    captured: dict[Edge, Any] = {}
    chosen: tuple[TensorBase, ...] = ()
    if inputs is not None:
        chosen = _as_tuple(inputs)
        if not chosen:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        captured = {_input_edge(tensor, i): None for i, tensor in enumerate(chosen)}
    retain = create_graph if retain_graph is None else retain_graph
    run(roots, retain, create_graph, captured, chosen)


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """Return the gradients of the sum of `outputs` with respect to each of `inputs`.

    With `create_graph=True` they can be differentiated again. An input that was not used raises
    RuntimeError unless `allow_unused` (then its gradient is None) or `materialize_grads` (zeros).

    >>> import chainrule
    >>> x = chainrule.tensor(3.0, requires_grad=True)
    >>> (dy,) = chainrule.autograd.grad(x**3, x, create_graph=True)
    >>> chainrule.autograd.grad(dy, x)
    (tensor(18.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, "
            "but got: allow_unused=False."
        )
    chosen = (inputs,) if isinstance(inputs, TensorBase) else tuple(inputs)
    if is_grads_batched:
        return _batched(
            outputs, chosen, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads
        )
    roots = _roots(outputs, grad_outputs, create_graph)
    captured: dict[Edge, Any] = {_input_edge(tensor, i): None for i, tensor in enumerate(chosen)}
    run(roots, create_graph if retain_graph is None else retain_graph, create_graph, captured, None)
    grads = []
    for i, tensor in enumerate(chosen):
        g = captured[tensor._node or tensor]
        if g is None:
            g = _unused(i, tensor, allow_unused, materialize_grads)
        elif not isinstance(g, TensorBase):
            g = wrap(g)
        grads.append(g)
    return tuple(grads)


def _batched(
    outputs: Tensors,
    chosen: tuple[TensorBase, ...],
    grad_outputs: Any,
    retain_graph: bool | None,
    create_graph: bool,
    allow_unused: bool | None,
    materialize_grads: bool,
) -> tuple[Any, ...]:
    """Run once for each cotangent along the first axis of `grad_outputs`, and stack the gradients."""
    outs = _as_tuple(outputs)
    batches = (grad_outputs,) if isinstance(grad_outputs, TensorBase) else tuple(grad_outputs)
    count = len(batches[0]._value)
    rows = [
        grad(
            outs,
            chosen,
            [None if b is None else b[k] for b in batches],  # type: ignore[index]
            True if k < count - 1 else retain_graph,
            create_graph,
            allow_unused,
            materialize_grads=materialize_grads,
        )
        for k in range(count)
    ]
    stack = registry["stack"]
    return tuple([None if column[0] is None else stack(*column, dim=0) for column in zip(*rows, strict=True)])


def _as_tuple(tensors: Tensors) -> tuple[TensorBase, ...]:
    return (tensors,) if isinstance(tensors, TensorBase) else tuple(tensors)


def _input_edge(tensor: TensorBase, i: int) -> Edge:
    if not isinstance(tensor, TensorBase):
        raise TypeError(f"element {i} of inputs must be a Tensor, but got {type(tensor).__name__}")
    edge = settled_edge(tensor)
    if edge is None:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return edge


def _roots(outputs: Tensors, cotangents: Any, create: bool) -> list[tuple[Edge, Any]]:
    """Return the edges that a pass starts at, with their cotangents: plain values, or tensors throughout."""
    if isinstance(outputs, TensorBase) and cotangents is None:  # by far the most frequent
        root = (settled_edge(outputs), _implicit(0, outputs))
        return _on_tensors([root], create or isinstance(outputs._value, Box))
    tensors = _as_tuple(outputs)
    if not tensors:
        raise RuntimeError(_NO_GRAPH.format(0))
    if cotangents is None:
        given: tuple[Any, ...] = (None,) * len(tensors)
    elif isinstance(cotangents, (list, tuple)):
        given = tuple(cotangents)
    else:
        given = (cotangents,)
    if len(given) != len(tensors):
        raise RuntimeError(f"got {len(tensors)} tensors and {len(given)} gradients")
    roots: list[tuple[Edge, TensorBase]] = []
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, TensorBase):
            raise TypeError(f"element {i} of tensors must be a Tensor, but got {type(tensor).__name__}")
        edge = settled_edge(tensor)
        seed = _implicit(i, tensor) if given[i] is None else _checked(i, tensor, given[i])
        if edge is None:
            raise RuntimeError(_NO_GRAPH.format(i))
        roots.append((edge, seed))
    return _on_tensors(roots, create or any(isinstance(t._value, Box) for t in tensors))


def _on_tensors(roots: list[tuple[Edge, TensorBase]], needed: bool) -> list[tuple[Edge, Any]]:
    """Return cotangents as tensors when they are `needed` or boxes, else as plain values."""
    for _, seed in roots:
        needed = needed or isinstance(seed._value, Box)
    return roots if needed else [(edge, seed._value) for edge, seed in roots]


_NO_GRAPH = "element {} of tensors does not require grad and does not have a grad_fn"


def _implicit(i: int, tensor: TensorBase) -> TensorBase:
    """Return the cotangent 1 of a scalar."""
    value = tensor._value
    if not tensor._requires_grad:
        raise RuntimeError(_NO_GRAPH.format(i))
    if math.prod(value.shape) != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if value.dtype.kind == "c":
        dtype = dtypes.from_numpy_dtype(value.dtype)
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {dtype}")
    return wrap(np.ones(value.shape, value.dtype) if value.shape else value.dtype.type(1))


def _checked(i: int, tensor: TensorBase, given: Any) -> TensorBase:
    """Return a cotangent that was given, unless it does not fit."""
    value = tensor._value
    if not isinstance(given, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(given).__name__}")
    if given._value.shape != value.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{i}] has a shape of {_size(given)} and output[{i}] has a "
            f"shape of {_size(tensor)}."
        )
    if (given._value.dtype.kind == "c") != (value.dtype.kind == "c"):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{i}] has a dtype of "
            f"{dtypes.from_numpy_dtype(given._value.dtype)} and output[{i}] has a dtype of "
            f"{dtypes.from_numpy_dtype(value.dtype)}."
        )
    return given


def _size(tensor: TensorBase) -> str:
    return f"chainrule.Size({list(tensor._value.shape)})"


def _unused(i: int, tensor: TensorBase, allow_unused: bool | None, materialize: bool) -> TensorBase | None:
    """Return the gradient of an input that the outputs do not depend on, or raise torch's error."""
    if materialize:
        return wrap(np.zeros(tensor._value.shape, tensor._value.dtype)[()])
    if not allow_unused:
        raise RuntimeError(
            f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    return None
