"""Jacobians and Hessians as whole matrices, by rows in reverse mode or by columns in forward mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.autograd.forward_ad import dual_level, make_dual, unpack_dual
from chainrule.autograd.functional.common import (
    Function,
    as_tensors,
    finished,
    fresh,
    gradients,
    outputs_of,
    scalar_output,
    size_of,
)
from chainrule.autograd.functional.strict import (
    Tensor,
    Tensors,
    check_dependent,
    check_row,
    filled,
    zeros,
)
from chainrule.core.modes import enable_grad
from chainrule.core.primitive import registry
from chainrule.core.tensor import wrap

_STRATEGIES = ("forward-mode", "reverse-mode")
_TOGETHER = (
    'chainrule.autograd.functional.jacobian: `{}` and `strategy="forward-mode"` are not supported together '
    '(yet). Please either set `{}` or `strategy="reverse-mode"`.'
)
_VECTORIZED_AND_STRICT = (
    "chainrule.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
    "Please either set `strict=False` or `vectorize=False`."
)


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Return the Jacobian of `func` at `inputs`: a tensor of the output's shape followed by the input's.

    A tuple of inputs gives a tuple of such tensors, a tuple of outputs a tuple of these results. With
    `create_graph` the Jacobian can be differentiated. Where an output does not depend on an input it is zero,
    or RuntimeError is raised when `strict`. `strategy` is "reverse-mode" (by rows) or "forward-mode" (by
    columns, better for few inputs; needs `vectorize`, and excludes `strict` and `create_graph`).

    >>> import chainrule
    >>> chainrule.autograd.functional.jacobian(lambda x: x**2, chainrule.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in _STRATEGIES:
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has '
            'more outputs than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use '
            '"reverse-mode".'
        )
    if strategy == "reverse-mode":
        return _by_rows(func, inputs, create_graph, strict, vectorize)
    if create_graph:
        raise NotImplementedError(_TOGETHER.format("create_graph=True", "create_graph=False"))
    if strict:
        raise RuntimeError(_TOGETHER.format("strict=True", "strict=False"))
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
            "`vectorize=True`."
        )
    return _by_columns(func, inputs)


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Return the Hessian of `func`, which gives one element: a tensor of the input's shape, twice.

    A tuple of inputs gives a tuple of tuples of tensors. The arguments are those of `jacobian`; the strategy
    is that of the second differentiation. RuntimeError unless `func` returns a tensor of one element.

    >>> import chainrule
    >>> chainrule.autograd.functional.hessian(lambda x: (x**3).sum(), chainrule.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several, xs = as_tensors(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in _STRATEGIES:
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def scalar(*xs: Tensor) -> Tensor:
        return scalar_output(func, xs, "hessian", strict).squeeze()

    def slope(*xs: Tensor) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            for x in xs:
                x.requires_grad_(True)
        found = jacobian(scalar, xs, create_graph=True)
        if strict:
            check_dependent(found, "jacobian")
        return found

    found = jacobian(slope, xs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if several else found[0][0]


# -- reverse mode -----------------------------------------------------------------------------------


@enable_grad()
def _by_rows(func: Function, inputs: Any, create_graph: bool, strict: bool, vectorize: bool) -> Any:
    several, xs = as_tensors(inputs, "inputs", "jacobian")
    xs = fresh(xs, create_graph, requires_grad=True)
    several_outputs, ys = outputs_of(func, xs, "jacobian", strict)
    if vectorize and strict:
        raise RuntimeError(_VECTORIZED_AND_STRICT)
    blocks = []
    for i, y in enumerate(ys):
        rows = []
        for row in _rows(y, xs, create_graph, vectorize):
            if strict:
                check_row(row, i, create_graph)
            rows.append(filled(row, xs))
        columns = zip(*rows, strict=True) if rows else [()] * len(xs)
        block = tuple([_stacked(column, y, x) for column, x in zip(columns, xs, strict=True)])
        blocks.append(finished(block, create_graph, several))
    return tuple(blocks) if several_outputs else blocks[0]


def _rows(y: Tensor, xs: Tensors, create_graph: bool, vectorize: bool) -> Iterator[tuple[Tensor | None, ...]]:
    """Give the gradients of each element of `y`.

    Each is cut out of `y` rather than chosen by a cotangent of zeros and a one, so that an infinite slope of
    one element leaves the other rows alone (0 times infinity).
    """
    flat = y.reshape(-1)
    # The cotangent 1 is given where complex outputs are allowed: in torch, when it takes all rows at once.
    seed = wrap(flat._value.dtype.type(1)) if vectorize else None
    for k in range(size_of(y)):
        yield gradients((flat[k],), xs, (seed,), create_graph, retain_graph=True)


def _stacked(rows: Tensors, y: Tensor, x: Tensor) -> Tensor:
    """Return the Jacobian of one output in one input, given its rows."""
    shape = (*y._value.shape, *x._value.shape)
    if not rows:
        return wrap(np.zeros(shape, x._value.dtype))
    return registry["stack"](*rows, dim=0).view(shape)


# -- forward mode -----------------------------------------------------------------------------------


def _by_columns(func: Function, inputs: Any) -> Any:
    several, xs = as_tensors(inputs, "inputs", "jacobian")
    pushed = [_pushed(func, xs, tangents) for tangents in _basis(xs)]
    several_outputs, ys, _ = pushed[-1]
    blocks: Any = []  # lists where torch returns lists
    for i, y in enumerate(ys):
        remaining = iter([column[i] for _, _, column in pushed])
        blocks.append([_transposed([next(remaining) for _ in range(size_of(x))], y, x) for x in xs])
    if not several:
        blocks = tuple([block[0] for block in blocks])
    return blocks if several_outputs else blocks[0]


def _basis(xs: Tensors) -> Iterator[Tensors]:
    """Give the unit vectors of the space of all inputs together; of an empty space, its origin."""
    if not any(map(size_of, xs)):
        yield tuple(map(zeros, xs))
    for j, x in enumerate(xs):
        for k in range(size_of(x)):
            unit = np.zeros(x._value.shape, x._value.dtype)
            unit.reshape(-1)[k] = 1
            yield tuple([wrap(unit[()]) if i == j else zeros(other) for i, other in enumerate(xs)])


def _pushed(func: Function, xs: Tensors, tangents: Tensors) -> tuple[bool, Tensors, Tensors]:
    """Return the outputs at `xs` as `as_tensors` does, and their tangents along `tangents`."""
    with dual_level():
        duals = [make_dual(x, tangent) for x, tangent in zip(xs, tangents, strict=True)]
        several, outputs = outputs_of(func, tuple(duals), "jacobian", strict=False)
        ys, moved = zip(*[unpack_dual(y) for y in outputs], strict=True) if outputs else ((), ())
    return several, ys, tuple([zeros(y) if t is None else t for y, t in zip(ys, moved, strict=True)])


def _transposed(columns: list[Tensor], y: Tensor, x: Tensor) -> Tensor:
    """Return the Jacobian of one output in one input, given its columns."""
    shape = (*y._value.shape, *x._value.shape)
    if not columns:
        return wrap(np.zeros(shape, y._value.dtype))
    return registry["stack"](*columns, dim=-1).reshape(shape)
