"""The docs page works with nothing but the service behind it."""

import re
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.docs_page import asset_contents, mount_docs

pytestmark = pytest.mark.door


class References(HTMLParser):
    """Gathers every address that the page loads or links to, and the text of inline scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline = ""
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "data-contract")]
        self.inline += "".join(value or "" for name, value in attrs if name.startswith(("on", "style")))

    def handle_data(self, data: str) -> None:
        if self._inside in ("script", "style"):
            self.inline += data.strip()


@pytest.fixture
def client() -> TestClient:
    app = FastAPI(title="Contacts & <ties>", docs_url=None, redoc_url=None)
    mount_docs(app)
    return TestClient(app)


@pytest.fixture
def references(client: TestClient) -> References:
    parser = References()
    parser.feed(client.get("/docs").text)
    return parser


def test_page_is_html_with_the_title_escaped(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Contacts &amp; &lt;ties&gt;</title>" in answer.text


def test_every_address_on_the_page_is_relative_and_answers(client: TestClient, references: References) -> None:
    assert len(references.addresses) >= 5
    for address in references.addresses:
        assert not re.match(r"[a-z]+:|/", address), address
        assert client.get(f"/{address}").status_code == 200, address


def test_policy_allows_no_inline_and_no_foreign_code(client: TestClient, references: References) -> None:
    policy = client.get("/docs").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert references.inline == ""


def test_assets_have_types_and_may_be_kept(client: TestClient, references: References) -> None:
    kinds = {"js": "text/javascript", "css": "text/css", "png": "image/png"}
    assets = [address for address in references.addresses if "/assets/" in address]
    assert len(assets) == len(asset_contents())
    for address in assets:
        headers = client.get(f"/{address}").headers
        assert headers["content-type"].startswith(kinds[address.rpartition(".")[2]])
        assert "immutable" in headers["cache-control"]
        assert headers["x-content-type-options"] == "nosniff"


def test_styles_and_start_script_load_nothing_from_elsewhere() -> None:
    contents = asset_contents()
    style = contents["swagger-ui.css"].decode()
    assert set(re.findall(r"url\([\"']?(\w+:)", style)) == {"data:"}
    assert "@import" not in style
    start = contents["start.js"].decode()
    assert "//" not in start
    assert "validatorUrl: null" in start


def test_bundle_can_draw_openapi_3_1(client: TestClient) -> None:
    version = re.search(rb'PACKAGE_VERSION:"(\d+)\.', asset_contents()["swagger-ui-bundle.js"])
    assert version is not None
    assert int(version.group(1)) >= 5
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("path", ["../pyproject.toml", "..%2f..%2fmain.py", "%2e%2e/main.py", "main.py", ""])
def test_only_the_named_assets_are_served(client: TestClient, references: References, path: str) -> None:
    folder = references.addresses[0].rpartition("/")[0]
    assert client.get(f"/{folder}/{path}").status_code == 404


def test_docs_stay_out_of_the_contract(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["paths"] == {}
