"""A command loads no more than it needs, so that help, status and keys do not wait for the web framework."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.door
HTTP = {"fastapi", "starlette", "uvicorn", "httpx"}
DATABASE = {"sqlalchemy", "psycopg", "alembic", "sqlmodel"}
GRAPH = {"numpy", "rustworkx", "pyarrow", "icalendar", "graph", "formats", "importers"}
HELP = """sys.argv = ["readout", *arguments.split(), "--help"]
from api.__main__ import main
main()"""


@pytest.mark.parametrize(
    ("program", "heavy"),
    [
        (f"arguments = ''\n{HELP}", HTTP | DATABASE | GRAPH),
        (f"arguments = 'import'\n{HELP}", HTTP | DATABASE | GRAPH),
        (f"arguments = 'key create'\n{HELP}", HTTP | DATABASE | GRAPH),
        ("import api.contents", HTTP | GRAPH),
        ("import api.key_commands", HTTP | GRAPH),
    ],
    ids=["help", "help of imports", "help of a key", "status", "keys"],
)
def test_what_is_heavy_stays_out(program: str, heavy: set[str]) -> None:
    told = 'import atexit, sys\natexit.register(lambda: print("loaded:", *sys.modules))\n'
    done = subprocess.run([sys.executable, "-c", told + program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.rpartition("loaded: ")[2].split()}
    assert "rich" in loaded
    assert not heavy & loaded
