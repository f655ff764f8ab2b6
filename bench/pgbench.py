"""pgbench with the very statement that a route sends: what the server alone can do."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from starlette.testclient import TestClient

from api.app import create_app
from bench.load import CLIENTS
from db.embedded_binaries import find_binaries
from db.engine import Database
from db.statements import Sent, heard
from db.upkeep import libpq_url
from models.settings import Settings

_RATE: Final = re.compile(r"tps = ([0-9.]+)")
DEBIAN: Final = "/usr/lib/postgresql"


def sent_by(url: str, path: str) -> Sent:
    """Returns the one statement that a request makes the service send, begin and commit apart.

    Args:
        url: of the database.
        path: of the request.
    """
    return each_sent_by(url, [path])[0]


def each_sent_by(url: str, paths: Sequence[str]) -> list[Sent]:
    """Returns the one statement that each of several requests makes the service send, begin and commit apart.

    Args:
        url: of the database.
        paths: of the requests.
    """
    # Nothing is timed here: the first statement of a connection reads much that later ones find.
    database = Database(url, statement_timeout_ms=0)
    settings = Settings.model_validate({"database_url": url, "public_read": True})
    found = []
    with TestClient(create_app(settings, database)) as client:
        client.get(paths[0])
        for path in paths:
            with heard(database) as sent:
                assert client.get(path).status_code == 200, path
            found.append(max(sent, key=lambda statement: len(statement.sql)))
    return found


def program() -> str | None:
    """Returns where pgbench is: beside the embedded server, from Debian, or on the PATH."""
    debian = sorted(Path(DEBIAN).glob("*/bin/pgbench"), reverse=True) if Path(DEBIAN).exists() else []
    beside = find_binaries() / "pgbench"
    found = [beside] if beside.exists() else debian
    return str(found[0]) if found else shutil.which("pgbench")


def script(statement: Sent, name: str, values: Sequence[int]) -> tuple[str, list[str]]:
    """Returns a pgbench script that sends the statement with one parameter drawn from some values.

    Args:
        statement: as the route sent it.
        name: of the parameter that varies.
        values: that it takes, each as likely.

    Returns:
        The script, and the options that set the other parameters.
    """
    sql = statement.sql.replace("\n", " ")
    cases = " ".join(f"WHEN :i = {number} THEN {value}" for number, value in enumerate(values))
    lines = [f"\\set i random(0, {len(values) - 1})", f"\\set {name} CASE {cases} ELSE {values[0]} END", f"{sql};"]
    given = {key: value for key, value in statement.params.items() if key != name}
    return "\n".join(lines), [part for key, value in given.items() for part in ("-D", f"{key}={_written(value)}")]


def _written(value: Any) -> str:
    return "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)


def transactions_per_second(url: str, text: str, options: Sequence[str], seconds: float) -> float:
    """Runs pgbench with as many clients as the load has, and returns its rate.

    Raises:
        RuntimeError: pgbench failed.
    """
    found = program()
    assert found is not None
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        command = [found, "-n", "-M", "prepared", "-c", str(CLIENTS), "-T", str(max(1, round(seconds)))]
        done = subprocess.run(
            [*command, "-f", file.name, *options, libpq_url(url)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PGOPTIONS": "-c jit=off -c TimeZone=UTC"},
        )
    rate = _RATE.search(done.stdout)
    if done.returncode or rate is None:
        raise RuntimeError(f"pgbench failed: {done.stderr.strip()[-2000:]}")
    return float(rate[1])
