"""The comparison with torch is run by `make parity`, with the tests' samples and its own helpers."""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]
collect_ignore = ["record.py"]  # a script


def pytest_configure(config: Any) -> None:
    """Let torch give its warnings, once in each process."""
    config.addinivalue_line("filterwarnings", r"ignore:.*(Triggered internally at|torch):UserWarning")
