"""NumPy's names for arguments that torch calls otherwise: `axis` is `dim`, `keepdims` is `keepdim`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import dtypes
from chainrule.core.apply import unary
from chainrule.core.kinds import numpy_dtype
from chainrule.core.primitive import Primitive
from chainrule.core.tensor import TensorBase
from chainrule.ops.dims import BadDimError
from chainrule.ops.structure import cast

NAMES = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(whole: Primitive | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function of a tensor take NumPy's names, too, and refuse what is not a tensor.

    A call with nothing but a tensor goes straight to the primitive `whole`, if given.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def named(*args: Any, **kwargs: Any) -> Any:
            if whole is not None and len(args) == 1 and not kwargs and isinstance(args[0], TensorBase):
                return unary(whole, args[0])
            if kwargs:
                kwargs = _renamed(function.__name__, kwargs)
            x = args[0] if args else kwargs.get("input")
            if not isinstance(x, (TensorBase, np.ndarray, np.generic)):
                raise TypeError(
                    f"{function.__name__}(): argument 'input' (position 1) must be Tensor, "
                    f"not {type(x).__name__}"
                )
            try:
                return function(*args, **kwargs)
            except BadDimError as error:
                raise TypeError(f"{function.__name__}(): {error}") from None

        return named

    return decorate


def _renamed(name: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    for numpy_name, torch_name in NAMES.items():
        if numpy_name in kwargs:
            if torch_name in kwargs:
                raise TypeError(f"{name}() got both '{torch_name}' and '{numpy_name}', which mean the same")
            kwargs[torch_name] = kwargs.pop(numpy_name)
    return kwargs


def as_dtype(input: Any, dtype: Any) -> Any:
    """Return the input in the dtype that a reduction is to be computed in (None: its own)."""
    if dtype is None:
        return input
    wanted = dtypes.as_dtype(dtype)
    if wanted.numpy == numpy_dtype(input):
        return input
    if wanted.category < dtypes.FLOATING and isinstance(input, TensorBase) and input._requires_grad:
        raise RuntimeError(f"Autograd not support dtype: {wanted.title}")
    return cast(input, dtype=wanted.numpy)


def title_of(input: Any) -> str:
    """Return torch's word for the dtype of the input."""
    return dtypes.from_numpy_dtype(numpy_dtype(input)).title
