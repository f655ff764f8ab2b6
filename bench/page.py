"""docs/performance.md: its table, its plot and the machine, written anew from the newest results.

python -m bench.page
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from bench.plot import Line, chart

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "bench" / "results"
PAGE: Final = ROOT / "docs" / "performance.md"
PLOT: Final = ROOT / "docs" / "performance.svg"
GROWTH: Final = "throughput kept, "
_PART: Final = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def newest() -> dict[str, Any]:
    """Returns the results measured last.

    Raises:
        SystemExit: there are none.
    """
    files = sorted(RESULTS.glob("*.json"))
    if not files:
        raise SystemExit("Nothing has been measured yet: make bench")
    document: dict[str, Any] = json.loads(files[-1].read_text(encoding="utf-8"))
    return document


def write_page(document: dict[str, Any]) -> None:
    """Puts results into the page, whose other words stay as they are, and draws the plot."""
    parts = {"table": ratio_table(document), "machine": machine_words(document)}
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_PART.sub(lambda m: f"{m[1]}{parts[m[2]]}{m[3]}", page), encoding="utf-8")
    lines = growth(document)
    if lines:
        said = "Throughput kept as the record grows, relative to the smallest one"
        PLOT.write_text(chart(lines, said, "throughput kept, smallest record = 1"), encoding="utf-8")


def ratio_table(document: dict[str, Any]) -> str:
    """Returns the table of ratios as Markdown."""
    rows = ["| figure | beside | ratio: median (range) | reach at least | ours /s | theirs /s |"]
    rows.append("|---|---|---|---|---|---|")
    for one in document["figures"]:
        asked = f"{one['at_least']:g}" if one["at_least"] is not None else "–"
        if one["ratio"] is None:
            rows.append(f"| {one['name']} | {one['peer']} | {one['missing']} | {asked} | – | – |")
            continue
        reached = one["at_least"] is not None and one["ratio"]["median"] >= one["at_least"]
        ratio = f"{'**' if reached else ''}{one['ratio']['median']:.3g}{'**' if reached else ''}"
        spread = f"{ratio} ({one['ratio']['lowest']:.3g}–{one['ratio']['highest']:.3g})"
        ours, theirs = (f"{one[side]['median']:.3g}" for side in ("ours", "theirs"))
        rows.append(f"| {one['name']} | {one['peer']} | {spread} | {asked} | {ours} | {theirs} |")
    return "\n".join([*rows, ""])


def machine_words(document: dict[str, Any]) -> str:
    """Returns when and on what it was measured, in a sentence or two."""
    facts = document["machine"]
    sizes = " and ".join(f"{size:,}" for size in document["sizes"])
    return (
        f"Measured on {document['measured']} on {facts['cores']} cores ({facts['processor']}) with {facts['memory']} "
        f"of memory, Python {facts['python']}, PostgreSQL {facts['postgresql']} ({facts['settings']}); records of "
        f"{sizes} contacts; {document['rounds']} rounds of {document['seconds']:g} s for each side.\n"
    )


def growth(document: dict[str, Any]) -> dict[str, Line]:
    """Returns the growth curves: how much of the smallest record's throughput each larger one keeps."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for one in document["figures"]:
        if one["name"].startswith(GROWTH) and one["ratio"] is not None:
            large, small = (int(size.replace(",", "")) for size in re.findall(r"[\d,]+", one["peer"]))
            line = lines.setdefault(one["name"].removeprefix(GROWTH), [(small, 1.0)])
            line.append((large, line[-1][1] * one["ratio"]["median"]))
    return {name: tuple(line) for name, line in lines.items()}


if __name__ == "__main__":
    write_page(newest())
