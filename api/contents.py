"""`readout status`: where the record is, and what it holds."""

from rich.markup import escape
from rich.table import Table

from api.running import connected, database_urls, read_settings
from api.terminal import console
from db.embedded import Embedded
from db.migrate import current_revision, head_revision
from db.upkeep import counts
from models.settings import Settings


def show_status() -> None:
    """Prints it, without changing anything."""
    settings = read_settings()
    table = Table.grid(padding=(0, 3))
    if settings.embedded and not settings.data_dir.exists():
        table.add_row("database", f"embedded, not begun: there is no {escape(str(settings.data_dir))}")
    elif settings.embedded:
        facts = Embedded(settings.data_dir).facts()
        table.add_row("database", f"embedded, {'running' if facts.postmaster_pid else 'stopped'}")
        table.add_row("kept in", escape(str(facts.cluster)))
        if facts.moved_because_root:
            table.add_row("", f"(not in {escape(str(facts.data_dir))}: PostgreSQL's account cannot reach it there)")
        table.add_row("its log in", escape(str(facts.log_folder)))
        if facts.postmaster_pid:
            add_contents(table, settings)
        else:
            table.add_row("contents", "not read while it is stopped; `readout serve` starts it")
    else:
        table.add_row("database", "at READOUT_DATABASE_URL")
        add_contents(table, settings)
    console.print(table, soft_wrap=True)


def add_contents(table: Table, settings: Settings) -> None:
    """Adds to a table what a running database holds."""
    with database_urls(settings) as urls, connected(urls.service) as database:
        schema, newest = current_revision(urls.service), head_revision()
        if schema is None:
            table.add_row("contents", "none: the schema is not there; `readout migrate` makes it")
            return
        with database.session() as session:
            held = counts(session)
    for name in ("contacts", "actors", "sources"):
        table.add_row(name, f"{held[name]:,}")
    stored = "rows; two levels, from both ends"
    table.add_row("edges", f"{held['edge_rows']:,} {stored}")
    table.add_row("ties", f"{held['tie_rows']:,} {stored}")
    table.add_row("graph version", f"{held['graph_version']:,}, which rises with every change")
    known = "the newest" if schema == newest else f"while this build knows {newest}; `readout migrate` brings it"
    table.add_row("schema", f"{schema}, {known}")
