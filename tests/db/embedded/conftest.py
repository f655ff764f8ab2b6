"""Folders for embedded databases: empty ones, and copies of one that was made before."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.embedded import Embedded
from tests.db.embedded.cases import (
    open_folder,
)


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder of the test's own."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder whose database was made and stopped, to be copied."""
    with open_folder() as folder:
        with Embedded(folder / "data") as embedded:
            log_folder = embedded.facts().log_folder
        shutil.rmtree(log_folder)
        yield folder / "data"


@pytest.fixture
def data(place: Path, made: Path) -> Path:
    """A data folder of the test's own that holds a stopped database."""
    subprocess.run(["cp", "-a", str(made), str(place / "data")], check=True)
    return place / "data"
