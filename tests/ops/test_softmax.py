"""softmax, log_softmax and logsumexp at large values and at infinities."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad

INF = math.inf


def _leaf(*values: float) -> chainrule.Tensor:
    return chainrule.tensor(values, dtype=chainrule.float64, requires_grad=True)


def test_large_values_do_not_overflow() -> None:
    x = _leaf(1e4, 1e4 + math.log(3))
    assert x.softmax(0).tolist() == pytest.approx([0.25, 0.75])
    assert x.log_softmax(0).tolist() == pytest.approx([-math.log(4), math.log(0.75)])
    y = x.logsumexp(0)
    assert y.item() == pytest.approx(1e4 + math.log(4))
    assert grad(y, x)[0].tolist() == pytest.approx([0.25, 0.75])


def test_log_softmax_keeps_what_softmax_loses() -> None:
    x = _leaf(0.0, 1000.0)
    assert x.softmax(0).tolist() == [0.0, 1.0]
    assert x.log_softmax(0).tolist() == [-1000.0, 0.0]


def test_minus_infinity_takes_no_part() -> None:
    x = _leaf(-INF, 1.0, 1.0)
    assert x.softmax(0).tolist() == [0.0, 0.5, 0.5]
    assert x.log_softmax(0)[0].item() == -INF
    (g,) = grad((x.softmax(0) * chainrule.tensor([1.0, 2.0, 4.0])).sum(), x)
    assert g.tolist() == [0.0, -0.5, 0.5]
    assert grad(x.logsumexp(0), x)[0].tolist() == pytest.approx([0.0, 0.5, 0.5])


def test_a_row_of_minus_infinity_is_nan_in_softmax_and_minus_infinity_in_logsumexp() -> None:
    x = chainrule.tensor([[-INF, -INF], [0.0, 0.0]], requires_grad=True)
    assert np.isnan(x.softmax(1)[0].detach().numpy()).all()
    y = x.logsumexp(1)
    assert y[0].item() == -INF
    (g,) = grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [[0.0, 0.0], [0.5, 0.5]]
    (h,) = grad(g[:, 0].sum(), x)
    assert h.tolist() == [[0.0, 0.0], [0.25, -0.25]]


def test_plus_infinity_is_the_value_of_logsumexp() -> None:
    assert _leaf(INF, 1.0).logsumexp(0).item() == INF


def test_half_precision_is_computed_in_single_precision() -> None:
    x = chainrule.zeros(4096, dtype=chainrule.float16)
    assert x.softmax(0).sum(dtype=chainrule.float32).item() == 1.0
    assert x.logsumexp(0).item() == pytest.approx(math.log(4096), rel=1e-3)


def test_integers_have_a_logsumexp_but_no_softmax() -> None:
    x = chainrule.tensor([0, 0])
    assert x.logsumexp(0).item() == pytest.approx(math.log(2))
    with pytest.raises(NotImplementedError, match="\"softmax_kernel_impl\" not implemented for 'Long'"):
        x.softmax(0)
    assert x.softmax(0, dtype=chainrule.float32).tolist() == [0.5, 0.5]


def test_nothing_has_minus_infinity() -> None:
    assert chainrule.zeros(0, 2).logsumexp(0).tolist() == [-INF, -INF]
    assert chainrule.zeros(0, 2).softmax(0).shape == (0, 2)
