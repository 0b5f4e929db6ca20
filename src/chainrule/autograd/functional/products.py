"""Products of a function's Jacobian or Hessian with a vector, without the matrix."""

from __future__ import annotations

from typing import Any

from chainrule.autograd.functional.common import (
    Function,
    as_tensors,
    finished,
    fresh,
    gradients,
    is_single,
    outputs_of,
    scalar_output,
    vector,
)
from chainrule.autograd.functional.strict import (
    Tensor,
    Tensors,
    check_dependent,
    check_product,
    filled,
    zeros,
)
from chainrule.core.modes import enable_grad


@enable_grad()
def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)` and the product of `v` with its Jacobian, in the shapes of the inputs.

    `func` takes tensors and returns a tensor or a tuple of them; `v` has the shapes of its outputs, and may
    be left out when that is one element. With `create_graph` both results can be differentiated. For an
    input that no output depends on the product is zero, or RuntimeError is raised when `strict`.

    >>> import chainrule
    >>> chainrule.autograd.functional.vjp(lambda x: x**2, chainrule.tensor([1.0, 2.0]), chainrule.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    several, xs = as_tensors(inputs, "inputs", "vjp")
    xs = fresh(xs, create_graph, requires_grad=True)
    several_outputs, ys = outputs_of(func, xs, "vjp", strict)
    if v is not None:
        v = vector(v, "vjp", ys, several_outputs, create_graph)
    elif not is_single(ys):
        raise RuntimeError(
            "The vector v can only be None if the user-provided function returns a single Tensor with a "
            "single element."
        )
    product = gradients(ys, xs, v, create_graph)
    if strict:
        check_product(product, "vjp", create_graph)
    return finished(ys, create_graph, several_outputs), finished(filled(product, xs), create_graph, several)


@enable_grad()
def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)` and the product of its Jacobian with `v`, in the shapes of the outputs.

    `v` has the shapes of the inputs, and may be left out when that is one element; the rest is as in `vjp`.
    It takes reverse rules alone: a gradient is linear in its cotangent, so that its derivative there is this.

    >>> import chainrule
    >>> chainrule.autograd.functional.jvp(lambda x: x**2, chainrule.tensor([1.0, 2.0]), chainrule.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    several, xs = as_tensors(inputs, "inputs", "jvp")
    xs = fresh(xs, create_graph, requires_grad=True)
    v = _vector_of_inputs(v, "jvp", xs, several, create_graph)
    several_outputs, ys = outputs_of(func, xs, "jvp", strict)
    cotangents = _variables(ys)
    pulled = gradients(ys, xs, cotangents, create_graph=True)
    if strict:
        check_dependent(pulled, "gradients")
    product = gradients(pulled, cotangents, v, create_graph)
    if strict:
        check_product(product, "jvp", create_graph)
    return (
        finished(ys, create_graph, several_outputs),
        finished(filled(product, ys), create_graph, several_outputs),
    )


@enable_grad()
def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)` and the product of `v` with its Hessian, in the shapes of the inputs.

    `func` takes tensors and returns one of one element (RuntimeError otherwise); `v` has the shapes of the
    inputs, and may be left out when that is one element. With `create_graph` both results can be
    differentiated. Where nothing depends on an input the product is zero, or RuntimeError when `strict`.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0])
    >>> chainrule.autograd.functional.vhp(lambda x: (x**3).sum(), x, chainrule.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    several, xs = as_tensors(inputs, "inputs", "vhp")
    xs = fresh(xs, create_graph, requires_grad=True)
    v = _vector_of_inputs(v, "vhp", xs, several, create_graph)
    y, slope = _slope(func, xs, "vhp", strict)
    product = gradients(slope, xs, v, create_graph)
    if strict:
        check_product(product, "vhp", create_graph)
    return finished((y,), create_graph, False), finished(filled(product, xs), create_graph, several)


@enable_grad()
def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)` and the product of its Hessian with `v`, in the shapes of the inputs.

    Arguments and errors are those of `vhp`, which is quicker, and gives the same where the second derivatives
    are continuous.

    >>> import chainrule
    >>> x = chainrule.tensor([1.0, 2.0])
    >>> chainrule.autograd.functional.hvp(lambda x: (x**3).sum(), x, chainrule.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    several, xs = as_tensors(inputs, "inputs", "hvp")
    xs = fresh(xs, create_graph, requires_grad=True)
    v = _vector_of_inputs(v, "hvp", xs, several, create_graph)
    y, slope = _slope(func, xs, "hvp", strict)
    cotangents = _variables(xs)
    pulled = gradients(slope, xs, cotangents, create_graph=True)
    product = gradients(pulled, cotangents, v, create_graph)
    if strict:
        check_product(product, "hvp", create_graph)
    return finished((y,), create_graph, False), finished(filled(product, xs), create_graph, several)


def _vector_of_inputs(
    v: Any, function: str, xs: Tensors, several: bool, create_graph: bool
) -> Tensors | None:
    """Return the vector in the shapes of the inputs, None when it may be left out and is."""
    if v is not None:
        return vector(v, function, xs, several, create_graph)
    if not is_single(xs):
        raise RuntimeError(
            "The vector v can only be None if the input to the user-provided function is a single Tensor "
            "with a single element."
        )
    return None


def _slope(
    func: Function, xs: Tensors, function: str, strict: bool
) -> tuple[Tensor, tuple[Tensor | None, ...]]:
    """Return the value of a function of one element, and its gradient, which can be differentiated."""
    y = scalar_output(func, xs, function, strict)
    slope = gradients((y,), xs, create_graph=True)
    if strict:
        check_dependent(slope, "jacobian")
    return y, slope


def _variables(like: Tensors) -> Tensors:
    """Return cotangents to differentiate in: what is linear in them does not depend on their values."""
    return tuple([zeros(tensor).requires_grad_() for tensor in like])
