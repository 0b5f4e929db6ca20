"""Wrong programs raise torch's exceptions, with messages that begin in torch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from libraries import LIBRARIES, chainrule, torch

Program = Callable[[Any], Any]


def _backward_twice(m: Any) -> None:
    x = m.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()


def _overwritten(m: Any) -> None:
    x = m.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.mul_(2)
    y.sum().backward()


def _overwritten_operand(m: Any) -> None:
    x = m.tensor([1.0, 2.0], requires_grad=True)
    a = x * 2
    y = a * a
    a[0] = 5.0
    y.sum().backward()


def _overwritten_0d(m: Any) -> None:
    x = m.tensor(1.0, requires_grad=True)
    y = x.exp()
    y.add_(1)
    y.backward()


def _leaf(m: Any) -> Any:
    return m.tensor([1.0, 2.0], requires_grad=True)


def _write_leaf(m: Any) -> None:
    x = _leaf(m)
    x[0] = 1.0


def _change_view_of_leaf(m: Any) -> None:
    _leaf(m)[:1].mul_(2)


def _change_unbound(m: Any) -> None:
    y = _leaf(m) * 1
    y.unbind()[0].mul_(2)


def _set_requires_grad_of_result(m: Any) -> None:
    (_leaf(m) * 2).requires_grad_(False)


def _set_grad(m: Any) -> None:
    _leaf(m).grad = m.ones(3)


def _expanded(m: Any) -> None:
    m.ones(1).expand(3).add_(1)


PROGRAMS: dict[str, Program] = {
    "backward twice": _backward_twice,
    "backward of a vector": lambda m: (_leaf(m) * 2).backward(),
    "backward without history": lambda m: m.tensor(1.0).backward(),
    "backward of an int": lambda m: m.tensor(1).backward(),
    "backward, gradient of a wrong shape": lambda m: (_leaf(m) * 2).backward(m.ones(3)),
    "backward of complex": lambda m: m.tensor(1j, requires_grad=True).mul(2).backward(),
    "grad, unused": lambda m: m.autograd.grad(_leaf(m).sum(), _leaf(m)),
    "grad, no input grad": lambda m: m.autograd.grad(_leaf(m).sum(), m.ones(2)),
    "grad of a vector": lambda m: m.autograd.grad(_leaf(m) * 2, _leaf(m)),
    "grad of a constant": lambda m: m.autograd.grad(m.ones(()), _leaf(m)),
    "leaf in place": lambda m: _leaf(m).add_(1),
    "leaf written": _write_leaf,
    "leaf zeroed": lambda m: _leaf(m).zero_(),
    "view of leaf in place": _change_view_of_leaf,
    "unbound view in place": _change_unbound,
    "saved overwritten": _overwritten,
    "saved operand overwritten": _overwritten_operand,
    "saved 0-d overwritten": _overwritten_0d,
    "overlapping memory written": _expanded,
    "int requires grad": lambda m: m.tensor([1, 2], requires_grad=True),
    "bool requires grad": lambda m: m.ones(2, dtype=m.bool).requires_grad_(),
    "int requires_grad_": lambda m: m.arange(3).requires_grad_(),
    "requires_grad of a result": _set_requires_grad_of_result,
    "numpy of grad": lambda m: _leaf(m).numpy(),
    "float of vector": lambda m: float(m.ones(2)),
    "item of vector": lambda m: m.ones(2).item(),
    "bool of vector": lambda m: bool(m.ones(2)),
    "bool of nothing": lambda m: bool(m.ones(0)),
    "int of vector": lambda m: int(m.ones(3)),
    "len of 0-d": lambda m: len(m.tensor(1.0)),
    "iterate 0-d": lambda m: list(m.tensor(1.0)),
    "index 0-d": lambda m: m.tensor(1.0)[0],
    "index too far": lambda m: m.ones(3)[3],
    "index too far negative": lambda m: m.ones(3)[-4],
    "too many indices": lambda m: m.ones(3)[0, 0],
    "index by float": lambda m: m.ones(3)[m.tensor([0.5])],
    "index array too far": lambda m: m.ones(3)[m.tensor([5])],
    "mask of wrong shape": lambda m: m.ones(3)[m.tensor([True, False])],
    "negative step": lambda m: m.ones(3)[::-1],
    "write of a wrong shape": lambda m: m.ones(3).__setitem__(slice(0, 2), m.ones(3)),
    "shapes do not broadcast": lambda m: m.ones(2) + m.ones(3),
    "shapes do not broadcast, mul": lambda m: m.ones(2, 3) * m.ones(2, 4),
    "in place does not fit": lambda m: m.ones(1).add_(m.ones(3)),
    "in place cannot cast": lambda m: m.ones(2, dtype=m.int64).add_(0.5),
    "in place cannot cast complex": lambda m: m.ones(2).mul_(1j),
    "bad dim": lambda m: m.ones(2).sum(3),
    "bad negative dim": lambda m: m.ones(2).sum(-3),
    "bad dim of 0-d": lambda m: m.ones(()).sum(2),
    "repeated dim": lambda m: m.ones(2, 2).sum((0, 0)),
    "bad dim of softmax": lambda m: m.ones(2).softmax(1),
    "bad dim of cat": lambda m: m.cat([m.ones(2), m.ones(2)], 1),
    "cat of other shapes": lambda m: m.cat([m.ones(2, 2), m.ones(2, 3)], 0),
    "cat of nothing": lambda m: m.cat([]),
    "stack of other shapes": lambda m: m.stack([m.ones(2), m.ones(3)]),
    "stack of nothing": lambda m: m.stack([]),
    "reshape": lambda m: m.ones(6).reshape(4, 2),
    "reshape with two unknowns": lambda m: m.ones(6).reshape(-1, -1),
    "view of transposed": lambda m: m.ones(2, 3).T.view(6),
    "view": lambda m: m.ones(6).view(4),
    "expand": lambda m: m.ones(2).expand(3),
    "expand to fewer": lambda m: m.ones(2, 2).expand(2),
    "permute": lambda m: m.ones(2, 3).permute(0),
    "permute twice": lambda m: m.ones(2, 3).permute(0, 0),
    "transpose": lambda m: m.ones(2).transpose(0, 1),
    "unflatten": lambda m: m.ones(6).unflatten(0, (4, 2)),
    "split": lambda m: m.ones(6).split([2, 3]),
    "chunk": lambda m: m.ones(6).chunk(0),
    "narrow": lambda m: m.ones(3).narrow(0, 2, 2),
    "select": lambda m: m.ones(3).select(0, 3),
    "unsqueeze": lambda m: m.ones(3).unsqueeze(3),
    "flip": lambda m: m.ones(3).flip((0, 0)),
    "diagonal": lambda m: m.ones(3).diagonal(),
    "matmul shapes": lambda m: m.ones(2, 3) @ m.ones(2, 3),
    "matmul vector": lambda m: m.ones(2) @ m.ones(3),
    "matmul 0-d": lambda m: m.ones(()) @ m.ones(3),
    "mm of vectors": lambda m: m.mm(m.ones(3), m.ones(3)),
    "mm shapes": lambda m: m.mm(m.ones(2, 3), m.ones(2, 3)),
    "bmm shapes": lambda m: m.bmm(m.ones(2, 2, 3), m.ones(3, 3, 2)),
    "mv shapes": lambda m: m.mv(m.ones(2, 3), m.ones(2)),
    "dot shapes": lambda m: m.dot(m.ones(3), m.ones(2)),
    "dot of matrices": lambda m: m.dot(m.ones(3, 3), m.ones(3)),
    "matmul dtypes": lambda m: m.ones(2, 2) @ m.ones(2, 2, dtype=m.float64),
    "outer of matrices": lambda m: m.outer(m.ones(2, 2), m.ones(2)),
    "einsum": lambda m: m.einsum("ij,jk->ik", m.ones(2, 3), m.ones(2, 3)),
    "einsum, operands": lambda m: m.einsum("ij,jk->ik", m.ones(2, 3)),
    "trace": lambda m: m.trace(m.ones(3)),
    "det": lambda m: m.linalg.det(m.ones(2, 3)),
    "inv of singular": lambda m: m.linalg.inv(m.zeros(2, 2)),
    "inv of a rectangle": lambda m: m.linalg.inv(m.ones(2, 3)),
    "solve singular": lambda m: m.linalg.solve(m.zeros(2, 2), m.ones(2)),
    "cholesky": lambda m: m.linalg.cholesky(-m.eye(2)),
    "norm of no order": lambda m: m.linalg.matrix_norm(m.ones(2, 2), 3),
    "nuclear norm of a vector": lambda m: m.norm(m.ones(3), "nuc"),
    "norm in a narrower dtype": lambda m: m.linalg.vector_norm(m.ones(3).double(), dtype=m.float32),
    "svd of integers": lambda m: m.linalg.svd(m.ones(2, 2, dtype=m.int64)),
    "svd of NaN": lambda m: m.linalg.svd(m.ones(2, 2) * float("nan")),
    "qr mode": lambda m: m.linalg.qr(m.ones(2, 2), "foo"),
    "older cholesky": lambda m: m.cholesky(-m.eye(2)),
    "solve dtypes": lambda m: m.linalg.solve(m.eye(2), m.ones(2, dtype=m.int64)),
    "solve_triangular shapes": lambda m: m.linalg.solve_triangular(m.eye(2), m.ones(3, 1), upper=True),
    "multi_dot shapes": lambda m: m.linalg.multi_dot([m.ones(2, 3), m.ones(2, 3)]),
    "matrix_power of a fraction": lambda m: m.linalg.matrix_power(m.eye(2), 0.5),
    "addmm dtypes": lambda m: m.addmm(m.ones(2).double(), m.eye(2), m.eye(2)),
    "addmm shapes": lambda m: m.addmm(m.ones(3), m.eye(2), m.eye(2)),
    "addmv shapes": lambda m: m.addmv(m.ones(3), m.eye(2), m.ones(2)),
    "baddbmm dtypes": lambda m: m.baddbmm(m.ones(1), m.ones(1, 1, 1).double(), m.ones(1, 1, 1)),
    "addr of integers": lambda m: m.addr(*[m.ones(2, dtype=m.int64)] * 3, beta=0.5),
    "einsum letters": lambda m: m.einsum("i1->i", m.ones(2, 3)),
    "einsum ellipsis": lambda m: m.einsum("i.j", m.ones(2, 3)),
    "einsum repeated": lambda m: m.einsum("ii", m.ones(2, 3)),
    "eigh of a rectangle": lambda m: m.linalg.eigh(m.ones(2, 3)),
    "gather index dtype": lambda m: m.gather(m.ones(3), 0, m.tensor([0.5])),
    "gather dims": lambda m: m.gather(m.ones(3, 3), 0, m.tensor([0])),
    "gather index too far": lambda m: m.gather(m.ones(3), 0, m.tensor([7])),
    "index_select dtype": lambda m: m.index_select(m.ones(3), 0, m.tensor([0.5])),
    "index_select too far": lambda m: m.index_select(m.ones(3), 0, m.tensor([7])),
    "take too far": lambda m: m.take(m.ones(3), m.tensor([7])),
    "masked_fill dtype": lambda m: m.ones(3).masked_fill(m.ones(3), 0.0),
    "masked_select dtype": lambda m: m.masked_select(m.ones(3), m.ones(3)),
    "max of nothing": lambda m: m.max(m.ones(0)),
    "argmax of nothing": lambda m: m.argmax(m.ones(0)),
    "amax of nothing": lambda m: m.amax(m.ones(0), 0),
    "median dim of nothing": lambda m: m.median(m.ones(0), 0),
    "topk too many": lambda m: m.topk(m.ones(3), 4),
    "kthvalue": lambda m: m.kthvalue(m.ones(3), 4),
    "mean of integers": lambda m: m.arange(3).mean(),
    "var of integers": lambda m: m.arange(3).var(),
    "logsumexp dim": lambda m: m.logsumexp(m.ones(2), 2),
    "sub of booleans": lambda m: m.ones(2, dtype=m.bool) - m.ones(2, dtype=m.bool),
    "neg of booleans": lambda m: -m.ones(2, dtype=m.bool),
    "floor of complex": lambda m: m.floor(m.ones(2, dtype=m.complex64)),
    "maximum of complex": lambda m: m.maximum(m.ones(2, dtype=m.complex64), m.ones(2)),
    "lt of complex": lambda m: m.ones(2, dtype=m.complex64) < 1,
    "clamp without bounds": lambda m: m.clamp(m.ones(2)),
    "integer to a negative power": lambda m: m.arange(3) ** -1,
    "bitwise and of floats": lambda m: m.ones(2) & m.ones(2),
    "repeat": lambda m: m.ones(2, 2).repeat(2),
    "cross": lambda m: m.linalg.cross(m.ones(2), m.ones(2)),
    "arange step": lambda m: m.arange(0, 3, -1),
    "arange zero step": lambda m: m.arange(0, 3, 0),
    "zeros negative": lambda m: m.zeros(-1),
    "linspace steps": lambda m: m.linspace(0, 1, -1),
    "ragged list": lambda m: m.tensor([[1.0], [1.0, 2.0]]),
    "tensor of text": lambda m: m.tensor("one"),
    "unknown device": lambda m: m.ones(2, device="warp"),
    "set grad of another shape": _set_grad,
    "default dtype": lambda m: m.set_default_dtype(m.int64),
    "add text": lambda m: m.ones(2) + "a",
    "exp of a list": lambda m: m.exp([1.0]),
    "exp of a number": lambda m: m.exp(1.0),
    "scatter dims": lambda m: m.zeros(3).scatter(0, m.tensor([[0]]), m.ones(1)),
    "index_add": lambda m: m.zeros(3).index_add(0, m.tensor([0, 1]), m.ones(3)),
    "searchsorted": lambda m: m.searchsorted(m.ones(2, 3), m.ones(3)),
    "bincount": lambda m: m.bincount(m.tensor([-1])),
    "tensordot": lambda m: m.tensordot(m.ones(2, 3), m.ones(2, 3), 1),
    "meshgrid": lambda m: m.meshgrid(m.ones(2, 2), indexing="ij"),
    "unknown keyword": lambda m: m.sum(m.ones(2), wrong=1),
}

# Where torch's own words say nothing useful, or name C++ functions: the type must agree.
OWN_WORDS = {
    "add text": "torch lists C++ overloads",
    "unknown keyword": "torch lists C++ overloads",
    "exp of a list": "chainrule names the operand",
    "unknown device": "torch lists its devices",
    "expand to fewer": "torch names its C++ type",
    "meshgrid": "torch prints the whole tensor",
    "saved operand overwritten": "the node that made the value, before the change",
}
# What chainrule allows although torch refuses it.
ALLOWED: dict[str, str] = {
    "exp of a number": "operations accept NumPy values and numbers",
    "negative step": "views go backwards, as NumPy's do",
}


def _raised(m: Any, program: Program) -> Exception | None:
    try:
        program(m)
    except Exception as error:
        return error
    return None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", PROGRAMS)
def test_wrong_programs_fail_alike(name: str) -> None:
    theirs, ours = (_raised(LIBRARIES[m], PROGRAMS[name]) for m in ("torch", "chainrule"))
    if theirs is None:
        assert ours is None, f"torch allows it, chainrule says {ours!r}"
        return
    if name in ALLOWED:
        assert ours is None
        return
    assert ours is not None, f"torch says {theirs!r}, chainrule nothing"
    # torch's LinAlgError is a RuntimeError of its own
    kind = next(base for base in type(theirs).__mro__ if base.__module__ == "builtins")
    assert isinstance(ours, kind), f"torch: {theirs!r}, chainrule: {ours!r}"
    if name not in OWN_WORDS:
        sentence = _sentence(str(theirs))
        assert str(ours).replace("chainrule", "torch").startswith(sentence), f"{ours}\n\ntorch: {theirs}"


def _sentence(message: str) -> str:
    """Return the message without the hints that follow what is wrong."""
    first = message.splitlines()[0] if message else ""
    return first.partition(" Hint:")[0].partition(" To fix this")[0].strip()


def test_both_libraries_are_there() -> None:
    assert torch.__version__.startswith("2.13")
    assert chainrule.Tensor
