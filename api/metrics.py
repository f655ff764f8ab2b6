"""Counts and times of requests for Prometheus, by the template of the route and never by the address itself."""

import time
from typing import Final, cast

from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy.pool import QueuePool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import Asking
from api.routing import RetryingRoute
from db.engine import Database
from models.settings import Settings

PROMETHEUS_TEXT: Final = {
    "schema": {"type": "string"},
    "example": 'readout_requests_total{method="GET",route="/v1/contacts",status="200"} 42.0\n',
}
UNKNOWN_ROUTE: Final = "none"
"""One label for every address that has no route: a scanner must not make a series of each."""
BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
router = APIRouter(tags=["service"], route_class=RetryingRoute)


class Metrics:
    """What one app counts."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("readout_requests_total", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "readout_request_seconds",
            "Seconds from the first byte of a request to the last of its answer.",
            ("method", "route"),
            buckets=BUCKETS_SECONDS,
            registry=self.registry,
        )
        in_use = Gauge("readout_connections_in_use", "Connections to PostgreSQL at work.", registry=self.registry)
        in_use.set_function(lambda: cast("QueuePool", database.engine.pool).checkedout())


class Measure:
    """Counts and times each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = "none"
        began = time.perf_counter()

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        finally:
            route = getattr(scope.get("route"), "path_format", UNKNOWN_ROUTE)
            method = scope["method"] if route != UNKNOWN_ROUTE else UNKNOWN_ROUTE
            self.metrics.requests.labels(method, route, status).inc()
            self.metrics.seconds.labels(method, route).observe(time.perf_counter() - began)


def install(app: FastAPI, database: Database) -> None:
    """Lets an app count; its counts are its own, so that two apps in one process do not mix."""
    app.state.metrics = Metrics(database)
    app.include_router(router)
    app.add_middleware(Measure, metrics=app.state.metrics)


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Counts and times, for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": PROMETHEUS_TEXT}, "description": "Prometheus's text."}},
)
def metrics(request: Request, caller: Asking) -> Response:
    """Requests by method, route and status; seconds by route; connections in use. Needs `read` where reads do."""
    settings: Settings = request.app.state.settings
    if not settings.reads_are_public:
        caller.require("read")
    held: Metrics = request.app.state.metrics
    return Response(generate_latest(held.registry), media_type=CONTENT_TYPE_LATEST)
