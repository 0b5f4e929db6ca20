"""Linear and bilinear maps, and rows of a table, as functions."""

from __future__ import annotations

import math
from typing import Any

from chainrule.composed.algebra import norm
from chainrule.composed.arguments import shape_of
from chainrule.composed.comparison import where
from chainrule.composed.indexing import getitem
from chainrule.composed.operands import C_NAMES, dtype_of
from chainrule.composed.products import matmul
from chainrule.composed.reduction import sum as sum_
from chainrule.composed.searching import bincount
from chainrule.composed.shape import permute, reshape, t, unsqueeze
from chainrule.composed.sorting import unique
from chainrule.composed.views import detach
from chainrule.core.modes import no_grad
from chainrule.ops import contraction
from chainrule.ops.indexing import every

Tensor = Any


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias, for an input (..., m), a weight (n, m) or (m) and a bias (n).

    Raises RuntimeError when shapes or dtypes do not fit.

    >>> import chainrule
    >>> chainrule.nn.functional.linear(chainrule.ones(2), chainrule.eye(2), chainrule.tensor([0.0, 1.0]))
    tensor([1., 2.])
    """
    shape, map_ = shape_of(input, "linear"), shape_of(weight, "linear", "weight", 2)
    if not shape or not map_:
        raise RuntimeError(
            f"both arguments to linear need to be at least 1D, but they are {len(shape)}D and {len(map_)}D"
        )
    have, want = dtype_of(input), dtype_of(weight)
    if have is not want:
        if bias is not None:
            raise RuntimeError(
                f"mat1 and mat2 must have the same dtype, but got {have.title} and {want.title}"
            )
        found = f"{C_NAMES[have.name]} != {C_NAMES[want.name]}"
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {found}")
    if len(map_) == 1:
        y = matmul(input, weight)
        return y if bias is None else y + bias
    rows = math.prod(shape[:-1])
    if shape[-1] != map_[1]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({rows}x{shape[-1]} and {map_[1]}x{map_[0]})"
        )
    # Only matrices are multiplied: the gradient of the weight is then one product, not a sum of many.
    matrix = input if len(shape) == 2 else reshape(input, (rows, shape[-1]))
    y = contraction.mm(matrix, t(weight))
    if bias is not None:
        _check_bias(bias, want, (rows, map_[0]))
        y = y + bias
    return y if len(shape) == 2 else reshape(y, (*shape[:-1], map_[0]))


def _check_bias(bias: Tensor, dtype: Any, target: tuple[int, int]) -> None:
    shape = shape_of(bias, "linear", "bias", 3)
    if dtype_of(bias) is not dtype:
        raise RuntimeError(
            f"self and mat2 must have the same dtype, but got {dtype_of(bias).title} and {dtype.title}"
        )
    if shape and shape[-1] not in (1, target[1]):
        raise RuntimeError(
            f"The expanded size of the tensor ({target[1]}) must match the existing size ({shape[-1]}) at "
            f"non-singleton dimension 1.  Target sizes: {list(target)}.  Tensor sizes: {list(shape)}"
        )


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The sums of input1[..., i] weight[n, i, j] input2[..., j] over i and j, plus bias[n].

    Raises RuntimeError when shapes do not fit.

    >>> import chainrule
    >>> chainrule.nn.functional.bilinear(chainrule.ones(2), chainrule.ones(3), chainrule.ones(1, 2, 3))
    tensor([6.])
    """
    a, b, w = shape_of(input1, "bilinear"), shape_of(input2, "bilinear"), shape_of(weight, "bilinear")
    _check_bilinear(a, b, w, bias)
    rows = math.prod(a[:-1])
    flat = reshape(permute(weight, (1, 0, 2)), (w[1], w[0] * w[2]))
    half = reshape(matmul(reshape(input1, (rows, w[1])), flat), (rows, w[0], w[2]))
    y = sum_(half * reshape(input2, (rows, 1, w[2])), -1)
    if bias is not None:
        y = y + bias
    return reshape(y, (*a[:-1], w[0]))


def _check_bilinear(a: tuple[int, ...], b: tuple[int, ...], w: tuple[int, ...], bias: Any) -> None:
    if len(a) != len(b):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(a)} and {len(b)}")
    for i, (m, n) in enumerate(zip(a[:-1], b[:-1], strict=True)):
        if m != n:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {i}: got {m} and {n}")
    for name, got, expected in (("input1", a[-1], w[1]), ("input2", b[-1], w[2])):
        if got != expected:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {got} but expected {expected}"
            )
    if bias is not None and bias.shape[0] != w[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {w[0]}"
        )


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` at the indices in `input`; row `padding_idx` gets no gradient.

    Rows of a norm (of order `norm_type`) above `max_norm` are first scaled down to it, in place. With
    `scale_grad_by_freq` gradients are divided by how often their index occurs. Raises IndexError for an
    index out of range.

    >>> import chainrule
    >>> chainrule.nn.functional.embedding(chainrule.tensor([1, 0]), chainrule.eye(2))
    tensor([[0., 1.],
            [1., 0.]])
    """
    if len(shape_of(weight, "embedding", "weight", 1)) != 2:
        raise RuntimeError("'weight' must be 2-D")
    shape_of(input, "embedding", "indices", 2)
    if sparse:
        raise RuntimeError("chainrule has no sparse tensors for the gradient: leave out sparse=True")
    places = _checked_places(input, weight.shape[0])
    padding = within_rows(padding_idx, weight.shape[0])
    if max_norm is not None:
        _scale_down(weight, unique(input), max_norm, norm_type)
    rows = getitem(weight, input.long())
    if scale_grad_by_freq:
        times = getitem(bincount(reshape(input, (-1,)).long()), input.long())
        still = detach(rows)
        rows = still + (rows - still) / unsqueeze(times, -1)  # the difference is 0, its gradient is not
    if padding is not None and (places == padding).any():
        rows = where(unsqueeze(input == padding, -1), detach(rows), rows)
    return rows


def _checked_places(input: Tensor, count: int) -> Any:
    if dtype_of(input).name not in ("int64", "int32"):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; "
            f"but got {input.type()} instead (while checking arguments for embedding)"
        )
    places = every(input)
    if places.size and (places.min() < 0 or places.max() >= count):
        raise IndexError("index out of range in self")
    return places


def within_rows(padding_idx: int | None, count: int) -> int | None:
    """Return `padding_idx` counted from 0; AssertionError if it is not among `count` rows."""
    if padding_idx is None:
        return None
    if not -count <= padding_idx < count:
        raise AssertionError("Padding_idx must be within num_embeddings")
    return padding_idx % count


def _scale_down(weight: Tensor, places: Tensor, max_norm: float, norm_type: float) -> None:
    """Bring the norms of rows of `weight` down to `max_norm`, in place."""
    with no_grad():
        rows = getitem(weight, places.long())
        sizes = norm(rows, norm_type, 1, keepdim=True)
        # torch's guard against a division by 0
        weight[places.long()] = where(sizes > max_norm, rows * (max_norm / (sizes + 1e-7)), rows)


__all__ = ["bilinear", "embedding", "linear"]
