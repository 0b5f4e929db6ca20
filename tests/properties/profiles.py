"""How hard Hypothesis tries: a little in `make test`, much in `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "fast", max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=_SLOW
)
settings.register_profile("large", max_examples=5000, deadline=None, suppress_health_check=_SLOW)


def load() -> None:
    """Choose the profile that the environment names; the fast one by default."""
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
