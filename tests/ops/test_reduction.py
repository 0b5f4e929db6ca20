"""Sums and what is like them: dtypes, NumPy's names, accuracy, errors, nodes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule
from chainrule.autograd import grad

NAN = float("nan")


@pytest.mark.parametrize("name", ["bool", "uint8", "int8", "int16", "int32", "int64"])
@pytest.mark.parametrize("operation", ["sum", "prod", "nansum"])
def test_integers_add_and_multiply_up_to_int64(name: str, operation: str) -> None:
    x = chainrule.tensor([1, 1, 1], dtype=getattr(chainrule, name))
    for result in (getattr(x, operation)(), getattr(x, operation)(0)):
        assert result.dtype is chainrule.int64
        assert result.item() == (1 if operation == "prod" else 3)


def test_small_integers_do_not_overflow_while_they_are_added() -> None:
    x = chainrule.full((100,), 100, dtype=chainrule.int8)
    assert x.sum().item() == 10_000
    assert x.sum(0).item() == 10_000
    assert x.sum(dtype=chainrule.int8).item() == 10_000 % 256


@pytest.mark.parametrize("reduce", [lambda x: x.sum(), lambda x: x.sum(0), lambda x: x.nansum()])
def test_half_precision_is_added_up_in_single_precision(reduce: Any) -> None:
    x = chainrule.ones(5000, dtype=chainrule.float16)
    y = reduce(x)
    assert (y.item(), y.dtype) == (5000.0, chainrule.float16)


def test_the_mean_of_half_precision_does_not_overflow() -> None:
    x = chainrule.full((1000,), 1000.0, dtype=chainrule.float16)
    assert x.mean().item() == x.mean(0).item() == 1000.0


def test_a_sum_is_as_accurate_as_numpys() -> None:
    x = np.random.default_rng(0).uniform(0, 1, 1_000_000).astype(np.float32)
    exact = np.sum(x.astype(np.float64))
    assert abs(chainrule.from_numpy(x).sum().item() - exact) <= abs(float(np.sum(x)) - exact)


def test_a_dtype_is_what_is_added_up_in_and_the_gradient_comes_back_in_the_inputs() -> None:
    x = chainrule.tensor([1.0, 2.0], requires_grad=True)
    y = x.sum(dtype=chainrule.float64)
    y.backward()
    assert (y.dtype, x.grad.dtype) == (chainrule.float64, chainrule.float32)


def test_numpys_names_mean_the_same() -> None:
    x = chainrule.arange(6.0).reshape(2, 3)
    for name in ("sum", "mean", "prod", "amax", "amin", "var", "std", "nansum", "logsumexp", "all", "argmax"):
        a = getattr(chainrule, name)(x, dim=1, keepdim=True)
        b = getattr(x, name)(axis=1, keepdims=True)
        assert a.shape == b.shape == (2, 1)
        assert a.tolist() == b.tolist()


def test_both_names_at_once_are_an_error() -> None:
    with pytest.raises(TypeError, match="got both 'dim' and 'axis'"):
        chainrule.zeros(2).sum(dim=0, axis=0)


@pytest.mark.parametrize("bad", [3, [1.0, 2.0], None, "x"])
@pytest.mark.parametrize("name", ["softmax", "cumsum", "amax"])
def test_what_is_no_tensor_is_refused_in_torchs_words(name: str, bad: Any) -> None:
    with pytest.raises(TypeError) as error:
        getattr(chainrule, name)(bad, 0)
    kind = type(bad).__name__
    assert str(error.value) == f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}"


def test_the_mean_of_integers_is_torchs_error() -> None:
    for dim in ((), (0,)):
        with pytest.raises(RuntimeError, match=r"could not infer output dtype.*Got: Long"):
            chainrule.tensor([1, 2]).mean(*dim)
    with pytest.raises(RuntimeError, match=r"Optional dtype must be.*Got: Int"):
        chainrule.tensor([1.0]).mean(dtype=chainrule.int32)
    assert chainrule.tensor([1, 2]).mean(dtype=chainrule.float32).item() == 1.5


def test_an_integer_dtype_for_what_requires_grad_is_torchs_error() -> None:
    x = chainrule.tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"^Autograd not support dtype: Long$"):
        x.sum(dtype=chainrule.int64)


def test_reductions_of_nothing() -> None:
    e = chainrule.zeros(0, 3)
    assert e.sum().item() == 0
    assert e.prod().item() == 1
    assert e.sum(0).tolist() == [0, 0, 0]
    assert np.isnan(e.mean().item())
    assert e.all().item()
    assert not e.any().item()


def test_an_empty_tuple_of_dims_is_all_of_them_except_for_all_and_any() -> None:
    x = chainrule.ones(2, 3)
    assert x.sum(()).shape == ()
    assert x.all(()).shape == x.any(()).shape == (2, 3)


def test_uint8_stays_uint8_in_all_and_any() -> None:
    x = chainrule.tensor([0, 2], dtype=chainrule.uint8)
    assert (x.all().dtype, x.any().dtype) == (chainrule.uint8, chainrule.uint8)
    assert (x.all().item(), x.any().item()) == (0, 1)


NODES = {
    "SumBackward0": lambda x: x.sum(),
    "SumBackward1": lambda x: x.sum(0),
    "MeanBackward0": lambda x: x.mean(),
    "MeanBackward1": lambda x: x.mean((0, 1)),
    "ProdBackward0": lambda x: x.prod(),
    "ProdBackward1": lambda x: x.prod(1),
    "NansumBackward0": lambda x: x.nansum(),
    "DivBackward0": lambda x: x.nanmean(),
    "VarBackward0": lambda x: x.var(),
    "StdBackward0": lambda x: x.std(0),
    "VarMeanBackward0": lambda x: chainrule.var_mean(x)[1],
    "StdMeanBackward0": lambda x: chainrule.std_mean(x)[0],
    "MaxBackward0": lambda x: x.max(0)[0],
    "MaxBackward1": lambda x: x.max(),
    "MaximumBackward0": lambda x: x.max(x),
    "AmaxBackward0": lambda x: x.amax(),
    "AminmaxBackward0": lambda x: x.aminmax()[0],
    "MedianBackward0": lambda x: x.median(),
    "MedianBackward1": lambda x: x.median(0)[0],
    "NanmedianBackward1": lambda x: x.nanmedian(0)[0],
    "LinalgVectorNormBackward0": lambda x: x.norm(1),
    "LogsumexpBackward0": lambda x: x.logsumexp(0),
    "SoftmaxBackward0": lambda x: x.softmax(0),
    "LogSoftmaxBackward0": lambda x: x.log_softmax(0),
    "CumsumBackward0": lambda x: x.cumsum(0),
    "CumprodBackward0": lambda x: x.cumprod(0),
    "CummaxBackward0": lambda x: x.cummax(0)[0],
    "SortBackward0": lambda x: x.sort()[0],
    "SortBackward1": lambda x: x.sort(stable=True)[0],
    "TopkBackward0": lambda x: x.topk(1)[0],
    "KthvalueBackward0": lambda x: x.kthvalue(1)[0],
    "Unique2Backward0": lambda x: x.unique(),
    "UniqueDimBackward0": lambda x: x.unique(dim=0),
}


@pytest.mark.parametrize("name", NODES)
def test_nodes_have_torchs_names(name: str) -> None:
    x = chainrule.tensor([[1.0, 3.0], [2.0, 0.5]], requires_grad=True)
    assert NODES[name](x).grad_fn.name() == name


def test_what_made_a_nan_that_is_left_out_gets_no_nan_back() -> None:
    x = chainrule.tensor([-1.0, 4.0], requires_grad=True)
    for reduce in (chainrule.nansum, chainrule.nanmean, chainrule.nanmedian):
        (g,) = grad(reduce(chainrule.sqrt(x)), x)
        assert g.tolist() == [0.0, 0.25]


def test_a_dead_sum_stays_dead_through_it() -> None:
    x = chainrule.tensor([[0.0, 0.0], [4.0, 1.0]], requires_grad=True)
    for reduce in (chainrule.sum, chainrule.mean, chainrule.nansum):
        rows = reduce(chainrule.sqrt(x), 1)
        (g,) = grad(chainrule.where(rows > 0, rows, 0.0).sum(), x)
        assert np.isfinite(g.numpy()).all()
        assert g[0].tolist() == [0.0, 0.0]


def test_count_nonzero_counts_nan() -> None:
    assert chainrule.tensor([0.0, NAN, 1.0]).count_nonzero().item() == 2
