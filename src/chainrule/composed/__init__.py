"""Public operations: torch's signatures over the primitives, and what is composed of them.

Each family module lists its public names in `__all__`, and what becomes of them on Tensor:
METHODS (names of methods), IN_PLACE (names that also exist with a trailing underscore) and
OPERATORS (special methods by name). Those of a NAMESPACE are not public at top level, but in that module.
"""

from typing import Any

from chainrule.composed import (
    affine,
    algebra,
    arithmetic,
    comparison,
    complexes,
    cumulative,
    diagonals,
    einsum,
    elementary,
    extrema,
    factorizations,
    indexing,
    joining,
    linalg,
    norms,
    products,
    reduction,
    scattering,
    searching,
    shape,
    slicing,
    sorting,
    special,
    splitting,
    views,
)
from chainrule.composed.calls import as_function

families = (
    arithmetic,
    elementary,
    special,
    comparison,
    complexes,
    reduction,
    extrema,
    cumulative,
    shape,
    joining,
    splitting,
    diagonals,
    views,
    indexing,
    slicing,
    scattering,
    searching,
    products,
    affine,
    einsum,
    algebra,
    linalg,
    factorizations,
    norms,
    sorting,
)


def _publish(family: Any) -> None:
    """Give the functions of a family what every public operation does besides (see calls)."""
    for name in family.__all__:
        setattr(family, name, as_function(name, getattr(family, name)))


for _family in families:
    if not hasattr(_family, "NAMESPACE"):
        _publish(_family)
