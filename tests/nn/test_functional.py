"""Functions: second derivatives, writing into the input, extreme inputs."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
import chainrule.nn.functional as F
from nn.layers import ACTIVATIONS, LOSSES

SMOOTH = np.array([-2.3, -1.2, -0.3, 0.2, 0.7, 1.9])
INPLACE = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "celu": F.celu,
    "silu": F.silu,
    "mish": F.mish,
    "hardtanh": F.hardtanh,
    "relu6": F.relu6,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
}


def _gradient(f, x):
    x = cr.tensor(x, requires_grad=True)
    y = f(x)
    weights = cr.arange(1, 1 + y.numel()).reshape(y.shape)
    (g,) = cr.autograd.grad((y * weights).sum(), x, create_graph=True)
    return x, g


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_second_derivatives_of_activations_are_those_of_finite_differences(name):
    _check_second(lambda x: ACTIVATIONS[name](F, x))


@pytest.mark.parametrize("name", LOSSES)
def test_second_derivatives_of_losses_are_those_of_finite_differences(name):
    target = cr.tensor(np.cos(SMOOTH))
    _check_second(lambda x: LOSSES[name](F, x, target, reduction="none"))


def test_second_derivatives_of_cross_entropy_are_those_of_finite_differences():
    for target in (cr.tensor(2), cr.tensor(np.exp(SMOOTH) / np.exp(SMOOTH).sum())):
        _check_second(lambda x, t=target: F.cross_entropy(x, t, label_smoothing=0.1))


def _check_second(f, step=1e-6):
    x, g = _gradient(f, SMOOTH)
    along = np.sin(np.arange(len(SMOOTH)) + 1.0)
    if g.requires_grad:
        (second,) = cr.autograd.grad((g * cr.tensor(along)).sum(), x, materialize_grads=True)
    else:
        second = cr.zeros(len(SMOOTH), dtype=cr.float64)
    up, down = (_gradient(f, SMOOTH + s * step * along)[1].detach().numpy() for s in (1, -1))
    np.testing.assert_allclose(second.numpy(), (up - down) / (2 * step), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", INPLACE)
def test_writing_into_the_input_gives_the_same_values_and_gradients(name):
    f = INPLACE[name]
    results = []
    for inplace in (False, True):
        x = cr.tensor(SMOOTH, requires_grad=True)
        before = x * 1
        y = f(before, inplace=inplace)
        assert (y is before) == inplace
        y.sum().backward()
        results.append((y.tolist(), x.grad.tolist()))
    assert results[0] == results[1]


BORDERS = {
    "elu": (F.elu, [1e4, -1e4], [1e4, -1.0], [1.0, 0.0]),
    "softplus": (F.softplus, [1e4, -1e4], [1e4, 0.0], [1.0, 0.0]),
    "logsigmoid": (F.logsigmoid, [1e4, -1e4], [0.0, -1e4], [0.0, 1.0]),
    "mish": (F.mish, [1e4, -1e4], [1e4, 0.0], [1.0, 0.0]),
    "silu": (F.silu, [1e4, -1e4], [1e4, 0.0], [1.0, 0.0]),
    "gelu": (F.gelu, [1e4, -1e4], [1e4, 0.0], [1.0, 0.0]),
}


@pytest.mark.parametrize("name", BORDERS)
def test_far_out_values_and_slopes_are_finite_and_right(name):
    f, at, values, slopes = BORDERS[name]
    x = cr.tensor(at, dtype=cr.float64, requires_grad=True)
    y = f(x)
    y.sum().backward()
    assert y.tolist() == values
    assert x.grad.tolist() == slopes


def test_gelu_keeps_its_digits_in_the_tail():
    from scipy.special import ndtr

    x = cr.tensor([-30.0], dtype=cr.float64)
    assert F.gelu(x).item() == pytest.approx(-30 * ndtr(-30.0), rel=1e-12)


def test_binary_cross_entropy_has_a_finite_slope_at_the_ends():
    p = cr.tensor([0.0, 1.0, 0.0, 1.0], requires_grad=True)
    F.binary_cross_entropy(p, cr.tensor([0.0, 1.0, 1.0, 0.0]), reduction="sum").backward()
    # The true slopes where the logarithm is not clamped; 0 where it is.
    assert p.grad.tolist() == [1.0, -1.0, 0.0, 0.0]


def test_ignored_targets_send_nothing_back():
    x = cr.tensor([[1.0, float("inf")], [0.0, 2.0]], requires_grad=True)
    F.nll_loss(x, cr.tensor([-100, 1])).backward()
    assert x.grad.tolist() == [[0.0, 0.0], [0.0, -1.0]]


def test_kl_div_of_a_target_of_zero_has_a_finite_gradient():
    target = cr.tensor([[0.0, 1.0]], requires_grad=True)
    F.kl_div(cr.tensor([[-1.0, -2.0]]), target, reduction="sum").backward()
    assert target.grad.tolist()[0][1] == 3.0


@pytest.mark.parametrize("dtype", [cr.float16, cr.float32, cr.float64], ids=str)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_keep_the_dtype(name, dtype):
    x = cr.tensor([-1.0, 0.5], dtype=dtype, requires_grad=True)
    y = ACTIVATIONS[name](F, x)
    y.sum().backward()
    assert y.dtype is x.grad.dtype is dtype


def test_forward_mode_runs_through_a_network_and_agrees_with_reverse():
    from chainrule.core.dual import make_dual, new_level, unpack_dual

    layer = cr.nn.Sequential(cr.nn.Linear(3, 4), cr.nn.LayerNorm(4), cr.nn.GELU("tanh"), cr.nn.Linear(4, 2))
    x, direction = cr.randn(5, 3), cr.randn(5, 3)

    def loss(x):
        return F.cross_entropy(layer(x), cr.tensor([0, 1, 1, 0, 1]))

    with new_level():
        forward = unpack_dual(loss(make_dual(x, direction)))[1].item()
    x.requires_grad_()
    loss(x).backward()
    assert forward == pytest.approx((x.grad * direction).sum().item(), rel=1e-4)
