"""Random tensors: streams, samples, checks."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from scipy import stats

import chainrule as t

MANY = 20_000


@pytest.fixture(autouse=True)
def seeded():
    state = t.get_rng_state()
    t.manual_seed(0)
    yield
    t.set_rng_state(state)


def probability(samples, distribution, *args):
    return stats.kstest(np.asarray(samples).ravel(), distribution, args=args).pvalue


SAMPLERS = {
    "rand": lambda g: t.rand(5, generator=g),
    "rand half": lambda g: t.rand(5, dtype=t.float16, generator=g),
    "randn": lambda g: t.randn(5, dtype=t.float64, generator=g),
    "randn complex": lambda g: t.randn(5, dtype=t.complex64, generator=g),
    "randint": lambda g: t.randint(1000, (5,), generator=g),
    "randperm": lambda g: t.randperm(50, generator=g),
    "normal": lambda g: t.normal(t.zeros(5), t.ones(5), generator=g),
    "bernoulli": lambda g: t.bernoulli(t.full((50,), 0.5), generator=g),
    "multinomial": lambda g: t.multinomial(t.ones(50), 20, generator=g),
    "uniform_": lambda g: t.zeros(5).uniform_(generator=g),
    "exponential_": lambda g: t.zeros(5).exponential_(generator=g),
    "random_": lambda g: t.zeros(5).random_(generator=g),
    "bernoulli_": lambda g: t.zeros(50).bernoulli_(generator=g),
}


# -- streams ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", SAMPLERS.values(), ids=SAMPLERS)
def test_equal_seeds_give_equal_samples(sample):
    first = sample(t.Generator().manual_seed(5))
    assert (first == sample(t.Generator().manual_seed(5))).all()
    assert (first != sample(t.Generator().manual_seed(6))).any()


@pytest.mark.parametrize("sample", SAMPLERS.values(), ids=SAMPLERS)
def test_the_default_generator_is_used_and_goes_on(sample):
    first = sample(None)
    assert (first != sample(None)).any()
    t.manual_seed(0)
    assert (first == sample(None)).all()


# -- distributions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [t.float16, t.float32, t.float64])
def test_rand_is_uniform(dtype):
    x = t.rand(MANY, dtype=dtype)
    assert x.dtype is dtype
    assert ((x >= 0) & (x < 1)).all()
    spread = x.double().numpy() + np.random.default_rng(0).uniform(
        0, 2.0**-11 if dtype is t.float16 else 0, MANY
    )
    assert probability(spread, "uniform") > 1e-4


@pytest.mark.parametrize("dtype", [t.float32, t.float64])
def test_randn_is_normal(dtype):
    assert probability(t.randn(MANY, dtype=dtype), "norm") > 1e-4


def test_complex_samples_have_variance_one():
    x = t.randn(MANY, dtype=t.complex128).numpy()
    assert probability(x.real * np.sqrt(2), "norm") > 1e-4
    assert abs(np.mean(np.abs(x) ** 2) - 1) < 0.05
    u = t.rand(MANY, dtype=t.complex64).numpy()
    assert probability(u.real, "uniform") > 1e-4
    assert probability(u.imag, "uniform") > 1e-4


def test_normal():
    x = t.normal(t.tensor([[0.0], [10.0]]), t.tensor([1.0, 2.0, 3.0]))
    assert x.shape == (2, 3)
    y = t.normal(t.full((MANY,), 5.0), 2.0)
    assert probability((y.numpy() - 5) / 2, "norm") > 1e-4
    assert t.normal(0.0, t.ones(3)).shape == (3,)
    assert t.normal(1.0, 0.0, (2, 2)).tolist() == [[1, 1], [1, 1]]
    assert t.normal(t.zeros(2, dtype=t.float64), t.ones(2)).dtype is t.float64
    assert t.normal(t.tensor(1.0), t.tensor(0.0), (2,)).tolist() == [1, 1]
    with pytest.raises(TypeError, match="with a size only"):
        t.normal(t.zeros(2), 1.0, dtype=t.float64)


def test_normal_is_not_differentiated():
    assert not t.normal(t.zeros(2, requires_grad=True), 1.0).requires_grad


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((0.0, -1.0, (2,)), RuntimeError, "normal expects std >= 0.0, but found std -1"),
        ((t.zeros(2), -t.ones(2)), RuntimeError, "normal expects all elements of std >= 0.0"),
        (
            (t.zeros(2), t.ones(3)),
            RuntimeError,
            r"The size of tensor a \(2\) must match the size of tensor b \(3\)",
        ),
        ((t.zeros(2), t.ones(2, dtype=t.complex64)), RuntimeError, "standard deviation to be non-complex"),
        ((0.0, 1.0), TypeError, "needs a size"),
        ((0.0, 1j, (2,)), TypeError, r"argument 'std' \(position 2\) must be float, not complex"),
        ((t.zeros(1), 1.0, (2,)), TypeError, r"argument 'mean' \(position 1\) must be float, not Tensor"),
        ((t.tensor([1, 2]), 1.0), NotImplementedError, "\"normal_kernel_cpu\" not implemented for 'Long'"),
    ],
)
def test_normal_refuses(args, error, message):
    with pytest.raises(error, match=message):
        t.normal(*args)


def test_randint():
    x = t.randint(-3, 4, (MANY,))
    assert x.dtype is t.int64
    assert set(x.tolist()) == set(range(-3, 4))
    assert stats.chisquare(np.bincount(x.numpy() + 3)).pvalue > 1e-4
    assert t.randint(3, (2, 3)).shape == t.randint(high=3, size=(2, 3)).shape == (2, 3)
    assert t.randint(2, (5,), dtype=t.bool).dtype is t.bool
    assert t.randint(0, 256, (5,), dtype=t.uint8).dtype is t.uint8
    assert t.randint(3, (5,), dtype=t.float32).dtype is t.float32
    assert t.randint(-(2**63), 2**63 - 1, (5,)).shape == (5,)
    assert t.randint(1, high=2, size=(2,)).tolist() == [1, 1]


def test_integers_that_a_floating_type_cannot_tell_apart_bring_a_warning():
    t.randint(2**24 + 1, (2,), dtype=t.float32)
    with pytest.warns(t.ChainruleWarning, match=r"to - 1 is out of bounds \[-\(2\^24\), 2\^24\]"):
        t.randint(2**24 + 2, (2,), dtype=t.float32)


@pytest.mark.parametrize(
    ("args", "options", "error", "message"),
    [
        (
            (3, 3, (2,)),
            {},
            RuntimeError,
            "random_ expects 'from' to be less than 'to', but got from=3 >= to=3",
        ),
        ((300, (2,)), {"dtype": t.uint8}, RuntimeError, "to - 1 is out of bounds for unsigned char"),
        ((-1, 5, (2,)), {"dtype": t.uint8}, RuntimeError, "from is out of bounds for unsigned char"),
        ((3, (2,)), {"dtype": t.bool}, RuntimeError, "to - 1 is out of bounds for bool"),
        ((3, (2,)), {"dtype": t.complex64}, RuntimeError, "check_random_bounds handles only"),
        ((2.5, (2,)), {}, TypeError, r"argument 'high' \(position 1\) must be int, not float"),
        ((3, 2), {}, TypeError, r"argument 'size' \(position 2\) must be tuple of ints, not int"),
        ((3,), {}, TypeError, "needs a size"),
        ((), {}, TypeError, "needs a size"),
        ((1, 2, 3, (2,)), {}, TypeError, r"takes its bounds as \(high\) or \(low, high\)"),
        ((), {"low": 3, "size": (2,)}, TypeError, r"takes its bounds as \(high\) or \(low, high\)"),
        ((None, (2,)), {}, TypeError, r"argument 'high' \(position 1\) must be int, not NoneType"),
        ((2**63, (2,)), {}, ValueError, "Overflow when unpacking long long"),
        ((70_000, (2,)), {"dtype": t.float16}, RuntimeError, "to - 1 is out of bounds for c10::Half"),
    ],
)
def test_randint_refuses(args, options, error, message):
    with pytest.raises(error, match=message):
        t.randint(*args, **options)


def test_randperm():
    assert sorted(t.randperm(20).tolist()) == list(range(20))
    assert t.randperm(0).tolist() == []
    assert t.randperm(3, dtype=t.float32).dtype is t.float32
    with pytest.raises(RuntimeError, match=r"Trying to create tensor with negative dimension -1: \[-1\]"):
        t.randperm(-1)
    with pytest.raises(RuntimeError, match="converted to type uint8_t without overflow"):
        t.randperm(300, dtype=t.uint8)
    with pytest.raises(RuntimeError, match=r"n cannot be greater than 2049 for Half type\."):
        t.randperm(2050, dtype=t.float16)
    with pytest.raises(NotImplementedError, match="\"randperm\" not implemented for 'Bool'"):
        t.randperm(3, dtype=t.bool)


def test_bernoulli():
    assert t.bernoulli(t.tensor([0.0, 1.0], dtype=t.float64)).tolist() == [0, 1]
    assert abs(t.bernoulli(t.full((MANY,), 0.3)).mean().item() - 0.3) < 0.02
    assert abs(t.zeros(MANY, dtype=t.int64).bernoulli(0.3).double().mean().item() - 0.3) < 0.02
    assert t.zeros(2).bernoulli_(t.tensor([0.0, 1.0])).tolist() == [0, 1]
    for p in (2.0, -0.1, nan):
        with pytest.raises(RuntimeError, match="p_in >= 0 && p_in <= 1"):
            t.bernoulli(t.tensor([p]))
        with pytest.raises(RuntimeError, match=r"bernoulli_ expects p to be in \[0, 1\]"):
            t.zeros(1).bernoulli_(p)
    with pytest.raises(NotImplementedError, match="not implemented for 'Long'"):
        t.bernoulli(t.tensor([0, 1]))
    with pytest.raises(NotImplementedError, match=r"bernoulli_scalar_cpu_.* for 'ComplexFloat'"):
        t.zeros(1, dtype=t.complex64).bernoulli_(0.5)
    with pytest.raises(RuntimeError, match=r"The expanded size of the tensor \(2\) must match"):
        t.zeros(2).bernoulli_(t.ones(3))


def test_multinomial_draws_by_weight():
    weights = t.tensor([1.0, 0.0, 3.0])
    drawn = t.multinomial(weights, MANY, replacement=True)
    counts = np.bincount(drawn.numpy(), minlength=3)
    assert counts[1] == 0
    assert abs(counts[2] / MANY - 0.75) < 0.02
    first = [t.multinomial(weights, 1).item() for _ in range(2000)]
    assert abs(np.mean(np.array(first) == 2) - 0.75) < 0.05


def test_multinomial_without_replacement_draws_each_once():
    drawn = t.multinomial(t.ones(3, 5), 5)
    assert [sorted(row) for row in drawn.tolist()] == [list(range(5))] * 3
    assert t.multinomial(t.eye(2), 3, replacement=True).tolist() == [[0, 0, 0], [1, 1, 1]]


@pytest.mark.parametrize(
    ("weights", "count", "message"),
    [
        (t.tensor([0.0, -1.0]), 1, "contains either `inf`, `nan` or element < 0"),
        (t.tensor([0.0, nan]), 1, "contains either `inf`, `nan` or element < 0"),
        (t.tensor([0.0, 0.0]), 1, r"sum of probabilities <= 0"),
        (t.tensor([0.0, 1.0]), 3, "without replacement"),
        (t.tensor([0.0, 1.0]), 0, "cannot sample n_sample <= 0 samples"),
        (t.tensor([0, 1]), 1, "only supports floating-point dtypes for input, got: Long"),
        (t.ones(2, 2, 2), 1, "prob_dist must be 1 or 2 dim"),
    ],
)
def test_multinomial_refuses(weights, count, message):
    with pytest.raises(RuntimeError, match=message):
        t.multinomial(weights, count)


def test_like_forms_follow_shape_and_dtype():
    x = t.zeros(2, 3, dtype=t.float64)
    for y in (t.rand_like(x), t.randn_like(x), t.randint_like(x, 3), t.randint_like(x, 1, 3)):
        assert y.shape == (2, 3)
        assert y.dtype is t.float64
    assert t.rand_like(x, dtype=t.float32, requires_grad=True).requires_grad
    with pytest.raises(NotImplementedError, match="not implemented for 'Long'"):
        t.rand_like(t.tensor([1]))
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        t.rand_like([1.0])


# -- in place ---------------------------------------------------------------------------------------


def test_in_place_samples_keep_the_memory_and_return_the_tensor():
    x = t.zeros(MANY, dtype=t.float64)
    memory = x.numpy()
    assert x.uniform_(2, 4) is x
    assert probability((memory - 2) / 2, "uniform") > 1e-4
    x.normal_(3, 2)
    assert probability((memory - 3) / 2, "norm") > 1e-4
    x.exponential_(4)
    assert probability(memory * 4, "expon") > 1e-4
    x.random_(3, 6)
    assert set(memory.tolist()) == {3, 4, 5}
    x.random_(from_=3, to=4)
    assert set(memory.tolist()) == {3}
    x.random_(2**52, None)
    assert memory.min() >= 2**52
    x.uniform_(t.tensor(1.0), t.tensor(1.0))
    assert set(memory.tolist()) == {1}


def test_weights_are_drawn_with_or_without_replacement_never_something_else():
    with pytest.raises(TypeError, match=r"'replacement' \(position 3\) must be bool, not int"):
        t.multinomial(t.ones(3), 2, 1)


def test_in_place_samples_of_0d_tensors():
    x = t.tensor(7.0)
    x.uniform_(1, 2)
    assert 1 <= x.item() < 2


@pytest.mark.parametrize("dtype", [t.int8, t.uint8, t.bool, t.int64, t.float16, t.float32])
def test_random_fills_with_integers_of_the_dtype(dtype):
    x = t.zeros(100, dtype=dtype).random_()
    assert x.dtype is dtype
    assert (x >= 0).all()
    assert len(set(x.tolist())) > 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda: t.zeros(2).uniform_(2, 1), RuntimeError, r"\[from, to\) range, but found from=2 > to=1"),
        (lambda: t.zeros(2).uniform_(0, inf), RuntimeError, "to is out of bounds for float"),
        (lambda: t.zeros(2).uniform_(-3e38, 3e38), RuntimeError, "in to-from to exceed the limit"),
        (lambda: t.zeros(2).uniform_("a"), TypeError, r"'from' \(position 1\) must be float, not str"),
        (lambda: t.zeros(2).normal_(1j), TypeError, r"'mean' \(position 1\) must be float, not complex"),
        (lambda: t.zeros(2).random_(1, 2, 3), TypeError, r"takes its bounds as \(to\) or \(from, to\)"),
        (lambda: t.zeros(2, dtype=t.complex64).random_(), NotImplementedError, "random_kernel_cpu"),
        (lambda: t.zeros(2).normal_(0, -1), RuntimeError, "normal expects std >= 0.0, but found std -1"),
        (lambda: t.zeros(2).exponential_(0), RuntimeError, "expects lambda > 0.0, but found lambda=0"),
        (
            lambda: t.tensor([1]).exponential_(),
            RuntimeError,
            "dtype must be a floating point but you specified Long",
        ),
        (lambda: t.tensor([1]).uniform_(), NotImplementedError, "not implemented for 'Long'"),
        (lambda: t.tensor([1]).normal_(), NotImplementedError, "not implemented for 'Long'"),
        (
            lambda: t.ones(2, requires_grad=True).uniform_(),
            RuntimeError,
            "a leaf Variable that requires grad",
        ),
    ],
)
def test_in_place_samples_refuse(change, error, message):
    with pytest.raises(error, match=message):
        change()


def test_in_place_samples_cut_the_graph():
    x = t.ones(2, requires_grad=True)
    y = x * 2
    z = y.detach().clone()
    z.normal_()
    (y * z).sum().backward()
    assert (x.grad == 2 * z).all()
