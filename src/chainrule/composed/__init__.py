"""Public operations: torch's signatures over the primitives, and what is composed of them.

Each family module lists its public names in `__all__`, and what becomes of them on Tensor:
METHODS (names of methods), IN_PLACE (names that also exist with a trailing underscore) and
OPERATORS (special methods by name). Those of a NAMESPACE are not public at top level, but in that module.
"""

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
    sorting,
    special,
    views,
)

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
    diagonals,
    views,
    indexing,
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
