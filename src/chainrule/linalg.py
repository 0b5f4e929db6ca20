"""Linear algebra: torch.linalg."""

from __future__ import annotations

from chainrule.composed.factorizations import *
from chainrule.composed.factorizations import __all__ as _factorizations
from chainrule.composed.linalg import *
from chainrule.composed.linalg import __all__ as _linalg
from chainrule.composed.norms import *
from chainrule.composed.norms import __all__ as _norms
from chainrule.ops.matrices import LinAlgError

__all__ = ["LinAlgError", *_factorizations, *_linalg, *_norms]
