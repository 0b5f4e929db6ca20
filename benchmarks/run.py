"""Time chainrule against PyTorch, both in one process, interleaved, results compared first.

    python benchmarks/run.py            # prints the table
    python benchmarks/run.py --write    # and puts it into benchmarks/README.md

Each measure runs both libraries in turn, round after round, so that a slow moment of the machine
hits both; the table has the median time of each and the median of the ratios round by round.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

import chainrule

README = Path(__file__).parent / "README.md"
ROUNDS = 31


@dataclass
class Row:
    """One line of the table: seconds (or bytes) of both, their ratio, and what the aim is."""

    name: str
    ours: float
    theirs: float
    ratio: float
    aim: float
    unit: str = "s"


def interleaved(
    ours: Callable[[], Any], theirs: Callable[[], Any], number: int, rounds: int
) -> tuple[float, float, float]:
    """Return the median times of one call of each, and the median of the ratios."""
    pairs = [(timed(ours, number), timed(theirs, number)) for _ in range(rounds + 1)]
    pairs = pairs[1:]  # the first warms up
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def timed(call: Callable[[], Any], number: int) -> float:
    start = time.perf_counter()
    for _ in range(number):
        call()
    return (time.perf_counter() - start) / number


def compare(
    name: str, make: Callable[[Any], Callable[[], Any]], aim: float, number: int, rounds: int = ROUNDS
) -> Row:
    """Build the same program for both libraries, check that they agree, and time them."""
    ours, theirs = make(chainrule), make(torch)
    np.testing.assert_allclose(
        np.asarray(ours().detach().numpy()), theirs().detach().numpy(), rtol=2e-4, atol=1e-5
    )
    gc.collect()
    a, b, ratio = interleaved(ours, theirs, number, rounds)
    return Row(name, a, b, ratio, aim)


# -- the programs, written once for both libraries -------------------------------------------------


def square(lib: Any) -> Callable[[], Any]:
    x = lib.tensor(3.0, requires_grad=True)
    return lambda: x * x


def exercise(lib: Any) -> Callable[[], Any]:
    def run() -> Any:
        x = lib.tensor(3.0, requires_grad=True)
        y = 3 * x**2
        y.backward()
        return x.grad

    return run


def chain(lib: Any, shape: tuple[int, ...]) -> Callable[[], Any]:
    x = (lib.ones(shape) * 0.5).requires_grad_()

    def run() -> Any:
        x.grad = None
        y = x
        for _ in range(500):
            y = y * x
            y = y + x
            y = y * 0.5
            y = y - x
        y.sum().backward()
        return x.grad

    return run


def gradient(lib: Any, n: int) -> Callable[[], Any]:
    x = lib.linspace(-3, 3, n, requires_grad=True)

    def run() -> Any:
        y = (lib.exp(-x * x) * lib.sin(x) + lib.tanh(x)).sum()
        (g,) = lib.autograd.grad(y, x)
        return g

    return run


# -- whole processes -------------------------------------------------------------------------------

MEMORY = """
import gc, os, resource, sys
import {lib} as lib
def rss():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
x = lib.tensor(0.5, requires_grad=True)
y = x
for _ in range(20000):
    y = y * x
gc.collect()
before, z, n = rss(), x, {n}
for _ in range(n):
    z = z * x
print((rss() - before) / n)
"""


def memory(n: int = 300_000) -> Row:
    """Return bytes per recorded scalar operation, by the resident size of a fresh process."""
    ours, theirs = (
        statistics.median(float(python(MEMORY.format(lib=lib, n=n))) for _ in range(3))
        for lib in ("chainrule", "torch")
    )
    return Row("memory per recorded scalar operation", ours, theirs, ours / theirs, 0.6, "B")


def import_time(rounds: int = 15) -> Row:
    """Return the time of `import chainrule` against `import numpy`, whole processes, interleaved."""
    base = [process_time("pass") for _ in range(3)]
    idle = statistics.median(base)
    pairs = [
        (process_time("import chainrule") - idle, process_time("import numpy") - idle) for _ in range(rounds)
    ]
    ours, theirs = statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
    ratio = statistics.median(a / b for a, b in pairs)
    return Row("`import chainrule`, against `import numpy`", ours, theirs, ratio, 1.5)


def process_time(code: str) -> float:
    start = time.perf_counter()
    python(code)
    return time.perf_counter() - start


def python(code: str) -> str:
    """Run a fresh process, with bytecode cached as in normal use."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def long_chain(n: int = 1_000_000) -> str:
    """Run a chain of a million operations backwards, drop a second one, and say how long it took."""
    x = chainrule.tensor(1.0, requires_grad=True)
    y = x
    start = time.perf_counter()
    for _ in range(n):
        y = y * 1.0
    y.backward()
    assert x.grad.item() == 1.0
    for _ in range(n):
        y = y * 1.0
    del y
    seconds = time.perf_counter() - start
    return f"A chain of {n:,} operations, forward, backward, and another one dropped: {seconds:.1f} s"


def table(rows: list[Row]) -> str:
    lines = [
        "| measure | chainrule | PyTorch or NumPy | ratio | aim |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines.extend(map(line, rows))
    return "\n".join(lines)


def line(row: Row) -> str:
    times = f"{show(row.ours, row.unit)} | {show(row.theirs, row.unit)}"
    return f"| {row.name} | {times} | {row.ratio:.2f} | {row.aim:.2f} |"


def show(value: float, unit: str) -> str:
    if unit == "B":
        return f"{value:.0f} B"
    for scale, name in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= scale:
            return f"{value / scale:.3g} {name}"
    return f"{value * 1e9:.0f} ns"


def measure() -> list[Row]:
    return [
        compare("`x * x`, 0-d, recorded", square, 0.40, 5000),
        compare("`x = tensor(3.); y = 3*x**2; y.backward()`", exercise, 0.40, 500),
        compare(
            "chain of 2,000 scalar operations, forward and backward", lambda lib: chain(lib, ()), 0.35, 1
        ),
        compare("the same on 10-element vectors", lambda lib: chain(lib, (10,)), 0.60, 1),
        compare(
            "value and gradient of `sum(exp(-x*x)*sin(x)+tanh(x))`, n = 10",
            lambda lib: gradient(lib, 10),
            0.60,
            200,
        ),
        compare("the same, n = 1,000", lambda lib: gradient(lib, 1000), 0.60, 200),
        compare("the same, n = 10,000,000", lambda lib: gradient(lib, 10_000_000), 1.0, 1, 9),
        memory(),
        import_time(),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    arguments = parser.parse_args()
    rows = measure()
    text = table(rows) + "\n\n" + long_chain() + ".\n"
    print(text)
    if arguments.write:
        versions = (
            f"Python {platform.python_version()}, NumPy {np.__version__}, PyTorch {torch.__version__}, "
            f"{torch.get_num_threads()} threads."
        )
        head, _, tail = README.read_text().partition("<!-- table -->")
        _, _, tail = tail.partition("<!-- end -->")
        README.write_text(f"{head}<!-- table -->\n{text}\n{versions}\n<!-- end -->{tail}")


if __name__ == "__main__":
    main()
