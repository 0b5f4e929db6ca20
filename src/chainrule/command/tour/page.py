"""The tour as one web page that needs nothing but itself."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files

from chainrule.command.tour.sections import Picture, Section, Table

LONG_LINE = 60  # characters; longer lines get the full width


def render(sections: Sequence[Section]) -> str:
    """Return the page."""
    style = files("chainrule").joinpath("data", "tour.css").read_text(encoding="utf-8")
    links = "".join(f'<a href="#part-{i}">{escape(s.title)}</a>' for i, s in enumerate(sections, 1))
    parts = "\n".join(_section(s, i) for i, s in enumerate(sections, 1))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A tour of chainrule</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Derivatives that run</h1>
<p>Five exercises and a real task, computed by chainrule on this machine. Each dark panel is what the code
before it printed.</p>
<nav>{links}</nav>
</header>
<main>
{parts}
</main>
<footer>Made by <code>chainrule tour</code>. Data: NIST/ITL Statistical Reference Datasets,
"Thurber".</footer>
</body>
</html>
"""


def _section(section: Section, number: int) -> str:
    prints = "\n".join(_printed(line) for line in section.lines)
    written = "\n".join([section.code, *section.lines]).split("\n")
    long = any(len(line) > LONG_LINE for line in written)
    parts = [
        f'<section id="part-{number}">',
        f"<h2>{escape(section.title)}</h2>",
        f"<p>{escape(section.says)}</p>",
        f'<div class="pair{" long" if long else ""}">',
        f'<pre class="code">{escape(section.code)}</pre>',
        f'<pre class="prints">{prints}</pre>',
        "</div>",
        *map(_table, section.tables),
        '<div class="figures">' if section.pictures else "",
        *map(_figure, section.pictures),
        "</div>" if section.pictures else "",
        f'<p class="ends">{escape(section.ends)}</p>' if section.ends else "",
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _printed(line: str) -> str:
    label, colon, value = re.split(r"(:\s)", line, maxsplit=1)
    return f"<b>{escape(label)}{colon}</b>{escape(value)}"


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(h)}</th>" for h in table.headers)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in table.rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _figure(picture: Picture) -> str:
    if picture.inline:
        drawn = picture.svg
    else:
        data = base64.b64encode(picture.svg.encode()).decode()
        drawn = f'<img alt="{escape(picture.caption)}" src="data:image/svg+xml;base64,{data}">'
    return f"<figure>{drawn}<figcaption>{escape(picture.caption)}</figcaption></figure>"
