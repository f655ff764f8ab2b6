"""The page at /docs/errors and its twin docs/errors.md, both written from the table of errors.

``python -m api.errors_page > docs/errors.md`` writes the twin anew.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from typing import Final

from fastapi import FastAPI

from api.error_kinds import ERRORS_PAGE, KINDS, PROBLEM_TYPE, Kind
from api.pages import page

TITLE: Final = "Errors"
INTRODUCTION: Final = (
    f"Every failure is answered as `{PROBLEM_TYPE}` (RFC 9457) of one shape: `type` is the address of a "
    "section of this page, `title` its name, `detail` a sentence to act on, `instance` the id of the "
    "request, which is also in the header `X-Request-ID` and in the log, and `errors` names each fault "
    "with a JSON `pointer` into the body or the name of a `parameter`. An answer with `Retry-After` can be "
    "expected to pass when the same request is sent again after so many seconds."
)
STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2733; --faint: #5b6876; --paper: #fff; --card: #f5f7f9; --line: #dde3e9; }
:root { --client: #8a4b00; --server: #a3123a; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e9ee; --faint: #9aa7b4; --paper: #14191f; --card: #1c232b; --line: #303a45; }
  :root { --client: #f0b060; --server: #ff8fa8; --link: #7db8f5; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
h1 { margin: .5rem 0; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 0 0 .4rem; font-size: 1.1rem; line-height: 1.3; }
p { margin: .4rem 0; }
a { color: var(--link); }
code { padding: .1em .3em; border-radius: .25rem; background: var(--line); font: .875em ui-monospace, monospace; }
nav ul { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1.2rem 0 2rem; padding: 0; list-style: none; }
nav li a { display: block; padding: .3rem .6rem; border: 1px solid var(--line); border-radius: .4rem;
  font-size: .875rem; text-decoration: none; }
section { margin: 0 0 .9rem; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card); scroll-margin-top: 1rem; }
section:target { outline: 2px solid var(--link); }
.status { margin-right: .5rem; color: var(--client); font: 700 1em ui-monospace, monospace; }
.server { color: var(--server); }
.retry { color: var(--faint); font-size: .875rem; }
"""
"""Allowed by its digest, so that the page needs no second address and no other style can be slipped in."""
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def mount_errors_page(app: FastAPI) -> None:
    """Serves the page that the type of every problem leads to; it has no scripts, and nothing is loaded."""
    app.add_route(ERRORS_PAGE, page(errors_html(KINDS), CONTENT_SECURITY_POLICY), include_in_schema=False)


def errors_html(kinds: Sequence[Kind]) -> str:
    """Returns the page: one section for each kind of error."""
    places = "\n".join(f'<li><a href="#{kind.slug}">{kind.status} {escape(kind.title)}</a></li>' for kind in kinds)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{TITLE} · Readout</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<p><a href="../docs">Readout\'s API</a></p>\n<h1>{TITLE}</h1>\n<p>{_code(INTRODUCTION)}</p>\n'
        f"<nav>\n<ul>\n{places}\n</ul>\n</nav>\n{''.join(map(_section, kinds))}</main>\n</body>\n</html>\n"
    )


def _section(kind: Kind) -> str:
    side = "status server" if kind.status >= 500 else "status"
    after = f"<code>Retry-After</code>: {kind.retry_after_seconds} s" if kind.retry_after_seconds else ""
    return (
        f'<section id="{kind.slug}">\n<h2><span class="{side}">{kind.status}</span>{escape(kind.title)}</h2>\n'
        f"<p>{_code(_said(kind))}</p>\n<p>{_code(kind.remedy)}</p>\n"
        f"{after and f'<p class=retry>{after}</p>'}</section>\n"
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
