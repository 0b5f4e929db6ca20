"""Gather, scatter and their relatives: odd shapes that torch takes, and what it refuses, in its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import chainrule as cr

ONES, ZERO = cr.ones(2, 3), cr.zeros(1, 1, dtype=cr.int64)
VECTOR, NUMBER = cr.ones(3), cr.tensor(1.0)


def long(*items: Any) -> Any:
    return cr.tensor(list(items), dtype=cr.int64)


VALUES: dict[str, tuple[Callable[[], Any], Any]] = {
    "scatter at nothing": (lambda: cr.scatter(ONES, 0, cr.zeros(5, 0), cr.zeros(2, 3)), ONES.tolist()),
    "scatter_reduce at nothing": (
        lambda: cr.scatter_reduce(VECTOR, 0, cr.zeros(0), cr.zeros(0), "prod"),
        [1, 1, 1],
    ),
    "gather at nothing": (lambda: cr.gather(ONES, 0, cr.zeros(5, 0)).shape, (5, 0)),
    "scatter at a 0-d index": (lambda: cr.scatter(VECTOR, 0, cr.tensor(0), cr.tensor(5.0)), [5, 1, 1]),
    "scatter a number at a 0-d index": (lambda: cr.scatter(VECTOR, 0, cr.tensor(0), 5), [5, 1, 1]),
    "scatter into a number": (lambda: cr.scatter(NUMBER, 0, long(0, 0), cr.tensor([5.0, 6.0])), 6),
    "scatter_add into a number": (lambda: cr.scatter_add(NUMBER, 0, long(0, 0), cr.tensor([5.0, 6.0])), 12),
    "scatter_reduce into a number": (
        lambda: cr.scatter_reduce(NUMBER, 0, long(0, 0), cr.tensor([5.0, 6.0]), "mean"),
        4,
    ),
    "index_add to a number": (lambda: cr.index_add(NUMBER, 0, long(0), cr.tensor(1.0)), 2),
    "index_copy to a number": (lambda: cr.index_copy(NUMBER, 0, cr.tensor(0), cr.tensor([3.0])), 3),
    "index_add truncates alpha": (
        lambda: cr.index_add(cr.tensor([1, 1]), 0, long(0), cr.tensor([1]), alpha=1.5),
        [2, 1],
    ),
    "index_fill of nothing": (lambda: cr.index_fill(cr.zeros(2, 0), 0, long(9), 5), [[], []]),
    "take_along_dim backwards": (
        lambda: cr.take_along_dim(cr.tensor([[1, 2, 3]]), cr.tensor([[-1]]), 1),
        [[3]],
    ),
    "bincount of bytes with weights": (
        lambda: cr.bincount(cr.tensor([1, 2], dtype=cr.uint8), cr.ones(2)),
        [0, 1, 1],
    ),
    "copy_ of a number": (lambda: cr.zeros(2, dtype=cr.int64).copy_(1.5), [1, 1]),
    "fill_diagonal_ by a tensor": (lambda: cr.zeros(2, 2).fill_diagonal_(cr.tensor(1)), [[1, 0], [0, 1]]),
    "lerp by a 0-d weight": (lambda: cr.lerp(VECTOR, VECTOR + 2, cr.tensor(0.5, dtype=cr.float64)), [2] * 3),
    "one value at a mask": (lambda: _written(VECTOR > 0, cr.tensor([5])), [5, 5, 5]),
    "a byte is a mask": (lambda: VECTOR[cr.tensor(0, dtype=cr.uint8)].shape, (0, 3)),
    "a list with a slice": (lambda: ONES[[slice(0, 1), 0]], [1]),
    "a list with None": (lambda: ONES[[None]].shape, (1, 2, 3)),
    "rtol as a tensor": (lambda: cr.isclose(VECTOR, VECTOR, rtol=cr.tensor(0.1)), [True] * 3),
    "polygamma of a tensor's order": (lambda: cr.polygamma(cr.tensor(0), NUMBER).shape, ()),
}


def _written(key: Any, value: Any) -> Any:
    x = cr.zeros(3)
    x[key] = value
    return x


@pytest.mark.parametrize("name", VALUES)
def test_what_torch_takes(name: str) -> None:
    call, wanted = VALUES[name]
    found = call()
    assert (found.tolist() if isinstance(found, cr.Tensor) else found) == wanted


ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "scatter of another dtype": (
        lambda: cr.scatter_add(VECTOR, 0, cr.tensor(0), cr.tensor(5)),
        RuntimeError,
        "scatter(): Expected self.dtype to be equal to src.dtype",
    ),
    "scatter out of range of int8": (
        lambda: cr.scatter(cr.ones(1, dtype=cr.int8), 0, long(0), 1000),
        RuntimeError,
        "value cannot be converted to type int8_t without overflow",
    ),
    "amax of complex numbers": (
        lambda: cr.scatter_reduce(ONES * 1j, 0, ZERO, ONES * 1j, "amax"),
        NotImplementedError,
        "\"scatter_gather_tensor_cpu_reduce_amax\" not implemented for 'ComplexFloat'",
    ),
    "index_add behind the end": (
        lambda: cr.index_add(VECTOR, 0, long(-1), cr.ones(1)),
        IndexError,
        "index out of range in self",
    ),
    "index_add behind the end of a matrix": (
        lambda: cr.index_add(ONES, 1, long(-1), cr.ones(2, 1)),
        RuntimeError,
        "index -1 is out of bounds for dimension 1 with size 3",
    ),
    "index_add at a matrix": (
        lambda: cr.index_add(ONES, 0, ZERO, cr.ones(1, 3)),
        IndexError,
        "index_add_(): Index is supposed to be a vector, but got dim: 2 with type: Long and size: [1, 1]",
    ),
    "index_add at bytes": (
        lambda: cr.index_add(ONES, 0, cr.tensor([0], dtype=cr.int8), cr.ones(1, 3)),
        RuntimeError,
        "index_add_(): Expected dtype int32/int64 for index but got: Char",
    ),
    "index_add of a number": (
        lambda: cr.index_add(VECTOR, 0, cr.tensor(0), NUMBER),
        RuntimeError,
        "source tensor shape must match self tensor shape, excluding the specified dimension. "
        "Got self.shape = [3] source.shape = []",
    ),
    "index_copy at int32": (
        lambda: cr.index_copy(VECTOR, 0, cr.tensor([0], dtype=cr.int32), cr.ones(1)),
        RuntimeError,
        "index_copy_(): Expected a long tensor for index, but got Int",
    ),
    "index_copy behind the end": (
        lambda: cr.index_copy(VECTOR, 0, long(-1), cr.ones(1)),
        IndexError,
        "index_copy_(): index -1 is out of bounds for dimension 0 with size 3",
    ),
    "index_copy of other slices": (
        lambda: cr.index_copy(ONES, 0, long(0), cr.ones(1, 2)),
        RuntimeError,
        "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: 3 at "
        "dimension 0 and source slice shape: 2 at dimension 0.",
    ),
    "index_copy of other axes": (
        lambda: cr.index_copy(ONES, 0, long(0), cr.ones(3)),
        IndexError,
        "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
        "dimensionality (1), destination dimensionality (2)",
    ),
    "index_fill by a complex number": (
        lambda: cr.index_fill(VECTOR, 0, long(0), cr.tensor(1j)),
        RuntimeError,
        "index_fill_(): Converting complex Scalar to non-complex type is not supported",
    ),
    "index_fill of integers by NaN": (
        lambda: cr.index_fill(cr.tensor([1]), 0, long(0), float("nan")),
        RuntimeError,
        "value cannot be converted to type int64_t without overflow",
    ),
    "index_fill at int32": (
        lambda: cr.index_fill(VECTOR, 0, cr.tensor([0], dtype=cr.int32), 1),
        IndexError,
        "index_fill_(): Expected dtype int64 for index.",
    ),
    "index_select of a number": (
        lambda: cr.index_select(NUMBER, 0, long(0, 0)),
        RuntimeError,
        "index_select(): Index to scalar can have only 1 value, got 2 value(s)",
    ),
    "take_along_dim of other sizes": (
        lambda: cr.take_along_dim(ONES, cr.zeros(3, 3, dtype=cr.int64), 1),
        RuntimeError,
        "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0",
    ),
    "take_along_dim at floats": (
        lambda: cr.take_along_dim(ONES, cr.zeros(2, 3), 1),
        RuntimeError,
        "torch.take_along_dim(): dtype of indices should be Long but got Float",
    ),
    "take of nothing": (
        lambda: cr.take(cr.ones(0), long(0)),
        IndexError,
        "take(): tried to take from an empty tensor",
    ),
    "index_put without indices": (
        lambda: cr.index_put(VECTOR, (None,), NUMBER),
        IndexError,
        "index_put(): there must be at least one index tensor",
    ),
    "a complex value at a mask": (
        lambda: _written(VECTOR > 0, cr.tensor(1j)),
        RuntimeError,
        "value cannot be converted to type float without overflow",
    ),
    "a number that int8 cannot hold": (
        lambda: cr.zeros(3, dtype=cr.int8).__setitem__(0, 1000),
        RuntimeError,
        "value cannot be converted to type int8_t without overflow",
    ),
    "copy_ of other sizes": (
        lambda: cr.zeros(2).copy_(VECTOR),
        RuntimeError,
        "The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0",
    ),
    "fill_ by a list": (
        lambda: cr.zeros(2).fill_([1.0]),
        TypeError,
        "fill_() received an invalid combination of arguments - got (list)",
    ),
    "rtol that is no number": (
        lambda: cr.isclose(VECTOR, VECTOR, rtol=float("nan")),
        RuntimeError,
        "rtol must be greater than or equal to zero, but got nan",
    ),
    "sorter of another size": (
        lambda: cr.searchsorted(VECTOR, VECTOR, sorter=long(0, 1)),
        RuntimeError,
        "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor [3]and "
        "got sorter tensor [2]",
    ),
    "sorter of floats": (
        lambda: cr.searchsorted(VECTOR, VECTOR, sorter=VECTOR),
        RuntimeError,
        "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype Float",
    ),
    "sorter out of range": (
        lambda: cr.searchsorted(VECTOR, VECTOR, sorter=long(0, 1, 3)),
        RuntimeError,
        "torch.searchsorted(): sorter index out of range",
    ),
    "search of complex numbers": (
        lambda: cr.searchsorted(VECTOR * 1j, VECTOR * 1j),
        NotImplementedError,
        "\"searchsorted_out_cpu\" not implemented for 'ComplexFloat'",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_torch_refuses_is_refused_in_its_words(name: str) -> None:
    call, kind, words = ERRORS[name]
    with pytest.raises(kind) as error:
        call()
    assert str(error.value).startswith(words)


def test_views_as_another_dtype_share_memory() -> None:
    x = cr.tensor([1.0, 2.0])
    assert x.view(cr.int32).tolist() == [0x3F800000, 0x40000000]
    assert x.view(cr.complex64).tolist() == [1 + 2j]
    x.view(cr.int32)[0] = 0
    assert x.tolist() == [0, 2]
    with pytest.raises(RuntimeError, match=r"^self.dim\(\) cannot be 0 to view Float as Double"):
        cr.tensor(1.0).view(cr.float64)
    with pytest.raises(RuntimeError, match=r"^self.size\(-1\) must be divisible by 2 to view"):
        cr.ones(3).view(cr.float64)
    with pytest.raises(RuntimeError, match=r"^self.stride\(-1\) must be 1 to view Float as Double"):
        cr.ones(2, 2).t().view(cr.float64)


def test_a_gather_at_nothing_stays_in_the_graph() -> None:
    x = cr.ones(2, 3, requires_grad=True)
    cr.gather(x, 0, cr.zeros(0, 3)).sum().backward()
    assert x.grad.tolist() == [[0, 0, 0], [0, 0, 0]]


def test_pieces_may_be_given_by_torchs_names() -> None:
    assert [p.tolist() for p in cr.tensor_split(VECTOR, indices=(1,))] == [[1], [1, 1]]
    assert len(cr.hsplit(cr.ones(2, 4), sections=2)) == 2
    assert [p.tolist() for p in VECTOR.tensor_split(cr.tensor([1]))] == [[1], [1, 1]]
    with pytest.raises(RuntimeError, match="to have dtype of long, but got Float"):
        VECTOR.tensor_split(cr.tensor([1.0]))
    with pytest.raises(RuntimeError, match="one-dimensional tensor, but got a tensor with 2 dims"):
        VECTOR.tensor_split(ZERO)


def test_copies_by_index_lie_in_order() -> None:
    x = cr.arange(24.0).reshape(2, 3, 4)
    assert x[:, cr.tensor([0, 2])].is_contiguous()
    assert x[..., cr.tensor([True, False, True, True])].is_contiguous()
    assert cr.topk(x, 2)[1].is_contiguous()
    assert cr.kthvalue(x, 2, dim=0)[0].is_contiguous()


def test_a_second_ellipsis_stands_for_nothing_in_backward_too() -> None:
    x = cr.ones(2, 2, requires_grad=True)
    (x * 1)[..., ...].sum().backward()
    assert x.grad.tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (0, "invalid index of a 0-dim tensor. Use `tensor.item()`"),
        (1, "index 1 is out of bounds for dimension 0 with size 0"),
        (slice(None), "slice() cannot be applied to a 0-dim tensor."),
        ((0, 0), "too many indices for tensor of dimension 0"),
    ],
)
def test_a_tensor_without_axes_has_no_index(key: Any, words: str) -> None:
    with pytest.raises(IndexError) as error:
        NUMBER[key]
    assert str(error.value).startswith(words)


def test_a_mask_is_held_against_what_earlier_parts_leave() -> None:
    words = r"mask \[4, 3\] at index 0 does not match the shape of the indexed tensor \[3, 2\] at index 0"
    with pytest.raises(IndexError, match=words):
        cr.zeros(3, 3, 2)[2, cr.ones(4, 3) > 0]
