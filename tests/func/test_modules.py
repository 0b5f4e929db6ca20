"""functional_call: modules as functions of their parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule import nn
from chainrule.func import functional_call, grad, vmap


def network() -> Any:
    return nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))


def parameters_of(module: Any) -> dict[str, Any]:
    return {name: p.detach() for name, p in module.named_parameters()}


def test_gradients_by_parameters_are_those_of_backward() -> None:
    module, x = network(), chainrule.randn(4, 2)
    found = grad(lambda p: functional_call(module, p, (x,)).sum())(parameters_of(module))
    module(x).sum().backward()
    for name, p in module.named_parameters():
        np.testing.assert_allclose(found[name].numpy(), p.grad.numpy(), rtol=1e-5)


def test_gradients_of_each_sample() -> None:
    module, xs = network(), chainrule.randn(4, 2)

    def loss(p: Any, x: Any) -> Any:
        return functional_call(module, p, (x,)).square().sum()

    p = parameters_of(module)
    found = vmap(grad(loss), (None, 0))(p, xs)
    for i, x in enumerate(xs):
        for name, g in grad(loss)(p, x).items():
            np.testing.assert_allclose(found[name][i].numpy(), g.numpy(), rtol=1e-4, atol=1e-6)


def test_an_ensemble_runs_as_one() -> None:
    modules, x = [network() for _ in range(3)], chainrule.randn(4, 2)
    stacked = {
        name: chainrule.stack([parameters_of(m)[name] for m in modules]) for name in parameters_of(modules[0])
    }
    found = vmap(lambda p: functional_call(modules[0], p, x))(stacked)
    for y, module in zip(found, modules, strict=True):
        np.testing.assert_allclose(y.numpy(), module(x).detach().numpy(), rtol=1e-5)


def test_the_module_keeps_its_own_parameters_also_after_an_error() -> None:
    module = nn.Linear(2, 1)
    before = dict(module.named_parameters())
    functional_call(module, {"weight": chainrule.zeros(1, 2)}, chainrule.ones(2))
    with pytest.raises(RuntimeError):
        functional_call(module, {"weight": chainrule.zeros(1, 5)}, chainrule.ones(2))
    assert all(p is before[name] for name, p in module.named_parameters())


def test_tied_weights_change_together_unless_told_otherwise() -> None:
    module = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    module[1].weight = module[0].weight
    one, x = chainrule.full((1, 1), 3.0), chainrule.ones(1)
    assert functional_call(module, {"0.weight": one}, x).item() == 9.0
    own = module[1].weight.item()
    assert functional_call(module, {"0.weight": one}, x, tie_weights=False).item() == pytest.approx(3 * own)


def test_bad_names_and_dicts_are_errors_in_torchs_words() -> None:
    module, x = nn.Linear(2, 1), chainrule.ones(2)
    w = {"weight": chainrule.zeros(1, 2)}
    with pytest.raises(ValueError, match="appeared in multiple dictionaries; behavior of functional call"):
        functional_call(module, [w, w], x)
    with pytest.raises(RuntimeError, match="Missing key\\(s\\): 'bias'"):
        functional_call(module, w, x, strict=True)
    with pytest.raises(RuntimeError, match="Unexpected key\\(s\\): 'nope'"):
        functional_call(module, {**parameters_of(module), "nope": x}, x, strict=True)
    with pytest.raises(ValueError, match="Expected parameter_and_buffer_dicts to be a dict"):
        functional_call(module, 3, x)  # type: ignore[arg-type]
