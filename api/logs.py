"""How log lines are written: for people, or as JSON for machines; always to standard error."""

import sys
from typing import Literal

import structlog
from structlog.typing import Processor


def configure_logs(log_format: Literal["console", "json"]) -> None:
    """Sets how this process writes its log lines.

    Tracebacks are plain in both: the renderers' richer ones show local variables, and with them secrets.
    """
    if log_format == "json":
        renderers: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        renderers = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *renderers,
        ],
        logger_factory=_to_standard_error,
    )


def _to_standard_error(*_names: object) -> structlog.PrintLogger:
    # Looked up at each line, since tests and supervisors put another stream in its place.
    return structlog.PrintLogger(sys.stderr)
