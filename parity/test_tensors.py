"""Making tensors, their dtypes and attributes: the same results and errors as torch's, by the thousand."""

from __future__ import annotations

import re
from itertools import product

import pytest
from outcomes import difference

INTEGERS = ["uint8", "int8", "int16", "int32", "int64"]
INEXACT = ["float16", "float32", "float64", "complex64", "complex128"]
DTYPES = ["bool", *INTEGERS, *INEXACT]


def check(programs: list[str]) -> None:
    found = [text for text in map(difference, programs) if text is not None]
    assert not found, f"{len(found)} of {len(programs)} differ\n" + "\n".join(found[:20])


# -- making tensors ---------------------------------------------------------------------------------

SIZES = """\
2 | 2, 3 | (2, 3) | [2, 3] | m.Size([2, 3]) | () | (2,), | size=(2, 3) | size=2 | 0 | 0, 3 | -1 | 2, -1 |
(-1,) | 2.0 | (2.0,) | 2, 3.0 | "a" | None | (None,) | 2, None | True | (True,) | (2, True) |
m.tensor(2) | m.tensor([2, 3]) | (m.tensor(2), 3) | m.tensor(2.0) | np.int64(2) | (np.int64(2),) |
np.array(2) | np.array([2, 3]) | np.float64(2) | ((2, 3),) | (2, 3), 4 | range(3) | 2, size=(2,) |
10**20 | 2**62, 2**62 | 2, foo=3 | 2, dtype=m.int8 | 2, dtype=float | 2, dtype=3 | 2, dtype=None |
2, device="cpu" | 2, device=3.5 | 2, requires_grad=True | 2, requires_grad=1 | 2, requires_grad=None |
2, dtype=m.int64, requires_grad=True"""


def options(table: str) -> list[str]:
    return re.split(r"\s\|\s", table)


@pytest.mark.parametrize("name", ["zeros", "ones", "ones(2, dtype=m.int32).new_zeros", "ones(2).new_ones"])
def test_sizes_and_options(name: str) -> None:
    check([f"m.{name}({given})" for given in options(SIZES)])


@pytest.mark.parametrize("name", ["empty", "rand", "randn", "ones(2).new_empty"])
def test_sizes_and_options_of_unset_and_random_tensors(name: str) -> None:
    check([f"x = m.{name}({given}); (x.shape, x.dtype, x.requires_grad)" for given in options(SIZES)])


NUMBERS = """\
3 | -1 | 0 | True | 2.5 | 1j | "a" | None | m.tensor(2) | m.tensor(2.5) | m.tensor([1, 2]) | 300 | -0.5 |
127.5 | nan | inf | 1e300 | 2**63 | -2**63 | [1, 2]"""


@pytest.mark.parametrize("dtype", [None, *DTYPES])
def test_numbers_into_dtypes(dtype: str | None) -> None:
    option = "" if dtype is None else f", dtype=m.{dtype}"
    makers = ["m.full((2,), {})", "m.full_like(m.ones(2), {})", "m.ones(2, dtype=m.uint8).new_full((2,), {})"]
    makers += ["m.tensor({})", "m.tensor([{}, 1])", "m.as_tensor([[{}]])", "m.ones(2).new_tensor([{}])"]
    odd = {"m.tensor([1, 2])", "m.tensor(2.5)", "[1, 2]"}  # elements that are tensors are taken in any dtype
    numbers = [n for n in options(NUMBERS) if (n, dtype) != ("-2**63", "float16")]
    programs = [
        maker.replace("{}", number)[:-1] + option + ")"
        for maker, number in product(makers, numbers)
        if not ("[{}" in maker and number in odd)
    ]
    check(programs)


RANGES = """\
5 | 0 | -1 | 2.5 | 1, 5 | 1, 5, 2 | 5, 1 | 5, 1, -1 | 1, 5, 0 | 0, 1, 0.25 | end=5 |
start=1, end=5, step=2 | 1, end=5 | "a" | None | None, 5 | True | 1j | nan | inf | 0, 5, nan |
m.tensor(2.5) | m.tensor([5]) | np.int64(5) | 5, dtype=m.int8 | 5, dtype=m.bool | 5, dtype=m.complex64 |
0.5, 5.5, dtype=m.int64 | 0, 5, 0.5, dtype=m.int32 | 2**53 + 1, 2**53 + 4, dtype=m.float64 | 2**63 |
Fraction(5, 2) | m.tensor(1.0, requires_grad=True) | 0, -5 | 1, 1"""

SPANS = """\
0, 1, 5 | 0, 1, 1 | 0, 1, 0 | 0, 1, -1 | 0, 1, 2.5 | start=0, end=1, steps=3 | 0, 10, 4, dtype=m.int64 |
0.9, 5.9, 4, dtype=m.int64 | 0, 300, 3, dtype=m.uint8 | -1, 1, 3, dtype=m.uint8 | 0, 1, 3, dtype=m.bool |
0, 1j, 3 | 0, 1j, 3, dtype=m.float32 | m.tensor(0.0), 1, 3 | m.tensor([0.0]), 1, 3 | 0, 1e300, 3 |
0, inf, 3 | "a", 1, 3 | 0, 1, 7, dtype=m.float16 | -1.3, 2.9, 33 | -1.3, 2.9, 33, dtype=m.float64 |
0, 1, True"""


def test_ranges() -> None:
    check([f"m.arange({given})" for given in options(RANGES)])
    check([f"m.{name}({given})" for name, given in product(("linspace", "logspace"), options(SPANS))])
    check([f"m.logspace(-3, 3, 7, {base})" for base in ("2", "2.5", "-2", "0", "1j", '"a"', "base=3")])


ARRAYS = """\
np.array([1.0, 2.0]) | np.array([1, 2], np.int8) | np.array(2.5) | np.arange(6.0).reshape(2, 3).T |
np.arange(6.0)[::2] | np.zeros((0, 3)) | np.float64(2.5) | np.array([1j, 2]) | np.array([True]) |
[1.0, 2.0] | [[1, 2], [3]] | [[1], 2] | [1, [2]] | [True, 2] | [] | [[], []] | {1: 2} | "ab" | object() |
m.tensor([1.0, 2.0]) | m.tensor([1.0], requires_grad=True) * 2"""


def test_data() -> None:
    makers = [
        "m.tensor({})",
        "m.as_tensor({})",
        "m.asarray({})",
        "m.asarray({}, copy=True)",
        "m.tensor({}, requires_grad=True)",
    ]
    makers += ["m.tensor({}, dtype=m.float64)", "m.as_tensor({}, dtype=m.int16)", "m.ones(1).new_tensor({})"]
    check([maker.replace("{}", data) for maker, data in product(makers, options(ARRAYS))])
    check([f"m.from_numpy({data})" for data in options(ARRAYS)])
    shared = ["m.from_numpy(a)", "m.as_tensor(a)", "m.asarray(a)", "m.tensor(a)", "m.asarray(a, copy=True)"]
    check([f"a = np.arange(6.0); x = {maker}; x.fill_(7); a" for maker in shared])


# -- dtypes -----------------------------------------------------------------------------------------


def test_promotion_of_dtypes() -> None:
    check([f"m.{f}(m.{a}, m.{b})" for f, a, b in product(("promote_types", "can_cast"), DTYPES, DTYPES)])


OPERANDS = [f"m.ones({size}, dtype=m.{d})" for size, d in product(("2", "()"), DTYPES)]


@pytest.mark.parametrize(
    "operation", ["{} + {}", "{} / {}", "{} // {}", "{} ** {}", "{} == {}", "m.result_type({}, {})"]
)
def test_promotion_of_operands(operation: str) -> None:
    pairs = product(OPERANDS, [*OPERANDS, "True", "2", "2.5", "1j"])
    check([operation.format(a, b) for a, b in pairs if not _needs_complex32(a, b)])


@pytest.mark.parametrize("operation", ["x += {}", "x *= {}", "x /= {}"])
def test_promotion_in_place(operation: str) -> None:
    pairs = product(OPERANDS[:11], [*OPERANDS, "True", "2", "2.5", "1j"])
    check([f"x = {a}; {operation.format(b)}; x" for a, b in pairs if not _needs_complex32(a, b)])


def _needs_complex32(a: str, b: str) -> bool:
    half = "float16" in a + b
    return half and ("complex" in a + b or "1j" in b)


def test_limits() -> None:
    fields = ("bits", "eps", "max", "min", "tiny", "resolution", "dtype")
    check([f"m.finfo(m.{d}).{field}" for d, field in product(INEXACT, fields)])
    check([f"m.iinfo(m.{d})" for d in INTEGERS] + [f"m.finfo(m.{d})" for d in INEXACT])


# -- attributes -------------------------------------------------------------------------------------

TENSORS = {
    "floats": "m.tensor([1.5, -2.5])",
    "integers": "m.tensor([1, 2])",
    "booleans": "m.tensor([True, False])",
    "complex numbers": "m.tensor([1 + 2j, 3])",
    "number": "m.tensor(2.5)",
    "integer": "m.tensor(3)",
    "complex number": "m.tensor(3 + 0j)",
    "leaf": "m.tensor([1.0, 2.0], requires_grad=True)",
    "result": "m.tensor([1.0, 2.0], requires_grad=True) * 2",
    "recorded number": "m.tensor(2.0, requires_grad=True) * 2",
    "empty": "m.tensor([])",
    "matrix": "m.arange(6.0).reshape(2, 3)",
}
QUESTIONS = """\
x.dtype | x.shape | x.size(-1) | x.size(5) | x.size("a") | x.dim() | x.numel() | x.nbytes | x.device |
x.is_leaf | x.grad | x.real | x.imag | x.mT | x.H | x.data | x.detach() | x.item() | x.tolist() |
x.numpy() | x.numpy(force=True) | np.asarray(x) | len(x) | list(x) | bool(x) | float(x) | int(x) |
complex(x) | operator.index(x) | format(x) | format(x, ".2f") | f"{x:>10}" | f"{x:d}" | 1.5 in x |
"a" in x | None in x | m.tensor(2.0) in x | range(5)[x] | x.is_contiguous() | x.double() | x.int() |
x.bool() | x.cfloat() | x.to(m.float64) | x.to("cpu", m.float64) | x.to(m.tensor([1])) |
x.to(m.float32, copy=True) | x.to() | x.to(m.float64, m.float32) | x.to([1]) | x.type(m.float64) |
x.type("foo") | x.type(3) | x.type_as(3) | x.retain_grad() | x.requires_grad_() |
x.requires_grad_(False) | x.requires_grad_(1) | copy.copy(x) | copy.deepcopy(x) |
pickle.loads(pickle.dumps(x)) | reversed(x) | math.floor(x) | round(x) | x.foo"""


@pytest.mark.parametrize("name", TENSORS)
def test_questions_to_tensors(name: str) -> None:
    check([f"x = {TENSORS[name]}; {question}" for question in options(QUESTIONS)])


VALUES = """\
m.tensor([3.0, 4.0]) | m.tensor([3, 4]) | m.tensor([3.0, 4.0], dtype=m.float64) | m.tensor([[3.0, 4.0]]) |
m.tensor(3.0) | None | 3.0 | [3.0, 4.0] | np.array([3.0, 4.0]) | x | x.detach() | m.tensor([1j, 2]) |
m.tensor([True, False])"""


@pytest.mark.parametrize("name", ["floats", "integers", "complex numbers", "leaf", "result", "number"])
def test_assigned_data_and_gradients(name: str) -> None:
    start = f"x = {TENSORS[name]}"
    check([f"{start}; x.data = {value}; (x, x.requires_grad, x.is_leaf)" for value in options(VALUES)])
    check([f"{start}; x.grad = {value}; x.grad" for value in options(VALUES)])
