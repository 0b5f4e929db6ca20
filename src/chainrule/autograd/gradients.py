"""backward and grad: torch's two ways to ask for gradients, with torch's checks."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import chainrule.ops.batching  # noqa: F401 (declares the rules)
from chainrule import dtypes
from chainrule.autograd.edges import GradientEdge, Place, place_of
from chainrule.core.apply import retain_at_node
from chainrule.core.batched import over_members
from chainrule.core.box import Box
from chainrule.core.engine import backward as run
from chainrule.core.engine import settled_edge
from chainrule.core.graph import Edge
from chainrule.core.primitive import registry
from chainrule.core.tensor import TensorBase, wrap

Ends = TensorBase | GradientEdge | Sequence[TensorBase | GradientEdge]
"""What may be differentiated, and with respect to what."""


def backward(
    tensors: Ends,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Ends | dict[str, TensorBase] | None = None,
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
    if grad_variables is not None:
        grad_tensors = _renamed(grad_tensors, grad_variables)
    roots = _roots(tensors, grad_tensors, create_graph)
    captured: dict[Edge, Any] = {}
    if inputs is not None:
        for end in _inputs(inputs, "backward"):
            captured[_input_edge(end)] = None
            if isinstance(end, TensorBase) and end._node is not None:  # not a leaf, but to have its .grad
                end._ensure_extra().retains_grad = True
                retain_at_node(end)
    if roots:
        run(roots, create_graph if retain_graph is None else retain_graph, create_graph, captured, True)


def _renamed(grad_tensors: Any, grad_variables: Any) -> Any:
    warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=3)
    if grad_tensors is not None:
        raise RuntimeError(
            "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. "
            "Please only use `grad_tensors`."
        )
    return grad_variables


def grad(
    outputs: Ends,
    inputs: Ends | dict[str, TensorBase],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """Return the gradients of the sum of `outputs` with respect to each of `inputs`, as a tuple.

    With `create_graph=True` they can be differentiated again. An input that was not used raises
    RuntimeError unless `allow_unused` (then its gradient is None) or `materialize_grads` (zeros).
    Of a dict of inputs the gradients are a dict. `only_inputs` is ignored.

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
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate "
            "gradient for other parts of the graph, please use chainrule.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    chosen = _inputs(inputs, "grad")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    retain = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        grads = _batched(outputs, chosen, grad_outputs, retain, create_graph, allow_unused)
    else:
        grads = _gradients(outputs, chosen, grad_outputs, retain, create_graph, allow_unused)
    if materialize_grads:
        grads = [_zeros(end, create_graph) if g is None else g for g, end in zip(grads, chosen, strict=True)]
    return dict(zip(inputs, grads, strict=True)) if isinstance(inputs, dict) else tuple(grads)


def _gradients(
    outputs: Ends,
    inputs: tuple[TensorBase | GradientEdge, ...],
    cotangents: Any,
    retain: bool,
    create: bool,
    allow_unused: bool,
) -> list[Any]:
    roots = _roots(outputs, cotangents, create)
    edges = [_input_edge(end) for end in inputs]
    captured: dict[Edge, Any] = dict.fromkeys(edges)
    if roots:
        run(roots, retain, create, captured, False)
    grads = []
    for i, edge in enumerate(edges):
        g = captured[edge]
        if g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        grads.append(g if g is None or isinstance(g, TensorBase) else wrap(g))
    return grads


def _batched(
    outputs: Ends,
    inputs: tuple[TensorBase | GradientEdge, ...],
    cotangents: Any,
    retain: bool,
    create: bool,
    allow_unused: bool,
) -> list[Any]:
    """Run for all cotangents along the first axis of `cotangents` at once."""
    outs = _as_tuple(outputs)
    batches = (cotangents,) if isinstance(cotangents, TensorBase) else tuple(cotangents or (None,))
    for i, (batch, out) in enumerate(zip(batches, outs, strict=False)):
        if not isinstance(batch, TensorBase) or not batch._value.shape:
            raise ValueError("is_grads_batched=True needs grad_outputs with a first axis, the batch")
        shape = place_of(out).shape
        if shape is not None and batch._value.shape[1:] != shape:
            raise RuntimeError(
                "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the "
                "batch dimension. The sizes of the remaining dimensions are expected to match the shape "
                f"of corresponding output, but a mismatch was detected: grad_output[{i}] has a shape of "
                f"{_size(batch._value.shape[1:])} and output[{i}] has a shape of {_size(shape)}."
            )

    def of_one(*cotangents: Any) -> list[Any]:
        return _gradients(outs, inputs, list(cotangents), retain, create, allow_unused)

    return list(over_members(of_one, batches, [True] * len(batches), len(batches[0]._value)))


def _zeros(end: TensorBase | GradientEdge, requires_grad: bool) -> TensorBase:
    """Return the gradient of an input that the outputs do not depend on."""
    if not isinstance(end, TensorBase):
        raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
    zeros = wrap(np.zeros(end._value.shape, end._value.dtype)[()])
    zeros._requires_grad = requires_grad
    return zeros


# -- what is differentiated, and with respect to what --------------------------------------------


def _as_tuple(ends: Ends) -> tuple[TensorBase | GradientEdge, ...]:
    return (ends,) if isinstance(ends, (TensorBase, GradientEdge)) else tuple(ends)


def _inputs(inputs: Any, function: str) -> tuple[TensorBase | GradientEdge, ...]:
    """Return the inputs of `grad` or `backward`, those of a dict its values."""
    if isinstance(inputs, TensorBase):
        return (inputs,)
    if isinstance(inputs, Mapping):
        if type(inputs) is not dict:
            raise TypeError(
                f"`inputs` argument to `{function}()` must be a dict, not {type(inputs).__name__}. "
                "Other Mapping types are not supported."
            )
        inputs = inputs.values()
    chosen = _as_tuple(inputs)
    if not chosen:
        raise RuntimeError(f"`inputs` argument to `{function}()` cannot be empty.")
    return chosen


def _input_edge(end: TensorBase | GradientEdge) -> Edge:
    if isinstance(end, TensorBase):
        edge = settled_edge(end)
    elif isinstance(end, GradientEdge):
        edge = place_of(end).edge
    else:
        raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(end).__name__}")
    if edge is None:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return edge


def _roots(outputs: Ends, cotangents: Any, create: bool) -> list[tuple[Edge, Any]]:
    """Return the edges that a pass starts at, with their cotangents: plain values, or tensors throughout."""
    if isinstance(outputs, TensorBase) and cotangents is None:  # by far the most frequent
        edge, value = settled_edge(outputs), outputs._value
        seed = _implicit(0, edge, value.shape, value.dtype)
        return [(edge, seed)] if create or isinstance(value, Box) else [(edge, seed._value)]
    ends = _as_tuple(outputs)
    if cotangents is None:
        given: tuple[Any, ...] = (None,) * len(ends)
    elif isinstance(cotangents, (list, tuple)):
        given = tuple(cotangents)
    else:
        given = (cotangents,)
    if len(given) != len(ends):
        raise RuntimeError(f"got {len(ends)} tensors and {len(given)} gradients")
    roots: list[tuple[Edge, TensorBase]] = []
    for i, end in enumerate(ends):
        if not isinstance(end, (TensorBase, GradientEdge)):
            raise TypeError(
                f"element {i} of tensors must be a Tensor or a GradientEdge, but got {type(end).__name__}"
            )
        place = place_of(end)
        seed = _implicit(i, *place) if given[i] is None else _checked(i, place, given[i])
        if place.edge is None:
            raise RuntimeError(_NO_GRAPH.format(i))
        roots.append((place.edge, seed))
    return _on_tensors(
        roots, create or any(isinstance(e, TensorBase) and isinstance(e._value, Box) for e in ends)
    )


def _on_tensors(roots: list[tuple[Edge, TensorBase]], needed: bool) -> list[tuple[Edge, Any]]:
    """Return cotangents as tensors when they are `needed` or boxes, else as plain values."""
    for _, seed in roots:
        needed = needed or isinstance(seed._value, Box)
    return roots if needed else [(edge, seed._value) for edge, seed in roots]


_NO_GRAPH = "element {} of tensors does not require grad and does not have a grad_fn"


def _implicit(i: int, edge: Edge, shape: tuple[int, ...] | None, dtype: Any) -> TensorBase:
    """Return the cotangent 1 of a scalar."""
    if edge is None:
        raise RuntimeError(_NO_GRAPH.format(i))
    if shape is None or math.prod(shape) != 1:
        unknown = "; the shape of an edge made by hand is not known" if shape is None else ""
        raise RuntimeError(f"grad can be implicitly created only for scalar outputs{unknown}")
    if dtype.kind == "c":
        name = dtypes.from_numpy_dtype(dtype)
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {name}")
    return wrap(np.ones(shape, dtype) if shape else dtype.type(1))


def _checked(i: int, place: Place, given: Any) -> TensorBase:
    """Return a cotangent that was given in the dtype of what it belongs to, unless it does not fit."""
    if not isinstance(given, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(given).__name__}")
    _, shape, dtype = place
    have = given._value
    if shape is None or dtype is None:
        return given
    if have.shape != shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{i}] has a shape of {_size(have.shape)} and output[{i}] has a "
            f"shape of {_size(shape)}."
        )
    if (have.dtype.kind == "c") != (dtype.kind == "c"):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. "
            f"Mismatch in dtype: grad_output[{i}] has a dtype of {dtypes.from_numpy_dtype(have.dtype)} and "
            f"output[{i}] has a dtype of {dtypes.from_numpy_dtype(dtype)}."
        )
    if have.dtype != dtype:
        given = registry["cast"](given, dtype=dtype)
    return given


def _size(shape: tuple[int, ...]) -> str:
    return f"chainrule.Size({list(shape)})"
