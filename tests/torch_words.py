"""Errors in torch's words, whichever library raises them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest


@contextmanager
def raises(m: ModuleType, kind: type[Exception], sentence: str) -> Iterator[Any]:
    """Expect an error that says `sentence`: torch that alone, chainrule perhaps more after it."""
    with pytest.raises(kind) as caught:
        yield caught
    text = str(caught.value)
    if m.__name__ == "torch":
        assert text.partition(" Hint: enable anomaly")[0] == sentence
    else:
        assert text.replace("chainrule", "torch").startswith(sentence), text
