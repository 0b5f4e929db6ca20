"""Containers: what they hold is found by the module they are in."""

from __future__ import annotations

import chainrule as cr
from chainrule import nn


def test_members_of_containers_are_members_of_the_module():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(1, 1, bias=False)])
            self.heads = nn.ModuleDict({"a": nn.Linear(1, 1, bias=False)})
            self.scales = nn.ParameterList([cr.ones(1)])
            self.shifts = nn.ParameterDict({"b": cr.ones(1)})

    names = [name for name, _ in Net().named_parameters()]
    assert names == ["layers.0.weight", "heads.a.weight", "scales.0", "shifts.b"]


def test_lists_change_as_python_lists_do():
    layers = nn.ModuleList([nn.ReLU(), nn.Tanh(), nn.Sigmoid()])
    del layers[0]
    layers.insert(1, nn.SiLU())
    layers += [nn.Mish()]
    assert [type(m).__name__ for m in layers] == ["Tanh", "SiLU", "Sigmoid", "Mish"]
    assert list(layers._modules) == ["0", "1", "2", "3"]
    assert layers[1] in layers


def test_module_dicts_change_as_python_dicts_do():
    d = nn.ModuleDict({"a": nn.ReLU()})
    d["b"] = nn.Tanh()
    del d["a"]
    assert list(d.items()) == [("b", d["b"])]
    d.clear()
    assert len(d) == 0


def test_parameter_dicts_change_as_python_dicts_do():
    d = nn.ParameterDict({"a": cr.ones(1)})
    d |= {"b": cr.ones(2)}
    assert isinstance(d["b"], nn.Parameter)
    d.clear()
    assert len(d) == 0
    assert list(d.parameters()) == []


def test_lists_of_parameters_take_replacements():
    scales = nn.ParameterList([cr.ones(1), 5])
    scales[-1] = cr.zeros(2)
    assert isinstance(scales[1], nn.Parameter)
    assert len(list(scales.parameters())) == 2


def test_a_sequence_passes_results_on():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = cr.randn(4, 2)
    assert cr.equal(net(x), net[2](net[1](net[0](x))))
    assert cr.equal(net[:2](x), net[1](net[0](x)))
