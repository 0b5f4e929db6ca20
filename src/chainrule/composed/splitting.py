"""Taking tensors apart along an axis, into views."""

from __future__ import annotations

from typing import Any

from chainrule.composed.arguments import integers, shape_of
from chainrule.core.inplace import TITLES
from chainrule.core.tensor import TensorBase, array_of
from chainrule.ops import joining
from chainrule.ops.dims import normalize_dim
from chainrule.ops.indexing import slice_

Tensor = Any


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of pieces along `dim`: of one size (the last may be smaller), or of given sizes.

    >>> import chainrule
    >>> chainrule.split(chainrule.tensor([1, 2, 3]), 2)
    (tensor([1, 2]), tensor([3]))
    """
    shape = shape_of(tensor, "split", "tensor")
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = normalize_dim(dim, len(shape))
    n = shape[dim]
    if isinstance(split_size_or_sections, (tuple, list)):
        lengths = list(integers(split_size_or_sections, "split", "split_size_or_sections"))
        _check_sections(lengths, n, dim)
        return joining.split_with_sizes(tensor, split_sizes=tuple(lengths), dim=dim)
    size = integers((split_size_or_sections,), "split", "split_size_or_sections")[0]
    if size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
    if size == 0 and n:
        raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
    return joining.split(tensor, split_size=size, dim=dim)


def _check_sections(lengths: list[int], n: int, dim: int) -> None:
    if any(length < 0 for length in lengths):
        raise RuntimeError(
            "split_with_sizes expects split_sizes have only non-negative entries, "
            f"but got split_sizes={lengths}"
        )
    if sum(lengths) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension "
            f"{dim}), but got split_sizes={lengths}"
        )


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of at most `chunks` pieces of equal size along `dim` (the last may be smaller).

    >>> import chainrule
    >>> chainrule.chunk(chainrule.tensor([1, 2, 3]), 2)
    (tensor([1, 2]), tensor([3]))
    """
    shape = shape_of(input, "chunk")
    if not shape:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    dim = normalize_dim(dim, len(shape))
    n = shape[dim]
    if n == 0:
        return joining.split_with_sizes(input, split_sizes=(0,) * chunks, dim=dim)
    return split(input, -(-n // chunks), dim)


def tensor_split(
    input: Tensor,
    indices_or_sections: Any = None,
    dim: int = 0,
    *,
    indices: Any = None,
    sections: int | None = None,
) -> tuple[Tensor, ...]:
    """Return views of that many pieces along `dim`, or of the pieces between given indices.

    >>> import chainrule
    >>> chainrule.tensor_split(chainrule.tensor([1, 2, 3, 4]), (1, 3))
    (tensor([1]), tensor([2, 3]), tensor([4]))
    """
    shape = shape_of(input, "tensor_split")
    if not shape:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    dim = normalize_dim(dim, len(shape))
    n = shape[dim]
    given = _given(indices_or_sections, indices, sections)
    if isinstance(given, TensorBase):
        given = _plain(given)
    if isinstance(given, (tuple, list)):
        starts = [0, *integers(given, "tensor_split", "indices")]
        stops = [*starts[1:], n]
    else:
        count = integers((given,), "tensor_split", "sections")[0]
        if count <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {count}")
        longer = n % count
        ends = [i * (n // count) + min(i, longer) for i in range(count + 1)]
        starts, stops = ends[:-1], ends[1:]
    before = (slice(None),) * dim
    return tuple([slice_(input, index=(*before, slice(a, b))) for a, b in zip(starts, stops, strict=True)])


def _given(*alternatives: Any) -> Any:
    """Return the one way in which the pieces were given."""
    found = [x for x in alternatives if x is not None]
    if len(found) != 1:
        raise TypeError("give the number of sections, or the indices between them")
    return found[0]


def _plain(given: TensorBase) -> Any:
    """Return a tensor of indices, or of the number of sections, as Python numbers."""
    array = array_of(given)
    if array.ndim > 1:
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional "
            f"tensor, but got a tensor with {array.ndim} dims"
        )
    if array.dtype.name != "int64":
        raise RuntimeError(
            "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
            f"{TITLES[array.dtype.name]}"
        )
    return array.tolist()


def hsplit(
    input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: int | None = None
) -> tuple[Tensor, ...]:
    """Return views of pieces along the second axis (of 1-d tensors, the first).

    >>> import chainrule
    >>> chainrule.hsplit(chainrule.tensor([1, 2, 3, 4]), 2)
    (tensor([1, 2]), tensor([3, 4]))
    """
    given = _given(indices_or_sections, indices, sections)
    return _split_axis(input, given, "hsplit", 1, 0 if len(shape_of(input, "hsplit")) == 1 else 1)


def vsplit(
    input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: int | None = None
) -> tuple[Tensor, ...]:
    """Return views of pieces along the first axis of a tensor of two or more.

    >>> import chainrule
    >>> chainrule.vsplit(chainrule.tensor([[1, 2], [3, 4]]), 2)
    (tensor([[1, 2]]), tensor([[3, 4]]))
    """
    return _split_axis(input, _given(indices_or_sections, indices, sections), "vsplit", 2, 0)


def dsplit(
    input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: int | None = None
) -> tuple[Tensor, ...]:
    """Return views of pieces along the third axis.

    >>> import chainrule
    >>> [piece.shape for piece in chainrule.dsplit(chainrule.zeros(1, 1, 4), 2)]
    [chainrule.Size([1, 1, 2]), chainrule.Size([1, 1, 2])]
    """
    return _split_axis(input, _given(indices_or_sections, indices, sections), "dsplit", 3, 2)


def _split_axis(x: Tensor, given: Any, function: str, least: int, dim: int) -> tuple[Tensor, ...]:
    shape = shape_of(x, function)
    if len(shape) < least:
        raise RuntimeError(
            f"torch.{function} requires a tensor with at least {least} dimension, but got a tensor with "
            f"{len(shape)} dimensions!"
        )
    if isinstance(given, int) and (given <= 0 or shape[dim] % given):
        raise RuntimeError(
            f"torch.{function} attempted to split along dimension {dim}, but the size of the dimension "
            f"{shape[dim]} is not divisible by the split_size {given}!"
        )
    return tensor_split(x, given, dim)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Return views of all slices along `dim`, without that axis.

    >>> import chainrule
    >>> chainrule.unbind(chainrule.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """
    shape = shape_of(input, "unbind")
    dim = normalize_dim(dim, len(shape))
    if not shape:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return joining.unbind(input, dim=dim)


METHODS = __all__ = ["chunk", "dsplit", "hsplit", "split", "tensor_split", "unbind", "vsplit"]
