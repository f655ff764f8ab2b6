"""`readout serve`: the database and the service, brought up and stopped together."""

import errno
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from rich.markup import escape

from api.app import create_app
from api.change_streams import Followers
from api.connections import Connection
from api.exits import TERMINATED
from api.first_data import fill
from api.import_events import Watch
from api.running import bring_up_to_date, connected, database_urls, read_settings
from api.terminal import console, refuse, warn
from api.worker_process import imports_worked_off
from db.engine import Database
from db.keys import list_keys, make_key
from db.records import Author, commit
from db.safety import UnsafeError, check_server
from db.upkeep import one_start_at_a_time
from models.keys import KeyIn
from models.settings import Settings

BACKLOG: Final = 2048
GRACE_SECONDS: Final = 10
"""How long requests under way may take to end after SIGTERM."""


def serve() -> None:
    """Serves until Ctrl-C or SIGTERM."""
    settings = read_settings()
    with stopped_by_signals(), listen(settings) as listener:
        port: int = listener.getsockname()[1]
        if settings.embedded and not settings.data_dir.exists():
            console.print(f"Making a database in {escape(str(settings.data_dir))}; this takes a few seconds, once.")
        with database_urls(settings) as urls:
            database = Database.of(settings, urls.service)
            with one_start_at_a_time(urls.service):
                check_safety(database)
                bring_up_to_date(settings, urls)
                with connected(urls.service) as unhurried:
                    fill(unhurried)
                    key = first_key(unhurried)
            service = create_app(settings, database)
            config = uvicorn.Config(
                service,
                http=Connection,
                log_level="warning",
                timeout_graceful_shutdown=GRACE_SECONDS,
                server_header=False,
            )
            server = Server(config)
            wanted = service.state.imports_wanted
            with ended_by_signals(server), imports_worked_off(database, wanted, here=settings.import_worker):
                announce(settings, port, key)
                server.run(sockets=[listener])
    console.print("Stopped.")


def announce(settings: Settings, port: int, key: str | None) -> None:
    """Prints where the service is, and the first key, which is shown only this once."""
    host = settings.host.strip("[]")
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if key is not None:
        console.print(f"Write key, shown only this once: [bold]{key}[/]", soft_wrap=True)
    said = f"Readout is at [bold]{escape(address)}[/], its docs at {escape(address)}/docs. Ctrl-C stops it."
    console.print(said, soft_wrap=True)


def first_key(database: Database) -> str | None:
    """Makes a key that may write, if there is no key at all, and returns it; it cannot be read again."""
    with database.session() as session:
        if list_keys(session, after=0, limit=1).items:
            return None
        made = make_key(session, KeyIn(name="made at the first start", scopes=["write"]))
        commit(session, Author(reason="First start"))
    return made.key


def check_safety(database: Database) -> None:
    """Warns of, or refuses, a server that would not keep what it acknowledges."""
    try:
        warn(check_server(database))
    except UnsafeError as error:
        refuse(str(error))


def listen(settings: Settings) -> socket.socket:
    """Returns a socket that listens where the settings say, before anything else is started."""
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        # Python adds the address to the reason.
        reason = str(error.strerror).partition(" (while")[0]
        refuse(f"Cannot listen on {settings.host} port {settings.port}: {reason}. {_remedy(error)}")


def _remedy(error: OSError) -> str:
    # A name that means no address comes with a number below zero.
    if (error.errno or 0) < 0 or error.errno == errno.EADDRNOTAVAIL:
        return "READOUT_HOST takes an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "This user may not use the port; choose one above 1023: READOUT_PORT=8001 make serve"
    return "Stop what uses the port, or choose another: READOUT_PORT=8001 make serve"


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Takes Ctrl-C and SIGTERM for the proper end of a service."""
    try:
        yield
    except KeyboardInterrupt:
        return
    except SystemExit as ending:
        if ending.code != TERMINATED:
            raise


class Server(uvicorn.Server):
    """A server that tells what would go on for ever, before it waits for the answers under way."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends streams, then lets the other answers end."""
        state = getattr(self.config.app, "state", None)
        streams: tuple[Followers | Watch | None, ...] = (
            getattr(state, "followers", None),
            getattr(state, "import_watch", None),
        )
        for stream in streams:
            if stream is not None:
                await stream.end()
        await super().shutdown(sockets)


@contextmanager
def ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM end a server from now on, before it listens to them itself.

    An event loop that is interrupted twice while it is being made waits forever.
    """
    before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
