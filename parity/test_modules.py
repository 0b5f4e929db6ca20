"""The record of what torch's modules and optimisers compute and print is still what torch gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from libraries import torch

from nn import layers, words
from nn.record import LAYERS, read, said
from nn.record import WORDS as NN_WORDS
from optim import training
from optim import words as optim_words

COMPUTED, SPOKEN, STEPPED = read(LAYERS), read(NN_WORDS), read(training.WORDS)
LOSSES, RATES = read(training.LOSSES), read(training.RATES)
RUNS = {**training.RUNS, **training.SINGLE}


def _agree(now: Any, recorded: Any, rtol: float) -> None:
    if isinstance(recorded, dict):
        assert now.keys() == recorded.keys()
        for key, value in recorded.items():
            _agree(now[key], value, rtol)
    elif isinstance(recorded, list) and any(isinstance(part, list) for part in recorded):
        for mine, other in zip(now, recorded, strict=True):
            _agree(mine, other, rtol)
    elif recorded is None:
        assert now is None
    else:
        np.testing.assert_allclose(np.array(now, float), np.array(recorded, float), rtol=rtol, atol=1e-11)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", layers.PROGRAMS)
def test_values_and_gradients(name: str) -> None:
    _agree(layers.outcome(torch, layers.PROGRAMS[name]), COMPUTED[name], 1e-9)


@pytest.mark.parametrize("name", words.WORDS)
def test_printed_text_and_errors_of_modules(name: str) -> None:
    assert said(torch, words.WORDS[name]) == SPOKEN[name]


@pytest.mark.parametrize("name", optim_words.WORDS)
def test_printed_text_and_errors_of_optimisers(name: str) -> None:
    assert said(torch, optim_words.WORDS[name]) == STEPPED[name]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", RUNS)
def test_losses(name: str) -> None:
    _agree(RUNS[name](torch), LOSSES[name], 1e-5 if name in training.SINGLE else 1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", training.RATE_RUNS)
def test_learning_rates(name: str) -> None:
    _agree(training.RATE_RUNS[name](torch), RATES[name], 1e-11)
