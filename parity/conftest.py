"""The comparison with torch is run by `make parity`, with the tests' samples and its own helpers."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]
collect_ignore = ["record.py"]  # a script
