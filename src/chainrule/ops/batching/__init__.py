"""Batching rules of the primitives that the kinds' mechanics do not cover (see core/batched.py)."""

from chainrule.ops.batching import indices, movement, products, reduction

__all__ = ["indices", "movement", "products", "reduction"]
