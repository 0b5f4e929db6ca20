"""The dtype of every operation's result, for every dtype of its operands, is torch's (as recorded)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generated.calls import Call
from generated.casting import cast, representative

TABLE = json.loads(Path(__file__).with_name("torch_dtypes.json").read_text())
OTHERWISE = {("bincount", "complex64"), ("bincount", "complex128")}  # torch drops the imaginary part
CASES = [
    pytest.param(name, dtype, id=f"{name}-{dtype}")
    for name, found in TABLE.items()
    for dtype in found
    if (name, dtype) not in OTHERWISE
]


@pytest.mark.parametrize(("name", "dtype"), CASES)
def test_the_result_has_torchs_dtype(name: str, dtype: str) -> None:
    sample = representative(name)
    args = cast(sample.args, dtype)
    call = Call(name, 0, type(sample)(args, sample.kwargs), dtypes={"f": dtype, "c": dtype})
    assert [y._value.dtype.name for y in call(call.tensors())] == TABLE[name][dtype]
