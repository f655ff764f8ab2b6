"""Readout as it is measured: one worker, as `readout serve` runs it, over the database of the environment."""

import uvicorn

from api.app import create_app
from api.worker_process import imports_worked_off
from db.engine import Database
from models.settings import Settings


def main() -> None:
    """Serves until it is ended."""
    settings = Settings()
    assert settings.database_url is not None, "READOUT_DATABASE_URL says which database"
    database = Database.of(settings, settings.database_url.get_secret_value())
    app = create_app(settings, database)
    with imports_worked_off(database, app.state.imports_wanted, here=settings.import_worker):
        uvicorn.run(app, port=settings.port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
