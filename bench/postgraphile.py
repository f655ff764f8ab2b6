"""PostGraphile over the same tables, from npm, in a folder of its own outside of the project."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from bench.load import post
from bench.processes import free_port, serving
from db.upkeep import libpq_url

FOLDER: Final = Path(tempfile.gettempdir()) / "readout-bench-npm"
PACKAGES: Final = ("node@22", "postgraphile@5")
"""npm's `node` brings the Node that PostGraphile needs."""
INSTALL_SECONDS: Final = 600
CONFIGURATION: Final = """\
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makeV4Preset } from "postgraphile/presets/v4";
import { makePgService } from "postgraphile/adaptors/pg";
export default {
  extends: [PostGraphileAmberPreset, makeV4Preset({ simpleCollections: "both" })],
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, schemas: ["public"] })],
  grafserv: { port: Number(process.env.PORT), host: "127.0.0.1", graphiql: false, watch: false },
};
"""
JOIN: Final = "COMMENT ON TABLE incidence IS E'@foreignKey (contact_id) references contact (contact_id)'"
"""Projections have no foreign keys; with this PostGraphile finds its way, and gets Readout's own index to go by."""
_ACTOR: Final = "{ actorId slug name kind }"
QUERY: Final = f"""query Q($actor: BigInt!, $first: Int!) {{
  allIncidencesList(condition: {{egoId: $actor, level: "actor"}}, orderBy: NEWEST_DESC, first: $first) {{
    contactByContactId {{
      contactId kind when dateBasis medium protocol track talks durationMinutes place summary status earliest latest
      version recordedAt changedAt
      participantsByContactIdList {{ role side initiator presence level nameAsGiven actorByActorId {_ACTOR}
        actorByCapacityId {_ACTOR} actorByOnBehalfOfId {_ACTOR} }}
      contactTopicsByContactIdList {{ topicByTopicId {{ slug label }} }}
    }}
  }}
}}"""


def installed() -> str:
    """Makes the folder with PostGraphile, unless it is there.

    Returns:
        Why it cannot be had; empty when it can.
    """
    if (FOLDER / "complete").exists():
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not on the PATH"
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "package.json").write_text("{}", encoding="utf-8")
    command = [npm, "install", "--no-audit", "--no-fund", *PACKAGES]
    try:
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"npm took longer than {INSTALL_SECONDS} seconds"
    if done.returncode:
        return f"npm could not install it ({done.returncode})"
    (FOLDER / "graphile.config.mjs").write_text(CONFIGURATION, encoding="utf-8")
    (FOLDER / "complete").touch()
    return ""


@contextmanager
def postgraphile(url: str) -> Iterator[int]:
    """Runs PostGraphile over a database and gives its port."""
    port = free_port()
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute(JOIN)
    node = FOLDER / "node_modules" / "node" / "bin" / "node"
    command = [str(node), str(FOLDER / "node_modules" / "postgraphile" / "dist" / "cli-run.js")]
    environment = {"DATABASE_URL": libpq_url(url), "PORT": str(port), "GRAPHILE_ENV": "production"}
    with serving(command, port, environment, FOLDER):
        yield port


def contacts_of(actor_id: int, first: int) -> bytes:
    """Returns the request for an actor's contacts, newest first, with all that the textbook service tells."""
    body = {"query": QUERY, "variables": {"actor": str(actor_id), "first": first}}
    return post("/graphql", json.dumps(body).encode())
