"""Modules and functions compute and say what torch does, by torch's record."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from nn.layers import PROGRAMS, outcome
from nn.record import LAYERS, WORDS, agree, read, said
from nn.words import WORDS as SPOKEN

COMPUTED, SPOKEN_BY_TORCH = read(LAYERS), read(WORDS)

LOOSE = {"hardsigmoid at kinks": 1e-7}  # torch takes 1/6 for a float32 number


@pytest.mark.filterwarnings("ignore::chainrule.ChainruleWarning")
@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients_are_torchs(name):
    ours, theirs = outcome(chainrule, PROGRAMS[name]), COMPUTED[name]
    rtol = LOOSE.get(name, 1e-9)
    _compare(ours["value"], theirs["value"], rtol)
    assert len(ours["gradients"]) == len(theirs["gradients"])
    for mine, other in zip(ours["gradients"], theirs["gradients"], strict=True):
        _compare(mine, other, rtol)


def _compare(ours, theirs, rtol):
    if theirs is None:
        assert ours is None
        return
    np.testing.assert_allclose(np.array(ours, float), np.array(theirs, float), rtol=rtol, atol=1e-11)


@pytest.mark.parametrize("name", SPOKEN)
def test_printed_text_errors_and_warnings_are_torchs(name):
    ours, theirs = said(chainrule, SPOKEN[name]), SPOKEN_BY_TORCH[name]
    assert agree(ours, theirs), f"{ours}\n\ntorch: {theirs}"


def test_the_record_is_of_these_programs():
    assert COMPUTED.keys() == PROGRAMS.keys()
    assert SPOKEN_BY_TORCH.keys() == SPOKEN.keys()


def test_agreement_allows_advice_after_an_error_and_nothing_else():
    assert agree(["ValueError: wrong. Do this"], ["ValueError: wrong"])
    assert not agree(["ValueError: other"], ["ValueError: wrong"])
    assert not agree(["tensor([1., 2.])"], ["tensor([1."])
    assert not agree(["1"], ["1", "UserWarning: hm"])
