"""The two libraries side by side: the same call made in each, and results brought to NumPy."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch", reason="parity needs torch: pip install torch==2.13.0")

LIBRARIES = {"torch": torch, "chainrule": chainrule}


def as_numpy(tensor: Any) -> np.ndarray:
    """Return the values of a tensor of either library, or of an array."""
    if isinstance(tensor, np.ndarray):
        return tensor
    if isinstance(tensor, torch.Tensor):
        return tensor.detach().numpy(force=True)
    return np.asarray(tensor._value)


def dtype_name(tensor: Any) -> str:
    return str(tensor.dtype).rpartition(".")[2]


def is_tensor(x: Any) -> bool:
    return isinstance(x, (torch.Tensor, chainrule.Tensor))


def tensors_in(result: Any) -> list[Any]:
    """Return the tensors of a result, in order."""
    if is_tensor(result):
        return [result]
    if isinstance(result, (tuple, list)):
        return [t for part in result for t in tensors_in(part)]
    return []


def resolve(library: Any, name: str) -> Any:
    """Return a library's operation of a public name; skip where torch has none."""
    try:
        return functools.reduce(getattr, name.split("."), library)
    except AttributeError:
        if library is torch:
            pytest.skip(f"torch has no {name}")
        raise


def convert(library: Any, x: Any, grad: bool, leaves: list[Any]) -> Any:
    """Return an argument for a library: arrays as tensors, chainrule's dtypes as its own."""
    if isinstance(x, (np.ndarray, np.complexfloating)):
        tensor = library.tensor(x.copy())
        if grad and x.dtype.kind in "fc":
            tensor.requires_grad_()
            leaves.append(tensor)
        return tensor
    if isinstance(x, chainrule.dtype) and library is torch:
        return getattr(torch, x.name)
    if isinstance(x, (tuple, list)):
        return type(x)([convert(library, part, grad, leaves) for part in x])
    if isinstance(x, dict):
        return {key: convert(library, part, grad, leaves) for key, part in x.items()}
    return x


def in_place(name: str) -> bool:
    return name.startswith("Tensor.") and (name.endswith("_") and not name.endswith("__"))


def call(library: Any, name: str, args: Any, kwargs: Any, grad: bool = True) -> tuple[list[Any], list[Any]]:
    """Return (leaves, tensors among the results) of a call made in a library."""
    function = resolve(library, name)
    leaves: list[Any] = []
    args, kwargs = convert(library, args, grad, leaves), convert(library, kwargs, grad, leaves)
    if name.startswith("Tensor.__set") or in_place(name):
        target = args[0].clone()
        result = function(target, *args[1:], **kwargs)
        return leaves, tensors_in(target if result is None else result)
    return leaves, tensors_in(function(*args, **kwargs))


def call_torch(name: str, args: Any, kwargs: Any, grad: bool = True) -> tuple[list[Any], list[Any]]:
    """Make a call in torch; skip where torch does not take these arguments."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations, experimental dtypes, ...
            return call(torch, name, args, kwargs, grad)
    except (TypeError, RuntimeError, NotImplementedError, IndexError, ValueError) as error:
        pytest.skip(f"torch refuses: {str(error).splitlines()[0][:120]}")


def agree(ours: Any, theirs: Any, rtol: float, where: str) -> None:
    """Compare arrays; where torch has a NaN, ours may be finite."""
    ours, theirs = as_numpy(ours), as_numpy(theirs)
    assert ours.shape == theirs.shape, where
    assert ours.dtype == theirs.dtype, f"{where}: {ours.dtype}, torch {theirs.dtype}"
    known = ~np.isnan(theirs) if theirs.dtype.kind in "fc" else np.ones(theirs.shape, bool)
    np.testing.assert_allclose(ours[known], theirs[known], rtol=rtol, atol=rtol, err_msg=where)
