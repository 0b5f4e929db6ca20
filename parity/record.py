"""Write down what torch gives where the tests compare with it: `python parity/record.py`."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parent.parent / "tests"
sys.path.insert(0, str(TESTS))

import torch  # noqa: E402
from libraries import call, chainrule, dtype_name  # noqa: E402

from generated.calls import samples  # noqa: E402
from generated.casting import DTYPES, cast, representative  # noqa: E402
from hard_points import ROWS, Row  # noqa: E402 (the tests' folder is no package)
from nn import layers, words  # noqa: E402
from nn.record import LAYERS, said  # noqa: E402
from nn.record import WORDS as NN_WORDS  # noqa: E402
from optim import training  # noqa: E402
from optim import words as optim_words  # noqa: E402
from torch_record import DOCUMENT, RECORD, with_table  # noqa: E402

TYPES = TESTS / "torch_dtypes.json"


def derivatives(row: Row) -> dict[str, Any]:
    """Return torch's value, gradient and second derivatives (two ways) at a hard point."""
    x = torch.tensor(row.at, dtype=torch.float64, requires_grad=True)
    y = row.f(torch, x).sum()
    (plain,) = torch.autograd.grad(y, x, retain_graph=True)
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    return {
        "value": _text(y.item()),
        "gradient": [_text(v) for v in plain.tolist()],
        "second": _second(x, g),
        "forward_second": _forward_second(row),
    }


def _text(value: float) -> Any:
    """JSON has no NaN or infinity: they are written as words."""
    return value if abs(value) < float("inf") else str(value)


def _second(x: torch.Tensor, g: torch.Tensor) -> list[Any]:
    found = []
    for i in range(len(x)):
        h = torch.zeros_like(x)
        if g.requires_grad:
            (h,) = torch.autograd.grad(g[i], x, retain_graph=True, materialize_grads=True)
        found.append(_text(h[i].item()))
    return found


def _forward_second(row: Row) -> list[Any]:
    gradient = torch.func.grad(lambda x: row.f(torch, x).sum())
    x = torch.tensor(row.at, dtype=torch.float64)
    found = []
    for i, unit in enumerate(torch.eye(len(x), dtype=torch.float64)):
        try:
            found.append(_text(torch.func.jvp(gradient, (x,), (unit,))[1][i].item()))
        except (RuntimeError, NotImplementedError):
            found.append("nan")  # torch has no forward mode here
    return found


def result_dtypes(name: str) -> dict[str, list[str]]:
    """Return the dtypes of an operation's results by that of its operands, where torch computes them."""
    sample = representative(name)
    found = {}
    for dtype in DTYPES if sample is not None else ():
        try:
            _, results = call(torch, name, cast(sample.args, dtype), sample.kwargs, grad=False)
        except BaseException:
            continue
        names = [dtype_name(y) for y in results]
        if all(hasattr(chainrule, name) for name in names):  # chainrule has no complex32
            found[dtype] = names
    return found


def modules_and_optimisers() -> None:
    """Write down what torch's modules and optimisers compute and print."""
    _write(LAYERS, {name: layers.outcome(torch, program) for name, program in layers.PROGRAMS.items()})
    _write(NN_WORDS, {name: said(torch, program) for name, program in words.WORDS.items()})
    runs = {**training.RUNS, **training.SINGLE}
    _write(training.LOSSES, {name: program(torch) for name, program in runs.items()})
    _write(training.RATES, {name: program(torch) for name, program in training.RATE_RUNS.items()})
    _write(training.WORDS, {name: said(torch, program) for name, program in optim_words.WORDS.items()})


def main() -> None:
    warnings.simplefilter("ignore")
    modules_and_optimisers()
    types = {name: found for name in sorted(samples()) if (found := result_dtypes(name))}
    _write(TYPES, types)
    table = {row.name: derivatives(row) for row in ROWS}
    _write(RECORD, table)
    DOCUMENT.write_text(with_table(DOCUMENT.read_text()))


def _write(path: Path, table: dict[str, Any]) -> None:
    """Write JSON with a line for each entry, so that changes show."""
    lines = [f" {json.dumps(name)}: {json.dumps(found)}" for name, found in table.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
