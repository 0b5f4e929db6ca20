"""Shapes, orders of axes, joining and splitting: torch's errors and node names, and dead elements."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import tensor

V = chainrule.zeros(3)
M = chainrule.zeros(2, 3)
X = chainrule.zeros(2, 3, 4)
S = tensor(1.0)
RANGE = "Dimension out of range (expected to be in range of [-2, 1], but got 5)"

ERRORS: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "reshape": (lambda: V.reshape(4), RuntimeError, "shape '[4]' is invalid for input of size 3"),
    "reshape -1": (lambda: M.reshape(-1, 4), RuntimeError, "shape '[-1, 4]' is invalid for input of size 6"),
    "reshape -1 twice": (lambda: M.reshape(-1, -1), RuntimeError, "only one dimension can be inferred"),
    "reshape -2": (
        lambda: M.reshape(2, -2),
        RuntimeError,
        "invalid shape dimension -2 at index 1 of shape [2, -2]",
    ),
    "reshape of nothing": (
        lambda: chainrule.zeros(0, 3).reshape(0, -1),
        RuntimeError,
        "cannot reshape tensor of 0 elements into shape [0, -1] because the unspecified dimension size "
        "-1 can be "
        "any value and is ambiguous",
    ),
    "reshape to a name": (
        lambda: M.reshape("a"),
        TypeError,
        "reshape(): argument 'shape' (position 1) must be tuple of ints, not str",
    ),
    "reshape to a float": (
        lambda: M.reshape(2, 3.0),
        TypeError,
        "reshape(): argument 'shape' failed to unpack the object at pos 2 with error \"type must be tuple of "
        'ints,but got float"',
    ),
    "reshape to bools": (
        lambda: M.reshape(True, 6),
        TypeError,
        "reshape() takes 1 positional argument but 2 were given",
    ),
    "reshape to no shape": (
        lambda: M.reshape(),
        TypeError,
        'reshape() missing 1 required positional arguments: "shape"',
    ),
    "reshape of a list": (
        lambda: chainrule.reshape([1, 2], (2,)),
        TypeError,
        "reshape(): argument 'input' (position 1) must be Tensor, not list",
    ),
    "view": (
        lambda: M.t().view(6),
        RuntimeError,
        "view size is not compatible with input tensor's size and stride (at least one dimension spans "
        "across two "
        "contiguous subspaces). Use .reshape(...) instead.",
    ),
    "flatten": (
        lambda: M.flatten(1, 0),
        RuntimeError,
        "flatten() has invalid args: start_dim cannot come after end_dim",
    ),
    "unflatten": (
        lambda: M.unflatten(0, (2, -1, 3)),
        RuntimeError,
        "unflatten: Provided sizes [2, -1, 3] don't multiply up to the size of dim 0 (2) in the input tensor",
    ),
    "unflatten nothing": (lambda: M.unflatten(1, ()), RuntimeError, "unflatten: sizes must be non-empty"),
    "squeeze": (lambda: M.squeeze(5), IndexError, RANGE),
    "squeeze twice": (
        lambda: M.squeeze((0, 0)),
        RuntimeError,
        "dim 0 appears multiple times in the list of dims",
    ),
    "unsqueeze": (lambda: M.unsqueeze(5), IndexError, "(expected to be in range of [-3, 2], but got 5)"),
    "transpose": (lambda: M.transpose(0, 5), IndexError, RANGE),
    "t": (lambda: X.t(), RuntimeError, "t() expects a tensor with <= 2 dimensions, but self is 3D"),
    "mT": (
        lambda: V.mT,
        RuntimeError,
        "tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.",
    ),
    "H": (lambda: X.H, RuntimeError, "tensor.H is only supported on matrices (2-D tensors). Got 3-D tensor."),
    "permute": (
        lambda: X.permute(0, 1),
        RuntimeError,
        "number of dimensions in the tensor input does not match the length of the desired ordering of "
        "dimensions "
        "i.e. input.dim() = 3 is not equal to len(dims) = 2",
    ),
    "permute twice": (lambda: X.permute(0, 0, 1), RuntimeError, "permute(): duplicate dims are not allowed."),
    "movedim": (
        lambda: M.movedim((0, 0), (0, 1)),
        RuntimeError,
        "movedim: repeated dim in `source` ([0, 0])",
    ),
    "movedim to": (
        lambda: M.movedim((0, 1), (1, 1)),
        RuntimeError,
        "movedim: repeated dim in `destination` ([1, 1])",
    ),
    "movedim lengths": (
        lambda: M.movedim((0, 1), (0,)),
        RuntimeError,
        "movedim: Invalid source or destination dims: source ([0, 1] dims) should contain the same "
        "number of dims "
        "as destination ([0] dims)",
    ),
    "expand": (
        lambda: V.expand(2, 4),
        RuntimeError,
        "The expanded size of the tensor (4) must match the existing size (3) at non-singleton dimension 1.  "
        "Target sizes: [2, 4].  Tensor sizes: [3]",
    ),
    "expand -1": (
        lambda: V.expand(-1, 3),
        RuntimeError,
        "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension 0",
    ),
    "expand to fewer": (
        lambda: M.expand(3),
        RuntimeError,
        "the number of sizes provided (1) must be greater or equal",
    ),
    "broadcast": (
        lambda: chainrule.broadcast_tensors(V, chainrule.zeros(2)),
        RuntimeError,
        "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 0",
    ),
    "repeat": (
        lambda: M.repeat(2),
        RuntimeError,
        "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
    ),
    "repeat -1": (
        lambda: V.repeat(-1),
        RuntimeError,
        "Trying to create tensor with negative dimension -3: [-3]",
    ),
    "repeat_interleave": (
        lambda: V.repeat_interleave(tensor([1, 2])),
        RuntimeError,
        "repeats must have the same size as input along dim, but got repeats.size(0) = 2 and "
        "input.size(0) = 3",
    ),
    "repeat_interleave -1": (lambda: V.repeat_interleave(-1), RuntimeError, "Repeats must be non-negative"),
    "repeat_interleave size": (
        lambda: V.repeat_interleave(2, output_size=5),
        RuntimeError,
        "repeat_interleave: Invalid output_size, expected 6 but got 5",
    ),
    "cat dims": (
        lambda: chainrule.cat([V, M]),
        RuntimeError,
        "Tensors must have same number of dimensions: got 1 and 2",
    ),
    "cat sizes": (
        lambda: chainrule.cat([M, chainrule.ones(3, 3)], 1),
        RuntimeError,
        "Sizes of tensors must match except in dimension 1. Expected size 2 but got size 3 for tensor "
        "number 1 in "
        "the list.",
    ),
    "cat nothing": (lambda: chainrule.cat([]), ValueError, "expected a non-empty list of Tensors"),
    "cat scalars": (
        lambda: chainrule.cat([V, S]),
        RuntimeError,
        "zero-dimensional tensor (at position 1) cannot be concatenated",
    ),
    "cat a tensor": (
        lambda: chainrule.cat(M),
        TypeError,
        "cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor",
    ),
    "cat a number": (
        lambda: chainrule.cat((M, 1)),
        TypeError,
        "expected Tensor as element 1 in argument 0, but got int",
    ),
    "stack": (
        lambda: chainrule.stack([V, M]),
        RuntimeError,
        "stack expects each tensor to be equal size, but got [3] at entry 0 and [2, 3] at entry 1",
    ),
    "stack nothing": (lambda: chainrule.stack([]), RuntimeError, "stack expects a non-empty TensorList"),
    "split": (
        lambda: V.split([1, 1]),
        RuntimeError,
        "split_with_sizes expects split_sizes to sum exactly to 3 (input tensor's size at dimension 0), "
        "but got "
        "split_sizes=[1, 1]",
    ),
    "split by 0": (
        lambda: V.split(0),
        RuntimeError,
        "split_size can only be 0 if dimension size is 0, but got dimension size of 3",
    ),
    "split by -1": (
        lambda: V.split(-1),
        RuntimeError,
        "split expects split_size be non-negative, but got split_size=-1",
    ),
    "split 0-d": (lambda: S.split(1), RuntimeError, "split expects at least a 1-dimensional tensor"),
    "chunk": (lambda: V.chunk(0), RuntimeError, "chunk expects `chunks` to be greater than 0, got: 0"),
    "tensor_split": (
        lambda: V.tensor_split(0),
        RuntimeError,
        "number of sections must be larger than 0, got 0",
    ),
    "hsplit": (
        lambda: M.hsplit(2),
        RuntimeError,
        "attempted to split along dimension 1, but the size of the dimension 3 is not divisible by the "
        "split_size 2!",
    ),
    "vsplit": (
        lambda: V.vsplit(1),
        RuntimeError,
        "vsplit requires a tensor with at least 2 dimension, but got a tensor with 1 dimensions!",
    ),
    "unbind": (lambda: S.unbind(), IndexError, "Dimension specified as 0 but tensor has no dimensions"),
    "meshgrid": (
        lambda: chainrule.meshgrid(V, V, indexing="zz"),
        RuntimeError,
        'indexing must be one of "xy" or "ij", but received: zz',
    ),
    "flip": (lambda: M.flip(0, 0), RuntimeError, "dim 0 appears multiple times in the list of dims"),
    "flip nothing": (lambda: M.flip(), TypeError, 'flip() missing 1 required positional arguments: "dims"'),
    "fliplr": (lambda: V.fliplr(), RuntimeError, "Input must be >= 2-d."),
    "flipud": (lambda: S.flipud(), RuntimeError, "Input must be >= 1-d."),
    "roll": (lambda: M.roll((1, 2), 0), RuntimeError, "shifts and dimensions must align. shifts: 2, dims:1"),
    "rot90": (lambda: V.rot90(), RuntimeError, "expected total dims >= 2, but got total dims = 1"),
    "rot90 dims": (
        lambda: M.rot90(1, (0, 0)),
        RuntimeError,
        "expected rotation dims to be different, but got dim0 = 0 and dim1 = 0",
    ),
    "narrow": (lambda: M.narrow(0, 0, 5), RuntimeError, "start (0) + length (5) exceeds dimension size (2)."),
    "narrow from": (
        lambda: M.narrow(0, 5, 1),
        IndexError,
        "start out of range (expected to be in range of [-2, 2], but got 5)",
    ),
    "narrow by -1": (lambda: M.narrow(0, 0, -1), RuntimeError, "narrow(): length must be non-negative."),
    "select": (
        lambda: M.select(0, 5),
        IndexError,
        "select(): index 5 out of range for tensor of size [2, 3] at dimension 0",
    ),
    "select 0-d": (lambda: S.select(0, 0), IndexError, "select() cannot be applied to a 0-dim tensor."),
    "diagonal": (lambda: M.diagonal(0, 0, 0), RuntimeError, "diagonal dimensions cannot be identical 0, 0"),
    "diag": (lambda: X.diag(), RuntimeError, "diag(): Supports 1D or 2D tensors. Got 3D"),
    "tril": (lambda: V.tril(), RuntimeError, "tril: input tensor must have at least 2 dimensions"),
    "tril_indices": (lambda: chainrule.tril_indices(-1, 2), RuntimeError, "row must be non-negative, got-1"),
    "unfold": (
        lambda: V.unfold(0, 5, 1),
        RuntimeError,
        "maximum size for tensor at dimension 0 is 3 but size is 5",
    ),
    "unfold by 0": (lambda: V.unfold(0, 2, 0), RuntimeError, "step is 0 but must be > 0"),
    "imag": (lambda: V.imag, RuntimeError, "imag is not implemented for tensors with non-complex dtypes."),
    "stride": (lambda: M.stride(5), IndexError, RANGE),
}


@pytest.mark.parametrize("name", ERRORS)
def test_mistakes_are_told_in_the_words_of_torch(name: str) -> None:
    act, kind, words = ERRORS[name]
    with pytest.raises(kind) as caught:
        act()
    assert words in str(caught.value)


NODES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "reshape": (lambda x: x.reshape(3, 2), "ViewBackward0"),
    "reshape, copying": (lambda x: x.t().reshape(6), "UnsafeViewBackward0"),
    "view": (lambda x: x.view(6), "ViewBackward0"),
    "flatten": (lambda x: x.flatten(), "ViewBackward0"),
    "squeeze": (lambda x: x.squeeze(), "SqueezeBackward0"),
    "squeeze, one": (lambda x: x.squeeze(0), "SqueezeBackward1"),
    "squeeze, several": (lambda x: x.squeeze((0, 1)), "SqueezeBackward2"),
    "unsqueeze": (lambda x: x.unsqueeze(0), "UnsqueezeBackward0"),
    "squeeze_": (lambda x: x.clone().squeeze_(), "SqueezeBackward3"),
    "squeeze_, one": (lambda x: x.clone().squeeze_(0), "SqueezeBackward4"),
    "squeeze_, several": (lambda x: x.clone().squeeze_((0, 1)), "SqueezeBackward5"),
    "unsqueeze_": (lambda x: x.clone().unsqueeze_(0), "UnsqueezeBackward1"),
    "transpose_": (lambda x: x.clone().transpose_(0, 1), "TransposeBackward1"),
    "swapaxes_": (lambda x: x.clone().swapaxes_(0, 1), "TransposeBackward1"),
    "t_": (lambda x: x.clone().t_(), "TBackward1"),
    "transpose": (lambda x: x.transpose(0, 1), "TransposeBackward0"),
    "t": (lambda x: x.t(), "TBackward0"),
    "T": (lambda x: x.T, "PermuteBackward0"),
    "mT": (lambda x: x.mT, "TransposeBackward0"),
    "movedim": (lambda x: x.movedim(0, 1), "PermuteBackward0"),
    "expand": (lambda x: x.expand(2, 2, 3), "ExpandBackward0"),
    "repeat": (lambda x: x.tile(2), "RepeatBackward0"),
    "repeat_interleave": (lambda x: x.repeat_interleave(2), "ViewBackward0"),
    "repeat_interleave, each": (lambda x: x.repeat_interleave(tensor([1, 2]), 0), "IndexSelectBackward0"),
    "cat": (lambda x: chainrule.vstack([x, x]), "CatBackward0"),
    "stack": (lambda x: chainrule.stack([x, x]), "StackBackward0"),
    "split": (lambda x: x.split(1)[1], "SplitBackward0"),
    "split, sizes": (lambda x: x.split([1, 1])[1], "SplitWithSizesBackward0"),
    "chunk": (lambda x: x.chunk(2)[1], "SplitBackward0"),
    "tensor_split": (lambda x: x.tensor_split(2)[1], "SliceBackward0"),
    "unbind": (lambda x: x.unbind()[1], "UnbindBackward0"),
    "flip": (lambda x: x.flip(0), "FlipBackward0"),
    "roll": (lambda x: x.roll(1), "RollBackward0"),
    "rot90": (lambda x: x.rot90(), "Rot90Backward0"),
    "narrow": (lambda x: x.narrow(0, 0, 1), "SliceBackward0"),
    "select": (lambda x: x.select(0, 0), "SelectBackward0"),
    "diagonal": (lambda x: x.diagonal(), "DiagonalBackward0"),
    "diag_embed": (lambda x: x[0].diag(), "DiagEmbedBackward0"),
    "tril": (lambda x: x.tril(), "TrilBackward0"),
    "triu": (lambda x: x.triu(), "TriuBackward0"),
    "unfold": (lambda x: x.unfold(1, 2, 1), "UnfoldBackward0"),
    "clone": (lambda x: x.clone(), "CloneBackward0"),
}


@pytest.mark.parametrize("name", NODES)
def test_nodes_have_the_names_of_torch(name: str) -> None:
    act, expected = NODES[name]
    x = chainrule.zeros(2, 3, requires_grad=True)
    assert act(x).grad_fn.name() == expected


def test_nothing_to_do_gives_the_tensor_itself() -> None:
    x = chainrule.zeros(2, 3, requires_grad=True)
    assert x.flatten(1) is x
    assert x.contiguous() is x
    assert x.conj() is x
    assert x.resolve_conj() is x
    assert x.real is x
    assert chainrule.atleast_2d(x) is x


def test_sizes_may_be_given_in_every_way() -> None:
    for size in ([3, 2], (3, 2), chainrule.Size([3, 2]), (np.int64(3), tensor(2))):
        assert M.reshape(size).shape == (3, 2)
        assert M.reshape(*size).shape == (3, 2)
        assert M.view(*size).shape == (3, 2)
    assert V.expand(tensor(2), 3).shape == (2, 3)
    assert chainrule.permute(input=M, dims=(1, 0)).shape == (3, 2)


def test_strides_count_elements() -> None:
    assert X.stride() == (12, 4, 1)
    assert X.stride(-1) == 1
    assert X.transpose(0, 2).stride() == (1, 4, 12)
    assert V.expand(2, 3).stride() == (0, 1)
    assert S.stride() == ()
    assert (X.is_contiguous(), X.mT.is_contiguous(), X.mT.contiguous().is_contiguous()) == (True, False, True)


def test_reversing_more_than_two_axes_warns() -> None:
    with pytest.warns(UserWarning, match=r"The use of `x.T` on tensors of dimension other than 2"):
        assert X.T.shape == (4, 3, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert M.T.shape == (3, 2)


def test_parts_of_complex_numbers_are_views() -> None:
    z = tensor([1 + 2j])
    z.real += 4
    z.imag = chainrule.zeros(1)
    assert z.tolist() == [5 + 0j]


def test_cat_promotes() -> None:
    assert chainrule.cat([V, chainrule.ones(1, dtype=chainrule.float64)]).dtype == chainrule.float64
    assert chainrule.cat([V, chainrule.ones(1, dtype=chainrule.int64)]).dtype == chainrule.float32
    assert chainrule.stack([S, tensor(1j)]).dtype == chainrule.complex64


def test_numpy_values_give_numpy_values() -> None:
    x = np.arange(6.0)
    assert type(chainrule.reshape(x, (2, 3))) is np.ndarray
    assert type(chainrule.cat([x, x])) is np.ndarray


# What is done with h at 0, where the derivative of h is infinite: nothing of it may come back.
UNUSED: dict[str, Callable[[Any], Any]] = {
    "slice": lambda h: h[::2],
    "backwards": lambda h: h[::-2],
    "narrow": lambda h: h.narrow(0, 2, 1),
    "split": lambda h: h.split([1, 1, 1])[2],
    "unbind": lambda h: h.unbind()[0],
    "tensor_split": lambda h: h.tensor_split(3)[0],
    "diagonal": lambda h: h.expand(3, 3).diagonal()[::2],
    "unfold": lambda h: h.unfold(0, 1, 2),
    "tril": lambda h: h[[0, 1]].expand(2, 2).tril()[:, 0] * 1,
    "cat": lambda h: chainrule.cat([h, h])[:3:2],
    "stack": lambda h: chainrule.stack([h, h], 1)[::2],
    "permute": lambda h: h.reshape(3, 1).T[:, ::2],
    "flip": lambda h: h.flip(0)[::2],
    "roll": lambda h: h.roll(1)[:2],
    "repeat": lambda h: h.repeat(2)[2:4],
    "rot90": lambda h: h[None].rot90()[::2],
    "expand": lambda h: h[:2].unsqueeze(0).expand(4, 2)[1:3, 0],
    "meshgrid": lambda h: chainrule.meshgrid(h, h)[0][::2],
    "repeat_interleave": lambda h: h.repeat_interleave(tensor([2, 0, 1])),
    "select of a slice": lambda h: h[0:3][::2][0],
}


@pytest.mark.parametrize("name", UNUSED)
def test_what_was_not_used_is_dead(name: str) -> None:
    x = tensor([1.0, 0.0, 4.0], requires_grad=True)
    (g,) = chainrule.autograd.grad(UNUSED[name](x.sqrt()).sum(), x, create_graph=True)
    (h,) = chainrule.autograd.grad(g.sum(), x)
    (plain,) = chainrule.autograd.grad(UNUSED[name](x.sqrt()).sum(), x)
    assert g.tolist() == plain.tolist()
    assert g[1].item() == h[1].item() == 0
    assert np.isfinite(h.numpy()).all()
