"""Size and device."""

from __future__ import annotations

import operator
import pickle

import numpy as np
import pytest

import chainrule as t


def test_size_is_a_tuple_that_stays_a_size():
    s = t.Size([2, 3])
    assert repr(s) == "chainrule.Size([2, 3])"
    assert s == (2, 3)
    assert hash(s) == hash((2, 3))
    for other in (s[:1], s + (4,), (4,) + s, s * 2, 2 * s, t.Size(), pickle.loads(pickle.dumps(s))):  # noqa: RUF005
        assert type(other) is t.Size
    assert s[1] == 3
    assert s.numel() == 6
    assert t.Size([]).numel() == 1
    assert t.Size([t.tensor(2), np.int64(3)]) == (2, 3)


@pytest.mark.parametrize(
    ("items", "name"), [([1.5], "float"), ([2, "a"], "str"), ([t.tensor(1.0)], "Tensor")]
)
def test_sizes_hold_ints(items, name):
    i = len(items) - 1
    with pytest.raises(
        TypeError, match=rf"chainrule.Size\(\) takes an iterable of 'int' \(item {i} is '{name}'\)"
    ):
        t.Size(items)
    with pytest.raises(TypeError, match=r"can only concatenate tuple \(not list\) to chainrule.Size"):
        operator.add(t.Size([1]), [2])


def test_devices():
    cpu = t.device("cpu")
    assert repr(cpu) == "device(type='cpu')"
    assert str(t.device("cpu:0")) == "cpu:0"
    assert repr(t.device("cpu", 1)) == "device(type='cpu', index=1)"
    assert cpu == t.device(cpu) == pickle.loads(pickle.dumps(cpu))
    assert cpu != "cpu"
    assert (cpu.type, cpu.index) == ("cpu", None)
    with pytest.raises(RuntimeError, match="chainrule runs on the CPU"):
        t.device("cuda")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (("cpu:a",), RuntimeError, "Invalid device string: 'cpu:a'"),
        (("cpu:",), RuntimeError, "Invalid device string: 'cpu:'"),
        (("cpu", -1), RuntimeError, "Device index must not be negative"),
        (("cpu", "a"), TypeError, r"argument 'index' \(position 2\) must be int, not str"),
        ((None,), TypeError, r"argument 'type' \(position 1\) must be str, not NoneType"),
        (
            (t.device("cpu"), 1),
            TypeError,
            r"\(position 1\) must be str, not chainrule.device",
        ),
    ],
)
def test_what_is_no_device(given, error, message):
    with pytest.raises(error, match=message):
        t.device(*given)
