"""The page at /docs/errors and its twin docs/errors.md, both written from the table of errors.

``python -m api.errors_page > docs/errors.md`` writes the twin anew.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.error_kinds import ERRORS_PAGE, KINDS, PROBLEM_TYPE, Kind

TITLE: Final = "Errors"
INTRODUCTION: Final = (
    f"Every failure is answered as `{PROBLEM_TYPE}` (RFC 9457) of one shape: `type` is the address of a "
    "section of this page, `title` its name, `detail` a sentence to act on, `instance` the id of the "
    "request, which is also in the header `X-Request-ID` and in the log, and `errors` names each fault "
    "with a JSON `pointer` into the body or the name of a `parameter`. An answer with `Retry-After` can be "
    "expected to pass when the same request is sent again after so many seconds."
)
CONTENT_SECURITY_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def mount_errors_page(app: FastAPI) -> None:
    """Serves the page that the type of every problem leads to; it has no scripts and no styles."""
    html = errors_html(KINDS)
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": CONTENT_SECURITY_POLICY}

    async def errors_page(request: Request) -> Response:
        return Response(html, media_type="text/html; charset=utf-8", headers=headers)

    app.add_route(ERRORS_PAGE, errors_page, include_in_schema=False)


def errors_html(kinds: Sequence[Kind]) -> str:
    """Returns the page: one section for each kind of error."""
    sections = "\n".join(
        f'<section id="{kind.slug}">\n<h2>{kind.status} {escape(kind.title)}</h2>\n'
        f"<p>{_code(_said(kind))}</p>\n<p>{_code(kind.remedy)}</p>\n</section>"
        for kind in kinds
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{TITLE}</title>\n</head>\n<body>\n<main>\n<h1>{TITLE}</h1>\n"
        f"<p>{_code(INTRODUCTION)}</p>\n{sections}\n</main>\n</body>\n</html>\n"
    )


def errors_markdown(kinds: Sequence[Kind]) -> str:
    """Returns the same as docs/errors.md holds it."""
    rows = "\n".join(
        f"| {kind.status} | [{kind.title}](#{kind.slug}) | {kind.retry_after_seconds or ''} |" for kind in kinds
    )
    sections = "\n".join(f"\n## {kind.title}\n\nStatus {kind.status}. {_said(kind)}\n\n{kind.remedy}" for kind in kinds)
    return (
        f"# {TITLE}\n\n{INTRODUCTION}\n\n| status | title | `Retry-After` in seconds |\n|---|---|---|\n"
        f"{rows}\n{sections}\n"
    )


def _said(kind: Kind) -> str:
    return (kind.error.__doc__ or "").strip()


def _code(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


if __name__ == "__main__":
    print(errors_markdown(KINDS), end="")
