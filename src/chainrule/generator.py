"""Generators of random numbers: NumPy's Philox, seeded, saved and restored as torch's are."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from chainrule.composed.arguments import is_integer
from chainrule.core.state import making
from chainrule.core.tensor import TensorBase, array_of, wrap
from chainrule.errors import type_name
from chainrule.size import CPU, check_device
from chainrule.size import device as Device  # noqa: N812 (`device` is an argument everywhere here)

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
        stream = self._stream
        if stream is None:
            with making:
                stream = self._stream
                if stream is None:
                    stream = self._stream = np.random.Generator(np.random.Philox(self._seed))
        return stream

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from `seed`, which is taken modulo 2**64; returns the generator."""
        if not is_integer(seed):
            raise RuntimeError(f"manual_seed expected a long, but got {type_name(seed)}")
        seed = operator.index(seed)
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
            raise TypeError(f"expected a chainrule.ByteTensor, but got {type_name(new_state)}")
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

    def clone_state(self) -> Generator:
        """Return another generator that will give the same numbers."""
        return _restored(self.get_state())

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return _restored, (self.get_state(),)


def _restored(state: Any) -> Generator:
    return Generator().set_state(state)


default_generator: Final = Generator()
"""What random functions draw from, unless they are given another generator."""

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


@contextmanager
def fork_rng() -> Iterator[None]:
    """Return the default generator to its present state at the end of a with statement.

    >>> import chainrule
    >>> generator = chainrule.manual_seed(3)
    >>> with chainrule.random.fork_rng():
    ...     a = chainrule.rand(2)
    >>> bool((a == chainrule.rand(2)).all())
    True
    """
    before = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(before)


def stream_of(generator: Any, function: str) -> Any:
    if generator is None:
        return default_generator.stream
    if not isinstance(generator, Generator):
        raise TypeError(
            f"{function}(): argument 'generator' must be chainrule.Generator, not {type_name(generator)}"
        )
    return generator.stream


__all__ = [
    "Generator",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]
