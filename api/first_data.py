"""What a record starts with."""

from db.engine import Database
from db.records import Author, commit
from db.seed import is_empty, load_world, seed


def fill(database: Database) -> None:
    """Adds the reference data, and the first world to a record that holds no contact yet."""
    with database.session() as session:
        seed(session)
        if is_empty(session):
            load_world(session)
        commit(session, Author(reason="First start"))
