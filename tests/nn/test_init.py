"""Initialisations: the distributions that they draw from."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import init

FAN_IN, FAN_OUT = 300, 500


@pytest.fixture(autouse=True)
def _seed():
    cr.manual_seed(0)


def _weights(fill, *args, **options):
    return fill(cr.empty(FAN_OUT, FAN_IN), *args, **options).numpy()


STANDARD_DEVIATIONS = {
    "xavier_uniform_": (init.xavier_uniform_, {"gain": 2.0}, 2 * math.sqrt(2 / (FAN_IN + FAN_OUT))),
    "xavier_normal_": (init.xavier_normal_, {}, math.sqrt(2 / (FAN_IN + FAN_OUT))),
    "kaiming_uniform_": (init.kaiming_uniform_, {}, math.sqrt(2 / FAN_IN)),
    "kaiming_uniform_, out": (
        init.kaiming_uniform_,
        {"mode": "fan_out", "a": 1.0},
        math.sqrt(1 / FAN_OUT),
    ),
    "kaiming_normal_": (init.kaiming_normal_, {"nonlinearity": "tanh"}, 5 / 3 / math.sqrt(FAN_IN)),
    "uniform_": (init.uniform_, {"a": -3.0, "b": 3.0}, 6 / math.sqrt(12)),
    "normal_": (init.normal_, {"std": 0.3}, 0.3),
}


@pytest.mark.parametrize("name", STANDARD_DEVIATIONS)
def test_standard_deviations(name):
    fill, options, expected = STANDARD_DEVIATIONS[name]
    weights = _weights(fill, **options)
    assert weights.std() == pytest.approx(expected, rel=0.01)
    assert abs(weights.mean()) < 0.01 * expected + 0.001 * expected * 10


TRUNCATED = {
    "usual": (0.0, 1.0, -2.0, 2.0),
    "moved": (1.0, 2.0, -1.0, 4.0),
    "narrow": (0.0, 1.0, 0.1, 0.2),
    "tail": (0.0, 1.0, 2.0, 4.0),
    "wide": (0.0, 1.0, -1000.0, 1000.0),
}


@pytest.mark.parametrize("name", TRUNCATED)
def test_truncated_normal_samples_follow_their_distribution(name):
    from scipy import stats

    mean, std, a, b = TRUNCATED[name]
    samples = init.trunc_normal_(cr.empty(4000, dtype=cr.float64), mean, std, a, b).numpy()
    assert a <= samples.min()
    assert samples.max() <= b
    expected = stats.truncnorm((a - mean) / std, (b - mean) / std, mean, std)
    assert stats.kstest(samples, expected.cdf).pvalue > 1e-3


@pytest.mark.filterwarnings("ignore::chainrule.ChainruleWarning")
def test_truncated_normal_samples_far_from_the_mean_stay_within_bounds():
    samples = init.trunc_normal_(cr.empty(100), mean=10.0)
    assert samples.abs().max() <= 2
    assert samples.min() > 0.5  # the bound near the mean


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (2, 3, 4)], ids=str)
def test_orthogonal_weights_are_orthogonal(shape):
    w = init.orthogonal_(cr.empty(*shape, dtype=cr.float64), gain=2.0).numpy().reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_weights_are_not_always_the_same():
    assert not cr.equal(init.orthogonal_(cr.empty(3, 3)), init.orthogonal_(cr.empty(3, 3)))


def test_sparse_weights_have_zeros_in_every_column():
    w = init.sparse_(cr.empty(10, 4), sparsity=0.25, std=2.0)
    assert (w == 0).sum(0).tolist() == [3] * 4


def test_generators_give_the_same_weights_again():
    draws = []
    for _ in range(2):
        g = cr.Generator().manual_seed(5)
        fills = (init.kaiming_normal_, init.xavier_uniform_, init.orthogonal_, init.trunc_normal_)
        draws.append([fill(cr.empty(3, 4), generator=g).tolist() for fill in fills])
        draws[-1].append(init.sparse_(cr.empty(3, 4), 0.5, generator=g).tolist())
    assert draws[0] == draws[1]


def test_parameters_are_filled_without_being_recorded():
    p = nn.Parameter(cr.zeros(2, 2))
    assert init.xavier_normal_(p) is p
    assert p.is_leaf
    assert p.requires_grad
    assert p._version == 1


def test_layers_start_as_the_seed_says():
    cr.manual_seed(1)
    first = nn.Linear(3, 3).weight
    cr.manual_seed(1)
    assert cr.equal(nn.Linear(3, 3).weight, first)
