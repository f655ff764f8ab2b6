"""Readout as it is measured: one worker, as `readout serve` runs it, over the database of the environment."""

import uvicorn

from api.app import create_app
from db.engine import Database
from models.settings import Settings


def main() -> None:
    """Serves until it is ended."""
    settings = Settings()
    assert settings.database_url is not None, "READOUT_DATABASE_URL says which database"
    database = Database.of(settings, settings.database_url.get_secret_value())
    uvicorn.run(
        create_app(settings, database), port=settings.port, log_level="warning", access_log=False, server_header=False
    )


if __name__ == "__main__":
    main()
