"""NumPy meets tensors half way: NumPy's functions on tensors give tensors, and are recorded.

Parameters mean what they mean in NumPy, because it is NumPy that was called; dtypes promote as
everywhere in chainrule. What would lose the graph, or has no counterpart, raises.
See https://numpy.org/neps/nep-0013-ufunc-overrides.html and nep-0018-array-function-protocol.html.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np

from chainrule.core.tensor import TensorBase
from chainrule.numpy_protocol import algebra, elements, missing, numerics, reductions, shapes, ufuncs
from chainrule.numpy_protocol.common import FUNCTIONS, OUT, NoCounterpartError, deliver, lost, plain, recorded

UNDERSTOOD = (TensorBase, np.ndarray, np.generic, Number, list, tuple)
IGNORED = frozenset({"casting", "order", "subok"})  # about memory and overflow, not about values

# Functions that ask about a tensor, or print it: NumPy's own, on the values.
ABOUT = frozenset(
    [
        np.array2string,
        np.array_repr,
        np.array_str,
        np.can_cast,
        np.common_type,
        np.iscomplexobj,
        np.isrealobj,
        np.may_share_memory,
        np.min_scalar_type,
        np.ndim,
        np.result_type,
        np.shape,
        np.shares_memory,
        np.size,
    ]
)


def __array_ufunc__(self: Any, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:  # noqa: N807
    """Do what a NumPy ufunc, or a method of one, asks of tensors."""
    out = kwargs.pop("out", ())
    if not all(isinstance(x, UNDERSTOOD) for x in (*inputs, *[x for x in out if x is not None])):
        return NotImplemented
    name = ufunc.__name__ if getattr(np, ufunc.__name__, None) is not ufunc else f"numpy.{ufunc.__name__}"
    if method != "__call__":
        name = f"{name}.{method}"
    targets = inputs[:1] if method == "at" else out
    if any(isinstance(x, np.ndarray) for x in targets):
        if any(map(recorded, inputs)):
            raise lost(name)
        return getattr(ufunc, method)(*plain(inputs), **({"out": plain(out)} if out else {}), **kwargs)
    if method not in ufuncs.METHODS:
        raise no_counterpart(name)
    where = kwargs.pop("where", True) if method == "__call__" else True
    run, understood = ufuncs.METHODS[method]
    options = {key: value for key, value in kwargs.items() if key not in IGNORED}
    unknown = sorted(options.keys() - understood)
    if unknown:
        raise TypeError(f"{name} of a tensor does not take {', '.join(unknown)}")
    try:
        result = run(ufunc, *inputs, **options)
    except NoCounterpartError:
        raise no_counterpart(name) from None
    if where is not True:
        result = ufuncs.partly(result, where, out, name)
    return deliver(result, out or None, name)


def __array_function__(  # noqa: N807
    self: Any, function: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Do what a NumPy function asks of tensors."""
    if not all(issubclass(t, (TensorBase, np.ndarray)) for t in types):
        return NotImplemented
    if function in ABOUT:
        return function(*plain(args), **plain(kwargs))
    name = f"{function.__module__}.{function.__name__}"
    counterpart = FUNCTIONS.get(function)
    if counterpart is None:
        raise no_counterpart(name)
    out = kwargs.get("out")
    kwargs = {key: value for key, value in kwargs.items() if key != "out"}
    position = OUT.get(function, len(args))
    if len(args) > position:
        out, args = args[position], (*args[:position], None, *args[position + 1 :])
    try:
        result = counterpart(*args, **kwargs)
    except NoCounterpartError:
        raise no_counterpart(name) from None
    return deliver(result, out, name)


def no_counterpart(name: str) -> TypeError:
    return TypeError(
        f"{name} has no counterpart in chainrule, so it cannot be applied to a tensor and recorded; "
        "give it an array, tensor.detach().numpy(), if no derivative is needed"
    )


OPERATORS: dict[str, Any] = {
    "__array_ufunc__": __array_ufunc__,
    "__array_function__": __array_function__,
    "__array_priority__": 1000,  # torch's; for code from before the protocols
}

__all__ = ["OPERATORS", "algebra", "elements", "missing", "numerics", "reductions", "shapes"]
