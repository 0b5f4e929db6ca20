"""What comes in as an operand: tensors, arrays and Python numbers."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.core.kinds import numpy_dtype
from chainrule.core.tensor import PYTHON_NUMBERS, TensorBase
from chainrule.ops.structure import cast

OPERANDS: Final = (TensorBase, int, float, np.ndarray, np.generic, complex)  # the quick ones first
"""What Python's operators take beside a tensor; of other classes Python asks the other operand."""

C_NAMES: Final = {
    "bool": "bool",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short int",
    "int32": "int",
    "int64": "long int",
    "float16": "c10::Half",
    "float32": "float",
    "float64": "double",
    "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}
"""How torch's messages call the dtypes."""


def is_number(x: Any) -> bool:
    """Tell whether `x` counts as a Python number: NumPy's scalars do, 0-d tensors and arrays do not."""
    return not isinstance(x, TensorBase) and isinstance(x, (*PYTHON_NUMBERS, np.generic))


def as_python(x: Any) -> Any:
    """Return a NumPy scalar as a Python number, anything else as it is."""
    return x.item() if isinstance(x, np.generic) else x


def dtype_of(x: Any) -> dtypes.dtype:
    """Return the dtype of a tensor or an array."""
    return dtypes.from_numpy_dtype(x._value.dtype if isinstance(x, TensorBase) else x.dtype)


def title_of(x: Any) -> str:
    """Return torch's word for the dtype of a tensor or an array."""
    return dtypes.from_numpy_dtype(numpy_dtype(x)).title


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


def common_dtype(*operands: Any) -> dtypes.dtype:
    """Return the dtype that torch brings operands to."""
    typed = [x for x in operands if not is_number(x)]
    return dtypes.combine(
        [dtype_of(x) for x in typed if x.ndim],
        [dtype_of(x) for x in typed if not x.ndim],
        [dtypes.of_number(as_python(x)) for x in operands if is_number(x)],
    )


def fitting(number: Any, dtype: dtypes.dtype) -> Any:
    """Return a Python number as a NumPy scalar of `dtype`; RuntimeError, as in torch, if it does not fit."""
    number = as_python(number)
    if not _fits(number, dtype):
        raise does_not_fit(dtype)
    return np.asarray(number).astype(dtype.numpy)[()]


def does_not_fit(dtype: dtypes.dtype) -> RuntimeError:
    """Return torch's error for a value that `dtype` cannot hold."""
    fixed_width = dtype.category == dtypes.INTEGER and dtype is not dtypes.int32
    name = f"{dtype.name}_t" if fixed_width else C_NAMES[dtype.name]
    return RuntimeError(f"value cannot be converted to type {name} without overflow")


def _fits(number: Any, dtype: dtypes.dtype) -> bool:
    if dtype.category == dtypes.BOOL:
        return True
    if isinstance(number, complex) and not dtype.is_complex:
        return number.imag == 0 and _fits(number.real, dtype)
    if dtype.category == dtypes.INTEGER:
        limits = np.iinfo(dtype.numpy)
        wraps = isinstance(number, int) and not dtype.is_signed  # negative integers do
        least = -int(limits.max) if wraps else int(limits.min)
        return least <= number <= limits.max and number < 2**63
    largest = float(np.finfo(dtype.numpy).max)
    return all(abs(part) <= largest or not math.isfinite(part) for part in (number.real, number.imag))
