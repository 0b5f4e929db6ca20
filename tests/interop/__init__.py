"""Tensors among other libraries."""
