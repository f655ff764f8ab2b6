"""The figures beside graph libraries: Readout's answer over HTTP, theirs from memory in their own process."""

import itertools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from bench.figures import in_turn
from bench.figures_graph import ASKED_AT_ONCE, asked_alone
from bench.rigs import Rig
from bench.rounds import Figure

LIBRARIES: Final = ("networkx", "igraph")
FOLDER: Final = Path(tempfile.gettempdir()) / "readout-bench-graph"
INSTALL_SECONDS: Final = 600
PROGRAM: Final = Path(__file__).with_name("graph_libraries.py")


class Library:
    """A library with the graph in memory, in a process of its own."""

    def __init__(self, name: str, pairs: Path) -> None:
        """Starts it and waits until it holds the graph.

        Args:
            name: of the library.
            pairs: a file of its edges.
        """
        command = [str(FOLDER / "bin" / "python"), str(PROGRAM), name, str(pairs)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.loaded_seconds = float(self._line())

    def seconds(self, source: int, target: int) -> float:
        """Returns how long it took to find a shortest path."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{source} {target}\n")
        self._process.stdin.flush()
        return float(self._line().split()[0])

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the library's process ended")
        return line

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.communicate()


def libraries_installed() -> str:
    """Makes the environment with the libraries, unless it is there.

    Returns:
        Why it cannot be had; empty when it can.
    """
    if (FOLDER / "complete").exists():
        return ""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(FOLDER)],
        [str(FOLDER / "bin" / "python"), "-m", "pip", "install", "--quiet", *LIBRARIES],
    ):
        try:
            done = subprocess.run(command, capture_output=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"pip took longer than {INSTALL_SECONDS} seconds"
        if done.returncode:
            return "pip could not install it"
    (FOLDER / "complete").touch()
    return ""


@contextmanager
def library_figures(rig: Rig) -> Iterator[list[Figure]]:
    """Gives the figures of a shortest path beside the libraries, which hold the graph as long."""
    without = libraries_installed()
    name = f"shortest path, {rig.contacts:,}"
    if without:
        yield [Figure(name, f"of {library}, in memory", None, missing=without) for library in LIBRARIES]
        return
    with tempfile.NamedTemporaryFile("wb") as file:
        with rig.connect() as connection, connection.cursor().copy(_PAIRS.encode()) as copy:
            for part in copy:
                file.write(part)
        file.flush()
        held = {library: Library(library, Path(file.name)) for library in LIBRARIES}
    try:
        yield [_beside(rig, name, library, held[library]) for library in LIBRARIES]
    finally:
        for library in held.values():
            library.close()


def _beside(rig: Rig, name: str, library: str, process: Library) -> Figure:
    pairs = [(one, other) for (one, _), (other, _) in itertools.pairwise(rig.sample.ties) if one != other]
    next_path, next_pair = in_turn(rig.paths()), itertools.cycle(pairs).__next__
    return Figure(
        name,
        f"of {library}, in memory (loaded in {process.loaded_seconds:.0f} s, and stale after a write)",
        None,
        lambda: asked_alone(rig.port, next_path, ASKED_AT_ONCE),
        lambda: 1 / median(process.seconds(*next_pair()) for _ in range(ASKED_AT_ONCE)),
    )


_PAIRS: Final = "COPY (SELECT ego_id, alter_id FROM tie WHERE level = 'actor' AND ego_id < alter_id) TO STDOUT"
