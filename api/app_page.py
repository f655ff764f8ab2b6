"""The page at /app: what a desk looks up before noon, served whole by the service and made of its own API alone.

Nothing is inline, nothing comes from elsewhere, and its policy lets a browser run and reach nothing but this service.
Text of the record can become no markup: the policy demands trusted types and allows none.
"""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from fastapi import FastAPI

from api.pages import asset, page

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
MEDIA_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
PAGE: Final = "app.html"


def mount_app(app: FastAPI) -> None:
    """Serves the page at `/app` and its assets under `/app/assets/`, outside the contract.

    All addresses on the page are relative, so that it works behind a proxy that adds a prefix.
    """
    contents = app_contents()
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()[:12]
    folder = f"app/assets/{digest}"
    for name, content in contents.items():
        if name != PAGE:
            media_type = MEDIA_TYPES[name.rpartition(".")[2]]
            app.add_route(f"/{folder}/{name}", asset(content, media_type), include_in_schema=False)
    html = contents[PAGE].decode().replace("{assets}", folder)
    app.add_route("/app", page(html, CONTENT_SECURITY_POLICY), include_in_schema=False)


@cache
def app_contents() -> dict[str, bytes]:
    """Every file of the page, by name."""
    folder = files("api").joinpath("web")
    return {one.name: one.read_bytes() for one in sorted(folder.iterdir(), key=lambda one: one.name)}
