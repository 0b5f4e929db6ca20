"""Dropout."""

from __future__ import annotations

from typing import Any

from chainrule.nn import functional as F  # noqa: N812 (as everybody calls it)
from chainrule.nn.functional.dropout import check_probability
from chainrule.nn.module import Module

Tensor = Any


class Dropout(Module):
    """In training, sets elements to 0 with probability p and divides the others by 1 - p; else the identity.

    Raises ValueError unless p is a probability.

    >>> import chainrule
    >>> chainrule.nn.Dropout(0.5).eval()(chainrule.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """Return the input with elements dropped."""
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"p={self.p}, inplace={self.inplace}"


__all__ = ["Dropout"]
