"""How results lie in memory: in order, where torch lays them so."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def in_order(y: Array) -> Array:
    """Return y with its elements in memory in order, whatever the layout of the operand it was made of.

    So it can be viewed in another shape. NumPy keeps the operand's layout where torch does not.
    """
    return y.copy("C") if isinstance(y, np.ndarray) and not y.flags.c_contiguous else y
