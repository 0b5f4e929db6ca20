"""Draw the pictures of the README into docs/images: `python docs/make_pictures.py`."""

from __future__ import annotations

from pathlib import Path

import chainrule as cr
from chainrule.command.tour import fit, pictures

IMAGES = Path(__file__).with_name("images")


def draw(folder: Path) -> None:
    """Write all pictures into a folder."""
    folder.mkdir(exist_ok=True)
    u, v = (cr.tensor(n, requires_grad=True) for n in (3.0, 4.0))
    y = u**3 + v**2 + 4 * u * v
    y.backward(retain_graph=True)
    cr.show.graph(y, u=u, v=v).save(folder / "graph.svg")
    figure = cr.show.plot(lambda x: cr.exp(-x) * cr.sin(4 * x), (0, 3), 2)
    figure.savefig(folder / "damped.png", dpi=100)
    (folder / "fit.svg").write_text(pictures.fitted(fit.run()), encoding="utf-8")


if __name__ == "__main__":
    draw(IMAGES)
