"""A line chart as a small SVG, readable on light and dark pages."""

import math
from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 720
HEIGHT: Final = 340
LEFT, RIGHT, TOP, BOTTOM = 56, 170, 16, 44
COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Told apart by people with any colour vision: M. Okabe and K. Ito, 2008."""
GREY: Final = "#808080"
LABEL_HEIGHT: Final = 15

Line = Sequence[tuple[float, float]]


def chart(lines: Mapping[str, Line], title: str, y_name: str) -> str:
    """Returns an SVG of some lines over a logarithmic axis of contacts.

    Args:
        lines: points (contacts, value) by name; at least one line.
        title: for those who cannot see the chart.
        y_name: what a value is.
    """
    sizes = sorted({x for line in lines.values() for x, _ in line})
    top = max(1.0, *(y for line in lines.values() for _, y in line)) * 1.08

    def place(x: float, y: float) -> tuple[float, float]:
        span = math.log10(sizes[-1] / sizes[0]) or 1
        across = LEFT + (WIDTH - LEFT - RIGHT) * math.log10(x / sizes[0]) / span
        return round(across, 1), round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - y / top), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{GREY}">',
        f"<title>{escape(title)}</title>",
    ]
    for step in range(math.floor(top / 0.25) + 1):
        x, y = place(sizes[0], step * 0.25)
        parts.append(f'<path d="M{x} {y}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-opacity=".25"/>')
        parts.append(f'<text x="{x - 8}" y="{y + 4}" text-anchor="end">{step * 0.25:g}</text>')
    for size in sizes:
        x, y = place(size, 0)
        parts.append(f'<text x="{x}" y="{y + 18}" text-anchor="middle">{size:,.0f}</text>')
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 6}">contacts → {escape(y_name)}</text>')
    parts += _drawn({name: [place(x, y) for x, y in line] for name, line in lines.items()})
    return "\n".join([*parts, "</svg>", ""])


def _drawn(lines: Mapping[str, Line]) -> list[str]:
    """Returns the lines with their names at their right ends, moved apart where they would overlap."""
    parts, lowest = [], -math.inf
    colours = dict(zip(lines, COLOURS, strict=False))
    for name, line in sorted(lines.items(), key=lambda one: one[1][-1][1]):
        points = " ".join(f"{x},{y}" for x, y in line)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colours[name]}"/>' for x, y in line]
        x, y = line[-1]
        lowest = max(y + 4, lowest + LABEL_HEIGHT)
        parts.append(f'<text x="{x + 8}" y="{lowest:g}" fill="{colours[name]}">{escape(name)}</text>')
    return parts
