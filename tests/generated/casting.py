"""The same sample in other dtypes: what the dtype of a result is checked on."""

from __future__ import annotations

from typing import Any

import numpy as np

from generated.calls import samples
from samples import Sample

DTYPES = (
    *("bool", "uint8", "int8", "int16", "int32", "int64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


def cast(x: Any, dtype: str) -> Any:
    """Return an argument with its floating arrays in another dtype (whole and positive for integers)."""
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return np.asarray(np.abs(np.round(np.nan_to_num(x))) if dtype[0] in "biu" else x).astype(dtype)
    if isinstance(x, (tuple, list)):
        return type(x)([cast(part, dtype) for part in x])
    return x


def representative(name: str) -> Sample | None:
    """Return the first sample of an operation with a floating array that has axes, and no dtype given."""
    for sample in samples()[name]:
        if "dtype" not in sample.kwargs and _has_axes(sample.args):
            return sample
    return None


def _has_axes(x: Any) -> bool:
    if isinstance(x, (tuple, list)):
        return any(map(_has_axes, x))
    return isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.ndim > 0 and x.size > 0
