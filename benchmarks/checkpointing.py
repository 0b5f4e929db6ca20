"""Measure what checkpointing saves: peak memory and time of a deep network, each way in a fresh process.

python benchmarks/checkpointing.py            # prints the table
python benchmarks/checkpointing.py --write    # and puts it into benchmarks/README.md
"""

from __future__ import annotations

import argparse
import functools
import resource
import subprocess
import sys
import time
from pathlib import Path

README = Path(__file__).parent / "README.md"
BLOCKS, WIDTH, BATCH = 36, 128, 4096

WAYS = {
    "plain": "without checkpoints",
    "each": "`checkpoint` of each block",
    "reentrant": "the same with `use_reentrant=True`",
    "sequential": f"`checkpoint_sequential` in {int(BLOCKS**0.5)} segments",
    "nested": f"checkpoints of blocks within {int(BLOCKS**0.5)} checkpointed segments",
}


def run(way: str) -> tuple[float, float]:
    """Go forward and backward once; return the memory it took at its peak, in MB, and the seconds."""
    import chainrule as cr
    from chainrule import nn
    from chainrule.utils.checkpoint import checkpoint, checkpoint_sequential

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.change = nn.Sequential(
                nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 2 * WIDTH), nn.SiLU(), nn.Linear(2 * WIDTH, WIDTH)
            )

        def forward(self, x):
            return x + self.change(x)

    def one_by_one(functions, x, reentrant=False):
        for function in functions:
            x = checkpoint(function, x, use_reentrant=reentrant)
        return x

    cr.manual_seed(0)
    blocks = [Block() for _ in range(BLOCKS)]
    net = nn.Sequential(*blocks)
    x = cr.randn(BATCH, WIDTH, requires_grad=True)
    size = int(BLOCKS**0.5)
    segments = [blocks[i : i + size] for i in range(0, BLOCKS, size)]
    forward = {
        "plain": lambda: net(x),
        "each": lambda: one_by_one(blocks, x),
        "reentrant": lambda: one_by_one(blocks, x, reentrant=True),
        "sequential": lambda: checkpoint_sequential(net, size, x, use_reentrant=False),
        "nested": lambda: one_by_one([functools.partial(one_by_one, part) for part in segments], x),
    }[way]
    blocks[0](x).sum().backward()  # what libraries take when first used is not counted
    before = peak()
    start = time.perf_counter()
    forward().sum().backward()
    return peak() - before, time.perf_counter() - start


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(way: str) -> tuple[float, float]:
    """Return what a fresh process measures: the least of three."""
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, __file__, way], capture_output=True, text=True, check=True)
        memory, seconds = map(float, done.stdout.split())
        runs.append((memory, seconds))
    return min(memory for memory, _ in runs), min(seconds for _, seconds in runs)


def table() -> str:
    lines = [
        "| way | memory at the peak | of that without | time | of that without |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    found = {way: measured(way) for way in WAYS}
    for way, (memory, seconds) in found.items():
        shares = memory / found["plain"][0], seconds / found["plain"][1]
        lines.append(
            f"| {WAYS[way]} | {memory:.0f} MB | {shares[0]:.2f} | {seconds:.1f} s | {shares[1]:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("way", nargs="?", choices=WAYS, help="measure this way, in this process")
    parser.add_argument("--write", action="store_true", help="put the table into benchmarks/README.md")
    arguments = parser.parse_args()
    if arguments.way:
        print(*run(arguments.way))
        return
    text = table()
    print(text)
    if arguments.write:
        head, _, tail = README.read_text().partition("<!-- checkpointing -->\n")
        _, _, tail = tail.partition("<!-- end of checkpointing -->")
        README.write_text(f"{head}<!-- checkpointing -->\n{text}\n<!-- end of checkpointing -->{tail}")


if __name__ == "__main__":
    main()
