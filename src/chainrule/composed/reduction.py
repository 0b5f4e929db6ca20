"""Sums, means, products, moments and softmax along axes, as torch offers them."""

from __future__ import annotations

from typing import Any

from chainrule import dtypes
from chainrule.composed.calls import whole
from chainrule.composed.operands import as_dtype, title_of
from chainrule.core.kinds import numpy_dtype
from chainrule.ops import factors, moments, reduction
from chainrule.ops import softmax as fused
from chainrule.ops.dims import normalize_dim, normalize_dims
from chainrule.ops.elementwise.comparison import isnan
from chainrule.ops.elementwise.logic import logical_not


@whole(reduction.total)
def sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of all elements, or over the axes `dim` (an int or a tuple).

    Integers and bool add up to int64; `dtype` is what is summed in. The axes reduced are left out, or of
    length 1 with `keepdim`. Raises IndexError for a `dim` out of range, RuntimeError for one given twice.

    >>> import chainrule
    >>> chainrule.sum(chainrule.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
    tensor([4., 6.])
    """
    x = as_dtype(input, dtype)
    y = reduction.sum_(x, dim=normalize_dims(dim, x.ndim), keepdim=keepdim)
    return y if dtype is None else as_dtype(y, dtype)  # of a small integer type


@whole(reduction.mean_all)
def mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of all elements, or over the axes `dim` (an int or a tuple).

    Raises RuntimeError for integers unless `dtype` is a floating-point one. The mean of nothing is NaN.

    >>> import chainrule
    >>> chainrule.mean(chainrule.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
    tensor([1.5000, 3.5000])
    """
    if dtype is not None and dtypes.as_dtype(dtype).category < dtypes.FLOATING:
        raise RuntimeError(
            "mean(): could not infer output dtype. Optional dtype must be either a floating point or complex "
            f"dtype. Got: {dtypes.as_dtype(dtype).title}"
        )
    x = as_dtype(input, dtype)
    return reduction.mean(x, dim=normalize_dims(dim, x.ndim), keepdim=keepdim)


@whole(factors.prod_all)
def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of all elements, or over `dim` (an int, or a tuple as in NumPy).

    Integers and bool multiply to int64. Derivatives are exact, to any order, also where factors are 0.

    >>> import chainrule
    >>> chainrule.prod(chainrule.tensor([2.0, 3.0, 4.0]))
    tensor(24.)
    """
    x = as_dtype(input, dtype)
    if dim is None and not keepdim:
        y = factors.prod_all(x)
    else:
        y = x
        for axis in sorted(_axes(dim, x.ndim), reverse=True):
            y = factors.prod(y, dim=axis, keepdim=keepdim)
    return y if dtype is None else as_dtype(y, dtype)


def _axes(dim: Any, ndim: int) -> tuple[int, ...]:
    return normalize_dims(dim, ndim) or (0,)  # a 0-d tensor has an axis 0 for torch


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of the elements that are not NaN, of all or over the axes `dim`; nothing flows back to NaN.

    Raises RuntimeError for complex numbers.

    >>> import chainrule
    >>> chainrule.nansum(chainrule.tensor([1.0, float("nan"), 2.0]))
    tensor(3.)
    """
    x = as_dtype(input, dtype)
    kind = numpy_dtype(x).kind
    if kind == "c":
        raise RuntimeError("nansum on CPU does not support complex inputs")
    if kind != "f":
        return sum(x, dim, keepdim, dtype=dtype)
    return reduction.nansum(x, logical_not(isnan(x)), dim=normalize_dims(dim, x.ndim), keepdim=keepdim)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the elements that are not NaN, of all or over the axes `dim`; nothing flows back to NaN.

    Raises RuntimeError for integers and complex numbers.

    >>> import chainrule
    >>> chainrule.nanmean(chainrule.tensor([1.0, float("nan"), 2.0]))
    tensor(1.5000)
    """
    x = as_dtype(input, dtype)
    if numpy_dtype(x).kind not in "fc":
        raise RuntimeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {title_of(x)}"
        )
    numbers = sum(logical_not(isnan(x)), dim, keepdim)
    return nansum(x, dim, keepdim) / numbers


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not 0, of all or over the axes `dim`: int64.

    >>> import chainrule
    >>> chainrule.count_nonzero(chainrule.tensor([[0.0, 1.0], [2.0, 3.0]]), dim=0)
    tensor([1, 2])
    """
    return reduction.count_nonzero(input, dim=normalize_dims(dim, input.ndim))


def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether all elements, or all along `dim` (an int or a tuple; () for each by itself), are not 0.

    >>> import chainrule
    >>> chainrule.all(chainrule.tensor([[True, False], [True, True]]), dim=1)
    tensor([False,  True])
    """
    return reduction.all_(input, dim=_logical_dims(dim, input.ndim), keepdim=keepdim)


def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether any element, or any along `dim` (an int or a tuple; () for each by itself), is not 0.

    >>> import chainrule
    >>> chainrule.any(chainrule.tensor([[True, False], [False, False]]), dim=1)
    tensor([ True, False])
    """
    return reduction.any_(input, dim=_logical_dims(dim, input.ndim), keepdim=keepdim)


def _logical_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    empty = isinstance(dim, (tuple, list)) and not dim
    return () if empty else normalize_dims(dim, ndim)


# -- moments --------------------------------------------------------------------------------------


def var(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The variance of all elements, or over the axes `dim`: squared deviations / (n - correction).

    `correction` is 1, or 0 with `unbiased=False`. Complex numbers have a real variance. NaN for
    one element with correction 1, as in torch. Raises RuntimeError for integers.

    >>> import chainrule
    >>> chainrule.var(chainrule.tensor([1.0, 2.0, 3.0, 4.0]), correction=0)
    tensor(1.2500)
    """
    return moments.var(input, **_moment("var", input, dim, unbiased, keepdim, correction))


def std(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The standard deviation of all elements, or over the axes `dim`: the root of `var`.

    Where all elements are equal the gradient is 0, and smooth functions of it such as `std(x)**2`
    have their true second derivatives. Raises RuntimeError for integers.

    >>> import chainrule
    >>> chainrule.std(chainrule.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    return moments.std(input, **_moment("std", input, dim, unbiased, keepdim, correction))


def var_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Any, Any]:
    """The variance (see `var`) and the mean.

    >>> import chainrule
    >>> chainrule.var_mean(chainrule.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    given = _moment("var_mean", input, dim, unbiased, keepdim, correction)
    spread = moments.var_beside_mean(input, **given)
    return spread, moments.mean_beside_var(input, dim=given["dim"], keepdim=given["keepdim"])


def std_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> tuple[Any, Any]:
    """The standard deviation (see `std`) and the mean.

    >>> import chainrule
    >>> chainrule.std_mean(chainrule.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    given = _moment("std_mean", input, dim, unbiased, keepdim, correction)
    spread = moments.std_beside_mean(input, **given)
    return spread, moments.mean_beside_std(input, dim=given["dim"], keepdim=given["keepdim"])


def _moment(name: str, input: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any) -> dict[str, Any]:
    """Return the parameters of a moment, from either of torch's signatures."""
    if isinstance(dim, bool):  # var(x, False): the only argument is `unbiased`
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{name}() got both 'unbiased' and 'correction', which mean the same")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    return {"dim": normalize_dims(dim, input.ndim), "keepdim": keepdim, "correction": correction}


# -- softmax --------------------------------------------------------------------------------------


def softmax(input: Any, dim: Any, dtype: Any = None) -> Any:
    """exp(input) / sum(exp(input)) along `dim`, without overflow; NaN where all elements are -inf.

    Raises NotImplementedError for integers and complex numbers (give a floating-point `dtype`).

    >>> import chainrule
    >>> chainrule.softmax(chainrule.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    x = _softmax_input("softmax", input, dtype)
    return fused.softmax(x, dim=normalize_dim(dim, x.ndim))


def log_softmax(input: Any, dim: Any, dtype: Any = None) -> Any:
    """The logarithm of `softmax`, accurate where that underflows.

    Raises NotImplementedError for integers and complex numbers (give a floating-point `dtype`).

    >>> import chainrule
    >>> chainrule.log_softmax(chainrule.tensor([0.0, 1000.0]), dim=0)
    tensor([-1000.,     0.])
    """
    x = _softmax_input("log_softmax", input, dtype)
    return fused.log_softmax(x, dim=normalize_dim(dim, x.ndim))


def _softmax_input(name: str, input: Any, dtype: Any) -> Any:
    x = as_dtype(input, dtype)
    if numpy_dtype(x).kind != "f":
        kernel = "softmax_kernel_impl" if name == "softmax" else "log_softmax_kernel_impl"
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{title_of(x)}'")
    return x


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """log(sum(exp(input))) over the axes `dim` (an int or a tuple), without overflow; -inf of nothing.

    >>> import chainrule
    >>> chainrule.logsumexp(chainrule.tensor([1000.0, 1000.0]), dim=0)
    tensor(1000.6932)
    """
    x = input
    if numpy_dtype(x).kind not in "fc":
        x = as_dtype(x, dtypes.get_default_dtype())
    return fused.logsumexp(x, dim=normalize_dims(dim, x.ndim), keepdim=keepdim)


__all__ = [
    "all",
    "any",
    "count_nonzero",
    "log_softmax",
    "logsumexp",
    "mean",
    "nanmean",
    "nansum",
    "prod",
    "softmax",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
]
METHODS = [name for name in __all__ if name not in ("std_mean", "var_mean")]
