"""A small service of the door's own pieces, over a real database: what every route builds on."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
import uvicorn
from fastapi import APIRouter, FastAPI, Query, Request, Response
from sqlalchemy import text
from starlette.testclient import TestClient

from api import errors, keys, middleware
from api.app import create_app
from api.connections import Connection
from api.deps import Probe, Reader, Writer
from api.serving import Server
from api.writes import RetryingRoute, reply
from db.dismissals import dismiss
from db.engine import Database
from db.keys import make_key
from db.records import Author, change, check_version, commit, fetch, insert
from db.references import ACTOR, resolve
from db.resources import COVERAGES, create
from db.seed import load_world, seed
from models.base import Name, Shape, Slug
from models.coverage import CoverageIn
from models.dismissals import DismissalIn
from models.keys import KeyIn
from models.settings import Settings
from models.topics import Topic
from tests.api.importing import Importing

MakeKey = Callable[..., str]
router = APIRouter(prefix="/v1/notes", route_class=RetryingRoute)


class Note(Shape):
    """A topic, under a name of its own, so that these routes are nobody else's."""

    slug: Slug
    label: Name


@router.post("", status_code=201)
def create_note(write: Writer, body: Note) -> Response:
    topic = insert(write.session, Topic.model_validate(body.model_dump()))
    return write.done(body.model_dump_json().encode(), status=201, version=topic.version)


@router.get("")
def list_notes(reader: Reader, limit: Annotated[int, Query(ge=1, le=1_000)] = 50) -> Response:
    found = reader.session.scalar(text("SELECT json_agg(slug ORDER BY slug)::text FROM topic"))
    return Response(f'{{"items":{found or "[]"}}}', media_type="application/json")


@router.get("/{slug}")
def get_note(request: Request, reader: Reader, slug: str) -> Response:
    topic = fetch(reader.session, Topic, number_of(reader.session, slug))
    return reply(request, Note(slug=topic.slug, label=topic.label).model_dump_json().encode(), topic.version)


@router.patch("/{slug}")
def patch_note(write: Writer, slug: str, body: Note) -> Response:
    expected = write.if_match(required=True)
    topic = fetch(write.session, Topic, number_of(write.session, slug), lock=True)
    check_version(topic, expected)
    change(write.session, topic, body.model_dump())
    return write.done(body.model_dump_json().encode(), version=topic.version)


@router.delete("/{slug}", status_code=204)
def delete_note(write: Writer, slug: str) -> Response:
    write.session.execute(text("DELETE FROM topic WHERE slug = :slug"), {"slug": slug})
    return write.done(write.reason().encode()[:0], status=204)


@router.get("/{slug}/sleep")
def sleep(reader: Reader, slug: str) -> Response:
    reader.session.execute(text("SELECT pg_sleep(3)"))
    return Response("{}", media_type="application/json")


def number_of(session: object, slug: str) -> int | None:
    found: int | None = session.scalar(text("SELECT topic_id FROM topic WHERE slug = :slug"), {"slug": slug})
    return found or 0


def make_app(database: Database, settings: Settings) -> FastAPI:
    """Returns the small service."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        middleware.limit_threads(settings.pool_size)
        yield

    app = FastAPI(responses=errors.PROBLEMS, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=lifespan)
    app.state.settings, app.state.database = settings, database
    errors.install(app)
    app.include_router(router)
    app.include_router(keys.router)

    @app.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz(session: Probe) -> dict[str, str]:
        session.execute(text("SELECT 1"))
        return {"status": "ready"}

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("secret of the house")

    middleware.install(app, settings)
    return app


@pytest.fixture
def make() -> Callable[[Database, Settings], FastAPI]:
    """Makes the small service with settings of the test's own."""
    return make_app


@pytest.fixture
def small_app(service_role_clone: Database) -> FastAPI:
    """The small service as embedded on loopback: reads are open."""
    return make_app(service_role_clone, Settings())


@pytest.fixture
def small(small_app: FastAPI) -> Iterator[TestClient]:
    """A client of the small service."""
    with TestClient(small_app) as client:
        yield client


@pytest.fixture
def key(service_role_clone: Database) -> MakeKey:
    """Makes a key with the scopes named; the default may write."""

    def make(*scopes: str) -> str:
        wanted = KeyIn.model_validate({"name": "test", "scopes": scopes or ("write",)})
        with service_role_clone.session() as session:
            made = make_key(session, wanted)
            session.commit()
        assert made.key is not None
        return made.key

    return make


@pytest.fixture
def writer(key: MakeKey) -> dict[str, str]:
    """Headers of somebody who may write."""
    return {"Authorization": f"Bearer {key()}"}


@pytest.fixture
def serve() -> Iterator[Callable[[FastAPI], str]]:
    """Serves an app over real HTTP on a free port and returns its address."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(app: FastAPI) -> str:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        server = Server(uvicorn.Config(app, http=Connection, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        running.append((server, thread))
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture
def address(small_app: FastAPI, serve: Callable[[FastAPI], str]) -> str:
    """The address of the small service."""
    return serve(small_app)


@dataclass(frozen=True)
class World:
    """The whole service over a clone of the first world, with a key for each scope."""

    app: FastAPI
    client: TestClient
    database: Database
    keys: dict[str, dict[str, str]]

    @property
    def writer(self) -> dict[str, str]:
        """Headers of somebody who may write."""
        return self.keys["write"]


@pytest.fixture(scope="session")
def world_template(cluster: Any, template: str) -> Iterator[str]:
    """The name of a database that holds the reference actors and the first world."""
    with cluster.database(template) as name:
        database = Database(cluster.url(name), statement_timeout_ms=0)
        with database.session() as session:
            seed(session)
            load_world(session)
            publisher = resolve(session, ACTOR, ["white-house"])["white-house"]
            window = CoverageIn(publisher="white-house", since="2021", until="..")
            create(session, COVERAGES, window, {"publisher_id": publisher})
            two = {"of": "actors", "pair": ["iso3:COG", "iso3:COD"], "reason": "Two states on two banks of one river."}
            dismiss(session, DismissalIn.model_validate(two), None)
            commit(session, Author())
        database.close()
        yield name


@contextmanager
def serving(cluster: Any, name: str, settings: Settings) -> Iterator[World]:
    """Runs the whole service over one database, connected as the service's role."""
    database = Database(cluster.service_url(name), pool_size=settings.pool_size)
    keys = {}
    with database.session() as session:
        for scope in ("read", "write", "admin"):
            made = make_key(session, KeyIn.model_validate({"name": scope, "scopes": [scope]}))
            keys[scope] = {"Authorization": f"Bearer {made.key}"}
        session.commit()
    app = create_app(settings, database)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield World(app, client, database, keys)


@pytest.fixture
def world(cluster: Any, world_template: str) -> Iterator[World]:
    """The whole service over a first world of the test's own."""
    with cluster.database(world_template) as name, serving(cluster, name, Settings()) as made:
        yield made


@pytest.fixture(scope="module")
def module_world(cluster: Any, world_template: str) -> Iterator[World]:
    """The whole service over one first world for the tests of a module, which may add to it once."""
    with cluster.database(world_template) as name, serving(cluster, name, Settings()) as made:
        yield made


@pytest.fixture(scope="module")
def jobs(module_world: World) -> Iterator[Importing]:
    """The same world, and a worker that carries out imports when it is told to."""
    database = Database(module_world.database.engine.url.render_as_string(hide_password=False), statement_timeout_ms=0)
    yield Importing(module_world.client, database, module_world.keys)
    database.close()


@pytest.fixture(scope="module")
def grown(module_world: World) -> World:
    """A first world in which the example of every graph question finds something."""
    # What asks the questions starts from the worlds of this module.
    from tests.api.asking import grow

    return grow(module_world)


@pytest.fixture(scope="session")
def shared_world(cluster: Any, world_template: str) -> Iterator[World]:
    """The whole service over one first world for all tests that only read."""
    with cluster.database(world_template) as name, serving(cluster, name, Settings()) as made:
        yield made


@pytest.fixture(scope="session")
def contract(shared_world: World) -> dict[str, Any]:
    """The contract as the service answers it."""
    found: dict[str, Any] = shared_world.client.get("/openapi.json").json()
    return found
