"""`make bench`: makes the records, runs services and peers, prints one table of ratios, keeps it as JSON.

python -m bench --rounds 7
python -m bench --database 100000=postgresql://user@host/name --only path
"""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Annotated, Any, Final

import psycopg
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from bench.figures import Peers, growth_figures, list_figures
from bench.figures_graph import graph_figures
from bench.figures_history import history_figures
from bench.figures_importing import IMPORT_FIGURES, import_figures
from bench.figures_libraries import library_figures
from bench.figures_loading import loading_figures
from bench.load import Client, UnexpectedAnswerError
from bench.page import RESULTS, write_page
from bench.postgraphile import installed, postgraphile
from bench.processes import machine, textbook
from bench.rigs import Rig, rigs
from bench.rounds import ROUNDS, Figure, Result, Spread, compare

SIZES: Final = (100_000, 1_000_000)
LARGEST: Final = 10_000_000
LONGEST_FAULT: Final = 200
FOLDER: Final = Path(tempfile.gettempdir(), "readout-bench")
console: Final = Console(highlight=False)


def main(
    contacts: Annotated[list[int] | None, typer.Option(help="Sizes of the records; several may be given.")] = None,
    ten_million: Annotated[
        bool, typer.Option("--ten-million", help="A record of 10 million too: an hour and 70 GB.")
    ] = False,
    database: Annotated[list[str] | None, typer.Option(help="CONTACTS=URL: a database of your own for a size.")] = None,
    folder: Annotated[Path, typer.Option(help="Where embedded databases are kept for the next run.")] = FOLDER,
    rounds: Annotated[int, typer.Option(min=1, help="Counted rounds of each figure.")] = ROUNDS,
    seconds: Annotated[float, typer.Option(min=0.2, help="Of load, for each side of a round.")] = 2.0,
    only: Annotated[str, typer.Option(help="Only figures whose name or peer holds these words.")] = "",
    keep: Annotated[bool, typer.Option(help="Write the results to bench/results.")] = True,
) -> None:
    """Measure Readout beside its peers, on this machine."""
    named = {int(size): url for size, _, url in (one.partition("=") for one in database or ())}
    wanted = set(named) if named else {*(contacts or SIZES), *([LARGEST] if ten_million else [])}
    with rigs({size: named.get(size) for size in wanted}, folder) as made:
        facts = machine(next(iter(made.values())).owner_url)
        results = chain(
            measured(list(made.values()), (rounds, seconds), only), imports_measured((rounds, seconds), only)
        )
        found = told(results)
    console.print(table(found))
    if keep:
        document = {"measured": datetime.now(UTC).date().isoformat(), "machine": facts, "sizes": sorted(wanted)}
        write_page(
            save({**document, "rounds": rounds, "seconds": seconds, "figures": [one.document() for one in found]})
        )


def measured(made: list[Rig], times: tuple[int, float], only: str) -> Iterator[Result]:
    """Yields every figure's result as soon as it is there; the largest record up to a million serves the peers."""
    rounds, seconds = times
    main_rig = max((one for one in made if one.contacts <= max(SIZES)), key=lambda one: one.contacts)
    with ExitStack() as stack:
        without = installed() if not only or only in "times PostGraphile" else "not asked for"
        peers = Peers(
            stack.enter_context(textbook(main_rig.url)),
            None if without else stack.enter_context(postgraphile(main_rig.owner_url)),
            without,
            seconds,
        )
        figures: list[Figure] = [*list_figures(main_rig, peers)]
        for small, large in pairwise(made):
            figures += growth_figures(small, large, seconds)
        figures += graph_figures(main_rig)
        if not only or only in "shortest path, in memory":
            figures += stack.enter_context(library_figures(main_rig))
        figures += loading_figures(main_rig)
        figures += stack.enter_context(history_figures(min(made, key=lambda one: one.contacts), seconds))
        for figure in figures:
            if only.lower() in f"{figure.name} {figure.peer}".lower():
                yield tried(figure, rounds)


def told(results: Iterable[Result]) -> list[Result]:
    """Tells each result as it comes, and returns them all: those that were there when somebody pressed Ctrl-C."""
    found = []
    try:
        for result in results:
            found.append(result)
            console.print(line(result))
    except KeyboardInterrupt:
        console.print("Stopped; what was measured until now is kept.")
    return found


def imports_measured(times: tuple[int, float], only: str) -> Iterator[Result]:
    """Yields the results of imports over HTTP, or why their record, which is made now, could not be measured."""
    rounds, seconds = times
    if only.lower() not in IMPORT_FIGURES.lower():
        return
    try:
        with tempfile.TemporaryDirectory(prefix="readout-bench-") as kept, import_figures(Path(kept), seconds) as made:
            for figure in made:
                if only.lower() in f"{figure.name} {figure.peer}".lower():
                    yield tried(figure, rounds)
    except (RuntimeError, OSError, psycopg.Error) as fault:
        yield Result("imports over HTTP", "–", None, missing=f"it failed: {str(fault)[:LONGEST_FAULT]}")


def tried(figure: Figure, rounds: int) -> Result:
    """Compares, or says what went wrong: one figure that fails leaves the others."""
    before = Client.refused
    try:
        return replace(compare(figure, rounds), refused=Client.refused - before)
    except (UnexpectedAnswerError, RuntimeError, OSError, psycopg.Error, SQLAlchemyError) as fault:
        return Result(figure.name, figure.peer, figure.at_least, missing=f"it failed: {str(fault)[:LONGEST_FAULT]}")


def line(result: Result) -> str:
    """Returns one result as a line of text."""
    if result.ratio is None:
        return f"{result.name}, {result.peer}: {result.missing}"
    refused = f" ({result.refused} refused, and sent again)" if result.refused else ""
    return f"{result.name}: {shown(result.ratio)} {result.peer}{refused}"


def shown(spread: Spread) -> str:
    """Returns a median with its range."""
    return f"{spread.median:.3g} ({spread.lowest:.3g}–{spread.highest:.3g})"


def table(results: list[Result]) -> Table:
    """Returns the table of ratios."""
    made = Table("figure", "beside", "ratio: median (range)", "reach at least", "ours /s", "theirs /s", box=None)
    for one in results:
        asked = f"{one.at_least:g}" if one.at_least is not None else "–"
        if one.ratio is None or one.ours is None or one.theirs is None:
            made.add_row(one.name, one.peer, one.missing, asked, "–", "–")
        else:
            made.add_row(one.name, one.peer, shown(one.ratio), asked, shown(one.ours), shown(one.theirs))
    return made


def save(document: dict[str, Any]) -> dict[str, Any]:
    """Writes results to a file named after the day, and returns them."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{document['measured']}.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return document


if __name__ == "__main__":
    typer.run(main)
