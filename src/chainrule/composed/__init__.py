"""Public operations: torch's signatures over the primitives, and what is composed of them.

Each family module lists its public names in `__all__`, and what becomes of them on Tensor:
METHODS (names of methods), IN_PLACE (names that also exist with a trailing underscore) and
OPERATORS (special methods by name).
"""

from chainrule.composed import (
    arithmetic,
    comparison,
    cumulative,
    elementary,
    extrema,
    indexing,
    linalg,
    products,
    reduction,
    shape,
    sorting,
    special,
)

families = (
    arithmetic,
    elementary,
    special,
    comparison,
    reduction,
    extrema,
    cumulative,
    shape,
    indexing,
    products,
    linalg,
    sorting,
)
