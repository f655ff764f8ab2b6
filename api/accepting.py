"""Which media types a client accepts (RFC 9110, section 12.5.1), and whether JSON is among them."""

from typing import Final

from starlette.requests import Request

JSON: Final = ("application/json", "application/*", "*/*")
"""Ranges that admit JSON, the most specific first: its weight is the one that counts."""


def accepts_json(request: Request) -> bool:
    """Whether an answer in JSON is welcome; who says nothing takes anything."""
    weights = weights_of(request)
    return not weights or next((weights[media] for media in JSON if media in weights), 0.0) > 0


def weights_of(request: Request) -> dict[str, float]:
    """Returns the media ranges that a client accepts, with their weights."""
    weights: dict[str, float] = {}
    for item in ",".join(request.headers.getlist("accept")).split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        if media:
            weights[media] = max(weights.get(media, 0.0), _weight(parameters))
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                # A weight that means nothing excludes nothing.
                return 1.0
    return 1.0
