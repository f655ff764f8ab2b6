"""`readout key`: keys made, listed and revoked."""

from datetime import UTC, datetime
from typing import Final

from rich.markup import escape
from rich.table import Table

from api.running import opened, read_settings
from api.terminal import console, refuse
from db.keys import list_keys, make_key, revoke_key
from db.records import Author, commit
from models.errors import NotFound
from models.keys import KeyIn
from models.vocabulary import Scope, words

KEYS_SHOWN_MAX: Final = 1_000


def create(name: str, scope: str) -> None:
    """Makes a key and prints it."""
    if scope not in words(Scope):
        refuse(f"--scope takes one of: {', '.join(words(Scope))}.")
    wanted = KeyIn.model_validate({"name": name, "scopes": [scope]})
    with opened(read_settings()) as database, database.session() as session:
        made = make_key(session, wanted)
        commit(session, Author(reason="Key made on the command line"))
    console.print(made.key, soft_wrap=True, markup=False)


def show() -> None:
    """Prints the keys, without their secrets."""
    table = Table("id", "name", "scopes", "made", "last used", "state", box=None)
    now = datetime.now(UTC)
    with opened(read_settings()) as database, database.session() as session:
        found = list_keys(session, after=0, limit=KEYS_SHOWN_MAX)
    for key in found.items:
        expired = key.expires_at is not None and key.expires_at < now
        state = "revoked" if key.revoked_at else "expired" if expired else "valid"
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        table.add_row(key.id, escape(key.name), ", ".join(key.scopes), f"{key.created_at:%Y-%m-%d}", used, state)
    console.print(table)


def revoke(key: str) -> None:
    """Ends a key."""
    with opened(read_settings()) as database, database.session() as session:
        try:
            revoke_key(session, key)
        except NotFound:
            refuse("There is no such key. `readout key list` shows the ids, which begin with key_.")
        commit(session, Author(reason="Key revoked on the command line"))
    console.print("Revoked.")
