"""Exact derivatives of Python functions: PyTorch's autograd API on NumPy arrays."""

# ruff: noqa: F401 (this module is its imports)

from __future__ import annotations

import importlib
import warnings
from typing import Any

from chainrule import autograd, linalg
from chainrule.autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled
from chainrule.composed.arithmetic import *
from chainrule.composed.comparison import *
from chainrule.composed.complexes import *
from chainrule.composed.cumulative import *
from chainrule.composed.diagonals import *
from chainrule.composed.elementary import *
from chainrule.composed.extrema import *
from chainrule.composed.indexing import *
from chainrule.composed.joining import *
from chainrule.composed.linalg import *
from chainrule.composed.products import *
from chainrule.composed.reduction import *
from chainrule.composed.scattering import *
from chainrule.composed.searching import *
from chainrule.composed.shape import *
from chainrule.composed.sorting import *
from chainrule.composed.special import *
from chainrule.composed.views import *
from chainrule.core.modes import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from chainrule.core.partial import strict_ieee
from chainrule.dtypes import bool_ as bool
from chainrule.dtypes import (
    can_cast,
    complex64,
    complex128,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
)
from chainrule.errors import ChainruleWarning, LeakedBoxError, MissingExtraError
from chainrule.printing import *
from chainrule.size import Size, device
from chainrule.tensor import Tensor

# isort: split
# After chainrule.tensor and chainrule.random were loaded, so that these names mean the functions.
from chainrule.attributes import *
from chainrule.creation import *
from chainrule.random import *
from chainrule.ranges import *

half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128

# Torch gives no floating-point warnings; silencing NumPy's with np.errstate would cost more than a
# scalar operation does.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"chainrule\.")


_WHERE = {
    "formula": "chainrule.show",
    "gradient_paths": "chainrule.autograd.why_no_grad",
    "nan_origin": "chainrule.autograd.nan_origin",
    "why_no_grad": "chainrule.autograd.why_no_grad",
}
"""Where to find what is not needed often."""


def __getattr__(name: str) -> Any:
    """Load what needs heavy libraries, or is not always needed, when it is first used."""
    if name in ("nn", "optim", "show"):
        return importlib.import_module(f"chainrule.{name}")
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
