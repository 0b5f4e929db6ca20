"""PyTorch's names of operators."""

from __future__ import annotations

import functools
import re

from chainrule.core.primitive import Primitive

_OWN = {
    "cast": "_to_copy",
    "copy": "copy_",
    "matmul": "matmul",
    "unique_along": "_unique2",
    "unsafe_view": "_unsafe_view",
}


@functools.cache
def operator_name(primitive: Primitive) -> str:
    """Return what PyTorch calls an operation, for example aten::mul; several here may be one there."""
    name, title = primitive.name, primitive.title
    if name in _OWN:
        name = _OWN[name]
    elif title.lower() != name.replace("_", ""):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", title).lower()
    return f"aten::{name}"


__all__ = ["operator_name"]
