"""Products of vectors and matrices beyond the samples: errors in torch's words, names of nodes, dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.autograd import grad

INT = {"dtype": cr.int64}
BOOL = {"dtype": cr.bool}

WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "mm of a vector": (lambda: cr.mm(cr.ones(3), cr.ones(3)), RuntimeError, "self must be a matrix"),
    "mm with a vector": (lambda: cr.mm(cr.ones(3, 3), cr.ones(3)), RuntimeError, "mat2 must be a matrix"),
    "mm of shapes": (
        lambda: cr.mm(cr.ones(2, 3), cr.ones(2, 3)),
        RuntimeError,
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",
    ),
    "mm of dtypes": (
        lambda: cr.mm(cr.ones(2, 2), cr.ones(2, 2, **INT)),
        RuntimeError,
        "expected m1 and m2 to have the same dtype, but got: float != long int",
    ),
    "mm of booleans": (
        lambda: cr.mm(cr.ones(2, 2, **BOOL), cr.ones(2, 2, **BOOL)),
        NotImplementedError,
        "\"addmm_impl_cpu_\" not implemented for 'Bool'",
    ),
    "mm of a number": (
        lambda: cr.mm(2.0, cr.ones(2, 2)),
        TypeError,
        "mm(): argument 'input' (position 1) must be Tensor, not float",
    ),
    "bmm of a matrix": (
        lambda: cr.bmm(cr.ones(2, 2), cr.ones(2, 2)),
        RuntimeError,
        "batch1 must be a 3D tensor",
    ),
    "bmm of counts": (
        lambda: cr.bmm(cr.ones(2, 2, 3), cr.ones(3, 3, 2)),
        RuntimeError,
        "Expected size for first two dimensions of batch2 tensor to be: [2, 3] but got: [3, 3].",
    ),
    "bmm of dtypes": (
        lambda: cr.bmm(cr.ones(2, 2, 2), cr.ones(2, 2, 2, **INT)),
        RuntimeError,
        "expected scalar type Float but found Long",
    ),
    "mv of vectors": (
        lambda: cr.mv(cr.ones(3), cr.ones(3)),
        RuntimeError,
        "vector + matrix @ vector expected, got 1, 1, 1",
    ),
    "mv of sizes": (
        lambda: cr.mv(cr.ones(2, 3), cr.ones(2)),
        RuntimeError,
        "size mismatch, got input (2), mat (2x3), vec (2)",
    ),
    "mv of dtypes": (
        lambda: cr.mv(cr.ones(2, 2), cr.ones(2, **INT)),
        RuntimeError,
        "addmv input tensors must have the same dtype, but got Long, Float, and Long",
    ),
    "dot of matrices": (
        lambda: cr.dot(cr.ones(2, 2), cr.ones(2)),
        RuntimeError,
        "1D tensors expected, but got 2D and 1D tensors",
    ),
    "dot of sizes": (
        lambda: cr.dot(cr.ones(2), cr.ones(3)),
        RuntimeError,
        "inconsistent tensor size, expected tensor [2] and src [3] to have the same number of elements, but "
        "got 2 and 3 elements respectively",
    ),
    "vdot of dtypes": (
        lambda: cr.vdot(cr.ones(2), cr.ones(2, **INT)),
        RuntimeError,
        "dot : expected both vectors to have same dtype, but found Float and Long",
    ),
    "matmul of a number": (
        lambda: cr.matmul(cr.ones(()), cr.ones(3)),
        RuntimeError,
        "both arguments to matmul need to be at least 1D, but they are 0D and 1D",
    ),
    "matmul of a stack and a matrix": (
        lambda: cr.matmul(cr.ones(2, 2, 3), cr.ones(2, 2)),
        RuntimeError,
        "mat1 and mat2 shapes cannot be multiplied (4x3 and 2x2)",
    ),
    "matmul of a stack and a vector": (
        lambda: cr.matmul(cr.ones(2, 2, 3), cr.ones(2)),
        RuntimeError,
        "size mismatch, got input (4), mat (4x3), vec (2)",
    ),
    "matmul of a vector and a stack": (
        lambda: cr.matmul(cr.ones(2), cr.ones(3, 3, 2)),
        RuntimeError,
        "Expected size for first two dimensions of batch2 tensor to be: [3, 2] but got: [3, 3].",
    ),
    "matmul of stacks": (
        lambda: cr.matmul(cr.ones(5, 2, 3), cr.ones(1, 2, 2)),
        RuntimeError,
        "Expected size for first two dimensions of batch2 tensor to be: [5, 3] but got: [5, 2].",
    ),
    "inner of sizes": (
        lambda: cr.inner(cr.ones(2, 3), cr.ones(2)),
        RuntimeError,
        "inner() the last dimension must match on both input tensors but got shapes [2, 3] and [2]",
    ),
    "inner of dtypes": (
        lambda: cr.inner(cr.ones(2), cr.ones(2, **INT)),
        RuntimeError,
        "both inputs should have same dtype",
    ),
    "outer of a matrix": (
        lambda: cr.outer(cr.ones(2, 2), cr.ones(2)),
        RuntimeError,
        "outer: Expected 1-D argument self, but got 2-D",
    ),
    "tensordot of lengths": (
        lambda: cr.tensordot(cr.ones(2, 3), cr.ones(2, 3), 1),
        RuntimeError,
        "contracted dimensions need to match, but first has size 3 in dim -1 and second has size 2 in dim 0",
    ),
    "tensordot of too many": (
        lambda: cr.tensordot(cr.ones(2, 3), cr.ones(2, 3), 3),
        RuntimeError,
        "tensordot expects dims < ndim_a or ndim_b, but got dims=3",
    ),
    "tensordot of unequal lists": (
        lambda: cr.tensordot(cr.ones(2, 3), cr.ones(2, 3), ([0], [0, 1])),
        RuntimeError,
        "both dimension lists should have same length",
    ),
    "tensordot of a repeated axis": (
        lambda: cr.tensordot(cr.ones(2, 2), cr.ones(2, 2), ([0, 0], [0, 1])),
        RuntimeError,
        "dim 0 appears multiple times in the list of dims",
    ),
    "tensordot of half an axis": (
        lambda: cr.tensordot(cr.ones(2), cr.ones(2), 0.5),
        RuntimeError,
        "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] containing two "
        "lists, but got dims=0.5",
    ),
    "trace of a vector": (
        lambda: cr.trace(cr.ones(3)),
        RuntimeError,
        "trace: expected a matrix, but got tensor with dim 1",
    ),
    "trace of booleans": (
        lambda: cr.trace(cr.ones(2, 2, **BOOL)),
        NotImplementedError,
        "\"trace\" not implemented for 'Bool'",
    ),
    "cross of no three": (
        lambda: cr.cross(cr.ones(2), cr.ones(2)),
        RuntimeError,
        "no dimension of size 3 in input",
    ),
    "cross of lengths": (
        lambda: cr.cross(cr.ones(2, 3), cr.ones(2, 3), dim=0),
        RuntimeError,
        "linalg.cross: inputs dimension 0 must have length 3. Got 2 and 2",
    ),
    "cross of ranks": (
        lambda: cr.cross(cr.ones(3), cr.ones(2, 3)),
        RuntimeError,
        "linalg.cross: inputs must have the same number of dimensions.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_operands_raise_torchs_errors(name: str) -> None:
    function, kind, message = WRONG[name]
    with pytest.raises(kind) as info:
        function()
    assert str(info.value) == message


def _matrix(*shape: int) -> Any:
    return cr.ones(*shape, requires_grad=True)


NODES: dict[str, tuple[Callable[[], Any], str]] = {
    "matrices": (lambda: _matrix(2, 2) @ _matrix(2, 2), "Mm"),
    "matrix and vector": (lambda: _matrix(2, 2) @ _matrix(2), "Mv"),
    "vectors": (lambda: _matrix(2) @ _matrix(2), "Dot"),
    "stacks": (lambda: _matrix(2, 2, 2) @ _matrix(2, 2, 2), "UnsafeView"),
    "stack and matrix": (lambda: _matrix(2, 2, 2) @ _matrix(2, 2), "UnsafeView"),
    "stack and vector": (lambda: _matrix(2, 2, 2) @ _matrix(2), "UnsafeView"),
    "vector and stack": (lambda: _matrix(2) @ _matrix(2, 2, 2), "UnsafeView"),
    "bmm": (lambda: cr.bmm(_matrix(2, 2, 2), _matrix(2, 2, 2)), "Bmm"),
    "vdot": (lambda: cr.vdot(_matrix(2), _matrix(2)), "Vdot"),
    "inner": (lambda: cr.inner(_matrix(2), _matrix(2)), "View"),
    "outer": (lambda: cr.outer(_matrix(2), _matrix(2)), "Mul"),
    "kron": (lambda: cr.kron(_matrix(2), _matrix(2)), "UnsafeView"),
    "tensordot": (lambda: cr.tensordot(_matrix(2, 2), _matrix(2, 2), 1), "View"),
    "trace": (lambda: cr.trace(_matrix(2, 2)), "Trace"),
    "cross": (lambda: cr.cross(_matrix(3), _matrix(3)), "LinalgCross"),
}


@pytest.mark.parametrize("name", NODES)
def test_the_last_node_has_torchs_name(name: str) -> None:
    function, node = NODES[name]
    assert function().grad_fn.name() == f"{node}Backward0"


def test_an_axis_of_length_1_is_summed_with_any_in_tensordot() -> None:
    a, b = cr.ones(1, 3), cr.ones(2, 3)
    assert cr.tensordot(a, b, ([0], [0])).tolist() == [[2.0] * 3] * 3
    assert cr.tensordot(b, a, ([0], [0])).tolist() == [[2.0] * 3] * 3


def test_tensordot_takes_its_dims_as_a_tensor() -> None:
    dims = cr.tensor([[1], [0]])
    assert cr.tensordot(cr.ones(2, 3), cr.ones(3, 2), dims).tolist() == [[3.0, 3.0]] * 2


@pytest.mark.parametrize("dtype", [cr.uint8, cr.int8, cr.int32])
def test_the_trace_of_small_integers_is_int64(dtype: Any) -> None:
    assert cr.trace(cr.ones(3, 3, dtype=dtype)).dtype is cr.int64


def test_what_is_not_on_the_diagonal_is_dead_to_the_trace() -> None:
    x = cr.tensor([[4.0, 0.0], [0.0, 1.0]], requires_grad=True)
    (g,) = grad(cr.trace(cr.sqrt(x)), x)
    np.testing.assert_allclose(g.numpy(), [[0.25, 0], [0, 0.5]])
