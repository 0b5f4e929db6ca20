"""Extrema and medians: ties, NaN, dead elements, forms, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad

NAN, INF = float("nan"), float("inf")

CHOICES = {
    "amax": lambda x: chainrule.amax(x),
    "max": lambda x: chainrule.max(x),
    "max along dim": lambda x: chainrule.max(x, 0)[0],
    "aminmax": lambda x: chainrule.aminmax(x)[1],
    "cummax": lambda x: chainrule.cummax(x, 0)[0][-1],
    "sort": lambda x: chainrule.sort(x)[0][-1],
    "topk": lambda x: chainrule.topk(x, 1)[0],
    "kthvalue": lambda x: chainrule.kthvalue(x, 3)[0],
    "norm inf": lambda x: chainrule.norm(x, INF),
}


@pytest.mark.parametrize("name", CHOICES)
def test_elements_that_were_not_chosen_are_dead(name: str) -> None:
    """The derivative of sqrt at 0 is infinite: it must not matter where 0 was not chosen."""
    x = chainrule.tensor([0.0, 4.0, 0.0], requires_grad=True)
    (g,) = grad(CHOICES[name](chainrule.sqrt(x)).sum(), x, create_graph=True)
    assert g.tolist() == [0.0, 0.25, 0.0]
    (h,) = grad(g.sum(), x)
    assert h.tolist() == [0.0, -1 / 32, 0.0]


@pytest.mark.parametrize("name", ["amax", "max", "max along dim", "aminmax", "sort", "kthvalue"])
def test_a_chosen_element_is_dead_when_its_extremum_is(name: str) -> None:
    x = chainrule.zeros(3, requires_grad=True)
    top = CHOICES[name](chainrule.sqrt(x))
    (g,) = grad(chainrule.where(top > 0, top, 0.0).sum(), x)
    assert g.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("reduce", [chainrule.max, chainrule.amax, lambda x: chainrule.amax(x, 0)])
def test_nan_wins_and_has_the_gradient(reduce: Any) -> None:
    x = chainrule.tensor([1.0, NAN, 3.0], requires_grad=True)
    y = reduce(x)
    assert np.isnan(y.item())
    assert grad(y, x)[0].tolist() == [0.0, 1.0, 0.0]


def test_ties_share_along_every_set_of_axes() -> None:
    x = chainrule.tensor([[1.0, 1.0], [1.0, 0.0]], requires_grad=True)
    assert grad(x.amax(1).sum(), x)[0].tolist() == [[0.5, 0.5], [1.0, 0.0]]
    third = 1 / 3
    np.testing.assert_allclose(grad(x.amax((0, 1)), x)[0].numpy(), [[third, third], [third, 0]], rtol=1e-6)


def test_max_along_a_dim_gives_everything_to_the_element_at_the_index() -> None:
    x = chainrule.tensor([2.0, 2.0], requires_grad=True)
    values, index = x.max(0)
    assert index.item() == 0
    assert grad(values, x)[0].tolist() == [1.0, 0.0]


def test_results_print_as_torchs_named_tuples() -> None:
    found = chainrule.tensor([[1.0, 5.0]]).max(1)
    assert repr(found) == ("chainrule.return_types.max(\nvalues=tensor([5.]),\nindices=tensor([1]))")
    assert found.values is found[0]
    assert found.indices is found[1]


def test_max_of_two_tensors_is_maximum() -> None:
    a, b = chainrule.tensor([1.0, 5.0]), chainrule.tensor([2.0, 3.0])
    for y in (a.max(b), chainrule.max(a, b), chainrule.max(a, other=b)):
        assert y.tolist() == [2.0, 5.0]


@pytest.mark.parametrize("name", ["max", "min"])
def test_the_extremum_of_nothing_is_torchs_error(name: str) -> None:
    e = chainrule.zeros(0, 3)
    message = r"\(\): Expected reduction dim to be specified for input.numel\(\) == 0."
    for reduce in (name, f"a{name}"):
        with pytest.raises(RuntimeError, match=f"^{reduce}{message}"):
            getattr(e, reduce)()
        missing = rf"^{reduce}\(\): Expected reduction dim 0 to have non-zero size.$"
        with pytest.raises(IndexError, match=missing):
            getattr(e, reduce)(0)
    with pytest.raises(IndexError, match=f"^arg{name}{message}"):
        getattr(e, f"arg{name}")()
    assert getattr(e, name)(1)[0].shape == getattr(e, f"a{name}")(1).shape == (0,)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("max", NotImplementedError),
        ("amin", NotImplementedError),
        ("argmax", RuntimeError),
        ("median", NotImplementedError),
    ],
)
def test_complex_numbers_have_no_order(name: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"ComplexFloat|complex"):
        getattr(chainrule.tensor([1j]), name)()


def test_argmax_takes_the_first_of_equals_and_the_first_nan() -> None:
    assert chainrule.tensor([1.0, 3.0, 3.0]).argmax().item() == 1
    assert chainrule.tensor([1.0, NAN, NAN]).argmin().item() == 1


def test_the_median_is_the_lower_one_and_nan_if_any_is() -> None:
    x = chainrule.tensor([[4.0, 1.0, 3.0, 2.0], [1.0, NAN, 2.0, 3.0]])
    assert x[0].median().item() == 2.0
    values, index = x.median(1)
    assert (values[0].item(), index.tolist()) == (2.0, [3, 1])
    assert np.isnan(values[1].item())
    assert np.isnan(x.median().item())
    assert (x.nanmedian(1)[0].tolist(), x.nanmedian(1)[1].tolist()) == ([2.0, 2.0], [3, 2])


def test_the_nanmedian_of_nothing_but_nan_is_nan() -> None:
    x = chainrule.tensor([NAN, NAN])
    assert np.isnan(x.nanmedian().item())
    values, index = x.nanmedian(0)
    assert np.isnan(values.item())
    assert index.item() == 0
