"""The application: routers, handlers, middleware. Nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from typing import Final

from fastapi import FastAPI

from api import (
    actors,
    changes,
    commitments,
    contacts,
    dismissals,
    duplicates,
    erasure,
    errors,
    evidence,
    exports,
    grafana,
    graph,
    health,
    history,
    import_routes,
    keys,
    mergers,
    metrics,
    middleware,
    questions,
    restoring,
)
from api.app_page import mount_app
from api.change_streams import Followers
from api.directory import add_routes
from api.docs_page import mount_docs
from api.export_streams import Exports
from api.import_answers import reader_of_imports
from api.import_events import Watch
from api.negotiation import Negotiated
from api.registry import REGISTRY
from api.resources import router_of
from db.changes import newest_version
from db.engine import Database
from graph.memory import Memory
from models.settings import Settings

DESCRIPTION: Final = """
Who spoke with whom in diplomacy, how it is known, and what follows from it.

* **Actors** are addressed by id (`act_…`), slug (`joe-biden`) or outside identifier (`iso3:ISR`), in addresses and
  bodies alike.
* **Dates** are EDTF: `2021-05-12`, `2021-05`, `2021-05-12/2021-05-14`, `/2021-05-12` («by then»),
  `[2021-05-01..2021-05-12]`.
* **Status** is computed from the accounts. Lists answer what took place by somebody's word,
  unless `status` says otherwise.
* **`level=state`** rolls persons and offices up by their tenure on the contact's date.
* **Writes** need a key with scope `write`; changes need `If-Match`; creations take an `Idempotency-Key`.
* **Failures** are `application/problem+json`; see [the errors](/docs/errors).
"""
TAGS: Final = [
    {"name": "contacts", "description": "Events between two or more participants, with the accounts they rest on."},
    {"name": "duplicates", "description": "Pairs of records that look like one."},
    {"name": "dismissals", "description": "Pairs that look like one and were judged to be two."},
    {"name": "commitments", "description": "What was promised in contacts, and what became of it."},
    {"name": "graph", "description": "What is derived from contacts: edges, ties, counterparts."},
    {"name": "grafana", "description": "The same as flat rows, as the panels of Grafana read them."},
    *({"name": routes.plural, "description": routes.about} for routes in REGISTRY),
    {"name": "changes", "description": "What became of the record, and when: a feed to follow."},
    {"name": "exports", "description": "Whole lists in other formats, for spreadsheets, dashboards and graph tools."},
    {"name": "imports", "description": "Files loaded as jobs: all of a file or, if a row is refused, nothing."},
    {"name": "keys", "description": "API keys; for administrators."},
    {"name": "service", "description": "Whether the service lives, is ready, and which state it answers from."},
]

RECORDS: Final = (
    health,
    history,
    changes,
    mergers,
    restoring,
    erasure,
    actors,
    contacts,
    evidence,
    duplicates,
    dismissals,
)
ROUTERS: Final = tuple(router_of(routes) for routes in REGISTRY)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """Returns the service over one database."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        middleware.limit_threads(settings.pool_size)
        yield
        app.state.memory.close()
        database.close()

    app = FastAPI(
        title="Readout",
        version=health.VERSION,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/"}],
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        responses=errors.PROBLEMS,
        lifespan=lifespan,
    )
    app.state.settings, app.state.database = settings, database
    app.state.exports = Exports(settings, database)
    app.state.followers = Followers(partial(newest_version, database), settings.change_streams)
    app.state.import_watch, app.state.imports_wanted = Watch(reader_of_imports(database)), Event()
    app.state.memory = Memory(settings.graph_memory_mb * 1024 * 1024)
    errors.install(app)
    others = (commitments, graph, questions, grafana, exports, import_routes, keys)
    add_routes(app, [*(one.router for one in (*RECORDS, *others)), *ROUTERS])
    mount_docs(app)
    mount_app(app)
    metrics.install(app, database)
    app.add_middleware(Negotiated)
    middleware.install(app, settings)
    return app
