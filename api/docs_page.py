"""The page at /docs: Swagger UI, served whole by the service, so that it works on an air-gapped network.

The assets come from the package `fastapi-swagger`, which ships Swagger UI 5; FastAPI's own page loads them
from a CDN. Nothing on the page is inline, so its content security policy needs no exception for scripts.
"""

import hashlib
from functools import cache
from html import escape
from importlib.resources import files

from fastapi import FastAPI

from api.pages import asset, page

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="{icon}">
<link rel="stylesheet" href="{style}">
<script src="{bundle}" defer></script>
<script src="{start}" defer></script>
</head>
<body>
<noscript>This page needs JavaScript. The contract is at <a href="{contract}">{contract}</a>.</noscript>
<main id="docs" data-contract="{contract}"></main>
</body>
</html>
"""

# `validatorUrl: null` keeps the page from sending the contract to a validator on the internet.
# A lock says that a key is needed. Swagger UI shows one also where the contract lets a client go without.
START_SCRIPT = """\
const needed = (security) => security && !security.some((one) => one.isEmpty());
const LocksWhereNeeded = () => ({
  wrapComponents: {
    OperationSummary: (Original, system) => (props) => {
      const { operationProps } = props;
      const shown = needed(operationProps.get("security")) ? operationProps : operationProps.delete("security");
      return system.React.createElement(Original, { ...props, operationProps: shown });
    },
  },
});
/* Lists first, then what stands below a record, its upkeep last. */
const upkeep = /\\/(history|merge|unmerge|erase)$/;
const place = (operation) => operation.get("path").split("/").length + (upkeep.test(operation.get("path")) ? 0.5 : 0);
const main = document.getElementById("docs");
SwaggerUIBundle({
  url: main.dataset.contract,
  domNode: main,
  validatorUrl: null,
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  operationsSorter: (one, other) => place(one) - place(other),
  plugins: [LocksWhereNeeded],
});
"""

MEDIA_TYPES = {
    "start.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}


def mount_docs(app: FastAPI) -> None:
    """Serves the docs page at `/docs` and its assets under `/docs/assets/`, outside the contract.

    The app is made with `docs_url=None`. One route is added for each file and none takes a path from the
    caller, so there is no path to climb out of. All addresses on the page are relative: it works behind a
    proxy that adds a prefix.
    """
    contents = asset_contents()
    # The digest makes a new address of every new release, so that browsers may keep the old one for ever.
    digest = hashlib.sha256(b"".join(contents.values())).hexdigest()[:12]
    addresses = {name: f"docs/assets/{digest}/{name}" for name in contents}
    for name, content in contents.items():
        app.add_route(f"/{addresses[name]}", asset(content, MEDIA_TYPES[name]), include_in_schema=False)
    html = PAGE.format(
        title=escape(app.title),
        icon=addresses["favicon-32x32.png"],
        style=addresses["swagger-ui.css"],
        bundle=addresses["swagger-ui-bundle.js"],
        start=addresses["start.js"],
        contract=escape((app.openapi_url or "/openapi.json").lstrip("/")),
    )
    app.add_route("/docs", page(html, CONTENT_SECURITY_POLICY), include_in_schema=False)


@cache
def asset_contents() -> dict[str, bytes]:
    """Every file that the docs page loads, by name."""
    folder = files("fastapi_swagger.resources")
    return {
        name: START_SCRIPT.encode() if name == "start.js" else folder.joinpath(name).read_bytes()
        for name in MEDIA_TYPES
    }
