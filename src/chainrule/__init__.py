"""Exact derivatives of Python functions: PyTorch's autograd API on NumPy arrays."""

# To type checkers, `import *` and `import x as x` are exports, other imports are not.

from __future__ import annotations

import importlib
import warnings
from typing import Any

from chainrule import autograd as autograd
from chainrule import dtypes
from chainrule import linalg as linalg
from chainrule.autograd.anomaly_mode import is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled
from chainrule.autograd.anomaly_mode import is_anomaly_enabled as is_anomaly_enabled
from chainrule.composed.affine import *
from chainrule.composed.algebra import *
from chainrule.composed.arithmetic import *
from chainrule.composed.comparison import *
from chainrule.composed.complexes import *
from chainrule.composed.cumulative import *
from chainrule.composed.diagonals import *
from chainrule.composed.einsum import *
from chainrule.composed.elementary import *
from chainrule.composed.extrema import *
from chainrule.composed.indexing import *
from chainrule.composed.joining import *
from chainrule.composed.products import *
from chainrule.composed.reduction import *
from chainrule.composed.scattering import *
from chainrule.composed.searching import *
from chainrule.composed.shape import *
from chainrule.composed.slicing import *
from chainrule.composed.sorting import *
from chainrule.composed.special import *
from chainrule.composed.splitting import *
from chainrule.composed.views import *
from chainrule.core.modes import enable_grad as enable_grad
from chainrule.core.modes import inference_mode as inference_mode
from chainrule.core.modes import is_grad_enabled as is_grad_enabled
from chainrule.core.modes import is_inference_mode_enabled as is_inference_mode_enabled
from chainrule.core.modes import no_grad as no_grad
from chainrule.core.modes import set_grad_enabled as set_grad_enabled
from chainrule.core.partial import strict_ieee as strict_ieee
from chainrule.dtypes import *
from chainrule.errors import *
from chainrule.printing import *
from chainrule.size import *
from chainrule.tensor import *

# isort: split
# After chainrule.tensor and chainrule.random were loaded, so that these names mean the functions.
from chainrule.attributes import *
from chainrule.creation import *
from chainrule.random import *
from chainrule.ranges import *

bool = dtypes.bool_
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128

# Torch gives no floating-point warnings; silencing NumPy's with np.errstate would cost more than a
# scalar operation does.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"chainrule\.")


_WHERE = {
    **dict.fromkeys(
        ("grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp", "vmap"), "chainrule.func"
    ),
    "formula": "chainrule.show",
    "gradient_paths": "chainrule.autograd.why_no_grad",
    "nan_origin": "chainrule.autograd.nan_origin",
    "why_no_grad": "chainrule.autograd.why_no_grad",
}
"""Where to find what is not needed often."""


def __getattr__(name: str) -> Any:
    """Load what needs heavy libraries, or is not always needed, when it is first used."""
    if name in ("func", "nn", "optim", "show", "utils"):
        return importlib.import_module(f"chainrule.{name}")
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
