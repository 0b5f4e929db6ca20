"""Nodes have torch's names, and edges lead where torch's lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from libraries import chainrule, tensors_in, torch

from generated.calls import all_calls

FIRST = [pytest.param(c, id=c.name) for c in all_calls() if c.number == 0 and c.operands]

PROGRAMS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "polynomial": lambda m, x, y: 3 * x**2 + 2 * x + 4,
    "sub": lambda m, x, y: x - y,
    "rsub": lambda m, x, y: 1 - x,
    "div": lambda m, x, y: x / y,
    "rdiv": lambda m, x, y: 1 / x,
    "pow tensor": lambda m, x, y: x**y,
    "pow base": lambda m, x, y: 2**x,
    "neg": lambda m, x, y: -x,
    "abs": lambda m, x, y: abs(x),
    "matmul": lambda m, x, y: x @ y,
    "sum": lambda m, x, y: x.sum(),
    "sum dim": lambda m, x, y: x.sum(0),
    "mean": lambda m, x, y: x.mean(),
    "mean dim": lambda m, x, y: x.mean(0),
    "max": lambda m, x, y: x.max(),
    "max dim": lambda m, x, y: x.max(0)[0],
    "reshape": lambda m, x, y: x.reshape(1, -1),
    "view": lambda m, x, y: x.view(1, 3),
    "T": lambda m, x, y: x.reshape(1, 3).T,
    "slice": lambda m, x, y: x[1:],
    "element": lambda m, x, y: x[1],
    "mask": lambda m, x, y: x[x > 0],
    "index": lambda m, x, y: x[m.tensor([0, 2])],
    "clone": lambda m, x, y: x.clone(),
    "cat": lambda m, x, y: m.cat([x, y]),
    "stack": lambda m, x, y: m.stack([x, y]),
    "where": lambda m, x, y: m.where(x > 0, x, y),
    "clamp": lambda m, x, y: x.clamp(0, 1),
    "to": lambda m, x, y: x.double(),
    "in-place": lambda m, x, y: x.clone().mul_(y),
    "write": lambda m, x, y: _written(m, x, y),
    "norm": lambda m, x, y: x.norm(),
    "softmax": lambda m, x, y: x.softmax(0),
    "unsqueeze": lambda m, x, y: x.unsqueeze(0),
    "expand": lambda m, x, y: x.expand(2, 3),
    "unbind": lambda m, x, y: x.unbind()[1],
    "chain": lambda m, x, y: (x.exp() * y.sin()).sum().sqrt(),
}


OTHER_NODES = {
    "floor_divide": "torch has no derivative here, chainrule's is 0",
    "Tensor.__rfloordiv__": "torch has no derivative here, chainrule's is 0",
    "Tensor.__rmod__": "torch has no derivative here, chainrule has",
    "cholesky": "torch has a node of its own for the older function",
    "polar": "composed of cos, sin and complex",
    "scatter_reduce": "composed of a gather and a reduction",
    "index_fill": "torch numbers the variant that takes a tensor apart",
    "Tensor.fill_diagonal_": "torch writes through a view of the diagonal",
    "meshgrid": "the axes are exchanged afterwards in torch",
}


def _written(m: Any, x: Any, y: Any) -> Any:
    z = x.clone()
    z[1:] = y[1:]
    return z


def _short(fn: Any) -> str:
    """Return the name as it is printed, without namespaces."""
    return fn.name().rpartition("::")[2]


def _names(fn: Any) -> Any:
    """Return a node's name with those of the nodes it leads to."""
    if fn is None:
        return None
    return _short(fn), [(_names(f), number) for f, number in fn.next_functions]


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_whole_graph_has_torchs_names(name: str) -> None:
    graphs = []
    for m in (chainrule, torch):
        x = m.tensor([1.0, 2.0, 0.5], requires_grad=True)
        y = m.tensor([0.3, 1.5, 2.5], requires_grad=True)
        graphs.append(_names(PROGRAMS[name](m, x, y).grad_fn))
    assert graphs[0] == graphs[1]


@pytest.mark.parametrize("c", FIRST)
def test_each_operation_has_torchs_name_of_its_node(c: Any) -> None:
    if c.name in OTHER_NODES:
        pytest.skip(OTHER_NODES[c.name])
    from libraries import call, call_torch

    _, theirs = call_torch(c.name, c.sample.args, c.sample.kwargs)
    _, ours = call(chainrule, c.name, c.sample.args, c.sample.kwargs)
    for a, b in zip(tensors_in(ours), tensors_in(theirs), strict=True):
        if b.grad_fn is None:
            assert a.grad_fn is None
        else:
            assert a.grad_fn is not None
            assert _short(a.grad_fn) == _short(b.grad_fn)
