"""Random tensors over NumPy's Philox: generators, samples, and in-place sampling."""

from __future__ import annotations

import functools
import operator
import os
from typing import Any, Final

import numpy as np

from chainrule import dtypes
from chainrule.composed.shape import common_shape
from chainrule.conversion import as_int, as_number, as_size, sizes_of
from chainrule.core.inplace import change
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.creation import dtype_or_default, finish
from chainrule.size import CPU, check_device
from chainrule.size import device as Device  # noqa: N812 (`device` is an argument everywhere here)

Array = Any
Dtype = Any

_WORDS: Final = ("counter", "key", "buffer")
_STATE_WORDS: Final = 14  # seed, counter (4), key (2), buffer (4), its position, a kept half (2)


class Generator:
    """A stream of random numbers: NumPy's Philox, seeded with an int.

    Equal seeds give equal streams (not torch's). Raises RuntimeError for a device other than the CPU.

    >>> import chainrule
    >>> g = chainrule.Generator().manual_seed(3)
    >>> a = chainrule.rand(2, generator=g)
    >>> b = chainrule.rand(2, generator=g.manual_seed(3))
    >>> bool((a == b).all())
    True
    """

    __slots__ = ("_seed", "_stream")

    def __init__(self, device: Any = "cpu") -> None:
        check_device(device)
        self._stream: Any = None  # NumPy's random module is loaded when first needed
        self._seed = 67280421310721  # torch's

    @property
    def device(self) -> Device:
        """Where the generator lives: the CPU."""
        return CPU

    @property
    def stream(self) -> Any:
        """The numpy.random.Generator that the numbers come from."""
        if self._stream is None:
            self._stream = np.random.Generator(np.random.Philox(self._seed))
        return self._stream

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from `seed`, which is taken modulo 2**64; returns the generator."""
        try:
            seed = operator.index(seed)
        except TypeError:
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}") from None
        if not -(2**63) <= seed < 2**64:
            raise ValueError("Overflow when unpacking long long")
        self._seed = seed % 2**64
        self._stream = None
        return self

    def seed(self) -> int:
        """Start anew from a random seed of the operating system, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(8)))
        return self._seed

    def initial_seed(self) -> int:
        """Return the seed from which the generator last started."""
        return self._seed

    def get_state(self) -> Any:
        """Return the state as a tensor of bytes."""
        state = self.stream.bit_generator.state
        words = [self._seed, *state["state"]["counter"], *state["state"]["key"], *state["buffer"]]
        words += [state["buffer_pos"], state["has_uint32"], state["uinteger"]]
        return wrap(np.array(words, np.uint64).view(np.uint8))

    def set_state(self, new_state: Any) -> Generator:
        """Return to a state of `get_state`; TypeError or RuntimeError for anything else."""
        if not isinstance(new_state, TensorBase):
            raise TypeError(f"expected a chainrule.ByteTensor, but got {type(new_state).__name__}")
        if new_state._value.dtype != np.uint8:
            raise TypeError("RNG state must be a chainrule.ByteTensor")
        array = array_of(new_state)
        if array.size != 8 * _STATE_WORDS:
            raise RuntimeError(
                f"Expected a generator state of size {8 * _STATE_WORDS} but found the input RNG state size "
                f"to be {array.size}"
            )
        words = np.ascontiguousarray(array).view(np.uint64)
        self.manual_seed(int(words[0]))
        self.stream.bit_generator.state = {
            "bit_generator": "Philox",
            "state": {"counter": words[1:5].copy(), "key": words[5:7].copy()},
            "buffer": words[7:11].copy(),
            "buffer_pos": int(words[11]),
            "has_uint32": int(words[12]),
            "uinteger": int(words[13]),
        }
        return self

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return _restored, (self.get_state(),)


def _restored(state: Any) -> Generator:
    return Generator().set_state(state)


default_generator: Final = Generator()
default_generator.seed()


def manual_seed(seed: int) -> Generator:
    """Start the default generator anew from `seed`, and return it.

    >>> import chainrule
    >>> chainrule.manual_seed(0).initial_seed()
    0
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator anew from a random seed, and return that.

    >>> import chainrule
    >>> chainrule.seed() == chainrule.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed() -> int:
    """Return the seed from which the default generator last started.

    >>> import chainrule
    >>> generator = chainrule.manual_seed(7)
    >>> chainrule.initial_seed()
    7
    """
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """Return the state of the default generator, a tensor of bytes.

    >>> import chainrule
    >>> state = chainrule.get_rng_state()
    >>> a = chainrule.rand(2)
    >>> chainrule.set_rng_state(state)
    >>> bool((a == chainrule.rand(2)).all())
    True
    """
    return default_generator.get_state()


def set_rng_state(new_state: Any) -> None:
    """Return the default generator to a state of `get_rng_state`.

    Raises TypeError or RuntimeError for anything else.

    >>> import chainrule
    >>> chainrule.set_rng_state(chainrule.get_rng_state())
    """
    default_generator.set_state(new_state)


def _stream_of(generator: Any, function: str) -> Any:
    if generator is None:
        return default_generator.stream
    if not isinstance(generator, Generator):
        raise TypeError(
            f"{function}(): argument 'generator' must be chainrule.Generator, not {type(generator).__name__}"
        )
    return generator.stream


# -- the samples ------------------------------------------------------------------------------------


def _uniform(stream: Any, shape: tuple[int, ...], dtype: dtypes.dtype, function: str) -> Array:
    """Return samples of [0, 1), of the full precision of `dtype`."""
    if dtype.is_complex:
        part = dtype.to_real()
        return _joined(_uniform(stream, shape, part, function), _uniform(stream, shape, part, function))
    if dtype is dtypes.float16:
        return (stream.integers(0, 2**11, shape) / 2**11).astype(np.float16)
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"{function}\" not implemented for '{dtype.title}'")
    return stream.random(shape, dtype.numpy.type)


def _standard_normal(stream: Any, shape: tuple[int, ...], dtype: dtypes.dtype) -> Array:
    """Return samples of the normal distribution of mean 0 and variance 1 (complex ones too)."""
    if dtype.is_complex:
        part = dtype.to_real()
        values = _joined(_standard_normal(stream, shape, part), _standard_normal(stream, shape, part))
        return values * part.numpy.type(np.sqrt(0.5))
    if not dtype.is_floating_point:
        raise NotImplementedError(f"\"normal_kernel_cpu\" not implemented for '{dtype.title}'")
    if dtype is dtypes.float16:
        return stream.standard_normal(shape, np.float32).astype(np.float16)
    return stream.standard_normal(shape, dtype.numpy.type)


def _joined(real: Array, imag: Array) -> Array:
    values = np.empty(real.shape, np.result_type(real, np.complex64))
    values.real, values.imag = real, imag
    return values


_TYPE_NAMES: Final = {
    "bool": "bool",
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
}


def _integers(stream: Any, low: int, high: int, shape: tuple[int, ...], dtype: dtypes.dtype) -> Array:
    """Return integers from low up to, without, high."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.is_complex:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    least, most = _range_of(dtype)
    name = _TYPE_NAMES.get(dtype.name, dtype.name)
    if not least <= low <= most:
        raise RuntimeError(f"from is out of bounds for {name}")
    if not least <= high - 1 <= most:
        raise RuntimeError(f"to - 1 is out of bounds for {name}")
    return stream.integers(low, high, shape, np.int64).astype(dtype.numpy)


def _range_of(dtype: dtypes.dtype) -> tuple[int, int]:
    if dtype is dtypes.bool_:
        return 0, 1
    if dtype.is_floating_point:
        largest = int(np.finfo(dtype.numpy).max)
        return max(-largest, -(2**63)), min(largest, 2**63 - 1)
    limits = np.iinfo(dtype.numpy)
    return int(limits.min), int(limits.max)


def _bernoulli(stream: Any, p: Any, shape: tuple[int, ...], dtype: dtypes.dtype) -> Array:
    """Return ones with probability p, else zeros."""
    if isinstance(p, TensorBase):
        values = array_of(p)
        if values.dtype.kind != "f":
            title = dtypes.from_numpy_dtype(values.dtype).title
            raise NotImplementedError(f"\"bernoulli_tensor_cpu_p_\" not implemented for '{title}'")
        if not np.all((values >= 0) & (values <= 1)):
            raise RuntimeError(
                "Expected p_in >= 0 && p_in <= 1 to be true, but got false: a probability lies outside [0, 1]"
            )
    else:
        values = np.asarray(as_number(p, "bernoulli", "p", 2))
        if not 0 <= values <= 1:
            raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p}")
    return (stream.random(shape) < values).astype(dtype.numpy)


def _check_std(std: Any) -> None:
    if not std >= 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")


# -- new tensors ------------------------------------------------------------------------------------


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
    check_device(device)
    shape, stream = sizes_of(sizes, size, "rand"), _stream_of(generator, "rand")
    return finish(_uniform(stream, shape, dtype_or_default(dtype), "check_uniform_bounds"), requires_grad)


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
    check_device(device)
    shape, stream = sizes_of(sizes, size, "randn"), _stream_of(generator, "randn")
    return finish(_standard_normal(stream, shape, dtype_or_default(dtype)), requires_grad)


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
    check_device(device)
    given = list(bounds_and_size)
    if size is None:
        if not given or hasattr(given[-1], "__index__"):
            raise TypeError("randint() needs a size, a tuple of ints: randint(high, size)")
        size = given.pop()
    low, high = _low_and_high("randint", given, low, high)
    wanted = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    shape, stream = as_size(size, "randint", 2), _stream_of(generator, "randint")
    return finish(_integers(stream, low, high, shape, wanted), requires_grad)


def _low_and_high(function: str, given: list[Any], low: Any, high: Any) -> tuple[int, int]:
    """Return the bounds that were given by position or name."""
    if len(given) == 1 and high is None:
        high = given.pop()
    elif len(given) == 2 and low is None and high is None:
        low, high = given
        given = []
    if given or high is None:
        raise TypeError(f"{function}() takes its bounds as (high) or (low, high)")
    return 0 if low is None else as_int(low, function, "low", 1), as_int(high, function, "high", 1)


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
    check_device(device)
    count = as_int(n, "randperm", "n", 1)
    if count < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {count}: [{count}]")
    wanted = dtypes.int64 if dtype is None else dtypes.as_dtype(dtype)
    if wanted is dtypes.bool_ or wanted.is_complex:
        raise NotImplementedError(f"\"randperm\" not implemented for '{wanted.title}'")
    if wanted.category == dtypes.INTEGER and count - 1 > np.iinfo(wanted.numpy).max:
        raise RuntimeError(f"value cannot be converted to type {wanted.name} without overflow")
    order = _stream_of(generator, "randperm").permutation(count)
    return finish(order.astype(wanted.numpy), requires_grad)


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
    check_device(device)
    stream = _stream_of(generator, "normal")
    tensors = [x for x in (mean, std) if isinstance(x, TensorBase)]
    if not tensors:
        if size is None:
            raise TypeError("normal() of two numbers needs a size: normal(mean, std, size)")
        shape, wanted = as_size(size, "normal", 3), dtype_or_default(dtype)
    else:
        shape = functools.reduce(common_shape, [t._value.shape for t in tensors])
        wanted = dtypes.from_numpy_dtype(tensors[0]._value.dtype)
    scale, shift = _number_or_array(std, "std"), _number_or_array(mean, "mean")
    if np.iscomplexobj(scale):
        raise RuntimeError("normal expects standard deviation to be non-complex")
    if isinstance(scale, np.ndarray):
        if not np.all(scale >= 0):
            raise RuntimeError("normal expects all elements of std >= 0.0")
    else:
        _check_std(scale)
    samples = _standard_normal(stream, shape, wanted)
    return finish(np.asarray(samples * scale + shift).astype(wanted.numpy), requires_grad)


def _number_or_array(x: Any, name: str) -> Any:
    return array_of(x) if isinstance(x, TensorBase) else as_number(x, "normal", name, 1)


def bernoulli(input: Any, p: Any = None, *, generator: Generator | None = None) -> Any:
    """Return ones with the probabilities in `input` (or with probability p for all), else zeros.

    Raises RuntimeError for probabilities outside [0, 1].

    >>> import chainrule
    >>> chainrule.bernoulli(chainrule.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    _check_tensor("bernoulli", input)
    stream, value = _stream_of(generator, "bernoulli"), input._value
    dtype = dtypes.from_numpy_dtype(value.dtype)
    return finish(np.asarray(_bernoulli(stream, input if p is None else p, value.shape, dtype)))


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
    _check_tensor("multinomial", input)
    weights, count = array_of(input), as_int(num_samples, "multinomial", "num_samples", 2)
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
    stream = _stream_of(generator, "multinomial")
    draw = _with_replacement if replacement else _without_replacement
    return finish(draw(stream, weights.astype(np.float64), count))


def _with_replacement(stream: Any, weights: Array, count: int) -> Array:
    steps = np.cumsum(weights, -1)
    rows = np.atleast_2d(steps)
    samples = stream.random((len(rows), count)) * rows[:, -1:]
    found = [np.searchsorted(row, sample, side="right") for row, sample in zip(rows, samples, strict=True)]
    return np.reshape(found, (*weights.shape[:-1], count)).astype(np.int64)


def _without_replacement(stream: Any, weights: Array, count: int) -> Array:
    # The exponential clocks of rates `weights` ring in the order of such a draw.
    rings = stream.standard_exponential(weights.shape) / weights
    return np.argsort(rings, -1)[..., :count]


# -- like another tensor ----------------------------------------------------------------------------


def _check_tensor(function: str, x: Any) -> None:
    if not isinstance(x, TensorBase):
        raise TypeError(f"{function}(): argument 'input' (position 1) must be Tensor, not {type(x).__name__}")


def _dtype_like(x: TensorBase, dtype: Dtype) -> dtypes.dtype:
    return dtypes.from_numpy_dtype(x._value.dtype) if dtype is None else dtypes.as_dtype(dtype)


def rand_like(input: Any, *, dtype: Dtype = None, **options: Any) -> Any:
    """Return samples of the uniform distribution on [0, 1), of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.rand_like(chainrule.zeros(2, 3)).shape
    chainrule.Size([2, 3])
    """
    _check_tensor("rand_like", input)
    return rand(size=input._value.shape, dtype=_dtype_like(input, dtype), **options)


def randn_like(input: Any, *, dtype: Dtype = None, **options: Any) -> Any:
    """Return samples of the standard normal distribution, of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.randn_like(chainrule.zeros(2, 3)).shape
    chainrule.Size([2, 3])
    """
    _check_tensor("randn_like", input)
    return randn(size=input._value.shape, dtype=_dtype_like(input, dtype), **options)


def randint_like(
    input: Any,
    *bounds: Any,
    low: Any = None,
    high: Any = None,
    dtype: Dtype = None,
    **options: Any,
) -> Any:
    """Return integers from `low` (0) up to, without, `high`, of the input's shape and dtype.

    >>> import chainrule
    >>> chainrule.randint_like(chainrule.zeros(2), 1)
    tensor([0., 0.])
    """
    _check_tensor("randint_like", input)
    low, high = _low_and_high("randint_like", list(bounds), low, high)
    return randint(low, high, input._value.shape, dtype=_dtype_like(input, dtype), **options)


# -- in place ---------------------------------------------------------------------------------------


def _fill(tensor: TensorBase, values: Array) -> TensorBase:
    """Overwrite a tensor, with the checks of every change in place."""
    return change(tensor, lambda before: wrap(np.asarray(values)[()]))


def uniform_(
    self: Any,
    from_: float = 0.0,
    to: float = 1.0,
    *,
    generator: Generator | None = None,
) -> Any:
    """Fill with samples of the uniform distribution on [from, to).

    >>> import chainrule
    >>> chainrule.zeros(2).uniform_(1, 1)
    tensor([1., 1.])
    """
    if from_ > to:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={from_} > to={to}")
    value, dtype = self._value, _dtype_like(self, None)
    samples = _uniform(_stream_of(generator, "uniform_"), value.shape, dtype, "check_uniform_bounds")
    return _fill(self, (samples * (to - from_) + from_).astype(value.dtype))


def normal_(self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Any:
    """Fill with samples of a normal distribution.

    >>> import chainrule
    >>> chainrule.zeros(2).normal_(5, 0)
    tensor([5., 5.])
    """
    _check_std(std)
    value, dtype = self._value, _dtype_like(self, None)
    samples = _standard_normal(_stream_of(generator, "normal_"), value.shape, dtype)
    return _fill(self, (samples * std + mean).astype(value.dtype))


def exponential_(self: Any, lambd: float = 1.0, *, generator: Generator | None = None) -> Any:
    """Fill with samples of the exponential distribution of rate `lambd`.

    Raises RuntimeError unless the rate is positive and the dtype floating.

    >>> import chainrule
    >>> (chainrule.zeros(2).exponential_() >= 0).all()
    tensor(True)
    """
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd}")
    value, dtype = self._value, _dtype_like(self, None)
    if not dtype.is_floating_point:
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating "
            f"point but you specified {dtype.title}"
        )
    samples = _stream_of(generator, "exponential_").standard_exponential(value.shape)
    return _fill(self, np.asarray(samples / lambd).astype(value.dtype))


def bernoulli_(self: Any, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
    """Fill with ones with probability p, a number or a tensor, else zeros.

    >>> import chainrule
    >>> chainrule.zeros(2).bernoulli_(1)
    tensor([1., 1.])
    """
    value, stream = self._value, _stream_of(generator, "bernoulli_")
    return _fill(self, np.asarray(_bernoulli(stream, p, value.shape, _dtype_like(self, None))))


def random_(self: Any, *bounds: Any, generator: Generator | None = None) -> Any:
    """Fill with integers: random_([from,] to), without bounds up to the largest the dtype holds exactly.

    >>> import chainrule
    >>> chainrule.zeros(2).random_(1)
    tensor([0., 0.])
    """
    value, dtype = self._value, _dtype_like(self, None)
    if bounds:
        low, high = _low_and_high("random_", list(bounds), None, None)
    elif dtype.is_floating_point:
        low, high = 0, 2 ** (np.finfo(value.dtype).nmant + 1) + 1
    else:
        low, high = 0, min(_range_of(dtype)[1] + 1, 2**63 - 1)
    return _fill(self, np.asarray(_integers(_stream_of(generator, "random_"), low, high, value.shape, dtype)))


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
