"""Random tensors over NumPy's Philox: samples of the usual distributions, new and in place."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from chainrule import dtypes, sampling
from chainrule.arguments import as_bool, as_float, as_int, as_size, check_options, sizes_of
from chainrule.composed.shape import common_shape
from chainrule.core.inplace import change
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.creation import finish, like
from chainrule.drawing import draws
from chainrule.generator import (
    Generator,
    default_generator,
    fork_rng,  # noqa: F401 (torch.random.fork_rng)
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
    stream_of,
)

Array = Any
Dtype = Any


# -- new tensors ------------------------------------------------------------------------------------


@draws
def rand(
    *sizes: Any,
    size: Any = None,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return samples of the uniform distribution on [0, 1).

    >>> import chainrule
    >>> chainrule.rand(2, 3).shape
    chainrule.Size([2, 3])
    """
    wanted = check_options("rand", dtype, device, requires_grad) or dtypes.get_default_dtype()
    shape, stream = sizes_of(sizes, size, "rand"), stream_of(generator, "rand")
    return finish(sampling.uniform(stream, shape, wanted, "check_uniform_bounds"), requires_grad)


@draws
def randn(
    *sizes: Any,
    size: Any = None,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return samples of the normal distribution of mean 0 and variance 1.

    >>> import chainrule
    >>> chainrule.randn(3).dtype
    chainrule.float32
    """
    wanted = check_options("randn", dtype, device, requires_grad) or dtypes.get_default_dtype()
    shape, stream = sizes_of(sizes, size, "randn"), stream_of(generator, "randn")
    return finish(sampling.standard_normal(stream, shape, wanted), requires_grad)


@draws
def randint(
    *bounds_and_size: Any,
    low: Any = None,
    high: Any = None,
    size: Any = None,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return integers from `low` (0) up to, without, `high`: randint([low,] high, size); int64 by default.

    >>> import chainrule
    >>> chainrule.randint(3, (100,)).max() < 3
    tensor(True)
    """
    wanted = check_options("randint", dtype, device, requires_grad) or dtypes.int64
    given = list(bounds_and_size)
    place = None
    if size is None:
        if not given or (len(given) == 1 and high is None):
            raise TypeError("randint() needs a size, a tuple of ints: randint(high, size)")
        place, size = len(given), given.pop()
    least, most = _low_and_high("randint", given, {"low": low, "high": high})
    shape, stream = as_size(size, "randint", place), stream_of(generator, "randint")
    return finish(sampling.integers(stream, least, most, shape, wanted), requires_grad)


def _low_and_high(function: str, given: list[Any], named: dict[str, Any]) -> tuple[int, int]:
    """Return the bounds that were given by position or name; the lower one may be missing (0)."""
    low, high = named
    bounds = {name: value for name, value in named.items() if value is not None}
    if len(given) == 1 and not bounds:
        bounds[high] = given[0]
    elif len(given) + len(bounds) <= 2 and not (given and low in bounds):
        bounds.update(zip((low, high), given, strict=False))
    else:
        raise TypeError(f"{function}() takes its bounds as ({high}) or ({low}, {high})")
    if high not in bounds:
        raise TypeError(f"{function}() takes its bounds as ({high}) or ({low}, {high})")
    least = as_int(bounds[low], function, low, 1) if low in bounds else 0
    return least, as_int(bounds[high], function, high, 1 + (low in bounds))


@draws
def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return the integers from 0 to n - 1 in random order.

    >>> import chainrule
    >>> chainrule.randperm(4).sum()
    tensor(6)
    """
    wanted = check_options("randperm", dtype, device, requires_grad) or dtypes.int64
    count = as_int(n, "randperm", "n", 1)
    sampling.check_permutation(count, wanted)
    order = stream_of(generator, "randperm").permutation(count)
    return finish(order.astype(wanted.numpy), requires_grad)


@draws
def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return samples of normal distributions; mean and std are tensors, or numbers with a size.

    The samples are not differentiated with respect to mean and std: for that write
    `mean + std * chainrule.randn(size)`. Raises RuntimeError for a negative std.

    >>> import chainrule
    >>> chainrule.normal(chainrule.zeros(2, 1), chainrule.ones(3)).shape
    chainrule.Size([2, 3])
    """
    stream = stream_of(generator, "normal")
    if size is None:
        if dtype is not None or requires_grad:
            raise TypeError(
                "normal() takes dtype and requires_grad with a size only: normal(mean, std, size)"
            )
        return finish(_normal(stream, mean, std))
    wanted = check_options("normal", dtype, device, requires_grad) or dtypes.get_default_dtype()
    shift, scale = as_float(mean, "normal", "mean", 1), as_float(std, "normal", "std", 2)
    sampling.check_std(scale)
    samples = sampling.standard_normal(stream, as_size(size, "normal", 3), wanted)
    return finish(np.asarray(samples * scale + shift).astype(wanted.numpy), requires_grad)


def _normal(stream: Any, mean: Any, std: Any) -> Array:
    """Return samples for tensors of means or standard deviations (or both)."""
    tensors = [x for x in (mean, std) if isinstance(x, TensorBase)]
    if not tensors:
        raise TypeError("normal() of two numbers needs a size: normal(mean, std, size)")
    shift = array_of(mean) if isinstance(mean, TensorBase) else as_float(mean, "normal", "mean", 1)
    scale = array_of(std) if isinstance(std, TensorBase) else as_float(std, "normal", "std", 2)
    if np.iscomplexobj(scale):
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if isinstance(scale, float):
        sampling.check_std(scale)
    elif not np.all(scale >= 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    shape = functools.reduce(common_shape, [t._value.shape for t in tensors])
    wanted = dtypes.from_numpy_dtype(tensors[0]._value.dtype)
    samples = sampling.standard_normal(stream, shape, wanted)
    return np.asarray(samples * scale + shift).astype(wanted.numpy)


@draws
def bernoulli(input: Any, p: Any = None, *, generator: Generator | None = None) -> Any:
    """Return ones with the probabilities in `input` (or with probability p for all), else zeros.

    Raises RuntimeError for probabilities outside [0, 1].

    >>> import chainrule
    >>> chainrule.bernoulli(chainrule.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    shape, dtype = like("bernoulli", input)
    probabilities = input if p is None else as_float(p, "bernoulli", "p", 2)
    return finish(sampling.bernoulli(stream_of(generator, "bernoulli"), probabilities, shape, dtype))


@draws
def multinomial(
    input: Any,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
) -> Any:
    """Return indices drawn with the weights in `input`, a vector or the rows of a matrix.

    Raises RuntimeError for weights that are negative, not finite or all zero, and for more samples than
    weights without replacement.

    >>> import chainrule
    >>> chainrule.multinomial(chainrule.tensor([0.0, 1.0]), 2, replacement=True)
    tensor([1, 1])
    """
    like("multinomial", input)
    weights, count = array_of(input), as_int(num_samples, "multinomial", "num_samples", 2)
    replacement = as_bool(replacement, "multinomial", "replacement", 3)
    if weights.dtype.kind != "f":
        title = dtypes.from_numpy_dtype(weights.dtype).title
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: {title}")
    if weights.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if not np.all(np.isfinite(weights) & (weights >= 0)):
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not np.all(weights.sum(-1) > 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")
    stream = stream_of(generator, "multinomial")
    draw = sampling.with_replacement if replacement else sampling.without_replacement
    return finish(draw(stream, weights.astype(np.float64), count))


# -- like another tensor ----------------------------------------------------------------------------


@draws
def rand_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return samples of the uniform distribution on [0, 1), of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.rand_like(chainrule.zeros(2, 3)).shape
    chainrule.Size([2, 3])
    """
    shape, wanted = like("rand_like", input, dtype, device, requires_grad)
    stream = stream_of(generator, "rand_like")
    return finish(sampling.uniform(stream, shape, wanted, "check_uniform_bounds"), requires_grad)


@draws
def randn_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return samples of the standard normal distribution, of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.randn_like(chainrule.zeros(2, 3)).shape
    chainrule.Size([2, 3])
    """
    shape, wanted = like("randn_like", input, dtype, device, requires_grad)
    stream = stream_of(generator, "randn_like")
    return finish(sampling.standard_normal(stream, shape, wanted), requires_grad)


@draws
def randint_like(
    input: Any,
    *bounds: Any,
    low: Any = None,
    high: Any = None,
    generator: Generator | None = None,
    dtype: Dtype = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Return integers from `low` (0) up to, without, `high`, of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.randint_like(chainrule.zeros(2), 1)
    tensor([0., 0.])
    """
    shape, wanted = like("randint_like", input, dtype, device, requires_grad)
    least, most = _low_and_high("randint_like", list(bounds), {"low": low, "high": high})
    stream = stream_of(generator, "randint_like")
    return finish(sampling.integers(stream, least, most, shape, wanted), requires_grad)


# -- in place ---------------------------------------------------------------------------------------


def _fill(tensor: TensorBase, values: Array, name: str) -> TensorBase:
    """Overwrite a tensor, with the checks of every change in place."""
    values = np.asarray(values).astype(tensor._value.dtype)
    return change(tensor, lambda before: wrap(values[()]), (), f"{name}()")


@draws
def uniform_(
    self: Any,
    from_: float = 0.0,
    to: float = 1.0,
    *,
    generator: Generator | None = None,
) -> Any:
    """Fill with samples of the uniform distribution on [from, to).

    Raises RuntimeError for bounds that are not finite or in the wrong order.

    >>> import chainrule
    >>> chainrule.zeros(2).uniform_(1, 1)
    tensor([1., 1.])
    """
    shape, dtype = like("uniform_", self)
    low, high = as_float(from_, "uniform_", "from", 1), as_float(to, "uniform_", "to", 2)
    sampling.check_uniform_bounds(low, high, dtype)
    samples = sampling.uniform(stream_of(generator, "uniform_"), shape, dtype, "check_uniform_bounds")
    return _fill(self, samples * (high - low) + low, "uniform_")


@draws
def normal_(self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Any:
    """Fill with samples of a normal distribution.

    >>> import chainrule
    >>> chainrule.zeros(2).normal_(5, 0)
    tensor([5., 5.])
    """
    shape, dtype = like("normal_", self)
    shift, scale = as_float(mean, "normal_", "mean", 1), as_float(std, "normal_", "std", 2)
    sampling.check_std(scale)
    samples = sampling.standard_normal(stream_of(generator, "normal_"), shape, dtype)
    return _fill(self, samples * scale + shift, "normal_")


@draws
def exponential_(self: Any, lambd: float = 1.0, *, generator: Generator | None = None) -> Any:
    """Fill with samples of the exponential distribution of rate `lambd`.

    Raises RuntimeError unless the rate is positive and the dtype floating.

    >>> import chainrule
    >>> (chainrule.zeros(2).exponential_() >= 0).all()
    tensor(True)
    """
    rate = as_float(lambd, "exponential_", "lambd", 1)
    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    shape, dtype = like("exponential_", self)
    if not dtype.is_floating_point:
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating "
            f"point but you specified {dtype.title}"
        )
    samples = stream_of(generator, "exponential_").standard_exponential(shape) / rate
    return _fill(self, samples, "exponential_")


@draws
def bernoulli_(self: Any, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
    """Fill with ones with probability p, a number or a tensor, else zeros.

    >>> import chainrule
    >>> chainrule.zeros(2).bernoulli_(1)
    tensor([1., 1.])
    """
    shape, dtype = like("bernoulli_", self)
    if not isinstance(p, TensorBase):
        p = as_float(p, "bernoulli_", "p", 1)
    return _fill(self, sampling.bernoulli(stream_of(generator, "bernoulli_"), p, shape, dtype), "bernoulli_")


@draws
def random_(
    self: Any, *bounds: Any, from_: Any = None, to: Any = None, generator: Generator | None = None
) -> Any:
    """Fill with integers: random_([from,] to), without an upper bound up to the largest of the dtype.

    Floating-point tensors are then filled up to the largest integer before which all are exact.

    >>> import chainrule
    >>> chainrule.zeros(2).random_(1)
    tensor([0., 0.])
    """
    shape, dtype = like("random_", self)
    if len(bounds) == 2 and bounds[1] is None:
        low, high = as_int(bounds[0], "random_", "from", 1), _beyond(dtype)
    elif bounds or from_ is not None or to is not None:
        low, high = _low_and_high("random_", list(bounds), {"from": from_, "to": to})
    else:
        low, high = 0, _beyond(dtype)
    return _fill(self, sampling.integers(stream_of(generator, "random_"), low, high, shape, dtype), "random_")


def _beyond(dtype: dtypes.dtype) -> int:
    """Return the least integer that random_ without an upper bound does not give."""
    if dtype.is_complex:
        raise NotImplementedError(f"\"random_kernel_cpu\" not implemented for '{dtype.title}'")
    if dtype.is_floating_point:
        return 2 ** (np.finfo(dtype.numpy).nmant + 1) + 1
    return min(sampling.range_of(dtype)[1] + 1, 2**63 - 1)


METHODS = ("bernoulli", "bernoulli_", "exponential_", "multinomial", "normal_", "random_", "uniform_")
"""Functions of this module that are methods of Tensor."""

__all__ = [
    "Generator",
    "bernoulli",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]
