"""Which dtypes an elementwise operation refuses, in torch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.core.inplace import TITLES

Check = Callable[[tuple[Any, ...], np.dtype[Any]], None]


def supports(kinds: str, kernel: str = "", complex_message: str = "") -> Check:
    """Return a check that the promoted dtype is of one of NumPy's `kinds`.

    `kernel` is the name that torch's message gives; for complex numbers some messages differ.
    """

    def check(values: tuple[Any, ...], dtype: np.dtype[Any]) -> None:
        if dtype.kind in kinds:
            return
        if complex_message and dtype.kind == "c":
            raise NotImplementedError(complex_message)
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{TITLES[dtype.name]}'")

    return check


def is_boolean(value: Any) -> bool:
    """Tell whether a value (NumPy's or a Python number) is boolean."""
    return isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_
