"""The page of errors is laid out, loads nothing, and says each kind of error under its address."""

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from api.error_kinds import KINDS


def test_the_only_style_allowed_is_its_own(shared_world: Any) -> None:
    answer = shared_world.client.get("/docs/errors")
    styles = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digests = [f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in styles]
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert [policy["style-src"]] == digests
    assert not re.search(r"<script|style=|\bsrc=|@import|url\(|https?:", answer.text)


def test_every_kind_has_its_section(shared_world: Any) -> None:
    page = shared_world.client.get("/docs/errors").text
    for kind in KINDS:
        assert page.count(f'<section id="{kind.slug}">') == 1, kind.slug
        assert f'<a href="#{kind.slug}">' in page, kind.slug
