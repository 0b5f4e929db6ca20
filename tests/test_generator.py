"""Generators: seeds, states, copies."""

from __future__ import annotations

import copy
import pickle

import pytest

import chainrule as t


@pytest.fixture(autouse=True)
def seeded():
    state = t.get_rng_state()
    t.manual_seed(0)
    yield
    t.set_rng_state(state)


def test_a_generator_leaves_the_default_one_alone():
    before = t.get_rng_state()
    t.rand(3, generator=t.Generator())
    assert (before == t.get_rng_state()).all()


def test_states_return():
    g = t.Generator().manual_seed(1)
    t.randint(10, (3,), dtype=t.int8, generator=g)  # leaves half a word behind
    state = g.get_state()
    assert state.dtype is t.uint8
    first = t.randn(7, generator=g)
    assert (t.randn(7, generator=t.Generator().set_state(state)) == first).all()
    assert t.Generator().set_state(state).initial_seed() == 1


def test_generators_pickle_and_copy_with_their_state():
    g = t.Generator().manual_seed(1)
    t.rand(3, generator=g)
    others = [pickle.loads(pickle.dumps(g)), copy.deepcopy(g), g.clone_state()]
    expected = t.rand(3, generator=g)
    for other in others:
        assert (t.rand(3, generator=other) == expected).all()


def test_the_rng_state_is_the_default_generators():
    state = t.get_rng_state()
    a = t.rand(3)
    t.set_rng_state(state)
    assert (t.rand(3) == a).all()


@pytest.mark.parametrize(
    ("seed", "taken"), [(3, 3), (-3, 2**64 - 3), (2**64 - 1, 2**64 - 1), (-(2**63), 2**63)]
)
def test_seeds_are_taken_modulo_2_to_the_64(seed, taken):
    assert t.Generator().manual_seed(seed).initial_seed() == taken
    assert t.manual_seed(seed).initial_seed() == t.initial_seed() == taken


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (2**64, ValueError, "Overflow when unpacking long long"),
        (-(2**63) - 1, ValueError, "Overflow when unpacking long long"),
        (3.5, RuntimeError, "manual_seed expected a long, but got float"),
        ("a", RuntimeError, "manual_seed expected a long, but got str"),
        (True, RuntimeError, "manual_seed expected a long, but got bool"),
    ],
)
def test_bad_seeds(seed, error, message):
    with pytest.raises(error, match=message):
        t.Generator().manual_seed(seed)


def test_seed_is_drawn_anew():
    assert t.seed() == t.initial_seed()
    assert t.seed() != t.seed()
    g = t.Generator()
    assert g.seed() == g.initial_seed()


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (3, TypeError, "expected a chainrule.ByteTensor, but got int"),
        (t.ones(3), TypeError, "RNG state must be a chainrule.ByteTensor"),
        (t.ones(3, dtype=t.uint8), RuntimeError, "but found the input RNG state size to be 3"),
    ],
)
def test_bad_states(state, error, message):
    with pytest.raises(error, match=message):
        t.set_rng_state(state)


def test_forked_random_numbers_leave_no_trace_even_after_an_error():
    state = t.get_rng_state()
    with pytest.raises(ZeroDivisionError), t.random.fork_rng():
        t.rand(3 // t.rand(0).numel())
    with t.random.fork_rng():
        t.rand(3)
    assert (t.get_rng_state() == state).all()


def test_generators_live_on_the_cpu():
    assert t.Generator("cpu").device == t.device("cpu")
    with pytest.raises(RuntimeError, match="chainrule runs on the CPU"):
        t.Generator("cuda")
    with pytest.raises(TypeError, match=r"must be chainrule.Generator, not int"):
        t.rand(2, generator=3)
