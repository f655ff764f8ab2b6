"""Whether the service lives, is ready, and which state it answers from."""

from importlib.metadata import version
from typing import Literal, get_args

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import text

from api.deps import Probe, Reader
from api.routing import RetryingRoute
from models.base import Shape

VERSION = version("readout")
LISTS = Literal[
    "contacts",
    "actors",
    "edges",
    "ties",
    "sources",
    "topics",
    "episodes",
    "affiliations",
    "designations",
    "coverage",
    "commitments",
    "changes",
    "duplicates",
    "dismissals",
    "acknowledgements",
    "centrality",
    "communities",
    "status",
]
PAGES = {
    "actor_duplicates": "/v1/duplicates/actors",
    "import_formats": "/v1/imports/formats",
    "app": "/app",
    "docs": "/docs",
    "openapi": "/openapi.json",
    "errors": "/docs/errors",
}
router = APIRouter(tags=["service"], route_class=RetryingRoute)


class Root(Shape):
    """Where everything is."""

    name: Literal["Readout"] = Field(description="The name of the service.")
    version: str = Field(description="The build that answers.")
    links: dict[LISTS | Literal["actor_duplicates", "import_formats", "app", "docs", "openapi", "errors"], str] = Field(
        description="Where everything is."
    )


class Alive(Shape):
    """The process answers."""

    status: Literal["alive"] = Field(description="That the process answers.")


class Ready(Shape):
    """The database answers too."""

    status: Literal["ready"] = Field(description="That the database answers.")


class ServiceStatus(Shape):
    """Which state of the record the service answers from."""

    version: str = Field(description="The build that answers.")
    graph_version: int = Field(description="Rises with every writing transaction.")
    contacts: int = Field(description="Contacts in the record, retracted ones left out.")
    actors: int = Field(description="Actors in the record, retracted ones left out.")
    schema_revision: str = Field(description="The schema that the database has.")


@router.get("/v1", include_in_schema=False)
@router.get("/", operation_id="get_root", summary="Find everything")
async def root() -> Root:
    """Links to the docs and every list; answers 200 to uptime checks. `/v1` answers the same."""
    links = PAGES | {name: f"/v1/{name}" for name in get_args(LISTS)}
    return Root.model_validate({"name": "Readout", "version": VERSION, "links": links})


@router.get("/livez", operation_id="get_livez", summary="Does the process answer?")
async def livez() -> Alive:
    """Answers on the event loop, whatever the database does."""
    return Alive(status="alive")


@router.get("/readyz", operation_id="get_readyz", summary="Does the database answer?")
def readyz(probe: Probe) -> Ready:
    """503 while the database is away or no connection is free."""
    probe.execute(text("SELECT 1"))
    return Ready(status="ready")


@router.get("/v1/status", operation_id="get_status", summary="Build, schema, graph version and counts")
def status(reader: Reader) -> ServiceStatus:
    """The graph version rises with every writing transaction; lists name the one they describe."""
    row = reader.session.execute(text(_STATUS)).one()
    return ServiceStatus.model_validate({**row._mapping, "version": VERSION})


_STATUS = """
SELECT (SELECT coalesce(max(revision_id), 0) FROM revision) AS graph_version,
    (SELECT count(*) FROM contact WHERE retracted_at IS NULL) AS contacts,
    (SELECT count(*) FROM actor WHERE retracted_at IS NULL) AS actors,
    (SELECT version_num FROM alembic_version) AS schema_revision
"""
