"""Complex numbers from their parts."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.core.kinds import linear, sum_to
from chainrule.ops import structure

Array = Any


# A cotangent is dL/dRe + i dL/dIm, so its parts are the cotangents of the parts.
@linear(
    real=lambda g, real_shape: sum_to(structure.real(g), real_shape),
    imag=lambda g, imag_shape: sum_to(structure.imag(g), imag_shape),
    reach={"real": lambda live: live, "imag": lambda live: live},
)
def complex_(real: Array, imag: Array) -> Array:
    """The complex numbers with the given real and imaginary parts, tensors of one dtype.

    >>> import chainrule
    >>> chainrule.complex(chainrule.tensor([1.0]), chainrule.tensor([-2.0]))
    tensor([1.-2.j])
    """
    y = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real.dtype, np.complex64))
    y.real, y.imag = real, imag
    return y[()] if y.ndim == 0 else y
