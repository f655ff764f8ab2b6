"""The page at /app: whole without a network, with no way for the record to become code, on the contract alone."""

import re
from typing import Any

import pytest

from api.app_page import app_contents

pytestmark = pytest.mark.door
SCRIPTS = {name: content.decode() for name, content in app_contents().items() if name.endswith(".js")}
ASKED = re.compile(r"ask\(\s*`([a-z-]+)")


def addresses(page: str) -> list[str]:
    """What the page loads or links to."""
    return re.findall(r'(?:src|href)="([^"#]+)"', page)


def test_every_address_is_relative_and_answers(shared_world: Any) -> None:
    found = addresses(shared_world.client.get("/app").text)
    assert len(found) >= 5
    for address in found:
        assert not re.match(r"[a-z]+:|/", address), address
        assert shared_world.client.get(f"/{address}" if address != "?" else "/app").status_code == 200, address


def test_the_policy_lets_nothing_foreign_and_nothing_inline_run(shared_world: Any) -> None:
    answer = shared_world.client.get("/app")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "'none'")
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", answer.text)


def test_assets_may_be_kept_and_import_only_each_other(shared_world: Any) -> None:
    folder = addresses(shared_world.client.get("/app").text)[0].rpartition("/")[0]
    for name, content in app_contents().items():
        if name == "app.html":
            continue
        answer = shared_world.client.get(f"/{folder}/{name}")
        assert answer.content == content
        assert "immutable" in answer.headers["cache-control"]
        for imported in re.findall(r'from "(.+?)"', content.decode()):
            assert imported.removeprefix("./") in SCRIPTS


def test_scripts_make_no_markup_of_text_and_keep_nothing() -> None:
    kept = r"localStorage|sessionStorage|indexedDB|cookie"
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser"
    for name, script in SCRIPTS.items():
        assert not re.search(f"{kept}|{markup}|https?://[a-z]", script.replace("http://www.w3.org/2000/svg", "")), name


def test_every_address_it_asks_is_in_the_contract(contract: dict[str, Any]) -> None:
    known = {path.removeprefix("/v1/").partition("/")[0] for path in contract["paths"]}
    asked = {found for script in SCRIPTS.values() for found in ASKED.findall(script)}
    assert len(asked) >= 6
    assert asked <= known


def test_the_page_stays_out_of_the_contract_and_the_assets_in_their_folder(
    contract: dict[str, Any], world: Any
) -> None:
    assert not [path for path in contract["paths"] if path.startswith("/app")]
    folder = addresses(world.client.get("/app").text)[0].rpartition("/")[0]
    for path in ("../app_page.py", "..%2fapp_page.py", "app.html", ""):
        assert world.client.get(f"/{folder}/{path}").status_code == 404
