"""Running sums and extrema."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad

NAN = float("nan")


def test_single_precision_runs_up_in_double_precision() -> None:
    x = np.full(1_000_000, 0.1, np.float32)
    exact = np.cumsum(x.astype(np.float64))[-1]
    assert abs(chainrule.from_numpy(x).cumsum(0)[-1].item() - exact) < 0.01


@pytest.mark.parametrize("name", ["bool", "uint8", "int32"])
def test_integers_run_up_to_int64(name: str) -> None:
    x = chainrule.tensor([1, 1, 1], dtype=getattr(chainrule, name))
    assert (x.cumsum(0).dtype, x.cumsum(0).tolist()) == (chainrule.int64, [1, 2, 3])
    assert (x.cumprod(0).dtype, x.cumprod(0).tolist()) == (chainrule.int64, [1, 1, 1])


def test_a_running_extremum_names_the_last_of_equals() -> None:
    x = chainrule.tensor([1.0, 3.0, 3.0, 2.0])
    assert x.cummax(0)[1].tolist() == [0, 1, 2, 2]
    assert x.cummin(0)[1].tolist() == [0, 0, 0, 0]


def test_a_running_extremum_stays_at_the_last_nan() -> None:
    values, index = chainrule.tensor([3.0, NAN, 1.0, NAN, 5.0]).cummax(0)
    assert values[0].item() == 3.0
    assert np.isnan(values[1:].numpy()).all()
    assert index.tolist() == [0, 1, 1, 3, 3]


def test_an_element_that_is_the_extremum_for_long_gets_all_of_its_gradients() -> None:
    x = chainrule.tensor([[2.0, 0.0, 1.0, 3.0]], requires_grad=True)
    weights = chainrule.tensor([[1.0, 10.0, 100.0, 1000.0]])
    (g,) = grad((x.cummax(1)[0] * weights).sum(), x)
    assert g.tolist() == [[111.0, 0.0, 0.0, 1000.0]]


def test_in_place_running_sums_keep_the_graph() -> None:
    x = chainrule.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y.cumsum_(0)
    assert y.tolist() == [1.0, 3.0, 6.0]
    assert grad(y.sum(), x)[0].tolist() == [3.0, 2.0, 1.0]
