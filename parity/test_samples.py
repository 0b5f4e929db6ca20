"""Every sample of every operation through both libraries: values, dtypes, first and second gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from libraries import agree, as_numpy, call, call_torch, chainrule, dtype_name, torch

from generated.calls import all_calls, samples
from generated.casting import DTYPES, cast, representative

CALLS = [pytest.param(c, id=f"{c.name}-{c.number}") for c in all_calls()]

NOT_UNIQUE = {
    "linalg.eigh": "eigenvectors are unique up to their sign",
    "linalg.svd": "so are singular vectors",
    "svd": "so are singular vectors",
}
TWICE = "of what is written twice to one place torch gives the overwritten values a gradient as well"
# Where chainrule's gradients are right and torch's are not (docs/differences-from-torch.md).
RIGHT = {
    "Tensor.__setitem__": TWICE,
    "Tensor.index_put_": TWICE,
    "index_put": TWICE,
    "index_copy": TWICE,
    "polar": "torch takes the sign of a negative length for a direction",
    "atan2": "the squares of tiny numbers underflow in torch",
    "sinc": "torch's second derivative at 0 is 0",
}
# Where both have a point.
OTHERWISE = {
    "Tensor.__getitem__": "a list of lists is an array of indices as in NumPy, for torch still a tuple",
    "bincount": "torch drops the imaginary part of weights",
    "clamp": "a bound that is both: torch lets no gradient into it, chainrule lets it into the lower one",
}


@pytest.mark.parametrize("c", CALLS)
def test_values_and_dtypes(c: Any, request: Any) -> None:
    _expect(request, c.name, OTHERWISE)
    _, theirs = call_torch(c.name, c.sample.args, c.sample.kwargs, grad=False)
    _, ours = call(chainrule, c.name, c.sample.args, c.sample.kwargs, grad=False)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert dtype_name(a) == dtype_name(b)
        if c.name not in NOT_UNIQUE:
            agree(a, b, 1e-9, repr(c))


def _expect(request: Any, name: str, differences: dict[str, str]) -> None:
    """Let the known differences fail."""
    if name in differences:
        request.applymarker(pytest.mark.xfail(reason=differences[name], raises=AssertionError))


def _inexact(results: list[Any]) -> list[Any]:
    return [y for y in results if y.requires_grad]


def _weights(like: np.ndarray) -> np.ndarray:
    """Return the same cotangent for both libraries."""
    w = np.cos(np.arange(like.size, dtype=float)).reshape(like.shape)
    return (w + 0.5j * w[::-1] if like.dtype.kind == "c" and like.ndim else w).astype(like.dtype)


def _grad(library: Any, ys: list[Any], xs: list[Any], create: bool, along: Any = None) -> list[Any]:
    weights = [_weights(as_numpy(y)) for y in ys]
    if along is not None:
        weights[0] = along(weights[0])
    gs = [library.tensor(w) for w in weights]
    return list(
        library.autograd.grad(ys, xs, gs, create_graph=create, retain_graph=True, materialize_grads=True)
    )


@pytest.mark.parametrize("c", CALLS)
def test_first_and_second_gradients(c: Any, request: Any) -> None:
    _expect(request, c.name, RIGHT | OTHERWISE)
    their_xs, their_ys = call_torch(c.name, c.sample.args, c.sample.kwargs)
    xs, ys = call(chainrule, c.name, c.sample.args, c.sample.kwargs)
    assert [y.requires_grad for y in ys] == [y.requires_grad for y in their_ys]
    ys, their_ys = _inexact(ys), _inexact(their_ys)
    if not ys:
        return
    try:
        theirs = _grad(torch, their_ys, their_xs, create=True)
    except (RuntimeError, NotImplementedError) as error:
        pytest.skip(f"torch refuses: {str(error).splitlines()[0][:120]}")
    ours = _grad(chainrule, ys, xs, create=True)
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if c.name not in NOT_UNIQUE:
            agree(*_allowed(c, i, a, b), 1e-7, f"{c!r}: gradient of operand {i}")
    ours, theirs = _inexact(ours), _inexact(theirs)
    if not c.sample.second or not ours or not theirs or len(ours) != len(theirs) or c.name in NOT_UNIQUE:
        return
    try:
        theirs = _grad(torch, theirs, their_xs, False, c.sample.along)
    except (RuntimeError, NotImplementedError) as error:
        pytest.skip(f"torch has no second derivative: {str(error).splitlines()[0][:120]}")
    ours = _grad(chainrule, ours, xs, False, c.sample.along)
    for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        agree(*_allowed(c, i, a, b), 1e-6, f"{c!r}: second gradient of operand {i}")


def _allowed(c: Any, i: int, *gradients: Any) -> list[np.ndarray]:
    """Return the parts of gradients that perturbations can meet: Hermitian, of functions of such matrices."""
    arrays = [as_numpy(g) for g in gradients]
    return [c.sample.along(x) for x in arrays] if c.sample.along is not None and i == 0 else arrays


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(samples()))
def test_dtypes_of_results(name: str, dtype: str, request: Any) -> None:
    """Whatever torch computes in a dtype, chainrule computes, in the same dtype of result."""
    _expect(request, name, OTHERWISE)
    sample = representative(name)
    if sample is None:
        pytest.skip("no floating operand with axes")
    args = cast(sample.args, dtype)
    _, theirs = call_torch(name, args, sample.kwargs, grad=False)
    if any(dtype_name(y) == "complex32" for y in theirs):
        pytest.skip("chainrule has no complex32")
    _, ours = call(chainrule, name, args, sample.kwargs, grad=False)
    assert [dtype_name(y) for y in ours] == [dtype_name(y) for y in theirs]
    if dtype in ("float16", "complex64") or name in NOT_UNIQUE:
        return
    for a, b in zip(ours, theirs, strict=True):
        with np.errstate(all="ignore"):
            agree(a, b, 1e-4, f"{name} in {dtype}")
