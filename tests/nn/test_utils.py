"""Clipping and flattening: what they change, and what they leave alone."""

from __future__ import annotations

import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import utils


def test_clipping_writes_into_the_gradients():
    p = nn.Parameter(cr.zeros(2))
    p.grad = cr.tensor([30.0, 40.0])
    grad = p.grad
    total = utils.clip_grad_norm_([p], 5.0)
    assert total.item() == 50.0
    assert p.grad is grad
    assert grad.tolist() == pytest.approx([3.0, 4.0], rel=1e-6)


def test_clipping_takes_all_parameters_together():
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    (net(cr.randn(6, 3)) * 100).square().sum().backward()
    utils.clip_grad_norm_(net.parameters(), 1.0)
    assert utils.get_total_norm([p.grad for p in net.parameters()]).item() == pytest.approx(1.0, rel=1e-4)


def test_refused_clipping_changes_nothing():
    p = nn.Parameter(cr.zeros(2))
    p.grad = cr.tensor([float("nan"), 40.0])
    with pytest.raises(RuntimeError, match="is non-finite, so it cannot be clipped"):
        utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
    assert p.grad[1].item() == 40.0


def test_a_vector_of_parameters_is_recorded():
    layer = nn.Linear(2, 1)
    (utils.parameters_to_vector(layer.parameters()) * cr.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert layer.weight.grad.tolist() == [[1.0, 2.0]]
    assert layer.bias.grad.tolist() == [3.0]


def test_there_and_back():
    layer = nn.Linear(3, 2)
    vector = utils.parameters_to_vector(layer.parameters()).detach()
    other = nn.Linear(3, 2)
    utils.vector_to_parameters(vector, other.parameters())
    assert cr.equal(other.weight, layer.weight)
    assert other.weight.requires_grad
