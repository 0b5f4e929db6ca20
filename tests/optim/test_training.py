"""Optimisers and schedules go torch's way, step by step, by torch's record."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from nn.record import agree, read, said
from optim.training import LOSSES, RATE_RUNS, RATES, RUNS, SINGLE, WORDS
from optim.words import WORDS as SPOKEN

LOSSES_OF_TORCH, RATES_OF_TORCH, SPOKEN_BY_TORCH = read(LOSSES), read(RATES), read(WORDS)


def _rtol(name):
    # The line searches and the estimates of the Hessian magnify what other processors round differently.
    return 1e-6 if "LBFGS" in name or "strong_wolfe" in name else 1e-9


@pytest.mark.parametrize("name", RUNS)
def test_losses_are_torchs_step_by_step(name):
    np.testing.assert_allclose(RUNS[name](chainrule), LOSSES_OF_TORCH[name], rtol=_rtol(name))


@pytest.mark.parametrize("name", SINGLE)
def test_losses_of_single_precision_are_torchs(name):
    np.testing.assert_allclose(SINGLE[name](chainrule), LOSSES_OF_TORCH[name], rtol=1e-5)


@pytest.mark.parametrize("name", RATE_RUNS)
def test_learning_rates_are_torchs_epoch_by_epoch(name):
    np.testing.assert_allclose(RATE_RUNS[name](chainrule), RATES_OF_TORCH[name], rtol=1e-11)


@pytest.mark.parametrize("name", SPOKEN)
def test_printed_text_errors_and_states_are_torchs(name):
    ours, theirs = said(chainrule, SPOKEN[name]), SPOKEN_BY_TORCH[name]
    assert agree(ours, theirs), f"{ours}\n\ntorch: {theirs}"


def test_the_record_is_of_these_programs():
    assert LOSSES_OF_TORCH.keys() == {*RUNS, *SINGLE}
    assert RATES_OF_TORCH.keys() == RATE_RUNS.keys()
    assert SPOKEN_BY_TORCH.keys() == SPOKEN.keys()
