"""Reading sessions keep what the driver has prepared, and change nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db.engine import Database

PREPARED = "SELECT count(*) FROM pg_prepared_statements WHERE NOT from_sql"


@pytest.mark.parametrize("kind", ["reading_session", "snapshot_session"])
def test_statements_stay_prepared_from_one_request_to_the_next(service_role_clone: Database, kind: str) -> None:
    for _ in range(12):
        with getattr(service_role_clone, kind)() as session:
            session.execute(text("SELECT slug FROM actor WHERE actor_id = :id"), {"id": 1})
    with service_role_clone.engine.connect() as connection:
        assert connection.execute(text(PREPARED)).scalar_one() >= 1


def test_a_failed_read_gives_a_sound_connection_back(service_role_clone: Database) -> None:
    for _ in range(service_role_clone.engine.pool.size() + 1):  # type: ignore[attr-defined]
        with pytest.raises(SQLAlchemyError), service_role_clone.reading_session() as session:
            session.execute(text("SELECT 1 / 0"))
    with service_role_clone.reading_session() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_a_read_whose_connection_is_cut_ends(service_role_clone: Database) -> None:
    with service_role_clone.reading_session() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with service_role_clone.session() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    with service_role_clone.reading_session() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
